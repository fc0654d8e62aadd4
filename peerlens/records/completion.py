"""What only the owner of an export can say of the people in it: departments and standing, asked for the ten who matter most.

``people_to_complete.csv`` is written once, filled by hand in any spreadsheet, and read with the data from then on.
"""

from __future__ import annotations

import csv
import dataclasses
import hashlib
import io
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from peerlens.errors import Problem, did_you_mean
from peerlens.files import replace_file
from peerlens.records import names
from peerlens.records.cells import clean_id, guarded, without_guard
from peerlens.records.checks import Problems, shown
from peerlens.records.formats import delimited
from peerlens.records.small_tables import SmallTables
from peerlens.settings import Settings

if TYPE_CHECKING:
    import pandas as pd

FILE = "people_to_complete.csv"
COLUMNS = ("name", "address", "contacts", "department", "level", "relationship")
LEVELS = ("above", "same", "below")
"""as seen from the owner, where levels of the organisation are not known"""
ME = "me"
STANDING = {ME: "same", "manager": "above", "report": "below", "peer": "same"}


def write_form(path: Path, rows: Iterable[Mapping[str, str]]) -> None:
    """Write the form; a form that is there already is left alone.

    Parameters
    ----------
    path
        Where to.
    rows
        Of each person the columns that are known.
    """
    if path.exists():
        return
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\r\n", restval="")
    writer.writeheader()
    writer.writerows({column: guarded(row.get(column, "")) for column in COLUMNS} for row in rows)
    # The mark tells spreadsheets that the letters are UTF-8.
    replace_file(path, out.getvalue().encode("utf-8-sig"))


def completed(
    small: SmallTables, settings: Settings, folder: Path | None, problems: Problems
) -> tuple[SmallTables, Settings]:
    """Return the people with what the owner filled in, and settings in which the owner's levels have an order.

    Parameters
    ----------
    small
        The small tables as read.
    settings
        In force.
    folder
        Where the form may be.
    problems
        Where to note words that mean nothing.
    """
    path = folder / FILE if folder is not None and folder.is_dir() else None
    if path is None or not path.is_file() or "people" not in small.frames:
        return small, settings
    rows = problems.attempt(lambda: _rows(path, problems)) or []
    filled = [row for row in rows if row["department"] or row["level"] or row["relationship"] not in ("", ME)]
    if not filled:
        return small, settings
    people = small.frames["people"]
    done = _overlaid(people, rows)
    digest = hashlib.sha256(path.read_bytes() + small.sources["people"].sha256.encode()).hexdigest()
    source = dataclasses.replace(small.sources["people"], sha256=digest)
    note = f"{FILE}: {len(filled):,} people completed by hand"
    small = dataclasses.replace(
        small,
        frames=small.frames | {"people": done},
        sources=small.sources | {"people": source},
        notes=(*small.notes, note),
    )
    known = set(done["level"].dropna())
    if known and known <= set(LEVELS) and not settings.ties.level_order:
        settings = dataclasses.replace(settings, ties=dataclasses.replace(settings.ties, level_order=LEVELS))
    return small, settings


def _rows(path: Path, problems: Problems) -> list[dict[str, str]]:
    """Return the rows of the form, as filled in."""
    found = delimited.records(path)
    _, header = next(found, (1, []))
    at = {title.strip().lower(): place for place, title in enumerate(header)}
    rows = []
    for line, cells in found:
        row = {
            column: without_guard(cells[at[column]]) if column in at and at[column] < len(cells) else ""
            for column in COLUMNS
        }
        row["relationship"] = row["relationship"].lower()
        if row["relationship"] and row["relationship"] not in STANDING:
            expected = f"one of {', '.join(list(STANDING)[1:])}, or nothing"
            fix = did_you_mean(row["relationship"], STANDING)
            problems.add(Problem(FILE, line, "relationship", shown(row["relationship"]), expected, fix))
        rows.append(row)
    return rows


def _overlaid(people: pd.DataFrame, rows: list[dict[str, str]]) -> pd.DataFrame:
    """Return the people with empty cells filled from the form; what the table says itself stays."""
    by_address = {
        str(email).lower(): person for email, person in zip(people["email"], people["person_id"], strict=True)
    }
    by_name, _ = names.by_key(
        [(person, str(name)) for name, person in zip(people["name"], people["person_id"], strict=True)], least_words=1
    )
    persons = set(people["person_id"])
    said: dict[str, dict[str, str]] = {}
    for row in rows:
        address = clean_id(row["address"])
        person = address if address in persons else by_address.get(address) or by_name.get(names.key(row["name"]))
        if person is not None:
            said[person] = row
    owner = next((person for person, row in said.items() if row["relationship"] == ME), None)
    boss = next((person for person, row in said.items() if row["relationship"] == "manager"), None)
    has_own_levels = any(row["level"] and row["level"] not in LEVELS for row in rows) or people["level"].notna().any()
    people = people.copy()
    for person, row in said.items():
        standing = "" if has_own_levels else STANDING.get(row["relationship"], "")
        # Without a single standing but the owner's, everybody is a colleague, and the owner needs no level either.
        if row["relationship"] == ME and not _places_anybody(rows):
            standing = ""
        manager = owner if row["relationship"] == "report" else boss if person == owner else None
        values = {"department": row["department"], "level": row["level"] or standing, "manager_id": manager}
        for column, value in values.items():
            if value:
                empty = (people["person_id"] == person) & people[column].isna()
                people.loc[empty, column] = value
    return people


def _places_anybody(rows: list[dict[str, str]]) -> bool:
    return any(row["level"] or row["relationship"] not in ("", ME) for row in rows)
