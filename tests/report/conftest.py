"""A small made-up firm, read and measured once for all tests of reports."""

from __future__ import annotations

import pytest

from peerlens.lenses import LENSES
from peerlens.records import Account, read
from peerlens.report import make_outline, render
from peerlens.report.outline import Outline
from peerlens.sample import make_firm
from peerlens.ties import Ties, make_contact_days, make_events, make_ties


@pytest.fixture(scope="session")
def firm(tmp_path_factory: pytest.TempPathFactory) -> tuple[Ties, Account]:
    folder = tmp_path_factory.mktemp("firm")
    make_firm(people=60, seed=7).write(folder)
    records = read(folder)
    assert records.as_of is not None
    events = make_events(records)
    days = make_contact_days(events, records.settings.ties, records.engine)
    return make_ties(records, events, days, as_of=records.as_of, settings=records.settings), records.account


@pytest.fixture(scope="session")
def people(firm: tuple[Ties, Account]) -> dict[str, str]:
    """Somebody with a flag (of fading, if there is one), somebody visible without any, and somebody who gets none."""
    counts = LENSES["neglected_peers"].measure(firm[0])
    unflagged, held = counts["flag_count"] == 0, counts["flag_count"].isna()
    flagged = counts[counts["flag_count"] > 0].sort_values(["fading", "person_id"], ascending=[False, True])
    return {
        "flagged": flagged["person_id"].iloc[0],
        "unflagged": counts.loc[unflagged, "person_id"].iloc[0],
        "held": counts.loc[held, "person_id"].iloc[0],
    }


@pytest.fixture(scope="session")
def outline(firm: tuple[Ties, Account], people: dict[str, str]) -> Outline:
    return make_outline(*firm, people["flagged"])


@pytest.fixture(scope="session")
def page(outline: Outline) -> str:
    return render(outline)
