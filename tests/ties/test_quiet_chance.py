"""Quiet chance: learned from the past only, true on a log whose hazard is known, silent where too little is known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

import peerlens
from peerlens.engine import Engine
from peerlens.settings import QuietChanceSettings
from peerlens.ties.contact_days import CREDIT_UNIT
from peerlens.ties.grouped import NONE
from peerlens.ties.own_export import only_person
from peerlens.ties.persons import contact_summary
from peerlens.ties.quiet_chance import TOLD, as_told, learn_quiet_chances, look_back, past_cuts
from peerlens.ties.quiet_features import FEATURES, Then, days_of_past, inputs_of, past_inputs
from peerlens.ties.quiet_model import (
    BLOCKS,
    PENALTY,
    PRIOR_TIES,
    count_shares,
    fit_curve,
    fit_logistic,
    most_likely,
)
from peerlens.words import chance as say_chance
from tests.ties.quiet_days import sums_of

AS_OF, HORIZON = 500, 56
SETTINGS = QuietChanceSettings()
DIRECTIONS = tuple(FEATURES.values())


@dataclass(frozen=True)
class Simulated:
    """Ties that are born at any time, have contact at their own rate a day, and end at a hazard of 1/150 a day."""

    days: pd.DataFrame
    """``a_no, b_no, day_no, is_close, credit_units``, some of them after ``AS_OF``"""
    truth: pd.DataFrame
    """``a_no, b_no, true_chance``: the chance of 56 silent days given the state at ``AS_OF``"""


def simulate(seed: int = 1, people: int = 120, ties: int = 3000) -> Simulated:
    random, hazard = np.random.default_rng(seed), 1 / 150
    a, b = random.integers(0, people, ties), random.integers(0, people, ties)
    keep = a != b
    low, high = np.minimum(a, b)[keep], np.maximum(a, b)[keep]
    first = pd.DataFrame({"a_no": low, "b_no": high}).drop_duplicates(ignore_index=True)
    rate = random.choice([0.02, 0.06, 0.2], len(first))
    born = random.integers(-300, AS_OF, len(first))
    dies = born + random.exponential(1 / hazard, len(first))
    day = np.arange(AS_OF + HORIZON + 1)
    alive = (day >= born[:, None]) & (day <= dies[:, None])
    tie, when = np.nonzero(alive & (random.random(alive.shape) < rate[:, None]))
    days = first.iloc[tie].assign(day_no=when, is_close=True, credit_units=CREDIT_UNIT).reset_index(drop=True)
    still = (born <= AS_OF) & (dies > AS_OF)
    quiet = np.log1p(-rate)
    # Alive: silent through all 56 days, or silent until the tie ends.
    survive = np.exp(-hazard + quiet)
    steps = (1 - survive**HORIZON) / (1 - survive)
    chance = np.where(still, survive**HORIZON + steps * (1 - np.exp(-hazard)), 1.0)
    return Simulated(days, first.assign(true_chance=chance))


@pytest.fixture(scope="module")
def simulated() -> Simulated:
    return simulate()


def run(
    days: pd.DataFrame, *, first_day: int = 0, as_of: int = AS_OF, threads: int = 2
) -> tuple[pd.DataFrame, str | None]:
    engine = Engine(threads=threads)
    table = engine.from_frame(days.astype({"a_no": "int32", "b_no": "int32", "day_no": "int32"}), name="pair_days")
    cuts = past_cuts(SETTINGS, first_day=first_day, as_of_day=as_of)
    sums = arrays(sums_of(days, as_of, cuts=cuts))
    known = table.filter(table.day_no <= as_of)
    is_of_one = only_person(known, contact_summary(known, engine), engine) is not None
    lessons = look_back(sums, table, SETTINGS, engine, first_day=first_day, as_of_day=as_of, is_of_one=is_of_one)
    learned = learn_quiet_chances(lessons, SETTINGS, log_days=as_of - first_day + 1, is_of_one=is_of_one)
    return learned.table, learned.note


def arrays(frame: pd.DataFrame) -> dict[str, np.ndarray]:
    """Return the columns of a frame."""
    return {name: frame[name].to_numpy() for name in frame.columns}


def features(days: pd.DataFrame, cut: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Return all ties at a day and their inputs."""
    sums = sums_of(days, cut, cuts=[cut])
    ties = sums[sums["last_day"] != NONE]
    return ties[["a_no", "b_no"]], inputs_of(Then.of(cut, arrays(sums), 0), ties)


