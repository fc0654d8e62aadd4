"""Scores of a ranking or a probability, with weights, so that people can be resampled without copying ties."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

BINS = 10


@dataclass(frozen=True)
class Interval:
    """An estimate and the middle 95 % of its bootstrap values."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        """Write value and interval as a table shows them."""
        if np.isnan(self.value):
            return "–"
        return f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f})"


class Ranking:
    """A score sorted once, so that every resample of people costs one pass.

    Parameters
    ----------
    score
        Higher means the event is thought more likely.
    happened
        Whether it did.
    """

    def __init__(self, score: np.ndarray, happened: np.ndarray) -> None:
        self.order = np.argsort(score, kind="stable")
        ranked = score[self.order]
        self.group = np.concatenate([[0], np.cumsum(ranked[1:] != ranked[:-1])]) if len(ranked) else np.zeros(0, int)
        self.groups = int(self.group[-1]) + 1 if len(ranked) else 0
        self.happened = happened[self.order].astype(float)

    def tallies(self, weight: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Return weight with and without the event, per distinct score from low to high."""
        own = np.ones(len(self.order)) if weight is None else weight[self.order]
        yes = np.bincount(self.group, own * self.happened, minlength=self.groups)
        return yes, np.bincount(self.group, own, minlength=self.groups) - yes

    def auc(self, weight: np.ndarray | None = None) -> float:
        """Return the chance that a tie with the event is ranked above one without (ties in score count half)."""
        yes, no = self.tallies(weight)
        if not yes.sum() or not no.sum():
            return float("nan")
        below = np.concatenate([[0.0], np.cumsum(no)[:-1]])
        return float((yes * (below + no / 2)).sum() / (yes.sum() * no.sum()))

    def average_precision(self, weight: np.ndarray | None = None) -> float:
        """Return the mean of precision over the events found, from the highest score down."""
        yes, no = (part[::-1] for part in self.tallies(weight))
        if not yes.sum():
            return float("nan")
        found, seen = np.cumsum(yes), np.cumsum(yes + no)
        precision = np.divide(found, seen, out=np.zeros_like(found), where=seen > 0)
        return float((yes * precision).sum() / yes.sum())


def brier(chance: np.ndarray, happened: np.ndarray, weight: np.ndarray | None = None) -> float:
    """Return the mean squared distance of a probability from what happened."""
    if not len(chance):
        return float("nan")
    return float(np.average((chance - happened) ** 2, weights=weight))


def calibration_error(chance: np.ndarray, happened: np.ndarray, weight: np.ndarray | None = None) -> float:
    """Return the expected calibration error over ten bins of equal width: mean |share - mean chance|, by weight."""
    if not len(chance):
        return float("nan")
    own = np.ones(len(chance)) if weight is None else weight
    cell = np.minimum((chance * BINS).astype(int), BINS - 1)
    gap = np.bincount(cell, own * (happened - chance), minlength=BINS)
    return float(np.abs(gap).sum() / own.sum()) if own.sum() else float("nan")


def precision_at(score: np.ndarray, happened: np.ndarray, count: int) -> float:
    """Return the share of events among the ``count`` highest scores; ties at the edge count by their mean."""
    if not count or not len(score):
        return float("nan")
    count = min(count, len(score))
    edge = np.sort(score)[-count]
    above, at = score > edge, score == edge
    return float((happened[above].sum() + (count - above.sum()) * happened[at].mean()) / count)


class People:
    """Resamples of people; a pair weighs as often as both its people were drawn (product of the two counts).

    Parameters
    ----------
    people
        Number of people.
    resamples
        How many times people are drawn with replacement.
    """

    def __init__(self, people: int, resamples: int, *, seed: int = 1) -> None:
        random = np.random.default_rng(seed)
        drawn = random.multinomial(people, np.full(people, 1 / max(people, 1)), size=resamples) if people else []
        self.counts = np.asarray(drawn, dtype=float)

    def weights(self, first: np.ndarray, second: np.ndarray) -> list[np.ndarray]:
        """Return the weight of every pair in every resample."""
        return [count[first] * count[second] for count in self.counts]


def interval(value: float, resampled: list[float]) -> Interval:
    """Put the middle 95 % of resampled values around an estimate."""
    known = np.array([number for number in resampled if not np.isnan(number)])
    if not len(known) or np.isnan(value):
        return Interval(value, float("nan"), float("nan"))
    low, high = np.quantile(known, [0.025, 0.975])
    return Interval(value, float(low), float(high))
