"""A second, slow and simple computation of ties and flags, straight from definitions.md and the CSV files.

Plain dictionaries and loops; nothing comes from ``peerlens.ties`` or ``peerlens.lenses``. Where definitions.md leaves room, the
reading taken is the one the package documents, and is marked with "reading:".
"""

from __future__ import annotations

import csv
from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from fnmatch import fnmatch
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import holidays
import numpy as np
from scipy import stats

WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
NOT_PEOPLE = {"list", "room", "bot", "shared"}
YEAR, WINDOW = 364, 182
Pair = tuple[str, str]


def rows_of(folder: Path, name: str) -> list[dict[str, str]]:
    """Read a table; none when there is no file."""
    path = folder / f"{name}.csv"
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def instant(text: str) -> int:
    """Return seconds since 1970."""
    return int(datetime.fromisoformat(text).timestamp())


def day_of(second: int) -> date:
    """Return the day in UTC."""
    return datetime.fromtimestamp(second, UTC).date()


def to_date(text: str | None) -> date | None:
    """Return a day, or None for an empty cell."""
    return date.fromisoformat(text) if text else None


def days_between(first: date, last: date) -> list[date]:
    """Return all days, both ends included."""
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def weekdays_of(text: str) -> set[int]:
    """Read ``works_on``."""
    if not text:
        return {0, 1, 2, 3, 4}
    found: set[int] = set()
    for part in text.lower().split(","):
        first, _, last = part.strip().partition("-")
        at, end = WEEKDAYS.index(first[:3]), WEEKDAYS.index((last or first)[:3])
        found |= {n % 7 for n in range(at, end + 1 + (7 if end < at else 0))}
    return found


@dataclass
class Tie:
    """All that is known of one pair, ``a < b``."""

    credit: dict[date, float] = field(default_factory=dict)
    close: list[date] = field(default_factory=list)
    strength: float = 0.0
    silence: int | None = None
    rhythm: float | None = None
    longest_pause: int | None = None
    weeks: int = 0
    close_year: list[date] = field(default_factory=list)
    close_w: int = 0
    started: dict[str, int] = field(default_factory=dict)
    asked: dict[str, int] = field(default_factory=dict)
    """small messages *to* a person whose answer is known, and those let pass"""
    unanswered: dict[str, int] = field(default_factory=dict)
    meetings_w: int = 0
    meeting_days_w: int = 0
    smallest_meeting_w: int | None = None
    smallest_message_w: int | None = None
    is_live: bool = False
    is_dormant: bool = False


