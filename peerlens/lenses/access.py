"""Is my contact with leaders regular? One-to-ones with the manager, contact with people more senior, and the way to each."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from peerlens.lenses import frames
from peerlens.lenses.band import level_band
from peerlens.lenses.lens import Finding, Group, Lens
from peerlens.ties.events import EPOCH
from peerlens.ties.together import days_of
from peerlens.words import day as say_day
from peerlens.words import number, percent

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from matplotlib.axes import Axes

    from peerlens.ties import Ties

NOBODY_ABOVE = "nobody stands above this person in the chart"
FEW_STARTS = 5
"""initiations below which no share of who starts is given"""
FAR = 6
"""steps beyond which a way to somebody is no way"""
SHOWN = 8
PAST = {"meet": "met", "write": "wrote"}
CAVEATS = (
    "Days are working days on which both were at work; corridor talk and calls are not in this.",
    "Steps count live ties from you to the other person; a step is contact, not a promise of an introduction.",
)


@dataclass(frozen=True)
class Limits:
    """Thresholds of the lens.

    Parameters
    ----------
    irregular_pauses
        A longest pause of so many rhythms is called uneven.
    stalled_days
        A thread is stalled when nobody has answered for more than so many of the recipient's working days.
    """

    irregular_pauses: float = 3.0
    stalled_days: int = 5


class Access(Lens):
    """The rhythm of one-to-ones with the manager, ties with people more senior, steps to those above, stalled threads."""

    name: ClassVar[str] = "access"
    question: ClassVar[str] = "Is my contact with leaders regular?"
    group: ClassVar[Group] = "purpose"
    needs: ClassVar[tuple[str, ...]] = ("people.manager_id",)
    limits: ClassVar[Limits] = Limits()

    def measure(self, ties: Ties) -> pd.DataFrame:
        """Measure contact upwards in the 26 weeks up to ``as_of``.

        A *one-to-one* day has a meeting of two (where no meetings were read: a message to one person) between a person and the
        manager. ``one_to_one_rhythm = max(1, shared working days from the first to the last / (days - 1))``, as the rhythm of a
        tie. Steps are the shortest path over live ties (Freeman 1977).

        Returns
        -------
        pandas.DataFrame
            One row a person.

            - ``one_to_one_days``: days with a one-to-one with the manager (days).
            - ``one_to_one_rhythm``: rhythm of one-to-ones; missing under two days (working days of both).
            - ``one_to_one_pause``: longest pause between one-to-ones, the one up to ``as_of`` among them; missing without any
              (working days of both).
            - ``one_to_one_since``: time since the last one; missing without any (working days of both).
            - ``senior_ties``: live ties upwards beside the manager (people).
            - ``share_started_up``: initiations with those people that are the person's / all; missing under 5 (0 to 1).
            - ``steps_to_skip``: steps over live ties to the manager's manager; missing beyond 6 (steps).
            - ``steps_to_top``: steps over live ties to the top of the chart; missing beyond 6 (steps).
            - ``stalled_threads``: threads the person opened to at most three people, some in another department, in which
              nobody else wrote within 5 working days of the recipient; missing without thread ids (threads).
            - ``reason``: why all is missing: nobody above, or not visible here.
        """
        persons = ties.persons
        number_of = persons.set_index("person_id")["person_no"]
        chart = persons[["person_id", "person_no", "manager_id", "is_covered"]].copy()
        chart["manager_no"] = chart["manager_id"].map(number_of)
        skip = persons.set_index("person_id")["manager_id"]
        chart["skip_no"] = chart["manager_id"].map(skip).map(number_of)
        frame = chart.merge(_one_to_ones(ties, chart), on="person_no", how="left")
        frame["one_to_one_days"] = frame["one_to_one_days"].fillna(0.0)
        frame = frame.merge(_seniors(ties), on="person_no", how="left")
        frame["senior_ties"] = frame["senior_ties"].fillna(0.0)
        top = _top_of(ties)
        graph = _live_graph(ties)
        frame["steps_to_skip"] = _steps(graph, frame["person_no"], frame["skip_no"])
        frame["steps_to_top"] = _steps(graph, frame["person_no"], pd.Series(top, index=frame.index, dtype="float64"))
        frame.loc[frame["person_no"] == top, "steps_to_top"] = np.nan
        stalled = _stalled(ties, self.thresholds(ties).stalled_days)
        frame["stalled_threads"] = np.nan if stalled is None else frame["person_no"].map(stalled).fillna(0.0)
        reason = pd.Series(None, index=frame.index, dtype="str").mask(~frame["is_covered"], frames.NOT_VISIBLE)
        reason = reason.mask(frame["manager_no"].isna(), NOBODY_ABOVE)
        measured = [
            *("one_to_one_days", "one_to_one_rhythm", "one_to_one_pause", "one_to_one_since", "senior_ties"),
            *("share_started_up", "steps_to_skip", "steps_to_top", "stalled_threads"),
        ]
        return frames.in_order(frame[["person_id", *measured]], reason=reason, hidden=reason.notna())

    def evidence(self, ties: Ties, person_id: str) -> pd.DataFrame:
        """Return the people above, then other more senior ones with a live tie, and how contact with each stands.

        Returns
        -------
        pandas.DataFrame
            ``other_id, other, who, one_to_one_days`` (in 26 weeks), ``rhythm`` (of one-to-ones with the manager, working
            days), ``since_last`` (working days since close contact; for the manager since a one-to-one), ``contact_days_w,
            started, other_started, steps, through`` (the contact the shortest way begins with).
        """
        persons = ties.persons.set_index("person_id")
        lines = ties.places.lines
        above = lines[lines["person_id"] == person_id].sort_values("distance")
        manager = above.loc[above["distance"] == 1, "ancestor_id"]
        mine = ties.of(person_id)
        up = mine[(mine["direction"] == "up") & mine["is_live"] & ~mine["other_id"].isin(above["ancestor_id"])]
        up = up.sort_values(["contact_days_w", "other_id"], ascending=[False, True]).head(SHOWN)
        rows = pd.DataFrame({"other_id": [*above["ancestor_id"], *up["other_id"]]})
        chain = [*above["ancestor_id"]]
        rows["who"] = "more senior"
        rows.loc[rows["other_id"].isin(chain), "who"] = "above your manager"
        rows.loc[rows["other_id"].isin(manager), "who"] = "your manager"
        rows["other"] = rows["other_id"].map(persons["name"]).fillna(rows["other_id"])
        tie = mine.set_index("other_id").reindex(rows["other_id"])
        days = _days_with(ties, person_id, rows["other_id"].tolist())
        alone = days[days["is_alone"]].groupby("other_id")["day_no"].nunique()
        rows["one_to_one_days"] = rows["other_id"].map(alone).fillna(0).astype(int)
        own = self.row(ties, person_id)
        is_manager = rows["who"] == "your manager"
        rows["rhythm"] = np.where(is_manager, own["one_to_one_rhythm"], np.nan)
        rows["since_last"] = np.where(
            is_manager, own["one_to_one_since"], tie["silence"].to_numpy(float, na_value=np.nan)
        )
        for column in ("contact_days_w", "started", "other_started"):
            rows[column] = tie[column].fillna(0).astype(int).to_numpy()
        steps, through = _ways(ties, person_id, rows["other_id"])
        rows["steps"], rows["through"] = steps, through
        return rows[
            [
                "other_id",
                "other",
                "who",
                "one_to_one_days",
                "rhythm",
                "since_last",
                "contact_days_w",
                "started",
                "other_started",
                "steps",
                "through",
            ]
        ].reset_index(drop=True)

    def read(self, ties: Ties, person_id: str) -> Finding:
        """Say how regular the one-to-ones with the manager are, and whom above there is a way to."""
        row, limits = self.row(ties, person_id), self.thresholds(ties)
        caveats, weeks = [*CAVEATS], _weeks_there(ties, person_id)
        if isinstance(row["reason"], str):
            headline, suggestion, table = f"Not shown: {row['reason']}.", "Nothing to do now.", pd.DataFrame()
            days = pd.DataFrame({"other_id": [], "day_no": [], "is_alone": []})
        else:
            table = self.evidence(ties, person_id)
            days = _days_with(ties, person_id, table["other_id"].tolist())
            headline = _headline(row, ties, weeks)
            suggestion = _suggestion(row, table, limits)
            what = "the rhythm of one-to-ones with the manager"
            band = level_band(ties, self.measured(ties), "one_to_one_rhythm", person_id)
            caveats = [*_more(row), band.sentence(what, unit=" working days"), *caveats]
        return self.finding(
            ties,
            person_id,
            headline=headline,
            table=table,
            suggestion=suggestion,
            caveats=caveats,
            picture=lambda ax: _draw(table, days, headline, ties, weeks, ax),
        )


def _alone(days: ir.Table, ties: Ties) -> ir.BooleanValue:
    """Tell days with a meeting of two; where no meetings were read, with a message to one person."""
    if ties.events.meetings is None:
        return (days.smallest_message == 1).fill_null(False)
    return (days.smallest_meeting == 2).fill_null(False)


def _one_to_ones(ties: Ties, chart: pd.DataFrame) -> pd.DataFrame:
    """Measure the one-to-one days of everybody with the manager, on the clock the two share."""
    known = chart.dropna(subset=["manager_no"]).astype({"manager_no": "int64"})
    pairs = pd.DataFrame({"person_no": known["person_no"], "other_no": known["manager_no"]})
    pairs["a_no"] = pairs[["person_no", "other_no"]].min(axis=1).astype("int32")
    pairs["b_no"] = pairs[["person_no", "other_no"]].max(axis=1).astype("int32")
    pairs = pairs.reset_index(drop=True).assign(place=lambda t: t.index)
    table = ties.engine.from_frame(pairs[["a_no", "b_no", "place"]], name="manager_pairs")
    days = ties.pair_days
    days = days.filter((days.day_no > frames.before_window(ties)) & _alone(days, ties)).join(table, ["a_no", "b_no"])
    found = ties.engine.frame(days.select("place", "day_no").order_by(["place", "day_no"]))
    ties.engine.drop(table)
    # Two people who manage each other in two charts are one pair; each is measured for its own.
    clock = ties.clock
    work = clock.at_work[pairs["person_no"]] & clock.at_work[pairs["other_no"]]
    upto = np.cumsum(work, axis=1, dtype="int32")
    found["upto"] = upto[found["place"], (found["day_no"] - clock.first_day).clip(lower=0)]
    found["worked"] = work[found["place"], (found["day_no"] - clock.first_day).clip(lower=0)]
    found["pause"] = found["upto"] - found.groupby("place")["upto"].shift() - found["worked"]
    per = found.groupby("place").agg(
        days=("day_no", "size"), first=("upto", "min"), last=("upto", "max"), pause=("pause", "max")
    )
    end = pd.Series(upto[:, -1]).reindex(per.index)
    since = end - per["last"]
    rhythm = ((per["last"] - per["first"]) / (per["days"] - 1).where(per["days"] > 1)).clip(lower=1.0)
    return pd.DataFrame(
        {
            "person_no": pairs["person_no"].reindex(per.index),
            "one_to_one_days": per["days"].astype(float),
            "one_to_one_rhythm": rhythm.round(6),
            "one_to_one_pause": pd.concat([per["pause"], since], axis=1).max(axis=1),
            "one_to_one_since": since.astype(float),
        }
    )


def _seniors(ties: Ties) -> pd.DataFrame:
    """Count live ties upwards beside the manager, and who starts the contact with those people."""
    managers = ties.persons[["person_id", "manager_id"]].dropna()
    table = ties.engine.from_frame(managers.astype("str").rename(columns={"manager_id": "other_id"}), name="managers")
    sides = ties.sides.select("person_no", "person_id", "other_id", "direction", "is_live", "started", "other_started")
    up = sides.filter(sides.direction == "up").anti_join(table, ["person_id", "other_id"])
    sums = up.group_by("person_no").agg(
        senior_ties=up.count(where=up.is_live), mine=up.started.sum(), all=(up.started + up.other_started).sum()
    )
    frame = ties.engine.frame(sums.order_by("person_no"))
    ties.engine.drop(table)
    frame["share_started_up"] = frame["mine"] / frame["all"].where(frame["all"] >= FEW_STARTS)
    return frame[["person_no", "senior_ties", "share_started_up"]]


def _top_of(ties: Ties) -> int:
    """Return the number of the person most others stand below."""
    below = ties.places.lines.groupby("ancestor_id").size()
    if below.empty:
        return -1
    top = below[below == below.max()].index.min()
    return int(ties.person(top)["person_no"])


def _live_graph(ties: Ties) -> object:
    from scipy import sparse

    if "live_graph" not in ties.worked_out:
        pairs = ties.pairs.filter(ties.pairs.is_live).select("a_no", "b_no").order_by(["a_no", "b_no"])
        frame = ties.engine.frame(pairs)
        # A desk or a list that everybody writes to is nobody's way to anybody.
        people = ties.persons["may_be_peer"].to_numpy()
        frame = frame[people[frame["a_no"]] & people[frame["b_no"]]]
        size = len(ties.persons)
        ones = np.ones(len(frame), dtype="int8")
        half = sparse.csr_array((ones, (frame["a_no"], frame["b_no"])), shape=(size, size))
        ties.worked_out["live_graph"] = sparse.csr_array(half + half.T)
    return ties.worked_out["live_graph"]


def _steps(graph: object, people: pd.Series, goals: pd.Series, *, at_once: int = 100) -> np.ndarray:
    """Count steps from each person to a goal of their own; missing where there is no way, or no goal."""
    from scipy.sparse.csgraph import dijkstra

    steps = np.full(len(people), np.nan)
    known = goals.notna().to_numpy() & (goals.fillna(-1) >= 0).to_numpy()
    wanted = goals.fillna(-1).astype("int64").to_numpy()
    distinct = np.unique(wanted[known])
    own = people.to_numpy("int64")
    for start in range(0, len(distinct), at_once):
        block = distinct[start : start + at_once]
        far = dijkstra(graph, unweighted=True, indices=block, limit=FAR)
        here = np.flatnonzero(known & np.isin(wanted, block))
        steps[here] = far[np.searchsorted(block, wanted[here]), own[here]]
    return np.where(np.isfinite(steps), steps, np.nan)


def _ways(ties: Ties, person_id: str, goals: pd.Series) -> tuple[list[float], list[str]]:
    """Return the steps to each goal and the name of the contact the way begins with (none where it is direct)."""
    from scipy.sparse.csgraph import breadth_first_order

    persons = ties.persons.set_index("person_no")
    number_of = ties.persons.set_index("person_id")["person_no"]
    me = int(number_of[person_id])
    _, before = breadth_first_order(_live_graph(ties), me, directed=False)
    steps, through = [], []
    for goal in goals.map(number_of):
        way = [int(goal)]
        while way[-1] != me and before[way[-1]] >= 0:
            way.append(int(before[way[-1]]))
        reached = way[-1] == me and len(way) - 1 <= FAR
        steps.append(float(len(way) - 1) if reached else float("nan"))
        first = persons.loc[way[-2]] if reached and len(way) > 2 else None
        through.append("" if first is None else str(first["name"] if pd.notna(first["name"]) else first["person_id"]))
    return steps, through


def _stalled(ties: Ties, limit: int) -> pd.Series | None:
    """Count threads that somebody opened to another department and that nobody answered, by who opened them."""
    if "messages.thread_id" not in ties.events.known or ties.events.messages is None or ties.events.threads is None:
        return None
    messages, threads = ties.events.messages, ties.events.threads
    messages = messages.select("message_no", "day_no", "sender_no", "recipient_no", "size")
    window = messages.filter((messages.day_no > frames.before_window(ties)) & (messages.day_no <= ties.as_of_day))
    rows = window.join(threads.filter(threads.thread_no.notnull()), "message_no")
    # The first message of a thread has the thread's own number; threads begun before the window are left out.
    openers = rows.filter(rows.message_no == rows.thread_no).group_by("thread_no").agg(opener=rows.sender_no.min())
    seen = rows.join(openers, "thread_no")
    quiet = seen.group_by("thread_no", "opener").having(lambda t: (t.sender_no != t.opener).sum() == 0)
    quiet = quiet.agg(day_no=lambda t: t.day_no.max())
    last = rows.filter(rows.message_no == rows.thread_no).select("thread_no", "recipient_no", "size")
    found = ties.engine.frame(
        quiet.join(last, "thread_no").filter(lambda t: t["size"] <= 3).order_by(["thread_no", "recipient_no"])
    )
    department = ties.persons.set_index("person_no")["department"]
    other, own = found["recipient_no"].map(department), found["opener"].map(department)
    found = found[other.notna() & own.notna() & (other != own)]
    clock = ties.clock
    worked = np.cumsum(clock.at_work, axis=1, dtype="int32")
    at = (found["day_no"] - clock.first_day).clip(lower=0).to_numpy()
    who = found["recipient_no"].to_numpy()
    waited = worked[who, -1] - worked[who, at] if len(found) else np.array([])
    return found[waited > limit].groupby("opener")["thread_no"].nunique().astype(float)


def _days_with(ties: Ties, person_id: str, others: list[str]) -> pd.DataFrame:
    """Return the contact days with some people in the window: ``other_id, day_no, is_alone``."""
    days = days_of(ties, person_id)
    days = days[(days["day_no"] > frames.before_window(ties)) & days["is_close"] & days["other_id"].isin(others)]
    smallest = "smallest_message" if ties.events.meetings is None else "smallest_meeting"
    alone = days[smallest].eq(1 if ties.events.meetings is None else 2).fillna(False).astype(bool)
    return days.assign(is_alone=alone)[["other_id", "day_no", "is_alone"]].reset_index(drop=True)


def _weeks_there(ties: Ties, person_id: str) -> int:
    """Return how many weeks of the window the person has been there; all of them where nobody knows since when."""
    window, days = ties.settings.ties.window_weeks, ties.person(person_id)["there_days"]
    return window if pd.isna(days) else min(window, max(1, math.ceil(days / 7)))


def _headline(row: pd.Series, ties: Ties, weeks: int) -> str:
    since = f"In {weeks} weeks of this data"
    if weeks < ties.settings.ties.window_weeks:
        since = "In your first week here" if weeks == 1 else f"In your first {weeks} weeks here"
    verb = "write" if ties.events.meetings is None else "meet"
    if not row["one_to_one_days"]:
        return f"{since} you and your manager did not {verb} one to one."
    if pd.isna(row["one_to_one_rhythm"]):
        return f"{since} you and your manager {PAST[verb]} one to one on 1 day only."
    rhythm = f"{row['one_to_one_rhythm']:.0f}"
    every = "on nearly every working day" if rhythm == "1" else f"about every {rhythm} working days"
    return f"You and your manager {verb} one to one {every}; the last time was {_ago(row['one_to_one_since'])}."


def _ago(days: float) -> str:
    """Say how long ago, in working days of both.

    Examples
    --------
    >>> _ago(0.0), _ago(1.0), _ago(3.0)
    ('today', '1 working day ago', '3 working days ago')
    """
    if not days:
        return "today"
    return f"{number(days)} working day{'' if days == 1 else 's'} ago"


def _more(row: pd.Series) -> list[str]:
    said = []
    if pd.notna(row["one_to_one_pause"]):
        said.append(
            f"The longest pause between one-to-ones with your manager: {number(row['one_to_one_pause'])} working days."
        )
    if pd.notna(row["share_started_up"]):
        said.append(f"Of contact with other people more senior, you start {percent(row['share_started_up'])}.")
    if pd.notna(row["stalled_threads"]):
        said.append(
            f"Threads you opened to other departments that nobody has answered: {number(row['stalled_threads'])}."
        )
    return said


def _suggestion(row: pd.Series, table: pd.DataFrame, limits: Limits) -> str:
    uneven = row["one_to_one_pause"] >= limits.irregular_pauses * row["one_to_one_rhythm"]
    if pd.isna(row["one_to_one_rhythm"]) or uneven:
        return "Propose a fixed half hour with your manager, every other week, this week: “Could we make this regular?”"
    far = table[(table["who"] == "above your manager") & (table["steps"] == 2) & (table["through"] != "")]
    if len(far):
        first = far.iloc[0]
        way = f"{first['through']} is your shortest way to {first['other']}"
        return f"{way}: ask this week to be taken along to one conversation."
    return "No action needed: contact with your manager is regular. Keep it."


def _draw(table: pd.DataFrame, days: pd.DataFrame, title: str, ties: Ties, weeks: int, ax: Axes | None) -> Axes:
    from peerlens.draw.strips import strips

    if table.empty:
        frame = pd.DataFrame({"label": [], "note": [], "day": [], "tall": []})
    else:
        notes = table["who"] + table["steps"].map(
            lambda s: "" if pd.isna(s) else f", {number(s)} step{'s' if s > 1 else ''}"
        )
        label = pd.DataFrame({"other_id": table["other_id"], "label": table["other"].astype(str), "note": notes})
        frame = label.merge(days, on="other_id", how="left")
        frame["day"] = [None if pd.isna(n) else EPOCH + timedelta(days=int(n)) for n in frame["day_no"]]
        frame["tall"] = frame["is_alone"].fillna(False).astype(bool)
    words = "1 week" if weeks == 1 else f"{weeks} weeks"
    alone = "a message to one person" if ties.events.meetings is None else "a meeting of two"
    return strips(
        frame,
        first=ties.as_of - timedelta(weeks=weeks) + timedelta(days=1),
        last=ties.as_of,
        words=(alone, "other close contact"),
        how_to_read="each line is one leader, each bar a day with close contact; even spacing is a regular contact.",
        ax=ax,
        title=title,
        subtitle=f"Days with close contact, {words} up to {say_day(ties.as_of)}; steps over live ties",
    )
