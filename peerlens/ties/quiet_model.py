"""From inputs to chances: a logistic regression on past windows, then bins in which the chance is the share that stayed quiet.

The penalty is firm on purpose: with little data the score falls back on its best single input, decayed weeks with contact, and
the others must earn their place. What was tried walk-forward on one company's mail, on minutes of working groups and on a
made-up firm, and left out: boosted trees (AUC 0.004 lower on mail, 0.02 to 0.04 on minutes), alone or averaged with the
regression; squares and products of inputs; separate coefficients for ties alive in the last 8 weeks, shrunk to shared ones;
more half-lives; mean, spread and largest of a tie's own gaps and silence against them; burstiness; reciprocity; each person's
trend of activity and share of ties kept (0.001 here, as much lost there). Six past windows instead of thirteen lose up to 0.008
where contact is monthly: the level learned from one year follows its holidays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

PENALTY = 1 / 300
"""inverse strength of the penalty on standardised coefficients (elsewhere called C): weak beside 10,000 ties, firm beside 500"""
NEWTON_STEPS, TOLERANCE = 100, 1e-9
TRUSTED, EASE = 0, 5.0
"""the first input, the best single signal, is scaled by 5: penalised a 25th as much as those that must earn their place"""
MIN_BLOCK = 50
"""past ties at least behind a bin"""
MAX_BLOCKS = 40
EDGES = (0.0, 0.05, 0.15, 0.25, 0.35, 0.45, 0.55, 0.65, 0.75, 0.85, 0.95, 1.0)
"""the words of the page ("about 3 times in 10") change at these chances"""
MARGIN = 0.0005
"""how far chances keep from an edge, so that rounding to four digits never crosses it"""
STEP = 1e-6
"""the distance of two neighbouring scores"""


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
        standard = (inputs - self.center) / self.spread
        # Column by column: a matrix product may add in another order on another machine or number of threads.
        total = np.full(len(inputs), self.intercept)
        for column, weight in enumerate(self.weights):
            total = total + weight * standard[:, column]
        return total.round(6)


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
    """Return the coefficients and the intercept that minimise ``|w|^2 / 2 + PENALTY * sum of log losses``, by Newton's method.

    The minimum is the only one; the tight tolerance makes its first digits the same on any machine. A dozen lines here save
    a short run the second that it takes to import a library for them.
    """
    rows = np.column_stack([inputs, np.ones(len(inputs))])
    penalty = np.append(np.ones(inputs.shape[1]), 0.0)
    happened = quiet.astype(float)

    def loss(at: np.ndarray) -> float:
        score = rows @ at
        return float((penalty * at**2).sum() / 2 + PENALTY * (np.logaddexp(0.0, score) - happened * score).sum())

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
class Bins:
    """Chances made of shares.

    Parameters
    ----------
    upper
        Highest score of each bin but the last.
    knots, chances
        Scores and shares between which the chance of a single tie is read off.
    ties
        Past ties in each bin.
    """

    upper: np.ndarray
    knots: np.ndarray
    chances: np.ndarray
    ties: np.ndarray

    def read(self, score: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the chance of each score, and the number of past ties behind its words."""
        where = np.searchsorted(self.upper, score, side="left")
        return np.interp(score, self.knots, self.chances).round(4), self.ties[where]


def make_bins(score: np.ndarray, quiet: np.ndarray) -> Bins:
    """Make bins of past ties in which the chance given is the share that stayed quiet.

    Notes
    -----
    Past ties are laid out by score and cut into at most 40 blocks of at least 50; neighbours whose shares fall are joined (pool
    adjacent violators). Between the middles of blocks the chance is read off a straight line (centred isotonic regression:
    Oron and Flournoy 2017). Blocks whose shares are told by the same words ("about 3 times in 10": 0.25 to 0.35) make one
    bin, and no chance in it leaves that range; so among the past ties of a bin the share that stayed quiet is what the words
    say, exactly, and their number is the n beside it.
    """
    order = np.argsort(score, kind="stable")
    ranked, happened = score[order], quiet[order].astype(float)
    count = max(1, min(MAX_BLOCKS, len(ranked) // MIN_BLOCK))
    starts = np.searchsorted(ranked, ranked[np.arange(count) * len(ranked) // count], side="left")
    starts = np.unique(np.concatenate([[0], starts]))
    size = np.diff(np.append(starts, len(ranked))).astype(float)
    blocks = _pooled(size, np.add.reduceat(happened, starts), np.add.reduceat(ranked, starts))
    size, sums, middles = (np.array(part) for part in zip(*blocks, strict=True))
    share, middle = sums / size, middles / size
    last = np.cumsum(size).astype(int) - 1

    word = np.searchsorted(EDGES[1:-1], share, side="right")
    ends = np.append(np.flatnonzero(np.diff(word)), len(word) - 1)
    ties = np.diff(np.concatenate([[0], np.cumsum(size)[ends]])).astype(int)
    low = np.array(EDGES)[word] + MARGIN
    high = np.array(EDGES)[word + 1] - MARGIN
    # A block in which all or none stayed quiet still leaves room for the surer ties in it.
    chance = np.clip((sums + 0.5) / (size + 1), low, high)
    knots = [(float(ranked[0]) - 1.0, max(low[0], chance[0] / 2))]
    for block in range(len(share)):
        knots.append((middle[block], chance[block]))
        if block in ends[:-1]:
            between = (chance[block] + chance[block + 1]) / 2
            edge = float(ranked[last[block]])
            knots += [(edge, min(between, high[block])), (edge + STEP, max(between, low[block + 1]))]
    knots.append((float(ranked[-1]) + 1.0, min(high[-1], (1 + chance[-1]) / 2)))
    scores, chances = (np.array(part) for part in zip(*knots, strict=True))
    return Bins(ranked[last[ends][:-1]], scores, chances, ties)


def _pooled(size: np.ndarray, happened: np.ndarray, score: np.ndarray) -> list[list[float]]:
    """Join neighbouring blocks until shares rise; a few dozen blocks, never ties."""
    blocks: list[list[float]] = []
    for block in zip(size, happened, score, strict=True):
        blocks.append([float(part) for part in block])
        while len(blocks) > 1 and blocks[-2][1] * blocks[-1][0] >= blocks[-1][1] * blocks[-2][0]:
            top = blocks.pop()
            blocks[-1] = [left + right for left, right in zip(blocks[-1], top, strict=True)]
    return blocks
