"""Instants: text and typed columns to UTC, and the day an instant falls on in a zone, as engine expressions.

Zone rules come from ``zoneinfo`` and are applied as a piecewise expression, so that every engine
gives the same answer without a zone database of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, available_timezones

from peerlens.errors import InputError, Problem, did_you_mean

if TYPE_CHECKING:
    import ibis.expr.types as ir

EXPECTED = "an instant such as 2024-03-05T14:00:00Z, 2024-03-05T14:00:00+01:00 or 2024-03-05 14:00"
ZONE_EXPECTED = "the IANA name of a time zone such as 'Europe/Lisbon' or 'UTC'"

# 1: the wall clock, 2: its time of day, 3: the zone. Day first or month first is never guessed.
PATTERN = (
    r"^\s*(\d{4}-\d\d-\d\d([Tt ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?)?)"
    r" ?([Zz]|UTC|GMT|[+-]\d\d(?::?\d\d)?(?::?\d\d)?)?\s*$"
)
# Outside these years a date is a slip of the pen, and the rules of zones need not be known.
FIRST_YEAR, LAST_YEAR = 1970, 2100


@dataclass(frozen=True)
class Instant:
    """The parts of an instant column: wall clock, offset from UTC (NULL: none was written), whether only a day."""

    wall: ir.Value
    offset_minutes: ir.Value
    is_day: ir.Value


def parse(column: ir.Value) -> Instant:
    """Take an instant column apart; what cannot be read has a NULL wall clock.

    Parameters
    ----------
    column
        Text, a timestamp with or without a zone, or a date.
    """
    import ibis

    kind = column.type()
    none = ibis.null("int64")
    if kind.is_date():
        return Instant(column.cast("timestamp"), none, ibis.literal(True))
    if kind.is_timestamp() and kind.timezone is None:
        return Instant(column.cast("timestamp"), none, ibis.literal(False))
    # A timestamp with a zone prints with its offset, whatever zone the session has.
    text = column.cast("string")
    # Most logs write 2024-03-05T14:00:00Z throughout; taking that apart by position costs a third of the pattern.
    is_usual = (text.length() == 20) & (text.substr(19, 1) == "Z") & (text.substr(10, 1) == "T")
    wall = is_usual.ifelse(text.substr(0, 19), text.re_extract(PATTERN, 1))
    zone = is_usual.ifelse("Z", text.re_extract(PATTERN, 3).replace(":", ""))
    minutes = zone.substr(1, 2).try_cast("int64") * 60 + zone.substr(3, 2).try_cast("int64").fill_null(0)
    offset = ibis.cases(
        (zone == "", none),
        (zone.startswith("+"), minutes),
        (zone.startswith("-"), -minutes),
        else_=ibis.literal(0, "int64"),
    )
    return Instant(wall.replace(",", ".").try_cast("timestamp"), offset, wall.length() == 10)


def to_instant(wall: ir.Value, offset_minutes: ir.Value, zone: str, years: tuple[int, int]) -> ir.Value:
    """Return UTC instants from wall clocks: by the offset written beside them, else by the zone."""
    naive = to_utc(wall, zone, years)
    written = wall - offset_minutes.fill_null(0).as_interval("m")
    return offset_minutes.isnull().ifelse(naive, written)


def to_utc(expr: ir.Value, zone: str, years: tuple[int, int]) -> ir.Value:
    """Return UTC instants for naive wall clocks of a zone.

    A wall clock that comes twice (autumn) means the first; one that never comes (spring) is read
    with the offset before the change: what Python does with ``fold=0``.

    Parameters
    ----------
    expr
        Naive timestamps.
    zone
        IANA name.
    years
        First and last year among them.
    """
    first, changes = _offsets(zone, *years)
    boundaries, before = [], first
    for at, after in changes:
        boundaries.append((at + max(before, after), after))
        before = after
    return expr - _piecewise(expr, first, boundaries).as_interval("s")


def to_local(expr: ir.Value, zone: str, years: tuple[int, int]) -> ir.Value:
    """Return the wall clock of a zone at UTC instants."""
    first, changes = _offsets(zone, *years)
    if first == timedelta(0) and not changes:
        return expr
    return expr + _piecewise(expr, first, list(changes)).as_interval("s")


def local_day(expr: ir.Value, zone: str, years: tuple[int, int]) -> ir.Value:
    """Return the day in a zone on which UTC instants fall.

    Parameters
    ----------
    expr
        UTC instants as naive timestamps.
    zone
        IANA name.
    years
        First and last year among them.
    """
    return to_local(expr, zone, years).date()


@cache
def zones_known() -> list[str]:
    """Return the names of all time zones, in alphabetical order."""
    return sorted(available_timezones())


def is_zone(zone: str) -> bool:
    """Return whether a zone is known. UTC needs no zone database, which a bare machine may lack."""
    return zone == "UTC" or zone in zones_known()


def known_zone(zone: str, *, place: str) -> str:
    """Return the zone's name if it is known.

    Raises
    ------
    InputError
        It is not.
    """
    if is_zone(zone):
        return zone
    raise InputError([Problem(place, None, None, repr(zone), ZONE_EXPECTED, did_you_mean(zone, zones_known()))])


@cache
def _offsets(zone: str, first_year: int, last_year: int) -> tuple[timedelta, tuple[tuple[datetime, timedelta], ...]]:
    """Return the UTC offset at the start, and each later change: when (naive UTC) and to what."""
    if zone == "UTC":
        return timedelta(0), ()
    rules = ZoneInfo(zone)

    def offset_at(at: datetime) -> timedelta:
        return at.replace(tzinfo=UTC).astimezone(rules).utcoffset() or timedelta(0)

    first_year = min(max(first_year, FIRST_YEAR), LAST_YEAR)
    last_year = max(min(last_year, LAST_YEAR), first_year)
    # A day either side: a wall clock of 1 January may be an instant of 31 December.
    at, end = datetime(first_year, 1, 1) - timedelta(days=2), datetime(last_year, 12, 31) + timedelta(days=3)
    first = offset = offset_at(at)
    changes = []
    while at < end:
        after = at + timedelta(days=1)
        if (new := offset_at(after)) != offset:
            low, high = 0, 86_400
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if offset_at(at + timedelta(seconds=middle)) == offset else (low, middle)
            changes.append((at + timedelta(seconds=high), new))
            offset = new
        at = after
    return first, tuple(changes)


def _piecewise(expr: ir.Value, first: timedelta, boundaries: list[tuple[datetime, timedelta]]) -> ir.Value:
    """Return the offset in seconds that holds at each value of ``expr``."""
    import ibis

    def seconds(offset: timedelta) -> ir.Value:
        return ibis.literal(round(offset.total_seconds()), "int64")

    if not boundaries:
        return seconds(first)
    branches, offset = [], first
    for at, after in boundaries:
        branches.append((expr < ibis.timestamp(at.isoformat(sep=" ")), seconds(offset)))
        offset = after
    return ibis.cases(*branches, else_=seconds(offset))
