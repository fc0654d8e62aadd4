"""Judge windows: quiet chance against single signals, the flags users see, fading among established ties."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.isotonic import IsotonicRegression

from peerlens.ties.calibration import groups_of
from tests.benchmarks.evidence_frames import HIGH_MEANS_QUIET, HORIZON_DAYS, YEAR_DAYS, Window
from tests.benchmarks.evidence_scores import People, Ranking, brier, calibration_error, interval, precision_at

OURS, CONSTANT, TABLE = "peerlens quiet_chance", "constant base rate", "life table"
POPULATIONS = {"contact in 52 weeks": YEAR_DAYS, "contact in 8 weeks": HORIZON_DAYS}
RECENCY_EDGES, FREQUENCY_EDGES = (7, 14, 28, 56, 112), (0, 1, 3, 7, 15)
PRIOR_TIES = 10
MIN_DAYS, MIN_HISTORY, MAX_SILENCE = 6, 60, 130
DROP_TO = 0.25
MIN_PEOPLE, MIN_GROUP = 5, 30
"""a group of fewer people or ties gets no number"""


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    part: str
    population: str
    method: str
    measure: str
    value: float
    low: float = float("nan")
    high: float = float("nan")
    n: int = 0


def scored(window: Window, recent_days: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return, per tie of a population, a score and a chance of silence by every method.

    Chances of single signals are isotonic fits on the window before, the constant is that window's share, and the life
    table is that window's shares by recency and contact days: nothing after ``as_of`` is read for any of them.
    """
    rows = window.ties[window.ties["recency"] < recent_days].reset_index(drop=True)
    past = window.past[window.past["recency"] < recent_days]
    scores = pd.DataFrame(index=rows.index)
    chances = pd.DataFrame(index=rows.index)
    scores[OURS] = chances[OURS] = rows["quiet_chance"].astype(float)
    for name, rises in HIGH_MEANS_QUIET.items():
        scores[name] = rows[name] if rises else -rows[name]
        chances[name] = _isotonic(past, rows, name, rises)
    scores[CONSTANT] = 0.0
    chances[CONSTANT] = past["silent"].mean() if len(past) else np.nan
    scores[TABLE] = chances[TABLE] = _life_table(past, rows)
    return scores, chances


def _isotonic(past: pd.DataFrame, rows: pd.DataFrame, name: str, rises: bool) -> np.ndarray:
    if past.empty or rows.empty:
        return np.full(len(rows), np.nan)
    fit = IsotonicRegression(increasing=rises, out_of_bounds="clip", y_min=0, y_max=1)
    return fit.fit(past[name], past["silent"].astype(float)).predict(rows[name])


def _life_table(past: pd.DataFrame, rows: pd.DataFrame) -> np.ndarray:
    """Return shares of the past by recency and contact days, shrunk towards the share of the same recency."""
    if past.empty or rows.empty:
        return np.full(len(rows), np.nan)
    wide = len(FREQUENCY_EDGES) + 1

    def cells(frame: pd.DataFrame) -> np.ndarray:
        recency = np.searchsorted(RECENCY_EDGES, frame["recency"])
        return recency * wide + np.searchsorted(FREQUENCY_EDGES, frame["contact days 90"])

    silent, own = past["silent"].to_numpy(float), cells(past)
    size = (len(RECENCY_EDGES) + 1) * wide
    ties, quiet = np.bincount(own, minlength=size), np.bincount(own, silent, minlength=size)
    line = np.arange(size) // wide
    of_line = (np.bincount(line, quiet) + PRIOR_TIES * silent.mean()) / (np.bincount(line, ties) + PRIOR_TIES)
    # Silence longer than any the past window could hold: as the longest it held.
    longest = int(line[ties > 0].max())
    of_line[longest + 1 :] = of_line[longest]
    return ((quiet + PRIOR_TIES * of_line[line]) / (ties + PRIOR_TIES))[cells(rows)]


