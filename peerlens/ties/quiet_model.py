"""From inputs to chances: a logistic regression on past windows, bent to how often its chances came true there.

The penalty is firm on purpose: with little data the score falls back on its best single input, decayed weeks with contact, and
the others must earn their place.

What was tried walk-forward, and left out. On one company's mail, minutes of working groups and made-up firms: boosted trees
(AUC 0.004 lower on mail, 0.02 to 0.04 on minutes), alone or averaged with the regression; squares and products of inputs;
separate coefficients for ties alive in the last 8 weeks, shrunk to shared ones; more half-lives; mean, spread and largest of a
tie's own gaps and silence against them; burstiness; reciprocity; each person's trend of activity and share of ties kept. Six
past windows instead of thirteen lose up to 0.008 where contact is monthly. On these and on review mail of two software projects
(four to seven years each), per log and population: chances read off shares of past ties in bins, however smoothed or cut (0.001
to 0.009 lower with windows pooled, because shares of bins jump from window to window); coefficients drawn towards those of the
other logs (0.002 to 0.008 lower on company mail, 0.003 higher on one project); an intercept per window, or twice as many windows
(0.0005 either way); latest windows weighing more (0.001 to 0.01 lower, no better calibrated); silence on each person's own
clock of active days, or the organisation's; number of ties of each person; how long a tie has existed; months with contact
(0.0005 higher, up to 0.003 on made-up firms, for more sums over all days).

On minutes the regression ranks ties alive in the last 8 weeks worse than decayed contact days alone (0.727 and 0.746, 20
dates). Tried against that, on minutes and company mail, ties of 52 weeks and live ones: a penalty three or ten times as firm
(minutes 0.006 and 0.016 lower over the year, 0.005 and 0.006 higher on live ties); firmer with few events (0.002 lower, 0.002
higher); default coefficients as a first input (0.001 and 0.011 lower; mail 0.001 higher); the mean with the best single input
(0.006 higher and 0.005 lower); whichever of the two lost less on own past windows (no change), or a weight by that loss
(0.001 either way), judged on live ties and used for all (0.016 lower and 0.010 higher). Judged on live ties and used for
those alone: 0.002 and 0.010 higher on minutes (against the regression -0.005 to 0.034), nothing on mail. Left out too: not
shown to help, and a tie's chance could fall on the day it leaves the live ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from peerlens.blocks import over_blocks, parts

PENALTY = 1 / 300
"""inverse strength of the penalty on standardised coefficients (elsewhere called C): weak beside 10,000 ties, firm beside 500"""
NEWTON_STEPS, TOLERANCE = 100, 1e-9
TRUSTED, EASE = 0, 5.0
"""the first input, the best single signal, is scaled by 5: penalised a 25th as much as those that must earn their place"""
BLOCKS, BLOCK_TIES, PRIOR_TIES = 12, 400, 400
"""how finely, and how firmly, scores are held against what came of them (see fit_curve)"""
MIN_BLOCK = 50
"""past ties at least behind a share"""
EDGES = (0.05, 0.15, 0.25, 0.35, 0.45, 0.55, 0.65, 0.75, 0.85, 0.95)
"""the words of the page ("about 3 times in 10") change at these chances"""
SUREST = 0.0005
"""no chance is nearer to 0 or 1 than this"""
_ROWS_AT_ONCE = 20_000


@dataclass(frozen=True)
class Logistic:
    """A logistic regression on standardised inputs.

    Parameters
    ----------
    center, spread
        Mean and standard deviation of each input where it was learned.
    weights, intercept
        Coefficients of the standardised inputs.
    """

    center: np.ndarray
    spread: np.ndarray
    weights: np.ndarray
    intercept: float

    def score(self, inputs: np.ndarray) -> np.ndarray:
        """Return log-odds of staying quiet, rounded so that the last digits of a sum never decide an order."""
        total = np.full(len(inputs), self.intercept)

        def add_up(part: slice) -> None:
            standard = (inputs[part] - self.center) / self.spread
            # Column by column: a matrix product may add in another order on another machine or number of threads.
            for column, weight in enumerate(self.weights):
                total[part] += weight * standard[:, column]
            np.round(total[part], 6, out=total[part])

        for _ in over_blocks(add_up, parts(len(inputs), _ROWS_AT_ONCE)):
            pass
        return total


def fit_logistic(inputs: np.ndarray, quiet: np.ndarray, directions: Sequence[int]) -> Logistic:
    """Fit by penalised maximum likelihood; coefficients are kept to four digits.

    Parameters
    ----------
    inputs
        One row per past tie.
    quiet
        Whether it stayed quiet; both must occur.
    directions
        Per input, the sign its coefficient may have (0: any). What comes out against it is left out and the rest fitted again,
        so that more silence never lowers a chance because two inputs that say nearly the same fell out with each other.
    """
    center = inputs.mean(axis=0).round(6)
    spread = np.maximum(inputs.std(axis=0), 1e-3).round(6)
    ease = np.ones(inputs.shape[1])
    ease[TRUSTED] = EASE
    scaled = (inputs - center) / spread * ease
    kept = np.ones(inputs.shape[1], dtype=bool)
    while True:
        weights = np.zeros(inputs.shape[1])
        weights[kept], intercept = most_likely(scaled[:, kept], quiet)
        against = weights * np.asarray(directions) < 0
        if not against.any():
            return Logistic(center, spread, (weights * ease).round(4), round(intercept, 4))
        kept &= ~against


def most_likely(inputs: np.ndarray, quiet: np.ndarray) -> tuple[np.ndarray, float]:
    """Return the coefficients and the intercept that minimise ``|w|^2 / 2 + PENALTY * sum of log losses``.

    By Newton's method. The minimum is the only one; the tight tolerance makes its first digits the same on any machine. A dozen
    lines here save a short run the second that it takes to import a library for them.
    """
    rows = np.column_stack([inputs, np.ones(len(inputs))])
    penalty = np.append(np.ones(inputs.shape[1]), 0.0)
    happened = quiet.astype(float)

    def loss(at: np.ndarray) -> float:
        score = rows @ at
        misfit = (np.logaddexp(0.0, score) - happened * score).sum()
        return float((penalty * at**2).sum() / 2 + PENALTY * misfit)

    found = np.zeros(rows.shape[1])
    for _ in range(NEWTON_STEPS):
        chance = 1 / (1 + np.exp(-(rows @ found)))
        slope = penalty * found + PENALTY * (rows.T @ (chance - happened))
        if np.abs(slope).max() < TOLERANCE:
            break
        bend = np.diag(penalty) + PENALTY * (rows.T * (chance * (1 - chance))) @ rows
        step, length = np.linalg.solve(bend, slope), 1.0
        while length > TOLERANCE and loss(found - length * step) > loss(found):
            length /= 2
        found = found - length * step
    return found[:-1], float(found[-1])


@dataclass(frozen=True)
class Curve:
    """How a score is read as a chance: straight lines between a few knots, on the scale of log-odds.

    Parameters
    ----------
    scores, odds
        Log-odds as the score has them, rising, and as they came true; beyond the outer knots the score is shifted as at them.
    """

    scores: np.ndarray
    odds: np.ndarray

    def read(self, score: np.ndarray) -> np.ndarray:
        """Return the chance of each score."""
        inner = np.clip(score, self.scores[0], self.scores[-1])
        odds = np.interp(inner, self.scores, self.odds) + (score - inner)
        return (1 / (1 + np.exp(-odds))).clip(SUREST, 1 - SUREST).round(4)


def fit_curve(score: np.ndarray, quiet: np.ndarray) -> Curve:
    """Fit how past scores came true.

    Notes
    -----
    Past ties are laid out by score and cut into at most 12 blocks of at least 400. The share of a block that stayed quiet is
    drawn towards what its scores say by the weight of 400 ties; neighbours whose shares fall are joined (pool adjacent
    violators).
    """
    order = np.argsort(score, kind="stable")
    ranked, happened = score[order], quiet[order].astype(float)
    count = max(1, min(BLOCKS, len(ranked) // BLOCK_TIES))
    starts = np.unique(np.searchsorted(ranked, ranked[np.arange(count) * len(ranked) // count], side="left"))
    size = np.diff(np.append(starts, len(ranked)))
    said = 1 / (1 + np.exp(-ranked))
    joined: list[list[float]] = []
    for block in zip(size, np.add.reduceat(said, starts), np.add.reduceat(happened, starts), strict=True):
        joined.append([float(part) for part in block])
        while len(joined) > 1 and _drawn(joined[-2]) >= _drawn(joined[-1]):
            last = joined.pop()
            joined[-1] = [left + right for left, right in zip(joined[-1], last, strict=True)]
    share = np.array([block[1] / block[0] for block in joined]).clip(SUREST, 1 - SUREST)
    drawn = np.array([_drawn(block) for block in joined]).clip(SUREST, 1 - SUREST)
    return Curve(np.log(share / (1 - share)).round(6), np.log(drawn / (1 - drawn)).round(6))


def _drawn(block: list[float]) -> float:
    """Draw the share of a block, given as size, sum of chances and number quiet, towards its mean chance."""
    size, said, happened = block
    return (happened + PRIOR_TIES * said / size) / (size + PRIOR_TIES)


@dataclass(frozen=True)
class Shares:
    """What became of past ties, by their chances: the sentence "about 3 times in 10 in your own data (n = 214)".

    Parameters
    ----------
    upper
        Chances at which the next group of past ties begins.
    shares, ties
        Share of each group that stayed quiet, and its size.
    """

    upper: np.ndarray
    shares: np.ndarray
    ties: np.ndarray

    def read(self, chance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return what share of the past ties with such a chance stayed quiet, and how many those were."""
        where = np.searchsorted(self.upper, chance, side="right")
        return self.shares[where], self.ties[where]


