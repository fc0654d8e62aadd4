"""Which engine computes: what a user may say, and what is missing where it cannot be had."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from peerlens.engine.local import Engine
from peerlens.errors import PeerlensError

if TYPE_CHECKING:
    import ibis

MASTERS = re.compile(r"(local|local\[(\d+|\*)(, *\d+)?\]|local-cluster\[[^]]+\]|yarn|(spark|k8s)://.+)")
EXPECTED = (
    "give nothing (DuckDB on this machine), the master of a Spark cluster such as 'spark://host:7077', 'yarn' or "
    "'local[2]', or an Ibis connection to Spark (ibis.pyspark.connect(session))"
)


def open_engine(
    engine: str | ibis.BaseBackend | None = None,
    *,
    threads: int | None = None,
    memory_limit: str | None = None,
    folder: str | None = None,
) -> Engine:
    """Open what was asked for.

    Parameters
    ----------
    engine
        None or ``"duckdb"``; the master of a Spark cluster; or an Ibis connection to Spark.
    threads, memory_limit
        For an engine that is started here.
    folder
        Where Spark keeps tables; on a cluster a place that all its machines see.

    Raises
    ------
    PeerlensError
        No such engine, or what it needs is not installed.
    """
    if engine is None or engine == "duckdb":
        return Engine(threads=threads, memory_limit=memory_limit)
    name: Any = engine if isinstance(engine, str) else getattr(engine, "name", type(engine).__name__)
    is_connection = not isinstance(engine, str) and name == "pyspark"
    if not is_connection and not (isinstance(engine, str) and MASTERS.fullmatch(engine)):
        raise PeerlensError(f"No engine {name!r}: {EXPECTED}.")
    from peerlens.engine.spark import SparkEngine
    from peerlens.engine.spark_start import start

    if is_connection:
        return SparkEngine(engine, folder=folder)
    connection, session = start(str(engine), threads=threads, memory_limit=memory_limit)
    return SparkEngine(connection, folder=folder, lease=session)
