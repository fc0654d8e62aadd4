"""Instants in exports: the zone written beside them counts, else the one the caller names."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone

from peerlens.records.formats.dates import Order, read_time, utc

FIRST_YEAR, LAST_YEAR = 1970, 2100
_OFFSET = re.compile(r"(?:(?<=[\d\s])(Z|UTC|GMT)|(?:UTC|GMT)?([+-])(\d{1,2}):?(\d\d)?)\)?$", re.IGNORECASE)
_USUAL = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$", re.ASCII)
_HAS_CLOCK = re.compile(r"\d\s*[:.hH時시점]\s*\d\d")
_MONTH_FIRST = re.compile(r"^\D{0,12}?\b([^\W\d_]{3})[^\W\d_]*\.? (\d{1,2}),? (\d{4})(.*)$")


def instant(text: str, order: Order, zone: str) -> datetime | None:
    """Return the instant a cell with date and time names; None when it names none.

    Parameters
    ----------
    text
        The cell.
    order
        The decided order of day and month.
    zone
        IANA zone of cells that name no offset.

    Examples
    --------
    >>> order = Order(found="dmy")
    >>> for cell in ("2024-03-04T09:00:00.0000000Z", "2024/03/04 10:00:00 +0100", "4/3/2024 9:00", "Mar 4, 2024, 9:00:00 AM UTC"):
    ...     print(instant(cell, order, "UTC"))
    2024-03-04 09:00:00+00:00
    2024-03-04 09:00:00+00:00
    2024-03-04 09:00:00+00:00
    2024-03-04 09:00:00+00:00
    >>> instant("4/3/2024", order, "UTC"), instant("4/3/2024 27:00", order, "UTC")
    (None, None)
    """
    if _USUAL.match(text):
        with suppress(ValueError):
            at = datetime.fromisoformat(text[:19]).replace(tzinfo=UTC)
            return at if FIRST_YEAR <= at.year <= LAST_YEAR else None
        return None
    text = " ".join(text.split()).lstrip("'")
    month_first = _MONTH_FIRST.match(text)
    if month_first:
        text = f"{month_first[2]} {month_first[1]} {month_first[3]}{month_first[4]}"
    day = order.day(text)
    if day is None or not FIRST_YEAR <= day.year <= LAST_YEAR:
        return None
    clock_at = _HAS_CLOCK.search(text, 8)
    rest = text[8:] if clock_at else ""
    offset = _OFFSET.search(rest)
    clock = read_time(rest[: offset.start()] if offset else rest)
    if clock is None:
        return None
    wall = datetime.combine(day, clock)
    if offset is None:
        return datetime.fromisoformat(utc(wall, zone).replace("Z", "+00:00"))
    if offset[2] is None:
        return wall.replace(tzinfo=UTC)
    shift = timedelta(hours=int(offset[3]), minutes=int(offset[4] or 0))
    if shift >= timedelta(hours=24):
        return None
    return wall.replace(tzinfo=timezone(shift if offset[2] == "+" else -shift)).astimezone(UTC)


def canonical(at: datetime) -> str:
    """Return an instant as canonical text."""
    return utc(at, "UTC")
