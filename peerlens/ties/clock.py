"""Working days: calendars, quiet days of the organisation, days away, and the clock that two people share.

The clock of a pair ticks on days on which both were at work. Each person's working days are kept as bits in a few words,
so that the days two people shared are counted by AND-ing and counting bits: exact, and for every pair at once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from peerlens.ties.absence import infer_away

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from peerlens.engine import Engine
    from peerlens.settings import TieSettings

SPAN_DAYS = 62
"""the clock reaches back in steps of so many days"""
MAX_SPANS = 12
"""the clock remembers at most 12 x 62 = 744 days, two years and two weeks"""
WORD_BITS = 64
ALL_BITS = np.uint64(2**WORD_BITS - 1)
LAST_BIT = np.uint64(WORD_BITS - 1)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True)
class Clock:
    """Working days of everybody up to a day.

    Parameters
    ----------
    first_day, last_day
        Day numbers the clock covers, both included; ``last_day`` is ``as_of``.
    at_work
        Boolean array, people x days, in the order of ``person_no``.
    away
        ``person_no, from_day, to_day``: absences given or inferred. Stays in memory.
    quiet_days
        Day numbers on which the organisation as a whole was quiet.
    """

    first_day: int
    last_day: int
    at_work: np.ndarray
    away: pd.DataFrame
    quiet_days: tuple[int, ...]

    def spells_away(self) -> pd.DataFrame:
        """Join days away that only a weekend or nothing at all lies between.

        Returns
        -------
        pandas.DataFrame
            ``person_no, from_day, to_day, weekdays`` (days from Monday to Friday in the spell).
        """
        rows = self.away.sort_values(["person_no", "from_day", "to_day"], ignore_index=True)
        reach = rows.groupby("person_no")["to_day"].cummax()
        before = reach.groupby(rows["person_no"]).shift()
        begins = before.isna() | (weekdays_between(before.fillna(0) + 1, rows["from_day"]) > 0)
        spells = rows.groupby([rows["person_no"], begins.cumsum().rename("spell")], as_index=False).agg(
            from_day=("from_day", "min"), to_day=("to_day", "max")
        )
        return spells.assign(weekdays=weekdays_between(spells["from_day"], spells["to_day"] + 1))

    @cached_property
    def ticks(self) -> Ticks:
        """Working days of everybody, to be counted: a row per ``person_no``."""
        people, days = self.at_work.shape
        length = -(-days // WORD_BITS)
        packed = np.zeros((people, length * WORD_BITS // 8), dtype="uint8")
        packed[:, : -(-days // 8)] = np.packbits(self.at_work, axis=1, bitorder="little")
        return Ticks(self.first_day, self.last_day, packed.view("<u8"))


@dataclass(frozen=True)
class Ticks:
    """Days that count, a bit each, and how many of them lie up to a day.

    Parameters
    ----------
    first_day, last_day
        Day numbers of the first bit and of the last that may be set.
    words
        Array of rows x words; the days of a row, the first in the lowest bit of the first word.
    """

    first_day: int
    last_day: int
    words: np.ndarray

    @cached_property
    def before(self) -> np.ndarray:
        """Number of days that count before each word."""
        ones = np.bitwise_count(self.words).astype("int32")
        return np.cumsum(ones, axis=1, dtype="int32") - ones

    def shared(self, a_no: np.ndarray, b_no: np.ndarray) -> Ticks:
        """Return the days that count for both of each pair of rows."""
        return Ticks(self.first_day, self.last_day, self.words[a_no] & self.words[b_no])

    def upto(self, row: np.ndarray, day: np.ndarray) -> np.ndarray:
        """Count the days of rows up to a day each, that day included.

        Examples
        --------
        >>> ticks = Ticks(first_day=100, last_day=163, words=np.array([[0b1011]], dtype="uint64"))
        >>> ticks.upto(np.array([0, 0, 0]), np.array([99, 101, 163])).tolist()
        [0, 2, 3]
        """
        at = np.minimum(day, self.last_day) - self.first_day
        is_inside = at >= 0
        place, bit = self._place(row, at)
        inside = self.words.ravel().take(place)
        inside &= ALL_BITS >> (LAST_BIT - bit)
        return (self.before.ravel().take(place) + np.bitwise_count(inside)) * is_inside

    def at(self, row: np.ndarray, day: np.ndarray) -> np.ndarray:
        """Return 1 where the day of a row counts, else 0."""
        at = day - self.first_day
        is_inside = (at >= 0) & (day <= self.last_day)
        place, bit = self._place(row, at * is_inside)
        return (self.words.ravel().take(place) >> bit & np.uint64(1)).astype("int64") * is_inside

    def _place(self, row: np.ndarray, at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        at = np.maximum(at, 0)
        return row.astype("int64", copy=False) * self.words.shape[1] + (at >> 6), (at & 63).astype("uint64")


def make_clock(
    people: pd.DataFrame,
    absences: pd.DataFrame,
    activity: ir.Table,
    per_day: pd.DataFrame,
    *,
    as_of_day: int,
    settings: TieSettings,
    engine: Engine,
) -> Clock:
    """Work out who was at work when.

    Parameters
    ----------
    people
        One row per ``person_no`` in order, with ``country, works_on`` and day numbers ``from_day, to_day`` between which
        the person is in the organisation (NaN: open).
    absences
        ``person_no, from_day, to_day``.
    activity
        Engine table ``person_no, day_no`` of days with own activity up to ``as_of``.
    per_day
        ``day_no, active``: how many were active on each of these days.
    as_of_day
        Nothing after this day is read.
    settings
        Thresholds of quiet days and inferred absence.
    engine
        Where ``activity`` lives.
    """
    log_days = as_of_day - int(per_day["day_no"].min()) + 1 if len(per_day) else 1
    spans = min(MAX_SPANS, -(-log_days // SPAN_DAYS))
    first_day = as_of_day - SPAN_DAYS * spans + 1
    days = np.arange(first_day, as_of_day + 1)
    quiet = _quiet_days(per_day, settings)

    keys = people[["works_on", "country"]].fillna("")
    patterns = keys.drop_duplicates().sort_values(["works_on", "country"]).reset_index(drop=True)
    calendars = np.stack([_calendar(row.works_on, row.country, days) for row in patterns.itertuples()])
    calendars &= ~np.isin(days, quiet)
    number = patterns.reset_index(names="calendar_no")
    calendar_no = keys.merge(number, on=["works_on", "country"], how="left")["calendar_no"].to_numpy()

    away = infer_away(activity, calendar_no, calendars, first_day=first_day, settings=settings, engine=engine)
    away = pd.concat([absences, away], ignore_index=True).astype({"person_no": "int32"})

    at_work = calendars[calendar_no]
    at_work &= ~_spans(away, len(people), days)
    starts = people["from_day"].fillna(first_day).to_numpy()[:, None]
    ends = people["to_day"].fillna(as_of_day).to_numpy()[:, None]
    at_work &= (days >= starts) & (days <= ends)
    return Clock(first_day, as_of_day, at_work, away, quiet)


def weekdays_between(first: pd.Series, end: pd.Series) -> np.ndarray:
    """Count days from Monday to Friday from ``first`` up to but without ``end``; 0 where ``end`` is earlier."""
    low = first.to_numpy("int64").astype("datetime64[D]")
    high = np.maximum(end.to_numpy("int64"), first.to_numpy("int64")).astype("datetime64[D]")
    return np.busday_count(low, high)


def parse_weekdays(text: str) -> tuple[bool, ...]:
    """Read ``works_on``: seven booleans from Monday.

    Examples
    --------
    >>> parse_weekdays("Mon-Thu")
    (True, True, True, True, False, False, False)
    >>> parse_weekdays("Mon,Wed")
    (True, False, True, False, False, False, False)
    >>> parse_weekdays("")
    (True, True, True, True, True, False, False)

    Raises
    ------
    ValueError
        A word is not a weekday.
    """
    if not text.strip():
        return (True,) * 5 + (False,) * 2
    works = [False] * 7
    for part in re.split(r"[,; /+]+", text.strip().lower()):
        ends = [WEEKDAYS.index(word[:3]) if word[:3] in WEEKDAYS else -1 for word in re.split(r"[-–]", part)]
        if not ends or min(ends) < 0 or len(ends) > 2:
            raise ValueError(f"{part!r} is not a weekday or a range such as Mon-Thu")
        day = ends[0]
        works[day] = True
        while day != ends[-1]:
            day = (day + 1) % 7
            works[day] = True
    return tuple(works)


def _calendar(works_on: str, country: str, days: np.ndarray) -> np.ndarray:
    """Mark the working days of one pattern of weekdays in one country."""
    weekday = (days + 3) % 7
    works = np.array(parse_weekdays(works_on))[weekday]
    if not country:
        return works
    import holidays

    dates = days.astype("datetime64[D]")
    years = range(dates[0].astype(object).year, dates[-1].astype(object).year + 1)
    try:
        public = holidays.country_holidays(country.upper(), years=years)
    except NotImplementedError:  # a country whose holidays are not known
        return works
    return works & ~np.isin(dates, np.array(sorted(public), dtype="datetime64[D]"))


def _quiet_days(per_day: pd.DataFrame, settings: TieSettings) -> tuple[int, ...]:
    """Find days on which fewer than half the usual number of people were active."""
    full = day_fullness(per_day, settings)
    return tuple(sorted(full.index[full < settings.quiet_share].tolist()))


def day_fullness(per_day: pd.DataFrame, settings: TieSettings) -> pd.Series:
    """Give each working day the share of the usual number of people who were active on it; empty in a small organisation.

    The usual number is the median of the same weekday, eight weeks either side, among days seen so far.
    """
    none = pd.Series(dtype="float64")
    if per_day.empty:
        return none
    first, last = int(per_day["day_no"].min()), int(per_day["day_no"].max())
    active = per_day.set_index("day_no")["active"].reindex(range(first, last + 1), fill_value=0)
    weekday = (active.index.to_numpy() + 3) % 7
    workdays = active[weekday < 5]
    if workdays.empty or workdays.median() < settings.quiet_min_active:
        return none
    span = 2 * settings.quiet_weeks_each_side + 1
    found = []
    for day in range(5):
        same = active[weekday == day]
        usual = same.rolling(span, center=True, min_periods=1).median()
        found.append((same / usual.where(usual > 0)).fillna(1.0))
    return pd.concat(found).sort_index()


def _spans(away: pd.DataFrame, people: int, days: np.ndarray) -> np.ndarray:
    """Mark the days of intervals, people x days."""
    first, last = int(days[0]), int(days[-1])
    inside = away[(away["to_day"] >= first) & (away["from_day"] <= last)]
    edges = np.zeros((people, len(days) + 1), dtype=np.int16)
    person = inside["person_no"].to_numpy(int)
    np.add.at(edges, (person, inside["from_day"].clip(lower=first).to_numpy(int) - first), 1)
    np.add.at(edges, (person, inside["to_day"].clip(upper=last).to_numpy(int) - first + 1), -1)
    return np.cumsum(edges[:, :-1], axis=1, dtype=np.int16) > 0
