"""Every measure of the lenses about people on firms small enough for a pencil."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import pytest

import peerlens
from peerlens.lenses import LENSES
from peerlens.lenses.broad_base import _effective
from tests.ties.test_tiny_firm import (
    MONDAYS,
    at_their_desks,
    day,
    meeting,
    message,
    network_of,
    people_table,
    tiny_firm,
)

__all__ = ["tiny_firm"]


def row(network: peerlens.Network, lens: str, person: str) -> dict[str, object]:
    return LENSES[lens].row(network.ties, person).to_dict()


def numbers(found: dict[str, object], wanted: dict[str, float]) -> None:
    got = {name: found[name] for name in wanted}
    assert got == pytest.approx(wanted, nan_ok=True, abs=1e-6)


def half(*ages: int) -> float:
    """Add up what is left of credit of 1 after some days."""
    return sum(2 ** (-age / 60) for age in ages)


def whole(network: peerlens.Network, lens: str, person: str, expected: dict[str, Any]) -> None:
    """Compare a person's whole row: a column nobody has worked out fails."""
    found = LENSES[lens].row(network.ties, person).drop("person_id").to_dict()
    reason = found.pop("reason", None)
    wanted = {name: value for name, value in expected.items() if name != "reason"}
    assert set(found) == set(wanted)
    assert {name: float(value) for name, value in found.items()} == pytest.approx(wanted, nan_ok=True, abs=1e-6)
    said = expected.get("reason")
    assert (said in str(reason)) if said else pd.isna(reason)


def test_neglected_peers(tiny_firm: peerlens.Network) -> None:
    """The tie of ann and bea has faded (39 days at a rhythm of 5), and nothing else stands out: one flag, on one tie."""
    none = dict.fromkeys(("one_sided", "only_in_crowds", "never_formed", "thin_bridge", "blind_spot"), 0)
    whole(tiny_firm, "neglected_peers", "ann", {"fading": 1, **none, "flag_count": 1, "flagged_ties": 1})


def test_sideways_balance(tiny_firm: peerlens.Network) -> None:
    """Ann's strength by direction, and minutes of her three meetings.

    - bea, other department: 3.869910 by messages, 0.203063 by the meeting of nine.
    - ben, other department: two meetings of three, 2 * 1/2 each, 4 and 3 days old.
    - abe, own team: the same, and half of a message to two on either day.
    - outside: a message to the desk on each of 85 days, up to 116 days back; seven of the meeting of nine, 1/4 each, 18 days.
    - temp9, unplaced: one message, a day old.
    Minutes: an hour with bea and the seven, two hours with abe and with ben: 60 + 420 + 120 + 120.
    Live: bea (39 working days are under 40), abe, ben, the desk, temp9; the seven only in a room of nine.
    """
    bea, ben = 3.869910 + 0.203063, half(4, 3)
    abe = 1.5 * half(4, 3)
    outside = half(*(116 - 7 * week - at for week in range(17) for at in range(5))) + 7 * 0.25 * half(18)
    total = bea + ben + abe + outside + half(1)
    shares = {"up": 0, "down": 0, "sideways_own_team": abe, "sideways_other_departments": bea + ben,
              "sideways_own_department": 0, "external": outside, "unplaced": half(1)}  # fmt: skip
    minutes = {"up": 0, "down": 0, "sideways_own_team": 120, "sideways_other_departments": 60 + 120,
               "sideways_own_department": 0, "external": 420, "unplaced": 0}  # fmt: skip
    whole(tiny_firm, "sideways_balance", "ann", {
        "ties": 5,
        **{f"share_{name}": value / total for name, value in shares.items()},
        **{f"time_{name}": value / 720 for name, value in minutes.items()},
    })  # fmt: skip


