"""What was planted for the lenses about people is found, and what only looks like it is not."""

from __future__ import annotations

import pandas as pd
import pytest

import peerlens
from peerlens.lenses import LENSES

SAID = {
    ("mentor_loops", "open"): "could report back",
    ("mentor_loops", "closed"): "reported back",
    ("perception_gap", "closer in mind"): "closer in your mind",
}


@pytest.fixture(scope="module", params=[7, 3], ids=lambda seed: f"seed {seed}")
def planted(
    request: pytest.FixtureRequest, sample_network: peerlens.Network, tmp_path_factory: pytest.TempPathFactory
) -> tuple[peerlens.Network, pd.DataFrame]:
    """A network, and the part of its answer key that is about lenses."""
    firm = peerlens.make_firm(people=120, seed=request.param)
    network = sample_network
    if request.param != 7:
        folder = tmp_path_factory.mktemp("firm")
        firm.write(folder)
        network = peerlens.Network(peerlens.read(folder))
    key = firm.tables["planted"]
    return network, key[key["lens"] != "neglected_peers"]


def of(key: pd.DataFrame, lens: str) -> list[dict[str, str]]:
    rows = key[key["lens"] == lens].to_dict("records")
    assert len(rows) >= 2
    return rows


@pytest.mark.parametrize("lens", ["mentor_loops", "perception_gap"])
def test_ties(planted: tuple[peerlens.Network, pd.DataFrame], lens: str) -> None:
    """Loops and ratings: the planted tie is in the state planted, and a look-alike in neither of the two that ask for action."""
    network, key = planted
    for row in of(key, lens):
        table = LENSES[lens].evidence(network.ties, row["person_id"]).set_index("other_id")
        state = table["state"].get(row["other_id"])
        if row["kind"] == "none":
            assert state not in ("could report back", "closer in your mind"), row
        else:
            assert state == SAID[lens, row["kind"]], row


def test_asks_that_wait(planted: tuple[peerlens.Network, pd.DataFrame]) -> None:
    network, key = planted
    for row in of(key, "asking_for_help"):
        finding = network.person(row["person_id"]).finding("asking_for_help")
        assert finding.suggestion.startswith("Put one open ask again") == (row["kind"] == "unanswered"), (
            row,
            finding.headline,
        )


def test_who_lifts_others(planted: tuple[peerlens.Network, pd.DataFrame]) -> None:
    network, key = planted
    column = {"introduction": "introductions_took", "room": "peers_in_rooms"}
    for row in of(key, "lifting_others"):
        found = LENSES["lifting_others"].row(network.ties, row["person_id"])
        if row["kind"] == "none":
            assert found["introductions_took"] == 0
        else:
            assert found[column[row["kind"]]] == 1, row


def test_nothing_shows_the_absence_of_somebody_else(planted: tuple[peerlens.Network, pd.DataFrame]) -> None:
    """No finding has a word or a column about anybody's being away or reachable."""
    network, _ = planted
    for name in ("promotion_table", "broad_base", "mentor_loops", "lifting_others", "asking_for_help", "access"):
        finding = network.person("p042").finding(name)
        text = f"{finding} {' '.join(finding.table.columns)}".lower()
        assert not [word for word in ("absent", "absence", "on leave", "away", "reachable", "is_open") if word in text]