def past(days: pd.DataFrame, engine: Engine) -> tuple[np.ndarray, np.ndarray]:
    """Return the inputs of six past windows, and who stayed quiet."""
    cuts = past_cuts(SETTINGS, first_day=0, as_of_day=AS_OF)
    assert len(cuts) == 7
    sums = arrays(sums_of(days, AS_OF + HORIZON, cuts=cuts))
    windows = [Then.of(cut, sums, position) for position, cut in enumerate(cuts)]
    table = engine.from_frame(days, name="pair_days")
    then = days_of_past(table, windows, engine, most=SETTINGS.max_past_ties, horizon=HORIZON)
    found = past_inputs(windows, then)
    return np.concatenate([inputs for _, inputs, _ in found]), np.concatenate([quiet for _, _, quiet in found])


def test_what_comes_later_changes_nothing(simulated: Simulated) -> None:
    """Deleted, or dealt out anew among pairs: the same table to the last byte."""
    table, note = run(simulated.days)
    assert note is None
    later = simulated.days["day_no"] > AS_OF
    assert later.sum() > 1000
    gone, _ = run(simulated.days[~later])
    mixed = simulated.days[later].copy()
    mixed[["a_no", "b_no"]] = mixed[["a_no", "b_no"]].sample(frac=1, random_state=3).to_numpy()
    shuffled, _ = run(pd.concat([simulated.days[~later], mixed]))
    assert table.to_csv() == gone.to_csv() == shuffled.to_csv()


def test_true_where_the_hazard_is_known(simulated: Simulated) -> None:
    """Fifths of ties by chance given: the mean chance lies within 0.06 (two standard errors) of the true one, 0.03 over all."""
    table, _ = run(simulated.days)
    rows = table.merge(simulated.truth, on=["a_no", "b_no"])
    assert len(rows) == len(table) > 800
    assert rows["quiet_chance"].between(0, 1).all()
    assert abs(rows["quiet_chance"].mean() - rows["true_chance"].mean()) < 0.03
    fifth = pd.qcut(rows["quiet_chance"].rank(method="first"), 5, labels=False)
    means = rows.groupby(fifth)[["quiet_chance", "true_chance"]].mean()
    assert (means["quiet_chance"] - means["true_chance"]).abs().max() < 0.06
    assert means["true_chance"].is_monotonic_increasing


def test_chances_are_hardly_biased() -> None:
    """What is left of the error of each fifth when four made-up pasts are averaged: 0.03 at most, towards the middle."""
    off = []
    for seed in range(1, 5):
        made = simulate(seed)
        rows = run(made.days)[0].merge(made.truth, on=["a_no", "b_no"])
        fifth = pd.qcut(rows["quiet_chance"].rank(method="first"), 5, labels=False)
        off.append((rows["quiet_chance"] - rows["true_chance"]).groupby(fifth).mean())
    mean = pd.concat(off, axis=1).mean(axis=1)
    assert mean.abs().max() < 0.03
    assert mean.iloc[0] > 0 > mean.iloc[-1]


