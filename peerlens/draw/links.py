"""The bridge diagram: which links between groups few people carry; how many, never who."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from peerlens.draw.canvas import describe, fitted, footer, header, in_points, new_axes
from peerlens.draw.text import shorten, text_width, write
from peerlens.draw.theme import Theme, theme_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

WIDTH_IN, ROW_PT, MOST = 9.2, 22.0, 24
HOW_TO_READ = (
    "each line is the link between two groups; the words at its ends say how many people on that side have a live tie "
    "across, in fives. "
    "A thin broken line hangs on few people. Who they are is not shown."
)


def links(frame: pd.DataFrame, *, ax: Axes | None = None, title: str = "", subtitle: str = "") -> Axes:
    """Draw one line for each thin link between two groups.

    Parameters
    ----------
    frame
        Columns `group_a`, `group_b`, `carriers_a`, `carriers_b` (in words) and `is_thin`.
    ax
        The axes to draw on, else a new one as high as the links need.
    title, subtitle
        The finding; the period and the numbers.

    Returns
    -------
    The axes. Each link is one line artist whose gid is `link:` with the two groups.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({
    ...     "group_a": ["A"], "group_b": ["B"], "carriers_a": ["fewer than 5"], "carriers_b": ["10"], "is_thin": [True]
    ... })
    >>> ax = links(frame, title="One link hangs on few people")
    >>> sorted(t.get_text() for t in ax.texts if t.get_gid() == "group")
    ['A', 'B']
    """
    missing = [n for n in ("group_a", "group_b", "carriers_a", "carriers_b", "is_thin") if n not in frame.columns]
    if missing:
        raise ValueError(f"The bridge diagram lacks the columns {', '.join(missing)}.")
    known = frame[frame["is_thin"].notna()]
    thin = known[known["is_thin"].astype(bool)].sort_values(["group_a", "group_b"])
    rest = len(known) - len(thin)
    shown: list[Any] = thin.head(MOST).to_dict("records")
    notes = [f"{MOST} of {len(thin):,} thin links are drawn, by name"] if len(thin) > MOST else []
    others = "1 other link is" if rest == 1 else f"{rest:,} other links are"
    notes += [f"{others} carried by more, or little contact would be expected"] if rest else []
    subtitle = " · ".join([part for part in (subtitle, *notes) if part])
    if ax is None:
        ax = new_axes(WIDTH_IN, (150 + ROW_PT * max(len(shown), 1)) / 72, is_fitted=True)
    theme, (width, _) = theme_of(ax), in_points(ax)
    top = header(ax, title=title, subtitle=subtitle) - 12
    bottom = footer(ax, how_to_read=HOW_TO_READ) + 10
    top = fitted(ax, top=top, bottom=bottom, body=ROW_PT * max(len(shown), 1))
    step = min(ROW_PT, (top - bottom) / max(len(shown), 1))
    for at, row in enumerate(shown):
        _link(ax, theme, row, y=top - step * (at + 0.5), width=width)
    if not shown:
        write(ax, theme.margin, top - step / 2, "No thin link.", size=theme.type.label, color=theme.muted, gid="none")
    said = "; ".join(f"{r['group_a']} ({r['carriers_a']}) to {r['group_b']} ({r['carriers_b']})" for r in shown)
    describe(ax, (f"{title}. " if title else "") + f"Thin links between groups, people on each side: {said or 'none'}.")
    return ax


def _link(ax: Axes, theme: Theme, row: dict[str, Any], *, y: float, width: float) -> None:
    size, name_room, count_room = theme.type.label, width * 0.22, 82.0
    left, right = theme.margin + name_room, width - theme.margin - name_room
    one = shorten(row["group_a"], width=name_room - 8, size=size, bold=True)
    two = shorten(row["group_b"], width=name_room - 8, size=size, bold=True)
    write(ax, left - 8, y, one, size=size, bold=True, color=theme.ink, ha="right", gid="group")
    write(ax, right + 8, y, two, size=size, bold=True, color=theme.ink, gid="group")
    is_few = [str(row[name]).startswith("fewer") for name in ("carriers_a", "carriers_b")]
    for x, text, few, side in (
        (left, row["carriers_a"], is_few[0], "left"),
        (right, row["carriers_b"], is_few[1], "right"),
    ):
        words = f"{text} people" if str(text).isdigit() else str(text)
        words = words if few else f"{words.removesuffix(' people')}+ people"
        color = theme.accent_text if few else theme.muted
        write(ax, x, y, words, size=theme.type.small, color=color, ha=side, gid="carriers")
        count_room = max(count_room, text_width(words, size=theme.type.small) + 8)
    ax.plot(
        [left + count_room, right - count_room], [y, y], color=theme.accent if any(is_few) else theme.muted,
        linewidth=1.8 if all(is_few) else 2.6, linestyle=(0, (4, 2)), zorder=2, gid=f"link:{row['group_a']}:{row['group_b']}",
    )  # fmt: skip
    in_points(ax)
