"""Has everyone heard it, more than once, and talked about it? Who a leader's wide messages and meetings reach."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from peerlens.errors import NotEnoughData
from peerlens.lenses import frames
from peerlens.lenses.band import level_band
from peerlens.lenses.lens import Finding, Group, Lens
from peerlens.lenses.occasions import has_chart, heard_in_scope, scope_sizes
from peerlens.privacy import rounded_count
from peerlens.ties.events import EPOCH
from peerlens.words import day as say_day
from peerlens.words import of_people, percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from peerlens.ties import Ties

LEFT_OUT_SHARE = 0.2
"""a group of which fewer than one in five were reached is left out"""
TALK_SIZE, TALK_DAYS = 3, 10
SHARE_STEP = 0.1
OCCASIONS_SHOWN = 16
NO_SCOPE = "leads fewer than five people"


class SharedNarrative(Lens):
    """Coverage of a leader's scope by wide messages and meetings, broadcasts among them."""

    name: ClassVar[str] = "shared_narrative"
    question: ClassVar[str] = "Has everyone heard it, more than once, and talked about it?"
    group: ClassVar[Group] = "purpose"
    needs: ClassVar[tuple[str, ...]] = ("people.department",)

    def measure(self, ties: Ties) -> pd.DataFrame:
        """Measure whom a leader's occasions of 26 weeks reached.

        A leader's *scope* is everybody below in the chart; where the chart has no managers at all, everybody else. An
        *occasion* is a
        day and channel on which the leader wrote to more than ``close_message_size`` (5) people at once or held a meeting of
        more than ``close_meeting_size`` (8): called by the leader, or with the leader there where no caller is known. Broadcasts
        count. Someone is *reached* as a recipient, or by being in the meeting. Groups are departments with at least 5
        people of the
        scope. Sources: repeated and redundant communication by leaders, Neeley and Leonardi 2011; evenness, Pielou 1966.

        Returns
        -------
        pandas.DataFrame
            One row a person.

            - ``scope``: people in the scope, rounded down to fives (people).
            - ``occasions``: occasions that reached anybody of the scope (occasions).
            - ``channels``: channels among them; meetings are one (channels).
            - ``share_reached``: reached at least once / scope, to 0.1 (0 to 1).
            - ``share_reached_twice``: reached on two occasions or more / scope, to 0.1 (0 to 1).
            - ``evenness``: Pielou's J of occasions per head over groups: 1 when each group heard as much, 0 when one heard it all
              (missing with one group).
            - ``groups``: groups of at least 5 (groups).
            - ``groups_left_out``: groups of which fewer than one in five were reached (groups).
            - ``stalest_weeks``: weeks since the last occasion that reached one in five of the group, in the group where that is
              longest (weeks; the whole window when there was none).
            - ``share_groups_that_talked``: groups in which, within 10 days after an occasion, somebody who was reached
              met one or two
              others who were reached, outside any series / groups (0 to 1; missing without meetings).
            - ``share_leaders_in_a_room``: of pairs of direct reports who themselves lead, those who shared a meeting
              of at most 8 in 26
              weeks (0 to 1; missing under 5 such reports or without meetings).
            - ``reason``: why it is missing.
        """
        groups = _groups(ties)
        total = _totals(ties)
        per_leader = groups.groupby("leader_no")
        row = pd.DataFrame(
            {
                "groups": per_leader.size(),
                "groups_left_out": per_leader["is_left_out"].sum(),
                "stalest_weeks": per_leader["weeks_since"].max(),
                "share_groups_that_talked": per_leader["has_talked"].mean(),
                "evenness": per_leader["a_head"].agg(_evenness),
            }
        ).reset_index()
        row = total.merge(row, on="leader_no", how="left").rename(columns={"leader_no": "person_no"})
        row = frames.by_person(ties, row, _leaders_in_a_room(ties))
        row["reason"] = np.select(
            [row["scope"].isna(), row["occasions"].isna()],
            [
                NO_SCOPE,
                "no message to more than 5 people and no meeting of more than 8 seen; lists cannot be seen",
            ],
            default=None,
        )
        columns = ["scope", "occasions", "channels", "share_reached", "share_reached_twice", "evenness", "groups",
                   "groups_left_out", "stalest_weeks", "share_groups_that_talked", "share_leaders_in_a_room"]  # fmt: skip
        nothing = row["occasions"].isna()
        row.loc[nothing, columns[1:-1]] = np.nan
        return row[["person_id", *columns, "reason"]]

    def evidence(self, ties: Ties, person_id: str) -> pd.DataFrame:
        """Return the coverage grid: groups of at least five by occasion.

        Returns
        -------
        pandas.DataFrame
            ``group, held_on, channel, share`` (of the group that was reached, to 0.1), every group with every occasion.
        """
        me = int(ties.person(person_id)["person_no"])
        heard = heard_in_scope(ties)
        sizes = scope_sizes(ties)
        sizes = sizes[(sizes["leader_no"] == me) & (sizes["people"] >= frames.FEWEST)]
        rows = ties.engine.frame(
            heard.filter(heard.leader_no == me)
            .group_by(["day_no", "channel", "department"])
            .agg(reached=lambda t: t.person_no.nunique())
            .order_by(["day_no", "channel", "department"])
        )
        occasions = rows[["day_no", "channel"]].drop_duplicates()
        grid = occasions.merge(sizes[["department", "people"]], how="cross")
        grid = grid.merge(rows, on=["day_no", "channel", "department"], how="left")
        share = (grid["reached"].fillna(0) / grid["people"] / SHARE_STEP).round() * SHARE_STEP
        return pd.DataFrame(
            {
                "group": grid["department"],
                "held_on": pd.Timestamp(EPOCH) + pd.to_timedelta(grid["day_no"].astype("int64"), unit="D"),
                "channel": grid["channel"],
                "share": share.round(1),
            }
        ).sort_values(["group", "held_on", "channel"], ignore_index=True)

    def read(self, ties: Ties, person_id: str) -> Finding:
        """Say how much of the scope was reached, how often, and which groups were left out."""
        me = int(ties.person(person_id)["person_no"])
        if not (scope_sizes(ties)["leader_no"] == me).any():  # before anything is measured for others
            raise NotEnoughData(f"not enough data: {NO_SCOPE}.")
        row = self.row(ties, person_id)
        if pd.isna(row["occasions"]):
            raise NotEnoughData(f"not enough data: {row['reason']}.")
        groups = _groups(ties)
        groups = groups[groups["leader_no"] == me].sort_values(["share_reached", "department"])
        left_out = groups.loc[groups["is_left_out"], "department"].astype(str).tolist()
        table = _table(row, groups)
        headline = _headline(row, left_out, "your people" if has_chart(ties) else "everybody here")
        grid = self.evidence(ties, person_id)
        sizes = scope_sizes(ties)
        small = int(((sizes["leader_no"] == me) & (sizes["people"] < frames.FEWEST)).sum())
        band = level_band(ties, self.measured(ties), "share_reached_twice", person_id)
        caveats = [
            band.sentence("the part of a leader's people reached on two occasions or more"),
            "Reached means addressed or in the room; whether anybody read, heard or agreed is not in this data. "
            "Messages to lists cannot be seen, and a talk that followed need not have been about it.",
        ]
        if small:
            caveats.append("Groups under 5 people are counted in the whole and not shown.")
        return self.finding(
            ties,
            person_id,
            headline=headline,
            table=table,
            suggestion=_suggestion(row, left_out, groups),
            caveats=caveats,
            picture=lambda ax: _draw(grid, groups, headline, row, ties, ax),
            importance=0.2
            if not has_chart(ties)
            else 0.75
            if left_out
            else 0.4
            if row["share_reached_twice"] < 0.5
            else 0.1,
        )


