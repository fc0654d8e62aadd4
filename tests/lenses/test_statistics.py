"""One table of all measures: tokens unless released, small groups withheld, and every column explained."""

from __future__ import annotations

import dataclasses

import pandas as pd
import pytest

import peerlens
from peerlens.lenses import LENSES
from peerlens.lenses.statistics import WITHHELD, _meanings


@pytest.fixture(scope="module")
def table(sample_network: peerlens.Network) -> pd.DataFrame:
    return sample_network.measures()


def test_one_row_a_person_and_no_id(table: pd.DataFrame, sample_network: peerlens.Network) -> None:
    people = sample_network.people
    assert len(table) == len(people)
    assert table["person"].is_unique
    text = table.to_csv()
    for column in ("person_id", "name"):
        assert not any(value in text for value in people[column].dropna())


def test_row_order_and_number_say_nothing(table: pd.DataFrame, sample_network: peerlens.Network) -> None:
    """Numbered by a hash: neither the order of ids nor that of the file."""
    assert table["person"].tolist() == sorted(table["person"])
    departments = sample_network.people.sort_values("person_id")["department"].tolist()
    assert table["department"].tolist() != departments


def test_groups_under_five_are_withheld(table: pd.DataFrame) -> None:
    for columns in (["department"], ["department", "level"]):
        assert table.groupby(columns, dropna=False).size().min() >= 5
    assert (table["level"] == WITHHELD).any()


def test_every_column_is_explained(table: pd.DataFrame, sample_network: peerlens.Network) -> None:
    said = sample_network.measures_dictionary()
    assert said["column"].tolist() == table.columns.tolist()
    assert (said["meaning"].str.len() > 4).all()
    own = said.set_index("column")
    assert own.at["delegation_reports", "unit"] == "people"
    assert own.at["team_lift_hours_before", "unit"].startswith("hours a person and week")


def test_every_column_of_every_lens_is_a_bullet_with_its_unit(sample_network: peerlens.Network) -> None:
    """The dictionary is made of the docstrings: nothing in it is guessed from the name of a column."""
    for lens in LENSES.values():
        columns = [name for name in lens.measured(sample_network.ties) if name != "person_id"]
        said = _meanings(lens)
        assert sorted(said) == sorted(columns), lens.name
        assert [name for name in columns if not said[name][1]] in ([], ["reason"]), lens.name


def test_a_release_shows_the_id_as_long_as_it_lasts(sample_network: peerlens.Network) -> None:
    """On 25 September: p042 is released, p043 was until August, p044 will be from October."""
    released = pd.DataFrame(
        [("p042", None, None), ("p043", None, "2026-08-31"), ("p044", "2026-10-01", None)],
        columns=["person_id", "from_on", "until_on"],
    ).assign(released_to="coach", purpose="coaching")
    released = released.astype({"from_on": "datetime64[s]", "until_on": "datetime64[s]"})
    ties = sample_network.ties
    records = dataclasses.replace(ties.events.records, released=released)
    shown = dataclasses.replace(ties, events=dataclasses.replace(ties.events, records=records))
    from peerlens.lenses.statistics import measures

    people = set(measures(shown, LENSES)["person"])
    assert "p042" in people
    assert not {"p043", "p044"} & people


def test_with_a_key_tokens_stay_the_same_and_without_it_they_say_nothing(sample_network: peerlens.Network) -> None:
    one, two = sample_network.measures(key=b"one")["person"], sample_network.measures(key=b"two")["person"]
    assert set(one) == set(sample_network.measures(key=b"one")["person"])
    assert not set(one) & set(two)
