"""Fit the default coefficients of quiet chance: what a log too short to learn from is told by, in words.

``python -m tests.benchmarks.defaults FOLDER FOLDER …`` takes all windows 56 days apart of each folder of canonical CSVs, gives
each log the same weight, fits, and prints ``DEFAULT`` as :mod:`peerlens.ties.quiet_chance` has it. Then each log is ranked by
coefficients fitted on the others alone: what they are worth where they were never seen.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

import peerlens
from peerlens.settings import QuietChanceSettings
from peerlens.ties import make_contact_days, make_events
from peerlens.ties.events import day_number
from peerlens.ties.pairs import as_pair_days
from peerlens.ties.quiet_chance import past_cuts
from peerlens.ties.quiet_features import FEATURES, Then, days_of_past, past_inputs
from peerlens.ties.quiet_model import Logistic
from tests.benchmarks.evidence_scores import Ranking
from tests.ties.quiet_days import sums_of

C = 0.1
"""inverse strength of the penalty on coefficients of standardised inputs, beside TIES ties of each log"""
TIES = 1000
ALL_WINDOWS = 1000


def main(arguments: list[str] | None = None) -> int:
    """Print the coefficients, and how well they rank ties of logs they were not fitted on."""
    asked = argparse.ArgumentParser(prog="python -m tests.benchmarks.defaults", description=__doc__)
    asked.add_argument("folders", type=Path, nargs="+")
    logs = {folder.name: windows(folder) for folder in asked.parse_args(arguments).folders}
    found = fit(list(logs.values()))
    lines = [
        f"    {name}=np.array({np.round(getattr(found, name), 3).tolist()}),"
        for name in ("center", "spread", "weights")
    ]
    sys.stdout.write("\n".join(["DEFAULT = Logistic(", *lines, f"    intercept={round(found.intercept, 3)},", ")\n"]))
    for name, (inputs, quiet) in logs.items():
        others = [log for other, log in logs.items() if other != name]
        ranked = f"{Ranking(found.score(inputs), quiet).auc():.3f}"
        if others:
            ranked += f", from the other logs alone {Ranking(fit(others).score(inputs), quiet).auc():.3f}"
        sys.stdout.write(f"{name}: {len(quiet):,} ties, {quiet.mean():.2f} stayed quiet; AUC {ranked}\n")
    return 0


def windows(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return the inputs of all past ties of a log, and which stayed quiet."""
    records = peerlens.read(folder)
    events = make_events(records)
    engine, settings = records.engine, QuietChanceSettings(past_windows=ALL_WINDOWS)
    if records.as_of is None:
        raise SystemExit(f"{folder}: no contact")
    as_of_day = day_number(records.as_of)
    days = make_contact_days(events, records.settings.ties, engine).days
    pair_days = as_pair_days(days, records.settings.ties, as_of_day=as_of_day)
    whole = engine.frame(pair_days.order_by(["a_no", "b_no", "day_no"]))
    known = []
    for cut in past_cuts(settings, first_day=int(whole["day_no"].min()), as_of_day=as_of_day):
        sums = sums_of(whole, cut, cuts=[cut])
        known.append(Then.of(cut, {name: sums[name].to_numpy() for name in sums.columns}, 0))
    then = days_of_past(pair_days, known, engine, most=settings.max_past_ties, horizon=settings.horizon_days)
    found = past_inputs(known, then)
    return np.concatenate([inputs for _, inputs, _ in found]), np.concatenate([quiet for _, _, quiet in found])


def fit(logs: list[tuple[np.ndarray, np.ndarray]]) -> Logistic:
    """Fit on logs of equal weight; what comes out against its direction is left out and the rest fitted again."""
    inputs, quiet = (np.concatenate(part) for part in zip(*logs, strict=True))
    weight = np.concatenate([np.full(len(own), TIES / len(own)) for _, own in logs])
    center = np.average(inputs, axis=0, weights=weight)
    spread = np.sqrt(np.average((inputs - center) ** 2, axis=0, weights=weight))
    standard, signs = (inputs - center) / spread, np.array(list(FEATURES.values()))
    kept = np.ones(len(signs), dtype=bool)
    while True:
        model = LogisticRegression(C=C, max_iter=1000).fit(standard[:, kept], quiet, sample_weight=weight)
        weights = np.zeros(len(signs))
        weights[kept] = model.coef_[0]
        against = weights * signs < 0
        if not against.any():
            return Logistic(center.round(3), spread.round(3), weights.round(3), float(model.intercept_[0].round(3)))
        kept &= ~against


if __name__ == "__main__":
    sys.exit(main())
