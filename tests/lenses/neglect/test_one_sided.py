"""They usually start: who begins, how surely, against what is usual, and what goes unanswered."""

from __future__ import annotations

import pytest
from scipy import stats

from peerlens.lenses.neglect.one_sided import OneSided
from tests.lenses.neglect.conftest import Find

STARTS = {
    "starts": 8, "other_started": 8, "other_share": 1.0, "usual_other_share": 0.5, "asked": 0, "asked_unanswered": 0,
    "unanswered_share": float("nan"),
}  # fmt: skip
SILENT = {
    "starts": 2, "other_started": 1, "other_share": 0.5, "usual_other_share": 0.5, "asked": 5, "asked_unanswered": 4,
    "unanswered_share": 0.8,
}  # fmt: skip


def test_who_starts(find: Find) -> None:
    """P(share > 0.7): 1 - 0.7^9 = 0.9596 for 8 of 8; 0.8040 for 7 of 8; 0.9363 for 11 of 12."""
    found = find(
        OneSided(), STARTS, eight={}, seven={"starts": 7, "other_started": 7},
        unsure={"other_started": 7, "other_share": 7 / 8}, twelve={"starts": 12, "other_started": 11, "other_share": 11 / 12},
        usual={"usual_other_share": 0.7, "starts": 12, "other_started": 11, "other_share": 0.89},
        near={"usual_other_share": 0.7, "other_share": 1.0}, service={"usual_other_share": 0.71, "other_share": 1.0},
    )  # fmt: skip
    assert set(found) == {"eight", "twelve", "near"}
    assert found["eight"]["share_certainty"] == pytest.approx(1 - 0.7**9, abs=1e-6)
    assert found["twelve"]["share_certainty"] == pytest.approx(stats.beta(12, 2).sf(0.7), abs=1e-6)
    assert found["twelve"]["severity"] == pytest.approx((11 / 12 - 0.7) / 0.3, abs=1e-4)


def test_what_goes_unanswered(find: Find) -> None:
    """Five messages of which at most one in five was answered; never in a service role."""
    found = find(
        OneSided(), SILENT, fifth={}, four={"asked": 4, "asked_unanswered": 4, "unanswered_share": 1.0},
        quarter={"asked": 8, "asked_unanswered": 6, "unanswered_share": 0.75},
        none={"asked": 6, "asked_unanswered": 6, "unanswered_share": 1.0}, service={"usual_other_share": 0.71},
    )  # fmt: skip
    assert set(found) == {"fifth", "none"}
    assert (found["fifth"]["severity"], found["none"]["severity"]) == (0.0, 1.0)


def test_own_thresholds(find: Find) -> None:
    assert set(find(OneSided(min_starts=7, certainty=0.9), STARTS, seven={"starts": 7, "other_started": 7})) == {
        "seven"
    }
    assert find(OneSided(min_messages=6), SILENT, five={}) == {}
    # Another share is another posterior: 8 of 8 says nothing of nine in ten (1 - 0.9^9 = 0.61).
    assert find(OneSided(usual_share=0.9), STARTS, eight={}) == {}


def test_the_sentence_follows_the_way_it_was_found(find: Find) -> None:
    said = {name: OneSided().because(row | {"other": "Bea"}) for name, row in (
        *find(OneSided(), STARTS, eight={}).items(), *find(OneSided(), SILENT, fifth={}).items(),
    )}  # fmt: skip
    assert "8 of 8 times" in said["eight"]
    assert "messages came to you on 5 days" in said["fifth"]
    assert "4 of them got no contact back" in said["fifth"]
