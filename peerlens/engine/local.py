"""DuckDB in this process: the default engine, and the shape of all others."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from peerlens.blocks import over_blocks
from peerlens.engine.frames import as_frame
from peerlens.engine.groups import MOST_FETCHES, ROWS_AT_ONCE, ROWS_FETCHED, Range, joined, of_range, of_schema
from peerlens.engine.private import PrivateFolder
from peerlens.errors import InputError, Problem

if TYPE_CHECKING:
    import ibis.expr.schema as sch
    import ibis.expr.types as ir
    import pandas as pd
    import pyarrow as pa

    from peerlens.engine.groups import Step


class Engine:
    """One in-memory database that the stages of one analysis share.

    Parameters
    ----------
    threads
        Number of threads; None leaves it to the engine. Results do not depend on it.
    memory_limit
        Such as ``"4GB"``; None leaves it to the engine.
    """

    takes_arrays = True
    """whether logs may be read as arrays in this process and handed over"""

    def __init__(self, *, threads: int | None = None, memory_limit: str | None = None) -> None:
        import ibis

        config: dict[str, Any] = {}
        if threads is not None:
            config["threads"] = threads
        if memory_limit is not None:
            config["memory_limit"] = memory_limit
        self._connection = ibis.duckdb.connect(**config)
        self._connection.raw_sql("SET enable_progress_bar = false")
        # Joins here put the longer table first. Turning them round by estimated lengths, which several filters make far too
        # low, lays millions of wide rows out in memory to be looked up by a short table.
        self._connection.raw_sql("SET disabled_optimizers = 'build_side_probe_side'")
        # What does not fit into memory goes to a folder that only this user may read and that goes with the engine.
        self._spill = PrivateFolder()
        folder = str(self._spill.path).replace("'", "''")
        self._connection.raw_sql(f"SET temp_directory = '{folder}'")
        self._numbers = itertools.count(1)
        self._kept: list[object] = []
        self._views: dict[str, tuple[ir.Table, ...]] = {}

    def read_csv(self, path: Path, *, columns: Sequence[str | None], delimiter: str, name: str) -> ir.Table:
        """Read columns of a UTF-8 CSV file as text, in file order, with its ``line`` (the header is line 1).

        Parameters
        ----------
        path
            The file; its first record is the header.
        columns
            What each column of the file is to be called; None leaves it out. Names in the file play no part:
            they may be there twice, or hold anything.
        delimiter
            Character between cells.
        name
            Name of the file, for the error.

        Notes
        -----
        ``line`` counts records: where cells hold line breaks or lines are empty it is not the line of the file.

        Raises
        ------
        InputError
            The file's structure is broken, as by an unclosed quote.
        """
        import duckdb
        import ibis

        # The engine's own guesses are off: where they go wrong it skips lines without a word.
        positions = {f"c{at}": "VARCHAR" for at in range(len(columns))}
        wanted = {column: f"c{at}" for at, column in enumerate(columns) if column is not None}
        try:
            raw = self._connection.read_csv(
                str(path), table_name=self._fresh("file"), columns=positions, auto_detect=False, header=True,
                delim=delimiter, quote='"', escape='"', null_padding=False, strict_mode=True, max_line_size=8_000_000,
            )  # fmt: skip
            table = self.materialise(raw.select(**wanted, line=ibis.row_number().cast("int64") + 2), name=name)
            self._connection.drop_view(raw.op().name)
            return table
        except duckdb.Error as error:
            line = re.search(r"CSV Error on Line:? (\d+)", str(error))
            reason = str(error).splitlines()[0][:200]
            problem = Problem(
                name,
                int(line.group(1)) if line else None,
                None,
                reason,
                "one record a line, quotes closed, the same number of cells in each",
                "Open the file near that line, close the quote or mend the row, and save it as CSV again.",
            )
            raise InputError([problem]) from error

    def read_parquet(self, path: Path, *, columns: Sequence[str | None], name: str) -> ir.Table:
        """Read columns of a Parquet file, with a ``line`` that counts its rows from 2, as a CSV file would.

        Parameters
        ----------
        path
            The file.
        columns
            What each column of the file is to be called; None leaves it out.
        name
            Name of the file, for the table in the engine.
        """
        import ibis

        raw = self._connection.read_parquet(str(path), table_name=self._fresh("file"))
        wanted = {column: raw[at] for at, column in enumerate(columns) if column is not None}
        table = self.materialise(raw.select(**wanted, line=ibis.row_number().cast("int64") + 2), name=name)
        self._connection.drop_view(raw.op().name)
        return table

    def write_parquet(self, expression: ir.Table, path: Path) -> None:
        """Write an expression to a Parquet file, to be read again by :meth:`read_cached`.

        Snappy takes two thirds of the time that Zstandard takes, for a third more room; the second version of the format takes a
        quarter less of both than the first.

        Raises
        ------
        OSError
            The file cannot be written.
        """
        import duckdb

        try:
            with _stoppable():
                self._connection.to_parquet(expression, path, compression="snappy", parquet_version="V2")
        except duckdb.IOException as error:
            raise OSError(str(error)) from error

    def read_cached(self, path: Path, *, name: str, keep: object = None) -> ir.Table:
        """Look at a Parquet file of our own where it lies; it is read only as far as it is asked for.

        Parameters
        ----------
        path
            The file; it must stay where it is.
        name
            For the table in the engine.
        keep
            See :meth:`hold`.
        """
        self.hold(keep)
        view = self._connection.read_parquet(str(path), table_name=self._fresh(name))
        self._views[view.op().name] = ()
        # A constant such as 1.0 goes into the file as a decimal.
        decimals = [column for column, kind in view.schema().items() if kind.is_decimal()]
        return view.cast(dict.fromkeys(decimals, "float64")) if decimals else view

    def hold(self, thing: object) -> None:
        """Keep something as long as this engine lives, such as a lock on a file it reads."""
        self._kept.append(thing)

    def from_frame(self, frame: pd.DataFrame, *, name: str) -> ir.Table:
        """Copy a small pandas frame into the engine.

        Text columns may hold missing values; they arrive as NULL.
        """
        import pyarrow as pa

        table = self._fresh(name)
        self._take(pa.Table.from_pandas(frame, preserve_index=False), f'CREATE TABLE "{table}" AS')
        return self._connection.table(table)

    def take_in(self, pieces: Iterable[pa.Table], *, name: str) -> ir.Table:
        """Copy Arrow tables of one shape into one table, each before the next is made; there must be one at least."""
        table = self._fresh(name)
        for at, piece in enumerate(pieces):
            self._take(piece, f'INSERT INTO "{table}"' if at else f'CREATE TABLE "{table}" AS')
        return self._connection.table(table)

    def materialise(self, expression: ir.Table, *, name: str) -> ir.Table:
        """Compute an expression now and keep its result as a table."""
        with _stoppable():
            return self._connection.create_table(self._fresh(name), expression)

    def view(self, expression: ir.Table, *, name: str) -> ir.Table:
        """Give an expression a name and compute nothing: what is asked of it later is shorter to write, so quicker to ask.

        Parameters
        ----------
        expression
            Over tables that live here; they go when the view is dropped.
        name
            For the view in the engine.
        """
        from ibis.expr.operations import DatabaseTable

        view = self._connection.create_view(self._fresh(name), expression)
        self._views[view.op().name] = tuple(node.to_expr() for node in expression.op().find(DatabaseTable))
        # A sum of integers, or a number written out, is of another type to the engine than to Ibis.
        stated = {column: kind for column, kind in expression.schema().items() if view.schema()[column] != kind}
        if not stated:
            return view
        cast = self._connection.create_view(self._fresh(name), view.cast(stated))
        self._views[cast.op().name] = (view,)
        return cast

    def map_groups(self, expression: ir.Table, step: Step, *, name: str) -> ir.Table:
        """Hand all rows to a step, whole keys at a time, and keep what it returns as a table ordered by key.

        Parameters
        ----------
        expression
            Rows with the step's key among their columns.
        step
            See :class:`peerlens.engine.groups.Step`.
        name
            For the table.
        """
        return self.share_out(expression, step, name=name, kept=step.schema.names, handed=())[0]

    def share_out(
        self, expression: ir.Table, step: Step, *, name: str, kept: Sequence[str], handed: Sequence[str]
    ) -> tuple[ir.Table, pa.Table]:
        """Hand all rows to a step as :meth:`map_groups` does; keep some columns of what it returns, bring others to this process.

        Parameters
        ----------
        expression, step, name
            As for :meth:`map_groups`.
        kept
            Columns of the table that stays here.
        handed
            Columns for this process; a column may be in both.

        Returns
        -------
        tuple
            The table and the columns handed over, whose rows are in no promised order.
        """
        import pyarrow as pa

        table = self._connection.create_table(self._fresh(name), schema=_as_ibis(of_schema(step.schema, kept)))
        beside = [of_schema(step.schema, handed).empty_table()]
        for found in self._handed(expression, step):
            beside.append(found.select(list(handed)))
            if found.num_rows:
                self._take(found.select(list(kept)), f'INSERT INTO "{table.op().name}"')
        return table, pa.concat_tables(beside)

    def _take(self, rows: pa.Table, into: str) -> None:
        """Put rows into a table; not by way of Ibis, which keeps what it was handed for as long as the connection lives."""
        plain, name = self._connection.con, self._fresh("rows")
        plain.register(name, rows)
        try:
            with _stoppable():
                plain.execute(f'{into} SELECT * FROM "{name}"').fetchall()
        finally:
            plain.unregister(name)

    def frame_of_groups(self, expression: ir.Table, step: Step) -> pd.DataFrame:
        """Hand all rows to a step as :meth:`map_groups` does, and bring what it returns to pandas; nothing of it is kept."""
        import pyarrow as pa

        return pa.concat_tables([step.schema.empty_table(), *self._handed(expression, step)]).to_pandas()

    def _handed(self, expression: ir.Table, step: Step) -> Iterator[pa.Table]:
        """Fetch the rows of the next keys while the step works on those before."""

        def fetched() -> Iterator[tuple[pa.Table, Range | None]]:
            counts = self.frame(expression.group_by(step.key).agg(rows=lambda t: t.count()).order_by(step.key))
            rows = int(counts["rows"].sum())
            if rows <= ROWS_AT_ONCE:
                with _stoppable():
                    yield expression.to_pyarrow(), None
                return
            keys = counts[step.key].tolist()
            turns = joined(map(Range, keys, keys, counts["rows"].tolist()), ROWS_AT_ONCE)
            for span in joined(turns, max(ROWS_FETCHED, rows // MOST_FETCHES)):
                with _stoppable():
                    found = expression.filter(expression[step.key].between(span.first, span.last)).to_pyarrow()
                yield from ((found, turn) for turn in turns if span.first <= turn.first <= span.last)

        def work(block: tuple[pa.Table, Range | None]) -> pa.Table:
            rows, turn = block
            return step(rows if turn is None else of_range(rows, step.key, turn))

        return over_blocks(work, fetched(), ahead=1)

    def laid_out(self, expression: ir.Table, *, name: str) -> ir.Table:
        """Give a name to an expression that joins and lays out what is there: a view where asking again costs little, as here."""
        return self.view(expression, name=name)

    def frame(self, expression: ir.Table) -> pd.DataFrame:
        """Bring a result to pandas. The expression must order its rows by key."""
        with _stoppable():
            found = expression.to_pyarrow()
        return as_frame(found, expression.schema())

    def batches(self, expression: ir.Table, *, rows: int) -> Iterator[pd.DataFrame]:
        """Bring a result to pandas in parts of at most ``rows``, so that it never stands in memory whole."""
        import ibis

        numbered = self.materialise(expression.mutate(row_at=ibis.row_number()), name="batches")
        try:
            for start in range(0, self.count(numbered), rows):
                part = numbered.filter((numbered.row_at >= start) & (numbered.row_at < start + rows))
                yield self.frame(part.order_by("row_at").drop("row_at"))
        finally:
            self.drop(numbered)

    def count(self, expression: ir.Table) -> int:
        """Return the number of rows of an expression."""
        with _stoppable():
            return int(expression.count().execute())

    def drop(self, *tables: ir.Table, keep: Sequence[ir.Table] = ()) -> None:
        """Forget tables that no later stage needs; of a view or an expression, the tables it stands on, but for those to keep."""
        kept = {table.op().name for table in keep}
        for table in self._tables_of(tables):
            # The bare name: with its catalog in front, as get_name() gives it, nothing would be found, and nothing said.
            name = table.op().name
            if name in kept:
                continue
            if name in self._views:
                self._connection.drop_view(name)
                self.drop(*self._views.pop(name), keep=keep)
            else:
                # Several views may stand on one table, which goes with the first of them.
                self._connection.drop_table(name, force=True)

    def _tables_of(self, expressions: Sequence[ir.Table]) -> list[ir.Table]:
        from ibis.expr.operations import DatabaseTable

        found = {node.name: node.to_expr() for table in expressions for node in table.op().find(DatabaseTable)}
        return list(found.values())

    def named(self, name: str) -> ir.Table | None:
        """Return the table of that name in the engine's catalog; None where there is none, as here: this engine starts empty."""
        return None

    def owns(self, rows: object) -> bool:
        """Tell whether an Ibis table lives here, so that its rows need not leave: never, as this engine starts empty."""
        return False

    def adopt(self, rows: ir.Table, *, columns: Sequence[str | None], name: str) -> tuple[ir.Table, str]:
        """Take columns of a table that lives here; see :meth:`owns`."""
        raise TypeError("no table of a user lives in this engine")

    def _fresh(self, name: str) -> str:
        return f"{re.sub(r'[^a-z0-9_]', '_', name.lower())}_{next(self._numbers)}"


def _as_ibis(schema: pa.Schema) -> sch.Schema:
    import ibis

    return ibis.schema(schema)


@contextmanager
def _stoppable() -> Iterator[None]:
    """Turn what the engine makes of Ctrl-C back into what Python makes of it."""
    try:
        yield
    except RuntimeError as error:
        if "interrupted" in str(error).lower():
            raise KeyboardInterrupt from error
        raise
