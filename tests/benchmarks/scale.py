"""What each stage costs at a size: ``python -m tests.benchmarks.scale --people N --messages M --meetings K``.

Makes a log of that size (``--data FOLDER`` keeps it), runs the stages, and prints a line each: rows, CPU seconds of all threads,
wall seconds, peak memory. In the same run and on the same files, before and after the stages, it runs pair counts as others would
write them: DuckDB by hand, pandas, Polars (:mod:`tests.benchmarks.pair_counts`; Polars goes into an environment of its own, which
``--venv FOLDER`` keeps). These answer far less than contact days and ties; the ratio says what the rest costs. ``--double`` runs
half the size first and prints how costs grow as people double. The graph measures stand beside other libraries in
:mod:`tests.benchmarks.graph`.
"""

from __future__ import annotations

import argparse
import dataclasses
import importlib
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.benchmarks import pair_counts
from tests.benchmarks.rivals import install
from tests.benchmarks.synthetic import Size, write_log

CSV_TO_TIES = ("read CSV", "events", "contact days", "ties, chances, expectation")


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
        _say(name, rows(result), self.cpu[name], wall, peak)
        return result


def _say(name: str, rows: int, cpu: float, wall: float, peak: float) -> None:
    print(f"{name:<34} {rows:>12,} rows {cpu:8.2f} CPU s {wall:8.2f} wall s {peak:8.0f} MiB peak", flush=True)


def main() -> None:
    """Run the benchmark."""
    asked = argparse.ArgumentParser(prog="python -m tests.benchmarks.scale", description=__doc__)
    asked.add_argument("--people", type=int, default=10_000)
    asked.add_argument("--messages", type=int, default=1_000_000)
    asked.add_argument("--meetings", type=int, default=100_000, help="meeting attendances")
    asked.add_argument("--data", type=Path, help="folder to keep the log in; used as it is when it is there")
    asked.add_argument("--memory-limit", help="such as 4GB; what does not fit spills to disk")
    asked.add_argument("--double", action="store_true", help="run half the size first, each in a process of its own")
    asked.add_argument("--venv", type=Path, help="folder to keep the environment of Polars in")
    asked.add_argument("--no-rivals", action="store_true")
    given = asked.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        if given.double:
            _double(given, Path(temporary))
            return
        folder = given.data or Path(temporary) / "log"
        if not (folder / "messages.csv").exists():
            write_log(folder, Size(given.people, given.messages, given.meetings))
        rivals = {} if given.no_rivals else _interpreters(given.venv or Path(temporary) / "venv")
        measure(folder, given.memory_limit, rivals)


def _interpreters(folder: Path) -> dict[str, str]:
    """Return the interpreter each rival runs with; Polars is installed on the fly, or said to be missing."""
    found = {name: sys.executable for name, (library, _) in pair_counts.RIVALS.items() if library != "polars"}
    python = install("polars", folder)
    if isinstance(python, Path):
        found |= {name: str(python) for name in pair_counts.RIVALS if name not in found}
    else:
        print(f"Polars is left out: {python}")
    return found


def _run_rivals(folder: Path, rivals: dict[str, str]) -> dict[str, float]:
    """Run each rival in a process of its own; return CPU seconds."""
    cpu = {}
    for name, python in rivals.items():
        command = [python, pair_counts.__file__, name, str(folder)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            print(f"{name:<34} failed: {done.stderr.strip().splitlines()[-1:]}")
            continue
        cost = json.loads(done.stdout)
        _say(name, cost["rows"], cost["cpu"], cost["wall"], cost["peak"])
        cpu[name] = cost["cpu"]
    return cpu


def measure(folder: Path, memory_limit: str | None, rivals: dict[str, str]) -> None:
    """Time all stages on one folder, with the rivals before and after."""
    before = _run_rivals(folder, rivals)
    cpu = stages(folder, memory_limit)
    after = _run_rivals(folder, rivals)
    ours = sum(cpu[name] for name in CSV_TO_TIES)
    for name in before.keys() & after.keys():
        theirs = (before[name] + after[name]) / 2
        if "message" in name:
            print(f"ratio CSV to ties            / {name:<32} {ours / theirs:8.1f}x CPU")
            print(f"ratio another day from here  / {name:<32} {cpu['another as_of'] / theirs:8.1f}x CPU")
        else:
            print(f"ratio meetings to pair days  / {name:<32} {cpu['meetings to pair days'] / theirs:8.1f}x CPU")


def stages(folder: Path, memory_limit: str | None) -> dict[str, float]:
    """Time all stages on one folder; return CPU seconds."""
    import peerlens
    from peerlens.lenses.neglect.flags import find_flags
    from peerlens.ties import make_contact_days, make_events, make_ties
    from peerlens.ties.measures import measure_people

    for library in ("ibis", "pandas"):  # before the clock starts, as for the rivals
        importlib.import_module(library)
    watch = Stopwatch()
    records = watch.run(
        "read CSV",
        lambda: peerlens.read(folder, memory_limit=memory_limit, cache=False),
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
    people = records.people["person_id"]
    watch.run("one person's flags", lambda: find_flags(ties, person_id=people.iloc[0]), lambda found: len(found.table))
    watch.run("another person's", lambda: find_flags(ties, person_id=people.iloc[-1]), lambda found: len(found.table))
    watch.run("all flags of everybody", lambda: find_flags(ties), lambda found: len(found.table))
    watch.run("all person measures", lambda: measure_people(ties), len)
    ties.drop()
    earlier = records.as_of - timedelta(days=7)
    ties = watch.run(
        "another as_of",
        lambda: make_ties(records, events, days, as_of=earlier, settings=settings),
        lambda found: engine.count(found.pairs),
    )
    ties.drop()
    if events.meetings is not None:
        alone = dataclasses.replace(events, messages=None)
        watch.run(
            "meetings to pair days",
            lambda: make_contact_days(alone, settings.ties, engine),
            lambda found: engine.count(found.days),
        )
    return watch.cpu


def _double(given: argparse.Namespace, folder: Path) -> None:
    """Run half and whole in processes of their own; print how each cost grows."""
    costs = []
    for part in (2, 1):
        people, messages, meetings = given.people // part, given.messages // part, given.meetings // part
        command = [sys.executable, "-m", "tests.benchmarks.scale", "--no-rivals", "--data", str(folder / str(part))]
        command += ["--people", str(people), "--messages", str(messages), "--meetings", str(meetings)]
        command += ["--memory-limit", given.memory_limit] if given.memory_limit else []
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        print(f"{people:,} people, {messages:,} messages, {meetings:,} attendances\n{done.stdout}", flush=True)
        lines = [line for line in done.stdout.splitlines() if " CPU s " in line]
        costs.append({line[:34].strip(): float(line.split(" rows ")[1].split()[0]) for line in lines})
    half, whole = costs
    for name in half:
        if half[name] >= 0.5:
            print(f"ratio twice the people / half    {name:<32} {whole[name] / half[name]:8.2f}x CPU")
    print(f"ratio twice the people / half    {'all of it':<32} {sum(whole.values()) / sum(half.values()):8.2f}x CPU")


if __name__ == "__main__":
    main()
