"""Do quiet chances mean what they say? Checked on the organisation's own past, and kept with the ties.

Walk-forward: each past window is given chances by a model learned from the windows before it, and then compared with what
happened. Where the last window was off by more than 0.05 on average, could not be checked, or contact itself has changed by
more than a fifth, the chances are told in words.

Part-time people, new people and levels are checked on their own; kinds of flags are not: to know who would have been flagged,
every tie would have to be measured anew at each past day: the evidence suite does that, and found 30 to 60 flags a kind in
nine months of a company of 150, too few to say more than that they are off by 0.1 to 0.2 with wide intervals.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pandas as pd

from peerlens.ties.quiet_features import FEATURES
from peerlens.ties.quiet_model import fit_curve, fit_logistic
from peerlens.words import percent

BINS = 10
MAX_ERROR = 0.05
"""calibration error of the last window alone above which chances are told in words"""
GOOD_ERROR = 0.03
MAX_VOLUME_CHANGE = 0.2
CHECKED_WINDOWS = 6
"""the latest windows that are checked, if each has windows before it to learn from"""
MAX_CHECKED_TIES = 20_000
RESAMPLES = 100
MIN_GROUP_SIZE = 5
"""people behind any figure of a group"""
MIN_GROUP_TIES = 50
MIN_EACH = 10
"""past ties that stayed quiet, and that did not, below which nothing can be learned"""


class Window(NamedTuple):
    """All ties at a past day: their inputs, whether they stayed quiet in the horizon after, and the two people of each."""

    inputs: np.ndarray
    quiet: np.ndarray
    people: np.ndarray


@dataclass(frozen=True)
class Calibration:
    """How chances given in the past compare with what happened.

    Parameters
    ----------
    table
        One row per tenth of chance that has ties: ``low, high, ties, chance`` (mean given), ``share`` (that stayed quiet),
        ``share_low, share_high`` (middle 95 % over resamples of people; missing under five people).
    error, error_low, error_high
        Calibration error: mean distance of share and chance over the tenths, by ties; with the middle 95 % over resamples of
        people. NaN where nothing could be checked.
    last_error
        The same on the last window alone.
    volume_change
        Close contact days of the last horizon against the horizon before it, less 1; NaN without any.
    ties, windows
        Past ties checked, and past windows they lie in.
    groups
        ``group, ties, people, chance, share, error`` for ties of part-time people, of new people and of each level; groups of
        fewer than five people or fifty ties are left out.
    """

    table: pd.DataFrame = field(default_factory=pd.DataFrame)
    error: float = float("nan")
    error_low: float = float("nan")
    error_high: float = float("nan")
    last_error: float = float("nan")
    volume_change: float = float("nan")
    ties: int = 0
    windows: int = 0
    groups: pd.DataFrame = field(default_factory=pd.DataFrame)

    @property
    def doubt(self) -> str | None:
        """Why chances are told in words instead of numbers; None where numbers may stand."""
        if np.isnan(self.last_error):
            return "the log is too short to check percentages against what happened next"
        if self.last_error > MAX_ERROR:
            return (
                f"chances given eight weeks ago were off by {self.last_error:.3f} on average, "
                f"and {MAX_ERROR:.2f} is the most allowed"
            )
        if abs(self.volume_change) > MAX_VOLUME_CHANGE:
            way = "more" if self.volume_change > 0 else "less"
            return f"there was {percent(abs(self.volume_change))} {way} contact in the last weeks than in those before"
        return None

    def finding(self, *, horizon_days: int) -> tuple[str, str]:
        """Say in a title and a subtitle whether chances came true; empty where nothing could be checked.

        The title follows the interval: a calibration error of 0.03 or less is as good as said, and where the interval holds both
        less and more than that nothing is claimed.
        """
        if not self.ties:
            return "", ""
        if self.error <= GOOD_ERROR:
            title = "Chances came true about as often as they said"
        elif self.error_low <= GOOD_ERROR:
            title = "Chances were somewhat off, which may be by chance"
        else:
            title = "Chances were off more than they should be"
        subtitle = (
            f"{self.ties:,} past ties, {self.windows} time{'' if self.windows == 1 else 's'} {horizon_days // 7} weeks, each "
            f"judged by what came before; off by {self.error:.3f} on average ({self.error_low:.3f} to {self.error_high:.3f})"
        )
        return title, subtitle


def check(
    windows: Sequence[Window], *, volume_change: float, members: dict[str, np.ndarray] | None = None, min_ties: int = 50
) -> Calibration:
    """Give each of the latest past windows chances learned from the windows before it, and compare.

    Parameters
    ----------
    windows
        Past windows, the latest first.
    volume_change
        Change of contact over the last two horizons.
    members
        Per group, whether each person (by number) belongs to it.
    min_ties
        Ties below which nothing is learned.
    """
    parts, last_error = [], float("nan")
    for at in range(min(len(windows) - 1, CHECKED_WINDOWS)):
        chance = _chances(windows[at], windows[at + 1 :], min_ties)
        if chance is None:
            continue
        thin = slice(None, None, max(1, -(-len(chance) // MAX_CHECKED_TIES)))
        parts.append((chance[thin], windows[at].quiet[thin].astype(float), windows[at].people[thin]))
        if at == 0:
            last_error = calibration_error(*parts[0][:2])
    if not parts:
        return Calibration(volume_change=volume_change)
    chance, quiet, people = (np.concatenate(part) for part in zip(*parts, strict=True))
    tally, errors = _resampled(chance, quiet, people)
    low, high = np.quantile(errors, [0.025, 0.975])
    return Calibration(
        table=_reliability(chance, quiet, people, tally),
        error=calibration_error(chance, quiet),
        error_low=float(low),
        error_high=float(high),
        last_error=last_error,
        volume_change=volume_change,
        ties=len(chance),
        windows=len(parts),
        groups=_groups(chance, quiet, people, members or {}),
    )


def calibration_error(chance: np.ndarray, quiet: np.ndarray, weight: np.ndarray | None = None) -> float:
    """Return the mean distance of share and mean chance over ten bins of equal width, by ties (expected calibration error).

    Source: Naeini, Cooper and Hauskrecht 2015.

    Examples
    --------
    >>> calibration_error(np.array([0.25, 0.25, 0.75, 0.75]), np.array([0.0, 1.0, 1.0, 1.0]))
    0.25
    """
    own = np.ones(len(chance)) if weight is None else weight
    gap = np.bincount(_bin(chance), own * (quiet - chance), minlength=BINS)
    return float(np.abs(gap).sum() / own.sum()) if own.sum() else float("nan")


def _chances(window: Window, before: Sequence[Window], min_ties: int) -> np.ndarray | None:
    past, quiet = np.concatenate([w.inputs for w in before]), np.concatenate([w.quiet for w in before])
    if not len(window.quiet) or len(past) < min_ties or min(quiet.sum(), (~quiet).sum()) < MIN_EACH:
        return None
    model = fit_logistic(past, quiet, tuple(FEATURES.values()))
    return fit_curve(model.score(past), quiet).read(model.score(window.inputs))


def _bin(chance: np.ndarray) -> np.ndarray:
    return np.minimum((chance * BINS).astype(int), BINS - 1)


def _resampled(chance: np.ndarray, quiet: np.ndarray, people: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the share that stayed quiet per bin, and the calibration error, in each of many resamples of people."""
    _, at = np.unique(people, return_inverse=True)
    at = at.reshape(people.shape)
    number = int(at.max()) + 1
    drawn = np.random.default_rng(1).multinomial(number, np.full(number, 1 / number), size=RESAMPLES)
    where = _bin(chance)
    shares, errors = [], []
    for count in drawn:
        weight = (count[at[:, 0]] * count[at[:, 1]]).astype(float)
        if not weight.sum():
            continue
        size = np.bincount(where, weight, minlength=BINS)
        shares.append(np.bincount(where, weight * quiet, minlength=BINS) / np.where(size > 0, size, np.nan))
        errors.append(calibration_error(chance, quiet, weight))
    return np.array(shares), np.array(errors)


