"""Linear programming on everything that pages say of contact.

What is unknown is the contact between any two of the smallest sets of people that all pages together tell apart (atoms), in
each of the shortest stretches of days that they tell apart, and of each two periods compared how many ties any two atoms had
before, after, and in both. Every figure bounds a sum of these (:mod:`tests.organisation.attack_pages`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.optimize import linprog

from peerlens.organisation.change import TIE_DAYS

Days = tuple[int, int]
Weights = Callable[["Attacker"], np.ndarray]
FATES = ("before", "after", "kept")


@dataclass(frozen=True)
class Bound:
    """A sum of what is unknown that lies between two numbers."""

    weights: Weights
    low: float
    high: float


@dataclass
class Attacker:
    """Collects bounds, then asks how narrowly a sum of contact is bounded.

    `days` has a row for each pair and day with close contact: `a_no, b_no, day`; `labels` a column for each grouping seen, by
    `person_no`; `compared` the periods of each comparison.
    """

    days: pd.DataFrame
    labels: dict[str, pd.Series] = field(default_factory=dict)
    bounds: list[Bound] = field(default_factory=list)
    kinds_held: dict[str, int] = field(default_factory=dict)
    counts: list[tuple[str, str, int]] = field(default_factory=list)
    compared: list[tuple[Days, Days]] = field(default_factory=list)
    spans: set[Days] = field(default_factory=set)
    pages: set[Days] = field(default_factory=set)

    def note(self, kind: str, weights: Weights, low: float, high: float = np.inf) -> None:
        """Hold one more bound."""
        self.bounds.append(Bound(weights, low, high))
        self.kinds_held[kind] = self.kinds_held.get(kind, 0) + 1

    def total(self, chart: pd.Series, names: Iterable[str], span: Days) -> float:
        """Return all contact of people in groups shown; given to the attacker though no page says it."""
        inside = chart[chart.isin(list(names))].index
        rows = self.days[self.days["a_no"].isin(inside) & self.days["b_no"].isin(inside)]
        return float(rows["day"].between(*span).sum())

    def contact_of(self, chart: pd.Series, one: str, two: str, span: Days) -> float:
        """Return the contact of two groups; given to the attacker though no page says it."""
        rows = self.days[self.days["day"].between(*span)]
        a, b = (chart.reindex(rows[side]).to_numpy() for side in ("a_no", "b_no"))
        return float((((a == one) & (b == two)) | ((a == two) & (b == one))).sum())

    def prepare(self) -> None:
        """Work out atoms and stretches of days, and write all bounds as rows over what is unknown."""
        people = pd.DataFrame(self.labels).fillna("")
        atom, kinds = pd.factorize(pd.MultiIndex.from_frame(people))
        self.kinds = pd.DataFrame(kinds.tolist(), columns=list(self.labels))
        self.sizes = np.bincount(atom, minlength=len(kinds)).astype(float)
        self.edges = np.array(sorted({edge for first, last in self.spans for edge in (first, last + 1)}))
        self.parts = len(self.edges) - 1
        self.i, self.j = np.triu_indices(len(kinds))
        same = self.i == self.j
        one, two = self.sizes[self.i], self.sizes[self.j]
        self.pairs_of_people = np.where(same, one * (one - 1) / 2, one * two)
        self.everybody = people.index.to_numpy()
        self.atom = np.full(int(max(self.everybody.max(), self.days[["a_no", "b_no"]].to_numpy().max())) + 1, -1)
        self.atom[self.everybody] = atom
        self._truth()
        rows = [bound.weights(self) for bound in self.bounds]
        low, high = [bound.low for bound in self.bounds], [bound.high for bound in self.bounds]
        ties = list(self._of_ties())
        matrix = sparse.vstack([sparse.csr_array(np.array(rows)), *(part for part, _, _ in ties)]).tocsr()
        self.matrix = matrix
        self.low = np.concatenate([low, *(part for _, part, _ in ties)])
        self.high = np.concatenate([high, *(part for _, _, part in ties)])
        # What all bounds see alike is one unknown.
        columns = matrix.tocsc()
        columns.sort_indices()
        keys: dict[bytes, int] = {}
        ends = zip(columns.indptr[:-1], columns.indptr[1:], strict=True)
        self.merged = np.array(
            [keys.setdefault(columns.indices[a:b].tobytes() + columns.data[a:b].tobytes(), len(keys)) for a, b in ends]
        )

    def _truth(self) -> None:
        rows = self.days[self.days["day"].between(self.edges[0], self.edges[-1] - 1)]
        a, b, day = (rows[name].to_numpy() for name in ("a_no", "b_no", "day"))
        one, two = self.atom[a], self.atom[b]
        known = (one >= 0) & (two >= 0)
        a, b, day, one, two = a[known], b[known], day[known], one[known], two[known]
        at = np.zeros((len(self.kinds), len(self.kinds)), int)
        at[self.i, self.j] = np.arange(len(self.i))
        at = np.maximum(at, at.T)
        part = np.searchsorted(self.edges, day, side="right") - 1
        truth = [np.bincount(at[one, two] * self.parts + part, minlength=len(self.i) * self.parts)]
        pairs, which = np.unique(np.minimum(a, b) * len(self.atom) + np.maximum(a, b), return_inverse=True)
        place = np.zeros(len(pairs), int)
        place[which] = at[one, two]
        for spans in self.compared:
            tied = [np.bincount(which[(day >= x) & (day <= y)], minlength=len(pairs)) >= TIE_DAYS for x, y in spans]
            truth += [np.bincount(place, kind, len(self.i)) for kind in (*tied, tied[0] & tied[1])]
        self.truth = np.concatenate(truth).astype(float)
        # By pair of people and stretch, for those who choose what to attack.
        code, count = np.unique(which * self.parts + part, return_counts=True)
        pair = pairs[code // self.parts]
        self.contact = pd.DataFrame(
            {"a": pair // len(self.atom), "b": pair % len(self.atom), "part": code % self.parts, "n": count}
        )

    def _of_ties(self) -> Iterable[tuple[sparse.csr_array, np.ndarray, np.ndarray]]:
        """Bound ties of two atoms by each other, by their contact, and by how many pairs of people there are."""
        one = sparse.eye_array(len(self.i), format="csr")
        for at, spans in enumerate(self.compared):
            before, after, kept = (self._ties_at(one, at, fate) for fate in FATES)
            zero, many = np.zeros(len(self.i)), self.pairs_of_people
            for ties, span in zip((before, after), spans, strict=True):
                days = sparse.csr_array(self.within(span)[None, :].astype(float))
                contact = sparse.kron(one, days, format="csr")
                contact.resize(ties.shape)
                length = span[1] - span[0] + 1
                yield contact - TIE_DAYS * ties, zero, zero + np.inf
                yield contact - (length - 1) * ties, zero - np.inf, many * (TIE_DAYS - 1)
                yield ties - kept, zero, zero + np.inf
            yield before + after - kept, zero, many

    def _ties_at(self, pairs: sparse.csr_array, at: int, fate: str) -> sparse.csr_array:
        many = len(self.i)
        start = many * (self.parts + 3 * at + FATES.index(fate))
        found = pairs.tocoo()
        shape = (pairs.shape[0], many * (self.parts + 3 * len(self.compared)))
        return sparse.coo_array((found.data, (found.row, found.col + start)), shape=shape).tocsr()

    def within(self, span: Days) -> np.ndarray:
        """Return which stretches of days lie in a span."""
        return (self.edges[:-1] >= span[0]) & (self.edges[1:] <= span[1] + 1)

    def spread(self, pairs: np.ndarray, span: Days) -> np.ndarray:
        """Return weights over all that is unknown, from those of contact of pairs of atoms in a span."""
        contact = np.outer(pairs, self.within(span)).reshape(-1).astype(float)
        return np.concatenate([contact, np.zeros(3 * len(self.compared) * len(self.i))])

    def interval(self, wanted: np.ndarray) -> tuple[float, float]:
        """Return the least and the most that a sum can be, given every page; any number, where the least is 0.

        (From 0 up, no interval is narrow: the most is not sought.)
        """
        # Unknowns alike to all bounds and to what is wanted are one.
        kind = self.merged * 2 + (wanted > 0)
        _, first = np.unique(kind, return_index=True)
        matrix, goal = self.matrix[:, first], wanted[first]
        upper, lower = np.isfinite(self.high), np.isfinite(self.low)
        limits = sparse.vstack([matrix[upper], -matrix[lower]])
        bound = np.concatenate([self.high[upper], -self.low[lower]]) + 1e-7
        ends = []
        for sign in (1.0, -1.0):
            found = linprog(sign * goal, A_ub=limits, b_ub=bound, bounds=(0, float(self.truth.sum())), method="highs")
            assert found.status == 0, found.message
            ends.append(sign * found.fun)
            if ends[0] <= 1e-6:
                return 0.0, np.inf
        return ends[0], ends[1]

    def check(self) -> None:
        """Check that all that is held is true: else no interval means anything."""
        value = self.matrix @ self.truth
        assert (value >= self.low - 1e-6).all()
        assert (value <= self.high + 1e-6).all()

    def small_cells(self, k: int, most: int) -> list[tuple[str, np.ndarray]]:
        """Return cells of fewer than `k` people on one side in some stretch of days, those with most contact first."""
        spans = sorted({*self.spans, *zip(self.edges[:-1].tolist(), (self.edges[1:] - 1).tolist(), strict=True)})
        a, b, part, n = (self.contact[name].to_numpy() for name in ("a", "b", "part", "n"))
        found = []
        for name, label in self.labels.items():
            code, groups = pd.factorize(label.reindex(range(len(self.atom))).fillna(""), sort=True)
            groups = np.asarray(groups, dtype=str)
            one, two = code[a], code[b]
            swap = one > two
            low, high = np.minimum(one, two), np.maximum(one, two)
            sides = np.where(swap, b, a), np.where(swap, a, b)
            cell = low * len(groups) + high
            across = (low != high) & (groups[low] != "") & (groups[high] != "")
            for span in spans:
                use = across & self.within(span)[part]
                amount = np.bincount(cell[use], n[use], len(groups) ** 2)
                people = [
                    np.bincount(
                        np.unique(cell[use] * len(self.atom) + side[use]) // len(self.atom), minlength=len(amount)
                    )
                    for side in sides
                ]
                few = np.flatnonzero((amount > 0) & (np.minimum(*people) < k))
                found += [(-int(amount[at]), span, name, *groups[[at // len(groups), at % len(groups)]]) for at in few]
        found.sort(key=str)
        whole = [cell for cell in found if cell[1] in self.pages]
        short = [cell for cell in found if cell[1] not in self.spans]
        chosen = {cell: None for part in (whole, short) for cell in sorted(part)[: most // 3]}
        chosen |= dict.fromkeys(found[:: max(1, 3 * len(found) // most)])
        return [(f"{name}: {g} / {h}, days {span}", cell_of(name, g, h, span)(self)) for _, span, name, g, h in chosen]

    def broken(self, wanted: Sequence[tuple[str, np.ndarray]]) -> list[str]:
        """Return what is bounded too narrowly of what is wanted; checks that bounds are true on the way."""
        self.check()
        won = []
        for name, weights in wanted:
            low, high = self.interval(weights)
            assert low - 1e-4 <= float(weights @ self.truth) <= high + 1e-4, (name, low, high)
            if succeeds(low, high):
                won.append(f"{name}: {low:.1f} to {high:.1f}")
        return won


def cell_of(name: str, a: str, b: str, span: Days) -> Weights:
    """Weigh the contact of two groups."""
    return sum_of(name, a, [b], span)


def sum_of(name: str, a: str, others: Iterable[str], span: Days) -> Weights:
    """Weigh the contact of one group with others (or inside it)."""
    return lambda attacker: attacker.spread(_between(attacker, name, a, others), span)


def ties_of(name: str, a: str, b: str, at: int, fate: str) -> Weights:
    """Weigh the ties of two groups in a comparison."""

    def weights(attacker: Attacker) -> np.ndarray:
        pairs = sparse.csr_array(_between(attacker, name, a, [b])[None, :].astype(float))
        return attacker._ties_at(pairs, at, fate).toarray()[0]

    return weights


def _between(attacker: Attacker, name: str, a: str, others: Iterable[str]) -> np.ndarray:
    label = attacker.kinds[name].to_numpy()
    is_a, is_b = label == a, np.isin(label, list(others))
    i, j = attacker.i, attacker.j
    return (is_a[i] & is_b[j]) | (is_b[i] & is_a[j])


def less(of: Weights, than: Weights, factor: float, sign: float = 1.0) -> Weights:
    """Weigh one sum less a multiple of another."""
    return lambda attacker: sign * (of(attacker) - factor * than(attacker))


def succeeds(low: float, high: float) -> bool:
    """Say whether an interval is narrower than 50 % either side of its middle."""
    return high > 0 and (high - low) / 2 < 0.5 * (high + low) / 2
