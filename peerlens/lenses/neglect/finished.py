"""Finished work: a tie that lived in one piece of work and went quiet when the work did. Not neglect."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
import numpy as np
import pandas as pd

from peerlens.ties.pair_sums import YEAR_DAYS

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from peerlens.ties import Ties

SMALLEST_SET = 3
"""people who share a piece of work"""


def finished_work(ties: Ties, flagged: pd.DataFrame) -> pd.Series:
    """Tell which fading ties lived in work that has ended.

    A tie belongs to a piece of work when at least 60 % of its credit in 52 weeks came from one series, or from meetings and
    messages of one and the same set of three or more people. The work has finished when most other pairs of that set had
    their last contact day within the same three weeks, and are silent as well.

    Parameters
    ----------
    ties
        Where the events are.
    flagged
        Fading flags with ``person_id, other_id``.

    Returns
    -------
    pandas.Series
        Booleans, index as ``flagged``.
    """
    answer = pd.Series(False, index=flagged.index)
    if flagged.empty:
        return answer
    number = ties.persons_by_id["person_no"]
    keys = pd.DataFrame({"person": flagged["person_id"].map(number), "other": flagged["other_id"].map(number)})
    keys = pd.DataFrame({"a_no": keys.min(axis=1), "b_no": keys.max(axis=1)}, index=flagged.index).astype("int32")
    work = _work_of(ties, keys.drop_duplicates())
    if work.empty:
        return answer
    ended = _has_ended(ties, work)
    return keys.merge(ended, on=["a_no", "b_no"], how="left").set_index(keys.index)["ended"].eq(True)


def _work_of(ties: Ties, pairs: pd.DataFrame) -> pd.DataFrame:
    """Return the piece of work that carries most of each pair's credit: ``a_no, b_no, work, set``."""
    engine = ties.engine
    wanted = engine.from_frame(pairs, name="flagged")
    parts = []
    if ties.events.messages is not None:
        parts.append(_shared_messages(ties, _recent(ties, ties.events.messages), wanted))
    if ties.events.meetings is not None:
        timed = _recent(ties, ties.events.meetings)
        parts.append(_shared_meetings(ties, timed.filter(~timed.is_all_day), wanted))
    engine.drop(wanted)
    events = pd.concat(parts, ignore_index=True)
    # Work is a number that stands for a text and sorts as the text does: to compare texts of every event takes far longer.
    named = events["series_id"].where(events["series_id"].notna(), events["members"].map(_texts(events["members"])))
    works, codes = np.unique(named.to_numpy(dtype=object), return_inverse=True)
    events["work"] = codes
    share = events.groupby(["a_no", "b_no", "work"], as_index=False).agg(credit=("credit", "sum"))
    total = share.groupby(["a_no", "b_no"])["credit"].transform("sum")
    carried = share[share["credit"] >= ties.settings.fairness.finished_share * total]
    # The set of a pair is of its own events: who else is asked about at the same time changes nothing.
    own = ["a_no", "b_no", "work"]
    sets: dict[tuple[int, ...], set[int]] = {}
    for *key, members in events.merge(carried[own], on=own)[[*own, "members"]].itertuples(index=False):
        sets.setdefault(tuple(key), set()).update(members)
    found = [(*key, tuple(sorted(members))) for key, members in sets.items() if len(members) >= SMALLEST_SET]
    work = pd.DataFrame(found, columns=[*own, "set"]).astype(dict.fromkeys(own, "int64"))
    return work.assign(work=works[work["work"]])


def _texts(members: pd.Series) -> dict[tuple[int, ...], str]:
    return {one: str(one) for one in set(members)}


def _recent(ties: Ties, events: ir.Table) -> ir.Table:
    """Return the events of 52 weeks that are no broadcasts."""
    inside = (events.day_no > ties.as_of_day - YEAR_DAYS) & (events.day_no <= ties.as_of_day)
    return events.filter(inside & (events["size"] <= ties.settings.ties.broadcast_size))


