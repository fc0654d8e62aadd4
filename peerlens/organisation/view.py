"""Who belongs to which group, and which groups may be looked at at all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from peerlens.errors import NotEnoughData, PeerlensError, did_you_mean
from peerlens.privacy.ledger import Ledger
from peerlens.ties.events import EPOCH, day_number

if TYPE_CHECKING:
    from peerlens.records import Records
    from peerlens.ties import Ties

LEDGER = Path(".peerlens") / "ledger"

GROUPABLE = ("department", "level", "country", "timezone", "works_on")
"""columns of people that say what several share; names, addresses and managers name one person"""
Members = Literal["listed", "seen"]
QUARTER_DAYS = 91
SET_ASIDE = "fewer than {k} people, or fewer than {share:.0f} % of them seen"


@dataclass(frozen=True)
class View:
    """Groups of people over a period.

    Parameters
    ----------
    by
        Columns the groups come from.
    names
        Names of the groups shown, in order.
    code
        Position in ``names`` by ``person_no``; -1 for everybody else.
    sizes
        People in each group.
    first_day, last_day
        The window of figures, in days since 1970.
    set_aside
        Groups that are in no figure, each with the reason.
    unplaced
        Whether there are people without a group.
    ties
        What is looked at.
    k
        Fewest people behind each side.
    members
        Whether everybody listed is a member of their group, or only who was seen in the window.
    """

    by: tuple[str, ...]
    names: tuple[str, ...]
    code: np.ndarray
    sizes: np.ndarray
    first_day: int
    last_day: int
    set_aside: tuple[tuple[str, str], ...]
    unplaced: bool
    ties: Ties
    k: int
    members: Members = "listed"

    @property
    def dominance_share(self) -> float:
        """Share above which two people hold too much of a figure."""
        return self.ties.settings.privacy.dominance_share

    def between(self, first_day: int, last_day: int) -> pd.DataFrame:
        """Return contact days of pairs of which both are in a group shown: ``a, b, n, ga, gb`` with ``ga <= gb``, ordered."""
        table = self.ties.pair_days
        rows = table.filter(table.is_close & (table.day_no >= first_day) & (table.day_no <= last_day))
        tally = rows.group_by(["a_no", "b_no"]).agg(n=rows.count().cast("int64"))
        return self.turned(self.ties.engine.frame(tally.order_by(["a_no", "b_no"])))

    def turned(self, pairs: pd.DataFrame) -> pd.DataFrame:
        """Give pairs their groups, the first group first; pairs outside are left out."""
        a, b = pairs["a_no"].to_numpy(), pairs["b_no"].to_numpy()
        ga, gb = self.code[a], self.code[b]
        keep = (ga >= 0) & (gb >= 0)
        swap = ga > gb
        frame = pd.DataFrame(
            {
                "a": np.where(swap, b, a),
                "b": np.where(swap, a, b),
                "ga": np.minimum(ga, gb),
                "gb": np.maximum(ga, gb),
            }
        )
        for name in pairs.columns.difference(["a_no", "b_no"]):
            frame[name] = pairs[name].to_numpy()
        return frame[keep].reset_index(drop=True)

    def as_table(self) -> pd.DataFrame:
        """Return ``person_no, group_no`` of everybody in a group shown."""
        number = np.flatnonzero(self.code >= 0)
        return pd.DataFrame({"person_no": number.astype("int32"), "group_no": self.code[number].astype("int32")})


def whole_log(ties: Ties) -> tuple[int, int]:
    """Return the days that anything said of groups may cover: the log up to ``as_of``."""
    return day_number(ties.log_first_on), ties.as_of_day


def open_ledger(records: Records, ledger_dir: str | Path | None) -> tuple[Ledger, tuple[str, ...]]:
    """Open the ledger that belongs to some data, and say what the reader has to know of how it is kept.

    Parameters
    ----------
    records
        Where the data are.
    ledger_dir
        Another folder; None for the one beside the data.
    """
    place = Path(ledger_dir) if ledger_dir is not None else records.folder / LEDGER if records.folder else None
    ledger = Ledger.open(place)
    if ledger.is_kept:
        return ledger, ()
    where = "the data are not files" if place is None else f"nothing can be written in {place.parent}"
    return ledger, (
        f"The release ledger is not kept ({where}): what was given out in another run cannot be checked against. "
        "Give ledger_dir= a folder to keep it in.",
    )


def columns_of(by: str | tuple[str, ...] | list[str]) -> tuple[str, ...]:
    """Check what people are to be grouped by.

    Raises
    ------
    PeerlensError
        It is no column that several people share.

    Examples
    --------
    >>> columns_of("department"), columns_of(["department", "level"])
    (('department',), ('department', 'level'))
    """
    columns = (by,) if isinstance(by, str) else tuple(by)
    for name in columns:
        if name not in GROUPABLE:
            raise PeerlensError(
                f"by: found {name!r}, expected one or two of {', '.join(GROUPABLE)}. {_other_column(name)}"
            )
    if not 1 <= len(columns) <= 2 or len(set(columns)) < len(columns):
        raise PeerlensError(f"by: found {len(columns)} columns, expected one, or two different ones.")
    return columns


def _other_column(name: str) -> str:
    said = did_you_mean(name, GROUPABLE)
    if said.startswith("Did you mean"):
        return said
    return "No other column of people is read: for a site or a cost centre, give it one of these names in a copy of the file."


def chart_rows(ties: Ties, columns: tuple[str, ...]) -> pd.DataFrame:
    """Return ``person_no, person_id, group, from_day, to_day``: who belonged where and when, inside the organisation."""
    people = ties.people_history
    missing = [name for name in columns if people[name].isna().all()]
    if missing:
        raise NotEnoughData(f"people.csv has no {' and no '.join(missing)}: add the column, or group by another.")
    rows = people.merge(ties.events.ids, on="person_id")
    persons = ties.persons.set_index("person_no")
    is_inside = ~(persons["is_external"] | persons["is_role_account"]).reindex(rows["person_no"]).to_numpy(bool)
    rows = rows[is_inside]
    known = rows[list(columns)].notna().all(axis=1)
    label = rows[columns[0]].astype("str")
    for name in columns[1:]:
        label = label + " · " + rows[name].astype("str")
    ends = rows[["valid_to_on", "left_on"]].min(axis=1)
    return pd.DataFrame(
        {
            "person_no": rows["person_no"],
            "person_id": rows["person_id"],
            "group": label.where(known),
            "from_day": _days(rows["valid_from_on"]).fillna(-(10**6)).astype("int64"),
            "to_day": _days(ends).fillna(10**6).astype("int64"),
        }
    ).reset_index(drop=True)


def _days(stamps: pd.Series) -> pd.Series:
    return (pd.to_datetime(stamps) - pd.Timestamp(0)).dt.days.astype("Float64")


def make_view(
    ties: Ties,
    columns: tuple[str, ...],
    *,
    on: date,
    period: tuple[int, int],
    k: int,
    ledger: Ledger,
    members: Members = "listed",
) -> View:
    """Group people as of a day, set aside the groups that may not be shown, and note in the ledger whatever is told of any.

    Parameters
    ----------
    ties
        What is looked at.
    columns
        From :func:`columns_of`.
    on
        Day of the chart.
    period
        First and last day of anything that will be said of these groups.
    k
        Fewest people.
    ledger
        What was given out before.
    members
        ``"seen"`` leaves out whoever was not seen in the window, for lists of everybody who ever belonged.

    Raises
    ------
    NotEnoughData
        Fewer than two groups are left.
    """
    chart, day = chart_rows(ties, columns), day_number(on)
    rows = chart[(chart["from_day"] <= day) & (chart["to_day"] >= day)]
    placed = rows.dropna(subset=["group"]).drop_duplicates("person_no")
    first_day = max(ties.as_of_day - 7 * ties.settings.organisation.window_weeks + 1, day_number(ties.log_first_on))
    is_seen = placed["person_no"].isin(_seen(ties, first_day))
    everybody, placed = placed, placed[is_seen] if members == "seen" else placed
    counts = placed.assign(seen=is_seen)
    sizes = counts.groupby("group", sort=True).agg(people=("person_no", "size"), seen=("seen", "mean"))
    limit = ties.settings.privacy.min_coverage
    aside = SET_ASIDE.format(k=k, share=100 * limit)
    reasons = dict.fromkeys(sizes.index[sizes["people"] < k], aside)

    dates = (EPOCH + timedelta(days=period[0]), EPOCH + timedelta(days=period[1]))
    # That few of a group are seen is given out by leaving it aside: the ledger is asked first, and knows such groups too.
    told = placed[~placed["group"].isin(list(reasons))]
    reasons |= ledger.held(told.set_index("person_id")["group"], period=dates, k=k)
    told = told[~told["group"].isin(list(reasons))]
    reasons |= dict.fromkeys(sizes.index[(sizes["seen"] < limit) & sizes.index.isin(told["group"])], aside)
    shown = told[~told["group"].isin(list(reasons))]
    names = tuple(sorted(shown["group"].unique(), key=_in_order))
    if len(names) < 2:
        by = " and ".join(columns)
        raise NotEnoughData(_too_few(ties, everybody, by=by, k=k, members=members))
    ledger.record(told.set_index("person_id")["group"], period=dates)
    code = np.full(int(ties.persons["person_no"].max()) + 1, -1, dtype=np.int64)
    place = {name: at for at, name in enumerate(names)}
    code[shown["person_no"].to_numpy()] = shown["group"].map(place).to_numpy()
    return View(
        by=columns,
        names=names,
        code=code,
        sizes=np.bincount(code[code >= 0], minlength=len(names)),
        first_day=first_day,
        last_day=ties.as_of_day,
        set_aside=tuple(sorted(reasons.items())),
        unplaced=bool(rows["group"].isna().any()),
        ties=ties,
        k=k,
        members=members,
    )


def _too_few(ties: Ties, placed: pd.DataFrame, *, by: str, k: int, members: Members) -> str:
    """Say why there are not two groups to compare, and what could be asked instead."""
    weeks = ties.settings.organisation.window_weeks
    limit = 100 * ties.settings.privacy.min_coverage
    said = (  # which one, if any, would tell how many of the others are seen
        f"Fewer than two of {placed['group'].nunique()} groups by {by} can be shown. Each needs at least {k} "
        f"people, {limit:.0f} % of whom are seen in the log of the last {weeks} weeks, and may not differ by only a few people "
        "from a group given out before."
    )
    past = _groups_in_the_past(ties, placed, k=k)
    now, best = past[0] if past else (0, 0), max((groups for _, groups in past), default=0)
    if members == "listed" and past and now[1] >= 2:
        return (
            f"{said} {now[1]} groups have {k} people or more who were seen: if people.csv lists everybody who ever belonged, "
            "add left_on, or count only those seen (members='seen'; --members seen)."
        )
    if best >= 2:
        day = next(EPOCH + timedelta(days=day) for day, groups in past if groups == best)
        seen = "" if members == "seen" else " with members='seen'"
        return f"{said} The log holds more at earlier times: about {best} groups with as_of='{day}'{seen}."
    return f"{said} Group by something coarser, or ask for the groups of the earlier day (members_on=)."


def _groups_in_the_past(ties: Ties, placed: pd.DataFrame, *, k: int) -> list[tuple[int, int]]:
    """Count groups with ``k`` people seen in each window that ends a quarter before the next, the latest first."""
    group, days = placed.set_index("person_no")["group"], ties.pair_days
    ages = days.filter(days.is_close).mutate(age=(ties.as_of_day - days.day_no) // QUARTER_DAYS)
    parts = [
        ties.engine.frame(ages.select("age", person_no=side).distinct().order_by(["age", "person_no"]))
        for side in ("a_no", "b_no")
    ]
    seen = pd.concat(parts, ignore_index=True).drop_duplicates()
    seen = seen.assign(group=seen["person_no"].map(group)).dropna(subset=["group"])
    found = []
    for age in range(int(seen["age"].max()) + 1 if len(seen) else 0):
        window = seen[seen["age"].between(age, age + 1)].drop_duplicates(["person_no"])
        found.append((ties.as_of_day - age * QUARTER_DAYS, int((window["group"].value_counts() >= k).sum())))
    return found


def _seen(ties: Ties, first_day: int) -> set[int]:
    """Return everybody who did anything, or whom anybody wrote to or met, from a day on."""
    rows = ties.pair_days.filter(ties.pair_days.day_no >= first_day)
    either = rows.select(person_no="a_no").union(rows.select(person_no="b_no")).distinct().order_by("person_no")
    seen = {int(number) for number in ties.engine.frame(either)["person_no"]}
    return seen | set(ties.persons.loc[ties.persons["active_days_w"].fillna(0) > 0, "person_no"])


def _in_order(name: str) -> tuple:
    """Order numbers as numbers, words as words."""
    return tuple(
        (0, float(part), "") if part.replace(".", "", 1).isdigit() else (1, 0.0, part) for part in name.split(" · ")
    )
