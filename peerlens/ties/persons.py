"""Persons: one row for everybody, with place, milestones and activity, and whether flags may be raised for and about them."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import ibis
import numpy as np
import pandas as pd

from peerlens.records.cells import among, places_of
from peerlens.ties.events import as_dates
from peerlens.ties.place import Places, milestones

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from peerlens.engine import Engine
    from peerlens.records import Records
    from peerlens.settings import FairnessSettings, Settings
    from peerlens.ties.clock import Clock
    from peerlens.ties.events import Events


def make_persons(
    records: Records, events: Events, places: Places, activity: pd.DataFrame, *, as_of: date, settings: Settings
) -> pd.DataFrame:
    """Join what is known of each person: place, accounts, milestones, activity."""
    persons = events.ids.merge(places.people, on="person_id", how="left")
    persons = persons.merge(activity, on="person_no", how="left")
    persons["is_in_people"] = among(persons["person_id"], records.people["person_id"])
    first_seen = pd.Series(as_dates(persons["first_seen_day"]).to_numpy(), index=persons["person_id"])
    since = milestones(records.people, first_seen, as_of=as_of, settings=settings.fairness)
    persons = persons.merge(since, on="person_id", how="left")

    latest = _latest_rows(records.people, as_of)
    at = places_of(persons["person_id"], latest["person_id"])
    for column in ("country", "works_on", "joined_on", "left_on", "name", "email"):
        known = pd.Series(latest[column].array.take(at, allow_fill=True), index=persons.index)
        persons[column] = persons[column].fillna(known) if column in persons else known
    persons["from_day"] = _days(persons.pop("joined_on"))
    persons["to_day"] = _days(persons.pop("left_on"))

    accounts = records.accounts.set_index("account_id")["kind"]
    kind = persons["person_id"].map(accounts)
    persons["is_role_account"] = kind.notna() & (kind != "person")
    for column in ("has_reports", "is_stray_root", "has_left", "has_moved", "has_joined_on"):
        persons[column] = persons[column].astype("boolean").fillna(False).astype(bool)
    is_external = _is_external(persons)
    return persons.assign(
        is_external=is_external,
        may_be_peer=persons["is_in_people"] & ~persons["is_stray_root"] & ~persons["is_role_account"],
    )


def contact_summary(pair_days: ir.Table, engine: Engine) -> pd.DataFrame:
    """Return ``person_no, first_seen_day, pair_days``: who had contact, when first, and on how many days of pairs."""
    touched = ibis.union(*(pair_days.select(person_no=column, day_no="day_no") for column in ("a_no", "b_no")))
    summary = touched.group_by("person_no").agg(first_seen_day=touched.day_no.min(), pair_days=touched.count())
    return engine.frame(summary.order_by("person_no"))


def activity_summary(activity: ir.Table, engine: Engine, *, as_of_day: int, window_days: int) -> pd.DataFrame:
    """Return per person the first active day, and on how many days in the window they were active."""
    summary = activity.group_by("person_no").agg(
        first_active_day=activity.day_no.min(),
        active_days_w=activity.count(where=activity.day_no > as_of_day - window_days),
    )
    return engine.frame(summary.order_by("person_no"))


def _latest_rows(people: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Return each person's last row that had begun by ``as_of``; for those who come later, their first."""
    begun = people["valid_from_on"].isna() | (people["valid_from_on"] <= pd.Timestamp(as_of))
    known = people[begun].drop_duplicates("person_id", keep="last")
    if begun.all():
        return known
    later = people[~among(people["person_id"], known["person_id"])].drop_duplicates("person_id", keep="first")
    return pd.concat([known, later])


def _days(dates: pd.Series) -> pd.Series:
    stamps = pd.to_datetime(dates)
    return (stamps - pd.Timestamp(0)).dt.days.astype("Float64")


def _is_external(persons: pd.DataFrame) -> pd.Series:
    """Tell addresses outside the people's own domains; without any known domain nobody is external."""
    addresses = pd.concat([persons.loc[persons["is_in_people"], name] for name in ("person_id", "email")])
    own = set(_domains(addresses).dropna())
    domain = _domains(persons["person_id"]).reindex(persons.index)
    return (~persons["is_in_people"] & domain.notna() & ~domain.isin(own)) if own else pd.Series(False, persons.index)


def _domains(addresses: pd.Series) -> pd.Series:
    """Return what stands behind the ``@`` of addresses, in small letters; most ids of a firm have none."""
    some = addresses[addresses.str.contains("@", regex=False, na=False)]
    return some.str.extract(r"@(.+)$")[0].str.lower()


def numbered_absences(absences: pd.DataFrame, events: Events, as_of_day: int) -> pd.DataFrame:
    """Turn absences into day numbers; those that begin after ``as_of`` are not known yet."""
    rows = absences.merge(events.ids, on="person_id")
    frame = pd.DataFrame(
        {
            "person_no": rows["person_no"].astype("int32"),
            "from_day": _days(rows["from_on"]).astype("int64"),
            "to_day": _days(rows["to_on"]).astype("int64"),
        }
    )
    return frame[frame["from_day"] <= as_of_day]


def with_fairness(
    persons: pd.DataFrame, clock: Clock, as_of_day: int, settings: Settings, *, owner_no: int | None = None
) -> pd.DataFrame:
    """Decide for whom and about whom flags may be raised, and on what ground they may not.

    ``is_open`` is one answer for all grounds; the grounds themselves (``back_after_long_away``, ``is_away``) are for the person's
    own pages only. In one person's own export (``owner_no``) only that person's coverage can be known: others have none, and
    are not held back for it.
    """
    fairness: FairnessSettings = settings.fairness
    window = 7 * settings.ties.window_weeks
    since = _days(persons["there_since_on"]).astype("float64")
    days = np.arange(clock.first_day, clock.last_day + 1)
    # Nothing before the window counts, and most days of the clock lie before it.
    start = since.fillna(as_of_day + 1.0).clip(lower=as_of_day - window + 1).to_numpy()[:, None]
    at_work = (clock.at_work[:, -window:] & (days[-window:] >= start)).sum(axis=1)
    coverage = persons["active_days_w"].fillna(0).to_numpy() / np.maximum(at_work, 1)

    away = clock.away
    now = away[(away["from_day"] <= as_of_day) & (away["to_day"] >= as_of_day)]
    is_away = persons["person_no"].isin(now["person_no"])
    spells = clock.spells_away()
    recent = spells[(spells["to_day"] < as_of_day) & (spells["to_day"] >= as_of_day - fairness.grace_days)]
    back = persons["person_no"].isin(recent.loc[recent["weekdays"] >= fairness.long_away_days, "person_no"])

    # Without a joining date the first day in the log stands in, unless the log itself had only just begun.
    has_start = persons["has_joined_on"] | (since > persons["first_seen_day"].min() + fairness.joined_days)
    is_new = has_start & (since > as_of_day - fairness.joined_days)
    is_covered = (coverage >= fairness.min_coverage) & (at_work > 0)
    if owner_no is not None:
        is_other = (persons["person_no"] != owner_no).to_numpy()
        coverage = np.where(is_other, np.nan, coverage)
        is_covered |= is_other
    held = persons["has_left"] | persons["has_moved"] | is_new | is_away | back | ~is_covered
    return persons.assign(
        there_days=(as_of_day - since + 1),
        coverage=coverage,
        is_covered=is_covered,
        is_new=is_new,
        is_away=is_away,
        back_after_long_away=back,
        is_open=~held & ~persons["is_role_account"],
    )
