"""The shape every lens has, and the answer it gives."""

from __future__ import annotations

import html
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from peerlens.errors import NotEnoughData
from peerlens.lenses.frames import of_everybody
from peerlens.settings import replaced
from peerlens.ties.events import OPTIONAL

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from peerlens.ties import Ties

Group = Literal["people", "process", "purpose"]


@dataclass(frozen=True)
class Finding:
    """What a lens found for one person.

    Parameters
    ----------
    lens, question, group
        Which lens answered, what it was asked, and where reports place it.
    person_id
        Whose network was looked at.
    headline
        One plain sentence; every number in it is in ``table``.
    table
        The evidence, as people read it.
    suggestion
        One thing to do this week, or a sentence that nothing needs doing.
    caveats
        What the answer does not cover.
    settings
        The thresholds used.
    picture
        Draws the finding on axes; called by :meth:`draw`.
    importance
        How much the answer asks for an action, 0 to 1; None: not weighed, in the middle unless nothing needs doing.
    """

    lens: str
    question: str
    group: Group
    person_id: str
    headline: str
    table: pd.DataFrame
    suggestion: str
    caveats: tuple[str, ...]
    settings: Any
    picture: Callable[[Axes | None], Axes]
    importance: float | None = None

    def draw(self, ax: Axes | None = None) -> Axes:
        """Draw the picture chosen for this question.

        Parameters
        ----------
        ax
            Axes to draw on; None makes new ones of the right size.
        """
        return self.picture(ax)

    @property
    def weight(self) -> float:
        """Where the finding stands among others: its importance, and without one whether anything needs doing."""
        if self.importance is not None:
            return self.importance
        return 0.1 if self.suggestion.startswith(("No action", "Nothing to do")) else 0.5

    def to_frame(self) -> pd.DataFrame:
        """Return the evidence."""
        return self.table

    def __str__(self) -> str:
        return "\n".join([self.headline, "", self.table.to_string(index=False), "", self.suggestion, *self.caveats])

    def _repr_html_(self) -> str:
        caveats = "".join(f"<li>{html.escape(text)}</li>" for text in self.caveats)
        return (
            f"<section><p><em>{html.escape(self.question)}</em></p><p><strong>{html.escape(self.headline)}</strong></p>"
            f"{_as_html(self.table)}<p>{html.escape(self.suggestion)}</p><ul>{caveats}</ul></section>"
        )


def _as_html(table: pd.DataFrame) -> str:
    """Show a table; of one that words its rows, only the words, since nobody reads thirty columns of numbers."""
    import pandas as pd

    from peerlens.draw.theme import kind_words

    shown, note = table.dropna(axis="columns", how="all"), ""
    if set(WORDED) <= set(shown.columns) and len(shown):
        rest = len(table.columns) - len(WORDED)
        note = (
            f"<p>The {rest} further columns, with every number behind these sentences, are in <code>.table</code>.</p>"
        )
        places = shown["other_department"].fillna("").astype(str)
        kinds = [kind_words(kind, department=place) for kind, place in zip(shown["kind"], places, strict=True)]
        unusual = shown["severity"].map("{:.2f}".format)
        shown = shown[list(WORDED)].assign(kind=kinds, severity=unusual).rename(columns=WORDED)
    with pd.option_context("display.max_colwidth", None):  # a sentence is read whole or not at all
        made = shown.to_html(index=False, border=0, na_rep="", float_format="{:.3g}".format)
    return leftwards(made) + note if note else made


def leftwards(table: str) -> str:
    """Set the cells of a table of sentences to the left; notebooks set all to the right, as numbers stand.

    Examples
    --------
    >>> leftwards("<tr><td>a</td></tr>")
    '<tr><td style="text-align: left">a</td></tr>'
    """
    for cell in ("th", "td"):
        table = table.replace(f"<{cell}>", f'<{cell} style="text-align: left">')
    return table


WORDED = {
    "other": "tie with",
    "other_department": "department",
    "kind": "what is seen",
    "severity": "how unusual",
    "because": "why",
    "suggestion": "next step",
}
"""columns of a table that words its rows, and what they are called where it is shown"""
EVERYONE = "everyone"
"""what a lens names among its ``needs`` when it rests on ties among others, of which one person's own export knows nothing"""


