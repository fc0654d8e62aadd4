"""Records to a folder in which tokens stand for people: only columns of the schema, no names, nobody left out at the door."""

from __future__ import annotations

import csv
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from peerlens.errors import InputError, PeerlensError, Problem, did_you_mean
from peerlens.privacy.tokens import token
from peerlens.records.forgotten import MADE_BY
from peerlens.schema import SCHEMA_VERSION, TABLES

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from peerlens.engine import Engine
    from peerlens.records.records import Records

NEVER_WRITTEN = {"people": ("name", "email")}
SKIPPED = ("accounts", "confidential", "people_aliases")
"""accounts and other names are settled when the records are read; patterns of what is confidential would name it"""
INSTANTS = ("sent_at", "started_at", "ended_at")
_ROWS_AT_ONCE = 200_000


def pseudonymise(
    records: Records, folder: str | Path, key: bytes, *, keep_domain: bool = False, also: Iterable[str] = ()
) -> dict[str, int]:
    """Write records as canonical tables with tokens in place of ids; whole or not at all.

    Parameters
    ----------
    records
        As read: whoever is excluded or confidential is gone from them already.
    folder
        Must not exist, or be empty.
    key
        The same key gives the same person the same token in every folder.
    keep_domain
        Leave the domain of addresses readable.
    also
        Further columns to put tokens into, as ``people.department``.

    Returns
    -------
    dict
        Table to number of rows written.

    Raises
    ------
    InputError
        A column in ``also`` is not there: nothing is written rather than too much.
    PeerlensError
        The folder is not empty.
    """
    folder = Path(folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise PeerlensError(f"{folder}: there is something already. Give an empty folder or a new name.")
    extra = _known_columns(records, also)
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        os.chmod(made, 0o700)
        known: dict[str, str] = {}

        def coded(values: pd.Series) -> pd.Series:
            for value in values.dropna().unique():
                if value not in known:
                    known[value] = token(str(value), key, keep_domain=keep_domain)
            return values.map(known)

        counts = {}
        for name, parts in _tables(records):
            rows = 0
            with (made / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file, lineterminator="\n")
                for at, part in enumerate(parts):
                    part = _without_people(name, part, coded, extra.get(name, ()))
                    if at == 0:
                        writer.writerow(part.columns)
                    writer.writerows(part.itertuples(index=False, name=None))
                    rows += len(part)
            counts[name] = rows
        note = {"schema_version": SCHEMA_VERSION, "kind": "pseudonymised", "tables": counts}
        (made / MADE_BY).write_text(json.dumps(note, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        if folder.exists():
            folder.rmdir()
        os.replace(made, folder)
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise
    return counts


def _known_columns(records: Records, also: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return the further columns by table; one that is missing is an error, as it would be written in the clear elsewhere."""
    found: dict[str, list[str]] = {}
    problems = []
    for place in also:
        table, _, column = place.partition(".")
        there = table in TABLES and column in TABLES[table].names
        if there and table not in ("messages", "meetings"):
            there = bool(getattr(records, table)[column].notna().any())
        if there:
            found.setdefault(table, []).append(column)
            continue
        columns = [f"{name}.{known}" for name, item in TABLES.items() for known in item.names]
        problems.append(
            Problem(
                f"{table}.csv", None, column or None, "no such column, or an empty one",
                "a column that is there, as people.department", did_you_mean(place, columns),
            )
        )  # fmt: skip
    if problems:
        raise InputError(problems)
    return {table: tuple(columns) for table, columns in found.items()}


def _tables(records: Records) -> Iterator[tuple[str, Iterator[pd.DataFrame]]]:
    """Yield each table that has rows, in parts, its columns those of the schema."""
    for name, table in TABLES.items():
        if name in SKIPPED:
            continue
        if name == "messages":
            if records.messages is not None:
                shown = records.messages.select(*[c for c in table.names if c in records.messages.columns])
                order = records.messages.order_by(["message_no", "recipient_id"])
                yield name, _in_parts(records, order.select(*shown.columns), has_days=False)
        elif name == "meetings":
            if records.meetings is not None:
                order = records.meetings.order_by(["meeting_no", "attendee_id"])
                # A column of answers with nothing in it would say that nobody answered.
                columns = _filled(order, [c for c in table.names if c in order.columns], records.engine)
                yield name, _in_parts(records, order.select(*columns, "is_all_day"), has_days=True)
        else:
            frame = getattr(records, name)
            columns = [column for column in table.names if column in frame and not frame[column].isna().all()]
            if len(frame) and columns:
                yield name, iter([frame[columns]])


def _filled(table: ir.Table, columns: list[str], engine: Engine) -> list[str]:
    """Return the columns that hold anything."""
    counts = engine.frame(table.agg(**{name: table[name].count() for name in columns})).iloc[0]
    return [name for name in columns if counts[name]]


def _in_parts(records: Records, expression, *, has_days: bool) -> Iterator[pd.DataFrame]:
    for part in records.engine.batches(expression, rows=_ROWS_AT_ONCE):
        is_day = part.pop("is_all_day") if has_days else pd.Series(False, index=part.index)
        for column in INSTANTS:
            if column in part:
                day, instant = part[column].dt.strftime("%Y-%m-%d"), part[column].dt.strftime("%Y-%m-%dT%H:%M:%SZ")
                part[column] = day.where(is_day, instant)
        yield part


def _without_people(name: str, frame: pd.DataFrame, coded, extra: tuple[str, ...]) -> pd.DataFrame:
    """Put tokens into every column that names people or messages, drop names, and write values as the schema has them."""
    table = TABLES[name]
    frame = frame.drop(columns=[c for c in NEVER_WRITTEN.get(name, ()) if c in frame]).copy()
    for column in frame.columns:
        kind = table.type_of(column)
        is_team = name == "outcomes" and column == "team"  # a team is named by its manager
        if kind == "id" or is_team or column in extra:
            frame[column] = coded(frame[column].astype("object"))
        elif kind == "day":
            frame[column] = pd.to_datetime(frame[column]).dt.strftime("%Y-%m-%d")
        elif kind == "flag":
            frame[column] = frame[column].map({True: "true", False: "false"})
    return frame.astype("object").where(frame.notna(), "")
