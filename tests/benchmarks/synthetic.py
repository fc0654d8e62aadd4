"""A log of any size with the shape real logs have: heavy-tailed activity, four in five contacts in one's own department."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv

FIRST_DAY = np.datetime64("2026-01-05")
WEEKS = 26
OWN_DEPARTMENT = 0.8
REPORTS = 8
CIRCLE = 14
"""regular contacts a person chooses; with those who choose them, about 26 neighbours"""


@dataclass(frozen=True)
class Size:
    """How large the log is."""

    people: int
    messages: int
    attendances: int


def write_log(folder: Path, size: Size, *, seed: int = 1) -> None:
    """Write people.csv, messages.csv and meetings.csv."""
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(seed)
    ids = np.array([f"p{number:07d}" for number in range(size.people)])
    department = np.arange(size.people) // 100
    _write_people(folder, ids, department)
    weight = random.pareto(2.5, size.people) + 0.2
    circles = _circles(random, department, weight)
    _write_messages(folder, random, ids, weight, circles, size.messages)
    _write_meetings(folder, random, ids, weight, circles, size.attendances)


def _write_people(folder: Path, ids: np.ndarray, department: np.ndarray) -> None:
    number = np.arange(len(ids))
    manager = np.where(number == 0, -1, (number - 1) // REPORTS)
    level = np.floor(np.log(number * (REPORTS - 1) + 1) / np.log(REPORTS)).astype(int) + 1
    table = pa.table(
        {
            "person_id": ids,
            "department": [f"d{value:05d}" for value in department],
            "level": level.astype(str),
            "manager_id": np.where(manager < 0, "", ids[np.maximum(manager, 0)]),
        }
    )
    pa.csv.write_csv(table, folder / "people.csv")


def _circles(random: np.random.Generator, department: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Give each person regular contacts, most of them in the own department."""
    people = len(department)
    own = (department[:, None] * 100 + random.integers(0, 100, (people, CIRCLE))) % people
    chosen = np.searchsorted(np.cumsum(weight) / weight.sum(), random.random((people, CIRCLE))).clip(max=people - 1)
    return np.where(random.random((people, CIRCLE)) < OWN_DEPARTMENT, own, chosen)


def _instants(random: np.random.Generator, count: int) -> np.ndarray:
    day = random.integers(0, WEEKS * 5, count)
    second = random.integers(8 * 3600, 18 * 3600, count)
    return (FIRST_DAY + day // 5 * 7 + day % 5).astype("datetime64[s]") + second


def _write_messages(
    folder: Path, random: np.random.Generator, ids: np.ndarray, weight: np.ndarray, circles: np.ndarray, count: int
) -> None:
    step = 1_000_000
    share = np.cumsum(weight) / weight.sum()
    schema = pa.schema([("sent_at", pa.string()), ("sender_id", pa.string()), ("recipient_id", pa.string())])
    with pa.csv.CSVWriter(folder / "messages.csv", schema) as writer:
        for start in range(0, count, step):
            rows = min(step, count - start)
            sender = np.searchsorted(share, random.random(rows)).clip(max=len(ids) - 1)
            # Near contacts more often: the square of a uniform number favours the front of the circle.
            recipient = circles[sender, (random.random(rows) ** 2 * circles.shape[1]).astype(int)]
            at = np.char.add(np.datetime_as_string(_instants(random, rows)), "Z")
            writer.write_table(pa.table([at, ids[sender], ids[recipient]], schema=schema))


def _write_meetings(
    folder: Path, random: np.random.Generator, ids: np.ndarray, weight: np.ndarray, circles: np.ndarray, count: int
) -> None:
    size = random.choice(
        [2, 3, 4, 5, 6, 8, 10, 15], max(1, count // 4), p=[0.35, 0.2, 0.15, 0.1, 0.08, 0.06, 0.04, 0.02]
    )
    size = size[np.cumsum(size) <= count]
    organizer = np.searchsorted(np.cumsum(weight) / weight.sum(), random.random(len(size))).clip(max=len(ids) - 1)
    start = (_instants(random, len(size)).astype("int64") // 1800 * 1800).astype("datetime64[s]")
    meeting = np.repeat(np.arange(len(size)), size)
    place = np.arange(len(meeting)) - np.repeat(np.cumsum(size) - size, size)
    guest = circles[organizer[meeting], random.integers(0, circles.shape[1], len(meeting))]
    attendee = np.where(place == 0, organizer[meeting], guest)
    table = pa.table(
        {
            "meeting_id": np.char.add("m", meeting.astype(str)),
            "started_at": np.char.add(np.datetime_as_string(start[meeting]), "Z"),
            "ended_at": np.char.add(np.datetime_as_string(start[meeting] + np.timedelta64(2700, "s")), "Z"),
            "organizer_id": ids[organizer[meeting]],
            "attendee_id": ids[attendee],
        }
    )
    pa.csv.write_csv(table, folder / "meetings.csv")