def judge_quiet(windows: list[Window], people: People) -> tuple[list[Row], pd.DataFrame]:
    """Judge quiet chance on windows pooled, as a mean over windows, and on the last window alone.

    Returns the rows, and per tie of the first population its chance and what happened, for the reliability diagram.
    """
    found: list[Row] = []
    reliability = pd.DataFrame()
    for population, recent_days in POPULATIONS.items():
        parts = []
        for window in windows:
            scores, chances = scored(window, recent_days)
            keys = window.ties.loc[window.ties["recency"] < recent_days, ["a_no", "b_no", "silent"]].reset_index(
                drop=True
            )
            parts.append(pd.concat([keys, scores.add_prefix("score "), chances.add_prefix("chance ")], axis=1))
            parts[-1]["window"] = window.as_of
        pool = pd.concat(parts, ignore_index=True)
        last = pool["window"] == windows[-1].as_of
        given = pool[f"chance {OURS}"].notna()
        found.append(Row("quiet chance", population, "all ties", "base rate", pool["silent"].mean(), n=len(pool)))
        found.append(Row("quiet chance", population, OURS, "share of ties given a chance", given.mean(), n=len(pool)))
        found += _judge_pool(pool[given | (not given.any())].reset_index(drop=True), population, people)
        held_out = pool[last & (given | (not given.any()))].reset_index(drop=True)
        found += _judge_pool(held_out, f"{population}, last window alone", people)
        if reliability.empty:
            reliability = pool[["window", "silent", *(f"chance {name}" for name in (OURS, TABLE))]]
    return found, reliability


def _judge_pool(pool: pd.DataFrame, population: str, people: People) -> list[Row]:
    """Score every method on the same ties."""
    if pool.empty or not 0 < pool["silent"].sum() < len(pool):
        return []
    silent = pool["silent"].to_numpy(float)
    weights = people.weights(pool["a_no"].to_numpy(), pool["b_no"].to_numpy())
    windows = [np.flatnonzero(pool["window"] == day) for day in sorted(pool["window"].unique())]
    methods = [name.removeprefix("score ") for name in pool if name.startswith("score ")]
    methods = [name for name in methods if pool[f"score {name}"].notna().all()]
    rows, auc, by_window = [], {}, {}

    def add(method: str, measure: str, value: float, resampled: list[float]) -> None:
        around = interval(value, resampled)
        rows.append(Row("quiet chance", population, method, measure, value, around.low, around.high, len(pool)))

    for method in methods:
        score = pool[f"score {method}"].to_numpy(float)
        ranking = Ranking(score, silent)
        auc[method] = [ranking.auc(), *(ranking.auc(weight) for weight in weights)]
        precision = [ranking.average_precision(weight) for weight in weights]
        parts = [(at, Ranking(score[at], silent[at])) for at in windows]
        by_window[method] = [mean_known(part.auc() for _, part in parts)] + [
            mean_known(part.auc(weight[at]) for at, part in parts) for weight in weights
        ]
        add(method, "AUC pooled", auc[method][0], auc[method][1:])
        add(method, "AUC mean over windows", by_window[method][0], by_window[method][1:])
        add(method, "average precision", ranking.average_precision(), precision)
    for method in methods:
        known = pool[f"chance {method}"].notna().to_numpy()
        chance, happened = pool[f"chance {method}"].to_numpy(float)[known], silent[known]
        inside = [weight[known] for weight in weights]
        add(method, "Brier", brier(chance, happened), [brier(chance, happened, w) for w in inside if w.sum()])
        add(
            method, "ECE", calibration_error(chance, happened), [calibration_error(chance, happened, w) for w in inside]
        )
        off = happened.mean() - chance.mean() if len(chance) else float("nan")
        add(method, "share less mean chance", off, [])
    if OURS in methods:
        for measure, values in (("AUC pooled", auc), ("AUC mean over windows", by_window)):
            best = max(HIGH_MEANS_QUIET, key=lambda name: values[name][0])
            gain = np.array(values[OURS]) - np.array(values[best])
            add(f"{OURS} - {best}", f"difference, {measure}", gain[0], gain[1:].tolist())
    return rows


def mean_known(values: object) -> float:
    known = [value for value in values if not np.isnan(value)]  # type: ignore[attr-defined]
    return float(np.mean(known)) if known else float("nan")