def _totals(ties: Ties) -> pd.DataFrame:
    heard, sizes = heard_in_scope(ties), scope_sizes(ties)
    occasions = heard.select("leader_no", "day_no", "channel").distinct()
    each = heard.group_by(["leader_no", "person_no"]).agg(times=heard.count())
    counted = occasions.group_by("leader_no").agg(occasions=occasions.count(), channels=occasions.channel.nunique())
    reached = each.group_by("leader_no").agg(once=each.count(), twice=each.count(where=each.times >= 2))
    scope = sizes.groupby("leader_no")["people"].sum().rename("people").reset_index()
    found = scope.merge(ties.engine.frame(counted.order_by("leader_no")), on="leader_no", how="left")
    found = found.merge(ties.engine.frame(reached.order_by("leader_no")), on="leader_no", how="left")
    return pd.DataFrame(
        {
            "leader_no": found["leader_no"],
            "scope": found["people"].map(rounded_count).astype("float64"),
            "occasions": found["occasions"],
            "channels": found["channels"],
            "share_reached": _tenths(found["once"] / found["people"]),
            "share_reached_twice": _tenths(found["twice"] / found["people"]),
        }
    )


def _tenths(share: pd.Series) -> pd.Series:
    return ((share.clip(upper=1.0) / SHARE_STEP).round() * SHARE_STEP).round(1)


def _groups(ties: Ties) -> pd.DataFrame:
    """Return one row per leader and group of at least five: how much of it was reached, when last, and whether it talked."""
    if "narrative_groups" not in ties.worked_out:
        ties.worked_out["narrative_groups"] = _make_groups(ties)
    return ties.worked_out["narrative_groups"]


