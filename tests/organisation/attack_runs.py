"""Runs whose pages an attacker holds: many groupings of the same days, and many stretches of days of the same grouping."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pandas as pd

import peerlens
from peerlens.errors import NotEnoughData
from peerlens.organisation import Organisation, make_map, make_organisation
from peerlens.organisation.view import chart_rows
from peerlens.ties import Ties
from peerlens.ties.events import day_number
from tests.organisation.attack import Attacker
from tests.organisation.attack_pages import hold_change, hold_map, hold_page

EARLIER = date(2026, 3, 1)
LOOKS: tuple[tuple[tuple[str, ...], date | None, int | None], ...] = (
    (("department",), None, None),
    (("level",), None, None),
    (("country",), None, None),
    (("department", "country"), None, None),
    (("department",), EARLIER, None),
    (("department",), None, 8),
    (("department", "level"), None, None),
)
SPRING, SUMMER = (date(2026, 4, 27), date(2026, 6, 21)), (date(2026, 6, 22), date(2026, 8, 16))
PERIODS = (
    (SPRING, SUMMER),
    (SPRING, (SUMMER[0], date(2026, 8, 23))),  # a week more
    ((SPRING[0], date(2026, 6, 14)), SUMMER),  # a week less
    ((date(2026, 3, 30), SPRING[1]), SUMMER),  # four weeks more
    ((date(2026, 3, 30), date(2026, 4, 26)), SUMMER),
)
PURPOSE = "Try to attack it"


def chart_of(ties: Ties, by: tuple[str, ...], on: date) -> pd.Series:
    rows, day = chart_rows(ties, by), day_number(on)
    return (
        rows[(rows["from_day"] <= day) & (rows["to_day"] >= day)]
        .drop_duplicates("person_no")
        .set_index("person_no")["group"]
    )


def quick(ties: Ties) -> Ties:
    """Return the same ties with few resamples, for attackers who do not use the intervals they give."""
    settings = replace(ties.settings, organisation=replace(ties.settings.organisation, resamples=5))
    return replace(ties, settings=settings)


def newcomer(ties: Ties) -> Attacker:
    """Return an attacker who holds nothing yet."""
    rows = ties.pair_days.filter(ties.pair_days.is_close).select("a_no", "b_no", day="day_no")
    return Attacker(ties.engine.frame(rows.order_by(["a_no", "b_no", "day"])))


def with_all_groupings(
    ties: Ties, records: peerlens.Records, folder: Path, looks: tuple = LOOKS
) -> tuple[Attacker, list[Organisation]]:
    """Return an attacker with the pages of every look, all made with one ledger."""
    attacker, pages = newcomer(ties), []
    for by, on, k in looks:
        try:
            made = make_organisation(ties, records, by=by, purpose=PURPOSE, members_on=on, k=k, ledger_dir=folder)
        except NotEnoughData:
            continue
        hold_page(attacker, f"{'+'.join(by)} {on} {k}", made, chart_of(ties, by, on or ties.as_of))
        pages.append(made)
    attacker.prepare()
    return attacker, pages


def with_all_days(
    ties: Ties, records: peerlens.Records, folder: Path, *, has_map: bool = True, periods: tuple = PERIODS
) -> Attacker:
    """Return an attacker with pages of two days, a map, and every comparison that is not refused."""
    attacker, by = newcomer(ties), ("department",)
    page = make_organisation(ties, records, by=by, purpose=PURPOSE, ledger_dir=folder)
    hold_page(attacker, "today", page, chart_of(ties, by, ties.as_of), has_load=False)
    if has_map:
        hold_map(attacker, "map", make_map(ties, records, ledger_dir=folder), chart_of(ties, by, ties.as_of))
    before = replace(ties, as_of=ties.as_of - timedelta(7))
    earlier = make_organisation(before, records, by=by, purpose=PURPOSE, members_on=ties.as_of, ledger_dir=folder)
    chart = chart_of(ties, by, ties.as_of)
    hold_page(attacker, "a week before", earlier, chart, has_live=False, has_load=False)
    for at, (one, two) in enumerate(periods):
        try:
            found = page.compare(one, two)
        except NotEnoughData:
            continue
        hold_change(attacker, f"change {at}", found, chart_of(ties, by, one[1]))
    attacker.prepare()
    return attacker
