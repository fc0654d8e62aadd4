"""What each stage costs at a size: ``python -m tests.benchmarks.scale --people N --messages M --meetings K``.

Makes a log of that size (``--data FOLDER`` keeps it), runs the stages, and prints a line each: rows, CPU seconds, wall seconds,
peak memory. Then, in the same run and on the same messages.csv, pair counts as others would write them: DuckDB in two stages by
hand, and pandas. These answer far less than contact days and ties; the ratio says what the rest costs.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.benchmarks.synthetic import Size, write_log

TWO_STAGE = """
SELECT a, b, sum(n) AS contacts, count(*) AS weeks FROM (
    SELECT least(sender_id, recipient_id) AS a, greatest(sender_id, recipient_id) AS b,
           date_trunc('week', CAST(sent_at AS TIMESTAMP)) AS week, count(*) AS n
    FROM read_csv('{path}', header = true, all_varchar = true) GROUP BY 1, 2, 3
) GROUP BY 1, 2
"""


class Stopwatch:
    """Times steps of one process, all threads, and prints a line each."""

    def __init__(self) -> None:
        self.cpu: dict[str, float] = {}

    def run(self, name: str, step: Callable[[], Any], rows: Callable[[Any], int] = lambda result: 0) -> Any:
        """Run one step and print what it cost."""
        wall, cpu = time.perf_counter(), time.process_time()
        result = step()
        wall, self.cpu[name] = time.perf_counter() - wall, time.process_time() - cpu
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(
            f"{name:<34} {rows(result):>12,} rows {self.cpu[name]:8.2f} CPU s {wall:8.2f} wall s {peak:8.0f} MiB peak",
            flush=True,
        )
        return result


def main() -> None:
    """Run the benchmark."""
    asked = argparse.ArgumentParser(prog="python -m tests.benchmarks.scale", description=__doc__)
    asked.add_argument("--people", type=int, default=10_000)
    asked.add_argument("--messages", type=int, default=1_000_000)
    asked.add_argument("--meetings", type=int, default=100_000, help="meeting attendances")
    asked.add_argument("--data", type=Path, help="folder to keep the log in; used as it is when it is there")
    asked.add_argument("--memory-limit", help="such as 4GB; what does not fit spills to disk")
    given = asked.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.data or Path(temporary)
        if not (folder / "messages.csv").exists():
            write_log(folder, Size(given.people, given.messages, given.meetings))
        measure(folder, given.memory_limit)


def measure(folder: Path, memory_limit: str | None) -> None:
    """Time all stages and the two rivals on one folder."""
    import peerlens
    from peerlens.lenses.neglect.flags import find_flags
    from peerlens.ties import make_contact_days, make_events, make_ties
    from peerlens.ties.measures import measure_people

    watch = Stopwatch()
    records = watch.run(
        "read CSV",
        lambda: peerlens.read(folder, memory_limit=memory_limit),
        lambda found: sum(source.rows_read for source in found.account.sources),
    )
    settings, engine = records.settings, records.engine
    events = watch.run("events", lambda: make_events(records))
    days = watch.run(
        "contact days", lambda: make_contact_days(events, settings.ties, engine), lambda found: engine.count(found.days)
    )
    ties = watch.run(
        "ties, chances, expectation",
        lambda: make_ties(records, events, days, as_of=records.as_of, settings=settings),
        lambda found: engine.count(found.pairs),
    )
    flags = watch.run("all flags of everybody", lambda: find_flags(ties), lambda found: len(found.table))
    person = flags.table["person_id"].iloc[0] if len(flags.table) else records.people["person_id"].iloc[0]
    watch.run("one person's flags", lambda: find_flags(ties, person_id=person), lambda found: len(found.table))
    watch.run("all person measures", lambda: measure_people(ties), len)
    ours = sum(watch.cpu[name] for name in ("read CSV", "events", "contact days", "ties, chances, expectation"))

    path = folder / "messages.csv"
    watch.run("DuckDB by hand: pair counts", lambda: by_duckdb(path), len)
    watch.run("pandas: pair counts", lambda: by_pandas(path), len)
    for rival in ("DuckDB by hand: pair counts", "pandas: pair counts"):
        print(f"ratio CSV to ties / {rival:<32} {ours / watch.cpu[rival]:8.1f}x CPU")


def by_duckdb(path: Path) -> Any:
    """Count contacts and weeks per pair from strings, in two stages."""
    import duckdb

    return duckdb.connect().execute(TWO_STAGE.format(path=path)).fetch_df()


def by_pandas(path: Path) -> Any:
    """Count contacts and weeks per pair as an analyst would."""
    import pandas as pd

    rows = pd.read_csv(path)
    ends = rows[["sender_id", "recipient_id"]]
    rows["a"], rows["b"] = ends.min(axis=1), ends.max(axis=1)
    rows["week"] = pd.to_datetime(rows["sent_at"]).dt.tz_localize(None).dt.to_period("W")
    return rows.groupby(["a", "b"]).agg(contacts=("week", "size"), weeks=("week", "nunique"))


if __name__ == "__main__":
    main()
