"""The door out: what says something about too few people stays inside."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peerlens.errors import SettingsError
from peerlens.privacy.groups import allowed, complements, head_count, let_out
from peerlens.settings import PrivacySettings, Settings

FIGURES = {"ratio": "tenth", "people_a": "count"}


def out(rows: list[tuple], *, k: int = 5) -> pd.DataFrame:
    cells = pd.DataFrame(rows, columns=["group_a", "group_b", "people_a", "people_b", "top_two", "ratio"])
    return let_out(
        cells, FIGURES, keys=("group_a", "group_b"), people=("people_a", "people_b"), k=k, dominance_share=0.85,
        lines=("group_a", "group_b"),
    ).table  # fmt: skip


def test_by_hand() -> None:
    """Few on one side, two who hold it all, a plain zero, and a rounded figure."""
    table = out(
        [
            ("A", "B", 9, 4, 0.3, 1.23),
            ("C", "D", 9, 9, 0.9, 1.23),
            ("E", "F", 0, 0, 0.0, 0.0),
            ("G", "H", 9, 12, 0.3, 1.26),
        ]
    )
    assert table["withheld"].tolist() == ["fewer than 5 people on one side", "two people hold over 85 % of it", "", ""]
    assert table["ratio"].tolist()[2:] == [0.0, 1.3]
    assert table["ratio"].isna().tolist() == [True, True, False, False]
    assert table["people_a"].tolist()[2:] == ["none", "5"]
    assert table["people_a"].isna().tolist() == [True, True, False, False]


def test_a_lone_gap_takes_a_neighbour_with_it() -> None:
    """A's other cells would give A and B away; so would B's: the smallest in each line goes too."""
    rows = [("A", "B", 3, 3, 0.2, 1.0), ("A", "C", 9, 9, 0.2, 1.0), ("A", "D", 7, 7, 0.2, 1.0), ("B", "C", 8, 8, 0.2, 1.0),
            ("B", "D", 6, 6, 0.2, 1.0), ("C", "D", 9, 9, 0.2, 1.0)]  # fmt: skip
    table = out(rows)
    gone = set(
        zip(table.loc[table["withheld"] != "", "group_a"], table.loc[table["withheld"] != "", "group_b"], strict=True)
    )
    assert gone == {("A", "B"), ("A", "D"), ("B", "D")}


@settings(max_examples=40, deadline=None)
@given(
    st.integers(3, 7).flatmap(
        lambda n: st.tuples(st.just(n), st.lists(st.integers(0, 12), min_size=n * n, max_size=n * n))
    )
)
def test_no_line_gives_a_cell_away(drawn: tuple[int, list[int]]) -> None:
    """Whatever the counts: in each line with a withheld cell there are two or more, of k people together, or nothing is left."""
    groups, counts = drawn
    low, high = np.triu_indices(groups)
    people = np.array(counts[: len(low)], float)
    cells = pd.DataFrame({"a": low, "b": high})
    hidden = (people < 5) & (people > 0)
    gone = hidden | complements(cells, hidden, lines=("a", "b"), people=people, k=5)
    for line in range(groups):
        mine = (low == line) | (high == line)
        if gone[mine].any() and not gone[mine].all():
            assert gone[mine].sum() >= 2
            assert people[mine & gone].sum() >= 5


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 400), st.integers(2, 30))
def test_head_counts_say_no_more_than_five_people(number: int, k: int) -> None:
    said = head_count(number, k=k)
    alike = [other for other in range(450) if head_count(other, k=k) == said]
    assert number == 0 or len(alike) >= 4
    assert said == "none" or said.startswith("fewer than") or int(said) % 5 == 0


def test_k_is_lowered_only_in_a_file(tmp_path) -> None:
    assert allowed(PrivacySettings(), None) == 5
    with pytest.raises(SettingsError, match="found 4, expected 5"):
        allowed(PrivacySettings(), 4)
    with pytest.raises(SettingsError, match="found 3, expected 5"):
        allowed(PrivacySettings(k=3), None)
    with pytest.raises(SettingsError, match="settings_file is set when a file is read"):
        Settings.from_mapping({"privacy": {"k": 3, "settings_file": "made up"}})
    path = tmp_path / "peerlens.toml"
    path.write_text("[privacy]\nk = 3\n")
    read = Settings.from_file(path)
    assert allowed(read.privacy, None) == 3
    assert len(read.privacy.settings_file) == 12
    with pytest.raises(SettingsError, match="found 1, expected"):
        allowed(read.privacy, 1)
    assert read.fingerprint() != Settings().fingerprint()
