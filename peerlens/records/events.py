"""What reading messages and meetings have in common: typed columns from text, checked cells, sorted-out rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
class Loaded:
    """A table of events, one row per line, in typed columns; nothing sorted out yet.

    Parameters
    ----------
    table
        In the engine.
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

    table: ir.Table
    source: Source
    lines: int
    years: tuple[int, int]
    naive: int
    day_only: int
    has_lists: bool
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sorted:
    """Rows after lists were split: those kept, and a count of those dropped by reason.

    Parameters
    ----------
    kept
        Rows that are contacts so far.
    groups
        One row per message or meeting, with its ``day``.
    rows_read
        Rows before anything was dropped.
    drops
        Rows dropped so far.
    scratch
        Tables to forget once the rows are numbered.
    """

    kept: ir.Table
    groups: ir.Table
    rows_read: int
    drops: tuple[Drop, ...]
    scratch: tuple[ir.Table, ...]


@dataclass(frozen=True)
class Numbered:
    """The finished table, the rows dropped on the way to it, and rows added that were in no file."""

    table: ir.Table
    drops: tuple[Drop, ...]
    added: int = 0


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


def tally(engine: Engine, rows: ir.Table, *, source: str) -> tuple[int, tuple[Drop, ...]]:
    """Count all rows, and those with a reason to be dropped."""
    found = engine.frame(rows.group_by("reason").aggregate(rows=rows.count()).order_by("reason"))
    drops = tuple(
        Drop(source, reason, int(number))
        for reason, number in zip(found["reason"], found["rows"], strict=True)
        if isinstance(reason, str)
    )
    return int(found["rows"].sum()), drops


def per_day(engine: Engine, sorted_out: Sequence[Sorted]) -> pd.Series:
    """Return the number of messages and meetings on each day that has any."""
    import pandas as pd

    frames = [
        engine.frame(item.groups.group_by("day").aggregate(events=item.groups.count()).order_by("day"))
        for item in sorted_out
    ]
    if not frames:
        return pd.Series(dtype="int64")
    counts = pd.concat(frames)
    counts["day"] = pd.to_datetime(counts["day"])
    return counts.groupby("day")["events"].sum().sort_index()


def without_duplicates(
    table: ir.Table, engine: Engine, keys: list[str], order: list[ir.Value], *, rows_kept: int, source: str
) -> tuple[ir.Table, tuple[Drop, ...]]:
    """Keep the first row of each key; count what that and the last day dropped from ``rows_kept``."""
    import ibis

    count = engine.count(table)
    distinct = engine.count(table.select(*keys).distinct())
    drops = []
    if rows_kept > count:
        drops.append(Drop(source, IMPLAUSIBLE, rows_kept - count))
    if distinct < count:
        drops.append(Drop(source, DUPLICATE, count - distinct))
        rank = ibis.row_number().over(ibis.window(group_by=keys, order_by=order))
        ranked = table.mutate(rank=rank)
        finished = engine.materialise(ranked.filter(ranked.rank == 0).drop("rank"), name="finished")
        engine.drop(table)
        table = finished
    return table, tuple(drops)
