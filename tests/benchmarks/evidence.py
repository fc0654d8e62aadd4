"""Do flags come true, and do chances mean what they say? Measured on any folder of canonical CSVs.

``python -m tests.benchmarks.evidence --data FOLDER [--dates N] [-o DIR]`` walks over days 56 days apart (the last one 56 days
before the end of the log), measures ties with the package's own stages as of each, and compares with what then happened.
Intervals are the middle 95 % over resamples of people. Writes results.csv and reliability.png.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

import peerlens
from peerlens.errors import NotEnoughData
from peerlens.ties import make_contact_days, make_events
from tests.benchmarks.evidence_expected import judge_expected
from tests.benchmarks.evidence_frames import Log, make_window, walk
from tests.benchmarks.evidence_judge import OURS, TABLE, Row, judge_flags, judge_quiet, judge_verdicts
from tests.benchmarks.evidence_scores import BINS, Interval, People


def main(arguments: list[str] | None = None) -> int:
    """Run the suite; 0 when something could be measured, else 2."""
    asked = argparse.ArgumentParser(prog="python -m tests.benchmarks.evidence", description=__doc__)
    asked.add_argument("--data", type=Path, required=True, help="folder of canonical CSVs")
    asked.add_argument("--dates", type=int, default=8, help="at most so many days, spread over the log")
    asked.add_argument("--resamples", type=int, default=200, help="resamples of people behind an interval")
    asked.add_argument("-o", "--out", type=Path, default=Path("evidence"), help="where results.csv and the diagram go")
    given = asked.parse_args(arguments)
    started = time.perf_counter()
    records = peerlens.read(given.data)
    try:
        events = make_events(records)
    except NotEnoughData as error:
        say(f"{given.data.name}: {error}")
        return 2
    log = Log(records, events, make_contact_days(events, records.settings.ties, records.engine))
    first = records.period[0] if records.period else None
    days = walk(first, records.as_of, limit=given.dates) if first and records.as_of else []
    if not days:
        say(
            f"{given.data.name}: not enough data: a log under 21 weeks has no day to ask about and weeks after it to look at."
        )
        return 2
    windows = [make_window(log, day) for day in days]
    people = People(len(events.ids), given.resamples)
    rows, reliability = judge_quiet(windows, people)
    rows += judge_flags(windows, people)
    rows += judge_expected(windows, people, len(events.ids))
    rows += judge_verdicts(windows)
    if "people" not in {source.table for source in records.account.sources}:
        say(f"{given.data.name}: no people.csv, so everybody is a peer of everybody; levels cannot be asked about.")

    given.out.mkdir(parents=True, exist_ok=True)
    table = pd.DataFrame([asdict(row) for row in rows])
    table.insert(0, "data", given.data.name)
    table.round(6).to_csv(given.out / "results.csv", index=False)
    draw_reliability(reliability, given.data.name).savefig(given.out / "reliability.png", dpi=120)
    say(
        f"{given.data.name}: {len(events.ids)} people, {first} to {records.as_of}, settings {records.settings.fingerprint()}"
    )
    for window in windows:
        say(f"  as of {window.as_of}: {len(window.ties)} ties with contact in 52 weeks, {window.ties['silent'].mean():.3f} silent"
            f" after; {window.note or 'chances given'}")  # fmt: skip
    print_table(rows)
    say(
        f"\nwritten: {given.out / 'results.csv'}, {given.out / 'reliability.png'}; {time.perf_counter() - started:.0f} s"
    )
    return 0


def say(text: str) -> None:
    """Write a line for whoever runs the suite."""
    sys.stdout.write(text + "\n")


def print_table(rows: list[Row]) -> None:
    """Print all rows: a block per part and population, a line per method, a column per measure."""
    table = pd.DataFrame([asdict(row) for row in rows])
    table["shown"] = [cell(row) for row in rows]
    for (part, population), block in table.groupby(["part", "population"], sort=False):
        say(f"\n{part}: {population}")
        wide = block.pivot_table(index=["method", "n"], columns="measure", values="shown", aggfunc="first", sort=False)
        for measures in (list(wide.columns)[at : at + 4] for at in range(0, wide.shape[1], 4)):
            lines = wide[measures].dropna(how="all").fillna("").reset_index()
            say(lines.to_string(index=False, justify="left"))


def cell(row: Row) -> str:
    """Write one value, with its interval where it has one."""
    if np.isnan(row.value):
        return "–"
    return f"{row.value:.3f}" if np.isnan(row.low) else str(Interval(row.value, row.low, row.high))


def draw_reliability(rows: pd.DataFrame, name: str) -> Figure:
    """Draw the share that stayed silent against the chance given, ten bins, bin sizes as bars."""
    figure = Figure(figsize=(6, 6.5), layout="constrained")
    top, below = figure.subplots(2, 1, height_ratios=[4, 1], sharex=True)
    top.plot([0, 1], [0, 1], color="0.7", linewidth=1)
    edges = np.arange(BINS) / BINS
    for method, color in ((OURS, "#0072b2"), (TABLE, "#d55e00")):
        known = rows[rows[f"chance {method}"].notna()]
        if known.empty:
            continue
        cell = (known[f"chance {method}"] * BINS).astype(int).clip(upper=BINS - 1)
        binned = known.groupby(cell).agg(
            chance=(f"chance {method}", "mean"), share=("silent", "mean"), n=("silent", "size")
        )
        error = 1.96 * np.sqrt(binned["share"] * (1 - binned["share"]) / binned["n"])
        top.errorbar(
            binned["chance"], binned["share"], yerr=error, marker="o", color=color, label=method, linewidth=1.5
        )
        shift = 0.02 if method == OURS else 0.06
        below.bar(edges[binned.index] + shift, binned["n"], width=0.04, align="edge", color=color)
    top.set(title=f"{name}: chance of eight silent weeks", ylabel="share that stayed silent", ylim=(-0.02, 1.02))
    below.set(xlabel="chance given before", ylabel="ties", xlim=(-0.02, 1.02))
    if top.get_legend_handles_labels()[0]:
        top.legend(frameon=False)
    return figure


if __name__ == "__main__":
    sys.exit(main())
