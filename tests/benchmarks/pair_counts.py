"""Pair counts of a messages.csv, and pairs of a meetings.csv, as others would write them; run by :mod:`tests.benchmarks.scale`.

    python pair_counts.py NAME FOLDER

Each runs in a process of its own, with an interpreter that has what it needs, and prints one line of JSON: rows, CPU seconds of
all threads and wall seconds (both without imports), peak memory. They count contacts and weeks per pair, or meetings and minutes
per pair; they know nothing of working days, credit, direction or rhythm.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

MAX_MEETING = 20
TWO_STAGE = """
SELECT a, b, sum(n) AS contacts, count(*) AS weeks FROM (
    SELECT least(sender_id, recipient_id) AS a, greatest(sender_id, recipient_id) AS b,
           date_trunc('week', CAST(sent_at AS TIMESTAMP)) AS week, count(*) AS n
    FROM read_csv('{path}', header = true, all_varchar = true) GROUP BY 1, 2, 3
) GROUP BY 1, 2
"""
MEETING_PAIRS = """
WITH rows AS (
    SELECT *, count(*) OVER (PARTITION BY meeting_id) AS size FROM read_csv('{path}', header = true, all_varchar = true)
), small AS (SELECT * FROM rows WHERE size <= {most})
SELECT l.attendee_id AS a, r.attendee_id AS b, count(*) AS meetings,
       sum(date_diff('minute', CAST(l.started_at AS TIMESTAMP), CAST(l.ended_at AS TIMESTAMP))) AS minutes
FROM small l JOIN small r ON l.meeting_id = r.meeting_id AND l.attendee_id < r.attendee_id GROUP BY 1, 2
"""


def by_duckdb(folder: Path) -> int:
    """Count in two stages, from strings."""
    import duckdb

    return len(duckdb.connect().execute(TWO_STAGE.format(path=folder / "messages.csv")).fetch_df())


def by_pandas(folder: Path) -> int:
    """Count as an analyst would."""
    import pandas as pd

    rows = pd.read_csv(folder / "messages.csv")
    ends = rows[["sender_id", "recipient_id"]]
    rows["a"], rows["b"] = ends.min(axis=1), ends.max(axis=1)
    rows["week"] = pd.to_datetime(rows["sent_at"]).dt.tz_localize(None).dt.to_period("W")
    return len(rows.groupby(["a", "b"]).agg(contacts=("week", "size"), weeks=("week", "nunique")))


def by_polars(folder: Path) -> int:
    """Count lazily, weeks as distinct values."""
    import polars as pl

    ends = (pl.min_horizontal("sender_id", "recipient_id"), pl.max_horizontal("sender_id", "recipient_id"))
    week = pl.col("sent_at").str.to_datetime(time_zone="UTC").dt.truncate("1w")
    rows = pl.scan_csv(folder / "messages.csv").select(a=ends[0], b=ends[1], week=week)
    return rows.group_by("a", "b").agg(contacts=pl.len(), weeks=pl.col("week").n_unique()).collect().height


def meetings_by_duckdb(folder: Path) -> int:
    """Join meetings with themselves."""
    import duckdb

    query = MEETING_PAIRS.format(path=folder / "meetings.csv", most=MAX_MEETING)
    return len(duckdb.connect().execute(query).fetch_df())


def meetings_by_polars(folder: Path) -> int:
    """Join meetings with themselves, lazily."""
    import polars as pl

    rows = pl.scan_csv(folder / "meetings.csv").filter(pl.len().over("meeting_id") <= MAX_MEETING)
    at = [pl.col(name).str.to_datetime(time_zone="UTC") for name in ("started_at", "ended_at")]
    rows = rows.select("meeting_id", "attendee_id", minutes=(at[1] - at[0]).dt.total_minutes())
    both = rows.join(rows.select("meeting_id", other_id="attendee_id"), on="meeting_id")
    both = both.filter(pl.col("attendee_id") < pl.col("other_id"))
    pairs = both.group_by("attendee_id", "other_id").agg(meetings=pl.len(), minutes=pl.col("minutes").sum())
    return pairs.collect().height


RIVALS: dict[str, tuple[str, Callable[[Path], int]]] = {
    "DuckDB by hand: message pairs": ("duckdb", by_duckdb),
    "pandas: message pairs": ("pandas", by_pandas),
    "Polars: message pairs": ("polars", by_polars),
    "DuckDB by hand: meeting pairs": ("duckdb", meetings_by_duckdb),
    "Polars: meeting pairs": ("polars", meetings_by_polars),
}
"""what each is called, the library it needs, and how it counts"""


def peak_mib() -> float:
    """Return the peak memory of this process alone, which on Linux ``getrusage`` mixes with that of the one that began it."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    peak = [int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")]
    return peak[0] if peak else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Run one and print what it cost."""
    library, count = RIVALS[sys.argv[1]]
    __import__(library)
    wall, cpu = time.perf_counter(), time.process_time()
    rows = count(Path(sys.argv[2]))
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    sys.stdout.write(json.dumps({"rows": rows, "cpu": cpu, "wall": wall, "peak": peak_mib()}) + "\n")


if __name__ == "__main__":
    main()
