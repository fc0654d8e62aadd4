"""What no lens may depend on: what people are called, the order of rows, and how much everybody writes and meets."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import peerlens
from peerlens.lenses import LENSES

LENS = pytest.mark.parametrize("name", LENSES)
IDS = {
    "people": ["person_id", "manager_id"],
    "meetings": ["organizer_id", "attendee_ids"],
    "messages": ["sender_id", "recipient_ids"],
    "absences": ["person_id"],
    "survey": ["rater_id", "rated_id"],
    "accounts": ["account_id", "acts_for"],
    "confidential": [],
}
ASKED = 2
"""people of whom headlines are compared, beside the chief"""
NUMBER = re.compile(r"(\d+)( %)?")


def network(tables: dict[str, pd.DataFrame], folder: Path) -> peerlens.Network:
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", index=False)
    return peerlens.Network(peerlens.read(folder, cache=False))


def new_id(person: str) -> str:
    """Give everybody of the firm an id that sorts the other way round."""
    return f"x{999 - int(person[1:]):03d}" if re.fullmatch(r"p\d+", person) else person


def renamed(tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Give everybody another id, wherever one stands."""
    cells = {name: {c: tables[name][c].map(_renamed_cell) for c in columns} for name, columns in IDS.items()}
    return {name: tables[name].assign(**columns) for name, columns in cells.items()}


def _renamed_cell(text: str) -> str:
    return ";".join(map(new_id, text.split(";")))


def shuffled(tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Shuffle the rows of every table."""
    return {name: table.sample(frac=1, random_state=2, ignore_index=True) for name, table in tables.items()}


def twice(tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Write every message again half a minute later, and hold every meeting again, of a series of its own, at the same hour."""
    messages, meetings = tables["messages"], tables["meetings"]
    later = pd.to_datetime(messages["sent_at"]) + pd.Timedelta(seconds=30)
    again = messages.assign(sent_at=later.dt.strftime("%Y-%m-%dT%H:%M:%SZ"), message_id="", reply_to_id="")
    held = meetings.assign(meeting_id=meetings["meeting_id"] + "b")
    return tables | {"messages": pd.concat([messages, again]), "meetings": pd.concat([meetings, held])}


@pytest.fixture(scope="module")
def tables(sample_folder: Path) -> dict[str, pd.DataFrame]:
    return {name: pd.read_csv(sample_folder / f"{name}.csv", dtype="str", keep_default_na=False) for name in IDS}


@pytest.fixture(scope="module")
def relabelled(tables: dict[str, pd.DataFrame], tmp_path_factory: pytest.TempPathFactory) -> peerlens.Network:
    return network(shuffled(renamed(tables)), tmp_path_factory.mktemp("relabelled"))


@pytest.fixture(scope="module")
def doubled(tables: dict[str, pd.DataFrame], tmp_path_factory: pytest.TempPathFactory) -> peerlens.Network:
    return network(twice(tables), tmp_path_factory.mktemp("doubled"))


@LENS
def test_names_and_order_change_nothing(
    sample_network: peerlens.Network, relabelled: peerlens.Network, name: str
) -> None:
    lens = LENSES[name]
    one, two = (lens.measured(one.ties).set_index("person_id") for one in (sample_network, relabelled))
    one = one.rename(index=new_id).sort_index()
    assert one.index.is_unique
    pd.testing.assert_frame_equal(one, two.sort_index().reindex(one.index), check_names=False)


@LENS
def test_doubling_every_contact_changes_no_headline(
    sample_network: peerlens.Network, doubled: peerlens.Network, name: str
) -> None:
    """The same words; a percentage may move by five points, because a busy day counts no more than three and what overlaps once.

    A count may move by one where it ranks such shares.
    """
    for person in people_asked(sample_network, name):
        one, two = headline(sample_network, name, person), headline(doubled, name, person)
        assert re.sub(r"\d+", "#", one) == re.sub(r"\d+", "#", two), (one, two)
        for (before, unit), (after, _) in zip(NUMBER.findall(one), NUMBER.findall(two), strict=True):
            assert abs(int(before) - int(after)) <= (5 if unit else 1), (one, two)


def people_asked(one: peerlens.Network, name: str) -> list[str]:
    """Choose the chief, and some of those the lens has most to say about."""
    frame = LENSES[name].measured(one.ties)
    full = frame.assign(known=frame.notna().sum(axis=1)).sort_values(["known", "person_id"], ascending=[False, True])
    return ["p001", *full["person_id"].iloc[np.linspace(0, len(full) - 1, ASKED).astype(int)]]


def headline(one: peerlens.Network, name: str, person: str) -> str:
    with contextlib.suppress(peerlens.NotEnoughData):
        return LENSES[name].read(one.ties, person).headline
    return "nothing to say"
