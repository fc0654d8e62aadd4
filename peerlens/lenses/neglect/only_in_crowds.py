"""Only in large meetings: two people who keep meeting, and never alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from peerlens.lenses.neglect.columns import filled, with_columns
from peerlens.lenses.neglect.rule import Condition, Rule, hello
from peerlens.words import number

if TYPE_CHECKING:
    from peerlens.lenses.neglect.columns import Rows


@dataclass(frozen=True)
class OnlyInCrowds(Rule):
    """Shared meetings of 4 to 20 people, none of three or fewer, and no message to at most five, in 26 weeks.

    ``severity = (meeting days - 6) / 20``: once a week for half a year is 1.

    Parameters
    ----------
    min_meetings, min_days
        Shared meetings, and days on which they fell.
    crowd_from
        Smallest meeting that counts as a crowd.
    small_message
        A message to so many people or fewer is a word of their own.
    full_meetings
        Meetings at which severity is 1.
    """

    min_meetings: int = 6
    min_days: int = 6
    crowd_from: int = 4
    small_message: int = 5
    full_meetings: int = 26

    kind: ClassVar[str] = "only_in_crowds"
    evidence: ClassVar[tuple[str, ...]] = ("meetings_w", "meeting_days_w", "smallest_meeting_w", "smallest_message_w")

    def derive(self, rows: Rows) -> Any:
        """Treat "no message at all" as a message to nobody small enough."""
        nobody = self.small_message + 1
        return with_columns(rows, smallest_message_or_none=filled(rows.smallest_message_w, nobody))

    def ways(self) -> tuple[tuple[Condition, ...], ...]:
        """Return the conditions of meeting often and never alone."""
        return (
            (
                Condition("meetings_w", ">=", self.min_meetings, "shared meetings of up to 20 people in the window"),
                Condition("meeting_days_w", ">=", self.min_days, "days with a shared meeting in the window"),
                Condition("smallest_meeting_w", ">=", self.crowd_from, "people in the smallest shared meeting"),
                Condition(
                    "smallest_message_or_none",
                    ">",
                    self.small_message,
                    "recipients of the smallest message between you",
                ),
            ),
        )

    def found_when(self) -> str:
        """Say it in plain words."""
        return (
            f"At least {number(self.min_meetings)} shared meetings on at least {number(self.min_days)} days in half a year, all "
            f"of {number(self.crowd_from)} people or more, and no message between you to {number(self.small_message)} people or "
            "fewer."
        )

    def severity(self, rows: Rows) -> Any:
        """Write severity from the number of meetings."""
        return (rows.meeting_days_w - self.min_meetings) / (self.full_meetings - self.min_meetings)

    def because(self, row: Mapping[str, Any]) -> str:
        """Say how often they met, and in what company."""
        weeks, smallest = number(row["window_weeks"]), number(row["smallest_meeting_w"])
        return (
            f"The tie with {row['other']} lived in {number(row['meetings_w'])} meetings on {number(row['meeting_days_w'])} days "
            f"in {weeks} weeks, the smallest with {smallest} people, and no direct message."
        )

    def suggestion(self, row: Mapping[str, Any]) -> str:
        """Suggest a word aside."""
        return (
            f"Stay five minutes after the next shared meeting: “{hello(row)}, we keep meeting in large rooms. "
            "Shall we take a coffee and compare notes?”"
        )
