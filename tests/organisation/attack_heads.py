"""What pages tell an attacker of heads: how many, how many of them in a community, and where the middle of their values lies."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy.optimize import Bounds, LinearConstraint, linprog, milp


@dataclass
class Values:
    """Knows where medians and quartiles of a value lie, and who stands behind each; asks what a few people's values add up to.

    A person's value lies between 0 and `most`. Between two bounds that any page gives, all values are alike, so who is in which
    stretch is all there is to find: whole numbers of people of each kind (those no page tells apart) in each stretch.
    """

    most: float
    said: list[tuple[frozenset[int], float, float, float]] = field(default_factory=list)

    def hold(self, people: Iterable[int], share: float, shown: float, *, off: float) -> None:
        """Take a quantile of some people's values: `share` of them are at most `shown`, give or take `off`."""
        self.said.append((frozenset(people), share, max(shown - off, 0.0), min(shown + off, self.most)))

    def _ordered(self) -> dict[frozenset[int], dict[int, tuple[float, float]]]:
        """Return between what the values lie that each quantile is made of: by people behind it, and place from the lowest up.

        A quantile between two places is the mean of both, weighed: what is known of one bounds the other.
        """
        found: dict[frozenset[int], dict[int, tuple[float, float]]] = {}
        for people in dict.fromkeys(said[0] for said in self.said):
            asked = [((len(people) - 1) * share, low, high) for of, share, low, high in self.said if of == people]
            bottom, top = np.zeros(len(people)), np.full(len(people), self.most)
            for _ in range(4):
                for at, low, high in asked:
                    one, weight = int(at), at % 1
                    two = min(one + 1, len(people) - 1)
                    bottom[two], top[one] = max(bottom[two], low), min(top[one], high)
                    if weight:
                        top[two] = min(top[two], (high - (1 - weight) * bottom[one]) / weight)
                        bottom[one] = max(bottom[one], (low - weight * top[two]) / (1 - weight))
                bottom, top = np.maximum.accumulate(bottom), np.minimum.accumulate(top[::-1])[::-1]
            places = sorted({int(at) + step for at, _, _ in asked for step in ((0, 1) if at % 1 else (0,))})
            found[people] = {place: (round(bottom[place], 6), round(top[place], 6)) for place in places}
        return found

    def interval(self, wanted: frozenset[int]) -> tuple[float, float]:
        """Return the least and the most that the values of some people can add up to; any number, where the least is 0.

        (From 0 up, no interval is narrow: the most is not sought.)
        """
        ordered = self._ordered()
        everybody = sorted({*wanted, *(person for people in ordered for person in people)})
        member = np.array([[person in people for people in (wanted, *ordered)] for person in everybody])
        kinds, size = np.unique(member, axis=0, return_counts=True)
        edges = (edge for found in ordered.values() for ends in found.values() for edge in ends)
        cuts = np.array(sorted({0.0, self.most, *edges}))
        # Stretches: each cut, and what lies between two of them.
        least, most = np.repeat(cuts, 2)[:-1], np.repeat(cuts, 2)[1:]
        many = len(least)
        rows, low, high = [], [], []
        for at, count in enumerate(size):
            row = np.zeros((len(size), many))
            row[at] = 1
            rows.append(row.ravel())
            low.append(count)
            high.append(count)
        for place, (people, found) in enumerate(ordered.items()):
            mine = kinds[:, place + 1].astype(float)
            for at, (bottom, top) in found.items():
                for inside, fewest in ((most <= top, at + 1), (least >= bottom, len(people) - at)):
                    rows.append(np.outer(mine, inside).ravel())
                    low.append(fewest)
                    high.append(np.inf)
        goal = kinds[:, 0].astype(float)
        whole = LinearConstraint(np.array(rows), np.array(low, float), np.array(high, float))
        ends = []
        for sign, edge in ((1.0, least), (-1.0, most)):
            found = milp(
                sign * np.outer(goal, edge).ravel(),
                constraints=whole,
                integrality=np.ones(len(size) * many),
                bounds=Bounds(0),
            )
            assert found.status == 0, found.message
            ends.append(sign * found.fun)
            if ends[0] <= 1e-9:
                return 0.0, np.inf
        return ends[0], ends[1]


def people_between(
    rows: list[np.ndarray], low: list[float], high: list[float], wanted: np.ndarray
) -> tuple[float, float]:
    """Return the least and the most that a sum of head counts can be."""
    matrix, floor, top = np.array(rows), np.array(low), np.array(high)
    is_closed = np.isfinite(top)
    limits = {"A_ub": np.vstack([matrix[is_closed], -matrix]), "b_ub": np.concatenate([top[is_closed], -floor])}
    found = [linprog(sign * wanted, **limits) for sign in (1.0, -1.0)]
    return found[0].fun, -found[1].fun if found[1].status == 0 else np.inf  # without an upper end


def evenly(amounts: np.ndarray, few: int, *, unsure: float) -> tuple[float, float]:
    """Return what share of all contact `few` of some people may have, given how evenly it is spread over them.

    The width of an interval grows with the sum of squared shares. The attacker is given that sum as it is, but for the share
    `unsure` of it that rounding hides. Least and most: a few alike, and all others alike.
    """
    shares = np.sort(amounts / amounts.sum())[::-1]
    square, rest = float(shares @ shares) * (1 + unsure), len(shares) - few
    if rest < 1:
        return 1.0, 1.0
    # x of the few, x^2 / few + (1 - x)^2 / rest = square
    a, b, c = 1 / few + 1 / rest, -2 / rest, 1 / rest - square
    root = np.sqrt(max(b * b - 4 * a * c, 0.0))
    return max((-b - root) / (2 * a), 0.0), min((-b + root) / (2 * a), 1.0)


def atoms(labels: dict[str, pd.Series]) -> tuple[pd.DataFrame, np.ndarray]:
    """Return the smallest sets of people that groupings tell apart, and how many are in each."""
    table = pd.DataFrame(labels).fillna("").value_counts()
    return table.index.to_frame(index=False), table.to_numpy(float)
