"""What several test folders share: the sample firm, and real logs where they are at hand."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

import peerlens

# As the command line does: looking for cycles among many small expression objects all the time costs a sixth of a run.
gc.set_threshold(200_000, 50, 50)

DATA = Path(__file__).parents[1].parent / "shared" / "data"
"""real logs lie beside the repository, never in it"""


@pytest.fixture(scope="session")
def sample_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The made-up firm of the README, written as CSV."""
    folder = tmp_path_factory.mktemp("sample")
    peerlens.make_firm(people=120, weeks=52, seed=7).write(folder)
    return folder


@pytest.fixture(scope="session")
def sample_network(sample_folder: Path) -> peerlens.Network:
    """The network of the made-up firm; ties are measured once for all tests."""
    return peerlens.Network(peerlens.read(sample_folder))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real logs."""
    if not DATA.is_dir():
        pytest.skip(f"real logs are not here: no folder {DATA}")
    return DATA


@pytest.fixture(scope="session")
def manufacturing(shared_data: Path) -> peerlens.Network:
    """Real mail of one manufacturing company, with its reporting lines."""
    return peerlens.Network(peerlens.read(shared_data / "manufacturing_email", cache=False))
