"""Judge expectation: do new ties form where contact is expected, more than where graph measures say?"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import sparse

from tests.benchmarks.evidence_frames import Window
from tests.benchmarks.evidence_judge import Row, mean_known
from tests.benchmarks.evidence_scores import People, Ranking, interval

PACE = "expected_days at the log's pace"
"""of days whose logs differ in length only the pace compares: twice the log holds twice the contact"""
WINDOW_DAYS = 182


def judge_expected(windows: list[Window], people: People, number: int) -> list[Row]:
    """Judge whether new ties form where contact is expected, against graph measures on the same candidates."""
    parts = [_scores(window, number) for window in windows if len(window.candidates)]
    part, population = "expectation", "candidates without contact in 26 weeks"
    if not parts:
        return []
    pool = pd.concat(parts, ignore_index=True)
    formed = ~pool["silent"].to_numpy(bool)
    rows = [Row(part, population, "all candidates", "share that formed", formed.mean(), n=len(pool))]
    weights = people.weights(pool["a_no"].to_numpy(), pool["b_no"].to_numpy())
    pooled, by_window = {}, {}
    windows_at = [np.flatnonzero(pool["window"] == day) for day in sorted(pool["window"].unique())]
    for name in (PACE, "expected_days", "plain_days", "Adamic-Adar", "common neighbours", "preferential attachment"):
        score = pool[name].to_numpy(float)
        ranking = Ranking(score, formed)
        pooled[name] = [ranking.auc(), *(ranking.auc(weight) for weight in weights)]
        each = [(at, Ranking(score[at], formed[at])) for at in windows_at]
        by_window[name] = [mean_known(own.auc() for _, own in each)] + [
            mean_known(own.auc(weight[at]) for at, own in each) for weight in weights
        ]
    for name in (PACE, "expected_days"):
        for found in (pooled, by_window):
            found[f"{name} - Adamic-Adar"] = list(np.subtract(found[name], found["Adamic-Adar"]))
    for measure, values in (("AUC pooled", pooled), ("AUC mean over windows", by_window)):
        for name, found in values.items():
            around = interval(found[0], found[1:])
            rows.append(Row(part, population, name, measure, around.value, around.low, around.high, len(pool)))
    return rows + _judge_bounds(windows)


def _scores(window: Window, number: int) -> pd.DataFrame:
    """Add graph measures, and expected contact as a pace: as if a log shorter than 26 weeks held so many."""
    rows = _graph_scores(window, number).assign(window=window.as_of)
    return rows.assign(**{PACE: (rows["expected_days"] * (WINDOW_DAYS / min(window.log_days, WINDOW_DAYS))).round(9)})


def _judge_bounds(windows: list[Window]) -> list[Row]:
    """Say how many candidate pairs had contact days within their 90 % interval, the pair itself left out of it."""
    pool = pd.concat([window.bounds for window in windows], ignore_index=True)
    if pool.empty:
        return []
    within = (pool["observed_days"] >= pool["low"]) & (pool["observed_days"] <= pool["high"])
    row = Row(
        "expectation",
        "all candidates with bounds",
        "expected_low_days to expected_high_days",
        "share within",
        within.mean(),
        n=len(pool),
    )
    return [row]


def _graph_scores(window: Window, number: int) -> pd.DataFrame:
    """Add shared contacts, Adamic-Adar (sum of 1/log degree) and the product of degrees, over live ties."""
    live = window.live
    a, b = live["a_no"].to_numpy(), live["b_no"].to_numpy()
    graph = sparse.csr_array(
        (np.ones(2 * len(live)), (np.concatenate([a, b]), np.concatenate([b, a]))), shape=(number, number)
    )
    degree = np.asarray(graph.sum(axis=1)).ravel()
    weight = np.where(degree > 1, 1 / np.log(np.maximum(degree, 2)), 0.0)
    rows = window.candidates
    first, second = rows["a_no"].to_numpy(), rows["b_no"].to_numpy()
    shared = graph[first].multiply(graph[second]).tocsr()
    return rows.assign(
        **{
            "common neighbours": np.asarray(shared.sum(axis=1)).ravel(),
            "Adamic-Adar": (shared @ weight).round(9),
            "preferential attachment": degree[first] * degree[second],
        }
    )