def _reliability(chance: np.ndarray, quiet: np.ndarray, people: np.ndarray, tally: np.ndarray) -> pd.DataFrame:
    where = _bin(chance)
    rows = []
    for cell in np.unique(where):
        own = where == cell
        known = tally[:, cell][~np.isnan(tally[:, cell])]
        enough = len(np.unique(people[own])) >= MIN_GROUP_SIZE and len(known) > RESAMPLES // 2
        low, high = np.quantile(known, [0.025, 0.975]) if enough else (np.nan, np.nan)
        rows.append((cell / BINS, (cell + 1) / BINS, int(own.sum()), chance[own].mean(), quiet[own].mean(), low, high))
    names = ["low", "high", "ties", "chance", "share", "share_low", "share_high"]
    return pd.DataFrame(rows, columns=names).round(6)


def _groups(chance: np.ndarray, quiet: np.ndarray, people: np.ndarray, members: dict[str, np.ndarray]) -> pd.DataFrame:
    rows = []
    for name, belongs in members.items():
        own = belongs[people].any(axis=1)
        inside = np.unique(people[own][belongs[people[own]]])
        if len(inside) < MIN_GROUP_SIZE or own.sum() < MIN_GROUP_TIES:
            continue
        rows.append(
            (
                name,
                int(own.sum()),
                len(inside) // 5 * 5,
                chance[own].mean(),
                quiet[own].mean(),
                calibration_error(chance[own], quiet[own]),
            )
        )
    return pd.DataFrame(rows, columns=["group", "ties", "people", "chance", "share", "error"]).round(6)


def groups_of(persons: pd.DataFrame, *, new_days: int = 182) -> dict[str, np.ndarray]:
    """Name the groups whose chances are checked on their own: part-time, new, and each level, today's.

    Parameters
    ----------
    persons
        One row per person in order of ``person_no``, with ``works_on, there_days, level``.
    new_days
        Days below which a person counts as new.
    """
    found = {"new": persons["there_days"].lt(new_days).fillna(False).to_numpy(bool)}
    if "works_on" in persons:
        given = persons["works_on"].fillna("").str.strip()
        found["part-time"] = (given != "").to_numpy() & ~given.str.lower().isin(["mon-fri", "mon–fri"]).to_numpy()
    if "level" in persons:
        level = persons["level"].astype("str")
        for name in sorted(level[persons["level"].notna()].unique()):
            found[f"level {name}"] = (level == name).to_numpy()
    return found