class Oracle:
    """Everything about one folder at its last day with a message."""

    def __init__(self, folder: Path) -> None:
        self.people_rows = rows_of(folder, "people")
        self.kinds = {row["account_id"]: row["kind"] for row in rows_of(folder, "accounts")}
        self.secret = [row["pattern"] for row in rows_of(folder, "confidential")]
        self.absences = rows_of(folder, "absences")
        self._read_messages(folder)
        self._read_meetings(folder)
        self.as_of = max(day_of(at) for at, _ in self.messages)
        self.first_on = min(
            [day_of(at) for at, _ in self.messages] + [day_of(meeting["start"]) for meeting in self.meetings]
        )
        # Own activity: a message sent, a meeting attended, of any size.
        self.active: dict[str, set[date]] = defaultdict(set)
        for at, sender in self.messages:
            self.active[sender].add(day_of(at))
        for meeting in self.meetings:
            for person in meeting["people"]:
                self.active[person].add(day_of(meeting["start"]))

    # ---- records -------------------------------------------------------------------------------------------------

    def is_out(self, account: str) -> bool:
        return any(fnmatch(account.lower(), pattern.lower()) for pattern in self.secret)

    def _read_messages(self, folder: Path) -> None:
        """No message id: same sender and same second is one message."""
        self.messages: dict[tuple[int, str], set[str]] = defaultdict(set)
        self.hidden: set[tuple[int, str]] = set()
        for row in rows_of(folder, "messages"):
            at, sender = instant(row["sent_at"]), row["sender_id"]
            if any(self.is_out(i) for i in [sender, *written_to(row)]):
                self.hidden.add((at, sender))
            for other in (row.get("recipient_ids") or row.get("recipient_id") or "").split(";"):
                ids = {sender, other.strip()}
                if len(ids) == 2 and not any(self.is_out(i) or self.kinds.get(i) in NOT_PEOPLE for i in ids):
                    self.messages[at, sender].add(other.strip())
        # Somebody confidential takes the whole message along.
        for key in self.hidden:
            self.messages.pop(key, None)

    def _read_meetings(self, folder: Path) -> None:
        """An organizer is there even when not listed."""
        self.meetings: list[dict[str, Any]] = []
        for row in rows_of(folder, "meetings"):
            listed = {i.strip() for i in row["attendee_ids"].split(";")} | {row["organizer_id"]}
            if any(self.is_out(i) for i in listed):
                continue
            people = {i for i in listed if i and self.kinds.get(i) not in NOT_PEOPLE}
            start, end = instant(row["started_at"]), instant(row["ended_at"])
            self.meetings.append(
                {
                    "start": start,
                    "end": end,
                    "people": people,
                    "organizer": row["organizer_id"],
                    "series": row.get("series_id"),
                }
            )

    # ---- time ----------------------------------------------------------------------------------------------------

    @cached_property
    def person(self) -> dict[str, dict[str, str]]:
        """The row of the chart at ``as_of`` (else the last) of each person."""
        found: dict[str, dict[str, str]] = {}
        for row in sorted(self.people_rows, key=lambda r: r.get("valid_from_on") or ""):
            start, end = to_date(row.get("valid_from_on")), to_date(row.get("valid_to_on"))
            if row["person_id"] not in found or (start or date.min) <= self.as_of <= (end or date.max):
                found[row["person_id"]] = row
        return found

    @cached_property
    def quiet_days(self) -> set[date]:
        """Fewer than half the usual number (same weekday, 8 weeks either side) are active."""
        count: dict[date, int] = defaultdict(int)
        for days in self.active.values():
            for day in days:
                count[day] += 1
        span = days_between(min(count), max(day for day in count if day <= self.as_of))
        if median([count[day] for day in span if day.weekday() < 5]) < 20:
            return set()
        known = set(span)
        quiet = set()
        for day in (d for d in span if d.weekday() < 5):
            around = [day + timedelta(weeks=w) for w in range(-8, 9)]
            if count[day] < 0.5 * median([count[d] for d in around if d in known]):
                quiet.add(day)
        return quiet

    def calendar(self, person: str) -> list[date]:
        """Working days of a person, before absences."""
        row = self.person.get(person, {})
        works = weekdays_of(row.get("works_on") or "")
        public = holidays.country_holidays(row["country"], years=range(2009, 2028)) if row.get("country") else {}
        days = days_between(self.first_on, self.as_of)
        return [d for d in days if d.weekday() in works and d not in public and d not in self.quiet_days]

    def away_spans(self, person: str) -> list[tuple[date, date]]:
        """Given absences, and runs without own activity longer than max(5, 3 x own mean gap) working days."""
        spans = [
            (date.fromisoformat(row["from_on"]), date.fromisoformat(row["to_on"]))
            for row in self.absences
            if row["person_id"] == person and date.fromisoformat(row["from_on"]) <= self.as_of
        ]
        number = self.calendar(person)
        # reading: activity on days that are no working days of the person counts too
        seen = sorted(day for day in self.active.get(person, ()) if day <= self.as_of)
        if len(seen) < 2:
            return spans
        working = set(number)
        upto = [bisect_right(number, day) for day in seen]
        allowed = max(5.0, 3.0 * (upto[-1] - upto[0]) / (len(seen) - 1))
        for day, later, before, after in zip(seen, seen[1:], upto, upto[1:], strict=False):
            if after - (later in working) - before > allowed:
                spans.append((day + timedelta(days=1), later - timedelta(days=1)))
        if len(number) - upto[-1] > allowed:
            spans.append((seen[-1] + timedelta(days=1), self.as_of))
        return spans

    @cached_property
    def away(self) -> dict[str, list[tuple[date, date]]]:
        return {person: self.away_spans(person) for person in sorted({*self.active, *self.person})}

    @cached_property
    def at_work(self) -> dict[str, set[date]]:
        """Days on which a person was at work."""
        found = {}
        everybody = {*self.person, *self.active, *(p for to in self.messages.values() for p in to)}
        for person in everybody:
            row = self.person.get(person, {})
            first, last = to_date(row.get("joined_on")), to_date(row.get("left_on"))
            gone = {
                day for start, end in self.away.get(person, ()) for day in days_between(start, min(end, self.as_of))
            }
            found[person] = {
                day
                for day in self.calendar(person)
                if day not in gone and (first is None or day >= first) and (last is None or day <= last)
            }
        return found

    # ---- ties ----------------------------------------------------------------------------------------------------

    @cached_property
    def ties(self) -> dict[Pair, Tie]:
        """Every pair with credit on some day."""
        raw = self._gather()
        return {pair: self._measure(pair, events) for pair, events in sorted(raw.items())}

    def _gather(self) -> dict[Pair, list[dict[str, Any]]]:
        events: dict[Pair, list[dict[str, Any]]] = defaultdict(list)
        for (at, sender), to in self.messages.items():
            if day_of(at) > self.as_of or len(to) > 20:
                continue
            for other in to:
                pair = (min(sender, other), max(sender, other))
                events[pair].append({"what": "message", "at": at, "size": len(to), "by": sender})
        for meeting in self.meetings:
            size, people = len(meeting["people"]), sorted(meeting["people"])
            if day_of(meeting["start"]) > self.as_of or not 2 <= size <= 20:
                continue
            for n, a in enumerate(people):
                for b in people[n + 1 :]:
                    by = None if meeting["series"] else meeting["organizer"]
                    events[a, b].append(
                        {
                            "what": "meeting",
                            "at": meeting["start"],
                            "end": meeting["end"],
                            "size": size,
                            "by": by if by in (a, b) else None,
                        }
                    )
        return events

    def _measure(self, pair: Pair, events: list[dict[str, Any]]) -> Tie:
        tie = Tie()
        by_day: dict[date, list[dict[str, Any]]] = defaultdict(list)
        for event in events:
            by_day[day_of(event["at"])].append(event)
        for day, found in sorted(by_day.items()):
            tie.credit[day] = min(3.0, self._credit(found))
            tie.strength += tie.credit[day] * 2 ** (-(self.as_of - day).days / 60)
            if any(is_close(event) for event in found):
                tie.close.append(day)
        self._measure_window(tie, by_day)
        self._measure_time(pair, tie, by_day)
        self._measure_answers(pair, tie, by_day)
        return tie

    @staticmethod
    def _credit(events: list[dict[str, Any]]) -> float:
        """Sum of 1/k over messages, and of 2 min(h, 4)/(n - 1) over meetings; of those that overlap the largest."""
        credit = sum(1 / event["size"] for event in events if event["what"] == "message")
        end, best = None, 0.0
        for event in sorted((e for e in events if e["what"] == "meeting"), key=lambda e: (e["at"], e["end"])):
            worth = 2 * min((event["end"] - event["at"]) / 3600, 4) / (event["size"] - 1)
            if end is None or event["at"] >= end:
                credit, best, end = credit + best, worth, event["end"]
            else:
                best, end = max(best, worth), max(end, event["end"])
        return credit + best

    def _measure_window(self, tie: Tie, by_day: dict[date, list[dict[str, Any]]]) -> None:
        recent = {day: found for day, found in by_day.items() if (self.as_of - day).days < WINDOW}
        meetings = [event for found in recent.values() for event in found if event["what"] == "meeting"]
        sizes = [event["size"] for found in recent.values() for event in found if event["what"] == "message"]
        tie.meetings_w = len(meetings)
        tie.meeting_days_w = sum(any(e["what"] == "meeting" for e in found) for found in recent.values())
        tie.smallest_meeting_w = min((event["size"] for event in meetings), default=None)
        tie.smallest_message_w = min(sizes, default=None)

    def _measure_time(self, pair: Pair, tie: Tie, by_day: dict[date, list[dict[str, Any]]]) -> None:
        both = self.at_work[pair[0]] & self.at_work[pair[1]]
        count = lambda after, before: sum(after < day < before for day in both)  # noqa: E731
        tie.close_year = [day for day in tie.close if (self.as_of - day).days < YEAR]
        tie.weeks = len({day.isocalendar()[:2] for day in tie.close_year})
        tie.close_w = sum((self.as_of - day).days < WINDOW for day in tie.close)
        pauses = [count(day, later) for day, later in zip(tie.close, tie.close[1:], strict=False)]
        tie.longest_pause = max(pauses, default=None)
        tie.started = dict.fromkeys(pair, 0)
        for day, pause in zip(tie.close[1:], pauses, strict=True):
            starter = first_starter(by_day[day])
            if pause >= 3 and starter and (self.as_of - day).days < WINDOW:
                tie.started[starter] += 1
        if not tie.close:
            return
        tie.silence = count(tie.close[-1], self.as_of + timedelta(days=1))
        log_days = (self.as_of - self._first_tie_on).days + 1
        if len(tie.close_year) >= 2 and log_days >= 91:
            span = count(tie.close_year[0], tie.close_year[-1] + timedelta(days=1))
            tie.rhythm = max(1.0, span / (len(tie.close_year) - 1))
        patience = max(15.0, 3 * (tie.rhythm or 0))
        tie.is_dormant = tie.silence > 130
        # reading: the last 40 working days are those of the pair's own clock
        tie.is_live = (tie.silence < 40 or tie.silence < patience) and not tie.is_dormant

    @cached_property
    def _first_tie_on(self) -> date:
        """First day of the log; reading: the first with any credit."""
        found = [day_of(at) for (at, _), to in self.messages.items() if len(to) <= 20]
        found += [day_of(m["start"]) for m in self.meetings if 2 <= len(m["people"]) <= 20]
        return min(found)

    def _measure_answers(self, pair: Pair, tie: Tie, by_day: dict[date, list[dict[str, Any]]]) -> None:
        """Small messages to each of the two: answered by any contact back within 5 of the recipient's working days."""
        recent = {day: found for day, found in by_day.items() if (self.as_of - day).days < WINDOW}
        for me in pair:
            back = sorted(
                day for day, found in recent.items() if any(e["what"] == "meeting" or e["by"] == me for e in found)
            )
            tie.asked[me] = tie.unanswered[me] = 0
            for day, found in recent.items():
                small = any(e["what"] == "message" and e["by"] != me and e["size"] <= 3 for e in found)
                answer = next((later for later in back if later >= day), None)
                waited = sum(day < d <= (answer or self.as_of) for d in self.at_work[me])
                if waited > 5:
                    tie.unanswered[me] += small
                if waited > 5 or answer is not None:
                    tie.asked[me] += small


