"""Am I becoming part of the place? Peers and departments met since the start of a role, week by week."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

import ibis
import numpy as np
import pandas as pd

from peerlens.errors import NotEnoughData
from peerlens.lenses import frames
from peerlens.lenses.lens import Finding, Group, Lens
from peerlens.privacy import MEDIAN_FROM, middle_of, rounded_count
from peerlens.ties.events import EPOCH
from peerlens.words import day as say_day

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from peerlens.ties import Ties

WEEKS = 26
LATEST_START_DAYS = 364
SEEN_AFTER_DAYS = 56
"""without any date, somebody first seen so long after the first day of the log has begun then"""
LATELY = 4


class FirstMonths(Lens):
    """Distinct peers and departments since the start of a role, beside those who started earlier. Learning, not a race."""

    name: ClassVar[str] = "first_months"
    question: ClassVar[str] = "Am I becoming part of the place?"
    group: ClassVar[Group] = "process"

    def measure(self, ties: Ties) -> pd.DataFrame:
        """Measure how many peers and departments people have met since their role began.

        The start is ``role_started_on``, else ``joined_on``, else the first day in the log when that lies 8 weeks or
        more after the
        log's own first day. *Met* means close contact on or after that day. Weeks are counted from the start, the
        first is week 1;
        after week 26 nothing is added. Source: newcomers' networks and learning, Morrison 2002.

        Returns
        -------
        pandas.DataFrame
            One row a person.

            - ``weeks_since_start``: weeks begun since the start, 26 at most (weeks; missing when the start lies before the log).
            - ``peers_met``: distinct peers met since the start (people).
            - ``departments_met``: distinct departments other than the own in which somebody was met (departments).
            - ``peers_met_lately``: peers met for the first time in the last 4 of those weeks (people).
            - ``reason``: why it is missing.
        """
        ramps = _ramps(ties)
        last = ramps.groupby("person_no").tail(1)
        lately = ramps[ramps["week"] <= ramps["weeks"] - LATELY].groupby("person_no")["peers"].last()
        row = pd.DataFrame(
            {
                "person_no": last["person_no"],
                "weeks_since_start": last["weeks"].astype(float),
                "peers_met": last["peers"].astype(float),
                "departments_met": last["departments"].astype(float),
            }
        )
        row["peers_met_lately"] = row["peers_met"] - row["person_no"].map(lately).fillna(0)
        row = frames.by_person(ties, row)
        row["reason"] = np.where(row["weeks_since_start"].notna(), None, "no start of a role within the log")
        return row

    def evidence(self, ties: Ties, person_id: str) -> pd.DataFrame:
        """Return the weeks since the start, with the band of earlier starters at the same level.

        Returns
        -------
        pandas.DataFrame
            ``week, peers, departments, new_peers_in_4_weeks``, then ``earlier_starters`` (rounded down to fives) and
            ``peers_median, peers_low, peers_high, departments_median, departments_low, departments_high``: missing under 10
            (median) and 20 (quartiles) earlier starters who have come as far.
        """
        me = int(ties.person(person_id)["person_no"])
        ramps = _ramps(ties)
        own = ramps[ramps["person_no"] == me]
        table = own[["week", "peers", "departments"]].reset_index(drop=True)
        table["new_peers_in_4_weeks"] = table["peers"] - table["peers"].shift(LATELY, fill_value=0)
        if own.empty:
            return table
        rank = ties.persons.set_index("person_no")["rank"]
        mine = rank.get(me)
        earlier = ramps[(ramps["start_day"] < own["start_day"].iloc[0]) & (ramps["person_no"] != me)]
        if pd.notna(mine):
            earlier = earlier[earlier["person_no"].map(rank) == mine]
        cohort = earlier[earlier["week"].isin(table["week"])].groupby("week")
        count = cohort["person_no"].nunique().map(rounded_count)
        table["earlier_starters"] = table["week"].map(count).fillna(0).astype(int)
        for column in ("peers", "departments"):
            bands = {week: middle_of(rows, step=1.0) for week, rows in cohort[column]}
            for place, name in enumerate(("median", "low", "high")):
                found = {week: band[place] for week, band in bands.items()}
                table[f"{column}_{name}"] = table["week"].map(found).astype("float64")
        return table

    def read(self, ties: Ties, person_id: str) -> Finding:
        """Say how many peers and departments the person has met since the start."""
        me = int(ties.person(person_id)["person_no"])
        starts = _starts(ties).set_index("person_no")["start_day"]
        if me not in starts.index:  # before anything is measured for others
            raise NotEnoughData("not enough data: no start of a role within the log.")
        start = int(starts[me])
        if ties.as_of_day - start > LATEST_START_DAYS:
            raise NotEnoughData("the role began more than a year ago.")
        table = self.evidence(ties, person_id)
        own = _ramps(ties)
        own = own[own["person_no"] == me]
        now = table.iloc[-1]
        week, peers, departments = int(now["week"]), int(now["peers"]), int(now["departments"])
        peer = ties.places.word if peers == 1 else f"{ties.places.word}s"
        is_over = ties.as_of_day - start >= 7 * WEEKS
        headline = f"In your first {week} weeks you met" if is_over else f"In week {week} since the start you have met"
        headline += f" {peers} {peer} and people of {departments} other department{'' if departments == 1 else 's'}"
        fresh = int(now["new_peers_in_4_weeks"])
        newest = (
            f", {fresh} of the {peer} in the last {LATELY} weeks"
            if fresh
            else f", and no new peer in the last {LATELY} weeks"
        )
        headline += f"{newest if week > LATELY and not is_over else ''}."
        caveats = [
            "Learning, not a race: roles differ, and a slow start says nothing about a person.",
            (
                f"Met: close contact since {say_day(EPOCH + timedelta(days=start))}, the "
                f"start of the role; the last {LATELY} weeks are weeks of it."
            ),
        ]
        few = pd.isna(now["peers_median"])
        caveats.append(
            f"Fewer than {MEDIAN_FROM} people at your level started earlier in this log and have come as far: no comparison."
            if few
            else f"Compared with {int(now['earlier_starters'])} people or more at your level who started earlier in this log."
        )
        return self.finding(
            ties,
            person_id,
            headline=headline,
            table=table[table["week"].isin([1, 2]) | (table["week"] % LATELY == 0) | (table["week"] == week)],
            suggestion=_suggestion(ties, person_id, own, fresh),
            caveats=caveats,
            picture=lambda ax: _draw(table, headline, start, ties, ax),
            importance=0.15 if is_over else 0.45,
        )


def _starts(ties: Ties) -> pd.DataFrame:
    """Return ``person_no, start_day`` of everybody whose role began within the log."""
    history = ties.people_history
    begun = history[history["valid_from_on"].isna() | (history["valid_from_on"] <= pd.Timestamp(ties.as_of))]
    latest = begun.drop_duplicates("person_id", keep="last").set_index("person_id")
    persons = ties.persons[ties.persons["is_in_people"] & ~ties.persons["is_role_account"]]
    known = latest["role_started_on"].fillna(latest["joined_on"])
    start = (pd.to_datetime(persons["person_id"].map(known)) - pd.Timestamp(EPOCH)).dt.days
    first_log = (ties.log_first_on - EPOCH).days
    seen = persons["first_seen_day"].astype("float64")
    start = start.astype("float64").fillna(seen.where(seen >= first_log + SEEN_AFTER_DAYS))
    rows = pd.DataFrame({"person_no": persons["person_no"].astype("int32"), "start_day": start}).dropna()
    inside = (rows["start_day"] >= first_log) & (rows["start_day"] <= ties.as_of_day)
    return rows[inside].astype({"start_day": "int32"}).sort_values("person_no", ignore_index=True)


def _ramps(ties: Ties) -> pd.DataFrame:
    """Return, per starter and week, how many peers and departments were met up to its end; worked out once."""
    if "ramps" not in ties.worked_out:
        ties.worked_out["ramps"] = _make_ramps(ties)
    return ties.worked_out["ramps"]


def _make_ramps(ties: Ties) -> pd.DataFrame:
    starts = _starts(ties)
    columns = ["person_no", "start_day", "weeks", "week", "peers", "departments"]
    if starts.empty:
        return pd.DataFrame({name: pd.Series(dtype="int64") for name in columns})
    table = ties.engine.from_frame(starts, name="starts")
    days = ties.pair_days.filter(ties.pair_days.is_close)
    seen = ibis.union(
        days.select("day_no", own_no="a_no", other_no="b_no"), days.select("day_no", own_no="b_no", other_no="a_no")
    )
    joined = table.join(seen, table.person_no == seen.own_no)
    joined = joined.filter((joined.day_no >= joined.start_day) & (joined.day_no < joined.start_day + 7 * WEEKS))
    met = joined.group_by(["person_no", "other_no"]).agg(first=joined.day_no.min())
    sides = ties.sides.select(
        side_no="person_no", side_other="other_no", department="department", other_department="other_department",
        is_peer="is_peer",
    )  # fmt: skip
    met = met.join(sides, [met.person_no == sides.side_no, met.other_no == sides.side_other])
    found = ties.engine.frame(
        met.select("person_no", "other_no", "first", "department", "other_department", "is_peer").order_by(
            ["person_no", "first", "other_no"]
        )
    )
    ties.engine.drop(table)
    found = found.merge(starts, on="person_no")
    found["week"] = (found["first"] - found["start_day"]) // 7 + 1
    abroad = found[found["other_department"].notna() & (found["other_department"] != found["department"])]
    new_departments = abroad.drop_duplicates(["person_no", "other_department"])
    weeks = ((ties.as_of_day - starts["start_day"]) // 7 + 1).clip(upper=WEEKS)
    grid = starts.assign(weeks=weeks).loc[starts.index.repeat(weeks)]
    grid["week"] = grid.groupby("person_no").cumcount() + 1
    for name, rows in (("peers", found[found["is_peer"]]), ("departments", new_departments)):
        fresh = rows.groupby(["person_no", "week"]).size().rename("fresh").reset_index()
        grid = grid.merge(fresh, on=["person_no", "week"], how="left")
        grid[name] = grid.pop("fresh").fillna(0).groupby(grid["person_no"]).cumsum().astype(int)
    return grid[columns].reset_index(drop=True)


def _suggestion(ties: Ties, person_id: str, own: pd.DataFrame, fresh: int) -> str:
    if len(own) > LATELY and fresh >= 2:
        return "No action needed: new peers keep coming. Keep one open half hour a week for the next."
    persons = ties.persons[ties.persons["is_in_people"] & ~ties.persons["has_left"]]
    sizes = persons["department"].value_counts()
    mine = ties.of(person_id)
    known = set(mine.loc[mine["is_live"], "other_department"].dropna()) | {ties.person(person_id)["department"]}
    open_to = sorted(str(name) for name in sizes[sizes >= frames.FEWEST].index if name not in known)
    where = f"in {open_to[0]}" if open_to else "in a department you rarely hear from"
    return f"Ask a colleague this week to introduce you to one {ties.places.word} {where}, with a question you really have."


def _draw(table: pd.DataFrame, title: str, start: int, ties: Ties, ax: Axes | None) -> Axes:
    from peerlens.draw.ramp import ramp

    counted = int(table["earlier_starters"].max())
    subtitle = f"Close contact by week since {say_day(EPOCH + timedelta(days=start))}, up to {say_day(ties.as_of)}"
    subtitle += f"; band: {counted} or more earlier starters" if counted >= MEDIAN_FROM else ""
    names = {"peers": f"{ties.places.word.capitalize()}s met", "departments": "Other departments met"}
    return ramp(table, measures=names, weeks=WEEKS, ax=ax, title=title, subtitle=subtitle)
