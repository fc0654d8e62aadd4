"""The rhythm strip: the contact days of one tie over the last 52 weeks, with its silence shaded."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from peerlens.draw.canvas import describe, footer, header, in_points, key, new_axes
from peerlens.draw.text import text_width, write
from peerlens.draw.theme import HUES, Theme, mix, theme_of
from peerlens.words import MONTHS
from peerlens.words import day as say_day

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

WIDTH_IN, HEIGHT_IN = 9.2, 2.95
DAYS = 52 * 7
SHORT_SPAN = 70
"""days under which weeks are named instead of months"""
TALL, SHORT = 26.0, 10.0


def rhythm(
    days: pd.DataFrame,
    *,
    as_of: dt.date | str,
    ax: Axes | None = None,
    silence_from: dt.date | str | None = None,
    title: str = "",
    subtitle: str = "",
) -> Axes:
    """Draw the contact days of one tie as a strip of the 52 weeks up to `as_of`.

    Parameters
    ----------
    days
        One row per day: `day`, `close` (close contact, or only in larger groups) and, if known, `direction_out` (who
        started: true for the person, false for the other, missing for not known).
    as_of
        The last day of the strip; later rows are left out.
    ax
        The axes to draw on, else a new one.
    silence_from
        The first day of the present silence, which is shaded from there on.
    title, subtitle
        The finding; the period and the numbers.

    Returns
    -------
    The axes. Each contact day is one rectangle whose gid is `day:` and its date.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"day": ["2026-03-02", "2026-03-09"], "close": [True, False]})
    >>> ax = rhythm(frame, as_of="2026-08-30", silence_from="2026-03-10")
    >>> sorted(p.get_gid() for p in ax.patches if str(p.get_gid()).startswith("day:"))
    ['day:2026-03-02', 'day:2026-03-09']
    """
    from matplotlib.patches import Rectangle

    last = _date(as_of)
    first = last - dt.timedelta(days=DAYS - 1)
    contact = _contact_days(days, first, last)
    ax = new_axes(WIDTH_IN, HEIGHT_IN) if ax is None else ax
    theme, (width, _) = theme_of(ax), in_points(ax)
    sided = any(who is not None for _, who in contact.values())
    top = header(ax, title=title, subtitle=subtitle)
    how = "each bar is a day with contact; a tall bar is close contact (few people), a short one only larger groups."
    how += " Above the line: started from your side; below it: from theirs; across it: not known." if sided else ""
    bottom = key(ax, items=_key_items(contact, theme, silence_from is not None), bottom=footer(ax, how_to_read=how))
    left, right = theme.margin, width - theme.margin
    middle = bottom + 20 + (top - 24 - bottom - 20) / 2
    reach = TALL + 4

    def x(day: dt.date) -> float:
        return left + (right - left) * (day - first).days / DAYS

    months(ax, theme, x=x, first=first, last=last, at=middle - reach, reach=reach)
    quiet = _date(silence_from) if silence_from is not None else None
    if quiet is not None and quiet <= last:
        start = x(max(quiet, first))
        tint = mix(theme.paper, theme.accent, 0.14)
        shade = {"facecolor": tint, "edgecolor": "none", "zorder": 1, "gid": "silence"}
        ax.add_patch(Rectangle((start, middle - reach), right - start, 2 * reach, **shade))
        words = f"quiet since {say_day(quiet)}"
        at = min(max(start, left), right - text_width(words, size=theme.type.small, bold=True))
        write(
            ax, at, middle + reach + 8, words, size=theme.type.small, bold=True, color=theme.accent_text, gid="silence"
        )
    ax.add_patch(
        Rectangle(
            (left, middle - 0.4), right - left, 0.8, facecolor=theme.line, edgecolor="none", zorder=2, gid="baseline"
        )
    )
    step = max((right - left) / DAYS, 1.0)
    for day, (close, who) in contact.items():
        tall = TALL if close else SHORT
        low, high = (
            {True: (0.0, tall), False: (-tall, 0.0), None: (-tall / 2, tall / 2)}[who] if sided else (-tall, tall)
        )
        bar = Rectangle(
            (x(day), middle + low),
            max(step * 0.9, 1.2),
            high - low,
            facecolor=_colour(close, theme),
            edgecolor="none",
            zorder=3,
            gid=f"day:{day}",
        )
        ax.add_patch(bar)
    close_days = sum(1 for close, _ in contact.values() if close)
    alt = f"{title}. " if title else ""
    alt += f"{close_days} days of close contact and {len(contact) - close_days} in larger groups only, "
    alt += f"{say_day(first)} to {say_day(last)}."
    describe(ax, alt + (f" Quiet since {say_day(quiet)}." if quiet else ""))
    return ax


def _colour(close: bool, theme: Theme) -> str:
    return mix(HUES[0], theme.ink, 0.35) if close else mix(theme.muted, theme.paper, 0.35)


def _key_items(contact: dict[dt.date, Any], theme: Theme, shaded: bool) -> list[tuple[dict[str, Any], str]]:
    present = {close for close, _ in contact.values()}
    items: list[tuple[dict[str, Any], str]] = []
    for close, words, size in ((True, "close contact", 11), (False, "only in larger groups", 6)):
        if close in present:
            colour = _colour(close, theme)
            items.append(({"marker": "|", "color": colour, "markersize": size, "markeredgewidth": 2.2}, words))
    if shaded:
        tint = mix(theme.paper, theme.accent, 0.14)
        items.append(({"marker": "s", "color": tint, "markersize": 9, "markeredgewidth": 0}, "quiet"))
    return items


def months(ax: Axes, theme: Theme, *, x: Any, first: dt.date, last: dt.date, at: float, reach: float) -> None:
    """Rule a strip of days by months and write their names below it, or Mondays where there are few weeks; `x` places a day."""
    from matplotlib.patches import Rectangle

    month = dt.date(first.year, first.month, 1)
    shown_until, year = 0.0, 0
    by_week = (last - first).days < SHORT_SPAN
    while month <= last:
        if month >= first:
            ax.add_patch(
                Rectangle(
                    (x(month), at), 0.6, 2 * reach, facecolor=theme.hairline, edgecolor="none", zorder=1.5, gid="month"
                )
            )
        after = dt.date(month.year + month.month // 12, month.month % 12 + 1, 1)
        start, end = x(max(month, first)), x(min(after, last + dt.timedelta(days=1)))
        words = MONTHS[month.month - 1] + (f" {month.year}" if month.year != year else "")
        wide = text_width(words, size=theme.type.small)
        if (
            not by_week
            and start >= shown_until
            and (end - start >= wide or month >= first)
            and start + wide <= x(last) + theme.margin * 0.8
        ):
            write(ax, start, at - 9, words, size=theme.type.small, color=theme.muted, gid="month")
            shown_until, year = start + wide + 4, month.year
        month = after
    monday = first + dt.timedelta(days=-first.weekday() % 7)
    while by_week and monday <= last:  # a month's name alone would not say where its days lie
        words = f"{monday.day} {MONTHS[monday.month - 1]}"
        if (
            x(monday) >= shown_until
            and x(monday) + text_width(words, size=theme.type.small) <= x(last) + theme.margin * 0.8
        ):
            write(ax, x(monday), at - 9, words, size=theme.type.small, color=theme.muted, gid="month")
            shown_until = x(monday) + text_width(words, size=theme.type.small) + 8
        monday += dt.timedelta(days=7)


def _contact_days(days: pd.DataFrame, first: dt.date, last: dt.date) -> dict[dt.date, tuple[bool, bool | None]]:
    """Return each day in the window with whether it was close and who started, in order."""
    missing = [column for column in ("day", "close") if column not in days.columns]
    if missing:
        raise ValueError(
            f"The rhythm strip needs the columns day, close; missing: {', '.join(missing)}. Add them to the frame."
        )
    started = days["direction_out"].tolist() if "direction_out" in days.columns else [None] * len(days)
    found: dict[dt.date, tuple[bool, bool | None]] = {}
    for day, close, out in zip(days["day"].tolist(), days["close"].tolist(), started, strict=True):
        date, who = _date(day), (None if out is None or str(out) in {"nan", "<NA>"} else bool(out))
        if first <= date <= last:
            before = found.get(date, (False, who))
            found[date] = (before[0] or bool(close), who if before[1] == who else None)
    return dict(sorted(found.items()))


def _date(value: Any) -> dt.date:
    if isinstance(value, str):
        return dt.date.fromisoformat(value[:10])
    return value.date() if isinstance(value, dt.datetime) else value