def count_shares(chance: np.ndarray, quiet: np.ndarray) -> Shares:
    """Count what became of past ties whose chances are told by the same words.

    Groups of fewer than 50 are joined with a neighbour, and so are neighbours of which the one with higher chances stayed quiet
    less often: the share never falls as the chance rises, and of the ties in a group exactly that share stayed quiet.
    """
    cell = np.searchsorted(EDGES, chance, side="right")
    size = np.bincount(cell, minlength=len(EDGES) + 1)
    happened = np.bincount(cell[quiet], minlength=len(EDGES) + 1)
    groups: list[list[float]] = []
    for upper, number, yes in zip((*EDGES, 1.0), size.tolist(), happened.tolist(), strict=True):
        groups.append([upper, number, yes])
        while len(groups) > 1 and (groups[-2][1] < MIN_BLOCK or _falls(groups[-2], groups[-1])):
            _join_last(groups)
    while len(groups) > 1 and groups[-1][1] < MIN_BLOCK:
        _join_last(groups)
    while len(groups) > 1 and _falls(groups[-2], groups[-1]):
        _join_last(groups)
    upper, number, yes = (np.array(part) for part in zip(*groups, strict=True))
    return Shares(upper[:-1], (yes / number).round(4), number.astype("int64"))


def _falls(first: list[float], second: list[float]) -> bool:
    return first[2] * second[1] > second[2] * first[1]


def _join_last(groups: list[list[float]]) -> None:
    upper, number, yes = groups.pop()
    groups[-1] = [upper, groups[-1][1] + number, groups[-1][2] + yes]
