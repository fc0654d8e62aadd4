"""The people table: one row per person and validity, and whether its history and reporting lines make sense."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from peerlens.errors import Problem, did_you_mean
from peerlens.records.cells import among
from peerlens.records.checks import Problems, shown
from peerlens.records.instants import ZONE_EXPECTED, is_zone, zones_known

if TYPE_CHECKING:
    import pandas as pd


def checked(
    people: pd.DataFrame, problems: Problems, *, name: str, has_history: bool
) -> tuple[pd.DataFrame, list[str]]:
    """Return the people with managers as person ids, and what the account should say about them.

    Parameters
    ----------
    people
        Typed rows with ``line``.
    problems
        Where to note what is wrong.
    name
        Name of the file.
    has_history
        Whether the file has validity columns.
    """
    notes: list[str] = []
    _check_emails(people, problems, name)
    _check_zones(people, problems, name)
    people = people.assign(manager_id=_managers(people))
    if has_history:
        people = _with_ends(people, notes)
        _check_order(people, problems, name)
        _check_overlaps(people, problems, name)
    else:
        _check_twice(people, problems, name)
        notes.append("today's chart applied to the past (people have no valid_from_on and valid_to_on)")
    is_own = people["manager_id"] == people["person_id"]
    if is_own.any():
        people = people.assign(manager_id=people["manager_id"].mask(is_own))
        notes.append(f"{people['person_id'][is_own].nunique():,} named as their own manager: read as having none")
    strangers = people["manager_id"][_is_stranger(people)].nunique()
    if strangers:
        notes.append(f"{strangers:,} managers are not among the people: lines to them lead outside the chart")
    _check_cycles(people, problems, name)
    return people, notes


def emails(people: pd.DataFrame) -> dict[str, str]:
    """Return the person each address belongs to."""
    known = people[["email", "person_id"]].dropna()
    return dict(zip(known["email"].str.lower().tolist(), known["person_id"].tolist(), strict=True))


def _managers(people: pd.DataFrame) -> pd.Series:
    """Return managers as person ids where they are given by address."""
    written = people["manager_id"].astype("str")
    is_other = _is_stranger(people)
    if not is_other.any():
        return written
    by_email = emails(people)
    return written.mask(is_other, written[is_other].map(lambda value: by_email.get(value.lower(), value)).astype("str"))


def _is_stranger(people: pd.DataFrame) -> pd.Series:
    """Tell managers that are nobody's id."""
    return people["manager_id"].notna() & ~among(people["manager_id"], people["person_id"])


def _check_emails(people: pd.DataFrame, problems: Problems, name: str) -> None:
    """An address that two people share would give one the other's mail."""
    known = people[["email", "person_id", "line"]].dropna(subset=["email", "person_id"])
    owners = known.assign(email=known["email"].str.lower()).drop_duplicates(["email", "person_id"])
    for email, rows in owners[owners.duplicated("email", keep=False)].groupby("email"):
        first, second = rows["line"].iloc[0], rows["line"].iloc[1]
        problems.add(
            Problem(
                name,
                int(second),
                "email",
                f"{shown(email)}, the address of another person on line {first}",
                "an address of its own for each person",
                "Correct one of them, or put the address into accounts.csv as shared and leave the cells empty.",
            )
        )


def _check_zones(people: pd.DataFrame, problems: Problems, name: str) -> None:
    zones = people["timezone"].dropna()
    unknown = {zone for zone in zones.unique() if not is_zone(zone)}
    for at in zones.index[zones.isin(unknown)]:
        zone = people["timezone"][at]
        fix = did_you_mean(zone, zones_known())
        problems.add(Problem(name, int(people["line"][at]), "timezone", shown(zone), ZONE_EXPECTED, fix))


def _with_ends(people: pd.DataFrame, notes: list[str]) -> pd.DataFrame:
    """Where only starts are given, let a row hold until the day before the person's next."""
    import pandas as pd

    if people["valid_to_on"].notna().any() or people["valid_from_on"].isna().all():
        return people
    order = people.sort_values(["person_id", "valid_from_on", "line"], na_position="first")
    following = order.groupby("person_id")["valid_from_on"].shift(-1)
    if following.notna().any():
        notes.append("no valid_to_on was given: a row of the chart holds until the day before the person's next row")
    ends = (following - pd.Timedelta(days=1)).where(following > order["valid_from_on"].fillna(pd.Timestamp.min))
    return people.assign(valid_to_on=ends.astype("datetime64[s]").reindex(people.index))


def _check_order(people: pd.DataFrame, problems: Problems, name: str) -> None:
    for row in people[people["valid_to_on"] < people["valid_from_on"]].itertuples():
        problems.add(backwards(name, row, "valid_from_on", "valid_to_on"))


def backwards(name: str, row: Any, first: str, last: str) -> Problem:
    """Return the problem of a last day before the first."""
    start, end = getattr(row, first).date(), getattr(row, last).date()
    return Problem(
        name,
        int(row.line),
        last,
        f"{end}, before {first} {start}",
        "a last day on or after the first",
        "Exchange or correct the two days.",
    )


