"""What each stage costs on DuckDB and on Spark: ``python -m tests.benchmarks.cluster --messages M --double``.

The same log, as Parquet, is read and measured by both; Spark holds its copy as a table, as a cluster would. CPU seconds are of
all threads, those of Spark (its Java, and the Python workers that Java starts) beside those of the driver, which is the part that
stays on one machine however large the cluster is. Costs of twice the size less those of the size itself (``--double``) are free
of what starting costs.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

import peerlens
from peerlens.engine import open_engine
from peerlens.settings import Settings
from peerlens.ties import kept_contact_days, make_events, make_ties
from tests.benchmarks.synthetic import Size, write_log

LOGS = ("messages", "meetings")
TICKS = os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Run the benchmark."""
    asked = argparse.ArgumentParser(prog="python -m tests.benchmarks.cluster", description=__doc__)
    asked.add_argument(
        "--messages", type=int, default=500_000, help="100 a person; a tenth as many meeting attendances"
    )
    asked.add_argument("--master", default="local[2]")
    asked.add_argument("--memory-limit", default="3GB", help="of Spark's Java")
    asked.add_argument("--double", action="store_true", help="then twice the size, and what the difference costs")
    given = asked.parse_args()
    # A quarter of the size first: Java is slow until it has compiled what it runs often.
    sizes = [given.messages // 4, given.messages] + ([2 * given.messages] if given.double else [])
    spark = open_engine(given.master, memory_limit=given.memory_limit)
    connection: Any = spark.connection
    costs: list[dict[tuple[str, str], tuple[float, float]]] = []
    for messages in sizes:
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            write_log(folder, Size(people=messages // 100, messages=messages, attendances=messages // 10))
            costs.append({})
            for engine in ("duckdb", connection):
                for stage, cost in stages(as_parquet(folder), engine):
                    name = engine if isinstance(engine, str) else "spark"
                    costs[-1][name, stage] = cost
                    print(
                        f"{messages:>10,} {name:<7} {stage:<14} {cost[0]:8.1f} driver {cost[1]:8.1f} Spark CPU s",
                        flush=True,
                    )
    if given.double:
        print(f"\nCPU s for each further million messages, between {sizes[-2]:,} and {sizes[-1]:,}")
        for key in costs[-1]:
            driver, others = ((costs[-1][key][at] - costs[-2][key][at]) / sizes[-2] * 1e6 for at in (0, 1))
            print(f"{key[0]:<7} {key[1]:<14} {driver:8.1f} driver {others:8.1f} Spark")


def as_parquet(folder: Path) -> Path:
    """Write the logs as Parquet beside the table of people, once."""
    import duckdb

    target = folder / "parquet"
    if not target.exists():
        target.mkdir()
        shutil.copy(folder / "people.csv", target)
        for name in LOGS:
            duckdb.execute(f"COPY (FROM read_csv('{folder / name}.csv')) TO '{target / name}.parquet'")
    return target


def stages(folder: Path, engine: Any) -> list[tuple[str, tuple[float, float]]]:
    """Run the stages; return what each cost, driver and Spark."""
    logs: dict[str, Any] = {}
    if not isinstance(engine, str):
        logs = {name: engine.read_parquet(str(folder / f"{name}.parquet"), table_name=f"bench_{name}") for name in LOGS}
        logs["people"] = folder / "people.csv"
    before, found = spent(), []
    source = [] if logs else [folder]

    def done(stage: str) -> None:
        nonlocal before
        now = spent()
        found.append((stage, (now[0] - before[0], now[1] - before[1])))
        before = now

    settings = Settings()
    records = peerlens.read(*source, engine=engine, cache=False, **logs)
    done("read")
    events = make_events(records)
    days = kept_contact_days(records, events, settings.ties)
    done("contact days")
    ties = make_ties(records, events, days, as_of=records.as_of, settings=settings)
    done("ties")
    network = peerlens.Network(records)
    network.__dict__["ties"] = ties
    network.neglected()
    done("flags")
    return found


def spent() -> tuple[float, float]:
    """Return CPU seconds of this process, and of all that it started: Spark's Java, and Java's Python workers."""
    parents: dict[int, int] = {}
    ticks: dict[int, int] = {}
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                parts = (process / "stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            parents[int(process.name)] = int(parts[1])
            # Own time, and that of children which have ended.
            ticks[int(process.name)] = sum(int(part) for part in parts[11:15])
    started = {os.getpid()}
    while more := {process for process, parent in parents.items() if parent in started} - started:
        started |= more
    return time.process_time(), sum(ticks.get(process, 0) for process in started - {os.getpid()}) / TICKS


if __name__ == "__main__":
    main()
