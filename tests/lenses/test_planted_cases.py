"""What was planted for each lens in the made-up firm is found by that lens, and what only looks like it is not.

Twenty firms are judged by ``python -m tests.benchmarks.planted_lenses``; here it is the sample.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import peerlens
from peerlens.lenses import LENSES
from tests.benchmarks.planted_lenses import JUDGES, judged_cases


@pytest.fixture(scope="module")
def planted(sample_folder: Path) -> pd.DataFrame:
    return pd.read_csv(sample_folder / "planted.csv", dtype="str", keep_default_na=False)


@pytest.mark.parametrize("lens", JUDGES)
def test_found_and_told_from_what_looks_alike(
    sample_network: peerlens.Network, planted: pd.DataFrame, lens: str
) -> None:
    cases = judged_cases(sample_network, planted, lenses={lens})
    assert (cases["kind"] == "none").any(), "no look-alike"
    assert (cases["kind"] != "none").any(), "no case"
    assert cases[~cases["is_right"]].empty, cases[~cases["is_right"]].to_string()


def test_every_lens_has_its_cases() -> None:
    """Neglect has tests of its own; how contact is spread over directions is no case that is there or not."""
    assert set(JUDGES) == set(LENSES) - {"neglected_peers", "sideways_balance"}
