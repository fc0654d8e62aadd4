"""Spark, by the URL of a cluster or in this process: the same expressions through Ibis.

Whatever is computed is written to Parquet and read back, because a view would be computed again at each use. Tables go to
Spark as Parquet or Arrow only, so that what is missing stays missing.
"""

# pyright: reportMissingImports=false
# (pyspark is an extra)

from __future__ import annotations

import copyreg
import itertools
import re
import shutil
import sys
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from peerlens.engine.frames import as_frame
from peerlens.engine.groups import ROWS_AT_ONCE, Step, of_schema
from peerlens.engine.local import Engine
from peerlens.engine.private import PrivateFolder
from peerlens.errors import PeerlensError

if TYPE_CHECKING:
    import ibis
    import ibis.expr.types as ir
    import pandas as pd
    import pyarrow as pa
    from pyspark.sql import DataFrame, SparkSession

_WALL = "yyyy-MM-dd'T'HH:mm:ss"


class SparkEngine(Engine):
    """Tables of one analysis in Spark.

    Parameters
    ----------
    connection
        Ibis over a Spark session. Its time zone is set to UTC.
    folder
        Where tables are kept as Parquet, a path or URL that every machine of the cluster sees; where Spark runs in this process
        a private folder will do, and is used by default.
    lease
        Kept as long as the engine lives.

    Raises
    ------
    PeerlensError
        Spark runs on other machines, and no folder is given.
    """

    takes_arrays = False

    def __init__(self, connection: ibis.BaseBackend, *, folder: str | None = None, lease: object = None) -> None:
        self._connection: Any = connection
        self._session: SparkSession = connection._session
        self._kept: list[object] = [lease]
        self._numbers = itertools.count(1)
        self._session.conf.set("spark.sql.session.timeZone", "UTC")
        self._spill = PrivateFolder()
        self._prefix = re.sub(r"\W", "_", self._spill.path.name)
        is_local = str(self._session.conf.get("spark.master", "")).startswith("local")
        if is_local:
            # Workers run beside this process: with its Python, which has what steps over arrays need.
            self._session.sparkContext.pythonExec = sys.executable
        if folder is None and not is_local:
            raise PeerlensError(
                "On a cluster, tables between the stages are kept where all its machines see them: give cache_dir=, such as "
                "'hdfs:///tmp/me' or a shared folder."
            )
        self._place = str(self._spill.path) if folder is None else f"{str(folder).rstrip('/')}/{self._prefix}"
        self._parser: Engine | None = None
        if folder is not None:
            self._clean = weakref.finalize(self, _delete, self._session, self._place)

    @property
    def connection(self) -> ibis.BaseBackend:
        """Ibis over this Spark, in which tables can be named for :func:`peerlens.read`."""
        return self._connection

    def read_csv(self, path: Path, *, columns: Sequence[str | None], delimiter: str, name: str) -> ir.Table:
        """Read a CSV file on this machine, where every broken line is found, and hand it to Spark.

        Raises
        ------
        InputError
            The file's structure is broken, as by an unclosed quote.
        """
        return self._handed_over(self._local().read_csv(path, columns=columns, delimiter=delimiter, name=name), name)

    def read_parquet(self, path: Path, *, columns: Sequence[str | None], name: str) -> ir.Table:
        """Read a Parquet file on this machine, which knows the order of its rows, and hand it to Spark."""
        return self._handed_over(self._local().read_parquet(path, columns=columns, name=name), name)

    def from_frame(self, frame: pd.DataFrame, *, name: str) -> ir.Table:
        """Copy a small pandas frame to Spark. Missing text arrives as NULL."""
        import pyarrow as pa

        return self._from_arrow(pa.Table.from_pandas(frame, preserve_index=False), name)

    def materialise(self, expression: ir.Table, *, name: str) -> ir.Table:
        """Compute an expression now and keep its result as Parquet."""
        rows = self._asked(expression)
        # What Spark thinks of a sum or a quotient is not always what the expression says: 1.0 / 3 would be a decimal.
        stated = {column: kind for column, kind in expression.schema().items() if kind.is_numeric()}
        return self._written(_as_stated(rows, stated), name)

    def view(self, expression: ir.Table, *, name: str) -> ir.Table:
        """Return the expression: here asking costs more than writing."""
        return expression

    def map_groups(self, expression: ir.Table, step: Step, *, name: str) -> ir.Table:
        """Hand all rows to a step on the workers, whole keys at a time, and keep what it returns.

        Rows of one key meet on one worker, which holds about :data:`~peerlens.engine.groups.ROWS_AT_ONCE` of them at most.
        Workers need NumPy and PyArrow, and no peerlens: the step goes to them with its code.
        """
        return self._written(self._handed_out(expression, step), name)

    def share_out(
        self, expression: ir.Table, step: Step, *, name: str, kept: Sequence[str], handed: Sequence[str]
    ) -> tuple[ir.Table, pa.Table]:
        """Hand all rows to a step as :meth:`map_groups` does; keep some columns of what it returns, bring others here."""
        whole = self.map_groups(expression, step, name=name)
        rows = self._session.table(whole.op().name).select(*handed).toArrow()
        return whole.select(*kept), rows.cast(of_schema(step.schema, handed))

    def frame_of_groups(self, expression: ir.Table, step: Step) -> pd.DataFrame:
        """Hand all rows to a step as :meth:`map_groups` does, and bring what it returns to pandas; nothing of it is kept."""
        return self._handed_out(expression, step).toArrow().cast(step.schema).to_pandas()

    def _handed_out(self, expression: ir.Table, step: Step) -> DataFrame:
        from pyspark.sql.pandas.types import from_arrow_schema

        rows = self._asked(expression)
        least = int(self._session.conf.get("spark.sql.shuffle.partitions", "200") or 200)
        parts = max(least, -(-rows.count() // ROWS_AT_ONCE))
        return rows.repartition(parts, step.key).mapInArrow(_portable(step), from_arrow_schema(step.schema))

    def laid_out(self, expression: ir.Table, *, name: str) -> ir.Table:
        """Keep what an expression lays out: here writing it once costs less than asking again."""
        return self.materialise(expression, name=name)

    def frame(self, expression: ir.Table) -> pd.DataFrame:
        """Bring a result to pandas, in the types that the default engine gives. The expression must order its rows by key."""
        return as_frame(self._asked(expression).toArrow(), expression.schema())

    def count(self, expression: ir.Table) -> int:
        """Return the number of rows of an expression."""
        return self._asked(expression).count()

    def drop(self, *tables: ir.Table, keep: Sequence[ir.Table] = ()) -> None:
        """Forget tables that no later stage needs; of an expression, the tables it stands on, but for those to keep."""
        kept = {table.op().name for table in keep}
        for table in self._tables_of(tables):
            name = table.op().name
            if name in kept:
                continue
            self._session.catalog.dropTempView(name)
            _delete(self._session, f"{self._place}/{name}")

    def named(self, name: str) -> ir.Table | None:
        """Return the table of that name in the catalog of Spark; None where there is none."""
        if not re.fullmatch(r"[\w.`-]+", name) or not self._session.catalog.tableExists(name):
            return None
        view = self._fresh("named")
        self._session.table(name).createOrReplaceTempView(view)
        return self._connection.table(view)

    def owns(self, rows: object) -> bool:
        """Tell whether an Ibis table lives here, so that its rows need not leave."""
        import ibis

        return isinstance(rows, ibis.Table) and rows.get_backend() is self._connection

    def adopt(self, rows: ir.Table, *, columns: Sequence[str | None], name: str) -> tuple[ir.Table, str]:
        """Take columns of a table that lives here, with a ``line`` that counts its rows in the order of their values.

        Parameters
        ----------
        rows
            A table of this Spark.
        columns
            What each of its columns is to be called; None leaves it out.
        name
            For the table.

        Returns
        -------
        tuple
            The table, and a digest of its rows, whatever their order.
        """
        from pyspark.sql import functions as f

        source = self._asked(rows)
        wanted = [(old, new) for old, new in zip(source.columns, columns, strict=True) if new is not None]
        plain = source.select([f.col(f"`{old}`").alias(new) for old, new in wanted])
        plain = _with_zones_written(plain)
        keys = sorted(plain.columns)
        # A window without partitions would bring all rows to one machine. Sorted parts are numbered each by itself instead.
        in_order = plain.orderBy(*keys).withColumn("part", f.spark_partition_id())
        in_order = in_order.withColumn("place", f.monotonically_increasing_id() % f.lit(1 << 33))
        kept = self._written(in_order, f"{name}_in_order")
        stored = self._session.table(kept.op().name)
        sizes = stored.groupBy("part").count().orderBy("part").collect()
        starts = itertools.accumulate((row["count"] for row in sizes), initial=2)
        offsets = self._session.createDataFrame(
            [(row["part"], start) for row, start in zip(sizes, starts, strict=False)], "part int, start long"
        )
        numbered = stored.join(f.broadcast(offsets), "part").withColumn("line", f.col("place") + f.col("start"))
        table = self._written(numbered.drop("part", "place", "start"), name)
        self.drop(kept)
        # Sums of hashes do not depend on the order of rows; two of them, as one could be hit by chance.
        total = self._session.table(table.op().name).agg(
            f.count("*"),
            *(f.sum(f.xxhash64(f.lit(salt), *keys).cast("decimal(38,0)")) for salt in (1, 2)),
        )
        return table, "-".join(str(value) for value in total.collect()[0])

    def _asked(self, expression: ir.Table) -> DataFrame:
        """Return an expression as Spark's own, small tables within it brought there as Arrow: Ibis makes missing text 'NaN'."""
        from ibis.expr import operations as ops

        for found in expression.op().find(ops.InMemoryTable):
            if not self._session.catalog.tableExists(found.name):
                self._session.createDataFrame(found.data.to_pyarrow(found.schema)).createOrReplaceTempView(found.name)
        return self._session.sql(self._connection.compile(expression))

    def _local(self) -> Engine:
        if self._parser is None:
            self._parser = Engine()
        return self._parser

    def _handed_over(self, table: ir.Table, name: str) -> ir.Table:
        """Take a table of the parser's; what has a zone goes as text with its offset, and nothing finer than microseconds."""
        kinds = table.schema().items()
        changed: dict[str, Any] = {
            column: table[column].cast("string" if kind.timezone else "timestamp(6)")
            for column, kind in kinds
            if kind.is_timestamp()
        }
        plain = table.mutate(**changed) if changed else table
        batches = plain.to_pyarrow()
        self._local().drop(table)
        return self._from_arrow(batches, name)

    def _from_arrow(self, table: pa.Table, name: str) -> ir.Table:
        import pyarrow as pa
        import pyarrow.compute as pc

        for at, field in enumerate(table.schema):
            if pa.types.is_timestamp(field.type) and field.type.tz:
                # Spark has one kind of instant, which would be taken for a wall clock of the log's zone.
                utc = table.column(at).cast(pa.timestamp("us", "UTC"), safe=False)
                table = table.set_column(at, field.name, pc.strftime(utc, format="%Y-%m-%dT%H:%M:%SZ"))
        return self._written(self._session.createDataFrame(table), name)

    def _written(self, rows: DataFrame, name: str) -> ir.Table:
        view = self._fresh(name)
        rows.write.parquet(f"{self._place}/{view}")
        return self._connection.read_parquet(f"{self._place}/{view}", table_name=view)

    def _fresh(self, name: str) -> str:
        return f"{self._prefix}_{super()._fresh(name)}"


def _portable(step: Step) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """Return what a worker does with its rows; the code of this package goes along, as workers may not have it."""
    from pyspark import cloudpickle

    cloudpickle.register_pickle_by_value(sys.modules[__name__.partition(".")[0]])
    copyreg.pickle(cached_property, _taken_apart)

    def whole_part(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        import pyarrow

        rows = list(batches)
        if rows:
            yield from step(pyarrow.Table.from_batches(rows)).to_batches()

    return whole_part


def _taken_apart(found: cached_property[Any]) -> tuple[Callable[..., Any], tuple[Any, ...]]:
    """Say how to make a cached property again: Python 3.11 puts a lock into it, which does not travel."""
    return _put_together, (found.func, found.attrname)


def _put_together(function: Callable[[Any], Any], name: str) -> cached_property[Any]:
    made = cached_property(function)
    made.__set_name__(object, name)
    return made


def _as_stated(rows: DataFrame, kinds: Mapping[str, Any]) -> DataFrame:
    """Give columns the types that an expression states."""
    from ibis.backends.pyspark.datatypes import PySparkType

    wanted = {column: PySparkType.from_ibis(kind) for column, kind in kinds.items()}
    differing = {name: rows[name].cast(kind) for name, kind in wanted.items() if rows.schema[name].dataType != kind}
    return rows.withColumns(differing) if differing else rows


def _with_zones_written(rows: DataFrame) -> DataFrame:
    """Write instants out with their zone, as a wall clock without one would be taken for one of the log's zone."""
    from pyspark.sql import functions as f
    from pyspark.sql.types import TimestampType

    for field in rows.schema:
        if isinstance(field.dataType, TimestampType):
            at = f.col(field.name)
            whole, fine = (f.date_format(at, f"{_WALL}{fraction}'Z'") for fraction in ("", ".SSSSSS"))
            rows = rows.withColumn(field.name, f.when(f.date_trunc("second", at) == at, whole).otherwise(fine))
    return rows


def _delete(session: Any, place: str) -> None:
    """Delete a folder of tables, on whatever file system it is."""
    if "://" not in place:
        shutil.rmtree(place, ignore_errors=True)
        return
    path = session._jvm.org.apache.hadoop.fs.Path(place)
    path.getFileSystem(session._jsc.hadoopConfiguration()).delete(path, True)
