"""Eight people worked out by hand: every number here was found with a calendar and a pencil."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest

import peerlens
from peerlens.settings import Settings

PEOPLE = [
    ("chief", "Board", "1", None), ("hana", "Sales", "2", "chief"), ("hugo", "Ops", "2", "chief"),
    ("ann", "Sales", "3", "hana"), ("abe", "Sales", "3", "hana"),
    ("bea", "Ops", "3", "hugo"), ("bob", "Ops", "3", "hugo"), ("ben", "Ops", "3", "hugo"),
]  # fmt: skip
STAFF = [row[0] for row in PEOPLE]
DESK = "desk@out.example"
MONDAY = date(2025, 12, 1)
MONDAYS = [5 * week for week in range(10)]


def day(number: int) -> date:
    """Return the n-th working day from Monday 2025-12-01; day(84) is Friday 2026-03-27, the last of 17 weeks."""
    return MONDAY + timedelta(days=number // 5 * 7 + number % 5)


def message(number: int, sender: str, *to: str, at: str = "09:00:00") -> dict[str, str]:
    """One message on the n-th working day."""
    return {"sent_at": f"{day(number)}T{at}Z", "sender_id": sender, "recipient_ids": ";".join(to)}


def meeting(number: int, key: str, start: str, end: str, *people: str, declined: str = "") -> list[dict[str, str]]:
    """One meeting on the n-th working day, a row per attendee."""
    return [
        {"meeting_id": key, "started_at": f"{day(number)}T{start}Z", "ended_at": f"{day(number)}T{end}Z",
         "organizer_id": people[0], "attendee_id": who, "response": "declined" if who == declined else "accepted"}
        for who in people
    ]  # fmt: skip


def alternating(days: list[int], a: str = "ann", b: str = "bea") -> list[dict[str, str]]:
    """One message each of the days, the two taking turns."""
    return [message(n, *((a, b) if turn % 2 == 0 else (b, a))) for turn, n in enumerate(days)]


def at_their_desks(absent: dict[str, set[int]] | None = None, last: int = 84) -> list[dict[str, str]]:
    """Everybody writes to the desk at noon of every working day, except where absent."""
    return [
        message(n, who, DESK, at="12:00:00")
        for n in range(last + 1) for who in STAFF if n not in (absent or {}).get(who, set())
    ]  # fmt: skip


def people_table(**changes: dict[str, Any]) -> pd.DataFrame:
    """The chart, with cells of single people changed."""
    frame = pd.DataFrame(PEOPLE, columns=["person_id", "department", "level", "manager_id"])
    frame["email"] = frame["person_id"] + "@firm.example"
    for column in ("joined_on", "left_on", "works_on", "country", "role_started_on"):
        frame[column] = pd.Series(None, index=frame.index, dtype="str")
    for person, cells in changes.items():
        for column, value in cells.items():
            frame.loc[frame["person_id"] == person, column] = value
    return frame


def network_of(
    messages: list[dict[str, str]], meetings: list[list[dict[str, str]]] | None = None, *,
    people: pd.DataFrame | None = None, as_of: date | None = None, settings: Settings | None = None, **tables: pd.DataFrame,
) -> peerlens.Network:  # fmt: skip
    """Read frames as if they were files."""
    if meetings:
        tables["meetings"] = pd.DataFrame([row for rows in meetings for row in rows])
    records = peerlens.read(
        people=people_table() if people is None else people,
        messages=pd.DataFrame(messages),
        settings=settings,
        **tables,
    )
    return peerlens.Network(records, as_of=as_of)


@pytest.fixture(scope="module")
def tiny_firm() -> peerlens.Network:
    """Chief over hana (Sales: ann, abe) and hugo (Ops: bea, bob, ben), 17 weeks of 5 days, as_of = day(84), Fri 2026-03-27.

    Nobody has a country, so 85 working days; everybody writes to an outside desk daily, so nobody is ever away; 8 active
    people are too few for quiet days. Ages in calendar days before as_of.

    - ann-bea: one message each Monday of weeks 0-9, ann first, taking turns. Contact days 0, 5 … 45: ten, in ten weeks.
      Rhythm 45/9 = 5; silence 84-45 = 39; ratio 7.8; severity (7.8-3)/5 = 0.96; pauses 4 each. First contact starts nothing;
      of the nine later ones bea starts 5 (weeks 1, 3 … 9), ann 4. Each message is followed by one back five days later:
      answered, except bea's last (39 days): 5 asked of ann, 1 unanswered; 5 of bea, 0.
      Strength: week w is 116-7w days old: sum 2^(-(116-7w)/60) = 2^(-116/60)(2^(70/60)-1)/(2^(7/60)-1) = 3.869910,
      and a meeting of nine for one hour on day 70 (age 18) adds 2*1/8*2^(-18/60) = 0.203063 without ending the silence.
    - abe-bob: days 1, 11 … 61: seven contact days, rhythm 10, silence 23 < 30: quiet, and not for long enough.
    - abe-ben, day 80 (age 4): meetings 9-10 of two (2*1/1 = 2) and 9:30-10:30 of three (2*1/2 = 1) overlap: 2; a message to
      two (1/2): 2.5. Day 81 (age 3): the same, and a message to one: 3.5, of which 3 count.
      Strength 2.5*2^(-4/60) + 3*2^(-3/60) = 2.387104 + 2.897809.
    - hana-hugo, day 82 (age 2): one hour, four invited, chief declined: n = 3, 2*1/2 = 1.
    - hana to bob and 19 outsiders, day 50 (age 46): 1/20 of credit, not close. hana to ben and 20 outsiders: no tie.
    """
    crowd = [f"x{n}@out.example" for n in range(20)]
    messages = at_their_desks() + alternating(MONDAYS) + alternating(list(range(1, 62, 10)), "abe", "bob")
    messages += [message(n, "abe", "ben", "ann", at="15:00:00") for n in (80, 81)] + [
        message(81, "ben", "abe", at="16:00:00")
    ]
    messages += [message(50, "hana", "bob", *crowd[:19]), message(50, "hana", "ben", *crowd, at="10:00:00")]
    messages += [message(83, "ann", "temp9")]
    meetings = [meeting(70, "nine", "14:00:00", "15:00:00", "ann", "bea", *crowd[:7])]
    for n in (80, 81):
        meetings.append(meeting(n, f"two{n}", "09:00:00", "10:00:00", "abe", "ben"))
        meetings.append(meeting(n, f"three{n}", "09:30:00", "10:30:00", "abe", "ben", "ann"))
    meetings.append(meeting(82, "heads", "11:00:00", "12:00:00", "hana", "hugo", "abe", "chief", declined="chief"))
    return network_of(messages, meetings)


def tie(network: peerlens.Network, person: str, other: str) -> dict[str, Any]:
    """One tie as seen from a person; fails when there is none."""
    ties = network.ties.of(person)
    return ties.set_index("other_id").loc[other].to_dict()


def flags(network: peerlens.Network, person: str) -> dict[str, str]:
    """Kind by the other person."""
    found = network.person(person).neglected(limit=None)
    return dict(zip(found["other_id"], found["kind"], strict=True))


def test_as_of_is_the_last_day(tiny_firm: peerlens.Network) -> None:
    assert (day(0), day(84)) == (date(2025, 12, 1), date(2026, 3, 27))
    assert tiny_firm.as_of == day(84)
    assert tiny_firm.ties.clock.quiet_days == ()


@pytest.mark.parametrize(("a", "b", "expected"), [
    ("ann", "bea", 3.869910 + 0.203063),
    ("abe", "ben", 2.387104 + 2.897809),
    ("hana", "hugo", 0.977160),
    ("hana", "bob", 0.05 * 2 ** (-46 / 60)),
])  # fmt: skip
def test_strength(tiny_firm: peerlens.Network, a: str, b: str, expected: float) -> None:
    """Credit by the day, capped at three, halved every sixty days."""
    assert tie(tiny_firm, a, b)["strength"] == pytest.approx(expected, abs=2e-6)


@pytest.mark.parametrize(("person", "other", "expected"), [
    ("ann", "bea", {"contact_days_52w": 10, "contact_weeks_52w": 10, "rhythm": 5.0, "silence": 39, "longest_pause": 4,
                    "span": 45, "started": 4, "other_started": 5, "asked": 5, "asked_unanswered": 1, "sent_w": 5,
                    "received_w": 5, "meetings_w": 1, "smallest_meeting_w": 9, "smallest_message_w": 1}),
    ("bea", "ann", {"started": 5, "other_started": 4, "asked": 5, "asked_unanswered": 0}),
    ("abe", "bob", {"contact_days_52w": 7, "contact_weeks_52w": 7, "rhythm": 10.0, "silence": 23, "longest_pause": 9}),
    ("abe", "ben", {"contact_days_52w": 2, "rhythm": 1.0, "silence": 3, "meetings_w": 4, "meeting_days_w": 2, "minutes_w": 180}),
])  # fmt: skip
def test_numbers_of_a_tie(tiny_firm: peerlens.Network, person: str, other: str, expected: dict[str, float]) -> None:
    found = tie(tiny_firm, person, other)
    assert {name: found[name] for name in expected} == pytest.approx(expected)


def test_a_large_message_gives_credit_and_no_contact_day(tiny_firm: peerlens.Network) -> None:
    found = tie(tiny_firm, "hana", "bob")
    assert found["contact_days_52w"] == 0
    assert pd.isna(found["silence"])
    assert not found["is_live"]


def test_broadcasts_and_refusals_make_no_tie(tiny_firm: peerlens.Network) -> None:
    assert not {"ben", "chief"} & set(tiny_firm.ties.of("hana")["other_id"])


@pytest.mark.parametrize(("person", "other", "direction", "is_peer"), [
    ("hana", "hugo", "sideways", True), ("ann", "bea", "sideways", True), ("abe", "ben", "sideways", True),
    ("hana", "abe", "down", False), ("abe", "hana", "up", False), ("hugo", "abe", "down", False),
    ("abe", "hugo", "up", False), ("ann", DESK, "external", False), ("ann", "temp9", "unplaced", False),
])  # fmt: skip
def test_direction(tiny_firm: peerlens.Network, person: str, other: str, direction: str, is_peer: bool) -> None:
    found = tie(tiny_firm, person, other)
    assert (found["direction"], found["is_peer"]) == (direction, is_peer)


def test_only_the_faded_tie_is_flagged(tiny_firm: peerlens.Network) -> None:
    """ann-bea from both sides, and nothing else in the whole firm."""
    found = tiny_firm.neglected()
    assert set(zip(found["person_id"], found["other_id"], found["kind"], strict=True)) == {
        ("ann", "bea", "fading"), ("bea", "ann", "fading"),
    }  # fmt: skip
    assert found["severity"].tolist() == [0.96, 0.96]
    assert found["last_close_on"].dt.date.tolist() == [day(45)] * 2


@pytest.fixture(scope="module")
def quieter() -> Callable[[int], peerlens.Network]:
    """The same log asked on other days, dormant after forty: abe-bob on days 0, 3 … 15 and 46, a pause of thirty."""
    log = at_their_desks(last=90) + alternating(MONDAYS) + alternating([0, 3, 6, 9, 12, 15, 46], "abe", "bob")
    settings = Settings.from_mapping({"ties": {"dormant_days": 40}})
    records = peerlens.read(people=people_table(), messages=pd.DataFrame(log), settings=settings)
    return lambda number: peerlens.Network(records, as_of=day(number))


def test_live_for_forty_days_then_dormant(quieter: Callable[[int], peerlens.Network]) -> None:
    """With rhythm 5 patience is 15, so the fortieth day of silence decides; dormant is *over* the limit, here forty too."""
    fortieth, last = quieter(85), quieter(86)
    assert (tie(fortieth, "ann", "bea")["silence"], tie(fortieth, "ann", "bea")["is_live"]) == (40, False)
    assert fortieth.person("ann").dormant().empty
    assert last.person("ann").dormant()["other_id"].tolist() == ["bea"]


def test_silence_must_be_longer_than_any_pause(quieter: Callable[[int], peerlens.Network]) -> None:
    """After thirty days of silence, as long as the pause before, nothing; on the next day a flag."""
    before, after = quieter(76), quieter(77)
    assert tie(before, "abe", "bob")["longest_pause"] == tie(before, "abe", "bob")["silence"] == 30
    assert "bob" not in flags(before, "abe")
    assert flags(after, "abe")["bob"] == "fading"


TWINS: dict[str, dict[str, Any]] = {
    # Each entry is a pair like ann and bea, but for one thing; _a in Sales, _b in Ops, all of one level.
    "plain": {},
    "away": {"absences": [("b", day(50), day(59))]},
    "both_away": {"absences": [("b", day(50), day(59)), ("a", day(55), day(64))]},
    "part_time": {"a": {"works_on": "Mon-Thu"}},
    "abroad": {"b": {"country": "JP"}},
    "leave_ahead": {"absences": [("b", day(84) + timedelta(days=1), day(84) + timedelta(days=9))]},
    "unseen": {"gone": set(range(46, 61))},
    "unseen_briefly": {"gone": set(range(46, 51))},
    "left": {"b": {"left_on": str(day(74))}},
    "joined": {"b": {"joined_on": str(day(60))}},
    "moved": {"b": {"role_started_on": str(day(60))}},
    "back": {"gone": set(range(46, 80))},
    "away_now": {"gone": set(range(70, 85))},
    "finished": {"verdict": ("finished", None)},
    "wrong": {"verdict": ("wrong", None)},
    "useful": {"verdict": ("useful", None)},
    "later": {"verdict": ("later", day(84))},
    "later_over": {"verdict": ("later", day(83))},
    "leave_in_one_row": {"gone": set(range(50, 80)) - {65}, "absences": [("b", day(50), day(79))]},
    "leave_in_two_rows": {
        "gone": set(range(50, 80)) - {65}, "absences": [("b", day(50), day(64)), ("b", day(64) + timedelta(days=1), day(79))],
    },
    "future": {"a": {"valid_to_on": "2026-04-30"}, "next": {"valid_from_on": "2026-05-01", "works_on": "Mon-Thu"}},
    "answers": {"log": [("b", n) for n in (0, 10, 30, 40, 80)] + [("a", 5), ("a", 16)]},
    "starts": {"log": [("b", n) for n in (0, 4, 7, 11)]},
}  # fmt: skip


@pytest.fixture(scope="module")
def twins() -> peerlens.Network:
    """One network of all the pairs of TWINS: what differs between two pairs is the one thing that was changed."""
    people, messages, absences, verdicts = [{"person_id": "boss", "level": "2", "department": "Board"}], [], [], []
    for name, twin in TWINS.items():
        a, b = f"{name}_a", f"{name}_b"
        common = {"level": "3", "manager_id": "boss"}
        people.append({"person_id": a, "department": "Sales", **common, **twin.get("a", {})})
        people.append({"person_id": b, "department": "Ops", **common, **twin.get("b", {})})
        if "next" in twin:
            people.append({"person_id": a, "department": "Sales", **common, **twin["next"]})
        log = [(name + "_" + by, n) for by, n in twin["log"]] if "log" in twin else None
        messages += (
            alternating(MONDAYS, a, b) if log is None else [message(n, by, b if by == a else a) for by, n in log]
        )
        messages += [message(n, a, DESK, at="12:00:00") for n in range(85)]
        messages += [message(n, b, DESK, at="12:00:00") for n in range(85) if n not in twin.get("gone", ())]
        absences += [(f"{name}_{who}", str(first), str(last)) for who, first, last in twin.get("absences", [])]
        if "verdict" in twin:
            verdicts.append((a, b, twin["verdict"][0], str(twin["verdict"][1] or "")))
    meetings = [
        meeting(41, "answer", "10:00:00", "10:30:00", "boss", "answers_a", "answers_b"),
        [
            row | {"series_id": "weekly"}
            for row in meeting(15, "weekly", "08:00:00", "08:30:00", "starts_b", "starts_a")
        ],
        meeting(19, "third", "08:00:00", "08:30:00", "boss", "starts_a", "starts_b"),
    ]
    return network_of(
        messages,
        meetings,
        people=pd.DataFrame(people),
        absences=pd.DataFrame(absences, columns=["person_id", "from_on", "to_on"]),
        verdicts=pd.DataFrame(verdicts, columns=["person_id", "other_id", "verdict", "until_on"]),
    )


@pytest.mark.parametrize(("name", "silence", "rhythm"), [
    ("plain", 39, 5.0),
    ("away", 29, 5.0),  # ten days away
    ("both_away", 24, 5.0),  # ten and ten, five of them together
    ("part_time", 31, 4.0),  # no Fridays: eight of 39; nine weeks of four days between the first and last Monday: 36/9
    ("abroad", 36, 43 / 9),  # Japan: 11 and 23 February, 20 March; before that 1 January and Monday 12 January itself
    ("leave_ahead", 39, 5.0),  # an absence that begins after as_of is not known yet
    ("unseen", 24, 5.0),  # fifteen days without own activity, more than max(5, 3 x the gap of one day)
    ("unseen_briefly", 39, 5.0),  # five days are no more than five
    ("future", 39, 5.0),  # a row of the chart that begins after as_of changes nothing
])  # fmt: skip
def test_days_that_do_not_count(twins: peerlens.Network, name: str, silence: int, rhythm: float) -> None:
    """Silence and rhythm count only days on which both were at work, as known on as_of."""
    found = tie(twins, f"{name}_a", f"{name}_b")
    assert (found["silence"], found["rhythm"]) == pytest.approx((silence, rhythm))


@pytest.fixture(scope="module")
def faded(twins: peerlens.Network) -> set[tuple[str, str]]:
    """Who is told that the tie with whom is fading."""
    found = twins.neglected()
    found = found[found["kind"] == "fading"]
    return set(zip(found["person_id"], found["other_id"], strict=True))


@pytest.mark.parametrize(("name", "flagged"), [
    ("plain", "ab"), ("left", ""), ("joined", ""), ("moved", ""), ("back", ""), ("away_now", ""),
    ("finished", "b"), ("wrong", "b"), ("useful", "ab"), ("later", "b"), ("later_over", "ab"),
])  # fmt: skip
def test_who_is_told(faded: set[tuple[str, str]], name: str, flagged: str) -> None:
    """Leavers, joiners, movers and people away neither get nor cause a flag; a verdict silences only who gave it."""
    a, b = f"{name}_a", f"{name}_b"
    assert {pair for pair in faded if {a, b} & set(pair)} == {(a, b) if who == "a" else (b, a) for who in flagged}


@pytest.mark.parametrize("name", ["back", "leave_in_one_row", "leave_in_two_rows"])  # fmt: skip
def test_six_weeks_away_give_a_welcome_back(twins: peerlens.Network, name: str) -> None:
    """Thirty working days away, however they are written down, and however a mail in the middle was answered."""
    assert twins.person(f"{name}_b").welcome_back()["other_id"].tolist()[:1] == [f"{name}_a"]
    assert twins.person(f"{name}_a").welcome_back().empty


def test_initiations_need_three_quiet_days_and_no_series(twins: peerlens.Network) -> None:
    """Days 0, 4 (after three quiet days), 7 (after two), 11 (after three), 15 by a series, 19 by the boss: two, both by _b."""
    found = tie(twins, "starts_a", "starts_b")
    assert (found["started"], found["other_started"]) == (0, 2)


def test_unanswered_counts_the_recipients_days(twins: peerlens.Network) -> None:
    """Five messages to _a: answered after 5 days, after 6, after a meeting on day 41 (11 days, then 1), undecided on day 80."""
    found = tie(twins, "answers_a", "answers_b")
    assert (found["asked"], found["asked_unanswered"]) == (4, 2)
