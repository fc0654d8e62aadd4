"""Every lens has the same shape, whoever wrote it: reports and notebooks iterate over LENSES and name none."""

from __future__ import annotations

import contextlib
import re

import matplotlib as mpl
import pandas as pd
import pytest
from matplotlib.axes import Axes

import peerlens
from peerlens.lenses import LENSES, Finding

mpl.use("Agg")
PEOPLE = ("p042", "p001", "p061")
"""a member, the chief, and somebody who has just joined: not every lens applies to everybody"""
LENS = pytest.mark.parametrize("name", LENSES)


def answer(network: peerlens.Network, name: str) -> Finding:
    """Return what the lens says to the first of these people it has something to say to."""
    for person in PEOPLE:
        with contextlib.suppress(peerlens.NotEnoughData):
            return network.person(person).finding(name)
    led = LENSES[name].measured(network.ties)
    led = led[
        led.select_dtypes("number").notna().all(axis=1) | (led.get("has_changed", pd.Series(index=led.index)).notna())
    ]
    return network.person(led["person_id"].iloc[0]).finding(name)


def test_names_and_questions_are_their_own() -> None:
    assert (
        len({lens.name for lens in LENSES.values()}) == len({lens.question for lens in LENSES.values()}) == len(LENSES)
    )


@LENS
def test_declaration(name: str) -> None:
    lens = LENSES[name]
    assert lens.name == name
    assert lens.question.endswith("?")
    assert lens.group in ("people", "process", "purpose")


@LENS
def test_measure_is_one_row_a_person(sample_network: peerlens.Network, name: str) -> None:
    frame = LENSES[name].measure(sample_network.ties)
    assert frame.columns[0] == "person_id"
    assert frame["person_id"].is_unique
    assert set(sample_network.people["person_id"]) - set(frame["person_id"]) <= set(
        sample_network.ties.persons.loc[sample_network.ties.persons["active_days_w"].isna(), "person_id"]
    )
    assert frame.select_dtypes("number").shape[1] >= 2


@LENS
def test_headline_rests_on_the_evidence(sample_network: peerlens.Network, name: str) -> None:
    """Every number of the headline is in the table (as it is, summed over a period, or counted) or in a caveat."""
    finding = answer(sample_network, name)
    assert isinstance(finding, Finding)
    table = finding.table
    known = {str(len(table)), *re.findall(r"\d+", " ".join(finding.caveats))}
    known |= {str(table[column].nunique()) for column in table}
    known |= {str(count) for column in table.select_dtypes(exclude="number") for count in table[column].value_counts()}
    for column in table.select_dtypes("bool"):
        known |= {str(table.loc[table[column], other].nunique()) for other in table}
    numbers = table.select_dtypes("number")
    values = [*numbers.to_numpy().ravel()]
    if "period" in table:
        level = table[table["direction"].str.startswith("sideways")]
        values += level.groupby("period")["share"].sum().tolist()
    for value in values:
        if not pd.isna(value):
            known |= {f"{value:.0f}", f"{value:.0%}".rstrip("%")}
    known |= {"0"} if "sideways" in name else set()
    stated = re.findall(r"\d+", finding.headline)
    assert set(stated) <= known, (finding.headline, sorted(known))
    assert finding.suggestion.endswith((".", "”"))
    assert finding.caveats


@LENS
def test_draw_returns_axes(sample_network: peerlens.Network, name: str) -> None:
    axes = answer(sample_network, name).draw()
    assert isinstance(axes, Axes)
    assert len(axes.get_children()) > 10


@LENS
def test_what_is_lacking_is_named(name: str) -> None:
    """With three bare columns of messages a lens that needs more says which column or file; it never guesses."""
    messages = pd.DataFrame({"sent_at": ["2026-03-02T09:00:00Z"], "sender_id": ["ann"], "recipient_id": ["bob"]})
    network = peerlens.Network(peerlens.read(messages=messages))
    lacks = LENSES[name].lacks(network.ties)
    needs = [need.partition(".") for need in LENSES[name].needs if need != "messages"]
    assert lacks == tuple(f"column {column} in {table}.csv" if column else f"{table}.csv" for table, _, column in needs)
    if lacks:
        with pytest.raises(peerlens.NotEnoughData, match=re.escape(lacks[0])):
            network.person("ann").finding(name)