def test_longer_silence_never_lowers_the_chance(simulated: Simulated) -> None:
    """A tie's last contact days taken away, 10 to 90 days of them, all else and the model as it was."""
    engine = Engine()
    known = simulated.days[simulated.days["day_no"] <= AS_OF]
    inputs, quiet = past(known, engine)
    model = fit_logistic(inputs, quiet, DIRECTIONS)
    curve = fit_curve(model.score(inputs), quiet)
    span = known.groupby(["a_no", "b_no"])["day_no"].agg(["size", "min", "max"])
    busy = span[(span["size"] > 15) & (span["min"] < AS_OF - 150) & (span["max"] > AS_OF - 20)].index.to_frame(
        index=False
    )
    # No two of them share a person: one tie's silence is not another's loss of a busy colleague.
    busy = busy[~pd.Series(busy.to_numpy().ravel()).duplicated().to_numpy().reshape(-1, 2).any(axis=1)]
    busy = pd.MultiIndex.from_frame(busy)
    assert len(busy) > 15
    chances = []
    for silence in (0, 10, 20, 40, 60, 90):
        probed = pd.MultiIndex.from_frame(known[["a_no", "b_no"]]).isin(busy)
        rest = known[~(probed & (known["day_no"] > AS_OF - silence))]
        keys, now = features(rest, AS_OF)
        chance = curve.read(model.score(now))
        chances.append(pd.Series(chance, index=pd.MultiIndex.from_frame(keys)).reindex(busy).to_numpy())
    steps = np.diff(np.array(chances), axis=0)
    assert np.isfinite(steps).all()
    assert steps.min() >= -1e-4
    assert (chances[-1] > chances[0] + 0.2).mean() > 0.9


def test_the_sentence_is_literally_true(simulated: Simulated) -> None:
    """Of the past ties with such a chance exactly the share told stayed silent, n is their number, and neither ever falls."""
    engine = Engine()
    inputs, quiet = past(simulated.days, engine)
    score = fit_logistic(inputs, quiet, DIRECTIONS).score(inputs)
    chance = fit_curve(score, quiet).read(score)
    share, ties = count_shares(chance, quiet).read(chance)
    assert len(np.unique(share)) > 5
    for own in np.unique(share):
        alike = share == own
        assert set(ties[alike]) == {alike.sum()}
        assert alike.sum() >= 50
        said = say_chance(own, n=alike.sum(), note=None, horizon_days=HORIZON)
        assert said == say_chance(quiet[alike].mean(), n=alike.sum(), note=None, horizon_days=HORIZON)
    order = np.argsort(score, kind="stable")
    assert (np.diff(chance[order]) >= 0).all()
    assert (np.diff(share[order]) >= 0).all()
    # Ties told alike differ by the width of a word at most, and their share by what chance gives and a little bias.
    for own in np.unique(share):
        alike = share == own
        error = np.sqrt(chance[alike].mean() * (1 - chance[alike].mean()) / alike.sum())
        assert np.ptp(chance[alike]) <= 0.1 + 1e-9
        assert abs(own - chance[alike].mean()) < 3 * error + 0.02
    assert np.abs(share - chance).mean() < 0.03


def test_shares_by_hand() -> None:
    """Sixty ties told 0.1 (6 quiet), 40 told 0.2 (10 quiet) and 60 told 0.3 (24): the 40 are too few and join those above."""
    chance = np.repeat([0.1, 0.2, 0.3], [60, 40, 60])
    quiet = np.concatenate([np.arange(60) < 6, np.arange(40) < 10, np.arange(60) < 24])
    share, ties = count_shares(chance, quiet).read(np.array([0.01, 0.1, 0.2, 0.3, 0.9]))
    assert share.tolist() == [0.1, 0.1, 0.34, 0.34, 0.34]
    assert ties.tolist() == [60, 60, 100, 100, 100]


def test_a_curve_mends_chances_that_are_too_sure() -> None:
    """Scores three times what they should be are read as about what they should have been; good ones are left as they are."""
    random = np.random.default_rng(5)
    right = random.normal(size=20_000)
    true = 1 / (1 + np.exp(-right))
    quiet = random.random(len(right)) < true
    off = np.abs(fit_curve(3 * right, quiet).read(3 * right) - true)
    wrong = np.abs(1 / (1 + np.exp(-3 * right)) - true)
    usual = np.abs(right) < 2
    # What is left of the error is the weight of what the scores say beside that of a block.
    left = PRIOR_TIES / (PRIOR_TIES + len(right) / BLOCKS)
    assert off[usual].mean() < left * wrong[usual].mean() + 0.01
    assert left < 0.2
    assert wrong[usual].mean() > 0.15
    assert np.abs(fit_curve(right, quiet).read(right) - true).max() < 0.04


