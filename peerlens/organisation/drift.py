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

from peerlens.organisation.cells import is_thin, make_cells
from peerlens.organisation.change import CAP
from peerlens.organisation.manylooks import accepted
from peerlens.privacy.groups import PART_FEW, Released, let_out
from peerlens.ties.events import EPOCH

if TYPE_CHECKING:
    from peerlens.organisation.view import View

BLOCK_DAYS = 28
BEFORE, AFTER = 3, 2
"""blocks at least before and after the start of a drift"""
FEWEST_BLOCKS = 7
_SHUFFLED = 20_000
"""chance statistics gathered for reference, at least"""
_TURNS, _MOST, _AT_ONCE = 99, 1_000_000, 50_000
"""orders of the blocks tried at least, chance statistics at most, and how many of them are made together"""
_BASELINE, _MOST_ALIKE, _LEAST_SEEN = 40, 0.8, 0.3
"""orders of the blocks for what neighbours have in common by themselves, the highest correlation taken, and the smallest part of
it that so few blocks are taken to show"""


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
        ``group_a, group_b, change`` (of the contact rate against the two groups' activity), ``or_more`` (by so much or more: few
        people are left behind it), ``since_on`` (first day of the four weeks from which on it is low).
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
    gain, split, spread, change = _best(seen, awaited)
    score = _score(gain, spread) / np.sqrt(lasting(seen, awaited, settings.seed))
    chance = _by_chance(seen, awaited, settings.seed)
    p = (1 + len(chance) - np.searchsorted(chance, score, side="left")) / (1 + len(chance))
    limit = accepted(p, settings.false_share)
    found = (p <= limit) & (change <= -settings.drift_fall)
    since = [EPOCH + timedelta(days=int(first + BLOCK_DAYS * at)) for at in split]
    rows = asked.assign(change=change, split=split, since_on=pd.to_datetime(pd.Series(since)).dt.date)[found]
    rows = _without_thin_ends(view, rows, first)
    return Drifts(_out(view, rows), len(asked), len(asked) * limit, "")


def _empty() -> pd.DataFrame:
    columns = ["ga", "gb", "people_a", "people_b", "top_two", "change", "split", "since_on"]
    numbers = pd.DataFrame({name: pd.Series(dtype="float64") for name in columns})
    return numbers.astype({"ga": "int64", "gb": "int64"}).assign(or_more=pd.Series(dtype="bool"), held="")


def _without_thin_ends(view: View, rows: pd.DataFrame, first: int) -> pd.DataFrame:
    """Say no more than a fall by half or more where too few people are left behind the contact, or stood behind it before."""
    rows = rows.reset_index(drop=True)
    before, after = np.zeros(len(rows), bool), np.zeros(len(rows), bool)
    for split in sorted(rows["split"].unique()):
        mine = (rows["split"] == split).to_numpy()
        middle = int(first + BLOCK_DAYS * split)
        for thin, days in ((before, (first, middle - 1)), (after, (middle, view.last_day))):
            pairs = view.between(*days)
            code = rows.loc[mine, "ga"] * len(view.names) + rows.loc[mine, "gb"]
            pairs = pairs[(pairs["ga"] * len(view.names) + pairs["gb"]).isin(code)]
            cells = make_cells(pairs, len(view.names))
            thin[mine] = is_thin(cells, rows[mine], k=view.k, dominance_share=view.dominance_share)
    capped = after & ~before & (rows["change"] <= -CAP).to_numpy()
    held = np.where((before | after) & ~capped, PART_FEW.format(k=view.k), "")
    return rows.assign(change=rows["change"].mask(capped, -CAP), or_more=capped, held=held)


