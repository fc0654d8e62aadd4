"""Calibration: hand-worked errors, words where the past speaks against numbers, no figure of a small group."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from peerlens.ties.calibration import Calibration, Window, calibration_error, check
from peerlens.ties.quiet_features import FEATURES


def make_windows(count: int, *, shift: float = 0.0, seed: int = 1, ties: int = 800) -> list[Window]:
    """Make windows in which one input decides; in the latest the log-odds of staying quiet are moved by ``shift``."""
    random = np.random.default_rng(seed)
    windows = []
    for number in range(count):
        inputs = random.normal(size=(ties, len(FEATURES)))
        odds = -1.5 * inputs[:, 0] + (shift if number == 0 else 0.0)
        people = random.integers(0, 60, size=(ties, 2))
        windows.append(Window(inputs, random.random(ties) < 1 / (1 + np.exp(-odds)), people))
    return windows


def test_error_by_hand() -> None:
    """Two ties told 0.25 of which one came, three told 0.85 of which all came: (|1 - 0.5| + |3 - 2.55|) / 5."""
    chance = np.array([0.25, 0.25, 0.85, 0.85, 0.85])
    assert calibration_error(chance, np.array([0.0, 1, 1, 1, 1])) == pytest.approx((0.5 + 0.45) / 5)


def test_a_steady_past_gives_numbers_and_a_changed_one_words() -> None:
    steady = check(make_windows(4), volume_change=0.0)
    assert steady.windows == 3
    assert steady.error < 0.05
    assert steady.error_low <= steady.error + 0.01
    assert steady.table["ties"].sum() == steady.ties == 2400
    changed = check(make_windows(4, shift=1.5), volume_change=0.0)
    assert changed.last_error > 0.1
    assert "were off by" in str(changed.doubt)


def test_words_where_contact_moved_or_nothing_can_be_checked() -> None:
    """21 % less contact, and a log with a single past window."""
    known = Calibration(last_error=0.02, volume_change=-0.19)
    assert known.doubt is None
    assert "21 % less contact" in str(replace(known, volume_change=-0.21).doubt)
    assert "too short" in str(check(make_windows(1), volume_change=0.0).doubt)


def test_groups_of_four_are_withheld() -> None:
    windows = make_windows(3)
    members = {"four": np.arange(60) < 4, "twenty": np.arange(60) < 20}
    groups = check(windows, volume_change=0.0, members=members).groups
    assert groups["group"].tolist() == ["twenty"]
    assert groups["people"].tolist() == [20]
