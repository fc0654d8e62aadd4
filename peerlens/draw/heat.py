"""The heat map of groups: every two of them a cell, like groups side by side, nothing drawn that was withheld."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from peerlens.draw.canvas import NARROW, describe, footer, header, in_points, new_axes
from peerlens.draw.text import shorten, text_width, write
from peerlens.draw.theme import Theme, contrast, mix, theme_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

MOST = 40
"""groups drawn; the largest by what is known of them, and the picture says so"""
NARROW_MOST = 14
"""a sheet less wide, and what it has room for"""
LESS, MORE, MIDDLE = "#B35806", "#2166AC", "#F4F4F2"
CELL_WIDE, CELL_SMALL = 46.0, 19.0
LEAST_WIDTH = 520.0
KEY_ROW = 18
LABELS = 150.0
HOW_TO_READ = {
    "ratio": (
        "each cell is contact between two groups, in times of what the contact of both with other groups would give: "
        "1 is as expected, "
        "orange less, blue more; pale ones cannot be told from as expected. Hatched: withheld. A dash: none on record, and "
        "little would be expected."
    ),
    "change": (
        "each cell is the change of contact between two groups from the first period to the second, in per cent. A "
        "frame marks what lies "
        "beyond ordinary ups and downs; the rest is pale. Hatched: withheld. A dash: too little contact to compare."
    ),
}


@dataclass(frozen=True)
class _Grid:
    left: float
    top: float
    step: float

    def at(self, row: int, column: int) -> tuple[float, float]:
        return self.left + column * self.step, self.top - (row + 1) * self.step


def heat(
    frame: pd.DataFrame, *, value: str = "ratio", ax: Axes | None = None, title: str = "", subtitle: str = ""
) -> Axes:
    """Draw a cell for every two groups: a ratio to what is expected, or a change.

    Parameters
    ----------
    frame
        Columns `group_a`, `group_b`, the value (missing where withheld), `withheld` (a reason, or an empty text), and for changes
        `is_beyond`; for ratios `reads`, if there, tells which cannot be told from as expected. Pairs that do not occur are left
        blank.
    value
        `ratio` (1 is as expected) or `change` (0 is none, 0.1 is 10 %).
    ax
        The axes to draw on, else a new one as large as the groups need.
    title, subtitle
        The finding; the period and the numbers.

    Returns
    -------
    The axes. Each cell is one rectangle whose gid is `cell:` with the two groups; withheld ones are `withheld:`.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"group_a": ["A"], "group_b": ["B"], "ratio": [0.4], "withheld": [""]})
    >>> ax = heat(frame, title="A and B have little contact")
    >>> sorted(t.get_text() for t in ax.texts if t.get_gid() == "value")
    ['0.4', '0.4']
    """
    if value not in HOW_TO_READ:
        raise ValueError(f"The heat map shows ratio or change, not {value!r}.")
    missing = [name for name in ("group_a", "group_b", value, "withheld") if name not in frame.columns]
    if missing:
        raise ValueError(
            f"The heat map needs the columns group_a, group_b, {value}, withheld; missing: {', '.join(missing)}."
        )
    cells = _cells(frame, value)
    groups = order(frame, value=value)
    seen = _with_figures(cells)
    if len(seen) >= 2:  # a row and a column of nothing but hatching say less than one line does
        hidden = [name for name in groups if name not in seen]
        groups = [name for name in groups if name in seen]
        if hidden:
            named = ", ".join(sorted(hidden)) if len(hidden) <= 4 else f"{len(hidden)} groups"
            subtitle = " · ".join(part for part in (subtitle, f"not drawn, all withheld: {named}") if part)
    folded = max(0, len(groups) - MOST)
    if folded:
        kept = set(_fullest(cells, groups)[:MOST])
        groups = [name for name in groups if name in kept]
        note = f"{MOST} of {MOST + folded} groups are drawn, those with most figures; all are in the table"
        subtitle = f"{subtitle} · {note}" if subtitle else note
    step = max(CELL_SMALL, min(CELL_WIDE, 560 / max(len(groups), 1)))
    size = min(9.0, step * 0.42)
    names = min(LABELS, max((text_width(name, size=9.0) for name in groups), default=0.0) + 8)
    if ax is None:
        wide = max(LEAST_WIDTH, 44 + names + step * len(groups) + names * 0.6)
        ax = new_axes(wide / 72, (165 + names * 0.85 + step * len(groups)) / 72)
    theme, (width, _) = theme_of(ax), in_points(ax)
    top = header(ax, title=title, subtitle=subtitle)
    bottom = footer(ax, how_to_read=HOW_TO_READ[value]) + 10
    bottom = _scale(ax, theme, value=value, bottom=bottom)
    names = min(names, width * 0.3)
    room = min(width - 2 * theme.margin - names - names * 0.5, top - bottom - names * 0.85 - 8)
    step = min(step, room / max(len(groups), 1))
    size = min(size, step * 0.42)
    grid = _Grid(theme.margin + names, top - names * 0.85 - 6, step)
    for at, name in enumerate(groups):
        _labels(ax, theme, grid, at, name, room=names, size=min(9.0, max(step * 0.52, 5.5)))
    for row, one in enumerate(groups):
        for column, two in enumerate(groups):
            if (one, two) in cells:
                _cell(ax, theme, grid, (row, column), (one, two), cells[one, two], value=value, size=size)
            elif row == column:
                _blank(ax, theme, grid, row)
    describe(ax, _alt(frame, value, title))
    return ax


def room_for(ax: Axes | None) -> int:
    """Return how many groups a sheet has room for.

    Examples
    --------
    >>> room_for(None), room_for(new_axes(4.3, 5.6))
    (40, 14)
    """
    return NARROW_MOST if ax is not None and in_points(ax)[0] < NARROW else MOST


def order(frame: pd.DataFrame, *, value: str = "ratio") -> list[str]:
    """Put groups in an order in which those with much contact stand side by side, from what is shown alone.

    The order of the second eigenvector of the matrix of the values (Fiedler's, for contact as closeness); missing ones
    count as neither
    much nor little. By name where fewer than four groups are there.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"group_a": ["A", "A"], "group_b": ["B", "C"], "ratio": [0.4, 2.0], "withheld": ["", ""]})
    >>> order(frame)
    ['A', 'B', 'C']
    """
    import numpy as np

    names = sorted({*frame["group_a"], *frame["group_b"]}, key=str)
    if len(names) < 4 or value != "ratio":
        return names
    place = {name: at for at, name in enumerate(names)}
    close = np.ones((len(names), len(names)))
    for one, two, number in zip(frame["group_a"], frame["group_b"], frame[value], strict=True):
        if number == number and one != two:
            close[place[one], place[two]] = close[place[two], place[one]] = min(max(float(number), 0.05), 6.0)
    np.fill_diagonal(close, 0.0)
    root = np.sqrt(close.sum(axis=1))
    vectors = np.linalg.eigh(np.eye(len(names)) - close / np.outer(root, root))[1]
    line = np.round(vectors[:, 1] / root, 9)
    if line[0] > 0:  # which way an eigenvector points is chance; the first name stands in the first half
        line = -line
    return [names[at] for at in np.lexsort((np.arange(len(names)), line))]


def _cells(frame: pd.DataFrame, value: str) -> dict[tuple[str, str], tuple[float, str, bool, bool]]:
    found: dict[tuple[str, str], tuple[float, str, bool, bool]] = {}
    beyond = frame["is_beyond"].fillna(False).astype(bool) if "is_beyond" in frame else [True] * len(frame)
    if value == "ratio" and "reads" in frame:
        beyond = ~frame["reads"].astype("str").str.startswith("as expected")
    more = frame["or_more"].fillna(False).astype(bool) if "or_more" in frame else [False] * len(frame)
    rows = zip(frame["group_a"], frame["group_b"], frame[value], frame["withheld"], beyond, more, strict=True)
    for one, two, number, reason, far, or_more in rows:
        known = float("nan") if number is None or number != number else float(number)
        content = (known, str(reason), bool(far), bool(or_more))
        found[one, two] = found[two, one] = content
    return found


def _with_figures(cells: dict[tuple[str, str], tuple[float, str, bool, bool]]) -> set[str]:
    return {name for pair, (_, reason, *_) in cells.items() for name in pair if not reason}


def _fullest(cells: dict[tuple[str, str], tuple[float, str, bool, bool]], groups: list[str]) -> list[str]:
    known = dict.fromkeys(groups, 0)
    for (one, _), (number, reason, *_) in cells.items():
        known[one] += number == number and not reason
    return sorted(groups, key=lambda name: (-known[name], str(name)))


def colour(number: float, *, value: str) -> str:
    """Return the colour of a value: orange for less, blue for more, pale in the middle; full at a quarter and at four times.

    Examples
    --------
    >>> colour(1.0, value="ratio"), colour(0.25, value="ratio"), colour(4.0, value="ratio")
    ('#F4F4F2', '#B35806', '#2166AC')
    """
    place = math.log2(max(number, 0.05)) / 2 if value == "ratio" else number / 0.6
    place = max(-1.0, min(1.0, place))
    return mix(MIDDLE, MORE if place > 0 else LESS, abs(place))


def _words(number: float, value: str) -> str:
    if value == "ratio":
        return f"{number:.1f}"
    whole = round(number * 100)
    return f"+{whole}" if whole > 0 else f"−{-whole}" if whole < 0 else "0"


def _cell(
    ax: Axes, theme: Theme, grid: _Grid, place: tuple[int, int], pair: tuple[str, str],
    content: tuple[float, str, bool, bool], *, value: str, size: float,
) -> None:  # fmt: skip
    from matplotlib.patches import Rectangle

    number, reason, beyond, or_more = content
    x, y = grid.at(*place)
    gap = 0.8 if grid.step > 12 else 0.3
    box = (x + gap, y + gap)
    side = grid.step - 2 * gap
    if reason:
        edge = mix(theme.line, theme.muted, 0.25)
        patch = Rectangle(
            box, side, side, facecolor=theme.paper, edgecolor=edge, linewidth=0, hatch="/////", zorder=2,
            gid=f"withheld:{pair[0]}:{pair[1]}",
        )  # fmt: skip
        patch.set_hatch_linewidth(0.6)
        ax.add_patch(patch)
        return
    if number != number:  # nothing to compare with: neither little nor much
        ax.add_patch(
            Rectangle(box, side, side, facecolor=MIDDLE, edgecolor="none", zorder=2, gid=f"unknown:{pair[0]}:{pair[1]}")
        )
        write(ax, x + grid.step / 2, y + grid.step / 2, "–", size=size, color=theme.muted, ha="center", gid="unknown")
        return
    face = colour(number, value=value)
    if not beyond:
        face = mix(face, theme.paper, 0.75 if value == "change" else 0.55)
    ax.add_patch(
        Rectangle(box, side, side, facecolor=face, edgecolor="none", zorder=2, gid=f"cell:{pair[0]}:{pair[1]}")
    )
    if value == "change" and beyond:
        ax.add_patch(
            Rectangle((box[0] + 0.8, box[1] + 0.8), side - 1.6, side - 1.6, facecolor="none", edgecolor=theme.ink,
                      linewidth=1.4, zorder=3, gid="frame")
        )  # fmt: skip
    ink = max(("#000000", "#FFFFFF"), key=lambda shade: contrast(shade, face))  # one of them always reaches 4.5
    said = _words(number, value) if not or_more else f"≤{_words(number, value)}"
    if text_width(said, size=size) <= side - 1:
        write(ax, x + grid.step / 2, y + grid.step / 2, said, size=size, color=ink, ha="center", gid="value")


def _blank(ax: Axes, theme: Theme, grid: _Grid, at: int) -> None:
    from matplotlib.patches import Rectangle

    x, y = grid.at(at, at)
    ax.add_patch(
        Rectangle(
            (x + 0.8, y + 0.8), grid.step - 1.6, grid.step - 1.6, facecolor=theme.hairline, edgecolor="none", zorder=2
        )
    )


def _labels(ax: Axes, theme: Theme, grid: _Grid, at: int, name: str, *, room: float, size: float) -> None:
    words = shorten(name, width=room - 8, size=size)
    y = grid.top - (at + 0.5) * grid.step
    write(ax, grid.left - 6, y, words, size=size, color=theme.ink, ha="right", gid="group")
    x = grid.left + (at + 0.5) * grid.step
    head = shorten(name, width=room * 0.95, size=size)
    write(
        ax, x - size * 0.2, grid.top + 5, head, size=size, color=theme.ink, ha="left", va="bottom", rotation=50,
        rotation_mode="anchor", gid="head",
    )  # fmt: skip


def _scale(ax: Axes, theme: Theme, *, value: str, bottom: float) -> float:
    """Draw the key of colours above `bottom`; return the height its top reaches."""
    from matplotlib.patches import Rectangle

    marks = [0.25, 0.5, 1.0, 2.0, 4.0] if value == "ratio" else [-0.6, -0.3, 0.0, 0.3, 0.6]
    said = (
        ["¼ or less", "½", "1 as expected", "2", "4 or more"]
        if value == "ratio"
        else ["−60 %", "−30", "0", "+30", "+60 %"]
    )
    size, right = theme.type.small, in_points(ax)[0] - theme.margin
    # From left to right, in as many rows as the width asks for; the last row stands lowest.
    rows: list[list[tuple[float, float | None, str]]] = [[]]
    x = theme.margin
    for number, words in zip([*marks, None], [*said, "withheld"], strict=True):
        wide = 19 + text_width(words, size=size)
        if rows[-1] and x + wide > right:
            rows.append([])
            x = theme.margin
        rows[-1].append((x, number, words))
        x += wide + 14
    for at, row in enumerate(rows):
        y = bottom + 4 + KEY_ROW * (len(rows) - 1 - at)
        for x, number, words in row:
            face = theme.paper if number is None else colour(number, value=value)
            patch = Rectangle(
                (x, y), 14, 11, facecolor=face, edgecolor=theme.line, linewidth=0.5 if number is not None else 0
            )
            if number is None:
                patch.set_hatch("/////")
                patch.set_hatch_linewidth(0.6)
            ax.add_patch(patch)
            write(ax, x + 19, y + 5.5, words, size=size, color=theme.ink, gid="key")
    return bottom + 8 + KEY_ROW * len(rows)


def _alt(frame: pd.DataFrame, value: str, title: str) -> str:
    shown = frame[(frame["withheld"] == "") & frame[value].notna()]
    words = f"{title}. " if title else ""
    words += f"Heat map of {len(frame)} pairs of groups, {len(frame) - len(shown)} withheld. "
    ends = shown.sort_values([value, "group_a", "group_b"])
    if len(ends):
        low, high = ends.iloc[0], ends.iloc[-1]
        words += f"Least: {low['group_a']} and {low['group_b']}, {_words(low[value], value)}; "
        words += f"most: {high['group_a']} and {high['group_b']}, {_words(high[value], value)}."
    return words
