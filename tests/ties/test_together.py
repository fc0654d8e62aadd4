"""Rows fetched for several people at once are those each would have got alone."""

from __future__ import annotations

import dataclasses

import pandas as pd

import peerlens
from peerlens.lenses.neglect.flags import fetch_flags, find_flags
from peerlens.ties.together import days_of, fetch_days, fetch_rows


def test_together_as_alone(sample_network: peerlens.Network) -> None:
    people = ["p003", "p042", "p017", "p118"]
    alone, together = dataclasses.replace(sample_network.ties), dataclasses.replace(sample_network.ties)
    fetch_rows(together, people)
    fetch_days(together, people)
    fetch_flags(together, people)
    for person in people:
        pd.testing.assert_frame_equal(alone.of(person), together.of(person))
        pd.testing.assert_frame_equal(days_of(alone, person), days_of(together, person))
        one, many = find_flags(alone, person_id=person), find_flags(together, person_id=person)
        pd.testing.assert_frame_equal(one.table, many.table)
        assert one.looked_at == many.looked_at


def test_days_add_up_to_the_ties(sample_network: peerlens.Network) -> None:
    ties = dataclasses.replace(sample_network.ties)
    days, rows = days_of(ties, "p003"), ties.of("p003").set_index("other_id")
    recent = days[days["is_close"] & (days["day_no"] > ties.as_of_day - 7 * ties.settings.ties.window_weeks)]
    counts = recent.groupby("other_id").size()
    counted = rows.loc[rows["contact_days_w"] > 0, "contact_days_w"].astype("int64")
    pd.testing.assert_series_equal(counts.sort_index(), counted.sort_index(), check_names=False)


def test_whoever_changes_what_they_got_changes_nothing_kept(sample_network: peerlens.Network) -> None:
    ties = dataclasses.replace(sample_network.ties)
    before, changed = ties.of("p003"), ties.of("p003")
    changed["strength"] = 0.0
    pd.testing.assert_frame_equal(ties.of("p003"), before)
