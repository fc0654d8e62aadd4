"""How near two people are in the chart, and how long both have been there: what makes contact likely before any is seen."""

from __future__ import annotations

import numpy as np
import pandas as pd

MOST_LEVELS = 20
"""steps up the reporting lines that are followed; a circle of managers ends here too"""


def closeness(a: np.ndarray, b: np.ndarray, persons: pd.DataFrame) -> np.ndarray:
    """Describe pairs by the organisation chart and by time: a column for each thing known, none where nothing is.

    Parameters
    ----------
    a, b
        Person numbers of each pair.
    persons
        One row per person in order of ``person_no``: ``person_id, manager_id, there_days``.

    Returns
    -------
    numpy.ndarray
        ``log(1 + steps)``, steps being those up and down the reporting lines from one to the other, and whether no such way is
        known (the first is then the mean of the others); ``log(1 + days)``, days being those both have been there.
    """
    columns = []
    steps = chart_steps(a, b, managers(persons))
    known = steps >= 0
    if known.any():
        distance = np.log1p(np.maximum(steps, 0))
        columns.append(np.where(known, distance, distance[known].mean()))
        if not known.all():
            columns.append((~known).astype(float))
    days = persons["there_days"].to_numpy(float)
    if not np.isnan(days).all():
        days = np.where(np.isnan(days), np.nanmedian(days), days)
        columns.append(np.log1p(np.maximum(np.minimum(days[a], days[b]), 0.0)))
    return np.column_stack(columns) if columns else np.empty((len(a), 0))


def managers(persons: pd.DataFrame) -> np.ndarray:
    """Return the number of each person's manager; -1 where none is known."""
    number = pd.Series(np.arange(len(persons)), index=persons["person_id"].astype("str"))
    found = persons["manager_id"].astype("str").map(number)
    return found.fillna(-1).to_numpy("int64")


def chart_steps(a: np.ndarray, b: np.ndarray, manager: np.ndarray) -> np.ndarray:
    """Count the steps from one person up to the nearest manager of both and down to the other; -1 where there is none.

    Examples
    --------
    1 and 2 report to 0, and 3 to 1; nobody knows about 4.

    >>> chart_steps(np.array([1, 1, 3, 3]), np.array([2, 3, 2, 4]), np.array([-1, 0, 0, 1, -1])).tolist()
    [2, 1, 3, -1]
    """
    lines = [np.arange(len(manager))]
    while len(lines) <= MOST_LEVELS and (lines[-1] >= 0).any():
        lines.append(np.where(lines[-1] >= 0, manager[np.maximum(lines[-1], 0)], -1))
    depth = sum((line >= 0).astype("int64") for line in lines) - 1
    # Every line from its top down, so that two people share a manager for as long as their lines agree.
    whole = np.column_stack(lines)
    level = np.arange(whole.shape[1])
    from_top = np.take_along_axis(whole, np.maximum(depth[:, None] - level, 0), axis=1)
    shared, agrees = np.zeros(len(a), dtype="int64"), np.ones(len(a), dtype=bool)
    for step in range(int(depth.max(initial=0)) + 1):
        agrees &= (depth[a] >= step) & (depth[b] >= step) & (from_top[a, step] == from_top[b, step])
        shared += agrees
    return np.where(shared > 0, depth[a] + depth[b] - 2 * (shared - 1), -1)
