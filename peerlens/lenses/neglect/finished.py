"""Finished work: a tie that lived in one piece of work and went quiet when the work did. Not neglect."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
import pandas as pd

if TYPE_CHECKING:
    from peerlens.ties import Ties


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
    number = ties.persons.set_index("person_id")["person_no"]
    keys = pd.DataFrame({"person": flagged["person_id"].map(number), "other": flagged["other_id"].map(number)})
    keys = pd.DataFrame({"a_no": keys.min(axis=1), "b_no": keys.max(axis=1)}, index=flagged.index).astype("int32")
    work = _work_of(ties, keys.drop_duplicates())
    if work.empty:
        return answer
    ended = _has_ended(ties, work)
    return keys.merge(ended, on=["a_no", "b_no"], how="left").set_index(keys.index)["ended"].eq(True)


def _work_of(ties: Ties, pairs: pd.DataFrame) -> pd.DataFrame:
    """Return the piece of work that carries most of each pair's credit: ``a_no, b_no, work, members``."""
    engine = ties.engine
    wanted = engine.from_frame(pairs, name="flagged")
    since = ties.as_of_day - 364
    parts = []
    for table, number, person in (
        (ties.events.meetings, "meeting_no", "attendee_no"),
        (ties.events.messages, "message_no", "recipient_no"),
    ):
        if table is None:
            continue
        recent = table.filter(
            (table.day_no > since)
            & (table.day_no <= ties.as_of_day)
            & (table["size"] <= ties.settings.ties.broadcast_size)
        )
        if number == "meeting_no":
            recent = recent.filter(~recent.is_all_day)
            people = recent.select(number=number, person_no=person)
            hours = ibis.least((recent.end_s - recent.start_s) / 3600, ties.settings.ties.max_meeting_hours)
            credit = ties.settings.ties.meeting_hour_credit * hours / (recent["size"] - 1).nullif(0)
            series = recent.series_id
        else:
            people = ibis.union(
                recent.select(number=number, person_no=person), recent.select(number=number, person_no="sender_no")
            ).distinct()
            credit = 1.0 / recent["size"].cast("float64")
            series = ibis.null("string")
        facts = recent.select(number=number, credit=credit, series=series).distinct()
        of_a = wanted.join(people.select("number", a_no="person_no"), "a_no")
        both = of_a.join(people.select("number", b_no="person_no"), ["number", "b_no"])
        both = both.join(facts, "number")
        if number == "message_no":
            # A message ties its sender to each recipient; two recipients of one message are not tied by it.
            sent = recent.select(
                "message_no",
                a=ibis.least(recent.sender_no, recent.recipient_no),
                b=ibis.greatest(recent.sender_no, recent.recipient_no),
            )
            both = both.semi_join(sent, [both.number == sent.message_no, both.a_no == sent.a, both.b_no == sent.b])
        found = engine.frame(
            both.select("a_no", "b_no", "number", "credit", "series").order_by(["a_no", "b_no", "number"])
        )
        members = (
            engine.frame(people.semi_join(both, "number").order_by(["number", "person_no"]))
            .groupby("number")["person_no"]
            .agg(tuple)
        )
        found["members"] = found["number"].map(members)
        parts.append(found)
    engine.drop(wanted)
    events = pd.concat(parts, ignore_index=True)
    events["work"] = events["series"].where(events["series"].notna(), events["members"].astype("str"))
    share = events.groupby(["a_no", "b_no", "work"], as_index=False).agg(credit=("credit", "sum"))
    total = share.groupby(["a_no", "b_no"])["credit"].transform("sum")
    carried = share[share["credit"] >= ties.settings.fairness.finished_share * total]
    sets = events.groupby("work")["members"].agg(lambda sets: tuple(sorted(set().union(*sets)))).rename("set")
    carried = carried.merge(sets, left_on="work", right_index=True)
    return carried[carried["set"].map(len) >= 3]


def _has_ended(ties: Ties, work: pd.DataFrame) -> pd.DataFrame:
    """Say of each pair's work whether most other pairs of its set went quiet with it."""
    sets = work[["work", "set"]].drop_duplicates("work")
    members = sets.explode("set").rename(columns={"set": "person_no"})
    couples = members.merge(members, on="work", suffixes=("_a", "_b"))
    couples = couples[couples["person_no_a"] < couples["person_no_b"]]
    couples = couples.rename(columns={"person_no_a": "a_no", "person_no_b": "b_no"})
    known = ties.engine.frame(
        ties.pairs.filter(ties.pairs.a_no.isin(sorted(set(couples["a_no"].tolist()))))
        .select("a_no", "b_no", "last_close_day", "silence")
        .order_by(["a_no", "b_no"])
    )
    couples = couples.merge(known, on=["a_no", "b_no"])
    own = work.merge(known, on=["a_no", "b_no"])[["a_no", "b_no", "work", "last_close_day"]]
    both = own.merge(couples, on="work", suffixes=("", "_other"))
    both = both[(both["a_no"] != both["a_no_other"]) | (both["b_no"] != both["b_no_other"])]
    near = (both["last_close_day_other"] - both["last_close_day"]).abs() <= ties.settings.fairness.finished_days
    quiet = both["silence"] >= ties.settings.ties.min_silence_days
    share = (near & quiet).groupby([both["a_no"], both["b_no"], both["work"]]).mean()
    ended = (share > 0.5).groupby(["a_no", "b_no"]).any().rename("ended")
    return ended.reset_index()
