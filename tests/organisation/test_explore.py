"""The map of the firm names nobody who has not released their name, and shows no group of fewer than five."""

from __future__ import annotations

import dataclasses
from html import unescape

import pandas as pd
import pytest

import peerlens
from peerlens.errors import NotEnoughData
from peerlens.organisation.explore import SMALL, map_frames
from peerlens.report.share import tokens_for


def test_nobody_is_named_without_a_release(sample_network: peerlens.Network) -> None:
    page = unescape(sample_network.explore().html)
    people = sample_network.people
    assert all(name not in page for name in people["name"].dropna())
    assert all(f'"{person}"' not in page for person in people["person_id"])
    assert "nobody by name" in page


def test_those_who_released_are_named(sample_network: peerlens.Network) -> None:
    records = sample_network.records
    row = {"person_id": "p003", "released_to": "all", "purpose": "map", "from_on": pd.NaT, "until_on": pd.NaT}
    released = pd.concat([records.released, pd.DataFrame([row])], ignore_index=True)
    released = released.astype(records.released.dtypes)
    network = peerlens.Network(dataclasses.replace(records, released=released), as_of=sample_network.as_of)
    network.__dict__["ties"] = sample_network.ties
    page = unescape(network.explore().html)
    names = sample_network.people.set_index("person_id")["name"]
    assert names["p003"] in page
    assert all(name not in page for person, name in names.dropna().items() if person != "p003")


def test_groups_have_five_people_or_more(sample_network: peerlens.Network) -> None:
    ties = sample_network.ties
    people, drawn = map_frames(ties, tokens_for(ties, ""))
    sizes = people.groupby("department").size()
    assert sizes.min() >= 5
    assert SMALL not in sizes
    department = people.set_index("person_id")["department"]
    assert (drawn["a_id"].map(department) != drawn["b_id"].map(department)).all()
    assert drawn["weeks"].map(len).eq(52).all()


def test_nobody_left_is_said(sample_network: peerlens.Network) -> None:
    with pytest.raises(NotEnoughData, match="departments that are in people"):
        sample_network.explore(departments=["No such place"])
