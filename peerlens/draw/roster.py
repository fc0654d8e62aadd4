"""The roster: people by group, each with a mark that says how things stand. For questions of the kind "who of these?"."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from peerlens.draw.canvas import describe, fitted, footer, header, in_points, key, new_axes
from peerlens.draw.text import clean, shorten, text_width, write
from peerlens.draw.theme import HUES, LIGHT, Theme, mix, theme_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

WIDTH_IN, ROW_PT, HEAD_PT, GAP_PT = 9.2, 17.0, 19.0, 9.0
COLUMNS, MOST = 4, 24
LEAST_PT = 95.0
"""a column narrower than this cuts most names: then there are two"""
FULL, HALF, NONE = range(3)


def roster(
    frame: pd.DataFrame,
    *,
    states: Sequence[str],
    how_to_read: str,
    ax: Axes | None = None,
    title: str = "",
    subtitle: str = "",
) -> Axes:
    """Draw people in columns under the name of their group, marked by how things stand.

    Parameters
    ----------
    frame
        Columns `group`, `label` and `state`, drawn in the order they come; at most 24 people of a group are named. A row
        without a label is a group of nobody; a state that is none of ``states`` says why.
    states
        Up to three words for how things stand, from a filled mark over a half-filled one to an empty ring. Where the first is
        empty, the group's own name says it, and those so marked are not counted beside it.
    how_to_read
        What one mark is.
    ax
        The axes to draw on, else a new one as high as the names need.
    title, subtitle
        The finding; the period and the numbers.

    Returns
    -------
    The axes. Each person is one mark whose gid is `person:` and the label.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"group": ["Team"] * 2, "label": ["Ann", "Bo"], "state": ["in touch", "not"]})
    >>> ax = roster(frame, states=("in touch", "not"), how_to_read="each mark is one person.")
    >>> [text.get_text() for text in ax.texts if text.get_gid() == "count"]
    ['1 of 2 in touch']
    """
    from matplotlib.lines import Line2D

    groups = list(dict.fromkeys(frame["group"].tolist()))
    blocks = [_block(frame, group) for group in groups]
    width = WIDTH_IN * 72 if ax is None else in_points(ax)[0]
    most = COLUMNS if width >= COLUMNS * LEAST_PT else 2
    columns_of = [_columns(rows, most, width) for rows in blocks]
    tall = sum(
        HEAD_PT + GAP_PT + _lines(rows, columns) * ROW_PT for rows, columns in zip(blocks, columns_of, strict=True)
    )
    if ax is None:
        ax = new_axes(WIDTH_IN, (132 + tall) / 72, is_fitted=True)
    theme, (width, _) = theme_of(ax), in_points(ax)
    top = header(ax, title=title, subtitle=subtitle) - 6
    present = [state for state in states if state and (frame["label"].notna() & (frame["state"] == state)).any()]
    looks = {
        state: _look(place if len(states) > 2 or place == 0 else NONE, theme) for place, state in enumerate(states)
    }
    floor = (
        key(ax, items=[(looks[state], state) for state in present], bottom=footer(ax, how_to_read=how_to_read))
        if present
        else footer(ax, how_to_read=how_to_read) + 6
    )
    top = fitted(ax, top=top, bottom=floor, body=tall + 4)
    squeeze = min(1.0, (top - floor - 4) / max(tall, 1.0))
    size, y = theme.type.label, top
    for group, rows, columns in zip(groups, blocks, columns_of, strict=True):
        wide = (width - 2 * theme.margin) / columns
        y -= HEAD_PT * squeeze * 0.6
        write(
            ax,
            theme.margin,
            y,
            str(group)[:1].upper() + str(group)[1:],
            size=size,
            bold=True,
            color=theme.ink,
            gid="group",
        )
        if rows:
            full = sum(1 for _, state in rows if state == states[0])
            words = f"{full} of {len(rows)} {states[0]}" if states[0] else ""
            write(ax, width - theme.margin, y, words, size=size, color=theme.muted, ha="right", gid="count")
        y -= HEAD_PT * squeeze * 0.4
        if not rows:
            y -= ROW_PT * squeeze / 2
            write(ax, theme.margin, y, _of_nobody(frame, group, states), size=size, color=theme.muted, gid="none")
            y -= ROW_PT * squeeze / 2
        shown = rows[:MOST]
        for place, (label, state) in enumerate(shown):
            x, at = theme.margin + wide * (place % columns), y - ROW_PT * squeeze * (place // columns + 0.5)
            mark = Line2D([x + 6], [at], linestyle="None", clip_on=False, zorder=5, **looks[state])
            mark.set_gid(f"person:{label}")
            ax.add_line(mark)
            ink = theme.ink if state == states[0] else theme.muted
            write(ax, x + 16, at, shorten(label, width=wide - 24, size=size), size=size, color=ink, gid="label")
        lines = _lines(rows, columns) if rows else 0
        if len(rows) > MOST:
            at = y - ROW_PT * squeeze * (MOST // columns + 0.5)
            write(ax, theme.margin, at, f"and {len(rows) - MOST} more", size=size, color=theme.muted, gid="more")
        y -= (lines * ROW_PT + GAP_PT) * squeeze
    parts = [
        f"{group}: "
        + ("; ".join(f"{label} {state}".strip() for label, state in rows) if rows else _of_nobody(frame, group, states))
        for group, rows in zip(groups, blocks, strict=True)
    ]
    describe(ax, (f"{title} " if title else "") + ". ".join(parts) + ".")
    return ax


def _block(frame: pd.DataFrame, group: str) -> list[tuple[str, str]]:
    own = frame[(frame["group"] == group) & frame["label"].notna()]
    return list(zip(own["label"].astype(str), own["state"].astype(str), strict=True))


def _columns(rows: list[tuple[str, str]], most: int, width: float) -> int:
    """Return as many columns as leave three names in four whole."""
    shown = [text_width(clean(label), size=LIGHT.type.label) for label, _ in rows[:MOST]]
    for columns in range(most, 1, -1):
        room = (width - 2 * LIGHT.margin) / columns - 24
        if sum(name > room for name in shown) <= len(shown) / 4:
            return columns
    return 1


def _lines(rows: list[tuple[str, str]], columns: int) -> int:
    return max(1, -(-min(len(rows), MOST + 1) // columns))


def _of_nobody(frame: pd.DataFrame, group: object, states: Sequence[str]) -> str:
    why = frame.loc[(frame["group"] == group) & frame["label"].isna(), "state"].dropna().astype(str)
    why = why[~why.isin(list(states))]
    return why.iloc[0] if len(why) else "nobody in this data"


def _look(place: int, theme: Theme) -> dict[str, Any]:
    colour = mix(HUES[2], theme.ink, 0.15)
    if place == FULL:
        return {"marker": "o", "color": colour, "markersize": 8.5, "markeredgecolor": colour}
    edge = colour if place == HALF else mix(theme.muted, theme.paper, 0.2)
    look = {"marker": "o", "markersize": 8.5, "markeredgewidth": 1.3, "markeredgecolor": edge}
    if place == HALF:
        return look | {
            "fillstyle": "left",
            "markerfacecolor": colour,
            "markerfacecoloralt": theme.paper,
            "color": colour,
        }
    return look | {"markerfacecolor": theme.paper, "color": edge}
