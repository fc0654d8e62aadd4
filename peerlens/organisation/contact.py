"""Contact inside groups and between every two of them, observed against what size and activity alone give."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from peerlens.organisation import expected
from peerlens.organisation.cells import all_cells, make_cells
from peerlens.organisation.manylooks import accepted
from peerlens.privacy.groups import Released, let_out

if TYPE_CHECKING:
    from peerlens.organisation.view import View

LESS, MORE, AS_EXPECTED = "less than expected", "more than expected", "as expected, or cannot tell"
NONE_EXPECTED = "none on record, and little would be expected"
NO_SURPRISE = 0.05
"""probability of no contact at all, above which none is no surprise"""
NINETY = 1.6449
"""standard deviations on either side that hold 90 % of a normal distribution"""
LITTLE, MUCH = 0.8, 1.2
"""a ratio between them is called neither less nor more, however sure it is"""
INTERVAL_FROM = 10
"""people with contact on each side from whom on an interval is given: that of fewer says how evenly contact is spread over them,
and with that how much any four of five have"""


def pair_contact(view: View, pairs: pd.DataFrame) -> Released:
    """Compare contact between every two groups with what each group's contact outside itself alone would give.

    Returns
    -------
    Released
        ``group_a, group_b, ratio`` (observed over expected contact days), ``ratio_low, ratio_high`` (90 % interval
        over resamples of
        people; from ten people with contact on each side), ``reads`` (less or more than expected by a fifth and beyond chance,
        Benjamini-Hochberg over all pairs).
    """
    groups, settings = len(view.names), view.ties.settings.organisation
    across = pairs[pairs["ga"] != pairs["gb"]]
    cells = all_cells(make_cells(across, groups), groups).sort_values(["ga", "gb"], ignore_index=True)
    wanted = np.asarray(cells[["people_a", "people_b"]].min(axis=1) >= view.k)
    awaited = expected.across_expected(cells, groups)
    low, high = expected.ratio_intervals(
        across, cells, groups, wanted=wanted, resamples=settings.resamples, seed=settings.seed
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(awaited > 0, cells["n"] / awaited, np.nan)
    is_none = np.asarray(cells["n"] == 0)
    # Contact comes in bunches of a pair: so many days at a time.
    bunch = float((across["n"].astype(float) ** 2).sum() / max(across["n"].sum(), 1))
    by_chance = np.exp(-awaited / max(bunch, 1.0))
    p = np.where(is_none, by_chance, _surprise(ratio, low, high))
    reads = np.where(is_none & (by_chance > NO_SURPRISE), NONE_EXPECTED, _reads(ratio, p, share=settings.false_share))
    ratio = np.where(is_none & (by_chance > NO_SURPRISE), np.nan, ratio)
    is_many = np.asarray(cells[["people_a", "people_b"]].min(axis=1) >= max(INTERVAL_FROM, view.k))
    low, high = np.where(is_many, low, np.nan), np.where(is_many, high, np.nan)
    cells = cells.assign(ratio=ratio, ratio_low=low, ratio_high=high, reads=reads)
    return _named(
        view,
        cells,
        {"ratio": "tenth", "ratio_low": "tenth", "ratio_high": "tenth", "reads": "as it is"},
    )


def _surprise(ratio: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Return how likely a ratio so far from 1 is by chance, from its 90 % interval; NaN without one."""
    from scipy.special import ndtr

    with np.errstate(divide="ignore", invalid="ignore"):
        away = np.where(ratio < 1, (1 - ratio) / (high - ratio), (ratio - 1) / (ratio - low))
    return 2 * ndtr(-NINETY * away)


def _reads(ratio: np.ndarray, p: np.ndarray, *, share: float) -> np.ndarray:
    """Say which ratios are off 1 by enough to matter, beyond chance for all pairs looked at together."""
    shown = np.round(ratio, 1)
    is_sure = p <= accepted(p[~np.isnan(p)], share)
    return np.select([is_sure & (shown <= LITTLE), is_sure & (shown >= MUCH)], [LESS, MORE], AS_EXPECTED)


