"""Where everything stands on the wheel: closed form, sorted by key, the same whatever the order of the rows.

Angles are degrees clockwise from twelve o'clock; distances are shares of the wheel's radius.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from peerlens.draw.text import clean
from peerlens.draw.theme import GREY, HUES, OTHER, UNKNOWN, department_colours

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("other_id", "label", "department", "direction", "strength", "kind")
NEAREST, FARTHEST, RIM = 0.24, 0.92, 1.0
MOST_SECTORS = len(HUES)
MOST_EMPTY_SECTORS = 4


@dataclass(frozen=True)
class Spot:
    """One contact on the wheel."""

    other_id: str
    label: str
    department: str
    sector: str
    direction: str
    strength: float
    kind: str
    angle: float
    radius: float
    colour: str
    is_fragile: bool = False

    @property
    def x(self) -> float:
        """Distance to the right of the centre."""
        return self.radius * math.sin(math.radians(self.angle))

    @property
    def y(self) -> float:
        """Distance above the centre."""
        return self.radius * math.cos(math.radians(self.angle))


@dataclass(frozen=True)
class Sector:
    """One department (or the rest of them) as a slice of the wheel; `blind` marks one that holds no tie yet."""

    name: str
    start: float
    end: float
    contacts: int
    colour: str
    blind: bool

    @property
    def middle(self) -> float:
        """The angle halfway through."""
        return (self.start + self.end) / 2


@dataclass(frozen=True)
class WheelLayout:
    """Sectors and spots of one wheel, and what was left out of it."""

    sectors: tuple[Sector, ...]
    spots: tuple[Spot, ...]
    folded: int
    blind_not_drawn: int

    def note(self) -> str:
        """Say in words what was folded or left out; empty when nothing was."""
        notes = []
        if self.folded:
            notes.append(f"the {self.folded} smallest departments are folded into “{OTHER}”")
        if self.blind_not_drawn:
            more = "department" if self.blind_not_drawn == 1 else "departments"
            notes.append(f"{self.blind_not_drawn} more {more} with no tie yet not drawn")
        return "; ".join(notes)


def wheel_layout(frame: pd.DataFrame, *, own_department: str | None = None) -> WheelLayout:
    """Place every contact: department by angle, strength by distance (strong is near).

    Sectors start at twelve o'clock: the own department first, then by size, then by name; a sector's angle is a fixed
    least angle plus a share by its number of contacts. The distance falls with the cube root of strength, from the
    strongest tie to the weakest (or to 1/16 of the strongest, where all are stronger), so it does not change when every
    strength doubles.

    Examples
    --------
    >>> import pandas as pd
    >>> row = ("p1", "Anna", "Legal", "sideways", 2.0, None)
    >>> round(wheel_layout(pd.DataFrame([row], columns=list(COLUMNS))).spots[0].radius, 2)
    0.24
    """
    rows, blind = _rows(frame)
    sizes = Counter(row["department"] for row in rows)
    kept = _kept(sizes, own_department)
    folded = sum(1 for name in sizes if name not in kept and name != UNKNOWN)
    for row in rows:
        row["sector"] = row["department"] if row["department"] in kept or row["department"] == UNKNOWN else OTHER
    held = Counter(row["sector"] for row in rows)
    empty = [name for name in blind if name not in sizes]
    order = sorted(held, key=lambda s: (s == UNKNOWN, s == OTHER, s != own_department, -held[s], s))
    order += empty[:MOST_EMPTY_SECTORS]
    named = [name for name in order if name in held and name not in (UNKNOWN, OTHER)]
    colours = department_colours([*named[:MOST_SECTORS], UNKNOWN, OTHER])
    sectors, spots, start = [], [], 0.0
    total, gap = max(sum(held.values()), 1), 2.4 if len(order) > 1 else 0.0
    least = min(9.0, 180.0 / max(len(order), 1))
    free = 360.0 - len(order) * (gap + least)
    held_strengths = [row["strength"] for row in rows if row["strength"] > 0]
    extent = (min(held_strengths, default=0.0), max(held_strengths, default=0.0))
    for name in order:
        end = start + least + free * held[name] / total if sum(held.values()) else start + 360.0 / len(order) - gap
        colour = str(colours.get(name, GREY if name in held else "#FFFFFF"))
        sectors.append(Sector(name, start + gap / 2, end + gap / 2, held[name], colour, name in blind))
        members = [row for row in rows if row["sector"] == name]
        step = (end - start) / max(len(members), 1)
        for i, row in enumerate(members):
            angle = start + gap / 2 + step * (i + 0.5)
            spots.append(Spot(**row, angle=angle, radius=_radius(row["strength"], row["kind"], extent), colour=colour))
        start = end + gap
    return WheelLayout(tuple(sectors), tuple(spots), folded, max(len(empty) - MOST_EMPTY_SECTORS, 0))


def _kept(sizes: Counter[str], own_department: str | None) -> set[str]:
    named = [name for name in sizes if name != UNKNOWN]
    ranked = sorted(named, key=lambda name: (name != own_department, -sizes[name], name))
    # One department left over takes as much room under its own name as under another.
    return set(ranked if len(ranked) <= MOST_SECTORS + 1 else ranked[:MOST_SECTORS])


def _radius(strength: float, kind: str, extent: tuple[float, float]) -> float:
    if strength <= 0:
        return RIM if kind else FARTHEST
    strongest = math.cbrt(extent[1])
    weakest = min(math.cbrt(extent[0]), 0.4 * strongest)  # near equals must not look like opposites
    return NEAREST + (FARTHEST - NEAREST) * (strongest - math.cbrt(strength)) / (strongest - weakest)


def _rows(frame: pd.DataFrame) -> tuple[list[dict], list[str]]:
    """Read the frame into plain rows sorted by key, and the sorted names of departments with no tie yet."""
    missing = [column for column in COLUMNS if column not in frame.columns]
    if missing:
        raise ValueError(
            f"The wheel needs the columns {', '.join(COLUMNS)}; missing: {', '.join(missing)}. Add them to the frame."
        )
    rows, blind = [], set()
    fragile = frame["is_fragile"].eq(True).fillna(False) if "is_fragile" in frame else [False] * len(frame)
    cells = frame[list(COLUMNS)].itertuples(index=False, name=None)
    for (other_id, label, department, direction, strength, kind), is_fragile in zip(cells, fragile, strict=True):
        named = UNKNOWN if _absent(department) else clean(department)
        if _absent(other_id):
            if named != UNKNOWN:
                blind.add(named)
            continue
        number = 0.0 if _absent(strength) else float(strength)
        if number < 0 or math.isinf(number):
            raise ValueError(f"strength of {other_id!r} is {number}; expected a finite number of 0 or more.")
        rows.append({
            "other_id": str(other_id), "label": str(other_id) if _absent(label) else clean(label), "department": named,
            "direction": "unplaced" if _absent(direction) else str(direction), "strength": number,
            "kind": "" if _absent(kind) else str(kind), "is_fragile": bool(is_fragile) and not _absent(kind),
        })  # fmt: skip
    twice = [other for other, n in Counter(row["other_id"] for row in rows).items() if n > 1]
    if twice:
        raise ValueError(f"One row per contact is expected; {sorted(twice)[0]!r} occurs more than once.")
    return sorted(rows, key=lambda row: (row["label"].casefold(), row["other_id"])), sorted(blind)


def _absent(value: object) -> bool:
    """Whether a cell holds nothing: None, NaN, NaT, NA or an empty text."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return True
    return not isinstance(value, str) and str(value) in {"nan", "NaN", "NaT", "<NA>"}