class Lens(ABC):
    """One question asked of a network.

    ``measure`` holds the only formula; ``read`` looks up (:meth:`row`) and words. ``needs`` names what must have been read, as
    ``table`` or ``table.column``; a lens that lacks it says so and stays out of reports.
    """

    name: ClassVar[str]
    question: ClassVar[str]
    group: ClassVar[Group]
    needs: ClassVar[tuple[str, ...]] = ()
    limits: ClassVar[Any] = None
    """the lens's own thresholds, a frozen dataclass; ``[lenses.<name>]`` in ``peerlens.toml`` changes them"""

    @abstractmethod
    def measure(self, ties: Ties) -> pd.DataFrame:
        """Return one row per person, ``person_id`` first."""

    @abstractmethod
    def evidence(self, ties: Ties, person_id: str) -> pd.DataFrame:
        """Return the rows behind one person's answer."""

    @abstractmethod
    def read(self, ties: Ties, person_id: str) -> Finding:
        """Answer the question for one person."""

    def thresholds(self, ties: Ties) -> Any:
        """Return the thresholds in force: the lens's own, or those of ties where it has none."""
        if self.limits is None:
            return ties.settings.ties
        changes = ties.settings.of_lens(self.name)
        return replaced(self.limits, changes, place=f"peerlens.toml, section [lenses.{self.name}]")

    def finding(
        self,
        ties: Ties,
        person_id: str,
        *,
        headline: str,
        table: pd.DataFrame,
        suggestion: str,
        caveats: Iterable[str],
        picture: Callable[[Axes | None], Axes],
        importance: float | None = None,
    ) -> Finding:
        """Put an answer together: what ``read`` ends with. Parameters are those of :class:`Finding`."""
        return Finding(
            lens=self.name,
            question=self.question,
            group=self.group,
            person_id=person_id,
            headline=headline,
            table=table,
            suggestion=suggestion,
            caveats=tuple(caveats),
            settings=self.thresholds(ties),
            picture=picture,
            importance=importance,
        )

    def measured(self, ties: Ties) -> pd.DataFrame:
        """Return :meth:`measure`, worked out once for the same ties, and kept beside the data with them."""
        return of_everybody(ties, self.name, lambda: self.measure(ties))

    def row(self, ties: Ties, person_id: str) -> pd.Series:
        """Return what was measured of one person; all missing for somebody without a row."""
        import pandas as pd

        frame = self.measured(ties)
        own = frame[frame["person_id"] == person_id]
        return own.iloc[0] if len(own) else pd.Series({"person_id": person_id}).reindex(frame.columns)

    def lacks(self, ties: Ties) -> tuple[str, ...]:
        """Return which of ``needs`` was not read, by column and file."""
        return tuple(said for need in self.needs if (said := _lacking(need, ties)) is not None)


def _lacking(need: str, ties: Ties) -> str | None:
    """Say what is missing of ``table`` or ``table.column``; None where it was read and is not empty."""
    records = ties.events.records
    table, _, column = need.partition(".")
    if table == EVERYONE:
        return None if ties.owner_id is None else "a log of everybody (this is one person's own export)"
    if table in ("messages", "meetings"):
        found = (records.message_rows if table == "messages" else records.meetings) is not None
        found = found and (not column or column not in OPTIONAL[table] or need in ties.events.known)
    else:
        frame = getattr(records, table)
        found = column in frame and frame[column].notna().any() if column else len(frame) > 0
    if found:
        return None
    return f"column {column} in {table}.csv" if column else f"{table}.csv"


def ask_all(ties: Ties, lenses: Mapping[str, Lens], person_id: str) -> dict[str, Finding]:
    """Ask every lens that has its data and applies to the person, most important first.

    Parameters
    ----------
    ties
        What is asked of.
    lenses
        Lenses by name; among findings of equal weight their order stays.
    person_id
        Who asks.
    """
    found = []
    for lens in lenses.values():
        if not lens.lacks(ties):
            # Not everybody leads a team or has just begun: such a lens has nothing to say, and says so by this error.
            with suppress(NotEnoughData):
                found.append(lens.read(ties, person_id))
    return {finding.lens: finding for finding in sorted(found, key=lambda finding: -finding.weight)}
