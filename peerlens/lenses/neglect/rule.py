"""What every kind of neglect has in common: conditions with thresholds, a severity, one sentence, one next step."""

from __future__ import annotations

import operator
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from peerlens.ties.quiet_chance import TOLD

if TYPE_CHECKING:
    import ibis.expr.types as ir

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

    def of(self, rows: ir.Table) -> ir.BooleanValue:
        """Write the comparison for a table of the engine; unknown does not pass."""
        limit = rows[self.threshold] if isinstance(self.threshold, str) else self.threshold
        return self.compare(rows[self.column], limit).fill_null(False)

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

    def derive(self, rows: ir.Table) -> ir.Table:
        """Add the columns that conditions and evidence need beyond those of the table."""
        return rows

    @abstractmethod
    def ways(self) -> tuple[tuple[Condition, ...], ...]:
        """Return the alternative sets of conditions."""

    def found_when(self) -> str:
        """Say in plain words, with the thresholds in force, when a tie is found; empty where the conditions must do."""
        return ""

    @abstractmethod
    def severity(self, rows: ir.Table) -> ir.NumericValue:
        """Write how unusual a found row is, 0 to 1."""

    @abstractmethod
    def because(self, row: Mapping[str, Any]) -> str:
        """Say in one sentence, made of numbers in the row only, why it was found."""

    @abstractmethod
    def suggestion(self, row: Mapping[str, Any]) -> str:
        """Name one action and a sentence to send."""

    def passes(self, rows: ir.Table) -> ir.BooleanValue:
        """Write whether rows pass all conditions of any way."""
        found = None
        for way in self.ways():
            passed = None
            for condition in way:
                passed = condition.of(rows) if passed is None else passed & condition.of(rows)
            assert passed is not None
            found = passed if found is None else found | passed
        assert found is not None
        return found

    def asked(self, ties: Ties) -> ir.Table:
        """Return the rows this rule looks at: peers only, and nobody whom fairness keeps out."""
        rows = getattr(ties, self.reads)
        needed = {*KEYS, *self.columns(), *self.compared(), *self.head_counts, *self.group_shares, *self.uses}
        # Few columns first: the table is wide, and every step of a query names each column it carries.
        rows = rows.select(*(name for name in rows.columns if name in needed))
        if self.reads != "reach":
            rows = rows.filter(rows.is_peer & rows.is_open & rows.person_is_open)
        return rows

    def find(self, ties: Ties, *, person_id: str | None = None, compared: bool = False) -> ir.Table:
        """Find this kind of neglect, for one person or for everyone.

        Parameters
        ----------
        ties
            Where to look.
        person_id
            For whom; None for everyone.
        compared
            Whether to return what conditions compare too, as it was before anything was rounded, under :data:`COMPARED`.

        Returns
        -------
        ibis Table
            ``person_id, other_id, other_department, severity`` and the evidence columns.
        """
        import ibis

        rows = self.asked(ties)
        if person_id is not None:
            rows = rows.filter(rows.person_id == person_id)
        rows = self.derive(rows)
        rows = rows.filter(self.passes(rows))
        if self.reads == "reach":
            rows = rows.mutate(other_id=ibis.null("string"), is_cross_department=True)
        severity = ibis.least(1.0, ibis.greatest(0.0, self.severity(rows))).round(4)
        names = ["person_id", "other_id", "department", "other_department", "is_cross_department"]
        shown: dict[str, Any] = {name: rows[name] for name in self.columns()}
        shown["window_weeks"] = ibis.literal(ties.settings.ties.window_weeks, "int32")
        shown |= {name: rows[name] // 5 * 5 for name in self.head_counts}
        shown |= {name: rows[name].round(1) for name in self.group_shares}
        if compared:
            shown |= {COMPARED + name: rows[name] for name in self.compared()}
        return rows.select(*names, severity=severity, **shown)

    def compared(self) -> tuple[str, ...]:
        """Return the columns that conditions compare, and those they are compared with."""
        sides = [side for way in self.ways() for condition in way for side in (condition.column, condition.threshold)]
        return tuple(dict.fromkeys(side for side in sides if isinstance(side, str)))

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
