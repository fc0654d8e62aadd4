"""What must hold for every log: names, order, sides, later days and doubled contact change only what they may."""

from __future__ import annotations

import random
import tempfile
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import pandas as pd
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import peerlens
from peerlens.lenses import LENSES, ask_all
from peerlens.settings import Settings
from peerlens.ties import kept_contact_days, make_events
from tests.ties.test_tiny_firm import tie

FIRST, AS_OF = date(2025, 9, 1), date(2026, 2, 27)
DAYS = [FIRST + timedelta(days=n) for n in range(180) if (FIRST + timedelta(days=n)).weekday() < 5]
PEOPLE = [f"p{n:02}" for n in range(12)]
DESK = "desk@out.example"
few = settings(
    max_examples=2, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],  # a network takes seconds: a smaller failing log is not worth minutes
)  # fmt: skip


@dataclass(frozen=True)
class Log:
    """A firm of twelve in three departments under a boss, and half a year of its messages and meetings."""

    people: pd.DataFrame
    messages: pd.DataFrame
    meetings: pd.DataFrame | None = None

    def network(self, as_of: date = AS_OF) -> peerlens.Network:
        records = peerlens.read(people=self.people, messages=self.messages, meetings=self.meetings, timezone="UTC")
        return peerlens.Network(records, as_of=as_of)


@st.composite
def logs(draw: st.DrawFn, *, with_meetings: bool = True) -> Log:
    """Draw pairs with a rhythm of 2-7 days, a last day, and somebody who usually starts; the first pair has faded."""
    couple = st.tuples(st.sampled_from(PEOPLE), st.sampled_from(PEOPLE)).filter(lambda pair: pair[0] != pair[1])
    plan = st.tuples(couple, st.integers(2, 7), st.integers(60, len(DAYS)), st.sampled_from([0, 1, 2]))
    pairs = draw(st.lists(plan, min_size=8, max_size=12, unique_by=lambda drawn: frozenset(drawn[0])))
    rows = [(f"{day}T12:00:00Z", person, DESK) for day in DAYS for person in PEOPLE]
    pairs = [(("p00", "p11"), 3, 90, 2), *(p for p in pairs if set(p[0]) != {"p00", "p11"})]
    for number, ((a, b), rhythm, last, starter) in enumerate(pairs):
        for turn, at in enumerate(range(number % 3, last, rhythm)):
            first = (a, b) if starter == 0 or (starter == 2 and turn % 2 == 0) else (b, a)
            rows.append((f"{DAYS[at]}T09:{number:02}:00Z", *first))
            rows.append((f"{DAYS[min(at + 1, len(DAYS) - 1)]}T15:{number:02}:00Z", *first[::-1]))
    meetings = None
    if with_meetings:
        sizes = draw(st.lists(st.integers(2, 12), min_size=3, max_size=6))
        held = [
            (f"m{n}-{week}", f"{DAYS[week * 5 + n % 5]}T10:{n * 7:02}:00Z", f"{DAYS[week * 5 + n % 5]}T11:00:00Z",
             PEOPLE[n], ";".join(PEOPLE[n:n + size] + PEOPLE[:max(0, n + size - 12)]))
            for n, size in enumerate(sizes) for week in range(0, 25, 1 + n % 3)
        ]  # fmt: skip
        meetings = pd.DataFrame(held, columns=["meeting_id", "started_at", "ended_at", "organizer_id", "attendee_ids"])
    boss = {"person_id": "boss", "department": "Board", "level": "1", "manager_id": None, "email": "boss@firm.example"}
    staff = [
        {"person_id": p, "department": f"D{n % 3}", "level": "2", "manager_id": "boss", "email": f"{p}@firm.example"}
        for n, p in enumerate(PEOPLE)
    ]  # fmt: skip
    messages = pd.DataFrame(rows, columns=["sent_at", "sender_id", "recipient_ids"])
    return Log(pd.DataFrame([boss, *staff]), messages.drop_duplicates(), meetings)


