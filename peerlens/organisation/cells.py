"""Pairs of people added up to cells of groups: how much, by how many, and whether two of them hold it all."""

from __future__ import annotations

import numpy as np
import pandas as pd

CELLS = ("ga", "gb", "n", "people_a", "people_b", "top_two")


def make_cells(pairs: pd.DataFrame, groups: int) -> pd.DataFrame:
    """Add pairs up to one row per two groups (or one group with itself).

    Parameters
    ----------
    pairs
        ``a, b, n, ga, gb`` with ``ga <= gb``; person ``a`` is in ``ga``.
    groups
        How many groups there are.

    Returns
    -------
    pandas.DataFrame
        ``ga, gb, n`` (contact days), ``people_a, people_b`` (distinct people with contact on each side), ``top_two``
        (share of the
        contact days in which one of the two most active people took part), ordered by groups.

    Examples
    --------
    >>> pairs = pd.DataFrame({"a": [0, 1], "b": [2, 2], "n": [3, 1], "ga": [0, 0], "gb": [1, 1]})
    >>> make_cells(pairs, 2).to_dict("records")
    [{'ga': 0, 'gb': 1, 'n': 4, 'people_a': 2, 'people_b': 1, 'top_two': 1.0}]
    """
    if pairs.empty:
        return pd.DataFrame({name: np.zeros(0, np.int64) for name in CELLS}).astype({"top_two": float})
    a, b, n, ga, gb = (pairs[name].to_numpy(np.int64) for name in ("a", "b", "n", "ga", "gb"))
    cell, persons = ga * groups + gb, int(max(a.max(), b.max())) + 1
    code, at = np.unique(cell, return_inverse=True)
    total = np.bincount(at, n, len(code)).astype(np.int64)
    is_inside = code // groups == code % groups
    # Everybody's contact days in each cell and on each side of it; inside a group there is one side.
    side = np.where(ga == gb, 0, 1)
    ends = np.concatenate([at * 2, at * 2 + side]) * persons + np.concatenate([a, b])
    each, which = np.unique(ends, return_inverse=True)
    days = np.bincount(which, np.concatenate([n, n]), len(each)).astype(np.int64)
    place, person = each // persons, each % persons
    order = np.lexsort((person, -days, place))
    place, person, days = place[order], person[order], days[order]
    begin = np.searchsorted(place, np.arange(2 * len(code) + 1))
    count = np.diff(begin)

    def nth(turn: int) -> tuple[np.ndarray, np.ndarray]:
        """Return who has most days, or second most, by cell and side, and how many; -1 and 0 without one."""
        row = np.minimum(begin[:-1] + turn, len(days) - 1)
        return tuple(np.where(count > turn, part[row], none).reshape(-1, 2) for part, none in ((days, 0), (person, -1)))

    (one, who), (two, runner_up) = nth(0), nth(1)
    shared = (at * persons + a) * persons + b
    by_pair = np.argsort(shared)

    def of(first: np.ndarray, second: np.ndarray) -> np.ndarray:
        """Return the contact days of two people in each cell; 0 where they have none."""
        wanted = (np.arange(len(code)) * persons + first) * persons + second
        hit = by_pair[np.minimum(np.searchsorted(shared, wanted, sorter=by_pair), len(shared) - 1)]
        return np.where((shared[hit] == wanted) & (np.minimum(first, second) >= 0), n[hit], 0)

    low, high = np.minimum(who[:, 0], runner_up[:, 0]), np.maximum(who[:, 0], runner_up[:, 0])
    within = one[:, 0] + two[:, 0] - (of(low, high) + of(high, low))
    same_side = (one + two).max(axis=1)
    both_sides = one[:, 0] + one[:, 1] - of(who[:, 0], who[:, 1])
    top = np.where(is_inside, within, np.maximum(same_side, both_sides))
    people = count.reshape(-1, 2)
    return pd.DataFrame(
        {
            "ga": code // groups,
            "gb": code % groups,
            "n": total,
            "people_a": people[:, 0],
            "people_b": np.where(is_inside, people[:, 0], people[:, 1]),
            "top_two": np.minimum(top / np.maximum(total, 1), 1.0),
        }
    )


def all_cells(cells: pd.DataFrame, groups: int, *, limit: int = 2_000_000) -> pd.DataFrame:
    """Add the pairs of different groups without any contact, as zeros; left as they are where there would be too many."""
    if groups * (groups - 1) // 2 > limit:
        return cells
    low, high = np.triu_indices(groups, 1)
    empty = pd.DataFrame({"ga": low, "gb": high})
    whole = empty.merge(cells[cells["ga"] != cells["gb"]], on=["ga", "gb"], how="left")
    filled = whole.fillna({"n": 0, "people_a": 0, "people_b": 0, "top_two": 0.0})
    return filled.astype({"n": "int64", "people_a": "int64", "people_b": "int64"})


def is_thin(cells: pd.DataFrame, wanted: pd.DataFrame, *, k: int, dominance_share: float) -> np.ndarray:
    """Tell for which of ``wanted`` cells the contact in ``cells`` is of some people, but of too few to be spoken of.

    Parameters
    ----------
    cells
        From :func:`make_cells`, for a part of the days.
    wanted
        ``ga, gb``.
    k, dominance_share
        Fewest people on a side, and the largest share that two may hold.

    Examples
    --------
    >>> part = pd.DataFrame({"ga": [0, 0], "gb": [1, 2], "people_a": [2, 9], "people_b": [9, 9], "top_two": [0.5, 0.5]})
    >>> is_thin(part, pd.DataFrame({"ga": [0, 0, 1], "gb": [1, 2, 2]}), k=5, dominance_share=0.85)
    array([ True, False, False])
    """
    thin = (cells[["people_a", "people_b"]].min(axis=1) < k) | (cells["top_two"] > dominance_share)
    few = pd.MultiIndex.from_frame(cells.loc[thin, ["ga", "gb"]])
    return pd.MultiIndex.from_frame(wanted[["ga", "gb"]]).isin(few)