def judge_flags(windows: list[Window], people: People) -> list[Row]:
    """Judge the flags a user would see, and fading among established ties."""
    parts = []
    for window in windows:
        rows = window.sides.assign(window=window.as_of, day=(window.as_of - pd.Timestamp(0).date()).days)
        parts.append(rows)
    sides = pd.concat(parts, ignore_index=True)
    history = sides["day"] - sides["first_close_day"]
    established = (sides["contact_days_52w"] >= MIN_DAYS) & (history >= MIN_HISTORY) & (sides["silence"] <= MAX_SILENCE)
    sides["established"] = established.fillna(False).astype(bool)
    own = sides[sides["established"]].reset_index(drop=True)
    return _judge_shown(sides, people) + _judge_groups(windows, sides, people) + _judge_fading(own, people)


FAIR = ("useful", "finished", "alive_elsewhere", "later")
"""verdicts that leave a flag fair: it was useful, or right about the contact it could see, or only ill-timed; ``wrong`` and
``not_my_job`` say that it should not have been raised"""


def judge_verdicts(windows: list[Window]) -> list[Row]:
    """Report the share of verdicts that call a flag useful, or at least fair; what users said, not what came after."""
    verdicts = windows[-1].verdicts
    if verdicts.empty:
        return []
    said, part, population = verdicts["verdict"], "verdicts", "answers to flags in verdicts.csv"
    return [
        Row(part, population, "users", "share useful", said.eq("useful").mean(), n=len(said)),
        Row(part, population, "users", "share useful or fair", said.isin(FAIR).mean(), n=len(said)),
    ]


def _judge_groups(windows: list[Window], sides: pd.DataFrame, people: People) -> list[Row]:
    """Score chances among flags shown by kind, and among all peer ties of part-time people, new people and each level."""
    groups = {name.removeprefix("shown "): sides[name].to_numpy(bool) for name in sides if name.startswith("shown ")}
    of_day = [groups_of(window.persons) for window in windows]
    day = sides["window"].to_numpy()
    ends = sides[["person_no", "other_no"]].to_numpy(int)
    for name in sorted(set().union(*of_day)):
        belongs = np.zeros(len(sides), dtype=bool)
        for window, known in zip(windows, of_day, strict=True):
            if name in known:
                here = day == window.as_of
                belongs[here] = known[name][ends[here]].any(axis=1)
        groups[name] = belongs & (sides["person_no"] < sides["other_no"]).to_numpy()
    rows = []
    for name, own in groups.items():
        known = sides[own & sides["quiet_chance"].notna().to_numpy()]
        if known[["person_no", "other_no"]].stack().nunique() < MIN_PEOPLE or len(known) < MIN_GROUP:
            rows.append(
                Row("calibration of groups", "peer ties with a chance", name, "ECE", float("nan"), n=len(known))
            )
            continue
        chance, silent = known["quiet_chance"].to_numpy(float), known["silent"].to_numpy(float)
        weights = people.weights(known["person_no"].to_numpy(int), known["other_no"].to_numpy(int))
        error = calibration_error(chance, silent)
        around = interval(error, [calibration_error(chance, silent, weight) for weight in weights])
        rows.append(
            Row(
                "calibration of groups",
                "peer ties with a chance",
                name,
                "ECE",
                error,
                around.low,
                around.high,
                len(known),
            )
        )
        rows.append(Row("calibration of groups", "peer ties with a chance", name, "share less mean chance",
                        silent.mean() - chance.mean(), n=len(known)))  # fmt: skip
    return rows


def _judge_shown(sides: pd.DataFrame, people: People) -> list[Row]:
    """Score the short lists against as many ties picked by each signal, window by window."""
    shown = sides[sides["shown"]]
    weights = people.weights(shown["person_no"].to_numpy(int), shown["other_no"].to_numpy(int))
    silent = shown["silent"].to_numpy(float)
    share = silent.mean() if len(shown) else float("nan")
    around = interval(share, [np.average(silent, weights=w) for w in weights if w.sum()])
    part, population = "flags shown", "peer ties in users' short lists"
    rows = [Row(part, population, "peerlens flags", "precision", share, around.low, around.high, len(shown))]
    chance = shown["quiet_chance"].astype(float)
    known = chance.notna().to_numpy()
    given, happened = chance[known].to_numpy(), silent[known]
    inside = [weight[known] for weight in weights]
    error = calibration_error(given, happened)
    around = interval(error, [calibration_error(given, happened, weight) for weight in inside])
    rows.append(Row(part, population, OURS, "ECE", error, around.low, around.high, int(known.sum())))
    off = happened.mean() - given.mean() if len(given) else float("nan")
    rows.append(Row(part, population, OURS, "share less mean chance", off, n=len(given)))
    for population, pool in (
        ("as many established peer ties by this signal", sides[sides["established"]]),
        ("as many peer ties of any kind by this signal", sides),
    ):
        for name, rises in {**HIGH_MEANS_QUIET, "quiet_chance": True}.items():
            rows.append(_picked(sides, pool, name, rises, population))
    return rows


