"""How unusual a silence is: hand-worked chances, one limit for many looks, and a holiday that is nobody's own."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import peerlens
from peerlens import blocks
from peerlens.settings import FairnessSettings, TieSettings
from peerlens.ties import unusual
from peerlens.ties.unusual import SHAPES, mean_fullness, quiet_limit, silence_chance, silence_limit

FAIRNESS = FairnessSettings()


@pytest.mark.parametrize(
    ("silence", "span", "gaps", "expected"),
    [(0, 50, 5, 1.0), (50, 50, 5, 1 / 32), (100, 50, 2, 1 / 9), (25, 100, 10, 0.8**10)],
)
def test_by_chance_alone(silence: float, span: float, gaps: float, expected: float) -> None:
    """Gaps whose spread equals their mean: ``(span / (span + s)) ^ gaps``, worked by hand."""
    squares = 2 * span**2 / gaps
    found = silence_chance(*(np.array([float(value)]) for value in (silence, span, gaps, squares)))
    assert found[0] == pytest.approx(expected, abs=1e-9)


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(1)
    span = random.integers(20, 250, 500).astype(float)
    gaps = random.integers(5, 60, 500).astype(float)
    given = (random.integers(0, 90, 500).astype(float), span, gaps, 2 * span**2 / gaps)
    whole = silence_chance(*given)
    monkeypatch.setattr(unusual, "_TIES_AT_ONCE", 7)
    for threads in (1, 2):
        monkeypatch.setattr(blocks, "thread_count", lambda threads=threads: threads)
        assert silence_chance(*given).tobytes() == whole.tobytes()


def test_even_steps_make_a_silence_stranger_and_bursts_do_not() -> None:
    """Ten gaps in 50 days, a silence of 25: even (shape 4), by chance (1), in bursts (1/4)."""
    same = [np.full(1, value) for value in (25.0, 50.0, 10.0)]
    even, chance, bursts = (float(silence_chance(*same, np.array([squares]))[0]) for squares in (250.0, 500.0, 1500.0))
    assert even < 0.001 < chance < bursts
    assert SHAPES == (0.25, 4.0)


@given(st.lists(st.floats(0, 1), min_size=30, max_size=300))
def test_never_more_than_a_tenth(chances: list[float]) -> None:
    """Whatever the chances, at most a tenth of the ties (or one) pass, and each passes Benjamini and Hochberg's test."""
    values = np.array(chances)
    limit = silence_limit(values, FAIRNESS)
    passed = values[values <= limit]
    assert len(passed) <= max(len(values) // 10, 1)
    # All that the test lets through, or as much of it as the cap leaves, and the next silence would be one too many.
    ranked, most = np.sort(values), max(len(values) // 10, 1)
    through = np.flatnonzero(ranked <= 0.1 * np.arange(1, len(ranked) + 1) / len(ranked))
    allowed = ranked[: through[-1] + 1] if len(through) else ranked[:0]
    assert set(passed) <= set(allowed)
    left_out = allowed[len(passed) :]
    assert not len(left_out) or np.sum(values <= left_out[0]) > most


def test_few_ties_are_not_many_looks() -> None:
    """A person's own export with 29 established ties: the rule's own thresholds stand alone."""
    assert silence_limit(np.linspace(0.01, 0.9, 29), FAIRNESS) == 1.0
    assert silence_limit(np.linspace(0.01, 0.9, 30), FAIRNESS) == 0.0


def test_all_silent_at_once_is_nobodys_own() -> None:
    """Of 100 ties 60 fall silent together: the tenth least likely stays."""
    values = np.concatenate([np.linspace(1e-6, 1e-4, 60), np.full(40, 0.5)])
    assert np.sum(values <= silence_limit(values, FAIRNESS)) == 10


def test_a_day_counts_as_much_as_people_were_there() -> None:
    """Thirty people, twelve weeks; three of every five are there in the last two weeks: those days count 0.6."""
    days = np.array([day for day in range(4, 4 + 84) if (day + 3) % 7 < 5])
    active = np.where(days >= 74, 18, 30)
    per_day = pd.DataFrame({"day_no": days, "active": active})
    found = mean_fullness(per_day, TieSettings(), np.array([73, 10, 87]))
    late = int((days >= 74).sum())
    before = int(((days > 10) & (days < 74)).sum())
    assert found == pytest.approx([0.6, (0.6 * late + before) / (late + before), 1.0])
    small = mean_fullness(per_day.assign(active=5), TieSettings(), np.array([73]))
    assert small.tolist() == [1.0]


def test_flags_pass_the_limit(sample_network: peerlens.Network) -> None:
    flags = sample_network.neglected()
    fading = flags[flags["kind"] == "fading"]
    assert len(fading) >= 4
    sides = sample_network.ties.sides
    limits = sample_network.ties.engine.frame(sides.select("quiet_limit", "silence_chance_limit").distinct())
    assert len(limits) == 1
    chances = sample_network.ties.engine.frame(sides.select("person_id", "other_id", "quiet_chance", "silence_chance"))
    known = fading[["person_id", "other_id"]].merge(chances, on=["person_id", "other_id"])
    above = known["quiet_chance"] >= limits["quiet_limit"].iloc[0]
    assert (above | (known["silence_chance"] <= limits["silence_chance_limit"].iloc[0])).all()


def test_every_face_tells_numbers_or_words_alike(sample_network: peerlens.Network) -> None:
    """Person table, flags and explanation of a fading tie: numbers only where the log as a whole may have them."""
    ties = sample_network.ties
    flag = sample_network.neglected().query("kind == 'fading'").iloc[0]
    in_numbers = ties.quiet_note is None
    assert pd.notna(flag["quiet_chance"]) == pd.notna(flag["quiet_chance_n"]) == in_numbers
    assert pd.isna(flag["quiet_chance_note"]) == in_numbers
    person = sample_network.person(flag["person_id"])
    row = person.ties().set_index("other_id").loc[flag["other_id"]]
    assert pd.notna(row["quiet_chance"]) == pd.notna(row["quiet_share"]) == in_numbers
    told = person.explain(flag["other_id"])
    assert (told.tie.set_index("measure").loc["quiet_chance", "value"] is not None) == in_numbers
    about = told.kinds[told.kinds["condition"].str.contains("chance that it stays quiet")]
    assert len(about)
    assert about["value"].notna().all() == about["threshold"].notna().all() == in_numbers


def test_never_more_than_the_share_and_always_three_times_the_mean() -> None:
    """Of 100 chances 60 are high together, of which the tenth most likely stay; where a few are high, three times the mean."""
    together = np.concatenate([np.linspace(0.7, 0.9, 60), np.full(40, 0.1)])
    limit = quiet_limit(together, FAIRNESS)
    assert limit is not None
    assert np.sum(together >= limit) <= 10
    assert quiet_limit(np.full(100, 0.6), FAIRNESS) == pytest.approx(0.9)
    few = np.array([0.1] * 95 + [0.25] * 3 + [0.8] * 2)
    assert np.sum(few >= quiet_limit(few, FAIRNESS)) == 2


def test_what_comes_later_changes_no_chance_and_no_expectation(sample_folder, tmp_path) -> None:  # type: ignore[no-untyped-def]
    """Everything after ``as_of`` dealt out anew among people: silences, expectation and stability as before."""
    as_of = "2026-07-10"
    for name in ("people.csv", "meetings.csv", "messages.csv"):
        rows = pd.read_csv(sample_folder / name, dtype="str")
        if name == "messages.csv":
            later = rows["sent_at"] > as_of + "T23:59"
            rows.loc[later, "sender_id"] = rows.loc[later, "sender_id"].sample(frac=1, random_state=1).to_numpy()
        rows.to_csv(tmp_path / name, index=False)
    (tmp_path / "plain").mkdir()
    for name in ("people.csv", "meetings.csv", "messages.csv"):
        pd.read_csv(sample_folder / name, dtype="str").to_csv(tmp_path / "plain" / name, index=False)
    answers = []
    for folder in (tmp_path, tmp_path / "plain"):
        network = peerlens.Network(peerlens.read(folder), as_of=as_of)
        candidates = network.ties.candidates
        expected = network.ties.engine.frame(candidates.order_by(["person_no", "other_no"]))
        who = network.neglected()["person_id"].iloc[0]
        answers.append(expected.to_csv() + network.person(who).neglected(limit=None).to_csv())
    assert answers[0] == answers[1]
