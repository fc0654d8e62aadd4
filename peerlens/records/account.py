"""The account of a reading: what was read, kept and dropped, and what was assumed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


LISTED = 20
"""ambiguous names that are listed; the rest are counted"""


@dataclass(frozen=True)
class SourceAccount:
    """What became of one file or frame.

    Parameters
    ----------
    name, table
        The file (or frame) and the canonical table it holds.
    format
        Such as ``CSV, UTF-8, comma``.
    lines_read
        Records in the file.
    rows_read
        Rows after lists of recipients or attendees were split: one per message and recipient.
        ``rows_read`` = ``rows_kept`` + all rows dropped from this source.
    rows_kept
        Rows kept.
    rows_added
        Organizers who were not listed as attendees.
    not_read
        Columns of the file that mean nothing here.
    sha256
        Digest of its content.
    """

    name: str
    table: str
    format: str
    lines_read: int
    rows_read: int
    rows_kept: int
    rows_added: int = 0
    not_read: tuple[str, ...] = ()
    sha256: str = ""


@dataclass(frozen=True)
class Drop:
    """Rows of one source left out for one reason."""

    source: str
    reason: str
    rows: int


@dataclass(frozen=True)
class Account:
    """What was read, kept, dropped and why, and what was assumed. Names nobody but whom a name fits twice.

    Parameters
    ----------
    sources
        One entry per file or frame; events refer to them by position.
    dropped
        Rows left out, by source and reason.
    people
        People in the people table (or seen, where there is none).
    people_matched, people_unmatched
        Ids seen in meetings and messages that are, and are not, in the people table.
    people_never_seen
        People in no meeting and no message.
    first_day, last_day
        Period of the events kept.
    as_of, as_of_reason
        The day results would be given for, and why.
    assumptions
        One sentence each.
    fingerprint
        Digest of everything read.
    kept
        What is kept of it for the next time, and where; says nothing of the data.
    exports
        What became of the rows of each kind of export, one sentence each.
    ambiguous
        Names that fit several people and were left on their own.
    """

    sources: tuple[SourceAccount, ...]
    dropped: tuple[Drop, ...]
    people: int
    people_matched: int
    people_unmatched: int
    people_never_seen: int
    first_day: date | None
    last_day: date | None
    as_of: date | None
    as_of_reason: str
    assumptions: tuple[str, ...]
    fingerprint: str
    kept: str = field(default="", compare=False)
    exports: tuple[str, ...] = ()
    ambiguous: tuple[str, ...] = ()

    def to_frame(self) -> pd.DataFrame:
        """Return one row per source and fate (read, kept, added, or the reason of a drop), with its rows."""
        import pandas as pd

        return pd.DataFrame(self._fates(), columns=["source", "fate", "rows"]).astype({"rows": "int64"})

    def facts(self) -> tuple[tuple[str, str], ...]:
        """Return what is known of people and time, as pairs of words and values."""
        period = "no meetings or messages" if self.first_day is None else f"{self.first_day} to {self.last_day}"
        return (
            ("people", f"{self.people:,}"),
            ("ids seen that are people", f"{self.people_matched:,}"),
            ("ids seen outside the people table", f"{self.people_unmatched:,}"),
            ("people never seen", f"{self.people_never_seen:,}"),
            ("period", period),
            ("as of", f"{self.as_of or '–'} ({self.as_of_reason})"),
            ("fingerprint", self.fingerprint[:12]),
        )

    def _fates(self) -> list[tuple[str, str, int]]:
        rows: list[tuple[str, str, int]] = []
        for source in self.sources:
            rows.append((source.name, "read", source.rows_read))
            rows += [
                (source.name, f"dropped: {item.reason}", item.rows)
                for item in self.dropped
                if item.source == source.name
            ]
            rows.append((source.name, "kept", source.rows_kept))
            if source.rows_added:
                rows.append((source.name, "added: organizers not listed as attendees", source.rows_added))
        return rows

    def _notes(self) -> list[str]:
        notes = [*self.exports]
        notes += [f"{item.name}: not read: {', '.join(item.not_read)}" for item in self.sources if item.not_read]
        notes += self.assumptions
        if self.ambiguous:
            shown = "; ".join(self.ambiguous[:LISTED]) + (
                f" and {len(self.ambiguous) - LISTED:,} more" if len(self.ambiguous) > LISTED else ""
            )
            notes.append(
                f"{len(self.ambiguous):,} names fit several people and were not guessed: {shown} "
                "(say who is meant in people_aliases.csv: person_id, alias)"
            )
        return [*notes, *([self.kept] if self.kept else [])]

    def __str__(self) -> str:
        fates = [(source, fate, f"{rows:,}") for source, fate, rows in self._fates()]
        wide = [max((len(row[at]) for row in fates), default=0) for at in range(3)]
        text = ["Read"]
        before = ""
        for source, fate, rows in fates:
            label = source if source != before else ""
            text.append(f"  {label:<{wide[0]}}  {fate:<{wide[1]}}  {rows:>{wide[2]}}")
            before = source
        widest = max(len(label) for label, _ in self.facts())
        text += ["", "Found", *(f"  {label:<{widest}}  {value}" for label, value in self.facts())]
        if self._notes():
            text += ["", "Assumed and noted", *(f"  - {note}" for note in self._notes())]
        return "\n".join(text)

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{escape(source)}</td><td>{escape(fate)}</td>"
            f"<td style='text-align:right;font-variant-numeric:tabular-nums'>{number:,}</td></tr>"
            for source, fate, number in self._fates()
        )
        facts = "".join(
            f"<tr><th scope='row' style='text-align:left;font-weight:normal'>{escape(label)}</th>"
            f"<td style='text-align:left'>{escape(value)}</td></tr>"
            for label, value in self.facts()
        )
        notes = "".join(f"<li>{escape(note)}</li>" for note in self._notes())
        return (
            "<section aria-label='What was read'"
            " style='font-family:system-ui,sans-serif;line-height:1.4;max-width:60em'>"
            "<table><caption style='text-align:left;font-weight:600'>What was read, kept and dropped</caption>"
            "<thead><tr><th scope='col' style='text-align:left'>source</th>"
            "<th scope='col' style='text-align:left'>rows</th><th scope='col' style='text-align:right'>number</th>"
            f"</tr></thead><tbody>{rows}</tbody></table>"
            "<table><caption style='text-align:left;font-weight:600'>What was found</caption>"
            f"<tbody>{facts}</tbody></table>"
            + (f"<p style='margin-bottom:0;font-weight:600'>Assumed and noted</p><ul>{notes}</ul>" if notes else "")
            + "</section>"
        )