def _shared_messages(ties: Ties, recent: ir.Table, wanted: ir.Table) -> pd.DataFrame:
    """Return messages from one of a pair to the other, with everybody they went to.

    Two recipients of one message are not tied by it.
    """
    named = recent.mutate(
        a_no=ibis.least(recent.sender_no, recent.recipient_no),
        b_no=ibis.greatest(recent.sender_no, recent.recipient_no),
    )
    shared = named.join(wanted, ["a_no", "b_no"])
    rows = ties.engine.materialise(
        shared.select("a_no", "b_no", "size", number="message_no", credit=1.0 / shared["size"].cast("float64")),
        name="shared_messages",
    )
    found = ties.engine.frame(rows.order_by(["a_no", "b_no", "number"]))
    # Most go to one person, and nobody else need be looked up.
    sent = recent.semi_join(rows.filter(rows["size"] > 1), recent.message_no == rows.number)
    ends = [sent.select(number="message_no", person_no=column) for column in ("sender_no", "recipient_no")]
    members = _members(ties, ibis.union(*ends, distinct=True))
    ties.engine.drop(rows)
    both = zip(found["number"].tolist(), found["a_no"].tolist(), found["b_no"].tolist(), strict=True)
    there = pd.Series([members.get(number) or (a, b) for number, a, b in both], index=found.index, dtype="object")
    return found.drop(columns="size").assign(series_id=pd.Series(pd.NA, index=found.index, dtype="str"), members=there)


def _shared_meetings(ties: Ties, recent: ir.Table, wanted: ir.Table) -> pd.DataFrame:
    """Return meetings that both of a pair attended, with everybody there."""
    there = recent.select("meeting_no", person_no="attendee_no")
    of_a = recent.join(wanted, recent.attendee_no == wanted.a_no)
    shared = of_a.semi_join(there, [of_a.meeting_no == there.meeting_no, of_a.b_no == there.person_no])
    hours = ibis.least((shared.end_s - shared.start_s) / 3600, ties.settings.ties.max_meeting_hours)
    credit = ties.settings.ties.meeting_hour_credit * hours / (shared["size"] - 1).nullif(0)
    rows = ties.engine.materialise(
        shared.select("a_no", "b_no", "series_id", number="meeting_no", credit=credit), name="shared_meetings"
    )
    found = ties.engine.frame(rows.order_by(["a_no", "b_no", "number"]))
    asked = there.semi_join(rows, there.meeting_no == rows.number)
    members = _members(ties, asked.select("person_no", number="meeting_no"))
    ties.engine.drop(rows)
    return found.assign(members=found["number"].map(members))


def _members(ties: Ties, rows: ir.Table) -> dict[int, tuple[int, ...]]:
    """Return the people of each message or meeting, by its number."""
    people = ties.engine.frame(rows.order_by(["number", "person_no"]))
    if people.empty:
        return {}
    numbers, persons = people["number"].to_numpy(), people["person_no"].tolist()
    starts = [0, *(np.flatnonzero(numbers[1:] != numbers[:-1]) + 1).tolist(), len(persons)]
    return {
        number: tuple(persons[start:end])
        for number, start, end in zip(numbers[starts[:-1]].tolist(), starts, starts[1:], strict=False)
    }


def _has_ended(ties: Ties, work: pd.DataFrame) -> pd.DataFrame:
    """Say of each pair's work whether most other pairs of its set went quiet with it."""
    pair = ["a_no", "b_no", "work"]
    members = work[[*pair, "set"]].explode("set").rename(columns={"set": "person_no", "a_no": "of_a", "b_no": "of_b"})
    couples = members.merge(members, on=["of_a", "of_b", "work"], suffixes=("_a", "_b"))
    couples = couples[couples["person_no_a"] < couples["person_no_b"]]
    couples = couples.rename(columns={"person_no_a": "a_no", "person_no_b": "b_no"})
    known = ties.engine.frame(
        ties.pairs.filter(ties.pairs.a_no.isin(sorted(set(couples["a_no"].tolist()))))
        .select("a_no", "b_no", "last_close_day", "silence")
        .order_by(["a_no", "b_no"])
    )
    couples = couples.merge(known, on=["a_no", "b_no"])
    own = work.merge(known, on=["a_no", "b_no"])[[*pair, "last_close_day"]]
    own = own.assign(of_a=own["a_no"], of_b=own["b_no"])
    both = own.merge(couples, on=["of_a", "of_b", "work"], suffixes=("", "_other"))
    both = both[(both["a_no"] != both["a_no_other"]) | (both["b_no"] != both["b_no_other"])]
    near = (both["last_close_day_other"] - both["last_close_day"]).abs() <= ties.settings.fairness.finished_days
    quiet = both["silence"] >= ties.settings.ties.min_silence_days
    share = (near & quiet).groupby([both[name] for name in pair]).mean()
    ended = (share > 0.5).groupby(["a_no", "b_no"]).any().rename("ended")
    return ended.reset_index()
