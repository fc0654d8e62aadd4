"""Pairs of people added up to cells of groups: how much, by how many, and whether two of them hold it all."""

from __future__ import annotations

import numpy as np
import pandas as pd


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
    cell = pairs["ga"].to_numpy(np.int64) * groups + pairs["gb"].to_numpy(np.int64)
    is_inside = (pairs["ga"] == pairs["gb"]).to_numpy()
    ends = pd.DataFrame(
        {
            "cell": np.concatenate([cell, cell]),
            "side": np.concatenate([np.zeros(len(cell), np.int8), np.where(is_inside, 0, 1).astype(np.int8)]),
            "person": np.concatenate([pairs["a"], pairs["b"]]),
            "n": np.concatenate([pairs["n"], pairs["n"]]),
        }
    )
    each = ends.groupby(["cell", "side", "person"], sort=True)["n"].sum().reset_index()
    each = each.sort_values(["cell", "side", "n", "person"], ascending=[True, True, False, True])
    each["turn"] = each.groupby(["cell", "side"]).cumcount()
    counts = each.groupby(["cell", "side"]).size().unstack("side").reindex(columns=[0, 1])
    total = pd.Series(pairs["n"].to_numpy(), index=cell).groupby(level=0).sum()
    first = each[each["turn"] == 0].set_index(["cell", "side"])
    second = each[each["turn"] == 1].set_index(["cell", "side"])
    one = first["n"].unstack("side").reindex(columns=[0, 1])
    two = second["n"].unstack("side").reindex(index=one.index, columns=[0, 1]).fillna(0)
    who = first["person"].unstack("side").reindex(columns=[0, 1])

    shared = pairs.assign(cell=cell).set_index(["cell", "a", "b"])["n"]
    inside = pd.Series(one.index // groups == one.index % groups, index=one.index)
    runner_up = second["person"].unstack("side").reindex(index=one.index, columns=[0, 1])[0]
    low, high = np.minimum(who[0], runner_up), np.maximum(who[0], runner_up)
    within = one[0] + two[0] - (_of(shared, one.index, low, high) + _of(shared, one.index, high, low))
    same_side = (one + two).max(axis=1)
    both_sides = one[0] + one[1] - _of(shared, one.index, who[0], who[1])
    top = pd.concat([same_side, both_sides], axis=1).max(axis=1).where(~inside, within)
    code = total.index.to_numpy()
    return pd.DataFrame(
        {
            "ga": code // groups,
            "gb": code % groups,
            "n": total.to_numpy(),
            "people_a": counts[0].to_numpy(np.int64),
            "people_b": counts[1].fillna(counts[0]).to_numpy(np.int64),
            "top_two": (top / total).clip(upper=1.0).to_numpy(float),
        }
    )


def _of(shared: pd.Series, cell: pd.Index, a: pd.Series, b: pd.Series) -> pd.Series:
    """Return the contact days of given pairs in given cells; 0 where there are none."""
    wanted = pd.MultiIndex.from_arrays([cell, a.fillna(-1).astype("int64"), b.fillna(-1).astype("int64")])
    return pd.Series(shared.reindex(wanted).fillna(0).to_numpy(), index=cell)


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