def test_sideways_balance_of_a_lead(tiny_firm: peerlens.Network) -> None:
    """hana: one hour of three with hugo (level) and abe (below), 2 days ago; to twenty at once, bob (below) too, 46 days ago.

    Nineteen of the twenty are outsiders; the desk as for everybody. Live: hugo, abe, the desk.
    """
    desk = half(*(116 - 7 * week - at for week in range(17) for at in range(5)))
    down, level, outside = half(2) + 0.05 * half(46), half(2), desk + 19 * 0.05 * half(46)
    total = down + level + outside
    none = ("up", "sideways_own_team", "sideways_own_department", "unplaced")
    whole(tiny_firm, "sideways_balance", "hana", {
        "ties": 3, "share_down": down / total, "share_sideways_other_departments": level / total, 
        "share_external": outside / total, "time_down": 0.5, "time_sideways_other_departments": 0.5, "time_external": 0,
        **{f"{what}_{name}": 0 for what in ("share", "time") for name in none},
    })  # fmt: skip


def test_promotion_table(tiny_firm: peerlens.Network) -> None:
    """Around ann: hana's other report abe, hana's peer hugo, and chief above her; hana herself is not asked about.

    abe-ann: two messages (abe to ben and ann) one way, and two meetings of three on days 80 and 81: live, in a room of three.
    ann-hugo and ann-chief: nothing. Contact lies in the last quarter only; the log of 17 weeks holds one whole quarter.
    """
    found = row(tiny_firm, "promotion_table", "ann")
    numbers(found, {"people": 3, "known": 1, "share_known": 1 / 3, "share_reports_known": 1, "share_managers_peers_known": 0,
                    "skip_known": 0, "touched_q1": 1, "touched_q2": math.nan})  # fmt: skip
    assert isinstance(row(tiny_firm, "promotion_table", "chief")["reason"], str)
    assert math.isnan(float(str(row(tiny_firm, "promotion_table", "chief")["known"])))


def test_promotion_table_of_a_given_list() -> None:
    """Only those named count: abe is, chief is; ann has contact with abe alone, and is not asked about herself."""
    settings = peerlens.Settings.from_mapping({"lenses": {"promotion_table": {"asked_about": ["abe", "chief", "ann"]}}})
    log = at_their_desks() + [message(n, *pair) for n in MONDAYS for pair in (("ann", "abe"), ("abe", "ann"))]
    network = network_of(log, settings=settings, as_of=day(50))
    numbers(row(network, "promotion_table", "ann"), {"people": 2, "known": 1, "share_known": 0.5})
    wrong = peerlens.Settings.from_mapping({"lenses": {"promotion_table": {"asked": ["abe"]}}})
    with pytest.raises(peerlens.errors.SettingsError, match="Did you mean asked_about"):
        LENSES["promotion_table"].thresholds(network_of(at_their_desks(), settings=wrong).ties)


def test_promotion_table_is_hidden_in_a_new_role() -> None:
    log = at_their_desks() + [message(n, *pair) for n in MONDAYS for pair in (("ann", "abe"), ("abe", "ann"))]
    from tests.ties.test_tiny_firm import people_table

    new = people_table(ann={"role_started_on": "2025-11-01"}, abe={"role_started_on": "2025-01-01"})
    network = network_of(log, people=new)
    assert "under 26 weeks" in str(row(network, "promotion_table", "ann")["reason"])
    assert row(network, "promotion_table", "abe")["people"] == 3
    assert network.person("ann").finding("promotion_table").table.empty


def test_broad_base(tiny_firm: peerlens.Network) -> None:
    """abe is live with ben (silence 3) in Ops, ann (meetings of three) and hana in Sales, hugo in Ops: heads met on day 82.

    Silence with bob is 23 working days, under 30 = three rhythms of ten: live too. chief declined: no tie.
    So five live ties: ben, bob and hugo in Ops (levels 3, 2), ann and hana in Sales (3, 2): two departments, two levels, four
    cells; the largest share is 3/5. Under ten ties no effective number; 17 weeks are too short to know new ground.
    """
    found = row(tiny_firm, "broad_base", "abe")
    numbers(found, {"live_ties": 5, "departments": 2, "levels": 2, "cells": 4, "share_largest": 0.6,
                    "effective_departments": math.nan, "new_departments": math.nan, "departments_q1": 2})  # fmt: skip
    table = LENSES["broad_base"].evidence(tiny_firm.ties, "abe")
    assert table.loc[table["reached"], "live_ties"].sum() == 5
    assert tiny_firm.person("abe").finding("broad_base").headline.startswith("Your live ties reach 2 of 3 departments")


