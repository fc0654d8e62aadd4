"""The release ledger: pages of different runs cannot be subtracted from each other."""

from __future__ import annotations

import stat
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from peerlens.errors import PeerlensError
from peerlens.privacy.ledger import Ledger

SPRING = (date(2026, 1, 1), date(2026, 6, 30))
AUTUMN = (date(2026, 7, 1), date(2026, 12, 31))


def groups(**sizes: range) -> pd.Series:
    """Return group by person, people numbered."""
    return pd.Series({f"p{n}": name for name, members in sizes.items() for n in members})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / ".peerlens" / "ledger"


def test_one_person_less_is_withheld_in_the_next_run(folder: Path) -> None:
    Ledger.open(folder).record(groups(A=range(10), B=range(10, 30)), period=SPRING)
    again = Ledger.open(folder)
    assert again.held(groups(A=range(10), B=range(10, 30)), period=SPRING, k=5) == {}
    held = again.held(groups(A=range(9), B=range(9, 30)), period=SPRING, k=5)
    assert set(held) == {"A", "B"}
    assert held["A"].startswith("differs by fewer than 5 people")
    assert again.held(groups(A=range(5), B=range(10, 30)), period=SPRING, k=5) == {}  # five apart
    assert again.held(groups(A=range(9), B=range(9, 30)), period=AUTUMN, k=5) == {}  # no day in common


def test_parts_that_leave_few_of_a_whole(folder: Path) -> None:
    """Ten and seven of a group of twenty leave three: the smaller part is withheld. The other way round, the whole is."""
    ledger = Ledger.open(folder)
    ledger.record(groups(A=range(20), B=range(20, 40)), period=SPRING)
    parts = groups(A1=range(10), A2=range(10, 17), B1=range(20, 30), B2=range(30, 40))
    assert ledger.held(parts, period=SPRING, k=5) == {
        "A2": "would leave fewer than 5 people of a group given out before"
    }
    other = Ledger.open(folder.parent / "other")
    other.record(parts, period=SPRING)
    assert set(other.held(groups(A=range(20), B=range(20, 40)), period=SPRING, k=5)) == {"A"}


def test_nothing_left_to_compare(folder: Path) -> None:
    ledger = Ledger.open(folder)
    ledger.record(groups(A=range(10)), period=SPRING)
    ledger.record(groups(A=range(11)), period=SPRING)
    ledger.record(groups(C=range(50, 60)), period=SPRING)
    assert set(ledger.held(groups(A=range(9)), period=SPRING, k=5)) == {"A"}


def test_kept_privately_and_without_names(folder: Path) -> None:
    ledger = Ledger.open(folder)
    ledger.record(pd.Series({f"anna{n}@firm.example": "Sales" for n in range(6)}), period=SPRING)
    ledger.record(pd.Series({f"anna{n}@firm.example": "Sales" for n in range(6)}), period=SPRING)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    written = b"".join(path.read_bytes() for path in sorted(folder.iterdir()))
    assert b"anna" not in written
    assert b"Sales" not in written
    assert len(list(folder.glob("*.json"))) == 1  # the same release is not noted twice


def test_a_broken_ledger_stops_everything(folder: Path) -> None:
    Ledger.open(folder).record(groups(A=range(10)), period=SPRING)
    next(folder.glob("*.json")).write_text("{}")
    with pytest.raises(PeerlensError, match="release ledger cannot be read"):
        Ledger.open(folder)


def test_in_memory_without_a_folder() -> None:
    ledger = Ledger.open(None)
    assert not ledger.is_kept
    ledger.record(groups(A=range(10)), period=SPRING)
    assert set(ledger.held(groups(A=range(11)), period=SPRING, k=5)) == {"A"}
