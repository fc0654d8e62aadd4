"""Neglected pairs of groups: contact that was weekly, and has fallen for good, beyond the ordinary ups and downs.

Contact days of two groups are counted in blocks of four weeks, each beside what the activity of the two in the same
block would give
(``S_A S_B / S``), so that a holiday of everybody is no drift. The block from which on contact is lowest is found by
the likelihood ratio
of two Poisson rates, divided by the pair's overdispersion (never below that of the middle pair). What such a search
finds where nothing
has changed is read off the same blocks in random order, all pairs together.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import ibis
import numpy as np
import pandas as pd

from peerlens.organisation.cells import make_cells
from peerlens.organisation.manylooks import accepted
from peerlens.privacy.groups import Released, let_out
from peerlens.ties.events import EPOCH

if TYPE_CHECKING:
    from peerlens.organisation.view import View

BLOCK_DAYS = 28
BEFORE, AFTER = 3, 2
"""blocks at least before and after the start of a drift"""
FEWEST_BLOCKS = 7
_SHUFFLED = 20_000
"""chance statistics gathered for reference, at least"""


@dataclass(frozen=True)
class Drifts:
    """Pairs of groups that drift apart, of how many looked at, and how many of those chance would give."""

    released: Released
    looked_at: int
    by_chance: float
    note: str


def drifting(view: View) -> Drifts:
    """Find pairs of groups whose contact fell and stayed low.

    Returns
    -------
    Drifts
        ``group_a, group_b, change`` (of the contact rate against the two groups' activity), ``since_on`` (first day of
        the four weeks
        from which on it is low).
    """
    ties, settings = view.ties, view.ties.settings.organisation
    last = view.last_day
    log_first = int((pd.Timestamp(ties.log_first_on) - pd.Timestamp(0)).days)
    blocks = min(7 * settings.drift_weeks, last - log_first + 1) // BLOCK_DAYS
    if blocks < FEWEST_BLOCKS:
        return Drifts(
            _out(view, _empty()), 0, 0.0, f"A drift needs {4 * FEWEST_BLOCKS} weeks of log; there are {4 * blocks}."
        )
    first = last - blocks * BLOCK_DAYS + 1
    pairs = view.between(first, last)
    cells = make_cells(pairs[pairs["ga"] != pairs["gb"]], len(view.names))
    # Weekly contact over the whole time, by enough people on both sides: two groups that are expected to work together.
    is_asked = (
        (cells[["people_a", "people_b"]].min(axis=1) >= view.k)
        & (cells["top_two"] <= view.dominance_share)
        & (cells["n"] >= 4 * blocks)
    )
    asked = cells[is_asked].reset_index(drop=True)
    seen, awaited = _series(view, asked, first, blocks)
    whole = awaited.sum(axis=1) > 0
    asked, seen, awaited = asked[whole].reset_index(drop=True), seen[whole], awaited[whole]
    if asked.empty:
        return Drifts(_out(view, _empty()), 0, 0.0, "No two groups had weekly contact by enough people on both sides.")
    spread = np.median(_best(seen, awaited, 1.0)[2])
    score, split, _, change = _best(seen, awaited, max(spread, 1.0))
    chance = _by_chance(seen, awaited, settings.seed)
    p = (1 + len(chance) - np.searchsorted(chance, score, side="left")) / (1 + len(chance))
    limit = accepted(p, settings.false_share)
    found = (p <= limit) & (change <= -settings.drift_fall)
    since = [EPOCH + timedelta(days=int(first + BLOCK_DAYS * at)) for at in split]
    rows = asked.assign(change=change, since_on=pd.to_datetime(pd.Series(since)).dt.date)[found]
    return Drifts(_out(view, rows), len(asked), len(asked) * limit, "")


def _empty() -> pd.DataFrame:
    columns = ["ga", "gb", "people_a", "people_b", "top_two", "change", "since_on"]
    return pd.DataFrame({name: pd.Series(dtype="float64") for name in columns}).astype({"ga": "int64", "gb": "int64"})


def _out(view: View, rows: pd.DataFrame) -> Released:
    names = np.array(view.names, dtype=object)
    rows = rows.assign(group_a=names[rows["ga"]], group_b=names[rows["gb"]])
    return let_out(
        rows,
        {"change": "tenth", "since_on": "as it is"},
        keys=("group_a", "group_b"),
        people=("people_a", "people_b"),
        k=view.k,
        dominance_share=view.dominance_share,
    )


def _series(view: View, asked: pd.DataFrame, first: int, blocks: int) -> tuple[np.ndarray, np.ndarray]:
    """Return contact days, and those that activity alone would give, by pair of groups (rows) and block (columns)."""
    engine, table = view.ties.engine, view.ties.pair_days
    member = engine.from_frame(view.as_table(), name="members")
    one = member.select(a_no="person_no", g="group_no")
    two = member.select(b_no="person_no", h="group_no")
    rows = table.filter(table.is_close & (table.day_no >= first) & (table.day_no <= view.last_day))
    rows = rows.join(one, "a_no").join(two, "b_no")
    rows = rows.select(
        ga=ibis.least(rows.g, rows.h), gb=ibis.greatest(rows.g, rows.h), block=(rows.day_no - first) // BLOCK_DAYS
    )
    tally = engine.frame(rows.group_by(["ga", "gb", "block"]).agg(n=rows.count()).order_by(["ga", "gb", "block"]))
    engine.drop(member)
    groups = len(view.names)
    activity = np.zeros((groups, blocks))
    for side in ("ga", "gb"):
        np.add.at(activity, (tally[side].to_numpy(), tally["block"].to_numpy()), tally["n"].to_numpy(float))
    place = pd.Series(np.arange(len(asked)), index=asked["ga"] * groups + asked["gb"])
    at = (tally["ga"].astype("int64") * groups + tally["gb"]).map(place)
    known = at.notna().to_numpy()
    seen = np.zeros((len(asked), blocks))
    seen[at[known].astype(int), tally["block"][known]] = tally["n"][known]
    total = np.maximum(activity.sum(axis=0), 1.0)
    return seen, activity[asked["ga"]] * activity[asked["gb"]] / total


def _best(seen: np.ndarray, awaited: np.ndarray, least: float) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return, per row, the score of the best split, the split, the overdispersion around it, and the change of rate."""
    blocks = seen.shape[1]
    y, e = np.cumsum(seen, axis=1), np.maximum(np.cumsum(awaited, axis=1), 1e-9)
    best = np.zeros(len(seen))
    split = np.full(len(seen), BEFORE)
    for at in range(BEFORE, blocks - AFTER + 1):
        y1, e1, y2, e2 = y[:, at - 1], e[:, at - 1], y[:, -1] - y[:, at - 1], np.maximum(e[:, -1] - e[:, at - 1], 1e-9)
        gain = 2 * (_likely(y1, e1) + _likely(y2, e2) - _likely(y[:, -1], e[:, -1]))
        gain = np.where(y2 / e2 < y1 / e1, gain, 0.0)
        better = gain > best
        best, split = np.where(better, gain, best), np.where(better, at, split)
    row = np.arange(len(seen))
    y1, e1 = y[row, split - 1], e[row, split - 1]
    before, after = y1 / e1, (y[:, -1] - y1) / np.maximum(e[:, -1] - e1, 1e-9)
    is_after = np.arange(blocks) >= split[:, None]
    mean = np.maximum(awaited * np.where(is_after, after[:, None], before[:, None]), 0.25)
    spread = ((seen - mean) ** 2 / mean).sum(axis=1) / max(blocks - 2, 1)
    score = np.sqrt(np.maximum(best, 0) / np.maximum(spread, least))
    with np.errstate(divide="ignore", invalid="ignore"):
        change = np.where(before > 0, after / before - 1, 0.0)
    return score, split, spread, change


def _likely(y: np.ndarray, e: np.ndarray) -> np.ndarray:
    return np.where(y > 0, y * np.log(np.maximum(y, 1e-12) / e), 0.0)


def _by_chance(seen: np.ndarray, awaited: np.ndarray, seed: int) -> np.ndarray:
    """Return the scores of the same blocks in random order, sorted. Blocks are shuffled alike for all pairs."""
    random = np.random.default_rng(seed)
    turns = int(np.clip(np.ceil(_SHUFFLED / len(seen)), 99, 1999))
    if len(seen) * turns > 40 * _SHUFFLED:
        turns = 99
    scores = []
    for _ in range(turns):
        order = random.permutation(seen.shape[1])
        y, e = seen[:, order], awaited[:, order]
        spread = max(float(np.median(_best(y, e, 1.0)[2])), 1.0)
        scores.append(_best(y, e, spread)[0])
    return np.sort(np.concatenate(scores))