@pytest.mark.parametrize(("live", "drawn", "entropy"), [
    ([2, 2], 2, 4 / 6 * math.log(2)),  # of six ways to draw two of four, four give one of each
    ([3, 1], 2, 3 / 6 * math.log(2)),
    ([4], 2, 0.0),
    ([1, 1, 1], 3, math.log(3)),
    ([4, 4], 4, (2 * 16 * (3 / 4 * math.log(4 / 3) + 1 / 4 * math.log(4)) + 36 * math.log(2)) / 70),
])  # fmt: skip
def test_effective_departments_at_equal_ties(live: list[int], drawn: int, entropy: float) -> None:
    frame = pd.DataFrame({"person_id": "a", "live": live, "ties": sum(live)})
    assert _effective(frame, drawn)["a"] == pytest.approx(math.exp(entropy), abs=1e-6)


def test_access(tiny_firm: peerlens.Network) -> None:
    """hana and hugo met in a room of three: no one-to-one. abe has no contact with hana but that room.

    Steps: ann-abe live, abe-hugo live; ann's manager's manager is chief, whom nobody reaches.
    """
    numbers(row(tiny_firm, "access", "abe"), {"one_to_one_days": 0, "one_to_one_rhythm": math.nan, "senior_ties": 1,
                                             "steps_to_skip": math.nan, "stalled_threads": math.nan})  # fmt: skip
    assert isinstance(row(tiny_firm, "access", "chief")["reason"], str)


def test_access_of_somebody_of_whom_nobody_knows_since_when() -> None:
    """Bob was never at his desk, and no joining date is known: nothing is said of him, and the empty picture can be drawn."""
    bob = set(range(85))
    network = network_of(at_their_desks(absent={"bob": bob}), people=people_table(bob={"joined_on": ""}))
    assert math.isnan(network.ties.person("bob")["there_days"])
    finding = network.person("bob").finding("access")
    assert finding.headline.startswith("Not shown")
    assert "26 weeks up to" in " ".join(text.get_text() for text in finding.draw().texts)


@pytest.fixture(scope="module")
def asking() -> peerlens.Network:
    """Meetings of ann with hana on days 10, 20 and 50; asks of ann, on days of 17 weeks (as_of day 84), and other things.

    - hana: asked on day 30, answered on day 32, no report by message, but a meeting of two on day 50: closed.
    - hugo: asked on days 20 and 22, one answer on day 23 (30 calendar days later is day 44): no word after. 23 is Thursday
      2026-01-01; sixty days after it, 2 March, is before as_of: open.
    - bea: asked on day 70, answered the same day by her at 15:00; thanked on day 71, which is no report; still time? 71 is a
      message that is no ask: a report. Closed, thanked.
    - ben: asked on day 60, nothing comes back: no loop. Asked once, by mail only: left alone.
    - abe: asked on day 75, answered on day 76: 60 days are not over: still time.
    - bob asks ann on days 40 and 41, she answers on day 42: two knocks, both in time.
    """
    asks = [(30, "hana"), (20, "hugo"), (22, "hugo"), (70, "bea"), (60, "ben"), (75, "abe")]
    rows = [message(n, "ann", to) | {"is_ask": "yes", "channel": "mail"} for n, to in asks]
    rows += [message(n, by, "ann", at="15:00:00") for n, by in ((32, "hana"), (23, "hugo"), (70, "bea"), (76, "abe"))]
    rows += [message(71, "ann", "bea") | {"is_thanks": "yes"}]
    rows += [message(n, "bob", "ann") | {"is_ask": "yes"} for n in (40, 41)] + [message(42, "ann", "bob")]
    rows += [message(50, "ann", "bob", "ben", at="10:00:00")]
    held = [meeting(n, f"two{n}", "11:00:00", "11:30:00", "hana", "ann") for n in (10, 20, 50)]
    held.append(meeting(66, "room", "14:00:00", "15:00:00", "ann", "bea", "chief"))
    return network_of(at_their_desks() + rows, held)


