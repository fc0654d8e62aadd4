"""What is around an explorer's picture to work it: search, filters, a slider over weeks, and the evidence of a chosen tie."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date, timedelta
from html import escape
from typing import TYPE_CHECKING, Any

from peerlens.draw.text import clean
from peerlens.draw.theme import DIRECTION_WORDS, kind_words
from peerlens.words import day as say_day

if TYPE_CHECKING:
    import pandas as pd

    from peerlens.draw.layout import WheelLayout

WEEKS = 52
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def controls(layout: WheelLayout, *, has_weeks: bool) -> str:
    """Write the form above the picture: find a person, filter, and choose a week.

    Parameters
    ----------
    layout
        Where everybody stands.
    has_weeks
        Whether contact by week is known, and so a slider makes sense.

    Examples
    --------
    >>> from peerlens.draw.layout import WheelLayout
    >>> 'type="search"' in controls(WheelLayout((), (), 0, 0), has_weeks=False)
    True
    """
    departments = [(s.name, s.name) for s in layout.sectors if s.contacts]
    directions = [(key, said) for key, said in DIRECTION_WORDS.items() if any(s.direction == key for s in layout.spots)]
    kinds = [(kind, kind_words(kind)) for kind in dict.fromkeys(s.kind for s in layout.spots if s.kind)]
    names = sorted({s.label for s in layout.spots}, key=str.casefold)
    listed = "".join(f'<option value="{escape(name)}"></option>' for name in names)
    parts = [
        '<form class="controls" onsubmit="return false" role="search" aria-label="Find and filter">',
        f'<label>Find a person <input type="search" id="find" list="names" autocomplete="off"></label>'
        f'<datalist id="names">{listed}</datalist>',
        _choice("by-department", "Department", "all departments", departments),
        _choice("by-direction", "Level", "all levels", directions),
        _choice("by-kind", "May need attention", "all contacts", [("any", "any that may"), *kinds]) if kinds else "",
    ]
    if has_weeks:
        parts.append(
            f'<label class="weeks">Strength as it was on <output id="week-said"></output>'
            f'<input type="range" id="week" min="1" max="{WEEKS}" value="{WEEKS}" step="1"></label>'
        )
    parts.append('</form>\n<p id="shown" class="shown" aria-live="polite"></p>')
    return "\n".join(part for part in parts if part)


def _choice(name: str, label: str, everything: str, options: list[tuple[str, str]]) -> str:
    listed = "".join(f'<option value="{escape(value)}">{escape(said)}</option>' for value, said in options)
    return f'<label>{escape(label)} <select id="{name}"><option value="">{escape(everything)}</option>{listed}</select></label>'


def people_data(
    layout: WheelLayout, frame: pd.DataFrame, *, as_of: date | None, half_life_days: float
) -> dict[str, Any]:
    """Return what the page's script needs to know of each contact.

    Parameters
    ----------
    layout
        Where everybody stands.
    frame
        The rows drawn; optionally with `weeks` (52 amounts of credit, the oldest first), `days` (ages of contact days in days)
        and `because` (one sentence).
    as_of
        The last day of the last week.
    half_life_days
        How fast credit fades.

    Returns
    -------
    dict
        `people` by id: name, department, direction, kind, evidence; `weeks`: the last day of each week in words;
        `directions` in words.
    """
    extra: dict[str, dict[str, Any]] = {}
    for row in frame.to_dict("records"):
        weeks, days, because = row.get("weeks"), row.get("days"), row.get("because")
        found: dict[str, Any] = {}
        if isinstance(weeks, list | tuple):
            found["w"] = tenths(weeks)
        if isinstance(days, list | tuple):
            found["d"] = day_bits(days)
        if isinstance(because, str):
            found["b"] = clean(because)
        extra[str(row["other_id"])] = found
    people = {
        s.other_id: {
            "n": s.label, "p": s.department, "g": s.direction,
            **({"s": s.sector} if s.sector != s.department else {}),
            **({"k": s.kind, "q": kind_words(s.kind, department=s.department)} if s.kind else {}),
            **extra.get(s.other_id, {}),
        }
        for s in layout.spots
    }  # fmt: skip
    ends = [] if as_of is None else [say_day(as_of - timedelta(days=7 * (WEEKS - 1 - at))) for at in range(WEEKS)]
    said = {s.direction: DIRECTION_WORDS.get(s.direction, s.direction) for s in layout.spots}
    return {"people": people, "weeks": ends, "halfLife": half_life_days, "directions": said}


def day_bits(ages: Iterable[float]) -> str:
    """Write contact days of 52 weeks as one bit each, six to a letter: a year of them is shorter than ten numbers.

    Examples
    --------
    >>> day_bits([0, 2, 6]), len(day_bits([363])), day_bits([])
    ('FB', 61, '')
    """
    bits = 0
    for age in ages:
        if 0 <= age < WEEKS * 7:
            bits |= 1 << int(age)
    letters = []
    while bits:
        letters.append(LETTERS[bits & 63])
        bits >>= 6
    return "".join(letters)


def tenths(amounts: Iterable[float]) -> str:
    """Write amounts to a tenth, two letters each.

    Examples
    --------
    >>> tenths([0.0, 0.1, 6.4, 999.0])
    'AAABBA//'
    """
    found = [min(max(round(float(amount) * 10), 0), 64 * 64 - 1) for amount in amounts]
    return "".join(LETTERS[value >> 6] + LETTERS[value & 63] for value in found)


def as_script(name: str, value: Any) -> str:
    """Write a value as a script's variable; nothing in it can end the script."""
    return f"var {name} = {json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(',', ':'))};".replace(
        "<", "\\u003c"
    )
