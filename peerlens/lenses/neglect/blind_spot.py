"""A department with no tie yet: where most people alike have somebody, and you have nobody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from peerlens.lenses.neglect.columns import rounded
from peerlens.lenses.neglect.rule import Condition, Rule
from peerlens.words import number, percent

if TYPE_CHECKING:
    from peerlens.lenses.neglect.columns import Rows


@dataclass(frozen=True)
class BlindSpot(Rule):
    """No live tie into a department into which most people of the same level and function have one.

    Function means: both with, or both without, reports. ``severity = (share - 0.6) / 0.4``.

    Parameters
    ----------
    min_department
        Smallest department looked at.
    min_alike, min_share
        People alike outside it, and the share of them with a live tie into it.
    """

    min_department: int = 5
    min_alike: int = 10
    min_share: float = 0.6

    kind: ClassVar[str] = "blind_spot"
    reads: ClassVar[Literal["sides", "candidates", "reach"]] = "reach"
    needs_everyone: ClassVar[bool] = True
    evidence: ClassVar[tuple[str, ...]] = ("department_size", "alike", "alike_share")
    head_counts: ClassVar[tuple[str, ...]] = ("department_size", "alike")
    group_shares: ClassVar[tuple[str, ...]] = ("alike_share",)

    def ways(self) -> tuple[tuple[Condition, ...], ...]:
        """Return the conditions."""
        return (
            (
                Condition("department_size", ">=", self.min_department, "people in that department"),
                Condition("alike", ">=", self.min_alike, "people like you outside it"),
                Condition("alike_share", ">=", self.min_share, "share of them with a live tie into it"),
            ),
        )

    def found_when(self) -> str:
        """Say it in plain words."""
        return (
            f"You have no live tie into a department of at least {number(self.min_department)} people, and of at least "
            f"{number(self.min_alike)} people at your level and in your kind of role at least {percent(self.min_share)} have one."
        )

    def severity(self, rows: Rows) -> Any:
        """Write severity from the share as it is shown, to 0.1."""
        return (rounded(rows.alike_share, 1) - self.min_share) / max(1.0 - self.min_share, 1e-9)

    def because(self, row: Mapping[str, Any]) -> str:
        """Say how many people alike have a tie there; the share carries the number, head counts stay rounded."""
        share = "nearly all" if row["alike_share"] >= 0.95 else f"about {percent(row['alike_share'])}"
        return (
            f"There is no live tie into {row['other_department']}, where {share} of at least "
            f"{number(row['alike'])} people at your level and in your kind of role have one."
        )

    def suggestion(self, row: Mapping[str, Any]) -> str:
        """Suggest asking for a name."""
        return (
            f"Ask a colleague who works with {row['other_department']}: “Whom should I know in {row['other_department']}, "
            "and would you introduce me?”"
        )