def test_mentor_loops(asking: peerlens.Network) -> None:
    numbers(row(asking, "mentor_loops", "ann"), {"mentors": 4, "closed": 2, "still_time": 1, "open": 1, "share_closed": 2 / 3,
                                                "share_thanked": 1 / 4})  # fmt: skip
    table = LENSES["mentor_loops"].evidence(asking.ties, "ann").set_index("other_id")
    assert table["state"].to_dict() == {
        "hugo": "could report back", "abe": "still time", "hana": "reported back", "bea": "reported back",
    }  # fmt: skip
    assert table.loc["hugo", ["asked_on", "answered_on"]].dt.date.tolist() == [day(20), day(23)]
    assert table.loc["hana", "reported_on"].date() == day(50)
    assert asking.person("ann").finding("mentor_loops").headline == (
        "You asked 4 people for advice and got an answer; you have reported back to 2, 1 could still use a word, for 1 there is "
        "still time."
    )
    assert isinstance(row(asking, "mentor_loops", "ben")["reason"], str)


def test_nobody_is_asked_to_report_back_to_whoever_has_left() -> None:
    """Ann asked hugo and bob, both answered, and she told neither what came of it; bob left on the 60th working day."""
    rows = [message(n, "ann", to) | {"is_ask": "yes"} for n, to in ((10, "hugo"), (12, "bob"))]
    rows += [message(n, by, "ann", at="15:00:00") for n, by in ((11, "hugo"), (13, "bob"))]
    desks = at_their_desks(absent={"bob": set(range(60, 85))})
    network = network_of(desks + rows, people=people_table(bob={"left_on": str(day(60))}))
    table = LENSES["mentor_loops"].evidence(network.ties, "ann")
    assert table["other_id"].tolist() == ["hugo"]
    assert "bob" not in network.person("ann").finding("mentor_loops").suggestion


def test_asking_for_help(asking: peerlens.Network) -> None:
    """Six knocks at five doors: hana and hugo stand above, bea, ben and abe level; too few to say how they are answered."""
    numbers(row(asking, "asking_for_help", "ann"), {"asks": 6, "asked_people": 5, "share_asks_up": 3 / 6,
                                                   "share_asks_sideways": 3 / 6, "asks_received": 2,
                                                   "people_asking": 1, "left_alone": 1,
                                                   "share_answered": math.nan, "days_to_answer": math.nan})  # fmt: skip


def test_answers_from_twenty_on_and_kaplan_meier() -> None:
    """Twenty asks at nine on days 0, 4 … 76; bea answers at three on days 2, 6 … 38, 48, 56 and 64.

    The ten asks up to day 36 wait 2 days each. Those of days 40 … 64 wait 8, 4, 0, 4, 0, 4, 0 days; the last three, of days
    68, 72 and 76, are open after 16, 12 and 8 days. Within 5 days: 10 + 6 of 20. Still waiting: 17/20 after 0
    days, 17/20 * 7/17 = 7/20 after 2, the first that is under a half.
    """
    asks = [message(n, "ann", "bea") | {"is_ask": "yes"} for n in range(0, 80, 4)]
    back = [message(n, "bea", "ann", at="15:00:00") for n in (*range(2, 40, 4), 48, 56, 64)]
    network = network_of(at_their_desks() + asks + back)
    numbers(row(network, "asking_for_help", "ann"), {"asks": 20, "share_answered": 16 / 20, "share_answered_others": math.nan,
                                                    "days_to_answer": 2, "left_alone": 1})  # fmt: skip
    # One person behind it all: the page says nothing of how she answers.
    assert "too little to tell" in network.person("ann").finding("asking_for_help").headline


def test_lifting_others(asking: peerlens.Network) -> None:
    """bob's two asks were answered by ann within 2 and 1 days: too few for a share. ann called a room with bea and chief.

    bea's manager is hugo, and she has no contact of her own with chief: brought in. That room was also the first contact of the
    two, with none of their own after it: an introduction that is not known to have taken. bob and ben, whom ann addressed
    together on day 50, had no word since: none at all.
    """
    numbers(row(asking, "lifting_others", "ann"), {"peers_answered": 1, "share_asks_answered": math.nan, "peers_in_rooms": 1,
                                                  "introductions": 1, "introductions_took": 0})  # fmt: skip
    assert asking.person("ann").finding("lifting_others").headline == (
        "You answered asks of 1 peer and brought 1 peer into a small room with somebody senior."
    )


