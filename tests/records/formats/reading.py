"""What a format makes of a file: canonical rows and the count of all others."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterable
from pathlib import Path

from peerlens.records.formats import Format, Sink, export_of
from peerlens.records.formats.sink import Tally

SAMPLES = Path(__file__).parent / "samples"
Rows = dict[str, list[dict[str, str]]]


def converted(path: Path, *, zone: str = "UTC", date_order: str | None = None) -> tuple[Rows, Tally]:
    """Return the rows of each table, cells that are empty left out, and the tally."""
    kind = export_of(path)
    assert kind is not None, f"nothing recognises {path.name}"
    return with_format(kind, path, zone=zone, date_order=date_order)


def with_format(
    kind: Format, path: Path, *, zone: str = "UTC", date_order: str | None = None, mapping: dict[str, str] | None = None
) -> tuple[Rows, Tally]:
    """Return what one format makes of a file."""
    with tempfile.TemporaryDirectory() as folder:
        sink = Sink(Path(folder), date_order=date_order, mapping=mapping)
        sink.begin(kind.name)
        try:
            kind.read(path, sink, zone=zone)
        finally:
            sink.close()
        rows: Rows = {}
        for table in sorted(sink.written):
            with (Path(folder) / f"{table}.csv").open(encoding="utf-8", newline="") as file:
                rows[table] = [{key: cell for key, cell in row.items() if cell} for row in csv.DictReader(file)]
        return rows, sink.tallies[kind.name]


def contacts(rows: Rows) -> set[tuple[str, str, str]]:
    """Return the messages as instant, sender and recipient."""
    return {
        (row["sent_at"], row["sender_id"], recipient)
        for row in rows.get("messages", [])
        for recipient in row["recipient_ids"].split(";")
    }


def people_met(rows: Rows) -> dict[str, set[str]]:
    """Return the people of each meeting, by its start."""
    found: dict[str, set[str]] = {}
    for row in rows.get("meetings", []):
        found.setdefault(row["started_at"], set()).update(row["attendee_ids"].split(";"))
    return found


def assert_exact(
    tally: Tally, *, rows: int, kept: int, drops: dict[str, int] | None = None, merges: dict[str, int] | None = None
) -> None:
    """Every row has one fate, and it is the one expected."""
    assert (tally.rows, dict(tally.drops), dict(tally.merges)) == (rows, drops or {}, merges or {})
    assert tally.kept == kept


def written(folder: Path, name: str, lines: Iterable[str], *, encoding: str = "utf-8") -> Path:
    """Write a small export; return its path."""
    path = folder / name
    path.write_bytes("".join(f"{line}\r\n" for line in lines).encode(encoding))
    return path
