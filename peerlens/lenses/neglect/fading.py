"""Gone quieter than usual: a tie with a rhythm that has been silent for far longer than that rhythm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from peerlens.lenses.neglect.rule import Condition, Rule, hello
from peerlens.words import number

if TYPE_CHECKING:
    from peerlens.lenses.neglect.columns import Rows


@dataclass(frozen=True)
class Fading(Rule):
    """Silence of at least three rhythms, longer than any pause the tie has come back from, and unusual among all ties.

    Unusual: silent for so long, against its own rhythm, that it is not by chance even with all established ties looked at, or
    three times as likely to stay quiet as established ties are (:mod:`peerlens.ties.unusual`).

    ``severity = (min(silence / rhythm, 8) - 3) / 5``. Source of the eightfold rule: Navarro, Miritello, Canales and Moro 2017.

    Parameters
    ----------
    min_contact_days, min_weeks
        Contact days and ISO weeks with contact in 52 weeks that make an established tie.
    max_silence_days
        Silence above this is dormant, a list of its own.
    ratio_from, ratio_full
        Silence in rhythms at which severity is 0 and 1.
    """

    min_contact_days: int = 6
    min_weeks: int = 4
    max_silence_days: int = 130
    ratio_from: float = 3.0
    ratio_full: float = 8.0

    kind: ClassVar[str] = "fading"
    has_quiet_chance: ClassVar[bool] = True
    evidence: ClassVar[tuple[str, ...]] = (
        "silence",
        "rhythm",
        "silence_ratio",
        "patience",
        "longest_pause",
        "silence_chance",
        "silence_chance_limit",
        "contact_days_52w",
        "contact_weeks_52w",
        "span",
        "last_close_day",
    )

    def ways(self) -> tuple[tuple[Condition, ...], ...]:
        """Return the conditions of an established tie that has gone quiet, with either of the two limits."""
        gone_quiet = (
            Condition("contact_days_52w", ">=", self.min_contact_days, "contact days in 52 weeks"),
            Condition("contact_weeks_52w", ">=", self.min_weeks, "weeks with contact in 52 weeks"),
            Condition(
                "silence", ">=", "patience", "working days of silence, against what the rhythm of the tie allows"
            ),
            Condition("silence", ">", "longest_pause", "working days of silence, against the longest pause so far"),
            Condition(
                "silence", "<=", self.max_silence_days, "working days of silence; beyond, a tie counts as dormant"
            ),
            Condition("rhythm", ">", 0.0, "a rhythm is known"),
        )
        likely = Condition(
            "quiet_chance",
            ">=",
            "quiet_limit",
            "either: chance that it stays quiet, against what is high among all ties looked at",
        )
        unusual = Condition(
            "silence_chance",
            "<=",
            "silence_chance_limit",
            "or: chance of so long a silence at the tie's own rhythm, against what is unusual among all ties",
        )
        return (*gone_quiet, likely), (*gone_quiet, unusual)

    def found_when(self) -> str:
        """Say it in plain words."""
        return (
            f"A tie with contact on at least {number(self.min_contact_days)} days, in at least {number(self.min_weeks)} weeks, "
            "of the last year has been silent for longer than its rhythm allows and than any pause it came back from, for at "
            f"most {number(self.max_silence_days)} working days; and so long a silence is unusual among all ties looked at."
        )

    def severity(self, rows: Rows) -> Any:
        """Write severity from silence in rhythms."""
        return (rows.silence_ratio - self.ratio_from) / (self.ratio_full - self.ratio_from)

    def because(self, row: Mapping[str, Any]) -> str:
        """Say how long the silence is, against the tie's own rhythm."""
        return (
            f"The tie with {row['other']} has had no close contact for {number(row['silence'])} working days; "
            f"before, one came about every {number(row['rhythm'])} ({number(row['contact_days_52w'])} contact days in "
            f"{number(row['contact_weeks_52w'])} weeks), and the longest pause so far was {number(row['longest_pause'])}."
        )

    def suggestion(self, row: Mapping[str, Any]) -> str:
        """Suggest a short message that reopens the tie."""
        return (
            f"Write two lines this week: “{hello(row)}, we have not spoken for a while. "
            "What are you working on? I have twenty minutes on Thursday if that suits you.”"
        )
