"""The two columns of names beside the wheel: which names are written, and at what height."""

from __future__ import annotations

from dataclasses import dataclass, replace

from peerlens.draw.layout import Sector, Spot, WheelLayout, spread
from peerlens.draw.theme import OTHER, kind_words

NAME_ALL_UP_TO = 40
NAMES_WHEN_MANY = 24
FEWEST_STRONGEST = 8
CLOSEST = 0.86  # of the usual height of a line


@dataclass(frozen=True)
class Entry:
    """One line of a column: a department's name (`heading`), a contact (`name`, `flagged`), or the words for a flag."""

    text: str
    role: str
    y: float
    sector: Sector
    spot: Spot | None = None
    leads: bool = False
    angle: float = 0.0


def named_spots(layout: WheelLayout) -> list[Spot]:
    """Choose whose names are written, most important first: flagged ties, then the strongest.

    Examples
    --------
    >>> named_spots(WheelLayout((), (), 0, 0))
    []
    """
    ranked = sorted(layout.spots, key=lambda s: (not s.kind, -s.strength, s.label.casefold(), s.other_id))
    if len(ranked) <= NAME_ALL_UP_TO:
        return ranked
    flagged = sum(1 for spot in ranked if spot.kind)
    return ranked[: flagged + max(NAMES_WHEN_MANY - flagged, FEWEST_STRONGEST)]


def columns(layout: WheelLayout, *, row: float, bottom: float, top: float) -> dict[str, list[Entry]]:
    """Set the entries of the left and the right column, so that none overlap and all stand between `bottom` and `top`.

    Where space is short, first the second lines of flags go, then the lines close up, then the weakest names go, then
    the names of departments without a named contact, and last those of flagged ties.

    Examples
    --------
    >>> columns(WheelLayout((), (), 0, 0), row=12, bottom=0, top=100)
    {'right': [], 'left': []}
    """
    chosen = named_spots(layout)
    result = {}
    for side in ("right", "left"):
        hidden: set[str] = set()
        mine = [spot for spot in chosen if _side(spot.angle) == side]
        units = _units(layout, mine, side, explain=True)
        if _tall(units, row) > top - bottom:
            units = _units(layout, mine, side, explain=False)
        close = min(max((top - bottom) / max(_tall(units, 1.0), 1e-9), row * CLOSEST), row)
        while _tall(units, close) > top - bottom + 1e-6 and units:
            if mine and not mine[-1].kind:
                mine.pop()
            elif any(_bare(unit) for unit in units):
                hidden.add(min((u[0].sector.contacts, u[0].sector.name) for u in units if _bare(u))[1])
            elif mine:
                mine.pop()
            else:
                break
            units = [
                u for u in _units(layout, mine, side, explain=False) if not (_bare(u) and u[0].sector.name in hidden)
            ]
        result[side] = _stand(units, close, bottom, top)
    return result


def _bare(unit: list[Entry]) -> bool:
    """Whether a unit is a department's name with no contact's name below it."""
    return len(unit) == 1 and unit[0].role == "heading"


def _side(angle: float) -> str:
    return "right" if angle % 360 < 180 else "left"


def _units(layout: WheelLayout, mine: list[Spot], side: str, *, explain: bool) -> list[list[Entry]]:
    """Entries that stay together, from top to bottom: a heading with its first name, a flag with its words."""
    units: list[list[Entry]] = []
    for sector in layout.sectors if side == "right" else layout.sectors[::-1]:
        members = sorted((s for s in mine if s.sector == sector.name), key=lambda s: s.angle, reverse=side == "left")
        home = _side(sector.middle) == side
        if not members and not home:
            continue
        leads = not members and not sector.blind
        count = f" · {sector.contacts}" if home and sector.contacts else ""
        started = [Entry(f"{sector.name}{count}", "heading", 0.0, sector, leads=leads, angle=sector.middle)]
        if sector.blind and home:
            started.append(Entry(kind_words("blind_spot"), "flag", 0.0, sector, leads=True, angle=sector.middle))
        for spot in members:
            text = f"{spot.label} · {spot.department}" if sector.name == OTHER else spot.label
            unit = [Entry(text, "flagged" if spot.kind else "name", 0.0, sector, spot, leads=True, angle=spot.angle)]
            if spot.kind and explain:
                words = kind_words(spot.kind, department=spot.department)
                unit.append(Entry(words, "words", 0.0, sector, spot))
            units.append(started + unit)
            started = []
        if started:
            units.append(started)
    return units


def _height(entry: Entry, row: float) -> float:
    return row * {"heading": 1.7, "words": 0.92, "flag": 0.92}.get(entry.role, 1.04)


def _tall(units: list[list[Entry]], row: float) -> float:
    return sum(_height(entry, row) for unit in units for entry in unit)


def _stand(units: list[list[Entry]], row: float, bottom: float, top: float) -> list[Entry]:
    heights = [sum(_height(entry, row) for entry in unit) for unit in units]
    wishes = []
    for unit in units:  # the line a leader ends at wants the height of its angle
        above = 0.0
        for entry in unit:
            above += _height(entry, row)
            if entry.leads:
                break
        down = entry.angle % 360 if entry.angle % 360 < 180 else 360 - entry.angle % 360
        wishes.append(bottom + (top - bottom) * (1 - down / 180) + above - row / 2)
    placed = []
    for unit, edge in zip(units, spread(wishes, heights=heights, bottom=bottom, top=top), strict=True):
        y = edge
        for entry in unit:
            y -= _height(entry, row)
            placed.append(replace(entry, y=y + row / 2))
    return placed
