"""Does the team's outside contact pass through me? And do I work outside without my own manager beside me?"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import ibis
import numpy as np
import pandas as pd

from peerlens.errors import NotEnoughData
from peerlens.lenses import frames
from peerlens.lenses.band import level_band
from peerlens.lenses.lens import Finding, Group, Lens
from peerlens.words import day as say_day
from peerlens.words import percent

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from matplotlib.axes import Axes

    from peerlens.ties import Ties

FEWEST_DAYS, FEWEST_MEETINGS = 10, 5
BACK_DAYS = 14
HIGH_SHARE = 0.7
QUARTERS = ("1", "2", "3", "4")


class Delegation(Lens):
    """How much of a team's contact with other departments is its manager's, and how much would be left without."""

    name: ClassVar[str] = "delegation"
    question: ClassVar[str] = "Does the team's outside contact pass through me?"
    group: ClassVar[Group] = "process"
    needs: ClassVar[tuple[str, ...]] = ("people.manager_id", "people.department")

    def measure(self, ties: Ties) -> pd.DataFrame:
        """Measure the manager's part in the team's outside contact at ``as_of``.

        Outside contact is contact with people of another department who are not in the team (a manager and the direct
        reports). Figures of a team are given from five reports on. Source: gatekeeping and the single-thread ratio, Gould
        and Fernandez 1989; collaborative overload, Cross, Rebele and Grant 2016.

        Returns
        -------
        pandas.DataFrame
            One row a person.

            - ``reports``: direct reports (people).
            - ``share_through_me``: strength of the manager's outside ties / strength of all outside ties of the team (0 to 1).
            - ``share_through_me_before``: the same of the credit of the quarter nine to twelve months ago (0 to 1).
            - ``departments_reached``: departments into which anybody of the team has a live tie (departments).
            - ``departments_without_me``: departments into which a report has a live tie (departments).
            - ``share_reports_with_senior_tie``: reports with a live tie to somebody more senior other than the manager /
              reports (0 to 1).
            - ``share_meetings_both``: of meetings of at most 20 with another department that a report was in, in 26
              weeks, those the
              manager was in too (0 to 1; missing under 5 meeting days).
            - ``hours_both``: hours of those (hours in 26 weeks).
            - ``share_asks_back``: of asks from the manager to a report, those after which the report asked the manager within 14
              days, in the same thread where threads are known (0 to 1; missing without ``is_ask``, or under 5 days with asks).
            - ``outside_days``: days in 26 weeks with work across departments of one's own: a message sent to at most 20
              people, or a meeting of at most 20, with somebody of another department (days).
            - ``share_with_manager``: of those messages and meetings, those with one's own manager as a recipient or in
              the room (0 to 1; missing under 10 days, or without a manager).
            - ``reason``: why the figures of the team are missing.
        """
        persons = ties.persons
        reports = persons[persons["is_in_people"] & ~persons["has_left"]].groupby("manager_id").size()
        row = frames.by_person(ties, _outside(ties), _both(ties), _asks_back(ties), _alone(ties))
        row.insert(1, "reports", row["person_id"].map(reports).fillna(0).astype(int))
        has_manager = row["person_id"].map(persons.set_index("person_id")["manager_id"]).notna()
        row.loc[~has_manager, "share_with_manager"] = np.nan
        few = row["reports"] < frames.FEWEST
        one_sided = frames.is_own_export(ties)
        row.loc[few | one_sided, list(TEAM_COLUMNS)] = np.nan
        row["reason"] = np.select(
            [row["reports"] == 0, few, one_sided | few, row["share_through_me"].isna()],
            [
                "no reports",
                "fewer than five reports",
                "one person's export shows no contact of others",
                "no contact with other departments",
            ],
            default=None,
        )
        return row

    def evidence(self, ties: Ties, person_id: str) -> pd.DataFrame:
        """Return the team's outside strength by department, in shares: the person's own, and all reports' together.

        Returns
        -------
        pandas.DataFrame
            ``other_department, share_mine, share_reports`` (of all the team's outside strength), largest first; for somebody
            with fewer than five reports only ``share_mine``.
        """
        me = int(ties.person(person_id)["person_no"])
        rows = _team_sides(ties)
        rows = rows.filter(rows.team_no == me)
        found = ties.engine.frame(
            rows.group_by("other_department")
            .agg(
                mine=rows.strength_units.sum(where=rows.is_lead).fill_null(0).cast("int64"),
                theirs=rows.strength_units.sum(where=~rows.is_lead).fill_null(0).cast("int64"),
            )
            .order_by("other_department")
        )
        if int(self.row(ties, person_id)["reports"]) < frames.FEWEST:
            found["theirs"] = 0
        total = float((found["mine"] + found["theirs"]).sum()) or np.nan
        table = pd.DataFrame(
            {
                "other_department": found["other_department"],
                "share_mine": (found["mine"] / total).round(6),
                "share_reports": (found["theirs"] / total).round(6),
            }
        )
        size = table["share_mine"] + table["share_reports"]
        return table.assign(size=size).sort_values(
            ["size", "other_department"], ascending=[False, True], ignore_index=True
        )[["other_department", "share_mine", "share_reports"]]

    def read(self, ties: Ties, person_id: str) -> Finding:
        """Say how much of the team's outside contact passes through the person, or how much of the own has the manager in it."""
        row = self.row(ties, person_id)
        if pd.notna(row["share_through_me"]):
            headline, suggestion, importance = _of_team(row)
            lines = _team_table(row)
            column, what = "share_through_me", "the part of a team's outside contact that passes through its manager"
            by_department = self.evidence(ties, person_id)
        elif pd.notna(row["share_with_manager"]):
            share = float(row["share_with_manager"])
            part = "none" if percent(share) == percent(0) else percent(share)
            headline = f"Your manager was in {part} of your messages and meetings with other departments."
            suggestion = (
                f"No action needed: {'all' if part == 'none' else 'most'} of your work across departments is your own."
                if share < HIGH_SHARE
                else "Agree with your manager on one topic with another department that you carry alone from this week on."
            )
            importance = 0.5 if share >= HIGH_SHARE else 0.1
            lines = pd.DataFrame()
            column, what = "share_with_manager", "the part of work across departments with the manager in it"
            by_department = pd.DataFrame()
        else:
            raise NotEnoughData(
                f"not enough data: {row['reason'] or 'no team'}, and under {FEWEST_DAYS} days of own work across departments."
            )
        table = pd.concat([lines, _own_table(row)], ignore_index=True)
        band = level_band(ties, self.measured(ties), column, person_id).sentence(what)
        return self.finding(
            ties,
            person_id,
            headline=headline,
            table=table,
            suggestion=suggestion,
            caveats=(
                band,
                "Contact in this data only; being the one link can be the job, as in a newly built team.",
                "Figures of a team are given from 5 reports on, and never for one report.",
            ),
            picture=lambda ax: _draw(by_department, row, headline, ties, ax),
            importance=importance,
        )


TEAM_COLUMNS = (
    "share_through_me",
    "share_through_me_before",
    "departments_reached",
    "departments_without_me",
    "share_reports_with_senior_tie",
    "share_meetings_both",
    "hours_both",
    "share_asks_back",
)


def _team_sides(ties: Ties) -> ir.Table:
    """Return every outside tie of a team: ``team_no`` (its manager), ``is_lead``, and the tie seen from inside the team."""
    chart = frames.places(ties)
    kept = ("person_no", "other_no", "other_department", "is_live", "strength_units", "credit_q4")
    sides = ties.sides.select(*kept, "is_cross_department", "other_in_people")
    sides = sides.filter(sides.is_cross_department & sides.other_in_people).select(*kept)
    sides = frames.joined_or_null(sides, chart, "person_no", manager_no="manager_no")
    sides = frames.joined_or_null(sides, chart, "other_no", other_manager_no="manager_no")
    mates = (sides.manager_no == sides.other_manager_no).fill_null(False)
    of_reports = sides.filter(sides.manager_no.notnull() & (sides.other_no != sides.manager_no) & ~mates)
    of_leads = sides.filter((sides.other_manager_no != sides.person_no).fill_null(True))
    return ibis.union(
        of_leads.mutate(team_no=of_leads.person_no, is_lead=ibis.literal(True)),
        of_reports.mutate(team_no=of_reports.manager_no, is_lead=ibis.literal(False)),
    )


def _outside(ties: Ties) -> pd.DataFrame:
    rows = _team_sides(ties)
    live = rows.is_live & rows.other_department.notnull()
    teams = rows.group_by("team_no").agg(
        mine=rows.strength_units.sum(where=rows.is_lead).fill_null(0).cast("int64"),
        units=rows.strength_units.sum().cast("int64"),
        mine_before=rows.credit_q4.sum(where=rows.is_lead).fill_null(0).cast("int64"),
        units_before=rows.credit_q4.sum().fill_null(0).cast("int64"),
        departments_reached=rows.other_department.nunique(where=live).cast("int32"),
        departments_without_me=rows.other_department.nunique(where=live & ~rows.is_lead).cast("int32"),
    )
    found = ties.engine.frame(teams.order_by("team_no"))
    persons = ties.persons[ties.persons["is_in_people"] & ~ties.persons["has_left"]]
    number = ties.persons.set_index("person_id")["person_no"]
    sides = ties.sides.select("person_no", "other_no", "direction", "is_live")
    up = sides.filter((sides.direction == "up") & sides.is_live).select("person_no", "other_no")
    own = frames.joined_or_null(up, frames.places(ties), "person_no", manager_no="manager_no")
    own = own.filter((own.other_no != own.manager_no).fill_null(True))
    seniors = set(ties.engine.frame(own.select("person_no").distinct().order_by("person_no"))["person_no"])
    has_senior = persons.assign(
        team_no=persons["manager_id"].map(number), with_senior=persons["person_no"].isin(seniors)
    )
    seen = has_senior.groupby("team_no")["with_senior"].mean().rename("share_reports_with_senior_tie").reset_index()
    found = found.merge(seen, on="team_no", how="left")
    return pd.DataFrame(
        {
            "person_no": found["team_no"],
            "share_through_me": _ratio(found["mine"], found["units"]),
            "share_through_me_before": _ratio(found["mine_before"], found["units_before"]),
            "departments_reached": found["departments_reached"],
            "departments_without_me": found["departments_without_me"],
            "share_reports_with_senior_tie": found["share_reports_with_senior_tie"],
        }
    )


def _ratio(part: pd.Series, whole: pd.Series) -> pd.Series:
    return part / whole.where(whole > 0)


def _cross_meetings(ties: Ties) -> ir.Table | None:
    """Return who was in which meeting of at most 20 with people of two departments or more."""
    held = frames.meetings(ties)
    if held is None:
        return None
    held = held.select("meeting_no", "day_no", "start_s", "end_s", "attendee_no", "size")
    held = held.filter((held["size"] <= ties.settings.ties.broadcast_size) & (held["size"] >= 2)).drop("size")
    rows = frames.joined_or_null(
        held, frames.places(ties), "attendee_no", department="department", manager_no="manager_no"
    )
    mixed = rows.group_by("meeting_no").agg(departments=rows.department.nunique())
    mixed = mixed.filter(mixed.departments >= 2).select(mixed_no="meeting_no")
    return rows.join(mixed, rows.meeting_no == mixed.mixed_no).drop("mixed_no")


def _both(ties: Ties) -> pd.DataFrame:
    columns = ["person_no", "share_meetings_both", "hours_both"]
    rows = _cross_meetings(ties)
    if rows is None:
        return pd.DataFrame(columns=columns)
    seconds = ibis.greatest(rows.end_s - rows.start_s, 0)
    teams = rows.filter(rows.manager_no.notnull()).mutate(seconds=seconds)
    teams = teams.group_by(team_no="manager_no", meeting_no="meeting_no").agg(
        day_no=lambda t: t.day_no.min(), seconds=lambda t: t.seconds.max()
    )
    there = rows.select(lead_no="attendee_no", lead_meeting_no="meeting_no").distinct()
    joined = teams.left_join(there, [teams.team_no == there.lead_no, teams.meeting_no == there.lead_meeting_no])
    with_lead = joined.lead_no.notnull()
    found = ties.engine.frame(
        joined.group_by(person_no="team_no")
        .agg(
            held=joined.count(),
            days=joined.day_no.nunique(),
            both=joined.count(where=with_lead),
            hours_both=joined.seconds.sum(where=with_lead).fill_null(0) / 3600,
        )
        .order_by("person_no")
    )
    found["share_meetings_both"] = (found["both"] / found["held"]).where(found["days"] >= FEWEST_MEETINGS)
    return found[columns]


def _asks_back(ties: Ties) -> pd.DataFrame:
    columns = ["person_no", "share_asks_back"]
    sent = frames.messages(ties)
    if sent is None or "messages.is_ask" not in ties.events.known:
        return pd.DataFrame({"person_no": pd.Series(dtype="int64"), "share_asks_back": pd.Series(dtype="float64")})
    asks = sent.select("message_no", "day_no", "at_s", "sender_no", "recipient_no", "is_ask")
    asks = asks.filter(asks.is_ask.fill_null(False)).drop("is_ask")
    threads = ties.events.threads
    assert threads is not None  # there are messages
    named = threads.select(threaded_no="message_no", thread_no="thread_no")
    asks = asks.left_join(named, asks.message_no == named.threaded_no)
    asks = asks.select("day_no", "at_s", "sender_no", "recipient_no", "thread_no")
    chart = frames.places(ties)
    down = frames.joined_or_null(asks, chart, "recipient_no", recipient_manager_no="manager_no")
    down = down.filter(down.recipient_manager_no == down.sender_no)
    back = asks.select(back_from="sender_no", back_to="recipient_no", back_s="at_s", back_thread="thread_no")
    pairs = down.left_join(
        back,
        [
            down.recipient_no == back.back_from,
            down.sender_no == back.back_to,
            back.back_s > down.at_s,
            back.back_s <= down.at_s + BACK_DAYS * 86_400,
            (back.back_thread == down.thread_no) | back.back_thread.isnull() | down.thread_no.isnull(),
        ],
    )
    each = pairs.group_by(["sender_no", "recipient_no", "at_s", "day_no"]).agg(came=pairs.back_s.notnull().any())
    found = ties.engine.frame(
        each.group_by(person_no="sender_no")
        .agg(days=each.day_no.nunique(), asked=each.count(), came=each.count(where=each.came))
        .order_by("person_no")
    )
    found["share_asks_back"] = (found["came"] / found["asked"]).where(found["days"] >= FEWEST_MEETINGS)
    return found[columns]


def _alone(ties: Ties) -> pd.DataFrame:
    """Count everybody's own work across departments, and the part of it with the manager in it."""
    chart = frames.places(ties)
    parts = []
    sent = frames.messages(ties)
    if sent is not None:
        rows = sent.select("message_no", "day_no", "sender_no", "recipient_no", "size")
        rows = rows.filter(rows["size"] <= ties.settings.ties.broadcast_size).drop("size")
        rows = frames.joined_or_null(rows, chart, "sender_no", department="department", manager_no="manager_no")
        rows = frames.joined_or_null(rows, chart, "recipient_no", other_department="department")
        each = rows.group_by(["message_no", "sender_no", "day_no"]).agg(
            is_outside=(rows.department != rows.other_department).fill_null(False).any(),
            has_manager=(rows.recipient_no == rows.manager_no).fill_null(False).any(),
        )
        parts.append(each.select("is_outside", "has_manager", "day_no", person_no="sender_no"))
    held = _cross_meetings(ties)
    if held is not None:
        there = held.select(boss_no="attendee_no", boss_meeting_no="meeting_no").distinct()
        joined = held.left_join(there, [held.manager_no == there.boss_no, held.meeting_no == there.boss_meeting_no])
        known = joined.filter(joined.department.notnull())
        parts.append(
            known.select(
                "day_no",
                is_outside=ibis.literal(True),
                has_manager=known.boss_no.notnull(),
                person_no=known.attendee_no,
            )
        )
    rows = ibis.union(*parts) if len(parts) > 1 else parts[0]
    rows = rows.filter(rows.is_outside)
    found = ties.engine.frame(
        rows.group_by("person_no")
        .agg(outside_days=rows.day_no.nunique(), events=rows.count(), shared=rows.count(where=rows.has_manager))
        .order_by("person_no")
    )
    found["share_with_manager"] = (found["shared"] / found["events"]).where(found["outside_days"] >= FEWEST_DAYS)
    return found[["person_no", "outside_days", "share_with_manager"]]


def _of_team(row: pd.Series) -> tuple[str, str, float]:
    share, left = float(row["share_through_me"]), int(row["departments_without_me"])
    headline = f"{percent(share)} of the team's contact with other departments passes through you"
    before = row["share_through_me_before"]
    if pd.notna(before):
        headline += f" ({percent(before)} a year ago)"
    headline += f"; without you the team would reach {left} of {int(row['departments_reached'])} departments."
    if share < HIGH_SHARE and left >= row["departments_reached"] / 2:
        return headline, "No action needed: the team reaches other departments without you. Keep it.", 0.1
    return (
        headline,
        "Choose one contact in another department this week, introduce a report, and leave the next meeting to the two of them.",
        0.4 + 0.6 * share,
    )


def _team_table(row: pd.Series) -> pd.DataFrame:
    said = [
        ("outside contact through you, share", row["share_through_me"]),
        ("the same nine to twelve months ago, share", row["share_through_me_before"]),
        ("departments the team reaches", row["departments_reached"]),
        ("departments reached without you", row["departments_without_me"]),
        ("reports with a live tie to another senior, share", row["share_reports_with_senior_tie"]),
        ("meetings across departments you and a report both attend, share", row["share_meetings_both"]),
        ("hours of those in 26 weeks", row["hours_both"]),
        ("asks you gave that came back as a question, share", row["share_asks_back"]),
    ]
    return _lines(said)


def _own_table(row: pd.Series) -> pd.DataFrame:
    return _lines(
        [
            ("days with own work across departments in 26 weeks", row["outside_days"]),
            ("your own work across departments with your manager in it, share", row["share_with_manager"]),
        ]
    )


def _lines(said: list[tuple[str, float]]) -> pd.DataFrame:
    rows = [
        (
            what.removesuffix(", share"),
            100 * value if what.endswith("share") else value,
            "%" if what.endswith("share") else "",
        )
        for what, value in said
    ]
    return pd.DataFrame(rows, columns=["what", "value", "unit"]).astype({"value": "float64"})


def _draw(by_department: pd.DataFrame, row: pd.Series, title: str, ties: Ties, ax: Axes | None) -> Axes:
    from peerlens.draw.with_without import with_without

    subtitle = f"Strength of ties into other departments as of {say_day(ties.as_of)}"
    if by_department.empty:
        share = float(row["share_with_manager"])
        frame = pd.DataFrame({"label": ["Your outside work"], "with": [share], "without": [1 - share]})
        subtitle = (
            "Messages and meetings with other departments on "
            f"{int(row['outside_days'])} days, 26 weeks up to {say_day(ties.as_of)}"
        )
        return with_without(
            frame, ax=ax, title=title, subtitle=subtitle, words=("your manager in it", "without your manager"),
            what="messages and meetings",
        )  # fmt: skip
    frame = by_department.rename(
        columns={"other_department": "label", "share_mine": "with", "share_reports": "without"}
    )
    return with_without(
        frame, ax=ax, title=title, subtitle=f"{subtitle}; {int(row['reports'])} direct reports",
        words=("through you", "through your reports, without you"), what="the team's outside contact",
    )  # fmt: skip
