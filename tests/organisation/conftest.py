"""One look at the sample firm, shared by the tests of this folder."""

from __future__ import annotations

import pytest

import peerlens
from peerlens.organisation import Organisation

PURPOSE = "Show the made-up firm in a test"


@pytest.fixture(scope="session")
def organisation(sample_network: peerlens.Network, tmp_path_factory: pytest.TempPathFactory) -> Organisation:
    """The departments of the made-up firm, with a ledger of their own."""
    folder = tmp_path_factory.mktemp("ledger") / "of_departments"
    return sample_network.organisation("department", purpose=PURPOSE, ledger_dir=folder)
