"""What a report is made of: values without markup, already in the words people read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Picture = Callable[["Axes | None"], "Axes"]


@dataclass(frozen=True)
class Table:
    """A table as it is shown.

    Parameters
    ----------
    columns
        Heads, the first of which names the rows.
    rows
        Cells in words.
    numeric
        Which columns hold numbers, and stand to the right.
    left_out
        How many further rows the evidence has, which are not shown.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[bool, ...]
    left_out: int = 0

    @property
    def caption(self) -> str:
        """What the table is, and where it was cut."""
        if not self.left_out:
            return "The same in numbers"
        return f"The same in numbers: the first {len(self.rows)} of {len(self.rows) + self.left_out} rows"


@dataclass(frozen=True)
class Card:
    """One tie that may need attention.

    Parameters
    ----------
    label, department
        Whom the tie leads to, and where; the department is empty when the label names one.
    kind, kind_words
        Kind of flag, and the same as said on screen.
    also
        Other kinds found on the same tie, as said on screen.
    severity
        How unusual, 0 to 1.
    because
        The finding in one sentence.
    chance
        How often ties like this one stayed quiet, or why that is not known.
    action, draft
        The next step, and a sentence to send (may be empty).
    last_contact
        Day of the last close contact in words, where it is part of the evidence.
    evidence
        The row the sentence was made of: column to value, missing values left out.
    firmness
        In how many settings the flag stands, where that was asked; else empty.
    is_fragile
        Whether those are few.
    """

    label: str
    department: str
    kind: str
    kind_words: str
    also: tuple[str, ...]
    severity: float
    because: str
    chance: str
    action: str
    draft: str
    last_contact: str
    evidence: tuple[tuple[str, Any], ...]
    firmness: str = ""
    is_fragile: bool = False
    worded: ClassVar[frozenset[str]] = frozenset(
        {"person_id", "other_id", "other", "other_department", "kind", "also", "severity", "because", "suggestion"}
    )
    """columns that the card says in words of its own, or that name people by id"""


@dataclass(frozen=True)
class NamedTie:
    """A tie to keep, or to pick up again, with the facts it was picked for."""

    label: str
    department: str
    facts: tuple[str, ...]


@dataclass(frozen=True)
class RuleWords:
    """A kind of flag and when it is found: in plain words, and as any one of ``ways``, lists of conditions with thresholds."""

    kind: str
    words: str
    plain: str
    ways: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Section:
    """What one lens has to say.

    Parameters
    ----------
    lens, group, question
        Which lens, where it belongs, and what it was asked.
    headline
        The finding in one sentence.
    picture
        Draws the finding.
    cards
        The short list, when the lens gives one (then possibly empty); else None.
    table
        The evidence, when the lens gives no short list.
    suggestion
        One thing to do.
    caveats
        What the answer does not cover.
    rules
        Thresholds behind the cards.
    flagged
        Everyone on a flagged tie, on the short list or not.
    names_others
        Whether anybody but the person is in the evidence, by name or as one of fewer people than make a group.
    """

    lens: str
    group: str
    question: str
    headline: str
    picture: Picture
    cards: tuple[Card, ...] | None
    table: Table | None
    suggestion: str
    caveats: tuple[str, ...]
    rules: tuple[RuleWords, ...]
    flagged: frozenset[str]
    names_others: bool = False


@dataclass(frozen=True)
class SourceRows:
    """What became of the rows of one file: ``read + added = kept + dropped + added``; ``reasons`` say why rows were dropped.

    ``has_contact`` tells files of meetings and messages from those about people.
    """

    name: str
    has_contact: bool
    read: int
    kept: int
    dropped: int
    added: int
    reasons: tuple[str, ...]
