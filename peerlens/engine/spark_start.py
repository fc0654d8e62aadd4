"""Starting Spark, or joining the one that runs in this process already; who uses it decides when it stops."""

# pyright: reportMissingImports=false
# (pyspark is an extra)

from __future__ import annotations

import os
import re
import shutil
import tempfile
import weakref
from pathlib import Path
from typing import TYPE_CHECKING

from peerlens.errors import PeerlensError

if TYPE_CHECKING:
    import ibis
    from pyspark.sql import SparkSession

LOG = """rootLogger.level = error
rootLogger.appenderRef.console.ref = console
appender.console.type = Console
appender.console.name = console
appender.console.target = SYSTEM_ERR
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %p %c{1}: %m%n%ex
"""
TO_INSTALL = (
    "Spark needs pyspark 4 and Java 17 or 21: pip install 'peerlens[spark]', and on Debian "
    "apt-get install openjdk-17-jre-headless; or leave engine= out and DuckDB computes on this machine"
)
LEASE = "_peerlens_lease"
"""where a session started here keeps who uses it: a process has one Spark, so this belongs to it"""


class _Lease:
    """One Spark that was started here: it stops when the last engine that uses it is gone."""

    def __init__(self, session: SparkSession, folder: tempfile.TemporaryDirectory[str]) -> None:
        self._stop = weakref.finalize(self, _stopped, session, folder)


def _stopped(session: SparkSession, folder: tempfile.TemporaryDirectory[str]) -> None:
    session.stop()
    folder.cleanup()


def start(
    master: str, *, threads: int | None = None, memory_limit: str | None = None
) -> tuple[ibis.BaseBackend, object]:
    """Start Spark, or join the one that runs in this process already.

    Parameters
    ----------
    master
        Such as ``spark://host:7077``, ``yarn`` or ``local[2]``.
    threads, memory_limit
        Where Spark runs in this process: tasks at once, and memory such as ``"4GB"``.

    Returns
    -------
    tuple
        The connection, and what must be kept as long as it is used.

    Raises
    ------
    PeerlensError
        pyspark or Java is not there, or the master cannot be reached.
    """
    try:
        import ibis
        import pyspark
        from py4j.protocol import Py4JError
        from pyspark import SparkContext
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise PeerlensError(f"pyspark is not installed. {TO_INSTALL}.") from error
    if threads is not None and master.startswith("local"):
        master = f"local[{threads}]"
    if shutil.which("java") is None and not os.environ.get("JAVA_HOME"):
        raise PeerlensError(f"Java is not installed. {TO_INSTALL}.")
    running = SparkContext._active_spark_context
    if running is not None:
        # A process has one Spark. It is shared, in a session with views of its own, and stopped only by whoever started it.
        if running.master != master:
            raise PeerlensError(
                f"Spark runs in this process with master {running.master!r} already, and there can be only one: "
                "give that one, or ibis.pyspark.connect(session)."
            )
        session = SparkSession.builder.getOrCreate()
        return ibis.pyspark.connect(session.newSession()), getattr(running, LEASE, lambda: None)()
    folder = tempfile.TemporaryDirectory(prefix="peerlens-spark-", ignore_cleanup_errors=True)
    # What a cluster's own configuration says of its folders, memory and logs stands; here there may be none.
    options = {"spark.app.name": "peerlens", "spark.ui.showConsoleProgress": "false"}
    if memory_limit is not None:
        options["spark.driver.memory"] = _java_size(memory_limit)
    if master.startswith("local"):
        log = Path(folder.name, "log4j2.properties")
        log.write_text(LOG, encoding="utf-8")
        cores = re.fullmatch(r"local\[(\d+)\]", master)
        options = {"spark.driver.memory": "2g"} | options
        options |= {
            "spark.ui.enabled": "false",
            "spark.driver.extraJavaOptions": f"-Dlog4j2.configurationFile=file:{log}",
            "spark.driver.host": "127.0.0.1",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.sql.warehouse.dir": f"{folder.name}/warehouse",
            "spark.local.dir": folder.name,
            # 200 parts of a table, the default, cost more than the work of a small one.
            "spark.sql.shuffle.partitions": cores[1] if cores else "8",
        }
    builder = SparkSession.builder.master(master)
    for key, value in options.items():
        builder = builder.config(key, value)
    try:
        session = builder.getOrCreate()
    except (PySparkException, OSError, Py4JError) as error:
        folder.cleanup()
        raise PeerlensError(
            f"Spark {pyspark.__version__} did not start with master {master!r}: {str(error).splitlines()[0][:200]}. {TO_INSTALL}."
        ) from error
    lease = _Lease(session, folder)
    setattr(session.sparkContext, LEASE, weakref.ref(lease))
    return ibis.pyspark.connect(session), lease


def _java_size(text: str) -> str:
    """Turn a size such as ``4GB`` into what Java reads."""
    return re.sub(r"\s*([kmgtKMGT])i?[bB]$", lambda found: found[1].lower(), text)
