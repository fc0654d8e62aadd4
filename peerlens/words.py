"""Numbers, days and shares as people read them; nothing here depends on the locale or the clock."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pandas as pd

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
"""strftime follows the locale"""
DAYS_A_WEEK = 7


def number(value: Any) -> str:
    """Write a number as a sentence shows it: whole, or with one decimal.

    Examples
    --------
    >>> number(3.0), number(2.26), number(14)
    ('3', '2.3', '14')
    """
    text = f"{float(value):.1f}"
    return text.removesuffix(".0")


def percent(value: Any) -> str:
    """Write a share as a whole percentage.

    Examples
    --------
    >>> percent(0.625)
    '62 %'
    """
    return f"{float(value) * 100:.0f} %"


def unbroken(text: str) -> str:
    """Keep a number and its per cent sign on one line.

    Examples
    --------
    >>> unbroken("32 % of them") == "32\N{NO-BREAK SPACE}% of them"
    True
    """
    return re.sub(r"(?<=\d) (?=%)", "\N{NO-BREAK SPACE}", text)


def day(value: Any) -> str:
    """Say a day; nothing for a missing one.

    Examples
    --------
    >>> day(date(2026, 9, 5)), day(None)
    ('5 Sep 2026', '')
    """
    if value is None or pd.isna(value):
        return ""
    stamp = pd.Timestamp(value)
    return f"{stamp.day} {MONTHS[stamp.month - 1]} {stamp.year}"


def chance(share: float, *, n: Any, note: Any, horizon_days: int) -> str:
    """Say how often ties like one stayed quiet, with the number of cases; without that, why it is not known.

    Examples
    --------
    >>> chance(0.38, n=131, note=None, horizon_days=56)
    'Ties like this one stayed silent for the next 8 weeks about 4 times in 10 in your own data (n = 131).'
    >>> chance(float("nan"), n=None, note="not defined for this kind", horizon_days=56)
    'Chance that it stays quiet: not defined for this kind.'
    """
    if pd.isna(share):
        return f"Chance that it stays quiet: {note}." if isinstance(note, str) else ""
    if share < 0.05:
        often = "fewer than 1 time in 20"
    elif share >= 0.95:
        often = "more than 19 times in 20"
    else:
        tenths = max(1, min(9, round(10 * share)))
        often = f"about {tenths} time{'' if tenths == 1 else 's'} in 10"
    cases = "" if n is None or pd.isna(n) else f" (n = {int(n):,})"
    weeks = horizon_days // DAYS_A_WEEK
    return f"Ties like this one stayed silent for the next {weeks} weeks {often} in your own data{cases}."


def cell(value: Any, *, column: str) -> str:
    """Say one value of a table by its type, and shares as percentages.

    Examples
    --------
    >>> cell(0.25, column="share"), cell(3.0, column="contact_days"), cell(float("nan"), column="share")
    ('25 %', '3', '–')
    """
    if value is None or (not isinstance(value, list | tuple | dict) and pd.isna(value)):
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, date | pd.Timestamp):
        return day(value)
    if isinstance(value, int | float):
        return percent(value) if column.endswith("share") or column.startswith("share") else number(value)
    return str(value).replace("_", " ") if column in {"kind", "direction"} else str(value)


def head(column: str) -> str:
    """Say the name of a column.

    Examples
    --------
    >>> head("contact_days_w"), head("contact_days_52w")
    ('Contact days', 'Contact days, 52 weeks')
    """
    column = {"other": "person"}.get(column, column)
    plain = re.sub(r"_(\d+)w$", r", \1 weeks", column.removesuffix("_w"))
    return plain.replace("_", " ").capitalize()


def of_people(names: list[str]) -> str:
    """Join names as a sentence does.

    Examples
    --------
    >>> of_people(["A", "B", "C"])
    'A, B and C'
    """
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else ""