def _make_groups(ties: Ties) -> pd.DataFrame:
    heard, sizes = heard_in_scope(ties), scope_sizes(ties)
    sizes = sizes[sizes["people"] >= frames.FEWEST]
    keys = ["leader_no", "department"]
    people = heard.group_by([*keys, "person_no"]).agg(times=heard.count())
    reached = people.group_by(keys).agg(
        once=people.count(), twice=people.count(where=people.times >= 2), heads=people.times.sum()
    )
    days = heard.group_by([*keys, "day_no"]).agg(people_then=heard.person_no.nunique())
    found = sizes.merge(ties.engine.frame(reached.order_by(keys)), on=keys, how="left")
    by_day = ties.engine.frame(days.order_by([*keys, "day_no"])).merge(sizes, on=keys)
    by_day = by_day[by_day["people_then"] >= LEFT_OUT_SHARE * by_day["people"]]
    last = by_day.groupby(keys)["day_no"].max().rename("last_day").reset_index()
    found = found.merge(last, on=keys, how="left").merge(_talked(ties), on=keys, how="left")
    count = found[["once", "twice", "heads"]].fillna(0)
    raw = count["once"] / found["people"]
    weeks = ((ties.as_of_day - found["last_day"]) // 7).fillna(ties.settings.ties.window_weeks)
    talked = found["talked"].eq(True).astype(float)
    return pd.DataFrame(
        {
            "leader_no": found["leader_no"],
            "department": found["department"],
            "people": found["people"].map(rounded_count),
            "share_reached": _tenths(raw),
            "share_reached_twice": _tenths(count["twice"] / found["people"]),
            "a_head": count["heads"] / found["people"],
            "is_left_out": raw < LEFT_OUT_SHARE,
            "weeks_since": weeks.astype("float64"),
            "never": found["last_day"].isna(),
            "has_talked": talked if ties.events.meetings is not None else np.nan,
        }
    )


def _talked(ties: Ties) -> pd.DataFrame:
    """Find groups in which an occasion was followed by a talk of two or three people who had been reached by it."""
    empty = pd.DataFrame(
        {"leader_no": pd.Series(dtype="int32"), "department": pd.Series(dtype="str"), "talked": pd.Series(dtype="bool")}
    )
    held = frames.meetings(ties)
    if held is None:
        return empty
    small = held.filter((held["size"] <= TALK_SIZE) & (held["size"] >= 2) & held.series_id.isnull())
    one = small.select("meeting_no", talk_day="day_no", one_no="attendee_no")
    other = small.select(other_meeting="meeting_no", other_no="attendee_no")
    pairs = one.join(other, [one.meeting_no == other.other_meeting, one.one_no != other.other_no])
    pairs = pairs.select("talk_day", "one_no", "other_no").distinct()
    heard = heard_in_scope(ties)
    first = heard.join(pairs, heard.person_no == pairs.one_no)
    first = first.filter((first.talk_day >= first.day_no) & (first.talk_day <= first.day_no + TALK_DAYS))
    there = heard.select(their_leader="leader_no", their_day="day_no", their_channel="channel", their_no="person_no")
    both = first.join(
        there,
        [first.leader_no == there.their_leader, first.day_no == there.their_day, first.channel == there.their_channel,
         first.other_no == there.their_no],
    )  # fmt: skip
    found = both.select("leader_no", "department").distinct()
    return ties.engine.frame(found.order_by(["leader_no", "department"])).assign(talked=True)


def _leaders_in_a_room(ties: Ties) -> pd.DataFrame:
    """Measure, for each leader of five or more leaders, which share of their pairs met in a room of at most eight."""
    empty = pd.DataFrame({"person_no": pd.Series(dtype="int32"), "share_leaders_in_a_room": pd.Series(dtype="float64")})
    held = frames.meetings(ties)
    persons = ties.persons
    leads = persons[persons["has_reports"] & persons["is_in_people"] & ~persons["has_left"]]
    leads = leads[leads.groupby("manager_id")["person_no"].transform("size") >= frames.FEWEST]
    if held is None or leads.empty:
        return empty
    number = persons.set_index("person_id")["person_no"]
    frame = pd.DataFrame(
        {"leads_no": leads["person_no"].astype("int32"), "over_no": leads["manager_id"].map(number).astype("int32")}
    )
    table = ties.engine.from_frame(frame, name="leads")
    close = held.filter(held["size"] <= ties.settings.ties.close_meeting_size).select("meeting_no", "attendee_no")
    mine = close.join(table, close.attendee_no == table.leads_no).select("meeting_no", "over_no", one_no="leads_no")
    theirs = mine.select(their_meeting="meeting_no", their_over="over_no", other_no="one_no")
    pairs = mine.join(
        theirs,
        [mine.meeting_no == theirs.their_meeting, mine.over_no == theirs.their_over, mine.one_no < theirs.other_no],
    )
    met = pairs.select("over_no", "one_no", "other_no").distinct()
    found = ties.engine.frame(met.group_by("over_no").agg(met=met.count()).order_by("over_no"))
    size = frame.groupby("over_no").size()
    possible = size * (size - 1) / 2
    share = found.set_index("over_no")["met"].reindex(possible.index).fillna(0) / possible
    return share.rename("share_leaders_in_a_room").rename_axis("person_no").reset_index()


def _evenness(a_head: pd.Series) -> float:
    """Return Pielou's J of what each group heard a head.

    Examples
    --------
    >>> _evenness(pd.Series([2.0, 2.0])), _evenness(pd.Series([3.0, 0.0])), _evenness(pd.Series([3.0]))
    (1.0, 0.0, nan)
    """
    total = float(a_head.sum())
    if len(a_head) < 2 or total == 0:
        return float("nan")
    part = a_head[a_head > 0] / total
    return round(float(-(part * np.log(part)).sum() / np.log(len(a_head))), 9) + 0.0


def _headline(row: pd.Series, left_out: list[str], whom: str) -> str:
    text = (
        f"Your messages and meetings for many reached about {percent(row['share_reached'])} of {whom}, "
        f"{_again(row)} more than once"
    )
    if left_out and row["groups"] > 1:
        shown = left_out[:3]
        more = len(left_out) - len(shown)
        names = of_people([*shown, f"{more} others"] if more else shown)
        return f"{text}; {names} heard hardly any of it."
    return f"{text}." if row["groups"] < 2 else f"{text}; no department was left out."


def _again(row: pd.Series) -> str:
    once, twice = percent(row["share_reached"]), percent(row["share_reached_twice"])
    return "nearly all of them" if once == twice else f"{twice}"


def _table(row: pd.Series, groups: pd.DataFrame) -> pd.DataFrame:
    whole = pd.DataFrame(
        [("everybody", row["scope"], row["share_reached"], row["share_reached_twice"], row["stalest_weeks"],
          row["share_groups_that_talked"] == 1 if pd.notna(row["share_groups_that_talked"]) else None)],
        columns=["group", "people_or_more", "share_reached", "share_reached_twice", "weeks_since_last", "talked_after"],
    )  # fmt: skip
    each = pd.DataFrame(
        {
            "group": groups["department"],
            "people_or_more": groups["people"],
            "share_reached": groups["share_reached"],
            "share_reached_twice": groups["share_reached_twice"],
            "weeks_since_last": groups["weeks_since"],
            "talked_after": [None if pd.isna(talked) else bool(talked) for talked in groups["has_talked"]],
        }
    )
    return pd.concat([whole, each], ignore_index=True)


def _suggestion(row: pd.Series, left_out: list[str], groups: pd.DataFrame) -> str:
    if left_out:
        return (
            f"Spend twenty minutes with {left_out[0]} this week, say it once in your own words, "
            "and ask what they had heard so far."
        )
    if row["share_reached_twice"] < 0.5:
        return "Say it a second time this week by another channel than the first, and leave time for questions."
    silent = groups.loc[groups["has_talked"] == 0, "department"].astype(str).tolist()
    if silent:
        return f"Ask one person in {silent[0]} this week, in a conversation of two, what they make of it."
    whom = "nearly everyone" if row["share_reached_twice"] >= 0.95 else "most"
    return f"No action needed: {whom} heard from you more than once. Keep the rhythm."


def _draw(grid: pd.DataFrame, groups: pd.DataFrame, title: str, row: pd.Series, ties: Ties, ax: Axes | None) -> Axes:
    from peerlens.draw.coverage import coverage

    stamps = sorted(set(zip(grid["held_on"], grid["channel"], strict=True)))[-OCCASIONS_SHOWN:]
    shown = grid[[pair in set(stamps) for pair in zip(grid["held_on"], grid["channel"], strict=True)]]
    order = groups.sort_values(["share_reached", "department"])["department"].tolist()
    marked = set(groups.loc[groups["is_left_out"], "department"])
    some = set(grid.loc[grid["share"] > 0, "group"])
    since = {
        name: ("under a fifth each time" if name in some else "not in this window")
        if never
        else "this week"
        if weeks < 1
        else f"{int(weeks)} week{'' if weeks == 1 else 's'} ago"
        for name, weeks, never in zip(groups["department"], groups["weeks_since"], groups["never"], strict=True)
    }
    first = ties.as_of - timedelta(days=frames.window_days(ties) - 1)
    subtitle = f"{say_day(first)} to {say_day(ties.as_of)}; {int(row['scope'])} people or more; "
    all_of_them = int(row["occasions"])
    is_all = len(stamps) == all_of_them
    subtitle += f"{all_of_them} occasions" if is_all else f"the latest {len(stamps)} of {all_of_them} occasions"
    return coverage(shown, order=order, marked=marked, notes=since, ax=ax, title=title, subtitle=subtitle)
