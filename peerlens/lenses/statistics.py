"""Every measure of every lens in one table, one row a person, as a statistician may have it: tokens, and a dictionary."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING

import pandas as pd

from peerlens.lenses.frames import FEWEST
from peerlens.privacy.tokens import labels_of, token

if TYPE_CHECKING:
    from collections.abc import Mapping

    from peerlens.lenses.lens import Lens
    from peerlens.ties import Ties

WITHHELD = f"withheld (fewer than {FEWEST})"
_BULLET = re.compile(r"^\s*- ``(?P<name>\w+)``: (?P<text>.*)$")
_PLACE = (
    ("person", "token of the person, or the id where a release is on record", ""),
    ("level", f"level in the chart; {WITHHELD} where fewer than {FEWEST} people share level and department", ""),
    ("department", f"department in the chart; {WITHHELD} where it has fewer than {FEWEST} people", ""),
)


def measures(ties: Ties, lenses: Mapping[str, Lens], *, key: bytes | None = None) -> pd.DataFrame:
    """Measure everybody in the chart with every lens that has its data.

    Parameters
    ----------
    ties
        What is measured.
    lenses
        Lenses by name.
    key
        Secret that tokens are made with, so that they stay the same from one analysis to the next; without one, people are
        numbered in an order that says nothing.

    Returns
    -------
    pandas.DataFrame
        ``person, level, department``, then ``<lens>_<measure>``: numbers, and ``<lens>_reason`` why they are missing. Ids stand
        there only for people whose release (released.csv) covers ``as_of``. ``.attrs["dictionary"]`` says what each column is.
    """
    persons = ties.persons[ties.persons["is_in_people"] & ~ties.persons["is_role_account"]]
    table = persons[["person_id", "level", "department"]].reset_index(drop=True)
    said: list[tuple[str, str, str]] = list(_PLACE)
    for name, lens in lenses.items():
        if lens.lacks(ties):
            continue
        frame = lens.measured(ties)
        kept = [c for c in frame if c == "reason" or pd.api.types.is_numeric_dtype(frame[c])]
        renamed = frame[["person_id", *kept]].rename(columns={column: f"{name}_{column}" for column in kept})
        table = table.merge(renamed, on="person_id", how="left", validate="one_to_one")
        meanings = _meanings(lens)
        said += [(f"{name}_{column}", *meanings.get(str(column), _otherwise(lens, str(column)))) for column in kept]
    table = table.copy()  # in one piece again after all the joins
    ids = table.pop("person_id")
    table.insert(0, "person", _shown(ties, ids, key))
    table["level"], table["department"] = _large_groups(table["level"], table["department"])
    table = table.sort_values("person", ignore_index=True)
    table.attrs["dictionary"] = [dict(zip(("column", "meaning", "unit"), row, strict=True)) for row in said]
    table.attrs["as_of"] = ties.as_of.isoformat()
    released = int((table["person"].isin(_released(ties))).sum())
    table.attrs["release"] = (
        "No release on record: everybody is a token."
        if not released
        else "Ids of people with a release on record; everybody else is a token."
    )
    return table


def measures_dictionary(table: pd.DataFrame) -> pd.DataFrame:
    """Return what each column of :func:`measures` is: ``column, meaning, unit``, as written where it is computed."""
    return pd.DataFrame(table.attrs["dictionary"], columns=["column", "meaning", "unit"])


def _released(ties: Ties) -> set[str]:
    rows = ties.events.records.released
    today = pd.Timestamp(ties.as_of)
    begun = rows["from_on"].isna() | (rows["from_on"] <= today)
    lasts = rows["until_on"].isna() | (rows["until_on"] >= today)
    return set(rows.loc[begun & lasts, "person_id"])


def _shown(ties: Ties, ids: pd.Series, key: bytes | None) -> pd.Series:
    made = (
        labels_of(ids.tolist(), salt=ties.events.records.fingerprint)
        if key is None
        else {person: token(person, key) for person in ids}
    )
    return ids.where(ids.isin(_released(ties)), ids.map(made))


def _large_groups(level: pd.Series, department: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Withhold departments of fewer than five, and levels of fewer than five within what is then shown as department."""
    known = department.notna()
    small = known & (department.groupby(department).transform("size") < FEWEST)
    if 0 < small.sum() < FEWEST:  # a lone withheld department would be known by being withheld
        sizes = department[known & ~small].value_counts().sort_index()
        small |= department == (sizes.idxmin() if len(sizes) else None)
    shown = department.astype("object").mask(small, WITHHELD)
    levels = level.astype("object")
    together = pd.Series(list(zip(shown.fillna(""), levels.fillna(""), strict=True)), index=level.index)
    few = level.notna() & (together.groupby(together).transform("size") < FEWEST)
    levels = levels.mask(few, WITHHELD)
    left = shown.notna() & (levels == WITHHELD)
    few = left & (shown.where(left, "").groupby(shown.where(left, "")).transform("size") < FEWEST)
    return levels, shown.mask(few, WITHHELD)


def _meanings(lens: Lens) -> dict[str, tuple[str, str]]:
    """Read the columns out of the docstring of ``measure``: bullets of a name, a meaning, and the unit in brackets at its end.

    Examples
    --------
    >>> from peerlens.lenses import LENSES
    >>> _meanings(LENSES["delegation"])["reports"]
    ('direct reports', 'people')
    """
    found: dict[str, str] = {}
    name = None
    for line in inspect.getdoc(type(lens).measure).splitlines() if type(lens).measure.__doc__ else ():  # type: ignore[union-attr]
        bullet = _BULLET.match(line)
        if bullet:
            name = bullet["name"]
            found[name] = bullet["text"].strip()
        elif name and line.strip() and line.startswith("  "):
            found[name] += " " + line.strip()
        else:
            name = None
    return {column: _with_unit(text) for column, text in found.items()}


def _with_unit(text: str) -> tuple[str, str]:
    plain = text.replace("``", "").rstrip(".")
    match = re.fullmatch(r"(?P<meaning>.*) \((?P<unit>[^()]*)\)", plain)
    return (match["meaning"], match["unit"]) if match else (plain, "")


def _otherwise(lens: Lens, column: str) -> tuple[str, str]:
    first = (inspect.getdoc(type(lens).measure) or lens.question).splitlines()[0].rstrip(".")
    return f"{column.replace('_', ' ')} ({first})", ""
