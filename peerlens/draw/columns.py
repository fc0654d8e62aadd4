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

    Where space is short, first the lines close up; then, on a wheel that names only some, the weakest names go; then
    the words below flags; then weak names on any wheel, then departments without a named contact, last names of flags.

    Examples
    --------
    >>> columns(WheelLayout((), (), 0, 0), row=12, bottom=0, top=100)
    {'right': [], 'left': []}
    """
    chosen = named_spots(layout)
    all_named = len(chosen) == len(layout.spots)
    rows = (top - bottom) / (row * CLOSEST)
    fitted: dict[str, list[list[Entry]]] = {}
    for explain in (True, False):
        dropped = 0
        for side in ("right", "left"):
            mine = [spot for spot in chosen if _side(spot.angle) == side]
            fitted[side], kept = _fit(layout, mine, side=side, explain=explain, rows=rows)
            dropped += kept < 0 or sum(1 for spot in mine[kept:] if all_named or spot.kind)
        if not dropped:
            break
    result = {}
    for side, units in fitted.items():
        close = min((top - bottom) / max(_tall(units, 1.0), 1e-9), row)
        result[side] = _stand(units, close, bottom, top)
    return result


def _fit(
    layout: WheelLayout, mine: list[Spot], *, side: str, explain: bool, rows: float
) -> tuple[list[list[Entry]], int]:
    """Drop the least important until a column is at most `rows` lines high; return it and how many names it keeps.

    The number is -1 where departments had to go too.
    """
    kept, hidden = len(mine), set()
    while True:
        units = _units(layout, mine[:kept], side, explain=explain)
        units = [unit for unit in units if not (_bare(unit) and unit[0].sector.name in hidden)]
        bare = sorted((unit[0].sector.contacts, unit[0].sector.name) for unit in units if _bare(unit))
        if _tall(units, 1.0) <= rows + 1e-6 or not units:
            return units, -1 if hidden else kept
        if kept and not (mine[kept - 1].kind and bare):
            kept -= 1
        elif bare:
            hidden.add(bare[0][1])
        else:
            return units, -1


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
        count = f" · {sector.contacts}" if home and sector.contacts else " (more)" if sector.contacts else ""
        started = [Entry(f"{sector.name}{count}", "heading", 0.0, sector, leads=leads, angle=sector.middle)]
        if sector.blind and home:
            started.append(Entry(kind_words("blind_spot"), "flag", 0.0, sector, leads=True, angle=sector.middle))
        for spot in members:
            text = f"{spot.label} · {spot.department}" if sector.name == OTHER else spot.label
            unit = [Entry(text, "flagged" if spot.kind else "name", 0.0, sector, spot, leads=True, angle=spot.angle)]
            if spot.kind and explain:
                words = kind_words(spot.kind, department=spot.department) + (" (fragile)" if spot.is_fragile else "")
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
