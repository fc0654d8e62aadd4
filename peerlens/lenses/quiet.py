"""Lists beside the flags: ties to reconnect, ties to pick up after a long time away, and the contact days of one tie."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import ibis
import pandas as pd

from peerlens.ties.events import EPOCH, as_dates
from peerlens.ties.pair_sums import YEAR_DAYS
from peerlens.ties.together import rows_of
from peerlens.words import day as say_day

if TYPE_CHECKING:
    from peerlens.ties import Ties

_WELCOME = 10


def dormant(ties: Ties, person_id: str) -> pd.DataFrame:
    """List dormant peer ties, by the largest share they had in any quarter.

    Returns
    -------
    pandas.DataFrame
        ``other_id, other, other_department, silence`` (working days), ``contact_days_52w, last_close_on, best_share``.
    """
    rows = rows_of(ties, person_id)
    rows = rows[rows[["is_dormant", "is_peer", "is_open", "person_is_open"]].eq(True).all(axis=1)]
    frame = rows.sort_values(["best_share", "silence", "other_id"], ascending=[False, True, True], ignore_index=True)
    return _listed(ties, frame, ["silence", "contact_days_52w", "last_close_day", "best_share"])


def welcome_back(ties: Ties, person_id: str) -> pd.DataFrame:
    """List the strongest peer ties of the 26 weeks before a long time away that ended in the last weeks.

    Returns
    -------
    pandas.DataFrame
        ``other_id, other, other_department, credit`` (messages to one person, in those 26 weeks).
    """
    row = ties.person(person_id)
    columns = ["other_id", "other", "other_department", "credit"]
    if not row["back_after_long_away"]:
        return pd.DataFrame(columns=columns)
    number = int(row["person_no"])
    spells = ties.clock.spells_away()
    long = spells["weekdays"] >= ties.settings.fairness.long_away_days
    mine = spells[(spells["person_no"] == number) & (spells["to_day"] < ties.as_of_day) & long]
    start = int(mine.sort_values("to_day")["from_day"].iloc[-1])
    days = ties.pair_days
    days = days.filter(
        ((days.a_no == number) | (days.b_no == number))
        & (days.day_no < start)
        & (days.day_no >= start - 7 * ties.settings.ties.window_weeks)
    )
    days = days.select("credit_units", other_no=(days.a_no == number).ifelse(days.b_no, days.a_no))
    sums = days.group_by("other_no").agg(units=days.credit_units.sum().cast("int64"))
    sides = ties.sides.filter((ties.sides.person_no == number) & ties.sides.is_peer)
    rows = sums.join(sides.select("other_no", "other_id", "other_department"), "other_no")
    frame = ties.engine.frame(rows.order_by([ibis.desc("units"), "other_id"]).limit(_WELCOME))
    return _listed(ties, frame.assign(credit=(frame["units"] / 1e9).round(2)), ["credit"])


def contact_days_of(ties: Ties, person_id: str, other_id: str) -> tuple[pd.DataFrame, str, str, date | None]:
    """Return the contact days of one tie in 52 weeks, with the title and subtitle that say what they show.

    Returns
    -------
    days
        ``day`` and ``close`` (close contact, or only in larger company).
    title, subtitle
        What the strip shows.
    silent_from
        First day of the silence, or None.
    """
    persons = ties.persons.set_index("person_id")
    low, high = sorted((int(persons.at[person_id, "person_no"]), int(persons.at[other_id, "person_no"])))
    rows = ties.pair_days.filter(
        (ties.pair_days.a_no == low)
        & (ties.pair_days.b_no == high)
        & (ties.pair_days.day_no > ties.as_of_day - YEAR_DAYS)
    )
    frame = ties.engine.frame(rows.select("day_no", "is_close").order_by("day_no"))
    days = pd.DataFrame(
        {
            "day": as_dates(frame["day_no"]),
            "close": frame["is_close"],
        }
    )
    label = persons.at[other_id, "name"]
    label = other_id if pd.isna(label) else label
    sides = ties.sides
    tie = ties.engine.frame(sides.filter((sides.person_id == person_id) & (sides.other_id == other_id)))
    if tie.empty or pd.isna(tie["last_close_day"].iloc[0]):
        return days, f"No close contact with {label} in this data", f"52 weeks up to {say_day(ties.as_of)}", None
    one = tie.iloc[0]
    rhythm = (
        "no rhythm yet"
        if pd.isna(one["rhythm"])
        else f"usual rhythm: one contact day in {one['rhythm']:.1f} working days"
    )
    title = f"The tie with {label}: {int(one['silence'])} working days since the last close contact"
    subtitle = f"{int(one['contact_days_52w'])} contact days in 52 weeks up to {say_day(ties.as_of)}; {rhythm}"
    silent_from = EPOCH + timedelta(days=int(one["last_close_day"]) + 1)
    return days, title, subtitle, silent_from if silent_from <= ties.as_of else None


def _listed(ties: Ties, frame: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    names = ties.persons.set_index("person_id")["name"]
    listed = frame.assign(other=frame["other_id"].map(names).fillna(frame["other_id"]))
    if "last_close_day" in columns:
        listed["last_close_on"] = as_dates(listed["last_close_day"])
        columns = ["last_close_on" if name == "last_close_day" else name for name in columns]
    return listed[["other_id", "other", "other_department", *columns]]