def _check_twice(people: pd.DataFrame, problems: Problems, name: str) -> None:
    for person_id, rows in people[people.duplicated("person_id", keep=False)].groupby("person_id"):
        first, *others = rows["line"]
        for line in others:
            problems.add(
                Problem(
                    name,
                    int(line),
                    "person_id",
                    f"{shown(person_id)} again (first on line {first})",
                    "one row for each person, or validity columns",
                    "Remove one of the rows, or add valid_from_on and valid_to_on to say when each holds.",
                )
            )


def _check_overlaps(people: pd.DataFrame, problems: Problems, name: str) -> None:
    import pandas as pd

    several = people[people.duplicated("person_id", keep=False)]
    several = several.sort_values(["person_id", "valid_from_on", "line"], na_position="first")
    start = several["valid_from_on"].fillna(pd.Timestamp.min)
    before = several["valid_to_on"].fillna(pd.Timestamp.max).groupby(several["person_id"]).cummax()
    suspects = several.loc[start <= before.groupby(several["person_id"]).shift(), "person_id"]
    for person_id, rows in several[several["person_id"].isin(suspects)].groupby("person_id"):
        latest: tuple[pd.Timestamp, int] | None = None
        for row in rows.itertuples():
            start = row.valid_from_on if not pd.isna(row.valid_from_on) else pd.Timestamp.min
            end = row.valid_to_on if not pd.isna(row.valid_to_on) else pd.Timestamp.max
            if latest is not None and start <= latest[0]:
                until = "for ever" if latest[0] == pd.Timestamp.max else f"until {latest[0].date()}"
                since = "always" if start == pd.Timestamp.min else str(start.date())
                problems.add(
                    Problem(
                        name,
                        int(row.line),
                        "valid_from_on",
                        f"{shown(person_id)} from {since}, while line {latest[1]} holds {until}",
                        "rows of one person that do not overlap (the last day of a row is before the next one's first)",
                        f"End line {latest[1]} on the day before line {row.line} begins, or remove one.",
                    )
                )
            if latest is None or end > latest[0]:
                latest = (end, int(row.line))


def _check_cycles(people: pd.DataFrame, problems: Problems, name: str) -> None:
    """Look for circles in the reporting lines, as they stood on each day on which a chart changed."""
    rows = people[["person_id", "manager_id", "valid_from_on", "valid_to_on", "line"]].dropna(
        subset=["person_id", "manager_id"]
    )
    # Over all rows first: most charts have no circle even when all their days are laid on top of each other.
    suspects = _in_circles(_without_tops(rows)[["person_id", "manager_id"]].astype(object).to_numpy().tolist())
    if not suspects:
        return
    rows = rows[rows["person_id"].isin(suspects)]
    days = [None, *sorted(rows["valid_from_on"].dropna().unique())]
    told: set[frozenset[str]] = set()
    for day in days:
        start, end = rows["valid_from_on"], rows["valid_to_on"]
        now = rows[start.isna()] if day is None else rows[(start.isna() | (start <= day)) & (end.isna() | (end >= day))]
        managers = dict(zip(now["person_id"], now["manager_id"], strict=True))
        lines = dict(zip(now["person_id"], now["line"], strict=True))
        for circle in _circles(managers):
            if frozenset(circle) in told:
                continue
            told.add(frozenset(circle))
            problems.add(
                Problem(
                    name,
                    int(lines[circle[0]]),
                    "manager_id",
                    f"a circle: {' → '.join([*circle, circle[0]])}",
                    "reporting lines that end at someone without a manager",
                    "Correct the manager of one of them, or leave the cell empty for the most senior.",
                )
            )


_LEVELS = 30
"""of a chart taken off from the top at once; few charts have more"""


def _without_tops(rows: pd.DataFrame) -> pd.DataFrame:
    """Take away those without a manager, then those left without, a level at a time: of a chart without circles nothing stays."""
    import numpy as np
    import pandas as pd

    codes, ids = pd.factorize(pd.concat([rows["person_id"], rows["manager_id"]]).to_numpy(dtype=object))
    person, manager = codes[: len(rows)], codes[len(rows) :]
    left = np.arange(len(rows))
    for _ in range(_LEVELS):
        is_below = np.zeros(len(ids), dtype=bool)
        is_below[person[left]] = True
        stays = is_below[manager[left]]
        if stays.all():
            break
        left = left[stays]
    return rows.iloc[left]


def _in_circles(pairs: Iterable[Sequence[str]]) -> set[str]:
    """Return who remains when everyone without a manager, and everyone left without, is taken away."""
    above: dict[str, set[str]] = {}
    for person, manager in pairs:
        above.setdefault(person, set()).add(manager)
    below: dict[str, list[str]] = {}
    for person, managers in above.items():
        for manager in managers:
            below.setdefault(manager, []).append(person)
    free = [manager for manager in below if manager not in above]
    while free:
        manager = free.pop()
        for person in below.get(manager, ()):
            above[person].discard(manager)
            if not above[person]:
                del above[person]
                free.append(person)
    return set(above)


def _circles(managers: dict[str, str]) -> list[list[str]]:
    """Return each circle once, from its first id in the alphabet."""
    circles, done = [], set()
    for start in sorted(managers):
        path: list[str] = []
        at: str | None = start
        while at is not None and at not in done and at not in path:
            path.append(at)
            at = managers.get(at)
        if at in path:
            circle = path[path.index(at) :]
            first = circle.index(min(circle))
            circles.append(circle[first:] + circle[:first])
        done.update(path)
    return circles