def written_to(row: dict[str, str]) -> list[str]:
    """Return the recipients a line names."""
    return [i.strip() for i in (row.get("recipient_ids") or row.get("recipient_id") or "").split(";")]


def is_close(event: dict[str, Any]) -> bool:
    """Message to at most 5, meeting of at most 8."""
    return event["size"] <= (5 if event["what"] == "message" else 8)


def first_starter(events: list[dict[str, Any]]) -> str | None:
    """Return who began the first close contact; nobody when two did in the same second."""
    close = [event for event in events if is_close(event)]
    first = min(event["at"] for event in close)
    starters = {event["by"] for event in close if event["at"] == first}
    return starters.pop() if len(starters) == 1 else None


class Flags:
    """The kinds of neglect, from the numbers of an :class:`Oracle`."""

    def __init__(self, oracle: Oracle) -> None:
        self.o = oracle
        self.chart = {
            person: row
            for person, row in oracle.person.items()
            if (to_date(row.get("valid_from_on")) or date.min)
            <= oracle.as_of
            <= (to_date(row.get("valid_to_on")) or date.max)
        }
        self.manager = {p: row["manager_id"] for p, row in self.chart.items() if row["manager_id"] in self.chart}
        self.bosses = set(self.manager.values())
        below: dict[str, int] = defaultdict(int)
        for person in self.chart:
            for boss in self.above(person):
                below[boss] += 1
        roots = sorted((p for p in self.chart if p not in self.manager), key=lambda p: (-below[p], p))
        self.stray = set(roots[1:])
        self.open = {person for person in self.chart if self.is_open(person)}

    def above(self, person: str) -> list[str]:
        chain = []
        while person in self.manager:
            person = self.manager[person]
            chain.append(person)
        return chain

    def is_open(self, person: str) -> bool:
        """Nobody who left, joined, moved, is away or just back, or is hardly seen gets or causes a flag."""
        o, today = self.o, self.o.as_of
        rows = [row for row in o.people_rows if row["person_id"] == person]
        rows = [r for r in rows if (to_date(r.get("valid_from_on")) or date.min) <= today]
        rows.sort(key=lambda row: row.get("valid_from_on") or "")
        now = rows[-1]
        left, until = to_date(now.get("left_on")), to_date(now.get("valid_to_on"))
        if (left and left <= today) or (until and until < today) or o.kinds.get(person, "person") != "person":
            return False
        joined = to_date(now.get("joined_on"))
        touched = [pair_tie for pair, pair_tie in o.ties.items() if person in pair]
        first = joined or min((min(tie.credit) for tie in touched), default=None)
        if first is None or (joined and (today - joined).days < 42):
            return False
        for before, after in pairwise(rows):
            changed = (before["manager_id"], before["department"]) != (after["manager_id"], after["department"])
            if changed and (today - date.fromisoformat(after["valid_from_on"])).days < 56:
                return False
        role = to_date(now.get("role_started_on"))
        if role and 0 <= (today - role).days < 56:
            return False
        for start, end in o.away[person]:
            if start <= today <= end:
                return False
            # reading: six weeks are counted as 42 calendar days
            if 0 < (today - end).days <= 56 and (end - start).days + 1 >= 42:
                return False
        since = max(first, today - timedelta(days=WINDOW - 1))
        due = sum(day >= since for day in o.at_work[person])
        seen = sum((today - day).days < WINDOW for day in o.active.get(person, ()) if day <= today)
        return due > 0 and seen / due >= 0.25

    def level(self, person: str) -> str | None:
        return (self.chart.get(person) or {}).get("level") or None

    def is_peer(self, a: str, b: str) -> bool:
        """Same level, not in line, both people of the chart and neither a stray root nor a role account."""
        for person in (a, b):
            if person not in self.chart or person in self.stray or self.o.kinds.get(person, "person") != "person":
                return False
        return self.level(a) == self.level(b) is not None and a not in self.above(b) and b not in self.above(a)

    def department(self, person: str) -> str | None:
        return (self.chart.get(person) or {}).get("department") or None

    def sides(self) -> list[tuple[str, str, Tie]]:
        """Both sides of every tie between peers about whom flags may be raised."""
        return [
            (me, other, tie)
            for (a, b), tie in self.o.ties.items()
            for me, other in ((a, b), (b, a))
            if a in self.open and b in self.open and self.is_peer(a, b)
        ]

    def fading(self) -> set[Pair]:
        return {(me, other) for me, other, tie in self.sides() if self._fades(tie)}

    @staticmethod
    def _fades(tie: Tie) -> bool:
        if tie.rhythm is None or tie.silence is None or tie.longest_pause is None:
            return False
        established = len(tie.close_year) >= 6 and tie.weeks >= 4
        return established and max(15, 3 * tie.rhythm) <= tie.silence <= 130 and tie.silence > tie.longest_pause

    def one_sided(self) -> set[Pair]:
        mine, theirs = defaultdict(int), defaultdict(int)
        for (a, b), tie in self.o.ties.items():
            for me, other in ((a, b), (b, a)):
                mine[me] += tie.started[me]
                theirs[me] += tie.started[other]
        found = set()
        for me, other, tie in self.sides():
            every = mine[me] + theirs[me]
            if not every or theirs[me] / every > 0.7:
                continue
            n, k = tie.started[me] + tie.started[other], tie.started[other]
            surely = n >= 8 and stats.beta(k + 1, n - k + 1).sf(0.7) >= 0.9 and k / n - theirs[me] / every >= 0.2
            silent = tie.asked[me] >= 5 and 1 - tie.unanswered[me] / tie.asked[me] <= 0.2
            if surely or silent:
                found.add((me, other))
        return found

    def only_in_crowds(self) -> set[Pair]:
        return {
            (me, other)
            for me, other, tie in self.sides()
            if tie.meetings_w >= 6
            and tie.meeting_days_w >= 6
            and (tie.smallest_meeting_w or 0) >= 4
            and (tie.smallest_message_w is None or tie.smallest_message_w > 5)
        }

    def links(self) -> dict[str, dict[str, list[str]]]:
        """Live ties of each person by the department they lead to."""
        found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for (a, b), tie in self.o.ties.items():
            for me, other in ((a, b), (b, a)):
                if tie.is_live and self.department(other):
                    found[me][self.department(other)].append(other)
        return found

    def thin_bridge(self) -> set[Pair]:
        links = self.links()
        found = set()
        for me, other, tie in self.sides():
            here, there = self.department(me), self.department(other)
            if here is None or there is None or here == there or links[me][there] != [other]:
                continue
            # reading: people of the own department include the person asking
            if sum(self.department(p) == here and bool(links[p][there]) for p in list(links)) < 5:
                continue
            live = [t.strength for pair, t in self.o.ties.items() if me in pair and t.is_live]
            weak = tie.strength <= float(np.quantile(live, 0.25))
            if weak or (tie.rhythm is not None and tie.silence / tie.rhythm >= 2):
                found.add((me, other))
        return found

    def blind_spot(self) -> set[tuple[str, str]]:
        links = self.links()
        gone = {p for p in self.chart if (to_date(self.chart[p].get("left_on")) or date.max) <= self.o.as_of}
        staff = {
            p
            for p in self.chart
            if p not in self.stray
            and p not in gone
            and self.o.kinds.get(p, "person") == "person"
            and self.department(p)
        }
        found = set()
        for there in {self.department(p) for p in staff}:
            if sum(self.department(p) == there for p in staff) < 5:
                continue
            for me in staff & self.open:
                if self.department(me) == there or links[me][there] or not self.level(me):
                    continue
                # reading: people alike are those about whom flags may be raised; "function" is having reports or not
                alike = [
                    p
                    for p in staff & self.open
                    if p != me
                    and self.department(p) != there
                    and self.level(p) == self.level(me)
                    and (p in self.bosses) == (me in self.bosses)
                ]
                if len(alike) >= 10 and sum(bool(links[p][there]) for p in alike) / len(alike) >= 0.6:
                    found.add((me, str(there)))
        return found