def _picked(sides: pd.DataFrame, pool: pd.DataFrame, name: str, rises: bool, population: str) -> Row:
    """Pick as many ties a window as users saw, by one signal, and say how many of them stayed silent."""
    hits, total = 0.0, 0
    for window, own in pool.groupby("window"):
        score = own[name].astype(float) * (1 if rises else -1)
        score = score.fillna(score.min() - 1 if score.notna().any() else 0.0)
        count = min(int(sides.loc[sides["window"] == window, "shown"].sum()), len(own))
        if count:
            hits += count * precision_at(score.to_numpy(), own["silent"].to_numpy(float), count)
            total += count
    return Row("flags shown", population, name, "precision", hits / total if total else float("nan"), n=total)


def _judge_fading(ties: pd.DataFrame, people: People) -> list[Row]:
    """Score the fading rule among established peer ties."""
    part, population = "fading", "established peer ties"
    if ties.empty:
        return []
    weights = people.weights(ties["person_no"].to_numpy(int), ties["other_no"].to_numpy(int))
    silent, flagged = ties["silent"].to_numpy(float), ties["fading"].to_numpy(bool)

    def share(mask: np.ndarray, weight: np.ndarray | None = None) -> float:
        own = mask.astype(float) if weight is None else weight * mask
        return float((own * silent).sum() / own.sum()) if own.sum() else float("nan")

    rows = []
    for name, mask in (("flagged", flagged), ("unflagged", ~flagged)):
        around = interval(share(mask), [share(mask, weight) for weight in weights])
        rows.append(
            Row(part, population, name, "silent 56 days later", around.value, around.low, around.high, int(mask.sum()))
        )
    ratio = [share(flagged, weight) / (share(~flagged, weight) or np.nan) for weight in (None, *weights)]
    around = interval(ratio[0], ratio[1:])
    rows.append(Row(part, population, "flagged / unflagged", "ratio of silent shares", around.value, around.low, around.high,
                    len(ties)))  # fmt: skip
    for day, own in ties.groupby("window"):
        rows.append(Row(part, f"{population}, {day}", "flagged", "share flagged", own["fading"].mean(), n=len(own)))
        rows.append(
            Row(part, f"{population}, {day}", "all ties", "silent 56 days later", own["silent"].mean(), n=len(own))
        )

    span = (ties["day"] - ties["first_close_day"] + 1).clip(upper=YEAR_DAYS)
    rate = ties["contact_days_52w"] / span
    drops = (ties["later_days"] / HORIZON_DAYS < DROP_TO * rate).to_numpy(float)
    rows.append(Row(part, population, "all ties", "falls below a quarter: base rate", drops.mean(), n=len(ties)))
    score = {"silence ratio": ties["silence_ratio"], "quiet_chance": ties["quiet_chance"]}
    score |= {name: ties[name] * (1 if rises else -1) for name, rises in HIGH_MEANS_QUIET.items()}
    for name, values in score.items():
        known = values.notna().to_numpy()
        given, happened = values.to_numpy(float)[known], drops[known]
        ranking = Ranking(given, happened)
        around = interval(ranking.auc(), [ranking.auc(weight[known]) for weight in weights])
        rows.append(Row(part, population, name, "falls below a quarter: AUC", around.value, around.low, around.high,
                        int(known.sum())))  # fmt: skip
        top = precision_at(given, happened, len(given) // 10)
        rows.append(
            Row(part, population, name, "falls below a quarter: precision in top tenth", top, n=len(given) // 10)
        )
    return rows
