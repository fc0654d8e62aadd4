"""The ego wheel: one person's contacts, departments as sectors, the nearer to the centre the stronger."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from peerlens.draw.canvas import describe, footer, header, in_points, key, new_axes
from peerlens.draw.columns import Entry, columns
from peerlens.draw.layout import WheelLayout, wheel_layout
from peerlens.draw.pen import REACH, Pen, type_of
from peerlens.draw.phone_wheel import NARROWER_THAN, phone_wheel
from peerlens.draw.text import text_width
from peerlens.draw.theme import DIRECTION_MARKERS, DIRECTION_WORDS, KIND_WORDS, Theme, kind_style, kind_words, theme_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

WIDTH_IN, HEIGHT_IN = 10.4, 7.2
NAME_PT = 150.0
"""as wide as most names with a department; on a smaller sheet the wheel makes room for them"""
HOW_TO_READ = (
    "each mark is one person, each slice a department; nearer the centre means stronger contact. "
    "Orange marks may need attention (in grey where the sign is fragile); the rest were not flagged."
)
HOW_TO_READ_NARROW = (
    "each mark is one person, each slice a department; nearer the centre means stronger contact. Triangles point to "
    "more senior (up) or more junior (down) people. Numbered ties may need attention (in grey where the sign is fragile)."
)


def wheel(
    frame: pd.DataFrame,
    *,
    ax: Axes | None = None,
    center: str = "You",
    title: str = "",
    subtitle: str = "",
    own_department: str | None = None,
) -> Axes:
    """Draw one person's contacts as a wheel of departments, with flagged ties standing out.

    Parameters
    ----------
    frame
        One row per contact: `other_id`, `label`, `department`, `direction` (up, down, sideways, external, unplaced),
        `strength` (0 or more) and `kind` (kind of flag, or missing); optional `is_fragile`: the flag falls with small changes
        of settings, and is drawn in grey. A row without `other_id` marks a department with no tie.
    ax
        The axes to draw on, else a new one.
    center
        What is written in the middle.
    title, subtitle
        The finding; the period and the numbers.
    own_department
        The person's own department; its slice starts at twelve o'clock.

    Returns
    -------
    The axes. Each contact is one line artist whose gid is `contact:` and its `other_id`.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = [("p1", "Anna", "Legal", "sideways", 3.0, "fading"), ("p2", "Bo", "Sales", "up", 9.0, None)]
    >>> names = ["other_id", "label", "department", "direction", "strength", "kind"]
    >>> ax = wheel(pd.DataFrame(rows, columns=names), title="One tie has gone quieter than usual")
    >>> sorted(t.get_text() for t in ax.texts if t.get_gid() == "flagged")
    ['Anna']
    """
    ax = new_axes(WIDTH_IN, HEIGHT_IN) if ax is None else ax
    theme, (width, _) = theme_of(ax), in_points(ax)
    layout = wheel_layout(frame, own_department=own_department)
    note = layout.note()
    top = header(ax, title=title, subtitle=f"{subtitle} · {note}" if subtitle and note else subtitle or note)
    if width < NARROWER_THAN:
        low = phone_wheel(ax, layout, theme=theme, center=center, top=top, size=_size(len(layout.spots)))
        how = HOW_TO_READ_NARROW if any(spot.kind for spot in layout.spots) else HOW_TO_READ
        low = footer(ax, how_to_read=how, top=low - 12)
        describe(ax, _alt(layout, title, center))
        return ax
    bottom = key(ax, items=_key_items(layout, theme), bottom=footer(ax, how_to_read=HOW_TO_READ))
    top, bottom = top - 8, bottom + 10
    placed = columns(layout, row=theme.row, bottom=bottom, top=top)
    names = min(_widest(placed, theme), max(width * 0.215, min(width * 0.27, NAME_PT)))
    radius = max(min((top - bottom) / 2 - 16, (width / 2 - theme.margin - 12 - names) / REACH), 30.0)
    pen = Pen(ax, theme, (width / 2, (top + bottom) / 2), radius)
    for sector in layout.sectors:
        pen.sector(sector)
    pen.spokes(layout.spots, center=center)
    for spot in sorted(layout.spots, key=lambda s: (bool(s.kind), s.strength, s.other_id)):
        pen.spot(spot, size=_size(len(layout.spots)) * pen.scale)
    for side, entries in placed.items():
        pen.column(entries, way=1 if side == "right" else -1)
    describe(ax, _alt(layout, title, center))
    return ax


def _widest(placed: dict[str, list[Entry]], theme: Theme) -> float:
    widths = [0.0]
    for entry in [*placed["left"], *placed["right"]]:
        size, bold = type_of(entry, theme)
        widths.append(text_width(entry.text, size=size, bold=bold))
    return max(widths)


def _size(contacts: int) -> float:
    return max(5.0, 10.0 - 0.32 * math.sqrt(contacts))


def _key_items(layout: WheelLayout, theme: Theme) -> list[tuple[dict[str, Any], str]]:
    items: list[tuple[dict[str, Any], str]] = []
    kinds = {spot.kind for spot in layout.spots if spot.kind}
    kinds |= {"blind_spot" for sector in layout.sectors if sector.blind}
    for kind in [*KIND_WORDS, *sorted(kinds - KIND_WORDS.keys())]:
        if kind in kinds:
            style = kind_style(kind)
            items.append(({
                "marker": style.marker, "color": theme.accent, "markersize": 5.5, "linewidth": 1.8,
                "linestyle": (0, style.dashes) if style.dashes else "-", "markeredgewidth": 0,
            }, kind_words(kind, department="a department")))  # fmt: skip
    present = {spot.direction for spot in layout.spots}
    for direction, words in DIRECTION_WORDS.items():
        if direction in present:
            marker = DIRECTION_MARKERS[direction]
            items.append(({"marker": marker, "color": theme.muted, "markersize": 6, "markeredgewidth": 0}, words))
    return items


def _alt(layout: WheelLayout, title: str, center: str) -> str:
    flagged = [
        f"{s.label} ({s.department}): {kind_words(s.kind, department=s.department)}" for s in layout.spots if s.kind
    ]
    flagged += [f"{s.name}: {kind_words('blind_spot')}" for s in layout.sectors if s.blind]
    held = sum(1 for sector in layout.sectors if sector.contacts)
    words = f"{title}. " if title else ""
    words += f"Wheel of {len(layout.spots)} contacts of {center} in {held} sectors by department. "
    return words + (
        f"May need attention: {'; '.join(flagged)}." if flagged else "Nothing is marked as needing attention."
    )
