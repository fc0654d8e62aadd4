"""The map of the firm names nobody who has not released their name, and says of groups only what the door lets out."""

from __future__ import annotations

import dataclasses
import json
import re
from html import unescape
from pathlib import Path

import pandas as pd
import pytest

import peerlens
from peerlens.errors import NotEnoughData
from peerlens.organisation import Organisation, make_map
from peerlens.organisation.explore import FirmMap


@pytest.fixture(scope="module")
def shown(sample_network: peerlens.Network, tmp_path_factory: pytest.TempPathFactory) -> FirmMap:
    folder = tmp_path_factory.mktemp("map") / "ledger"
    return make_map(sample_network.ties, sample_network.records, ledger_dir=folder)


def told(page: str) -> dict:
    found = re.search(r"var told = (\{.*?\});\n", page)
    assert found
    return json.loads(found[1])


def test_nobody_is_named_without_a_release(sample_network: peerlens.Network, tmp_path: Path) -> None:
    page = sample_network.explore(ledger_dir=tmp_path / "ledger").html
    people, text = sample_network.people, unescape(page)
    assert all(name not in text for name in people["name"].dropna())
    assert all(f'"{person}"' not in text for person in people["person_id"])
    assert "nobody by name" in text
    assert not any(dot["n"] for dot in told(page)["dots"])
    assert told(page)["ties"] == []


def test_those_who_released_are_named(sample_network: peerlens.Network, tmp_path: Path) -> None:
    """Two people with a release are dots with a name, with their tie; nobody else is."""
    records, people = sample_network.records, sample_network.people
    sides = sample_network.ties.sides
    tie = sides.filter(sides.is_live & (sides.department == "Finance") & (sides.other_department == "Product"))
    rows = tie.order_by(["person_id", "other_id"]).select("person_id", "other_id")
    first = sample_network.ties.engine.frame(rows).iloc[0].tolist()
    rows = [
        {"person_id": person, "released_to": "all", "purpose": "map", "from_on": pd.NaT, "until_on": pd.NaT}
        for person in first
    ]
    released = pd.concat([records.released, pd.DataFrame(rows)], ignore_index=True).astype(records.released.dtypes)
    network = peerlens.Network(dataclasses.replace(records, released=released), as_of=sample_network.as_of)
    network.__dict__["ties"] = sample_network.ties
    page = network.explore(ledger_dir=tmp_path / "ledger").html
    names = people.set_index("person_id")["name"]
    assert sorted(dot["n"] for dot in told(page)["dots"] if dot["n"]) == sorted(names[first])
    assert len(told(page)["ties"]) == 1
    assert all(name not in unescape(page) for person, name in names.dropna().items() if person not in first)


def test_no_exact_size_and_no_small_department(
    sample_network: peerlens.Network, organisation: Organisation, shown: FirmMap
) -> None:
    """Dots stand for five people, as head counts of the same departments are rounded; a department of one is not there."""
    dots = shown.dots.groupby("department")["people"].sum()
    said = organisation.groups().set_index("group")["people"].astype(int)
    pd.testing.assert_series_equal(dots, said, check_names=False, check_dtype=False)
    assert "Executive" in shown.set_aside
    assert "Executive" not in set(shown.links[["group_a", "group_b"]].stack())


def test_lines_rest_on_five_people_on_both_sides(sample_network: peerlens.Network, shown: FirmMap) -> None:
    """Worked out anew from the contact days: each step shown is that of its block, and has k people on both sides."""
    ties = sample_network.ties
    department = sample_network.people.set_index("person_id")["department"]
    here = ties.persons[~ties.persons["has_left"]].set_index("person_no")["person_id"]
    persons = here.map(department)
    table = ties.pair_days
    days = ties.engine.frame(table.filter(table.is_close).select("a_no", "b_no", "day_no"))
    one, two = days["a_no"].map(persons), days["b_no"].map(persons)
    seen = 0
    for link in shown.links.to_dict("records"):
        for at, letter in enumerate(link["levels"]):
            last = (shown.block_ends[at] - pd.Timestamp(0).date()).days
            turned = (one == link["group_b"]) & (two == link["group_a"])
            mine = days[((one == link["group_a"]) & (two == link["group_b"])) | turned]
            turned = turned[mine.index]
            within = (mine["day_no"] > last - 28) & (mine["day_no"] <= last)
            a = mine["a_no"].where(~turned, mine["b_no"])[within].nunique()
            b = mine["b_no"].where(~turned, mine["a_no"])[within].nunique()
            if letter not in "-0":
                assert min(a, b) >= 5
                assert 2 ** (int(letter) - 1) <= within.sum() < 2 ** int(letter)
                seen += 1
            elif letter == "0":
                assert not within.any()
    assert seen > 50


def test_nobody_left_is_said(sample_network: peerlens.Network) -> None:
    with pytest.raises(NotEnoughData, match="departments that are in people"):
        sample_network.explore(departments=["No such place"])


def test_the_map_is_in_the_ledger(sample_network: peerlens.Network, tmp_path: Path) -> None:
    """The map of another day's chart, a person or two apart, holds back the departments that changed."""
    first = make_map(sample_network.ties, sample_network.records, ledger_dir=tmp_path / "ledger")
    later = sample_network.organisation(
        purpose="See whether the map is known", members_on="2026-03-01", ledger_dir=tmp_path / "ledger"
    )
    assert set(later.names) < set(first.dots["department"])