def _named(view: View, cells: pd.DataFrame, figures: dict) -> Released:
    names = np.array(view.names, dtype=object)
    named = cells.assign(group_a=names[cells["ga"]], group_b=names[cells["gb"]])
    return let_out(
        named,
        figures,
        keys=("group_a", "group_b"),
        people=("people_a", "people_b"),
        k=view.k,
        dominance_share=view.dominance_share,
        lines=("group_a", "group_b"),
    )


def group_contact(view: View, pairs: pd.DataFrame) -> Released:
    """Say how much of each group's contact stays inside it, against what size and activity alone would give.

    Returns
    -------
    Released
        ``group, people, inside_share, expected_share, ei_index, ei_expected`` (outside less inside, over all contact;
        -1 all inside, 1
        all outside: Krackhardt and Stern 1988), ``peers_across`` (median number of peers in other groups that a person
        has a live tie
        to; from 10 people).
    """
    groups = len(view.names)
    # A person's contact inside counts for them as much as contact outside: both ends of a pair are counted.
    inside = pairs["ga"] == pairs["gb"]
    days = np.bincount(pairs["a"], pairs["n"], len(view.code)) + np.bincount(pairs["b"], pairs["n"], len(view.code))
    who = np.flatnonzero((view.code >= 0) & (days > 0))
    within = np.bincount(pairs["ga"][inside], 2 * pairs["n"][inside], groups)
    total = np.bincount(view.code[who], days[who], groups)
    awaited = expected.inside_share(days[who], view.code[who], groups)
    ranked = who[np.lexsort((-days[who], view.code[who]))]
    is_top = pd.Series(view.code[ranked]).groupby(view.code[ranked]).cumcount().to_numpy() < 2
    top = np.bincount(view.code[ranked[is_top]], days[ranked[is_top]], groups)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(total > 0, within / total, np.nan)
        top_two = np.where(total > 0, top / total, 0.0)
    share, awaited = (
        np.round(share, 1),
        np.round(awaited, 1),
    )  # the index is made from the shares shown: it adds no digits
    cells = pd.DataFrame(
        {
            "group": view.names,
            "people": view.sizes,
            "active": np.bincount(view.code[who], minlength=groups),
            "top_two": top_two,
            "inside_share": share,
            "expected_share": awaited,
            "ei_index": 1 - 2 * share,
            "ei_expected": 1 - 2 * awaited,
            "peers_across": _peers_across(view),
        }
    )
    figures = {
        "people": "count",
        "inside_share": "tenth",
        "expected_share": "tenth",
        "ei_index": "tenth",
        "ei_expected": "tenth",
        "peers_across": "whole",
    }
    return let_out(
        cells, figures, keys=("group",), people=("people", "active"), k=view.k, dominance_share=view.dominance_share
    )


def _peers_across(view: View) -> np.ndarray:
    """Count live ties to peers in other groups per person, and take the median of each group of ten or more."""
    sides, ties = view.ties.sides, view.ties
    rows = ties.engine.frame(
        sides.filter(sides.is_live & sides.is_peer).select("person_id", "other_id").order_by(["person_id", "other_id"])
    )
    number = ties.persons.set_index("person_id")["person_no"]
    mine, theirs = view.code[rows["person_id"].map(number)], view.code[rows["other_id"].map(number)]
    across = (mine >= 0) & (theirs >= 0) & (mine != theirs)
    reached = np.bincount(rows["person_id"].map(number)[across], minlength=len(view.code))
    known = np.flatnonzero(view.code >= 0)
    median = pd.Series(reached[known]).groupby(view.code[known]).median().reindex(range(len(view.names)))
    return np.where(view.sizes >= max(10, view.k), median.to_numpy(float), np.nan)
