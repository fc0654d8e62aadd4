"""Contacts become messages and short meetings of two."""

from __future__ import annotations

import numpy as np
import pandas as pd

from peerlens.sample.people import Chart

# How a contact of each kind happens: share that are a meeting of two, share of messages answered the same day,
# share with teammates in copy. One-sided ties are always answered: the planted answer is who starts, nothing else.
MANNERS = pd.DataFrame(
    [
        ("team", 0.00, 0.45, 0.10),
        ("line", 0.00, 0.50, 0.05),
        ("heads", 0.10, 0.85, 0.00),
        ("ring", 0.08, 0.85, 0.00),
        ("block", 0.08, 0.85, 0.00),
        ("partner", 0.08, 0.85, 0.00),
        ("support", 0.00, 0.95, 0.00),
        ("one_sided", 0.00, 1.00, 0.00),
        ("project", 0.00, 0.85, 0.00),
        ("thin", 0.00, 0.00, 1.00),
    ],
    columns=["kind", "meeting", "answered", "copied"],
)
OPENS, CLOSES = 7 * 3600, 15 * 3600  # seconds after midnight UTC; answers come within three hours


def split(sessions: pd.DataFrame, ties: pd.DataFrame, rng: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the contacts that are meetings of two, and those that are messages with their manners."""
    known = sessions.assign(kind=sessions["tie"].map(ties["kind"])).merge(
        MANNERS, on="kind", how="left", validate="m:1"
    )
    meets = rng.random(len(known)) < known["meeting"]
    return known[meets].reset_index(drop=True), known[~meets].reset_index(drop=True)


def written(talks: pd.DataFrame, *, chart: Chart, work: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    """Return messages: `day`, `second`, `sender`, `recipients` (numbers), `channel`, `talk` (of which talk), `is_answer`."""
    second = rng.integers(OPENS, CLOSES, len(talks))
    copies = _copies(talks, chart, work, rng)
    first = pd.DataFrame(
        {
            "day": talks["day"],
            "second": second,
            "sender": talks["starter"],
            "recipients": [[other, *extra] for other, extra in zip(talks["other"].tolist(), copies, strict=True)],
            "channel": _channel(talks, rng),
            "talk": np.arange(len(talks)),
            "is_answer": False,
        }
    )
    answered = (rng.random(len(talks)) < talks["answered"]).to_numpy()
    answer = pd.DataFrame(
        {
            "day": talks["day"],
            "second": second + rng.integers(300, 10800, len(talks)),
            "sender": talks["other"],
            "recipients": [[starter] for starter in talks["starter"].tolist()],
            "channel": first["channel"],
            "talk": first["talk"],
            "is_answer": True,
        }
    )[answered]
    return pd.concat([first, answer], ignore_index=True)


def newsletters(chart: Chart, *, work: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    """Return a monthly message of each head to six to fifteen people of the department: credit, but no close contact."""
    rows = []
    for number, head in enumerate(chart.heads.tolist()):
        own = np.flatnonzero((chart.department == number) & (chart.level > 2))
        for start in range(7 * (number % 4), work.shape[1], 28):
            day = start + number % 5
            there = own[work[own, day]]
            if work[head, day] and len(there) >= 6:
                chosen = np.sort(rng.permutation(there)[:15])
                rows.append((day, int(rng.integers(OPENS, CLOSES)), head, chosen.tolist(), "mail"))
    return pd.DataFrame(rows, columns=["day", "second", "sender", "recipients", "channel"])


def check_ins(
    letters: pd.DataFrame, rounds: pd.DataFrame, *, chart: Chart, work: np.ndarray, rng: np.random.Generator
) -> pd.DataFrame:
    """Return notes to the nearest boss at work, from people who did nothing else that day.

    Without them a few quiet days in a row would look like an absence. They go up the line, where nobody is a peer.
    """
    seen = np.zeros_like(work)
    seen[letters["sender"].to_numpy(int), letters["day"].to_numpy(int)] = True
    there = rounds[["day", "people"]].explode("people")
    seen[there["people"].to_numpy(int), there["day"].to_numpy(int)] = True
    sender, day = np.nonzero(work & ~seen & (rng.random(work.shape) < 0.6))
    boss = chart.manager[sender]
    for _ in range(2):
        away = (boss > 0) & ~work[boss, day]
        boss = np.where(away, chart.manager[boss], boss)
    keep = (boss >= 0) & work[boss, day]
    count = int(keep.sum())
    return pd.DataFrame(
        {
            "day": day[keep],
            "second": rng.integers(OPENS, CLOSES, count),
            "sender": sender[keep],
            "recipients": [[person] for person in boss[keep].tolist()],
            "channel": np.where(rng.random(count) < 0.6, "chat", "mail"),
        }
    )


def _channel(talks: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    chatty = np.where(talks["kind"].isin(["team", "line"]), 0.6, 0.25)
    return np.where(rng.random(len(talks)) < chatty, "chat", "mail")


def _copies(talks: pd.DataFrame, chart: Chart, work: np.ndarray, rng: np.random.Generator) -> list[list[int]]:
    """Choose teammates of the sender to copy: one or two now and then, three on every thin tie.

    A message to four people is close contact but needs no answer, and gives each of them a quarter of the credit:
    that is what makes the planted thin tie thin.
    """
    copied = (rng.random(len(talks)) < talks["copied"]).to_numpy()
    wanted = np.where(talks["kind"] == "thin", 3, 1 + (rng.random(len(talks)) < 0.3))
    team = chart.team[talks["starter"].to_numpy()]
    at = np.flatnonzero(copied & (team >= 0))
    width = 1 + max(len(members) for members in chart.members)
    mates = np.full((len(chart.leads), width), -1)
    for number, members in enumerate(chart.members):
        mates[number, : len(members) + 1] = [chart.leads[number], *members]
    crew = mates[team[at]]
    ends = talks[["starter", "other"]].to_numpy()[at]
    fit = (crew >= 0) & (crew != ends[:, :1]) & (crew != ends[:, 1:])
    fit &= work[crew, talks["day"].to_numpy()[at][:, None]]
    lot = np.where(fit, rng.random(crew.shape), 2.0)
    order = np.argsort(lot, axis=1, kind="stable")
    many = np.minimum(fit.sum(axis=1), wanted[at])
    copies: list[list[int]] = [[] for _ in range(len(talks))]
    for row, place in enumerate(at.tolist()):
        copies[place] = crew[row, order[row, : many[row]]].tolist()
    return copies
