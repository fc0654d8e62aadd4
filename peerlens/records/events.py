"""What reading messages and meetings have in common: typed columns from text, checked cells, sorted-out rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any

from peerlens.errors import Problem
from peerlens.records import instants
from peerlens.records.account import Drop
from peerlens.records.cells import EXPECTED, FALSE, TRUE
from peerlens.records.checks import LISTED, Problems, shown
from peerlens.records.sources import Source

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    from peerlens.engine import Engine

EMPTY_LINE = "empty line"
IMPLAUSIBLE = "implausible date (after a long hole, next to nothing)"
DUPLICATE = "duplicate row"


@dataclass(frozen=True)
class Part:
    """What is known of one file of a log after its lines were read.

    Parameters
    ----------
    number
        Position among all files read; rows carry it as ``source``.
    source
        Where it comes from, with its digest.
    lines
        Number of lines.
    years
        First and last year among the wall clocks.
    naive, day_only
        Lines whose instant has no zone, and only a day.
    has_lists
        Whether any cell names several people.
    notes
        For the account.
    """

    number: int
    source: Source
    lines: int
    years: tuple[int, int]
    naive: int
    day_only: int
    has_lists: bool
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Loaded:
    """A log, one row per line, in typed columns; nothing sorted out yet.

    Parameters
    ----------
    table
        Rows of all files.
    parts
        Its files.
    scratch
        Tables to forget once the rows are sorted out.
    """

    table: ir.Table
    parts: tuple[Part, ...]
    scratch: tuple[ir.Table, ...]

    @property
    def years(self) -> tuple[int, int]:
        """First and last year among the wall clocks."""
        return min(part.years[0] for part in self.parts), max(part.years[1] for part in self.parts)

    @property
    def has_lists(self) -> bool:
        """Whether any cell names several people."""
        return any(part.has_lists for part in self.parts)

    def has(self, column: str) -> bool:
        """Return whether any file has a column."""
        return any(column in part.source.header.positions for part in self.parts)


@dataclass(frozen=True)
class Tally:
    """What became of the rows of one file.

    Parameters
    ----------
    name
        Name of the file.
    rows_read
        Rows after lists were split, before anything was dropped.
    drops
        Rows dropped so far.
    rows_added
        Rows that were in no file.
    """

    name: str
    rows_read: int = 0
    drops: tuple[Drop, ...] = ()
    rows_added: int = 0

    @property
    def rows_left(self) -> int:
        """Rows not dropped so far."""
        return self.rows_read - sum(item.rows for item in self.drops)


@dataclass(frozen=True)
class Sorted:
    """Rows after lists were split: those kept, and a count of those dropped by reason.

    Parameters
    ----------
    kept
        Rows that are contacts so far.
    groups
        One row per meeting, or per message of several rows, with its ``day``.
    per_day
        ``day, events``: messages or meetings; counts of a day add up.
    tallies
        What became of the rows so far, by the number of the file.
    scratch
        Tables to forget once the rows are numbered.
    span
        First and last instant of all rows, in seconds since 1970.
    is_touched
        Whether a message was left out because another recipient of it is never looked at.
    """

    kept: ir.Table
    groups: ir.Table
    per_day: ir.Table
    tallies: dict[int, Tally]
    scratch: tuple[ir.Table, ...]
    span: tuple[int, int] | None
    is_touched: bool = False

    def days(self, engine: Engine) -> pd.DataFrame:
        """Return ``day, events``."""
        return engine.frame(self.per_day.order_by("day"))

    def ids(self, engine: Engine) -> ir.Table:
        """Return ``sender_no, message_id`` of every message with an id, those left out too."""
        rows = self.scratch[0].select("sender_no", "message_id")
        return rows.filter(rows.message_id.notnull()).distinct()

    def drop(self, engine: Engine) -> None:
        """Forget what is not needed once the rows are numbered."""
        engine.drop(*self.scratch)


@dataclass(frozen=True)
class Numbered:
    """A finished log.

    Parameters
    ----------
    table
        In the engine.
    tallies
        What became of all rows, by the number of the file.
    ends
        Days of the first and the last row; None without any.
    seen
        Ids in it.
    """

    table: ir.Table
    tallies: dict[int, Tally]
    ends: tuple[date, date] | None
    seen: set[str]


def numbered(
    engine: Engine, table: ir.Table, tallies: dict[int, Tally], columns: Sequence[str], ids: pd.DataFrame
) -> Numbered:
    """Return a finished table with what is asked of it at once.

    Parameters
    ----------
    engine
        Where it is.
    table
        The table.
    tallies
        What became of all rows.
    columns
        Those that name people, by id or by number.
    ids
        ``person_no, person_id``.
    """
    days = engine.frame(table.select("day").distinct().order_by("day"))["day"]
    name = ids.set_index("person_no")["person_id"]
    seen: set[str] = set()
    for column in columns:
        values = engine.frame(table.select(id=table[column]).distinct())["id"]
        seen.update(values if column.endswith("_id") else values.map(name))
    return Numbered(table, tallies, (_date(days.iloc[0]), _date(days.iloc[-1])) if len(days) else None, seen)


def _date(value: object) -> date:
    import pandas as pd

    return pd.Timestamp(str(value)).date()


def together(parts: Sequence[Loaded]) -> Loaded:
    """Join the files of one log."""
    import ibis

    if len(parts) == 1:
        return parts[0]
    schema = parts[0].table.schema()
    tables = [part.table.cast(dict(schema.items())).select(*schema) for part in parts]
    return Loaded(
        ibis.union(*tables),
        tuple(part for item in parts for part in item.parts),
        tuple(table for item in parts for table in item.scratch),
    )


def cell(table: ir.Table, column: str) -> ir.Value:
    """Return a column as stripped text, NULL where it is empty or the table has no such column."""
    import ibis

    if column not in table.columns:
        return ibis.null("string")
    values = table[column]
    if values.type().is_floating():
        values = (values == values.cast("int64").cast("float64")).ifelse(
            values.cast("int64").cast("string"), values.cast("string")
        )
    return values.cast("string").strip().nullif("")


def as_written(table: ir.Table, column: str) -> ir.Value:
    """Return a column of ids as text, NULL where it is empty; they are stripped when they are resolved."""
    import ibis

    if column not in table.columns:
        return ibis.null("string")
    return table[column].nullif("") if table[column].type().is_string() else cell(table, column)


def people_cell(engine: Engine, table: ir.Table, single: str, several: str) -> tuple[ir.Value, bool]:
    """Return who takes part, as text with ``;`` between several, and whether any cell names several."""
    column = several if several in table.columns else single
    values = table[column]
    if values.type().is_array():
        return values.cast("array<string>").join(";").nullif(""), True
    text = as_written(table, column)
    if not engine.count(table.filter(text.contains(";")).limit(1)):
        return text, False
    # Delimiters at the ends or side by side name nobody.
    return text.re_replace(r"[;\s]*;[;\s]*", ";").re_replace(r"^;+|;+$", "").nullif(""), True


def split(people: ir.Value, has_lists: bool) -> ir.Value:
    """Return one row for each of the people in a cell; an empty cell keeps its row."""
    return people.fill_null("").split(";").unnest() if has_lists else people.fill_null("")


def flag(table: ir.Table, column: str) -> ir.Value:
    """Return a yes/no column as booleans; NULL where empty, absent or not understood."""
    import ibis

    text = cell(table, column).lower()
    return ibis.cases((text.isin(TRUE), True), (text.isin(FALSE), False), else_=ibis.null("boolean"))


def check_flags(engine: Engine, raw: ir.Table, columns: Sequence[str], problems: Problems, *, name: str) -> None:
    """Note cells of yes/no columns that say something else."""
    for column in columns:
        if column in raw.columns and not raw[column].type().is_boolean():
            bad = cell(raw, column).notnull() & ~cell(raw, column).lower().isin((*TRUE, *FALSE))
            report(engine, raw, bad, column, EXPECTED["flag"], problems, name=name)


def check_filled(
    engine: Engine, raw: ir.Table, parsed: ir.Table, column: str, meaning: str, problems: Problems, *, name: str
) -> None:
    """Note lines that are not empty but lack a cell that is needed."""
    lines = parsed.filter(parsed[column].isnull() & ~parsed.is_blank).line
    expected = (meaning, "Fill the cell, or remove the line.")
    report(engine, raw, raw.line.isin(lines), column, expected, problems, name=name)


def check_instants(
    engine: Engine, raw: ir.Table, parsed: ir.Table, walls: Mapping[str, str], problems: Problems, *, name: str
) -> dict[str, Any]:
    """Note instants that cannot be read; return what is known of the others.

    Parameters
    ----------
    engine
        Where the tables are.
    raw, parsed
        The table as text, and in typed columns.
    walls
        Name of the instant column for each wall-clock column of ``parsed``; its offset is in ``<wall>_offset``.
    problems
        Where to note.
    name
        Name of the file.

    Returns
    -------
    dict
        ``lines``, ``naive``, ``years``.
    """
    measures: dict[str, Any] = {"lines": parsed.count()}
    for wall in walls:
        measures[f"{wall}_bad"] = (parsed[wall].isnull() & ~parsed.is_blank).sum()
        measures[f"{wall}_first"] = parsed[wall].min().year()
        measures[f"{wall}_last"] = parsed[wall].max().year()
    naive = [parsed[wall].notnull() & parsed[f"{wall}_offset"].isnull() for wall in walls]
    measures["naive"] = reduce(or_, naive).sum()
    found = engine.frame(parsed.aggregate(**measures)).iloc[0].fillna(0)
    for wall, column in walls.items():
        if found[f"{wall}_bad"]:
            bad = raw.line.isin(parsed.filter(parsed[wall].isnull() & ~parsed.is_blank).line)
            fix = "Write it as year-month-day and hour:minute; day first or month first is never guessed."
            report(engine, raw, bad, column, (instants.EXPECTED, fix), problems, name=name)
    years = [int(found[f"{wall}_{end}"]) for wall in walls for end in ("first", "last")]
    known = [year for year in years if year] or [instants.FIRST_YEAR]
    return {"lines": int(found["lines"]), "naive": int(found["naive"]), "years": (min(known), max(known))}


def report(
    engine: Engine, raw: ir.Table, bad: ir.Value, column: str, wanted: tuple[str, str], problems: Problems, *, name: str
) -> None:
    """Note the first cells of a column for which ``bad`` holds, and count the rest."""
    lines = raw.filter(bad).select("line", found=raw[column].cast("string"))
    rows = engine.frame(lines.order_by("line").limit(LISTED))
    more = int(engine.count(lines)) - len(rows) if len(rows) == LISTED else 0
    expected, fix = wanted
    for at, (line, value) in enumerate(zip(rows["line"], rows["found"], strict=True)):
        found = shown(value.strip()) if isinstance(value, str) and value.strip() else "an empty cell"
        is_last = at == len(rows) - 1
        problems.add(Problem(name, int(line), column, found, expected, fix), more=more if is_last else 0)


def tally(engine: Engine, rows: ir.Table, loaded: Loaded) -> dict[int, Tally]:
    """Count all rows of each file, and those with a reason to be dropped."""
    found = engine.frame(rows.group_by("source", "reason").aggregate(rows=rows.count()).order_by("source", "reason"))
    tallies = {}
    for part in loaded.parts:
        own = found[found["source"] == part.number]
        drops = tuple(
            Drop(part.source.name, reason, int(number))
            for reason, number in zip(own["reason"], own["rows"], strict=True)
            if isinstance(reason, str)
        )
        tallies[part.number] = Tally(part.source.name, int(own["rows"].sum()), drops)
    return tallies


def span(engine: Engine, instants: ir.Value) -> tuple[int, int] | None:
    """Return the first and the last of some instants, in seconds since 1970."""
    table = instants.as_table()
    column = table[table.columns[0]].epoch_seconds().cast("int64")
    found = engine.frame(table.aggregate(first=column.min(), last=column.max())).iloc[0]
    return None if found.isna().any() else (int(found["first"]), int(found["last"]))


def by_source(engine: Engine, rows: ir.Table) -> dict[int, int]:
    """Count the rows of each file."""
    found = engine.frame(rows.group_by("source").aggregate(rows=rows.count()).order_by("source"))
    return {int(number): int(count) for number, count in zip(found["source"], found["rows"], strict=True)}


def with_drops(tallies: Mapping[int, Tally], left: Mapping[int, int], reason: str) -> dict[int, Tally]:
    """Note what was dropped for one reason, from the rows left in each file."""
    noted = {}
    for number, item in tallies.items():
        gone = item.rows_left - left.get(number, 0)
        drops = (*item.drops, Drop(item.name, reason, gone)) if gone else item.drops
        noted[number] = replace(item, drops=drops)
    return noted


def per_day(engine: Engine, sorted_out: Sequence[Any]) -> pd.Series:
    """Return the number of messages and meetings on each day that has any."""
    import pandas as pd

    frames = [item.days(engine) for item in sorted_out]
    if not frames:
        return pd.Series(dtype="int64")
    counts = pd.concat(frames)
    counts["day"] = pd.to_datetime(counts["day"])
    return counts.groupby("day")["events"].sum().sort_index()


def without_duplicates(
    table: ir.Table, engine: Engine, keys: list[str], order: list[ir.Value], *, tallies: Mapping[int, Tally]
) -> tuple[ir.Table, dict[int, Tally]]:
    """Keep the first row of each key; count what the last day and that dropped."""
    import ibis

    count = engine.count(table)
    distinct = engine.count(table.select(*keys).distinct())
    noted = with_drops(tallies, by_source(engine, table), IMPLAUSIBLE)
    if distinct < count:
        rank = ibis.row_number().over(ibis.window(group_by=keys, order_by=order))
        ranked = table.mutate(rank=rank)
        finished = engine.materialise(ranked.filter(ranked.rank == 0).drop("rank"), name="finished")
        engine.drop(table)
        table = finished
        noted = with_drops(noted, by_source(engine, table), DUPLICATE)
    return table, noted
