"""Viva Insights person-to-person queries: who worked with whom in which week, and no single event."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from peerlens.records.formats.dates import Order, read_day
from peerlens.records.formats.layout import Layout, decided, rows
from peerlens.records.formats.seen import Seen
from peerlens.records.formats.sink import Sink
from peerlens.records.formats.stamps import FIRST_YEAR, LAST_YEAR

_SCORES = {
    "strong": ("Strong_tie_score", "StrongTieScore"),
    "diverse": ("Diverse_tie_score", "DiverseTieScore"),
    "strong_type": ("Strong_tie_type", "StrongTieType"),
    "diverse_type": ("Diverse_tie_type", "DiverseTieType"),
}
CURRENT = Layout(
    {
        "one": ("PrimaryCollaborator_PersonId",),
        "other": ("SecondaryCollaborator_PersonId",),
        "week": ("MetricDate", "Date"),
    },
    _SCORES,
)
LEGACY = Layout(
    {"one": ("TieOrigin_PersonId",), "other": ("TieDestination_PersonId",), "week": ("Date", "MetricDate")}, _SCORES
)
CHANNEL = "collaboration in a period"
CAN = (
    "weekly or monthly ties, no single events: asks who works with whom and what fell silent, to the period; "
    "cannot tell who starts or answers, hours, meetings or rhythms within a period"
)


@dataclass(frozen=True)
class VivaPersonToPerson:
    """CSV of a cross-collaboration query between individuals, of the present platform or of Workplace Analytics.

    A row says that two people worked together in the period that begins on its date. It becomes one message each way at one
    instant of that day: contact without a beginner, so that no rule can read a direction from it. Scores are not read as amounts:
    they rank ties within the whole organisation, and types are codes without an order.
    """

    name: str = "Viva Insights person-to-person query"

    def recognises(self, path: Path, head: bytes) -> bool:
        """Return whether both people and a date are in the header."""
        return CURRENT.fits(head) or LEGACY.fits(head)

    def read(self, path: Path, sink: Sink, *, zone: str) -> None:
        """Write a contact each way for each pair and period.

        Raises
        ------
        InputError
            The file cannot be read, or its dates may be read in two ways.
        """
        with path.open("rb") as file:
            layout = CURRENT if CURRENT.fits(file.read(65_536)) else LEGACY
        order = _order(path, layout, sink)
        seen = Seen()
        for _, row in rows(path, layout, sink):
            one, other = _person(row["one"]), _person(row["other"])
            day = order.day(row["week"])
            if not one or not other:
                sink.drop("a person is missing")
            elif one == other:
                sink.drop("tie to oneself")
            elif day is None or not FIRST_YEAR <= day.year <= LAST_YEAR:
                sink.drop("a date that cannot be read")
            elif not _is_tie(row):
                sink.drop("no tie in this period (all scores 0)")
            elif not seen.add(min(one, other), max(one, other), day.isoformat()):
                sink.merged("the same tie seen from the other side, or again")
            else:
                for sender, recipient in ((one, other), (other, one)):
                    sink.row("messages", _message(sender, recipient, day))
        sink.note(CAN)


def _person(cell: str) -> str:
    return cell.lower() if "@" in cell else cell


def _is_tie(row: dict[str, str]) -> bool:
    """Return whether any score or type is not 0; a query without scores lists ties only."""
    values = [row[column] for column in _SCORES if row.get(column, "")]
    if not values:
        return True

    def is_zero(text: str) -> bool:
        try:
            return float(text.replace(",", ".")) == 0
        except ValueError:
            return text.lower() in ("not strong", "not diverse", "no", "none", "nan", "null")

    return not all(is_zero(text) for text in values)


def _message(sender: str, recipient: str, day: date) -> dict[str, str]:
    return {
        "sent_at": f"{day.isoformat()}T12:00:00Z",
        "sender_id": sender,
        "recipient_id": recipient,
        "message_id": f"viva-{day.isoformat()}-{sender}-{recipient}",
        "channel": CHANNEL,
    }


def _order(path: Path, layout: Layout, sink: Sink) -> Order:
    """Decide the order of day and month: by the dates, else because the weeks of a query all begin on one weekday."""
    cells = {row["week"] for _, row in rows(path, layout, None)}
    fitting = [order for order in ("dmy", "mdy") if _is_calendar(cells, order)]
    hint = fitting[0] if len(fitting) == 1 else None
    return decided(sorted(cells), sink, name=path.name, column=layout.needed["week"][0], hint=hint)


def _is_calendar(cells: Iterable[str], order: str) -> bool:
    """Return whether three or more dates, read so, all fall on one weekday or all on the first of a month."""
    days = [day for cell in cells if (day := read_day(cell, order)) is not None]
    if len(days) < 3:
        return False
    return len({day.weekday() for day in days}) == 1 or all(day.day == 1 for day in days)
