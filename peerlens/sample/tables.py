"""Numbers become the tables of the input format: ids, instants in UTC, days, in a total order."""

from __future__ import annotations

import numpy as np
import pandas as pd

from peerlens.sample.cast import Cast
from peerlens.sample.days import Days
from peerlens.sample.people import Chart

COUNCIL = "works-council@example.com"
ROOM, STAFF = "room-atrium@example.com", "all-staff@example.com"
BOT, ASSISTANT = "build-bot@example.com", "assistant@example.com"
CHIEF = 0
FLAGS = ("is_ask", "is_thanks")


def account_table(ids: np.ndarray) -> pd.DataFrame:
    """Return accounts.csv: addresses that are no persons."""
    rows = [(STAFF, "list", ""), (ASSISTANT, "assistant", ids[CHIEF]), (BOT, "bot", ""), (ROOM, "room", "")]
    return pd.DataFrame(rows, columns=["account_id", "kind", "acts_for"])


def meeting_table(rounds: pd.DataFrame, *, chart: Chart, days: Days, ids: np.ndarray, work: np.ndarray) -> pd.DataFrame:
    """Return meetings.csv; `rounds` has `day`, `minute`, `minutes`, `people`, `series` (-1: none), `is_called` (by the first)."""
    is_called = rounds["is_called"].fillna(True).astype(bool) if "is_called" in rounds else [True] * len(rounds)
    rows = rounds.assign(
        organizer_id=[
            ids[people[0]] if called else "" for people, called in zip(rounds["people"], is_called, strict=True)
        ],
        attendee_ids=[_joined(ids, people, ROOM if len(people) > 8 else None) for people in rounds["people"]],
        series_id=[f"s{number + 1:04d}" if number >= 0 else "" for number in rounds["series"]],
    )
    # An agent of Support and a lead met the works council: if the confidential list works, the two have no tie.
    two = [int(chart.members[0][0]), int(chart.leads[-1])]
    secret = {
        "day": int(np.flatnonzero(work[two[0]] & work[two[1]])[-9]),
        "minute": 600,
        "minutes": 30,
        "organizer_id": ids[two[0]],
        "attendee_ids": _joined(ids, two, COUNCIL),
        "series_id": "",
    }
    rows = pd.concat([rows, pd.DataFrame([secret])], ignore_index=True)
    rows["started_at"] = _instants(days, rows["day"], rows["minute"] * 60)
    rows["ended_at"] = _instants(days, rows["day"], (rows["minute"] + rows["minutes"]) * 60)
    rows = rows.sort_values(["started_at", "organizer_id", "attendee_ids", "series_id"], ignore_index=True)
    width = max(5, len(str(len(rows))))
    rows["meeting_id"] = [f"m{number:0{width}d}" for number in range(1, len(rows) + 1)]
    return rows[["meeting_id", "started_at", "ended_at", "organizer_id", "attendee_ids", "series_id"]]


def message_table(
    letters: pd.DataFrame, *, chart: Chart, days: Days, ids: np.ndarray, work: np.ndarray, rng: np.random.Generator
) -> pd.DataFrame:
    """Return messages.csv; `letters` has `day`, `second`, `sender`, `recipients`, `channel` and what :mod:`stage` adds."""
    rows = pd.DataFrame(
        {
            "day": letters["day"].to_numpy(),
            "second": letters["second"].to_numpy(),
            "sender_id": ids[letters["sender"].to_numpy(int)],
            "recipient_ids": [_joined(ids, people) for people in letters["recipients"]],
            "channel": letters["channel"].to_numpy(),
            **{name: letters[name].to_numpy() for name in ("talk", "is_answer", "is_ask", "is_thanks")},
        }
    )
    rows = pd.concat([rows, _by_accounts(chart, ids, work, rng)], ignore_index=True)
    rows = rows.sort_values(["sender_id", "day", "second", "recipient_ids"], ignore_index=True)
    # Same sender and same second would be read as one message to more people.
    while (twice := rows.duplicated(["sender_id", "day", "second"])).any():
        rows.loc[twice, "second"] += 1
    rows["sent_at"] = _instants(days, rows["day"], rows["second"])
    rows = rows.sort_values(["sent_at", "sender_id", "recipient_ids"], ignore_index=True)
    return _threaded(rows)[
        [*("sent_at", "sender_id", "recipient_ids", "channel"), *("message_id", "thread_id", "reply_to_id"), *FLAGS]
    ]


def _threaded(rows: pd.DataFrame) -> pd.DataFrame:
    """Give ids to talks of several messages, and to the messages in them that were answered; flags become 1 and 0."""
    talk = rows["talk"].map(str, na_action="ignore")
    size = talk.map(talk.value_counts())
    # Numbered by first message, so that ids say nothing but the order of the log.
    number = {key: place for place, key in enumerate(talk[size > 1].dropna().drop_duplicates(), start=1)}
    thread = talk.map(number).astype("Int64")
    turn = thread.groupby(thread).cumcount()
    name = thread.astype("str")
    own = (name + "." + turn.astype("str")).where(turn > 0, name)
    before = (name + "." + (turn - 1).astype("str")).where(turn > 1, name)
    is_answer = thread.notna() & (turn > 0) & rows["is_answer"].fillna(False).astype(bool)
    is_answered = own.isin(before[is_answer])
    rows = rows.assign(
        message_id=own.where(thread.notna() & is_answered, ""),
        thread_id=("t" + name).where(thread.notna(), ""),
        reply_to_id=before.where(is_answer, ""),
    )
    for flag in FLAGS:
        rows[flag] = rows[flag].fillna(False).astype(int)
    return rows


