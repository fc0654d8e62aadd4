"""An attacker who holds every figure of several runs, and tries linear programming on them.

What is unknown is the contact between any two of the smallest sets of people that all pages together tell apart (atoms), in
each of the shortest stretches of days that they tell apart. Every figure that rests on contact days bounds a sum of these.
The attacker is given more than any page holds: the expectation behind each ratio and each drift, and the total behind each
change, without rounding; and who is in which group. The 90 % intervals beside ratios are not used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.optimize import linprog

from peerlens.organisation import Comparison, FirmMap, Organisation
from peerlens.organisation import drift as drifts
from peerlens.organisation.cells import make_cells
from peerlens.organisation.expected import across_expected
from peerlens.ties.events import day_number

TENTH, PERCENT = 0.05, 0.005
"""half of a last digit"""
Days = tuple[int, int]
Weights = Callable[["Attacker"], np.ndarray]


@dataclass(frozen=True)
class Bound:
    """A sum of contact that lies between two numbers."""

    weights: Weights
    low: float
    high: float


@dataclass
class Attacker:
    """Collects pages, then asks how narrowly a sum of contact is bounded.

    `days` has a row for each pair and day with close contact: `a_no, b_no, day`; `labels` a column for each grouping seen.
    """

    days: pd.DataFrame
    labels: dict[str, pd.Series] = field(default_factory=dict)
    bounds: list[Bound] = field(default_factory=list)
    kinds_held: dict[str, int] = field(default_factory=dict)
    counts: list[tuple[str, str, int]] = field(default_factory=list)
    spans: set[Days] = field(default_factory=set)
    pages: set[Days] = field(default_factory=set)

    def hold(self, name: str, organisation: Organisation, chart: pd.Series, *, has_live: bool = True) -> None:
        """Take all tables of one page; `chart` is the grouping by `person_no`, small groups included.

        `has_live` takes what rests on live ties, too.
        """
        self.labels[name] = chart
        view = organisation._view
        span = (view.first_day, view.last_day)
        self._ratios(name, organisation, span)
        size = pd.Series(view.sizes, index=list(view.names))
        for row in organisation.groups().query("withheld == ''").itertuples():
            if row.inside_share == row.inside_share:
                # The E-I index is made from the share shown; it holds nothing more.
                assert row.ei_index == np.round(1 - 2 * row.inside_share, 1) + 0.0
                self._note("inside", _inside(name, row.group, row.inside_share - TENTH, organisation.names, span), 0.0)
                top = _inside(name, row.group, row.inside_share + TENTH, organisation.names, span)
                self._note("inside", top, -np.inf, 0.0)
            if has_live and row.peers_across == row.peers_across:
                # Half of the people have so many live peers elsewhere, and a day of contact with each.
                least = size[row.group] / 2 * (row.peers_across - 0.5)
                others = [other for other in organisation.names if other != row.group]
                self._note("peers", _sum(name, row.group, others, span), least)
            if row.people.isdigit():
                self.counts.append((name, row.group, int(row.people)))
        for row in organisation.bridges().query("withheld == ''").itertuples() if has_live else ():
            carriers = [1 if said.startswith("fewer") else int(said) for said in (row.carriers_a, row.carriers_b)]
            self._note("carriers", _cell(name, row.group_a, row.group_b, span), float(max(carriers)))
        self._drifts(name, organisation)

    def hold_change(self, name: str, found: Comparison, chart: pd.Series) -> None:
        """Take the table of two periods compared."""
        self.labels[name] = chart
        compared = found._compared
        one, two = ((span.first, span.last) for span in (compared.before, compared.after))
        names = {group for side in ("group_a", "group_b") for group in found.table()[side]}
        totals = [self._total(chart, names, span) for span in (one, two)]
        for row in found.table().query("withheld == ''").dropna(subset=["change"]).itertuples():
            before, after = (_cell(name, row.group_a, row.group_b, span) for span in (one, two))
            self._note("change", before, 10.0)  # below that no change is shown
            low = -1.0 if row.or_more else row.change - PERCENT
            for share, sign in ((low, 1.0), (row.change + PERCENT, -1.0)):
                # n2 + 1/2 against (1 + change) (t2 / t1) (n1 + 1/2)
                factor = max(1 + share, 0.0) * totals[1] / max(totals[0], 1.0)
                self._note("change", _less(after, before, factor, sign), sign * (0.5 * factor - 0.5))
        self.spans |= {one, two}
        self.pages |= {one, two}

    def hold_map(self, name: str, shown: FirmMap, chart: pd.Series) -> None:
        """Take the steps of a map of the firm."""
        self.labels[name] = chart
        for link in shown.links.itertuples():
            for at, letter in enumerate(link.levels):
                last = day_number(shown.block_ends[at])
                if letter != "-":
                    low, high = (0, 0) if letter == "0" else (2 ** (int(letter) - 1), 2 ** int(letter) - 1)
                    span = (last - 27, last)
                    self._note("map", _cell(name, link.group_a, link.group_b, span), float(low), float(high))
                    self.spans.add(span)

    def _ratios(self, name: str, organisation: Organisation, span: Days) -> None:
        view, names = organisation._view, organisation.names
        cells = make_cells(organisation._between.query("ga != gb"), len(names))
        expected = {
            (names[a], names[b]): value
            for a, b, value in zip(cells["ga"], cells["gb"], across_expected(cells, len(names)), strict=True)
        }
        for row in organisation.pairs().query("withheld == ''").itertuples():
            awaited = expected.get((row.group_a, row.group_b), 0.0)
            ratio = 0.0 if row.ratio != row.ratio else row.ratio  # none on record
            low, high = max(ratio - TENTH, 0.0) * awaited, (ratio + TENTH) * awaited
            self._note("ratio", _cell(name, row.group_a, row.group_b, span), low, high)
        self.spans.add((view.first_day, view.last_day))
        self.pages.add((view.first_day, view.last_day))

    def _drifts(self, name: str, organisation: Organisation) -> None:
        view, names = organisation._view, list(organisation.names)
        found = organisation.drifting().query("withheld == ''")
        blocks = min(364, view.last_day - day_number(view.ties.log_first_on) + 1) // drifts.BLOCK_DAYS
        first = view.last_day - blocks * drifts.BLOCK_DAYS + 1
        asked = pd.DataFrame({"ga": found["group_a"].map(names.index), "gb": found["group_b"].map(names.index)})
        if asked.empty:
            return
        _, awaited = drifts._series(view, asked.astype("int64").reset_index(drop=True), first, blocks)
        for at, row in enumerate(found.itertuples()):
            middle = day_number(row.since_on)
            split = (middle - first) // drifts.BLOCK_DAYS
            before, after = (first, middle - 1), (middle, view.last_day)
            cells = [_cell(name, row.group_a, row.group_b, span) for span in (before, after)]
            scale = awaited[at, split:].sum() / awaited[at, :split].sum()
            low = -1.0 if row.or_more else row.change - TENTH
            for share, sign in ((low, 1.0), (row.change + TENTH, -1.0)):
                self._note("drift", _less(cells[1], cells[0], max(1 + share, 0.0) * scale, sign), 0.0)
            self.spans |= {before, after}

    def _note(self, kind: str, weights: Weights, low: float, high: float = np.inf) -> None:
        self.bounds.append(Bound(weights, low, high))
        self.kinds_held[kind] = self.kinds_held.get(kind, 0) + 1

    def _total(self, chart: pd.Series, names: Iterable[str], span: Days) -> float:
        inside = chart[chart.isin(list(names))].index
        rows = self.days[self.days["a_no"].isin(inside) & self.days["b_no"].isin(inside)]
        return float(rows["day"].between(*span).sum())

    def prepare(self) -> None:
        """Work out atoms and stretches of days, and write all bounds as rows over pairs of atoms and stretches."""
        people = pd.DataFrame(self.labels).fillna("")
        atom, kinds = pd.factorize(pd.MultiIndex.from_frame(people))
        self.kinds = pd.DataFrame(kinds.tolist(), columns=list(self.labels))
        ends = sorted({edge for first, last in self.spans for edge in (first, last + 1)})
        self.edges = np.array(ends)
        rows = self.days[self.days["day"].between(ends[0], ends[-1] - 1)]
        self.code = pd.Series(atom, index=people.index)
        one, two = self.code.reindex(rows["a_no"]).to_numpy(), self.code.reindex(rows["b_no"]).to_numpy()
        known = ~(np.isnan(one) | np.isnan(two))
        part = np.searchsorted(self.edges, rows["day"].to_numpy(), side="right") - 1
        low, high = np.minimum(one, two)[known].astype(int), np.maximum(one, two)[known].astype(int)
        self.i, self.j = np.triu_indices(len(kinds))
        self.truth = np.zeros((len(kinds), len(kinds), len(ends) - 1))
        np.add.at(self.truth, (low, high, part[known]), 1)
        self.truth = self.truth[self.i, self.j].reshape(-1)
        matrix = np.array([bound.weights(self) for bound in self.bounds])
        self.low = np.array([bound.low for bound in self.bounds])
        self.high = np.array([bound.high for bound in self.bounds])
        # What all bounds see alike is one unknown.
        _, self.merged = np.unique(matrix, axis=1, return_inverse=True)
        self.merged = self.merged.reshape(-1)
        self.matrix = matrix

    def within(self, span: Days) -> np.ndarray:
        """Return which stretches of days lie in a span."""
        return (self.edges[:-1] >= span[0]) & (self.edges[1:] <= span[1] + 1)

    def spread(self, pairs: np.ndarray, span: Days) -> np.ndarray:
        """Return weights over pairs of atoms and stretches, from those of pairs."""
        return np.outer(pairs, self.within(span)).reshape(-1).astype(float)

    def interval(self, wanted: np.ndarray) -> tuple[float, float]:
        """Return the least and the most that a sum can be, given every page."""
        # Unknowns alike to all bounds and to what is wanted are one.
        kind = self.merged * 2 + (wanted > 0)
        _, first, place = np.unique(kind, return_index=True, return_inverse=True)
        del place
        matrix, goal = sparse.csr_array(self.matrix[:, first]), wanted[first]
        upper, lower = np.isfinite(self.high), np.isfinite(self.low)
        limits = sparse.vstack([matrix[upper], -matrix[lower]])
        bound = np.concatenate([self.high[upper], -self.low[lower]]) + 1e-7
        ends = []
        for sign in (1.0, -1.0):
            found = linprog(sign * goal, A_ub=limits, b_ub=bound, bounds=(0, float(self.truth.sum())), method="highs")
            assert found.status == 0, found.message
            ends.append(sign * found.fun)
        return ends[0], ends[1]

    def true_value(self, wanted: np.ndarray) -> float:
        """Return what the sum really is."""
        return float(wanted @ self.truth)

    def small_cells(self, k: int, most: int) -> list[tuple[str, np.ndarray]]:
        """Return cells of fewer than `k` people on one side in some stretch of days, those with most contact first."""
        spans = {*self.spans, *zip(self.edges[:-1].tolist(), (self.edges[1:] - 1).tolist(), strict=True)}
        found = []
        for span in sorted(spans):
            rows = self.days[self.days["day"].between(*span)]
            a, b = rows["a_no"].to_numpy(), rows["b_no"].to_numpy()
            for name, label in self.labels.items():
                one, two = (label.reindex(end).fillna("").to_numpy(str) for end in (a, b))
                swap = one > two
                low, high = np.where(swap, two, one), np.where(swap, one, two)
                ends = pd.DataFrame({"a": np.where(swap, b, a), "b": np.where(swap, a, b), "g": low, "h": high})
                ends = ends[(low != high) & (low != "") & (high != "")]
                counts = ends.groupby(["g", "h"]).agg(a=("a", "nunique"), b=("b", "nunique"), n=("a", "size"))
                few = counts[counts[["a", "b"]].min(axis=1) < k]
                found += [(-int(row.n), span, name, *row.Index) for row in few.itertuples()]
        found.sort(key=str)
        whole = [cell for cell in found if cell[1] in self.pages]
        short = [cell for cell in found if cell[1] not in self.spans]
        chosen = {cell: None for part in (whole, short) for cell in sorted(part)[: most // 3]}
        chosen |= dict.fromkeys(found[:: max(1, 3 * len(found) // most)])
        return [(f"{name}: {g} / {h}, days {span}", _cell(name, g, h, span)(self)) for _, span, name, g, h in chosen]

    def broken(self, k: int, most: int = 24) -> list[str]:
        """Return the small cells that are bounded too narrowly; checks that bounds are true on the way."""
        won = []
        for name, wanted in self.small_cells(k, most):
            low, high = self.interval(wanted)
            assert low - 1e-4 <= self.true_value(wanted) <= high + 1e-4, (name, low, self.true_value(wanted), high)
            if succeeds(low, high):
                won.append(f"{name}: {low:.1f} to {high:.1f}")
        return won


def _cell(name: str, a: str, b: str, span: Days) -> Weights:
    return _sum(name, a, [b], span)


def _sum(name: str, a: str, others: Iterable[str], span: Days) -> Weights:
    """Weigh the contact of one group with others (or inside it)."""

    def weights(attacker: Attacker) -> np.ndarray:
        label = attacker.kinds[name].to_numpy()
        is_a, is_b = label == a, np.isin(label, list(others))
        i, j = attacker.i, attacker.j
        return attacker.spread((is_a[i] & is_b[j]) | (is_b[i] & is_a[j]), span)

    return weights


def _less(of: Weights, than: Weights, factor: float, sign: float) -> Weights:
    return lambda attacker: sign * (of(attacker) - factor * than(attacker))


def _inside(name: str, group: str, share: float, shown: tuple[str, ...], span: Days) -> Weights:
    """Weigh what contact inside a group has beyond a share of all its contact."""

    def weights(attacker: Attacker) -> np.ndarray:
        label = attacker.kinds[name].to_numpy()
        mine, there = label == group, np.isin(label, shown)
        one, two = mine[attacker.i], mine[attacker.j]
        across = (one ^ two) & there[attacker.i] & there[attacker.j]
        return attacker.spread((1 - share) * 2.0 * (one & two) - share * across, span)

    return weights


def succeeds(low: float, high: float) -> bool:
    """Say whether an interval is narrower than 50 % either side of its middle."""
    return high > 0 and (high - low) / 2 < 0.5 * (high + low) / 2
