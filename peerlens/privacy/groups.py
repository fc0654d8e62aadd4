"""The door out: the one function through which figures about groups leave.

A *cell* is a figure about the people of one group, or of two. It is withheld when fewer than ``k`` people stand behind one of its
sides, when two people hold most of it, or when it could be worked out from cells that are shown (complementary suppression).
What is shown is rounded: head counts down to fives, shares and ratios to 0.1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
import pandas as pd

from peerlens.errors import SettingsError

DEFAULT_K = 5
STEP = 5
"""head counts are rounded down to multiples of it"""

Rounding = Literal["tenth", "percent", "whole", "count", "as it is"]

FEW = "fewer than {k} people on one side"
DOMINATED = "two people hold over {share:.0f} % of it"
PART_FEW = "fewer than {k} people on one side in one of the two periods"
BETWEEN_FEW = "fewer than {k} people on one side in days by which a period differs from one compared before"
COMPLEMENT = "could be worked out from the figures beside it"


class Limits(Protocol):
    """The part of the privacy settings that says how few are too few."""

    @property
    def k(self) -> int:
        """Fewest people behind each side."""
        ...

    @property
    def settings_file(self) -> str:
        """Digest of the settings file that set it; empty without one."""
        ...


def allowed(privacy: Limits, k: int | None) -> int:
    """Return the k in force: that of the settings, or a larger one that was asked for; above five in steps of five.

    Parameters
    ----------
    privacy
        Settings in force.
    k
        Asked for by the caller; None for that of the settings.

    Raises
    ------
    SettingsError
        It is below five without a settings file that says so, or below that of the settings.

    Examples
    --------
    >>> from peerlens.settings import PrivacySettings
    >>> allowed(PrivacySettings(), 8)
    10
    >>> allowed(PrivacySettings(), 3)
    Traceback (most recent call last):
    ...
    peerlens.errors.SettingsError: k: found 3, expected 5 or more. Raising it is free; to lower it, write [privacy] k = 3 in ...
    """
    if privacy.k < DEFAULT_K and not privacy.settings_file:
        raise SettingsError(_too_low(privacy.k, DEFAULT_K))
    if k is not None and k < privacy.k:
        raise SettingsError(_too_low(k, privacy.k))
    if min(privacy.k, k or privacy.k) < 2:
        raise SettingsError(f"k: found {min(privacy.k, k or privacy.k)}, expected 2 or more: one person is no group.")
    return in_steps(privacy.k if k is None else k)


def in_steps(k: int) -> int:
    """Return the next multiple of five from five on: pages with k one apart would give away which counts are just that.

    Examples
    --------
    >>> [in_steps(k) for k in (3, 5, 6, 10)]
    [3, 5, 10, 10]
    """
    return k if k <= STEP else -(-k // STEP) * STEP


def _too_low(found: int, least: int) -> str:
    return (
        f"k: found {found}, expected {least} or more. Raising it is free; to lower it, write [privacy] k = {found} in "
        "peerlens.toml beside the data: every page then prints the hash of that file."
    )


@dataclass(frozen=True)
class Released:
    """What left through the door.

    Parameters
    ----------
    table
        The cells: keys, rounded figures (missing where withheld), and ``withheld``, the reason or an empty text.
    reasons
        Each reason with the number of cells withheld for it.
    """

    table: pd.DataFrame
    reasons: tuple[tuple[str, int], ...]


def let_out(
    cells: pd.DataFrame,
    figures: Mapping[str, Rounding],
    *,
    keys: tuple[str, ...],
    people: tuple[str, ...],
    k: int,
    dominance_share: float,
    lines: tuple[str, ...] = (),
) -> Released:
    """Withhold what says something about too few people, round the rest.

    Parameters
    ----------
    cells
        One row per cell. ``top_two``, where there, is the share that two people hold. ``held``, where there, is a
        reason for which
        a cell is withheld already. A cell behind which nobody stands at all (0 people on every side) is a plain zero, and shown.
    figures
        Columns to give out and how they are rounded. Nothing else but the keys leaves.
    keys
        Columns that name a cell.
    people
        Columns that count the people behind each side.
    k
        Fewest people on each side.
    dominance_share
        Two people who hold more than this share of a cell could work out each other's part.
    lines
        Key columns along which cells add up: all cells that name the same group, under any of these columns, are one line, and a
        lone withheld cell in a line takes its smallest neighbours with it.

    Examples
    --------
    >>> cells = pd.DataFrame({"group": ["A", "B"], "people": [3, 12], "ratio": [0.33, 1.26]})
    >>> figures = {"people": "count", "ratio": "tenth"}
    >>> out = let_out(cells, figures, keys=("group",), people=("people",), k=5, dominance_share=0.85)
    >>> out.table.to_dict("records")[1]
    {'group': 'B', 'people': '10', 'ratio': 1.3, 'withheld': ''}
    >>> out.reasons
    (('fewer than 5 people on one side', 1),)
    """
    counts = cells[list(people)].to_numpy(float)
    reason = np.full(len(cells), "", dtype=object)
    if len(cells):
        is_empty = (counts == 0).all(axis=1)
        if "held" in cells:
            reason = cells["held"].fillna("").to_numpy(object).copy()
        few = (counts.min(axis=1) < k) & ~is_empty
        reason[few & (reason == "")] = FEW.format(k=k)
        if "top_two" in cells:
            top = cells["top_two"].fillna(0.0).to_numpy(float) > dominance_share
            reason[top & (reason == "") & ~is_empty] = DOMINATED.format(share=100 * dominance_share)
        if lines:
            added = complements(cells, reason != "", lines=lines, people=counts.min(axis=1), k=k)
            reason[added & (reason == "")] = COMPLEMENT
    shown = reason == ""
    table = cells[list(keys)].reset_index(drop=True)
    for name, rounding in figures.items():
        table[name] = rounded(cells[name], rounding, k=k).where(shown).to_numpy()
    table["withheld"] = pd.Series(reason, dtype="str")
    tally = pd.Series(reason[~shown], dtype="str").value_counts().sort_index()
    return Released(table, tuple((str(name), int(number)) for name, number in tally.items()))


def rounded(values: pd.Series, rounding: Rounding, *, k: int = DEFAULT_K) -> pd.Series:
    """Round figures as they may be shown.

    Examples
    --------
    >>> rounded(pd.Series([0, 3, 19]), "count").tolist()
    ['none', 'fewer than 5', '15']
    >>> rounded(pd.Series([0.26, 0.31]), "tenth").tolist()
    [0.3, 0.3]
    """
    values = values.reset_index(drop=True)
    if rounding == "tenth":
        return (values.astype(float) * 10).round() / 10 + 0.0
    if rounding == "percent":
        return values.astype(float).mul(100).round() / 100 + 0.0
    if rounding == "whole":
        return values.astype(float).round()
    if rounding == "count":
        return values.map(lambda number: head_count(int(number), k=k)).astype("str")
    return values


def head_count(number: int, *, k: int = DEFAULT_K) -> str:
    """Say a head count: rounded down to fives, the smallest as "fewer than".

    Examples
    --------
    >>> head_count(4), head_count(12), head_count(6, k=10)
    ('fewer than 5', '10', 'fewer than 10')
    """
    floor = -(-max(k, STEP) // STEP) * STEP
    if number == 0:
        return "none"
    return f"fewer than {floor}" if number < floor else str(number // STEP * STEP)


def complements(
    cells: pd.DataFrame, hidden: np.ndarray, *, lines: tuple[str, ...], people: np.ndarray, k: int
) -> np.ndarray:
    """Say which further cells must go, so that no line's total gives a withheld cell away.

    In each line that has any withheld cell there are to be two or more, with at least ``k`` people behind them
    together. The cells
    with the fewest people go first, those with nobody behind them last; ties by their order.

    Examples
    --------
    >>> cells = pd.DataFrame({"a": ["x", "x", "y"], "b": ["y", "z", "z"]})
    >>> hidden, people = np.array([True, False, False]), np.array([2.0, 9.0, 7.0])
    >>> complements(cells, hidden, lines=("a", "b"), people=people, k=5)
    array([False,  True,  True])
    """
    codes, _ = pd.factorize(pd.concat([cells[name] for name in lines], ignore_index=True))
    ends = codes.reshape(len(lines), len(cells))
    gone = hidden.copy()
    weight = np.where(people > 0, people, np.inf)
    order = np.lexsort((np.arange(len(cells)), weight))
    members: dict[int, list[int]] = {}
    for cell in order.tolist():
        for line in {int(side[cell]) for side in ends}:
            members.setdefault(line, []).append(cell)
    waiting = sorted({int(side[cell]) for side in ends for cell in np.flatnonzero(hidden)})
    while waiting:
        line = waiting.pop(0)
        mine = np.array(members[line])
        there = mine[gone[mine]]
        if len(there) >= 2 and people[there].sum() >= k:
            continue
        left = mine[~gone[mine]]
        if not len(left):
            continue
        chosen = int(left[0])
        gone[chosen] = True
        waiting += [int(side[chosen]) for side in ends if int(side[chosen]) not in waiting]
        if line not in waiting:
            waiting.append(line)
    return gone & ~hidden
