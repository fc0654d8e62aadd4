"""Your one link: a single live tie into a department that matters to your own, and a weak one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from peerlens.lenses.neglect.columns import as_number, filled, greatest, not_zero, with_columns
from peerlens.lenses.neglect.rule import Condition, Rule, hello
from peerlens.words import number

if TYPE_CHECKING:
    from peerlens.lenses.neglect.columns import Rows


@dataclass(frozen=True)
class ThinBridge(Rule):
    """Exactly one live tie into a department with which five or more of the own department have one, weak or silent.

    Bridges go first (Burt 2002). ``severity = max(1 - strength / lower quarter, (silence / rhythm - 2) / 6)``, in which a rhythm
    faster than once a week counts as once a week, so that a fortnight without a daily partner is not called severe.

    Parameters
    ----------
    min_colleagues
        People of the own department with a live tie there.
    silent_from, silent_full
        Silence in rhythms from which the tie counts as silent, and at which severity is 1.
    week_days
        Working days of the fastest rhythm that severity is measured against.
    """

    min_colleagues: int = 5
    silent_from: float = 2.0
    silent_full: float = 8.0
    week_days: float = 5.0

    kind: ClassVar[str] = "thin_bridge"
    has_quiet_chance: ClassVar[bool] = True
    needs_everyone: ClassVar[bool] = True
    evidence: ClassVar[tuple[str, ...]] = (
        "strength",
        "lower_quarter_strength",
        "silence",
        "rhythm",
        "silence_ratio",
        "live_ties_there",
        "colleagues_with_tie_there",
        "last_close_day",
    )
    head_counts: ClassVar[tuple[str, ...]] = ("colleagues_with_tie_there",)

    def derive(self, rows: Rows) -> Any:
        """Turn yes and no into numbers that a condition can compare."""
        numbers = {"is_live_tie": as_number(rows.is_live), "is_other_department": as_number(rows.is_cross_department)}
        return with_columns(rows, **numbers)

    def ways(self) -> tuple[tuple[Condition, ...], ...]:
        """Return the conditions, once for a weak tie and once for a silent one."""
        sole = (
            Condition("is_live_tie", "==", 1, "the tie is live"),
            Condition("is_other_department", "==", 1, "the tie leads to another department"),
            Condition("live_ties_there", "==", 1, "your live ties into that department"),
            Condition(
                "colleagues_with_tie_there",
                ">=",
                self.min_colleagues,
                "people of your department with a live tie there",
            ),
        )
        return (
            (
                *sole,
                Condition(
                    "strength", "<=", "lower_quarter_strength", "strength, against your weakest quarter of live ties"
                ),
            ),
            (*sole, Condition("silence_ratio", ">=", self.silent_from, "silence in rhythms")),
        )

    def found_when(self) -> str:
        """Say it in plain words."""
        return (
            f"It is your only live tie into a department in which at least {number(self.min_colleagues)} people of your own have "
            "one, and it is in your weakest quarter of live ties, or silent for at least "
            f"{number(self.silent_from)} rhythms."
        )

    def severity(self, rows: Rows) -> Any:
        """Write severity from weakness or silence, whichever is more."""
        weak = 1.0 - rows.strength / not_zero(rows.lower_quarter_strength)
        rhythms = rows.silence / greatest(rows.rhythm, self.week_days)
        silent = (rhythms - self.silent_from) / (self.silent_full - self.silent_from)
        return greatest(filled(weak, 0.0), filled(silent, 0.0))

    def because(self, row: Mapping[str, Any]) -> str:
        """Say that it is the only one, how weak, and how silent."""
        if row["strength"] <= row["lower_quarter_strength"]:
            state = (
                f"it is among your weakest (strength {number(row['strength'])}; your weakest quarter ends at "
                f"{number(row['lower_quarter_strength'])})"
            )
        else:
            state = f"it has been silent for {number(row['silence'])} working days at a rhythm of one in {number(row['rhythm'])}"
        return (
            f"The tie with {row['other']} is your one link to {row['other_department']}, where "
            f"at least {number(row['colleagues_with_tie_there'])} people of your department have a live tie; {state}."
        )

    def suggestion(self, row: Mapping[str, Any]) -> str:
        """Suggest a second link."""
        return (
            f"Make it two links: “{hello(row)}, whom else in {row['other_department']} should I know? "
            "Could you bring them to a short call?”"
        )
