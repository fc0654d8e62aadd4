"""What every kind of neglect has in common: conditions with thresholds, a severity, one sentence, one next step."""

from __future__ import annotations

import operator
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from peerlens.lenses.neglect.columns import filled, rounded, within
from peerlens.ties.quiet_chance import TOLD

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    from peerlens.lenses.neglect.columns import Rows
    from peerlens.ties import Ties

Relation = Literal[">=", ">", "<=", "<", "=="]

COMPARED = "compared_"
"""before the name of a column that a condition compares"""

KEYS = (
    "person_id",
    "other_id",
    "department",
    "other_department",
    "is_cross_department",
    "is_peer",
    "is_open",
    "person_is_open",
)
"""who a row is about, and whether it is looked at"""

PLACED = KEYS[:5]

_RELATIONS: dict[str, Callable[[Any, Any], Any]] = {
    ">=": operator.ge,
    ">": operator.gt,
    "<=": operator.le,
    "<": operator.lt,
    "==": operator.eq,
}


@dataclass(frozen=True)
class Condition:
    """One comparison a row must pass.

    Parameters
    ----------
    column
        Column of the rows that is compared.
    relation
        How.
    threshold
        A number, or the name of another column.
    meaning
        The comparison in plain words, without its numbers.
    """

    column: str
    relation: Relation
    threshold: float | str
    meaning: str

    def of(self, rows: Rows) -> Any:
        """Write the comparison for a table of the engine, or make it with rows in memory; unknown does not pass."""
        limit = rows[self.threshold] if isinstance(self.threshold, str) else self.threshold
        return filled(self.compare(rows[self.column], limit), False)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns it compares."""
        return (self.column, self.threshold) if isinstance(self.threshold, str) else (self.column,)

    def compare(self, value: Any, limit: Any) -> Any:
        """Compare two numbers, or two columns."""
        return _RELATIONS[self.relation](value, limit)

    def limit(self, row: Mapping[str, Any]) -> Any:
        """Return the threshold that applied to one row."""
        return row[self.threshold] if isinstance(self.threshold, str) else self.threshold


@dataclass(frozen=True)
class Rule(ABC):
    """A kind of neglected peer tie. Fields are thresholds; a subclass adds its own.

    ``reads`` names the table of ties the rule looks at. A row is found when it passes all conditions of any one of ``ways``.
    """

    kind: ClassVar[str]
    reads: ClassVar[Literal["sides", "candidates", "reach"]] = "sides"
    evidence: ClassVar[tuple[str, ...]]
    head_counts: ClassVar[tuple[str, ...]] = ()
    """evidence that counts people: shown rounded down to fives"""
    group_shares: ClassVar[tuple[str, ...]] = ()
    """evidence that is a share of a group: shown to 0.1"""
    has_quiet_chance: ClassVar[bool] = False
    uses: ClassVar[tuple[str, ...]] = ()
    """columns of the table that ``derive`` and ``severity`` take beside evidence and what conditions compare"""
    needs_everyone: ClassVar[bool] = False
    """whether the rule rests on ties among others, of which one person's own export knows nothing"""

    def derive(self, rows: Rows) -> Any:
        """Add the columns that conditions and evidence need beyond those of the table."""
        return rows

    @abstractmethod
    def ways(self) -> tuple[tuple[Condition, ...], ...]:
        """Return the alternative sets of conditions."""

    def found_when(self) -> str:
        """Say in plain words, with the thresholds in force, when a tie is found; empty where the conditions must do."""
        return ""

    @abstractmethod
    def severity(self, rows: Rows) -> Any:
        """Write how unusual a found row is, 0 to 1."""

    @abstractmethod
    def because(self, row: Mapping[str, Any]) -> str:
        """Say in one sentence, made of numbers in the row only, why it was found."""

    @abstractmethod
    def suggestion(self, row: Mapping[str, Any]) -> str:
        """Name one action and a sentence to send."""

    def passes(self, rows: Rows, *, known: Collection[str] | None = None) -> Any:
        """Write whether rows pass all conditions of any way.

        Parameters
        ----------
        rows
            With what :meth:`derive` adds, unless some columns only are known.
        known
            Columns beside which conditions are taken for passed.
        """
        ways = [
            [condition.of(rows) for condition in way if known is None or set(condition.columns) <= set(known)]
            for way in self.ways()
        ]
        return reduce(operator.or_, (reduce(operator.and_, way) for way in ways))

    def asked(self, ties: Ties) -> ir.Table:
        """Return the rows this rule looks at: peers only, and nobody whom fairness keeps out."""
        rows = getattr(ties, self.reads)
        # Few columns first: the table is wide, and every step of a query names each column it carries.
        rows = rows.select(*self._needed(rows))
        if self.reads != "reach":
            rows = rows.filter(rows.is_peer & rows.is_open & rows.person_is_open)
        return rows

    def _needed(self, rows: Rows) -> list[str]:
        needed = {*KEYS, *self.columns(), *self.compared(), *self.head_counts, *self.group_shares, *self.uses}
        return [name for name in rows.columns if name in needed]

    def find(self, ties: Ties, *, compared: bool = False) -> ir.Table:
        """Find this kind of neglect, for everyone.

        Parameters
        ----------
        ties
            Where to look.
        compared
            Whether to return what conditions compare too, as it was before anything was rounded, under :data:`COMPARED`.

        Returns
        -------
        ibis Table
            ``person_id, other_id, other_department, severity`` and the evidence columns.
        """
        import ibis

        rows = self.asked(ties)
        if any(name not in rows.columns for name in self.compared()):
            # What is added to a row costs most where it is looked up, so it is added to those alone that may yet pass.
            rows = rows.filter(self.passes(rows, known=rows.columns))
        rows = self.derive(rows)
        rows = rows.filter(self.passes(rows))
        if self.reads == "reach":
            rows = rows.mutate(other_id=ibis.null("string"), is_cross_department=True)
        weeks = ibis.literal(ties.settings.ties.window_weeks, "int32")
        return rows.select(*PLACED, **self._shown(rows, weeks, compared=compared))

    def find_among(self, rows: pd.DataFrame, *, window_weeks: int) -> pd.DataFrame:
        """Find this kind of neglect among rows that are in memory; what :meth:`find` returns, with what conditions compare.

        Parameters
        ----------
        rows
            Of the table the rule reads, those it looks at; more columns than it needs do no harm.
        window_weeks
            Length of the window.
        """
        import numpy as np

        rows = self.derive(rows[self._needed(rows)])
        rows = rows[self.passes(rows)]
        if self.reads == "reach":
            rows = rows.assign(other_id=None, is_cross_department=True)
        return rows[list(PLACED)].assign(**self._shown(rows, np.int32(window_weeks), compared=True))

    def _shown(self, rows: Rows, weeks: Any, *, compared: bool) -> dict[str, Any]:
        """Return the columns of a found row, by name."""
        shown: dict[str, Any] = {"severity": rounded(within(self.severity(rows), 0.0, 1.0), 4)}
        shown |= {name: rows[name] for name in self.columns()}
        shown["window_weeks"] = weeks
        shown |= {name: rows[name] // 5 * 5 for name in self.head_counts}
        shown |= {name: rounded(rows[name], 1) for name in self.group_shares}
        if compared:
            shown |= {COMPARED + name: rows[name] for name in self.compared()}
        return shown

    def compared(self) -> tuple[str, ...]:
        """Return the columns that conditions compare, and those they are compared with."""
        return tuple(dict.fromkeys(name for way in self.ways() for condition in way for name in condition.columns))

    def columns(self) -> tuple[str, ...]:
        """Return the columns of a found row beyond who it is about: evidence, and what importance rests on."""
        return tuple(dict.fromkeys((*self.evidence, *self.weighs())))

    def weighs(self) -> tuple[str, ...]:
        """Return the columns importance is made of."""
        return {
            "sides": ("best_share", "is_live", "live_ties_there", *TOLD, "quiet_words"),
            "candidates": ("expected_share", "is_live", "live_ties_there"),
            "reach": ("mean_share", "live_ties_there"),
        }[self.reads]


def hello(row: Mapping[str, Any]) -> str:
    """Open a draft: by first name where a name is known, never by an id."""
    name = str(row["other"])
    # Neither an id nor a token ("Sales 07") has a first name to greet by.
    is_named = name != str(row["other_id"]) and not name.split()[-1].isdigit()
    return f"Hello {name.split()[0]}" if is_named else "Hello"
