"""Viva Insights person-to-person queries: ties by period, no events."""

from __future__ import annotations

from pathlib import Path

import pytest

from peerlens import Network, read
from peerlens.errors import InputError

from .reading import SAMPLES, assert_exact, contacts, converted, written


def _both(at: str, one: str, other: str) -> set[tuple[str, str, str]]:
    return {(f"{at}T12:00:00Z", one, other), (f"{at}T12:00:00Z", other, one)}


def test_current_query() -> None:
    rows, tally = converted(SAMPLES / "viva_person_to_person.csv")
    pair = ("ana@firm.example", "bo@firm.example")
    assert contacts(rows) == _both("2024-04-07", *pair) | _both("2024-04-14", *pair) | _both("2024-04-21", *pair)
    assert_exact(
        tally,
        rows=5,
        kept=3,
        drops={"no tie in this period (all scores 0)": 1},
        merges={"the same tie seen from the other side, or again": 1},
    )
    assert any("no single events" in note for note in tally.notes)


def test_legacy_query_by_month_is_read_day_first_because_periods_begin_on_the_first() -> None:
    rows, tally = converted(SAMPLES / "viva_person_to_person_legacy.csv")
    assert {at for at, _, _ in contacts(rows)} == {f"2023-0{month}-01T12:00:00Z" for month in (4, 5, 6)}
    assert_exact(tally, rows=3, kept=3)


def test_two_open_dates_are_asked_for(tmp_path: Path) -> None:
    header = "PrimaryCollaborator_PersonId,SecondaryCollaborator_PersonId,MetricDate"
    path = written(tmp_path, "p2p.csv", [header, "p1,p2,01/04/2023", "p1,p2,08/04/2023"])
    with pytest.raises(InputError, match="--date-order"):
        converted(path)


def test_nobody_begins_a_weekly_tie(tmp_path: Path) -> None:
    weeks = [f"p1,p2,2024-{month:02}-{day:02},3" for month in range(1, 7) for day in (1, 8, 15, 22)]
    header = "PrimaryCollaborator_PersonId,SecondaryCollaborator_PersonId,MetricDate,Strong_tie_score"
    network = Network(read(written(tmp_path, "p2p.csv", [header, *weeks])))
    pairs = network.ties.to_pandas()
    assert list(pairs["contact_days_52w"]) == [24]
    assert not pairs[["started_by_a", "started_by_b"]].to_numpy().any()
