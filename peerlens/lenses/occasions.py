"""A leader's scope and occasions: who stands below whom, and who was addressed when, on which channel, by whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
import pandas as pd

from peerlens.lenses import frames

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from peerlens.ties import Ties


def has_chart(ties: Ties) -> bool:
    """Tell whether the chart says who stands below whom."""
    return len(ties.places.lines) > 0


def _members(ties: Ties) -> pd.DataFrame:
    persons = ties.persons
    is_there = persons["is_in_people"] & ~persons["has_left"] & ~persons["is_role_account"]
    return persons.loc[is_there, ["person_no", "person_id", "department"]]


def _scope(ties: Ties) -> pd.DataFrame:
    """Return everybody below everybody: ``leader_no, person_no, department``."""
    members = _members(ties)
    number = ties.persons.set_index("person_id")["person_no"]
    lines = ties.places.lines.merge(members, on="person_id")
    return pd.DataFrame(
        {
            "leader_no": lines["ancestor_id"].map(number).astype("int32"),
            "person_no": lines["person_no"].astype("int32"),
            "department": lines["department"],
        }
    )


def scope_sizes(ties: Ties) -> pd.DataFrame:
    """Return people by leader and department: ``leader_no, department, people``; only leaders of five or more."""
    if "scope_sizes" not in ties.worked_out:
        members = _members(ties)
        if has_chart(ties):
            sizes = _scope(ties).groupby(["leader_no", "department"]).size().rename("people").reset_index()
        else:
            count = members["department"].value_counts().rename_axis("department").rename("people").reset_index()
            spoke = set(
                ties.engine.frame(_occasions(ties).select("leader_no").distinct().order_by("leader_no"))["leader_no"]
            )
            leaders = members[members["person_no"].isin(spoke)].rename(
                columns={"person_no": "leader_no", "department": "own"}
            )
            sizes = leaders[["leader_no", "own"]].merge(count, how="cross")
            sizes["people"] -= (sizes["own"] == sizes["department"]).astype(int)
            sizes = sizes[["leader_no", "department", "people"]]
        whole = sizes.groupby("leader_no")["people"].transform("sum")
        sizes = sizes[(whole >= frames.FEWEST) & (sizes["people"] > 0)]
        ties.worked_out["scope_sizes"] = sizes.reset_index(drop=True)
    return ties.worked_out["scope_sizes"]


def _occasions(ties: Ties) -> ir.Table:
    """Return who was addressed on which occasion by whom: ``leader_no, day_no, channel, person_no``."""
    parts = []
    settings = ties.settings.ties
    sent, held = frames.messages(ties), frames.meetings(ties)
    if sent is not None:
        wide = sent.filter(sent["size"] > settings.close_message_size)
        parts.append(wide.select("day_no", "channel", leader_no="sender_no", person_no="recipient_no"))
    if held is not None:
        wide = held.filter(held["size"] > settings.close_meeting_size)
        there = wide.select("meeting_no", person_no="attendee_no")
        called = (
            wide.filter(wide.organizer_no.notnull()).select("meeting_no", "day_no", leader_no="organizer_no").distinct()
        )
        uncalled = wide.filter(wide.organizer_no.isnull()).select("meeting_no", "day_no", leader_no="attendee_no")
        leaders = ibis.union(called, uncalled)
        rows = leaders.join(there, "meeting_no").select(
            "day_no", "leader_no", "person_no", channel=ibis.literal("meeting")
        )
        parts.append(rows.select("day_no", "channel", "leader_no", "person_no"))
    rows = ibis.union(*parts) if len(parts) > 1 else parts[0]
    return rows.filter(rows.leader_no != rows.person_no).distinct()


def heard_in_scope(ties: Ties) -> ir.Table:
    """Return occasions that reached somebody of the leader's scope, kept once for the same ties."""
    if "heard" not in ties.worked_out:
        sizes = scope_sizes(ties)
        leaders = ties.engine.from_frame(
            pd.DataFrame({"lead_no": sizes["leader_no"].drop_duplicates().astype("int32")}), name="leaders"
        )
        rows = _occasions(ties)
        rows = rows.join(leaders, rows.leader_no == leaders.lead_no).drop("lead_no")
        if has_chart(ties):
            scope = ties.engine.from_frame(_scope(ties).astype({"department": "str"}), name="scope")
            scope = scope.rename(over_no="leader_no", below_no="person_no")
            rows = rows.join(scope, [rows.leader_no == scope.over_no, rows.person_no == scope.below_no])
        else:
            members = ties.engine.from_frame(
                _members(ties)[["person_no", "department"]].astype({"person_no": "int32", "department": "str"}),
                name="members",
            ).rename(below_no="person_no")
            rows = rows.join(members, rows.person_no == members.below_no)
        rows = rows.select("leader_no", "day_no", "channel", "person_no", "department")
        ties.worked_out["heard"] = ties.engine.materialise(rows, name="heard")
    return ties.worked_out["heard"]
