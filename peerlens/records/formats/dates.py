"""Dates and times as people's machines write them: the order of day and month decided from the whole column, never guessed."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from peerlens.errors import InputError, Problem
from peerlens.records.checks import shown

_DATE = re.compile(r"^\D{0,12}?(\d{1,4})\s*([./\-年년])\s*(\d{1,2})\s*[./\-月월]\s*(\d{1,4})[.日일]?")
_MONTH_NAME = re.compile(r"^\D{0,12}?(\d{1,2})[ .-]+([^\W\d_]{3})[^\W\d_]*[ .,-]+(\d{2,4})")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_TIME = re.compile(r"(\d{1,2})\s*[:.hH時시点]\s*(\d{2})(?:\s*[:.m分분]\s*(\d{2}))?(?:[.,]\d+)?")
_AFTER_NOON = re.compile(r"(?i)\bp\.?\s?m\b|μ\.?\s?μ|下午|午後|오후|\bem\b|\bdu\b|\bodp\b|\bip\b")
_BEFORE_NOON = re.compile(r"(?i)\ba\.?\s?m\b|π\.?\s?μ|上午|午前|오전|\bfm\b|\bde\b|\bdop\b")
ORDERS = ("dmy", "mdy")
EXPECTED = "dates whose day and month can be told apart"


class OpenDates(InputError):
    """Dates that may be read in two ways; other files of the same kind may say which."""


@dataclass
class Order:
    """What a column of dates says of the order of day and month; fed with every date of the file before any is read.

    Parameters
    ----------
    given
        ``dmy`` or ``mdy`` where the user said so.

    Examples
    --------
    >>> order = Order()
    >>> for text in ("3/4/2024", "13/4/2024"):
    ...     order.see(text)
    >>> order.decide("calendar.csv", "Start Date")
    'dmy'
    >>> order.day("3/4/2024")
    datetime.date(2024, 4, 3)
    """

    given: str | None = None
    found: str | None = None
    told: str | None = None
    """the order if the dates themselves tell it, once decided"""
    first_over: str = ""
    second_over: str = ""
    open_example: str = ""
    has_dots: bool = False
    samples: list[str] = field(default_factory=list)

    def see(self, text: str) -> None:
        """Take one date into account; anything else is passed over."""
        parts = _parts(text)
        if parts is None or len(parts[0]) == 4:
            return
        first, separator, second, _ = parts
        readings = {read_day(text, order) for order in ORDERS}
        if readings == {None}:
            return
        self.has_dots |= separator == "."
        if int(first) > 12:
            self.first_over = self.first_over or text
        elif int(second) > 12:
            self.second_over = self.second_over or text
        elif first != second and int(first) != int(second):
            self.open_example = self.open_example or text

    def decide(self, name: str, column: str) -> str:
        """Return ``dmy`` or ``mdy``.

        Parameters
        ----------
        name, column
            File and column, for the error.

        Raises
        ------
        InputError
            The column does not say, or says both.
        """
        if self.first_over and self.second_over:
            found = f"{shown(self.first_over)} beside {shown(self.second_over)}"
            fix = "The file mixes two orders of day and month: export it again with one."
            raise InputError([Problem(name, None, column, found, "one order of day and month", fix)])
        seen = "dmy" if self.first_over else "mdy" if self.second_over else None
        # Nobody writes the month first with dots.
        seen = seen or ("dmy" if self.has_dots else None)
        self.found = self.given or seen
        if self.given and seen and self.given != seen:
            over = self.first_over or self.second_over or self.open_example
            fix = f"Give --date-order {seen}, or leave it out."
            raise InputError([Problem(name, None, column, shown(over), f"dates in the order {self.given}", fix)])
        if self.found is None and self.open_example:
            readings = [f"{read_day(self.open_example, order):%Y-%m-%d} (--date-order {order})" for order in ORDERS]
            fix = "Say which it is with --date-order, or date_order= in read()."
            found = f"{shown(self.open_example)}, which may be {' or '.join(readings)}, and no date says which"
            raise OpenDates([Problem(name, None, column, found, EXPECTED, fix)])
        self.told = seen
        self.found = self.found or "dmy"
        return self.found

    def day(self, text: str) -> date | None:
        """Return the day a cell names; None when it names none."""
        return read_day(text, self.found or "dmy")

    def moment(self, text: str) -> datetime | None:
        """Return the wall clock a cell with date and time names; midnight where it gives no time."""
        day = self.day(text)
        if day is None:
            return None
        clock = read_time(_rest(text))
        return datetime.combine(day, clock or time(0))


def _parts(text: str) -> tuple[str, str, str, str] | None:
    found = _DATE.match(text.strip())
    return (found[1], found[2], found[3], found[4]) if found else None


def _rest(text: str) -> str:
    stripped = text.strip()
    found = _DATE.match(stripped) or _MONTH_NAME.match(stripped)
    return stripped[found.end() :] if found else stripped


def read_day(text: str, order: str) -> date | None:
    """Return the day a cell names, in the given order of day and month; None when it names none.

    Examples
    --------
    >>> read_day("3/4/2024", "mdy"), read_day("2024-03-04", "mdy"), read_day("4. 3. 24", "dmy"), read_day("soon", "dmy")
    (datetime.date(2024, 3, 4), datetime.date(2024, 3, 4), datetime.date(2024, 3, 4), None)
    """
    parts = _parts(text)
    if parts is None:
        named = _MONTH_NAME.match(text.strip())
        if named is None or named[2].lower() not in _MONTHS:
            return None
        parts, order = (named[1], " ", str(_MONTHS.index(named[2].lower()) + 1), named[3]), "dmy"
    first, _, second, third = parts
    if len(first) == 4:
        year, month, day = int(first), int(second), int(third)
    else:
        year = int(third) + (2000 if len(third) <= 2 else 0)
        day, month = (int(first), int(second)) if order == "dmy" else (int(second), int(first))
    try:
        return date(year, month, day)
    except ValueError:
        return None


def read_time(text: str) -> time | None:
    """Return the time of day a cell names; None when it names none.

    Examples
    --------
    >>> read_time("4:16:54 PM"), read_time("14.30"), read_time("午後 4:16"), read_time("12:05 a. m."), read_time("noon")
    (datetime.time(16, 16, 54), datetime.time(14, 30), datetime.time(16, 16), datetime.time(0, 5), None)
    """
    found = _TIME.search(text)
    if found is None:
        return None
    hour, minute, second = int(found[1]), int(found[2]), int(found[3] or 0)
    if _AFTER_NOON.search(text) and hour < 12:
        hour += 12
    elif _BEFORE_NOON.search(text) and hour == 12:
        hour = 0
    try:
        return time(hour, minute, second)
    except ValueError:
        return None


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def utc(at: datetime, zone: str) -> str:
    """Return an instant as canonical text: by its own offset, else read as a wall clock of the zone.

    Examples
    --------
    >>> utc(datetime(2024, 7, 1, 9), "Europe/Lisbon")
    '2024-07-01T08:00:00Z'
    """
    aware = at if at.tzinfo is not None else at.replace(tzinfo=UTC if zone == "UTC" else _zone(zone))
    return f"{aware.astimezone(UTC).replace(tzinfo=None, microsecond=0).isoformat()}Z"


def epoch(seconds: float) -> str:
    """Return seconds since 1970 as canonical text.

    Examples
    --------
    >>> epoch(1709542800.0001)
    '2024-03-04T09:00:00Z'
    """
    return utc(datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=int(seconds)), "UTC")
