"""Exports read by one format alone: what it writes, and what it counts."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import NamedTuple

from peerlens.records.formats import Format, Sink
from peerlens.records.formats.sink import Tally

SAMPLES = Path(__file__).parent / "samples"


class Result(NamedTuple):
    """Rows by table, and the count of all rows of the export."""

    tables: dict[str, list[dict[str, str]]]
    tally: Tally
    sink: Sink


def run(kind: Format, path: Path, folder: Path, *, zone: str = "UTC", date_order: str | None = None) -> Result:
    """Let a format read a file."""
    folder.mkdir(exist_ok=True)
    sink = Sink(folder, date_order=date_order)
    sink.begin(kind.name)
    try:
        kind.read(path, sink, zone=zone)
    finally:
        sink.close()
    tables = {}
    for name in sink.written:
        with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            tables[name] = [{key: value for key, value in row.items() if value} for row in csv.DictReader(file)]
    return Result(tables, sink.tallies[kind.name], sink)