def survey_table(ratings: list[tuple[int, int, str, float]], *, ids: np.ndarray) -> pd.DataFrame:
    """Return survey.csv: who rated whom, on what, how high."""
    rows = [(ids[rater], ids[rated], question, f"{value:g}") for rater, rated, question, value in ratings]
    columns = ["rater_id", "rated_id", "question", "value"]
    return pd.DataFrame(rows, columns=columns).sort_values(columns[:3], ignore_index=True)


def absence_table(absences: pd.DataFrame, *, days: Days, ids: np.ndarray) -> pd.DataFrame:
    """Return absences.csv."""
    return pd.DataFrame(
        {
            "person_id": ids[absences["person"].to_numpy(int)],
            "from_on": [days.on(day).isoformat() for day in absences["from_day"]],
            "to_on": [days.on(day).isoformat() for day in absences["to_day"]],
        }
    ).sort_values(["person_id", "from_on", "to_on"], ignore_index=True)


def planted_table(
    parts: Cast, contacts: pd.DataFrame, *, chart: Chart, department: np.ndarray, days: Days, ids: np.ndarray
) -> pd.DataFrame:
    """Return planted.csv, seen from `person_id`: what `lens` should find; kind `none` is a look-alike."""
    low = np.minimum(contacts["starter"], contacts["other"])
    high = np.maximum(contacts["starter"], contacts["other"])
    last = contacts.groupby([low.rename("low"), high.rename("high")])["day"].max().to_dict()
    work = parts.ties[parts.ties["kind"] == "project"]  # its last contact is its last meeting
    ends = np.sort(work[["a", "b"]].to_numpy(), axis=1).tolist()
    last |= dict(zip(map(tuple, ends), work["to_day"].tolist(), strict=True))
    rows = []
    for person, other, kind, note in parts.rows:
        there = department[other] if other >= 0 else -1 - other
        since = 0
        if other >= 0 and (kind == "fading" or note.startswith("look-alike")):
            since = int(last.get((min(person, other), max(person, other)), -1)) + 1
        since = max(since, int(parts.first_day[person]))
        name = ids[other] if other >= 0 else ""
        rows.append(
            (ids[person], name, chart.departments[there], kind, days.on(since).isoformat(), note, "neglected_peers")
        )
    for lens, person, other, kind, since, note in parts.lens_rows:
        name, there = (ids[other], chart.departments[department[other]]) if other >= 0 else ("", "")
        rows.append((ids[person], name, there, kind, days.on(since).isoformat(), note, lens))
    columns = ["person_id", "other_id", "other_department", "kind", "since_on", "note", "lens"]
    order = ["lens", "kind", "person_id", "other_id"]
    return pd.DataFrame(rows, columns=columns).sort_values(order, ignore_index=True)


def _by_accounts(chart: Chart, ids: np.ndarray, work: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    """Return messages of and to addresses that are no persons, and some to the works council."""
    rows = []
    for monday in range(0, work.shape[1], 7):
        day = monday + 2
        present = [int(head) for head in chart.heads[:8] if work[head, day]]
        if present and work[CHIEF, day]:
            rows.append((day, 28_800, ASSISTANT, _joined(ids, present[:1]), "mail"))
        if work[CHIEF, day] and monday % 28 == 0:
            rows.append((day, 30_600, ids[CHIEF], STAFF, "mail"))
        lead = int(chart.leads[monday // 7 % len(chart.leads)])
        if work[lead, day]:
            rows.append((day, 21_600, BOT, ids[lead], "chat"))
    for person in rng.permutation(np.flatnonzero(chart.level == 4))[:5].tolist():
        day = int(rng.permutation(np.flatnonzero(work[person]))[0])
        rows.append((day, 36_000, ids[person], COUNCIL, "mail"))
        rows.append((day, 39_600, COUNCIL, ids[person], "mail"))
    return pd.DataFrame(rows, columns=["day", "second", "sender_id", "recipient_ids", "channel"])


def _joined(ids: np.ndarray, people: list[int], account: str | None = None) -> str:
    names = [ids[person] for person in people]
    return ";".join(names if account is None else [*names, account])


def _instants(days: Days, day: pd.Series, second: pd.Series) -> np.ndarray:
    start = np.datetime64(days.first, "s")
    moment = start + (day.to_numpy(int) * 86_400 + second.to_numpy(int)).astype("timedelta64[s]")
    return np.char.add(np.datetime_as_string(moment), "Z").astype(object)
