"""Every column of every measure on firms small enough for a pencil: nothing measured goes without a number worked out by hand."""

from __future__ import annotations

import math

import pandas as pd
import pytest

import peerlens
from peerlens.lenses import LENSES
from peerlens.settings import Settings
from tests.lenses.test_by_hand import half, whole
from tests.lenses.test_process_lenses import team_of
from tests.ties.test_tiny_firm import (
    MONDAYS,
    alternating,
    at_their_desks,
    day,
    meeting,
    message,
    network_of,
)

UNKNOWN = math.nan
LAST_OF_YEAR = 264
"""Friday of the 53rd week: 369 days before it the log begins, so four quarters lie whole in it"""


@pytest.fixture(scope="module")
def year() -> peerlens.Network:
    """A year of ann's contact: abe in weeks 2 and 45 (both ways), bea in weeks 20 and 46, hugo in week 30; weeks 0 to 52.

    Quarters of 13 weeks back from the Friday of week 52: weeks 40-52, 27-39, 14-26, 1-13.
    """
    log = [
        message(5 * week, "ann", who) for week, who in ((2, "abe"), (20, "bea"), (30, "hugo"), (45, "abe"), (46, "bea"))
    ]
    return network_of(at_their_desks(last=LAST_OF_YEAR) + log + [message(226, "abe", "ann")])


def test_promotion_table_over_a_year(year: peerlens.Network) -> None:
    """Around ann: abe (hana's other report), hugo (hana's peer), chief. Only abe has answered: known, and it is live (35 days).

    Touched: abe in the last quarter, hugo in the one before, nobody of them in the third (bea is none of them), abe in the first.
    """
    whole(year, "promotion_table", "ann", {
        "people": 3, "known": 1, "share_known": 1 / 3, "share_reports_known": 1, "share_managers_peers_known": 0, "skip_known": 0,
        "touched_q1": 1, "touched_q2": 1, "touched_q3": 0, "touched_q4": 1,
    })  # fmt: skip


def test_broad_base_over_a_year(year: peerlens.Network) -> None:
    """Live with abe of Sales and bea of Ops, both of level 3. Ops was first reached in week 20, not within 13 weeks: new ground.

    Any contact: Sales and Ops in the last quarter, Ops (hugo) before, Ops (bea), Sales (abe).
    """
    whole(year, "broad_base", "ann", {
        "live_ties": 2, "departments": 2, "levels": 1, "cells": 2, "effective_departments": UNKNOWN, "share_largest": 0.5,
        "new_departments": 1, "departments_q1": 2, "departments_q2": 1, "departments_q3": 1, "departments_q4": 1,
        "reason": "fewer live ties",
    })  # fmt: skip


@pytest.fixture(scope="module")
def helping() -> peerlens.Network:
    """Hana asks ann, bea asks ann, ann begins with abe and others, and calls bob and chief to one small room.

    - hana asks ann on days 0, 2 … 38; ann answers on the day up to day 30: 16 of 20. Plain messages of hana's on days 39, 41 …
      77, and the one word back to them all on day 78: none follows a word of ann's, so none is an answer itself.
    - bea asks ann on days 1, 11, 21, 31, 41; ann answers on days 2, 12, 22, and 40, nine days late; to the last on day 60.
    - ann writes to abe on days 50 to 54, on the last with an ask.
    - ann calls a room of three with bob and chief on day 66, their first contact.
    - ann meets hana, her manager, alone on days 10, 20 and 30; ann and hugo take turns on ten Mondays, ann first.
    - threads of ann's: to bea and to abe on day 60, without an answer; to bob on day 61, answered; to ben on day 82.
    """
    asks = (
        [(n, "hana", "ann") for n in range(0, 40, 2)]
        + [(n, "bea", "ann") for n in (1, 11, 21, 31, 41)]
        + [(54, "ann", "abe")]
    )
    rows = [message(n, who, to) | {"is_ask": "yes"} for n, who, to in asks]
    rows += [message(n, "ann", "hana", at="15:00:00") for n in (*range(0, 32, 2), 78)]
    rows += [message(n, "hana", "ann") for n in range(39, 78, 2)]
    rows += [message(n, "ann", "bea", at="15:00:00") for n in (2, 12, 22, 40)]
    rows += [message(n, "ann", "abe") for n in range(50, 54)]
    threads = [(60, "ann", "bea", "t1"), (61, "ann", "bob", "t2"), (62, "bob", "ann", "t2"), (82, "ann", "ben", "t3"),
               (60, "ann", "abe", "t4")]  # fmt: skip
    rows += [
        message(n, who, to, at="10:00:00") | {"thread_id": key, "message_id": f"{key}-{n}"}
        for n, who, to, key in threads
    ]
    held = [meeting(n, f"two{n}", "11:00:00", "11:30:00", "hana", "ann") for n in (10, 20, 30)]
    held.append(meeting(66, "room", "14:00:00", "15:00:00", "ann", "bob", "chief"))
    return network_of(at_their_desks() + alternating(MONDAYS, "ann", "hugo") + rows, held)