def flag_set(network: peerlens.Network, names: dict[str, str] | None = None) -> set[tuple[object, ...]]:
    """Return every flag with its numbers as a set; ids put back through ``names``."""
    found = network.neglected()
    back = names or {}
    return {
        (back.get(r["person_id"], r["person_id"]), back.get(r["other_id"], r["other_id"]), r["kind"], r["other_department"],
         r["severity"], r["importance"], round(float(r["quiet_chance"]), 6) if pd.notna(r["quiet_chance"]) else None)
        for r in found.to_dict("records")
    }  # fmt: skip


def strengths(network: peerlens.Network, names: dict[str, str] | None = None) -> dict[frozenset[str], float]:
    """Return the strength of every pair."""
    back, frame = names or {}, network.ties.to_pandas()
    return {
        frozenset((back.get(a, a), back.get(b, b))): strength
        for a, b, strength in zip(frame["person_a_id"], frame["person_b_id"], frame["strength"], strict=True)
    }  # fmt: skip


@few
@given(logs(), st.randoms(use_true_random=False))
def test_names_and_order_change_nothing(log: Log, chance: random.Random) -> None:
    """Relabelling everybody and shuffling all rows: same strengths to the last bit, same flags."""
    labels = [f"q{n:02}" for n in range(len(PEOPLE) + 1)]
    chance.shuffle(labels)
    new = dict(zip([*PEOPLE, "boss"], labels, strict=True))

    def renamed(frame: pd.DataFrame) -> pd.DataFrame:
        frame = frame.sample(frac=1, random_state=chance.randrange(2**16))
        for column in [name for name in frame.columns if name.endswith(("_id", "_ids")) and name != "meeting_id"]:
            frame[column] = frame[column].map(
                lambda cell: ";".join(new.get(i, i) for i in cell.split(";")), na_action="ignore"
            )
        return frame

    assert log.meetings is not None
    before = log.network()
    after = Log(renamed(log.people), renamed(log.messages), renamed(log.meetings)).network()
    back = {label: name for name, label in new.items()}
    assert strengths(after, back) == strengths(before)
    assert flag_set(after, back) == flag_set(before) != set()


@few
@given(logs())
def test_two_sides_of_a_tie_mirror(log: Log) -> None:
    """What one side sent the other received; strength, silence and rhythm are the tie's own."""
    ties = log.network().ties
    sides = ties.engine.frame(ties.sides.order_by(["person_id", "other_id"]))
    turned = sides.merge(
        sides, left_on=["person_id", "other_id"], right_on=["other_id", "person_id"], suffixes=("", "_mirror")
    )
    assert len(turned) == len(sides) == 2 * len(ties.to_pandas())
    for mine, theirs in [
        ("strength", "strength"), ("silence", "silence"), ("rhythm", "rhythm"), ("longest_pause", "longest_pause"),
        ("sent_w", "received_w"), ("started", "other_started"), ("is_peer", "is_peer"), ("is_live", "is_live"),
        ("contact_days_52w", "contact_days_52w"), ("same_team", "same_team"), ("department", "other_department"),
    ]:  # fmt: skip
        pd.testing.assert_series_equal(turned[mine], turned[f"{theirs}_mirror"], check_names=False)
    mirrored = {"up": "down", "down": "up", "sideways": "sideways"}
    inside = turned[turned["direction"].isin(mirrored) & turned["direction_mirror"].isin(mirrored)]
    assert (inside["direction"].map(mirrored) == inside["direction_mirror"]).all()


@few
@given(logs(), st.integers(0, 120), st.sampled_from(PEOPLE), st.sampled_from(PEOPLE))
def test_one_more_message_never_lowers_strength(log: Log, at: int, a: str, b: str) -> None:
    """At an instant at which nobody wrote: the strength of no pair falls, and that of the two does not either."""
    more = pd.DataFrame([(f"{DAYS[at]}T20:00:00Z", a, b if a != b else "boss")], columns=log.messages.columns)
    before = strengths(log.network())
    after = strengths(Log(log.people, pd.concat([log.messages, more]), log.meetings).network())
    assert all(after[pair] >= strength for pair, strength in before.items())
    assert sum(after.values()) > sum(before.values())


