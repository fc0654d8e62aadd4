"""The bundled firm is what the generator makes, byte for byte."""

from __future__ import annotations

from pathlib import Path

import pytest

import peerlens

BUNDLED = Path(__file__).parents[2] / "sample_data"


@pytest.mark.parametrize("name", sorted(path.name for path in BUNDLED.glob("[!.]*")))
def test_sample_data_is_what_seed_seven_makes(name: str, made: Path) -> None:
    assert (BUNDLED / name).read_bytes() == (made / name).read_bytes()


def test_nothing_is_missing_and_the_whole_is_small(made: Path) -> None:
    files = {path.name for path in BUNDLED.glob("[!.]*")}  # what peerlens keeps beside data is no part of it
    assert files == {path.name for path in made.iterdir()}
    assert sum(path.stat().st_size for path in BUNDLED.glob("[!.]*")) < 4_000_000


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The firm of seed 7, made anew."""
    folder = tmp_path_factory.mktemp("seed7")
    peerlens.make_firm(seed=7).write(folder)
    return folder
