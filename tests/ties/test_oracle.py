"""The package against a second computation that shares no code with it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

import peerlens
from peerlens.lenses.neglect import RULES
from tests.ties.oracle import Flags, Oracle

KINDS = ["fading", "one_sided", "only_in_crowds", "thin_bridge", "blind_spot"]


@pytest.fixture(scope="module", params=["made-up firm", "manufacturing"])
def both(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Oracle, peerlens.Network]:
    """A folder as the oracle sees it and as the package does."""
    if request.param == "manufacturing":
        network = request.getfixturevalue("manufacturing")
        folder = request.getfixturevalue("shared_data") / "manufacturing_email"
    else:
        folder = tmp_path_factory.mktemp("firm")
        peerlens.make_firm(people=50, weeks=30, seed=3).write(folder)
        network = peerlens.Network(peerlens.read(folder, cache=False))
    return Oracle(Path(folder)), network


@pytest.fixture(scope="module")
def table(both: tuple[Oracle, peerlens.Network]) -> pd.DataFrame:
    """What the oracle says of every pair, in the columns of ``ties.to_pandas()``."""
    rows = []
    for (a, b), tie in both[0].ties.items():
        rows.append(
            {
                "person_a_id": a,
                "person_b_id": b,
                "strength": tie.strength,
                "silence": tie.silence,
                "rhythm": tie.rhythm,
                "longest_pause": tie.longest_pause,
                "contact_days_52w": len(tie.close_year),
                "contact_weeks_52w": tie.weeks,
                "contact_days_w": tie.close_w,
                "started_by_a": tie.started[a],
                "started_by_b": tie.started[b],
                "decided_by_a": tie.asked[b],
                "unanswered_by_a": tie.unanswered[b],
                "decided_by_b": tie.asked[a],
                "unanswered_by_b": tie.unanswered[a],
                "meetings_w": tie.meetings_w,
                "meeting_days_w": tie.meeting_days_w,
                "smallest_meeting_w": tie.smallest_meeting_w,
                "smallest_message_w": tie.smallest_message_w,
                "is_live": tie.is_live,
                "is_dormant": tie.is_dormant,
            }
        )
    return pd.DataFrame(rows).sort_values(["person_a_id", "person_b_id"], ignore_index=True)


def test_as_of_and_quiet_days(both: tuple[Oracle, peerlens.Network]) -> None:
    oracle, network = both
    assert network.as_of == oracle.as_of
    first = pd.Timestamp("1970-01-01")
    assert {(first + pd.Timedelta(days=day)).date() for day in network.ties.clock.quiet_days} == oracle.quiet_days


def test_every_pair_is_there(both: tuple[Oracle, peerlens.Network], table: pd.DataFrame) -> None:
    """A tie exists where there was credit, and nowhere else."""
    found = both[1].ties.to_pandas()
    keys = ["person_a_id", "person_b_id"]
    assert len(table) > 300
    assert set(map(tuple, found[keys].to_numpy())) == set(map(tuple, table[keys].to_numpy()))


@pytest.mark.parametrize("column", [
    "strength", "silence", "rhythm", "longest_pause", "contact_days_52w", "contact_weeks_52w", "contact_days_w",
    "started_by_a", "started_by_b", "decided_by_a", "decided_by_b", "unanswered_by_a", "unanswered_by_b", "meetings_w",
    "meeting_days_w", "smallest_meeting_w", "smallest_message_w", "is_live", "is_dormant",
])  # fmt: skip
def test_number_of_every_tie(both: tuple[Oracle, peerlens.Network], table: pd.DataFrame, column: str) -> None:
    """Every pair has the number that the definitions give."""
    keys = ["person_a_id", "person_b_id"]
    found = both[1].ties.to_pandas().set_index(keys)[column].astype("float64")
    expected = table.set_index(keys)[column].astype("float64").reindex(found.index)
    assert expected.nunique() > 1 or (both[0].meetings == []) == ("meeting" in column) or column == "is_dormant"
    wrong = ~((found - expected).abs() <= 1e-6) & ~(found.isna() & expected.isna())
    shown = pd.DataFrame({"package": found, "oracle": expected})[wrong]
    assert shown.empty, f"{len(shown)} of {len(found)} pairs differ:\n{shown.head(8)}"


@pytest.mark.parametrize("kind", KINDS)
def test_flags_of_everyone(both: tuple[Oracle, peerlens.Network], kind: str) -> None:
    """The rules find what the definitions say, before verdicts, finished work and the many looks take anything back."""
    oracle, network = both
    ties = network.ties
    ties = replace(ties, sides=ties.sides.mutate(silence_chance=0.0, silence_chance_limit=1.0))
    rows = ties.engine.frame(RULES[kind]().find(ties).order_by(["person_id", "other_id", "other_department"]))
    other = "other_department" if kind == "blind_spot" else "other_id"
    found = set(map(tuple, rows[["person_id", other]].to_numpy()))
    expected = getattr(Flags(oracle), kind)()
    assert found == expected, (
        f"only the package: {sorted(found - expected)[:6]}; only the oracle: {sorted(expected - found)[:6]}"
    )
