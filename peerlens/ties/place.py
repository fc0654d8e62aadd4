"""Where people stand: rank, reporting lines, teams, and who has just joined, moved or left.

Small tables (one row a person), so pandas on the driver; the engine receives the result.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from peerlens.errors import InputError, Problem
from peerlens.records.cells import places_of

if TYPE_CHECKING:
    from peerlens.settings import FairnessSettings, TieSettings


@dataclass(frozen=True)
class Places:
    """The organisation chart on one day.

    Parameters
    ----------
    people
        One row per person valid that day: ``person_id, name, department, level, manager_id, rank`` (0 is most senior; NaN
        unknown), ``has_reports, is_stray_root``.
    lines
        ``person_id, ancestor_id, distance``: everybody above each person.
    rank_from
        ``"level"``, ``"depth"`` or ``"nothing"``: what ranks rest on.
    """

    people: pd.DataFrame
    lines: pd.DataFrame
    rank_from: str

    @property
    def word(self) -> str:
        """What a peer is called on screen: without levels and managers nobody can be told from a peer."""
        return "colleague" if self.rank_from == "nothing" else "peer"


def place_people(chart: pd.DataFrame, settings: TieSettings) -> Places:
    """Work out ranks and reporting lines from the chart of one day.

    Parameters
    ----------
    chart
        One row per person with ``person_id, name, department, level, manager_id``.
    settings
        ``level_order`` and ``orientation_share`` decide which way levels point.

    Raises
    ------
    InputError
        Levels are words, or numbers that point both ways, and no ``level_order`` is given.
    """
    people = chart[["person_id", "name", "department", "level", "manager_id"]].copy()
    manager = places_of(people["manager_id"], people["person_id"])
    people["manager_id"] = people["manager_id"].where(manager >= 0)
    own, above, distance = _chains(manager)
    ids = people["person_id"].array
    lines = pd.DataFrame({"person_id": ids.take(own), "ancestor_id": ids.take(above), "distance": distance})
    people["has_reports"] = np.bincount(manager[manager >= 0], minlength=len(people)) > 0

    if people["level"].notna().any():
        people["rank"] = _rank_of_levels(people["level"], manager, settings)
        rank_from = "level"
    elif people["manager_id"].notna().any():
        depth = np.zeros(len(people))
        np.maximum.at(depth, own, distance)
        people["rank"] = depth
        rank_from = "depth"
    else:
        people["rank"] = np.nan
        rank_from = "nothing"

    # A root that is not the top of the largest tree hangs in the air: a technical or former account, or a missing manager.
    people["is_stray_root"] = False
    if people["manager_id"].notna().any():
        below = pd.Series(np.bincount(above, minlength=len(people)), index=people.index)
        roots = people.loc[people["manager_id"].isna(), "person_id"]
        sizes = below.loc[roots.index]
        top = roots[sizes == sizes.max()].min()
        people["is_stray_root"] = people["manager_id"].isna() & (people["person_id"] != top)
        if rank_from == "depth":
            people.loc[people["is_stray_root"], "rank"] = np.nan
    return Places(people.reset_index(drop=True), lines, rank_from)


def _chains(manager: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """List every person's chain of managers, nearest first: places of the person and of the manager, and the distance.

    Parameters
    ----------
    manager
        The place of each person's manager in the table, -1 for none: a merge a level costs more than all levels by place.
    """
    own = np.flatnonzero(manager >= 0)
    above = manager[own]
    chains = [(own, above)]
    while len(own) and len(chains) <= len(manager):
        above = manager[above]
        own, above = own[above >= 0], above[above >= 0]
        chains.append((own, above))
    distance = np.repeat(np.arange(1, len(chains) + 1), [len(own) for own, _ in chains])
    return np.concatenate([own for own, _ in chains]), np.concatenate([above for _, above in chains]), distance


def _rank_of_levels(levels: pd.Series, manager: np.ndarray, settings: TieSettings) -> pd.Series:
    found = sorted(levels.dropna().unique())
    if settings.level_order:
        order = {level: float(position) for position, level in enumerate(settings.level_order)}
        unknown = [level for level in found if level not in order]
        if unknown:
            raise InputError([_level_problem(found, f"level(s) {', '.join(unknown)} not in level_order")])
        return levels.map(order).astype(float)
    numbers = pd.to_numeric(levels, errors="coerce")
    if (numbers.isna() & levels.notna()).any():
        raise InputError([_level_problem(found, "levels that are words")])
    own = numbers.to_numpy(dtype="float64")
    pairs = pd.DataFrame({"number": own, "number_manager": np.where(manager >= 0, own[manager], np.nan)}).dropna()
    smaller = (pairs["number_manager"] < pairs["number"]).mean()
    larger = (pairs["number_manager"] > pairs["number"]).mean()
    if len(pairs) and smaller >= settings.orientation_share:
        return numbers
    if len(pairs) and larger >= settings.orientation_share:
        return -numbers
    if len(pairs):
        why = f"numbers that fall towards the top in {smaller:.0%} and rise in {larger:.0%} of manager-report pairs"
    else:
        why = "numbers and no manager-report pair that shows which way they point"
    raise InputError([_level_problem(found, why)])


def _level_problem(levels: list[str], found: str) -> Problem:
    shown = ", ".join(levels[:12]) + (", …" if len(levels) > 12 else "")
    return Problem(
        "people",
        None,
        "level",
        f"{found} (values: {shown})",
        "an order from senior to junior",
        'Say it in peerlens.toml beside the data: [ties] level_order = ["most senior", …, "most junior"].',
    )


def milestones(
    history: pd.DataFrame, first_seen: pd.Series, *, as_of: date, settings: FairnessSettings
) -> pd.DataFrame:
    """Say of each person since when they are there, and whether they have left or just moved.

    Parameters
    ----------
    history
        All rows of the people table, several a person where validity is known.
    first_seen
        First day with any contact, by person_id; stands in for a missing ``joined_on``.
    as_of
        The day of the question.
    settings
        ``handed_over_days``: how long a move keeps flags back.

    Returns
    -------
    pandas.DataFrame
        ``person_id, there_since_on, has_joined_on, has_left, has_moved``.
    """
    today = pd.Timestamp(as_of)
    rows = history[history["valid_from_on"].isna() | (history["valid_from_on"] <= today)]
    rows = rows.sort_values(["person_id", "valid_from_on"], na_position="first", ignore_index=True)
    is_same = _equals_before(rows["person_id"])
    # The rows of a person stand together; by number they are put together far quicker than by id.
    number = np.cumsum(~is_same) - 1
    present = rows[~np.append(is_same[1:], False)].reset_index(drop=True) if len(rows) else rows
    # `.last()` skips missing cells: a joining date holds for later rows as well. Of all else the last row counts as it stands.
    since = rows["joined_on"].groupby(number).last().reset_index(drop=True)
    seen = present["person_id"].map(first_seen)
    there_since = since.fillna(pd.to_datetime(seen))
    has_left = (present["left_on"] <= today) | (present["valid_to_on"] < today)

    recent = today - timedelta(days=settings.handed_over_days)
    has_changed = is_same & ~(_equals_before(rows["manager_id"]) & _equals_before(rows["department"]))
    has_moved = (
        np.bincount(number[has_changed & (rows["valid_from_on"] > recent).to_numpy(bool)], minlength=len(present)) > 0
    )
    new_role = (present["role_started_on"] > recent) & (present["role_started_on"] <= today)
    return pd.DataFrame(
        {
            "person_id": present["person_id"],
            "there_since_on": there_since,
            "has_joined_on": since.notna(),
            "has_left": has_left.fillna(False).astype(bool),
            "has_moved": has_moved | new_role.fillna(False).astype(bool),
        }
    )


def _equals_before(values: pd.Series) -> np.ndarray:
    """Tell cells that are the same as in the row before; missing ones are alike."""
    plain = values.fillna("").to_numpy(dtype=object)
    return np.append(np.zeros(min(len(plain), 1), dtype=bool), plain[1:] == plain[:-1])
