"""Before and after: what was picked up, beside what would have happened anyway."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import peerlens
from peerlens.draw.before_after import before_after
from peerlens.errors import NotEnoughData, PeerlensError
from peerlens.lenses.compare import _range

BEFORE, AFTER = "2026-06-26", "2026-09-25"


@pytest.fixture(scope="module")
def compared(sample_network: peerlens.Network) -> dict[str, peerlens.Network]:
    return {"before": sample_network.at(BEFORE), "after": sample_network}


def test_range_by_hand() -> None:
    # two fair coins: 0, 1, 2 with .25, .5, .25; a tenth is cut off at either end
    assert _range(np.array([0.5, 0.5])) == (0, 2)
    assert _range(np.array([1.0, 1.0, 0.0])) == (2, 2)
    # ten fair coins: P(<= 2) = .055, P(<= 3) = .172; by symmetry 3 to 7
    assert _range(np.full(10, 0.5)) == (3, 7)


def test_counts_agree_with_the_contact_days(compared: dict[str, peerlens.Network]) -> None:
    from peerlens.lenses.compare import compare

    before, after = compared["before"].ties, compared["after"].ties
    flags = compared["before"].neglected()
    silent = flags["kind"].isin(["fading", "thin_bridge", "never_formed"]) & flags["other_id"].notna()
    first = flags[silent & flags["severity"].ge(0.1)].iloc[0]
    person_id = first["person_id"]
    found = compare(before, after, person_id, listed=[first["other_id"]])
    row = found.ties.iloc[0]
    numbers = after.persons.set_index("person_id")["person_no"]
    low, high = sorted((int(numbers[person_id]), int(numbers[row["other_id"]])))
    days = after.pair_days
    frame = after.engine.frame(days.filter((days.a_no == low) & (days.b_no == high)).order_by("day_no"))
    start = (pd.Timestamp(BEFORE) - pd.Timestamp("1970-01-01")).days
    expected = int((frame["is_close"] & frame["day_no"].between(start + 1, start + 56)).sum())
    assert row["contact_days"] == expected
    assert row["was_picked_up"] == (expected > 0)
    known = found.ties["chance_of_contact"].dropna()
    if len(known):
        assert found.expected == pytest.approx(known.sum(), abs=0.051)
        assert found.low is not None
        assert found.high is not None
        assert 0 <= found.low <= found.high <= len(known)
        assert f"{found.expected:g}" in found.headline


def test_the_days_must_lie_apart(sample_network: peerlens.Network, compared: dict[str, peerlens.Network]) -> None:
    from peerlens.lenses.compare import compare

    with pytest.raises(PeerlensError, match="the earlier day first"):
        compare(compared["after"].ties, compared["before"].ties, "p003")
    close = sample_network.at("2026-09-01")
    with pytest.raises(NotEnoughData, match="choose 2026-10-27 or later"):
        compare(close.ties, compared["after"].ties, "p003")


def test_a_report_is_read_back(sample_network: peerlens.Network, tmp_path: Path) -> None:
    from peerlens.report.actions import actions_in

    person = sample_network.person("p003")
    page = person.report(tmp_path / "p003.html")
    listed = person.neglected()["other_id"].dropna().tolist()
    assert listed
    assert actions_in(page, person_id="p003") == listed
    with pytest.raises(PeerlensError, match="the list of p003, expected that of p004"):
        actions_in(page, person_id="p004")
    coach = person.report(tmp_path / "coach.html", share="coach")
    with pytest.raises(PeerlensError, match="no list of actions"):
        actions_in(coach, person_id="p003")


def test_picture_marks_what_came_and_keeps_inside() -> None:
    rows = pd.DataFrame(
        {
            "other": [
                "Ana Costa",
                "Ben Abe",
                "Chidi Okafor",
                "A very long name indeed that goes on and on, PhD",
                "Eve",
            ],
            "kind": ["fading", "fading", "thin_bridge", "one_sided", "fading"],
            "chance_of_contact": [0.62, 0.41, 0.99, float("nan"), 0.05],
            "was_picked_up": [True, True, True, False, False],
        }
    )
    ax = before_after(rows, title="3 of 5 ties were picked up", subtitle="x", expected=(1.9, 1, 3))
    texts = {gid: [t for t in ax.texts if t.get_gid() == gid] for gid in ("came", "did-not-come", "percent", "unknown")}
    assert [len(texts[gid]) for gid in ("came", "did-not-come", "percent", "unknown")] == [3, 2, 4, 1]
    width, height = ax.get_xlim()[1], ax.get_ylim()[1]
    ax.figure.canvas.draw()
    for text in ax.texts:
        box = text.get_window_extent().transformed(ax.transData.inverted())
        assert box.x0 >= 0
        assert box.x1 <= width
        assert box.y0 >= 0
        assert box.y1 <= height
    # The number of a bar that is nearly full stays on the bar, and the words before a bar end where it begins.
    track = next(patch for patch in ax.patches if patch.get_gid() == "track")
    for text in ax.texts:
        box = text.get_window_extent().transformed(ax.transData.inverted())
        if text.get_gid() == "percent":
            assert box.x1 <= track.get_x() + track.get_width()
        if text.get_gid() == "kind":
            assert box.x1 <= track.get_x()