def _out(view: View, rows: pd.DataFrame) -> Released:
    names = np.array(view.names, dtype=object)
    rows = rows.assign(group_a=names[rows["ga"]], group_b=names[rows["gb"]])
    return let_out(
        rows,
        {"change": "tenth", "or_more": "as it is", "since_on": "as it is"},
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


def _best(seen: np.ndarray, awaited: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return, per row, the gain of the best split, the split, the overdispersion around it, and the change of rate."""
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
    spread = (_residuals(seen, awaited, split) ** 2).sum(axis=1) / max(blocks - 2, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        change = np.where(before > 0, after / before - 1, 0.0)
    return best, split, spread, change


def _residuals(seen: np.ndarray, awaited: np.ndarray, split: np.ndarray) -> np.ndarray:
    """Return Pearson residuals around the rates before and after a split of each row."""
    is_after = np.arange(seen.shape[1]) >= split[:, None]
    rate = np.zeros(seen.shape)
    for part in (is_after, ~is_after):
        mean = (seen * part).sum(axis=1) / np.maximum((awaited * part).sum(axis=1), 1e-9)
        rate = np.where(part, mean[:, None], rate)
    mean = np.maximum(awaited * rate, 0.25)
    return (seen - mean) / np.sqrt(mean)


def lasting(seen: np.ndarray, awaited: np.ndarray, seed: int) -> float:
    """Return by how much ups and downs that last for more than a block widen the chance of a fall, 1 where they do not.

    ``(1 + r) / (1 - r)``, the variance of a mean of a first-order autoregression over that of as many independent ones; ``r``
    is the correlation of neighbouring residuals, all rows together, less what the same blocks have in random order (few blocks
    around a fitted split are negatively correlated by themselves).

    Parameters
    ----------
    seen, awaited
        Contact days and those expected, by pair of groups (rows) and block.
    seed
        Where the random numbers start.

    Examples
    --------
    >>> random = np.random.default_rng(1)
    >>> lasting(random.poisson(20.0, (200, 13)).astype(float), np.full((200, 13), 20.0), 1) < 1.2
    True
    """

    def neighbours(seen: np.ndarray, awaited: np.ndarray) -> float:
        split = _best(seen, awaited)[1]
        left = _residuals(seen, awaited, split)
        return float((left[:, 1:] * left[:, :-1]).sum() / max((left**2).sum(), 1e-9))

    random = np.random.default_rng(seed)
    orders = [random.permutation(seen.shape[1]) for _ in range(_BASELINE)]
    alone = float(np.mean([neighbours(seen[:, order], awaited[:, order]) for order in orders]))
    # Two means are fitted, each to half of the blocks or so: that hides 3 r / (n / 2) of it (Kendall 1954).
    seen_of_it = max(1 - 6 / seen.shape[1], _LEAST_SEEN)
    r = min(max(neighbours(seen, awaited) - alone, 0.0) / seen_of_it, _MOST_ALIKE)
    return (1 + r) / (1 - r)


def _score(gain: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """Divide by the overdispersion, never below that of the middle pair, nor below a Poisson count's."""
    return np.sqrt(np.maximum(gain, 0) / np.maximum(spread, np.maximum(np.median(spread, axis=0), 1.0)))


def _likely(y: np.ndarray, e: np.ndarray) -> np.ndarray:
    return np.where(y > 0, y * np.log(np.maximum(y, 1e-12) / e), 0.0)


def _by_chance(seen: np.ndarray, awaited: np.ndarray, seed: int) -> np.ndarray:
    """Return the scores of the same blocks in random order, sorted. Blocks are shuffled alike for all pairs.

    Where there are very many pairs, each turn takes other ones of them.
    """
    random = np.random.default_rng(seed)
    turns = int(np.clip(np.ceil(_SHUFFLED / len(seen)), _TURNS, 1999))
    rows = min(len(seen), max(_MOST // turns, 1))
    at_once = max(1, _AT_ONCE // rows)
    scores = []
    for start in range(0, turns, at_once):
        orders = np.array([random.permutation(seen.shape[1]) for _ in range(min(at_once, turns - start))])
        mine = np.arange(rows) if rows == len(seen) else np.sort(random.choice(len(seen), rows, replace=False))
        y, e = (part[mine][:, orders].reshape(-1, seen.shape[1]) for part in (seen, awaited))
        gain, _, spread, _ = _best(y, e)
        scores.append(_score(gain.reshape(rows, -1), spread.reshape(rows, -1)).ravel())
    return np.sort(np.concatenate(scores))