def spread(targets: list[float], *, heights: list[float], bottom: float, top: float) -> list[float]:
    """Stack boxes from top to bottom as near as they can be to where each would like to stand, without overlap.

    Neighbours that collide become one block standing at the mean of its members' wishes (pool adjacent violators),
    which is the least squared movement; `targets` and the result are the boxes' upper edges.

    Examples
    --------
    >>> spread([10.0, 9.5], heights=[2.0, 2.0], bottom=0.0, top=20.0)
    [10.75, 8.75]
    """
    blocks: list[list[float]] = []  # [sum of wishes for the first box's edge, boxes, height]
    for target, height in zip(targets, heights, strict=True):
        blocks.append([target, 1, height])
        while len(blocks) > 1 and _edge(blocks[-2], bottom, top) - blocks[-2][2] < _edge(blocks[-1], bottom, top):
            wish, count, tall = blocks.pop()
            blocks[-1][0] += wish + count * blocks[-1][2]
            blocks[-1][1] += count
            blocks[-1][2] += tall
    edges, i = [], 0
    for block in blocks:
        edge = _edge(block, bottom, top)
        for _ in range(int(block[1])):
            edges.append(edge)
            edge -= heights[i]
            i += 1
    return edges


def _edge(block: list[float], bottom: float, top: float) -> float:
    return max(min(block[0] / block[1], top), bottom + block[2])
