"""The days of the log: who could work when, in two countries, with absences."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import holidays
import numpy as np
import pandas as pd

LAST_DAY = date(2026, 9, 27)  # a Sunday; nothing here reads the clock
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri")
PATTERNS = ("Mon-Fri", "Mon-Thu", "Tue-Fri", "Mon-Wed")
COUNTRIES = ("DE", "PT")


@dataclass(frozen=True)
class Days:
    """The calendar of the log, days counted from 0 on its first Monday."""

    weeks: int

    @property
    def count(self) -> int:
        """Return the number of days in the log."""
        return self.weeks * 7

    @property
    def first(self) -> date:
        """Return the first Monday."""
        return LAST_DAY - timedelta(days=self.count - 1)

    def on(self, day: int) -> date:
        """Return the date of a day number (numbers before or after the log are fine)."""
        return self.first + timedelta(days=int(day))

    def week(self, number: int) -> int:
        """Return the Monday of week `number`; negative numbers count from the end."""
        return 7 * (number if number >= 0 else self.weeks + number)

    def at_52(self, number: float) -> int:
        """Return the Monday of the week that stands where week `number` stands in a year of 52."""
        return 7 * int(number * self.weeks // 52)


def open_days(days: Days, country: str) -> np.ndarray:
    """Return which days are weekdays and no public holiday of `country`."""
    years = range(days.first.year, LAST_DAY.year + 1)
    closed = set(holidays.country_holidays(country, years=years))
    dates = [days.on(day) for day in range(days.count)]
    return np.array([on.weekday() < 5 and on not in closed for on in dates])


def christmas(days: Days) -> np.ndarray:
    """Return the days on which hardly anyone works although most are no public holiday."""
    dates = [days.on(day) for day in range(days.count)]
    return np.array([(on.month, on.day) >= (12, 24) or (on.month, on.day) <= (1, 1) for on in dates])


def draw_absences(
    days: Days, *, people: int, protected: np.ndarray, fixed: list[tuple[int, int, int]], rng: np.random.Generator
) -> pd.DataFrame:
    """Draw everybody's holidays and add the fixed leaves.

    Each person takes a week in autumn, a week in spring and two or three in summer. Protected people, on whom an
    answer rests, are at work in the last quarter: they take the summer weeks in early spring instead.
    """
    person = np.arange(people)
    autumn = rng.integers(3, 11, people)
    spring = rng.integers(26, 32, people)
    summer = np.where(protected, rng.integers(18, 24, people), rng.integers(34, 51, people))
    summer_weeks = np.where(rng.random(people) < 0.3, 3, 2)
    summer_weeks = np.where(protected, 2, summer_weeks)
    taken = [(autumn, np.ones(people, int)), (spring, np.ones(people, int)), (summer, summer_weeks)]
    blocks = [
        pd.DataFrame({"person": person, "from_day": 7 * (start * days.weeks // 52), "length": 7 * length - 3})
        for start, length in taken
    ]
    absences = pd.concat(blocks, ignore_index=True)
    absences["to_day"] = absences.pop("length") + absences["from_day"]
    # Some people have no autumn week in this log; nobody starts two leaves in the same week.
    absences = absences[~((absences.index < people) & (rng.random(len(absences)) < 0.4))]
    leave = pd.DataFrame(fixed, columns=["person", "from_day", "to_day"])
    absences = pd.concat([absences, leave], ignore_index=True)
    return absences.drop_duplicates(["person", "from_day"]).sort_values(["person", "from_day"], ignore_index=True)


def at_work(
    days: Days,
    *,
    country: np.ndarray,
    pattern: np.ndarray,
    absences: pd.DataFrame,
    first_day: np.ndarray,
    last_day: np.ndarray,
    rng: np.random.Generator,
) -> np.ndarray:
    """Return people × days: at work or not."""
    calendar = np.stack([open_days(days, name) for name in COUNTRIES])
    weekday = np.arange(days.count) % 7
    worked = np.array([_pattern_days(name) for name in PATTERNS])[:, weekday]
    work = calendar[country] & worked[pattern]
    day = np.arange(days.count)
    work &= (day >= first_day[:, None]) & (day <= last_day[:, None])
    stays = rng.random(len(country)) < 0.12  # a few people keep the lights on between the years
    work &= stays[:, None] | ~christmas(days)
    # A running sum over "leave starts" and "leave ended" marks every day of every leave at once.
    edges = np.zeros((len(country), days.count + 1), np.int8)
    start = absences["from_day"].clip(0, days.count).to_numpy(int)
    end = (absences["to_day"] + 1).clip(0, days.count).to_numpy(int)
    np.add.at(edges, (absences["person"].to_numpy(int), start), 1)
    np.add.at(edges, (absences["person"].to_numpy(int), end), -1)
    return work & (np.cumsum(edges, axis=1, dtype=np.int8)[:, :-1] == 0)


def _pattern_days(pattern: str) -> np.ndarray:
    first, last = (WEEKDAYS.index(name) for name in pattern.split("-"))
    return np.array([first <= weekday <= last for weekday in range(7)])
