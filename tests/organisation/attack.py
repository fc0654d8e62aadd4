"""An attacker who holds every page of several runs, and tries linear programming on them.

What is unknown is the contact between any two of the smallest sets of people that all pages together tell apart (atoms). Each
released ratio bounds a sum of these, each released share inside a group a difference. The attacker is given more than any page
holds: the expectation behind each ratio, without rounding.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.optimize import linprog

from peerlens.organisation import Organisation
from peerlens.organisation.cells import make_cells
from peerlens.organisation.expected import across_expected

HALF_STEP = 0.05


@dataclass
class Attacker:
    """Collects pages, then asks how narrowly a sum of contact is bounded.

    `labels` has one column per grouping seen, a row per person.
    """

    days: pd.DataFrame
    labels: dict[str, pd.Series] = field(default_factory=dict)
    bounds: list[tuple[str, str, str, float, float]] = field(default_factory=list)
    shares: list[tuple[str, str, float, tuple[str, ...]]] = field(default_factory=list)
    counts: list[tuple[str, str, str]] = field(default_factory=list)

    def hold(self, name: str, organisation: Organisation, chart: pd.Series) -> None:
        """Take the tables of one page; `chart` is the grouping by `person_no`, small groups included."""
        self.labels[name] = chart
        view = organisation._view
        cells = make_cells(organisation._between.query("ga != gb"), len(view.names))
        expected = {
            (view.names[a], view.names[b]): value
            for a, b, value in zip(cells["ga"], cells["gb"], across_expected(cells, len(view.names)), strict=True)
        }
        shown = organisation.pairs().query("withheld == ''")
        for row in shown.itertuples():
            awaited = expected.get((row.group_a, row.group_b), 0.0)
            low, high = max(row.ratio - HALF_STEP, 0.0) * awaited, (row.ratio + HALF_STEP) * awaited
            self.bounds.append((name, row.group_a, row.group_b, low, high))
        for row in organisation.groups().query("withheld == ''").dropna(subset=["inside_share"]).itertuples():
            self.shares.append((name, row.group, row.inside_share, organisation.names))
            self.counts.append((name, row.group, row.people))

    def prepare(self) -> None:
        """Work out the atoms and write all bounds as rows over pairs of atoms."""
        people = pd.DataFrame(self.labels).fillna("")
        atom, kinds = pd.factorize(pd.MultiIndex.from_frame(people))
        self.kinds = pd.DataFrame(kinds.tolist(), columns=list(self.labels))
        code = pd.Series(atom, index=people.index)
        one, two = code.reindex(self.days["a_no"]).to_numpy(), code.reindex(self.days["b_no"]).to_numpy()
        known = ~(np.isnan(one) | np.isnan(two))
        low, high = np.minimum(one, two)[known], np.maximum(one, two)[known]
        self.pairs = pd.DataFrame({"i": low, "j": high, "n": self.days["n"].to_numpy()[known]}).astype("int64")
        count = len(kinds)
        self.i, self.j = np.triu_indices(count)
        self.truth = np.zeros((count, count))
        np.add.at(self.truth, (self.pairs["i"], self.pairs["j"]), self.pairs["n"])
        rows = [self.row(name, a, b) for name, a, b, _, _ in self.bounds]
        least = [self.inside(name, group, share - HALF_STEP, shown) for name, group, share, shown in self.shares]
        most = [self.inside(name, group, share + HALF_STEP, shown) for name, group, share, shown in self.shares]
        none, any_ = np.zeros(len(least)), np.full(len(least), np.inf)
        self.matrix = sparse.csr_array(np.array([*rows, *least, *most]))
        self.low = np.concatenate([[bound[3] for bound in self.bounds], none, -any_])
        self.high = np.concatenate([[bound[4] for bound in self.bounds], any_, none])

    def inside(self, name: str, group: str, share: float, shown: tuple[str, ...]) -> np.ndarray:
        """Return what contact inside a group has beyond a share of all its contact, in terms of pairs of atoms."""
        label = self.kinds[name].to_numpy()
        mine, there = label == group, np.isin(label, shown)
        one, two = mine[self.i], mine[self.j]
        across = (one ^ two) & there[self.i] & there[self.j]
        return (1 - share) * 2.0 * (one & two) - share * across

    def row(self, name: str, a: str, b: str) -> np.ndarray:
        """Return which pairs of atoms make up a cell."""
        label = self.kinds[name].to_numpy()
        is_a, is_b = label == a, label == b
        return ((is_a[self.i] & is_b[self.j]) | (is_b[self.i] & is_a[self.j])).astype(float)

    def interval(self, wanted: np.ndarray) -> tuple[float, float]:
        """Return the least and the most that a sum can be, given every page."""
        total = float(self.truth.sum())
        ends = []
        for sign in (1.0, -1.0):
            found = linprog(
                sign * wanted,
                A_ub=sparse.vstack([self.matrix[np.isfinite(self.high)], -self.matrix[np.isfinite(self.low)]]),
                b_ub=np.concatenate([self.high[np.isfinite(self.high)], -self.low[np.isfinite(self.low)]]),
                bounds=(0, total),
                method="highs",
            )
            assert found.status == 0, found.message
            ends.append(sign * found.fun)
        return ends[0], ends[1]

    def true_value(self, wanted: np.ndarray) -> float:
        """Return what the sum really is."""
        return float(wanted @ self.truth[self.i, self.j])


def succeeds(low: float, high: float) -> bool:
    """Say whether an interval is narrower than 50 % either side of its middle."""
    return high > 0 and (high - low) / 2 < 0.5 * (high + low) / 2