def test_asking_for_help(helping: peerlens.Network) -> None:
    """Hana's twenty asks, all at one report of hers: 16 answered in time, on the same day; the others by day 78, far too late.

    Of her twenty other messages those of days 77, 75 and 73 were answered within five days (1, 3, 5): 3/20. They wait 1, 3,
    5 … 39 days: half of them are answered after the tenth, 19 days.
    """
    whole(helping, "asking_for_help", "hana", {
        "asks": 20, "asked_people": 1, "share_asks_up": 0, "share_asks_sideways": 0, "share_asks_down": 1, "asks_received": 0,
        "people_asking": 0, "share_answered": 16 / 20, "share_answered_others": 3 / 20, "days_to_answer": 0,
        "days_to_answer_others": 19, "left_alone": 0,
    })  # fmt: skip


def test_lifting_others(helping: peerlens.Network) -> None:
    """Of bea's five asks three were answered in time. Ann began 14 days with peers: days 2, 12, 22, 40 and 60 with bea, 50 to 54
    and 60 with abe, 61 and the room of day 66, which she called, with bob, 82 with ben; 5 + 6 + 2 + 1 = 14, one with an ask.

    bob had no contact with chief, who is not his manager, before the room, in week 13: brought in, and introduced; no word of
    the two since.
    """
    whole(helping, "lifting_others", "ann", {
        "peers_answered": 1, "share_asks_answered": 3 / 5, "share_asking_nothing": 13 / 14, "peers_in_rooms": 1,
        "introductions": 1, "introductions_took": 0,
    })  # fmt: skip


def test_mentor_loops(helping: peerlens.Network) -> None:
    """Bea asked ann five times and was answered each time, to the ask of day 41 on day 60, Monday 2026-02-23; sixty days after
    that are not over on 27 March: still time. Nobody else was asked, and no column of thanks was read.
    """
    whole(helping, "mentor_loops", "bea", {
        "mentors": 1, "closed": 0, "still_time": 1, "open": 0, "share_closed": UNKNOWN, "share_thanked": UNKNOWN,
    })  # fmt: skip


def test_access(helping: peerlens.Network) -> None:
    """One-to-ones 10, 20, 30: twenty days in two steps, a rhythm of 10; pauses of 9 days, and 54 since the last.

    hugo (39 days) and chief (18) stand above, are live, and are not the manager. After the first contact, which starts nothing,
    ann starts 4 of nine with hugo, none with chief. To chief, manager of the manager and top, it is one step from ann, two from
    abe. Of ann's threads only the one to bea has stalled: bob answered, ben had two days, abe is of her own department.
    """
    whole(helping, "access", "ann", {
        "one_to_one_days": 3, "one_to_one_rhythm": 10, "one_to_one_pause": 54, "one_to_one_since": 54, "senior_ties": 2,
        "share_started_up": 4 / 9, "steps_to_skip": 1, "steps_to_top": 1, "stalled_threads": 1,
    })  # fmt: skip
    abe = LENSES["access"].row(helping.ties, "abe")
    assert (abe["steps_to_skip"], abe["steps_to_top"]) == (2, 2)


def test_delegation_over_a_year() -> None:
    """Ann of Sales and five reports; hugo of Ops and lena of Legal stand level with her. Ages in days before Friday of week 52.

    - Weeks 5 and 6, of the quarter nine to twelve months ago: ann to hugo three times, r0 to hugo once: 3/4.
    - r0 meets lena for an hour on the five days of week 50, ann is there on the last two: both at 2 of 5 meetings, 2 hours.
    - r0 writes to hugo on the five days of week 51, on the last with ann in copy: ten days of outside work in ten events,
      three of them with the manager.
    Strength: ann with hugo the three old messages, with lena two meetings of three (1 each); r0 with hugo the old one, four
    messages, half of the fifth, with lena three meetings of two (2 each) and two of three.
    """
    old = [message(25 + n, "ann", "hugo") for n in range(3)] + [message(30, "r0", "hugo")]
    held = [
        meeting(250 + n, f"m{n}", "09:00:00", "10:00:00", "r0", "lena", *(["ann"] if n >= 3 else [])) for n in range(5)
    ]
    new = [message(255 + n, "r0", *(["hugo", "ann"] if n == 4 else ["hugo"])) for n in range(5)]
    network = network_of([*old, *new, message(LAST_OF_YEAR, "r3", "r4")], held, people=team_of(5))

    def age(number: int) -> int:
        return (day(LAST_OF_YEAR) - day(number)).days

    mine = half(age(25), age(26), age(27)) + half(age(253), age(254))
    theirs = half(age(30), *(age(255 + n) for n in range(4))) + half(age(259)) / 2
    theirs += 2 * half(*(age(250 + n) for n in range(3))) + half(age(253), age(254))
    whole(network, "delegation", "ann", {
        "reports": 5, "share_through_me": mine / (mine + theirs), "share_through_me_before": 3 / 4, "departments_reached": 2,
        "departments_without_me": 2, "share_reports_with_senior_tie": 1 / 5, "share_meetings_both": 2 / 5, "hours_both": 2,
        "share_asks_back": UNKNOWN, "outside_days": 2, "share_with_manager": UNKNOWN,
    })  # fmt: skip
    own = LENSES["delegation"].row(network.ties, "r0")
    assert (own["outside_days"], own["share_with_manager"]) == (10, pytest.approx(3 / 10))