@few
@given(logs(), st.integers(1, 60))
def test_time_without_contact_never_raises_strength(log: Log, later: int) -> None:
    """The same log asked later: every strength has fallen, by the half-life alone, and every silence has grown or stayed."""
    records = peerlens.read(people=log.people, messages=log.messages, meetings=log.meetings)
    end = max(day for day in DAYS)
    now, then = (peerlens.Network(records, as_of=day) for day in (end, end + timedelta(days=later)))
    before, after = strengths(now), strengths(then)
    assert all(abs(after[pair] - before[pair] * 2 ** (-later / 60)) < 1e-6 for pair in before)
    silence = now.ties.to_pandas()["silence"].fillna(0), then.ties.to_pandas()["silence"].fillna(0)
    assert (silence[1] >= silence[0]).all()


@few
@given(logs(), st.integers(20, 120))
def test_a_log_added_in_two_steps(log: Log, at: int) -> None:
    """Split at an hour of a day, between instants, and the later part added to what is kept: the same contact days as at once."""
    cut = datetime.fromisoformat(f"{DAYS[at]}T11:30:00+00:00")
    assert log.meetings is not None
    either_side = [(f"{DAYS[at]}T{hour}:00:00Z", "p03", "p04") for hour in ("08", "20")]
    messages = pd.concat([log.messages, pd.DataFrame(either_side, columns=log.messages.columns)])
    tables = {"messages": messages, "meetings": log.meetings}
    early = {
        name: pd.to_datetime(rows["sent_at" if name == "messages" else "started_at"]) < cut
        for name, rows in tables.items()
    }

    def days_of(folder: Path) -> pd.DataFrame:
        records = peerlens.read(folder)
        days = kept_contact_days(records, make_events(records), Settings().ties).days
        return records.engine.frame(days.order_by(["a_no", "b_no", "day_no"]))

    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
        stepwise, at_once = Path(one), Path(two)
        everyone = pd.concat([log.people, pd.DataFrame({"person_id": [DESK]})])
        for folder in (stepwise, at_once):
            everyone.to_csv(folder / "people.csv", index=False)
        for name, rows in tables.items():
            rows.to_csv(at_once / f"{name}.csv", index=False)
            rows[early[name]].to_csv(stepwise / f"{name}.csv", index=False)
        before = days_of(stepwise)
        for name, rows in tables.items():
            rows[~early[name]].to_csv(stepwise / f"{name}-2.csv", index=False)
        both = days_of(stepwise)
        assert len(before) < len(both)
        pd.testing.assert_frame_equal(both, days_of(at_once))


@few
@given(logs(with_meetings=False))
def test_doubling_every_contact_changes_no_headline(log: Log) -> None:
    """Every message sent again one second later: twice the contact on the same days, under the ceiling of a day."""
    again = log.messages.assign(sent_at=log.messages["sent_at"].str.replace("00Z", "01Z"))
    once, twice = log.network(), Log(log.people, pd.concat([log.messages, again]), None).network()
    assert sum(strengths(twice).values()) > 1.5 * sum(strengths(once).values())
    for person in ("p00", "p11", "p05"):
        said = [
            {name: finding.headline for name, finding in ask_all(n.ties, LENSES, person).items()} for n in (once, twice)
        ]
        assert said[0] == said[1]


@few
@given(logs(), st.randoms(use_true_random=False))
def test_what_comes_after_as_of_changes_nothing(log: Log, chance: random.Random) -> None:
    """Senders and recipients of everything later change places, and half of it goes: same ties, same flags."""
    as_of = DAYS[100]
    later = log.messages["sent_at"] >= f"{as_of + timedelta(days=1)}"
    mixed = log.messages[later].copy()
    who = mixed["sender_id"].tolist()
    chance.shuffle(who)
    mixed["sender_id"] = who
    mixed = mixed[mixed["sender_id"] != mixed["recipient_ids"]].iloc[::2]
    before, after = (
        log.network(as_of),
        Log(log.people, pd.concat([log.messages[~later], mixed]), log.meetings).network(as_of),
    )
    assert after.ties.to_pandas().to_csv() == before.ties.to_pandas().to_csv()
    assert after.neglected().to_csv() == before.neglected().to_csv()
    assert tie(before, "p00", "p11")["silence"] > 0