def test_the_fit_is_the_best_there_is() -> None:
    """Hand-worked: 30 of 40 quiet and no input that tells gives log 3. And no step from the optimum lowers the loss."""
    quiet = np.arange(40) % 4 != 0
    weights, intercept = most_likely(np.zeros((40, 1)), quiet)
    assert weights.tolist() == [0.0]
    assert intercept == pytest.approx(np.log(3), abs=1e-8)
    random = np.random.default_rng(4)
    inputs = random.normal(size=(500, 3))
    quiet = random.random(500) < 1 / (1 + np.exp(-inputs @ [2.0, -1.0, 0.0]))

    def loss(at: np.ndarray) -> float:
        score = inputs @ at[:3] + at[3]
        return (at[:3] ** 2).sum() / 2 + PENALTY * (np.logaddexp(0, score) - quiet * score).sum()

    best = np.append(*most_likely(inputs, quiet))
    assert best[0] > 0.1 > 0 > best[1]
    for step in np.vstack([np.eye(4), -np.eye(4)]) * 1e-3:
        assert loss(best + step) > loss(best)


def test_short_log_gives_a_note_and_no_number(simulated: Simulated) -> None:
    """120 days: words and why. 60 days: not even words. As a past with next to no ties."""
    days = simulated.days
    table, note = run(days[days["day_no"].between(380, AS_OF)], first_day=380)
    assert note is not None
    assert note.startswith("not enough data for a percentage: the log is shorter than 21 weeks")
    assert table["quiet_chance"].isna().all()
    assert table["quiet_words"].nunique() >= 2
    table, note = run(days[days["day_no"].between(440, AS_OF)], first_day=440)
    assert note == "not enough data: the log is shorter than 21 weeks"
    assert table[["quiet_chance", "quiet_words"]].isna().all(axis=None)
    few = days[(days["a_no"] < 14) & (days["b_no"] < 20) & (days["day_no"] > 300)]
    table, note = run(few, first_day=300)
    assert len(table) > 3
    assert note == "not enough data: fewer than 50 ties in the past to learn from"
    assert table["quiet_chance"].isna().all()


def test_one_persons_own_log_gives_no_number(simulated: Simulated) -> None:
    """Everything with person 5: a long log, many ties, and yet no percentage."""
    days = simulated.days[(simulated.days["a_no"] == 5) | (simulated.days["b_no"] == 5)]
    table, note = run(days)
    assert note is not None
    assert "one person has part in nearly all of this log" in note
    assert table["quiet_chance"].isna().all()
    assert table["quiet_words"].notna().all()


def test_a_tie_told_in_words_has_no_number_beside_them() -> None:
    """What a person is shown: words or numbers, never both."""
    rows = pd.DataFrame(
        {"quiet_chance": [0.4, 0.6], "quiet_share": [0.3, 0.6], "quiet_chance_n": pd.array([50, 60], "Int64"),
         "quiet_words": pd.array([None, "as likely to resume as not"], "str")}
    )  # fmt: skip
    told = as_told(rows)
    assert told.loc[0, list(TOLD)].tolist() == [0.4, 0.3, 50]
    assert told.loc[1, list(TOLD)].isna().all()
    assert told["quiet_words"].tolist()[1] == "as likely to resume as not"


def test_two_people_do_not_crash() -> None:
    """A message a fortnight for a year between two people."""
    at = pd.date_range("2025-01-06T09:00", periods=26, freq="14D", tz="UTC")
    messages = pd.DataFrame({"sent_at": at.strftime("%Y-%m-%dT%H:%M:%SZ"), "sender_id": "a", "recipient_ids": "b"})
    network = peerlens.Network(peerlens.read(people=pd.DataFrame({"person_id": ["a", "b"]}), messages=messages))
    pairs = network.ties.to_pandas()
    assert pairs["quiet_chance"].isna().all()
    assert network.ties.quiet_note is not None
    assert network.ties.quiet_note.startswith("not enough data")


def test_same_bytes_with_one_thread_and_two(simulated: Simulated) -> None:
    """Rows shuffled too: order of rows and of addition changes nothing."""
    one, _ = run(simulated.days, threads=1)
    two, _ = run(simulated.days.sample(frac=1, random_state=2), threads=2)
    assert one.to_csv() == two.to_csv()
    assert one["quiet_chance"].nunique() > 100