def test_shared_narrative_with_talks_and_leaders() -> None:
    """Chief writes to all ten on day 50. Five heads meet before: three of them in one room, two in another: 3 + 1 of 10 pairs.

    p0 and p1 of the floor talk seven days later; no two heads do: one group of two. All heard it once, as much a head: J = 1.
    46 days are 6 whole weeks.
    """
    heads, floor = [f"h{n}" for n in range(5)], [f"p{n}" for n in range(5)]
    people = pd.DataFrame(
        [("chief", "Board", "1", None), *((who, "Heads", "2", "chief") for who in heads),
         *((who, "Floor", "3", head) for who, head in zip(floor, heads, strict=True))],
        columns=["person_id", "department", "level", "manager_id"],
    )  # fmt: skip
    held = [meeting(40, "three", "09:00:00", "09:30:00", "h0", "h1", "h2"),
            meeting(41, "two", "09:00:00", "09:30:00", "h0", "h3"),
            meeting(55, "talk", "09:00:00", "09:30:00", "p0", "p1")]  # fmt: skip
    log = [message(50, "chief", *heads, *floor), message(0, "p0", "p1"), message(84, "p2", "p3")]
    whole(network_of(log, held, people=people), "shared_narrative", "chief", {
        "scope": 10, "occasions": 1, "channels": 1, "share_reached": 1, "share_reached_twice": 0, "evenness": 1, "groups": 2,
        "groups_left_out": 0, "stalest_weeks": 6, "share_groups_that_talked": 1 / 2, "share_leaders_in_a_room": 4 / 10,
    })  # fmt: skip


def test_team_lift() -> None:
    """Three teams of a lead and five, ten weeks; y of the lab is in no team. Each week, in each team: one message inside (counted
    from both its ends), one of the lead's to y, one of a report's to y: 2 of 4 outside, half of it without the manager; sideways
    the one inside and the lead's, 3 of 4.

    In Sales, from Monday of week 6, the lead writes no more and the report four times: 4 of 6 outside, all of it without the
    manager, sideways 2 of 6. Nobody else changes: neither of two other teams as much, and none of them at the dates of weeks 4,
    5, 7 and 8: one in 1 + 2 * 5. One in three is not rare: nothing is said to have changed.
    s0 sits in a room alone for 3 hours a week, then 6: over six people half an hour, then an hour. The outcome is 3, then 5.
    """
    leads = {"ann": "Sales", "hugo": "Ops", "lena": "Legal"}
    rows = [("y", "Lab", "2", None)] + [(lead, department, "2", None) for lead, department in leads.items()]
    rows += [(f"{lead}{n}", department, "3", lead) for lead, department in leads.items() for n in range(5)]
    people = pd.DataFrame(rows, columns=["person_id", "department", "level", "manager_id"])
    log, held = [], []
    for week in range(10):
        for lead in leads:
            log.append(message(5 * week, f"{lead}0", f"{lead}1"))
            has_changed = lead == "ann" and week >= 6
            if not has_changed:
                log.append(message(5 * week, lead, "y"))
            log += [message(5 * week + n, f"{lead}2", "y") for n in range(4 if has_changed else 1)]
        for n in range(2 if week >= 6 else 1):
            held.append(meeting(5 * week + n, f"alone{week}-{n}", "09:00:00", "12:00:00", "ann0"))
    limits = {"changed_on": str(day(30)), "fewest_weeks_before": 4, "fewest_weeks_after": 2, "fewest_other_teams": 2}
    outcomes = pd.DataFrame(
        [("ann", str(day(5 * n)), 3 if n < 6 else 5) for n in range(10)], columns=["team", "week", "value"]
    )
    settings = Settings.from_mapping({"lenses": {"team_lift": limits}})
    network = network_of(log, held, people=people, settings=settings, outcomes=outcomes)
    whole(network, "team_lift", "ann", {
        "weeks_before": 6, "weeks_after": 4, "change_outside": 4 / 6 - 2 / 4, "change_without_manager": 1 / 2,
        "change_sideways": 2 / 6 - 3 / 4, "other_teams": 2, "as_large": 0, "share_of_dates": 1 / 11, "has_changed": 0,
        "hours_before": 0.5, "hours_after": 1, "lift": 2,
    })  # fmt: skip
