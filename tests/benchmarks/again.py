"""What is kept saves: ``python -m tests.benchmarks.again --people N --messages M --meetings K``.

Asks for ties and all flags four times, each in a process of its own: from the files (``--data FOLDER``, as
:mod:`tests.benchmarks.scale` makes them) less their last week; once more; for a day a week earlier; and with the last week's
files added. Prints a line each, and what each costs beside the first.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute
import pyarrow.csv

from tests.benchmarks.synthetic import Size, write_log

LOGS = {"messages": "sent_at", "meetings": "started_at"}
STEPS = ("from the files", "the same again", "a day a week earlier", "one more week's files")


def main() -> None:
    """Run the benchmark, or one step of it."""
    asked = argparse.ArgumentParser(prog="python -m tests.benchmarks.again", description=__doc__)
    asked.add_argument("--people", type=int, default=10_000)
    asked.add_argument("--messages", type=int, default=1_000_000)
    asked.add_argument("--meetings", type=int, default=100_000, help="meeting attendances")
    asked.add_argument("--data", type=Path, help="folder with a log; it is read only")
    asked.add_argument("--step", nargs=2, metavar=("FOLDER", "DAYS_EARLIER"), help=argparse.SUPPRESS)
    given = asked.parse_args()
    if given.step is not None:
        print(json.dumps(ask(Path(given.step[0]), int(given.step[1]))))
        return
    with tempfile.TemporaryDirectory() as temporary:
        source = given.data or Path(temporary) / "log"
        if not (source / "messages.csv").exists():
            write_log(source, Size(given.people, given.messages, given.meetings))
        folder, week = Path(temporary) / "firm", Path(temporary) / "week"
        split(source, folder, week)
        first = 0.0
        for step in STEPS:
            if step == STEPS[-1]:
                for file in week.iterdir():
                    file.rename(folder / f"{file.stem}-2.csv")
            command = [sys.executable, "-m", "tests.benchmarks.again", "--step", str(folder)]
            done = subprocess.run(
                [*command, "7" if step == STEPS[2] else "0"], capture_output=True, text=True, check=True
            )
            cost = json.loads(done.stdout.splitlines()[-1])
            first = first or cost["cpu"]
            print(
                f"{step:<24} {cost['as_of']} {cost['pairs']:>10,} pairs {cost['flags']:>9,} flags {cost['cpu']:8.2f} CPU s "
                f"{cost['wall']:8.2f} wall s {cost['peak']:7.0f} MiB peak   1/{first / cost['cpu']:.1f}",
                flush=True,
            )


def split(source: Path, folder: Path, week: Path) -> None:
    """Copy a log, its last seven days into a folder of their own."""
    folder.mkdir()
    week.mkdir()
    (folder / "people.csv").write_bytes((source / "people.csv").read_bytes())
    last = max(max(_days(source / f"{name}.csv", column)) for name, column in LOGS.items())
    since = (date.fromisoformat(last) - timedelta(days=6)).isoformat()
    for name, column in LOGS.items():
        with pa.csv.open_csv(source / f"{name}.csv", convert_options=_as_text(source / f"{name}.csv")) as rows:
            early = pa.csv.CSVWriter(folder / f"{name}.csv", rows.schema)
            late = pa.csv.CSVWriter(week / f"{name}.csv", rows.schema)
            with early, late:
                for batch in rows:
                    is_late = pa.compute.greater_equal(batch[column], since)
                    late.write(batch.filter(is_late))
                    early.write(batch.filter(pa.compute.invert(is_late)))


def _as_text(file: Path) -> pa.csv.ConvertOptions:
    with pa.csv.open_csv(file) as rows:
        return pa.csv.ConvertOptions(column_types=dict.fromkeys(rows.schema.names, pa.string()))


def _days(file: Path, column: str) -> set[str]:
    with pa.csv.open_csv(file, convert_options=_as_text(file)) as rows:
        return {pa.compute.max(pa.compute.utf8_slice_codeunits(batch[column], 0, 10)).as_py() for batch in rows}


def ask(folder: Path, days_earlier: int) -> dict[str, float | str]:
    """Read, measure ties and find all flags; return what it cost."""
    import ibis  # noqa: F401 (before the clock starts, as in scale)
    import pandas  # noqa: F401

    import peerlens

    wall, cpu = time.perf_counter(), time.process_time()
    records = peerlens.read(folder)
    assert records.as_of is not None
    network = peerlens.Network(records, as_of=records.as_of - timedelta(days=days_earlier))
    flags = network.neglected()
    cost = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
    pairs = network.ties.engine.count(network.ties.pairs)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {**cost, "peak": peak, "pairs": pairs, "flags": len(flags), "as_of": network.as_of.isoformat()}


if __name__ == "__main__":
    main()