def test_a_circular_is_no_contact_of_ones_own() -> None:
    """ann calls a room with bob, bea, abe and chief, who is nobody's manager but the heads'.

    bob's only word to chief went to six at once, more than a close message has: brought in. bea wrote to chief and four more,
    and chief wrote to abe alone: the two are in touch with chief anyway.
    """
    rows = [
        message(20, "bob", "chief", "ann", "abe", "ben", "hana", "hugo"),
        message(21, "bea", "chief", "ann", "abe", "ben", "hugo"),
        message(22, "chief", "abe"),
    ]
    held = [meeting(66, "room", "14:00:00", "15:00:00", "ann", "bob", "bea", "abe", "chief")]
    network = network_of(at_their_desks() + rows, held)
    numbers(row(network, "lifting_others", "ann"), {"peers_in_rooms": 1})
    table = LENSES["lifting_others"].evidence(network.ties, "ann")
    assert table.loc[table["what"].str.startswith("brought"), "other_id"].tolist() == ["bob"]


def test_an_introduction_that_took() -> None:
    """ann writes to bob and ben of Ops and hana on day 60 for the first time; bob and ben write to each other on days 63, 70.

    abe, who writes to hana and bob on day 61, introduces nobody: hana and bob never write.
    """
    rows = [message(60, "ann", "bob", "ben"), message(63, "bob", "ben"), message(70, "ben", "bob")]
    rows.append(message(61, "abe", "hana", "bob"))
    network = network_of(at_their_desks() + rows)
    numbers(
        row(network, "lifting_others", "ann"), {"introductions": 1, "introductions_took": 1, "peers_answered": math.nan}
    )
    numbers(row(network, "lifting_others", "abe"), {"introductions": 0, "introductions_took": 0})
    assert network.person("abe").finding("lifting_others").headline == (
        "There is no introduction that took in this data; asks and small rooms cannot be told from it."
    )
    earlier = network_of(at_their_desks() + rows + [message(5, "bob", "ben")])
    numbers(row(earlier, "lifting_others", "ann"), {"introductions": 0})


@pytest.fixture(scope="module")
def rated() -> peerlens.Network:
    """ann wrote to bea on 10 days, ben on 8, bob on 6, hana on 4, abe on 2. She rates them 1, 5, 4, 3, 2: bea last, not first.

    Places by rating: bea 0, ben 1, bob 3/4, hana 1/2, abe 1/4; by days bea 1, ben 3/4, bob 1/2, hana 1/4, abe 0. bea is closer in
    the log; nobody else is half the scale off. Ranks differ by 4, 1, 1, 1, 1: Spearman 1 - 6 * 20 / (5 * 24) = 0.
    Five people rate ann, three of them in their upper half; bea released her answer, but to hana.
    """
    days = {"bea": 10, "ben": 8, "bob": 6, "hana": 4, "abe": 2}
    log = at_their_desks() + [message(5 * n + 1, "ann", who) for who, count in days.items() for n in range(count)]
    rows = [("ann", who, value) for who, value in zip(days, (1, 5, 4, 3, 2), strict=True)]
    rows += [
        (who, to, value)
        for who in days
        for to, value in (("ann", 3 if who in ("bea", "ben", "bob") else 1), ("hugo", 2))
    ]
    survey = pd.DataFrame(rows, columns=["rater_id", "rated_id", "value"]).assign(question="closeness")
    released = pd.DataFrame(
        [("bea", "hana", "survey"), ("ben", "ann", "survey"), ("bob", "ann", "coaching")],
        columns=["person_id", "released_to", "purpose"],
    )
    return network_of(log, survey=survey, released=released)


def test_perception_gap(rated: peerlens.Network) -> None:
    numbers(row(rated, "perception_gap", "ann"), {"ties_rated": 5, "agreement": 0.0, "closer_in_mind": 0, "closer_in_log": 1,
                                                 "rated_by": 5, "rated_by_high": 0, "named": math.nan})  # fmt: skip
    finding = rated.person("ann").finding("perception_gap")
    assert finding.headline == "1 of the 5 ties you rated is closer in the log."
    assert finding.caveats[0] == "5 people or more rated the tie with you; fewer than 5 in their upper half."


