"""No tie yet, though much in common: contact that people alike have, and these two do not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from peerlens.lenses.neglect.rule import Condition, Rule
from peerlens.words import number

if TYPE_CHECKING:
    from peerlens.lenses.neglect.columns import Rows


@dataclass(frozen=True)
class NeverFormed(Rule):
    """At least 19 in 20 pairs alike had three contact days in 26 weeks; these two had at most one.

    A reason to meet is at least three shared live contacts, or departments above expectation with shared meetings. How the
    expectation is made: :mod:`peerlens.ties.expectation`. ``severity = 1 - 3 / lower bound``.

    Parameters
    ----------
    min_low_days
        Lower end of the 90 % interval of contact days among pairs alike, in 26 weeks.
    max_observed_days
        Contact days seen.
    min_shared, min_meetings
        Shared live contacts, or shared meetings, that are a reason to meet.
    min_there_days
        Days both must have been there.
    """

    min_low_days: float = 3.0
    max_observed_days: int = 1
    min_shared: int = 3
    min_meetings: int = 3
    min_there_days: int = 182

    kind: ClassVar[str] = "never_formed"
    reads: ClassVar[Literal["sides", "candidates", "reach"]] = "candidates"
    needs_everyone: ClassVar[bool] = True
    evidence: ClassVar[tuple[str, ...]] = (
        "shared_contacts",
        "observed_days",
        "expected_days",
        "expected_low_days",
        "alike_pairs",
        "both_there_days",
    )

    def ways(self) -> tuple[tuple[Condition, ...], ...]:
        """Return the conditions, once for each reason to meet."""
        gap = (
            Condition("expected_low_days", ">=", self.min_low_days, "contact days that nearly all pairs alike had"),
            Condition("observed_days", "<=", self.max_observed_days, "contact days in the window"),
            Condition("both_there_days", ">=", self.min_there_days, "days both have been there"),
        )
        return (
            (Condition("shared_contacts", ">=", self.min_shared, "contacts you share"), *gap),
            (Condition("meetings_w", ">=", self.min_meetings, "meetings you share"), *gap),
        )

    def found_when(self) -> str:
        """Say it in plain words."""
        return (
            f"You share at least {number(self.min_shared)} contacts or {number(self.min_meetings)} meetings, both of you have "
            f"been there for {number(self.min_there_days)} days, nearly all pairs alike had contact on at least "
            f"{number(self.min_low_days)} days, and you two on at most {number(self.max_observed_days)}."
        )

    def severity(self, rows: Rows) -> Any:
        """Write severity from the lower bound."""
        return 1.0 - self.min_low_days / rows.expected_low_days

    def because(self, row: Mapping[str, Any]) -> str:
        """Say what pairs alike have, and what these two have."""
        weeks, seen, low = number(row["window_weeks"]), row["observed_days"], row["expected_low_days"]
        days = f"{number(seen)} contact day{'' if seen == 1 else 's'}"
        # The two are found in different ways: a mean below what nearly all pairs alike reached would only puzzle.
        mean = (
            f" and about {number(row['expected_days'])} days would be expected" if row["expected_days"] >= low else ""
        )
        return (
            f"There is hardly a tie with {row['other']} ({days} in {weeks} weeks), though {number(row['shared_contacts'])} "
            f"contacts are shared{mean}; nearly all pairs alike had {number(low)} or more."
        )

    def suggestion(self, row: Mapping[str, Any]) -> str:
        """Suggest being introduced."""
        return (
            "Ask somebody you both know for an introduction: “You work with "
            f"{row['other']} too. Would you bring the three of us together for half an hour?”"
        )