def test_ratings_of_others_need_their_consent(rated: peerlens.Network) -> None:
    """Only ben released his answer to ann, for this purpose; hugo was rated by five and rates nobody."""
    table = LENSES["perception_gap"].evidence(rated.ties, "ann").set_index("other_id")
    assert table["their_rating"].dropna().to_dict() == {"ben": 3.0}
    with pytest.raises(peerlens.NotEnoughData, match="A guess typed before looking"):
        rated.person("hugo").finding("perception_gap")
    assert row(rated, "perception_gap", "hugo")["rated_by"] == 5
    assert math.isnan(float(str(row(rated, "perception_gap", "bea")["rated_by"])))


def test_guess_first(rated: peerlens.Network) -> None:
    """hugo names hana and nobody else: no number comes back, and the lens compares. bea, by address, is understood too."""
    with pytest.raises(peerlens.UnknownPerson, match="Did you mean hana"):
        rated.person("bob").guess(["hanna"])
    with pytest.raises(peerlens.PeerlensError, match="leave yourself out"):
        rated.person("bob").guess(["bob"])
    shown = rated.person("bob").guess(["BEA@firm.example", "ann"])
    assert shown.to_dict("list") == {"other_id": ["bea", "ann"], "other": ["bea", "ann"]}
    finding = rated.person("bob").finding("perception_gap")
    assert finding.headline == "Of the 2 people you named, 1 is among those you have most contact with."
    numbers(row(rated, "perception_gap", "bob"), {"named": 2, "named_right": 1})
    assert finding.table.set_index("other_id")["state"].to_dict() == {
        "bea": "named, though quieter", "ann": "named, and among the closest",
    }  # fmt: skip


def test_beliefs_need_no_log() -> None:
    """Six people; p0-p1 and p1-p2 hold, both say so. p3 says p2-p0 of the two, who do not: no tie.

    p5 believes in p0-p1 and in p2-p0: 2 believed, 2 there, 1 both. Of 5 * 4 = 20 pairs without p5, phi is
    (20 * 1 - 2 * 2) / sqrt(2 * 2 * 18 * 18) = 16/36.
    """
    people = [f"p{n}" for n in range(6)]
    claims = [("p0", "p0", "p1"), ("p1", "p0", "p1"), ("p1", "p1", "p2"), ("p2", "p1", "p2"), ("p3", "p2", "p0"),
              ("p5", "p0", "p1"), ("p5", "p2", "p0"), ("p4", "p4", "p5"), ("p4", "p0", "p1")]  # fmt: skip
    survey = pd.DataFrame(claims, columns=["perceiver_id", "rater_id", "rated_id"]).assign(question="advice", value=1)
    records = peerlens.read(people=pd.DataFrame({"person_id": people}), survey=survey)
    beliefs = peerlens.perceptions(records)
    own = beliefs.measure().set_index("person_id").loc["p5"].to_dict()
    numbers(own, {"believed": 2, "there": 2, "both": 1, "share_confirmed": 0.5, "share_seen": 0.5, "accuracy": 16 / 36})
    finding = beliefs.of("p5")
    assert "Of the 2 advice ties you believe in" in finding.headline
    assert not set(people) & set(finding.table.astype("str").to_numpy().ravel())
    with pytest.raises(peerlens.NotEnoughData, match="add messages"):
        peerlens.Network(records).ties  # noqa: B018
    with pytest.raises(peerlens.NotEnoughData, match="Under 5 people"):
        peerlens.perceptions(peerlens.read(people=pd.DataFrame({"person_id": people}), survey=survey.head(4)))


def test_introductions_join_live_contacts_of_departments_that_work_together(sample_network: peerlens.Network) -> None:
    """Every pair: both live contacts of the person, in two departments of five or more, with no contact in the log."""
    ties = sample_network.ties
    pairs = ties.to_pandas()
    tied = {frozenset(pair) for pair in zip(pairs["person_a_id"], pairs["person_b_id"], strict=True)}
    found = sample_network.person("p003").introductions()
    assert 1 <= len(found) <= 5
    live = ties.of("p003").query("is_live & is_open")["other_id"].tolist()
    for pair in found.itertuples():
        assert {pair.one_id, pair.two_id} <= set(live)
        assert pair.one_department != pair.two_department
        assert frozenset((pair.one_id, pair.two_id)) not in tied
