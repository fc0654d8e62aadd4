"""How broad is my base? The departments and levels a person reaches, and how evenly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import ibis
import numpy as np
import pandas as pd

from peerlens.lenses import frames
from peerlens.lenses.band import level_band, own_trend
from peerlens.lenses.lens import Finding, Group, Lens
from peerlens.ties.events import day_number
from peerlens.ties.pair_sums import QUARTER_DAYS, QUARTERS
from peerlens.words import day as say_day
from peerlens.words import number, percent

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from matplotlib.axes import Axes

    from peerlens.ties import Ties

FEW = "fewer live ties than the number compared at"
FEWEST_MATES = 5
"""colleagues of the own department with a live tie before another department is named as missing"""
CAVEATS = (
    "A live tie is contact, not support; ties to people outside the organisation are not in this.",
    "More departments are not better by themselves: one or two that matter and are missing say more.",
)


@dataclass(frozen=True)
class Limits:
    """Thresholds of the lens.

    Parameters
    ----------
    equal_ties
        Live ties that everybody is compared at, drawn from all they have; fewer give no number.
    new_weeks
        A department is new ground if the first contact there came so many weeks or more after the log began.
    concentrated_share
        From this share of live ties in one other department on, a next step is named.
    """

    equal_ties: int = 10
    new_weeks: int = 13
    concentrated_share: float = 0.5


class BroadBase(Lens):
    """Departments and levels with a live tie, the effective number of departments, and the share of the largest."""

    name: ClassVar[str] = "broad_base"
    question: ClassVar[str] = "How broad is my base?"
    group: ClassVar[Group] = "people"
    needs: ClassVar[tuple[str, ...]] = ("people.department",)
    limits: ClassVar[Limits] = Limits()

    def measure(self, ties: Ties) -> pd.DataFrame:
        """Measure how a person's live ties spread over departments and levels at ``as_of``.

        ``effective_departments = exp(H_m)``, with ``H_m`` the expected Shannon entropy of the departments of ``m = 10`` ties
        drawn from a person's live ones without putting back: ``H_m = sum over departments and k = 1 … m of
        P(k) * -(k/m) ln(k/m)``, ``P`` hypergeometric. So a person with sixty ties is not broader than one with twelve merely
        for having more. Source: Hill numbers rarefied to equal samples, Chao and others 2014, Ecological Monographs 84.

        Returns
        -------
        pandas.DataFrame
            One row a person.

            - ``live_ties``: live ties to people in a department (people).
            - ``departments``: departments with a live tie (departments).
            - ``levels``: levels with a live tie (levels).
            - ``cells``: levels of departments with a live tie (cells).
            - ``effective_departments``: ``exp(H_10)``; missing under ten live ties (departments).
            - ``share_largest``: live ties in the department with most / all (0 to 1).
            - ``new_departments``: departments reached now in which the first contact of any kind came 13 weeks or more after
              the log began; missing in a log of under 26 weeks (departments).
            - ``departments_q1``: departments with any contact in the first quarter of 13 weeks back from ``as_of``; missing
              where the log does not reach (departments).
            - ``departments_q2``: departments with any contact in the second quarter of 13 weeks back from ``as_of``; missing
              where the log does not reach (departments).
            - ``departments_q3``: departments with any contact in the third quarter of 13 weeks back from ``as_of``; missing
              where the log does not reach (departments).
            - ``departments_q4``: departments with any contact in the fourth quarter of 13 weeks back from ``as_of``; missing
              where the log does not reach (departments).
            - ``reason``: why something is missing; all is for people who are not visible here.
        """
        limits = self.thresholds(ties)
        cells = ties.engine.frame(self._cells(ties).order_by(["person_id", "department", "rank"]))
        live = cells[cells["live"] > 0]
        by_department = live.groupby(["person_id", "department"])["live"].sum().reset_index()
        total = by_department.groupby("person_id")["live"].sum()
        by_department["ties"] = by_department["person_id"].map(total)
        frame = pd.DataFrame(
            {
                "live_ties": total,
                "departments": by_department.groupby("person_id").size(),
                "levels": live.groupby("person_id")["rank"].nunique(),
                "cells": live.groupby("person_id").size(),
            }
        )
        frame = ties.persons[["person_id", "is_in_people", "is_covered"]].join(frame, on="person_id")
        counted = ["live_ties", "departments", "levels", "cells"]
        frame[counted] = frame[counted].fillna(0).astype(float)
        evenness = _effective(by_department, limits.equal_ties)
        frame["effective_departments"] = frame["person_id"].map(evenness)
        largest = by_department.groupby("person_id")["live"].max() / total
        frame["share_largest"] = frame["person_id"].map(largest)
        log_days = (ties.as_of - ties.log_first_on).days + 1
        new = _new_ground(cells, day_number(ties.log_first_on) + 7 * limits.new_weeks)
        known = log_days >= 14 * limits.new_weeks
        frame["new_departments"] = frame["person_id"].map(new).fillna(0).astype(float) if known else float("nan")
        for q in range(QUARTERS):
            touched = cells[cells[f"credit_q{q + 1}"] > 0].groupby("person_id")["department"].nunique()
            reached = log_days >= (q + 1) * QUARTER_DAYS
            frame[f"departments_q{q + 1}"] = (
                frame["person_id"].map(touched).fillna(0).astype(float) if reached else float("nan")
            )
        hidden = ~(frame.pop("is_in_people") & frame.pop("is_covered"))
        reason = pd.Series(None, index=frame.index, dtype="str").mask(hidden, frames.NOT_VISIBLE)
        reason = reason.mask(~hidden & frame["effective_departments"].isna(), FEW)
        return frames.in_order(frame, reason=reason, hidden=hidden)

    def evidence(self, ties: Ties, person_id: str) -> pd.DataFrame:
        """Return each level of each department that has people, and how many of them have a live tie with the person.

        Returns
        -------
        pandas.DataFrame
            ``department, level, live_ties, reached, department_share`` (of the person's live ties), ``own_department``.
        """
        persons = ties.persons
        chart = persons[persons["may_be_peer"] & ~persons["has_left"] & (persons["person_id"] != person_id)]
        chart = chart.dropna(subset=["department"])
        rows = chart.groupby(["department", "rank"], dropna=False).size().rename("people").reset_index()
        cells = self._cells(ties)
        mine = ties.engine.frame(cells.filter(cells.person_id == person_id).order_by(["department", "rank"]))
        rows = rows.merge(mine[["department", "rank", "live"]], on=["department", "rank"], how="outer")
        rows["live_ties"] = rows["live"].fillna(0).astype(int)
        rows["level"] = rows["rank"].map(_level_names(persons)).fillna("unknown")
        rows["reached"] = rows["live_ties"] > 0
        total = rows["live_ties"].sum()
        share = rows.groupby("department")["live_ties"].transform("sum") / (total if total else float("nan"))
        rows["department_share"] = share.round(4)
        rows["own_department"] = rows["department"] == ties.person(person_id)["department"]
        rows = rows.sort_values(
            ["department_share", "department", "rank"], ascending=[False, True, True], ignore_index=True
        )
        return rows[["department", "level", "live_ties", "reached", "department_share", "own_department"]]

    def read(self, ties: Ties, person_id: str) -> Finding:
        """Say how many departments and levels the person reaches, and where to look next."""
        row, limits = self.row(ties, person_id), self.thresholds(ties)
        table = self.evidence(ties, person_id)
        caveats = [*CAVEATS]
        if pd.isna(row["departments"]):
            headline, suggestion = f"Not shown: {row['reason']}.", "Nothing to do now."
            table = table.iloc[:0]
        elif row["departments"] == 0:
            headline = "There is no live tie in this data, so there is no base to describe."
            suggestion = "Choose one person you worked well with and ask for twenty minutes this week."
        else:
            reached = table[table["reached"]]
            largest = reached.iloc[0]
            headline = (
                f"Your live ties reach {reached['department'].nunique()} of {table['department'].nunique()} departments and "
                f"{reached['level'].nunique()} of {table['level'].nunique()} levels; {percent(largest['department_share'])} of "
                f"them are in {largest['department']}."
            )
            suggestion = self._suggestion(ties, person_id, table)
            caveats = [*_trend(row), *_evenness(self, ties, row, person_id, limits), *caveats]
        return self.finding(
            ties,
            person_id,
            headline=headline,
            table=table,
            suggestion=suggestion,
            caveats=caveats,
            picture=lambda ax: _draw(table, headline, ties, person_id, ax),
        )

    def _suggestion(self, ties: Ties, person_id: str, table: pd.DataFrame) -> str:
        """Name the missing department that most of the own department reach, if anybody there does."""
        limits, own = self.thresholds(ties), ties.person(person_id)["department"]
        by_department = table.groupby("department")[["live_ties", "department_share"]].agg(
            {"live_ties": "sum", "department_share": "first"}
        )
        missing = by_department.index[by_department["live_ties"] == 0].tolist()
        mates = ties.persons.loc[ties.persons["department"] == own, "person_id"].tolist()
        cells = self._cells(ties)
        reach = cells.filter(cells.person_id.isin(mates) & cells.department.isin(missing) & (cells.live > 0))
        known = ties.engine.frame(
            reach.group_by("department")
            .agg(people=reach.person_id.nunique())
            .order_by([ibis.desc("people"), "department"])
        )
        if len(known) and known["people"].iloc[0] >= FEWEST_MATES:
            return (
                f"Your own department works with {known['department'].iloc[0]}: ask a colleague who knows people there to take "
                "you along to one conversation this week."
            )
        others = by_department[(by_department.index != own) & (by_department["live_ties"] > 0)]
        if len(others) > 1 and others["department_share"].max() >= limits.concentrated_share:
            thin = others["live_ties"].idxmin()
            return f"Give one conversation this week to somebody in {thin}, where you have the fewest live ties."
        return "No action needed: you reach the departments that your own works with. Keep it."

    def _cells(self, ties: Ties) -> ir.Table:
        """Count everybody's ties by department and rank of the other; made once for the same ties."""
        if "base_cells" not in ties.worked_out:
            persons = ties.persons.loc[ties.persons["may_be_peer"] & ~ties.persons["has_left"], ["person_no", "rank"]]
            ranks = ties.engine.from_frame(persons.astype({"rank": "float64"}), name="ranks")
            quarters = [f"credit_q{q + 1}" for q in range(QUARTERS)]
            sides = ties.sides.select("person_id", "other_no", "other_department", "is_live", "first_day", *quarters)
            sides = sides.filter(sides.other_department.notnull())
            placed = sides.join(ranks, sides.other_no == ranks.person_no)
            cells = placed.group_by("person_id", department="other_department", rank="rank").agg(
                live=placed.count(where=placed.is_live),
                first_day=placed.first_day.min(),
                **{quarter: placed[quarter].sum().cast("int64") for quarter in quarters},
            )
            ties.worked_out["base_cells"] = ties.engine.materialise(cells, name="base_cells")
        return ties.worked_out["base_cells"]


def _effective(by_department: pd.DataFrame, drawn: int) -> pd.Series:
    """Return exp(expected Shannon entropy) of ``drawn`` ties, by person; only for those who have so many."""
    from scipy.special import gammaln

    rows = by_department[by_department["ties"] >= drawn]
    have, total = rows["live"].to_numpy(float)[:, None], rows["ties"].to_numpy(float)[:, None]
    k = np.arange(1, drawn + 1, dtype=float)[None, :]

    def log_choose(n: np.ndarray, r: np.ndarray) -> np.ndarray:
        return gammaln(n + 1) - gammaln(r + 1) - gammaln(n - r + 1)

    possible = (k <= have) & (drawn - k <= total - have)
    safe_k = np.where(possible, k, np.minimum(have, drawn))
    rest = np.where(possible, drawn - k, 0)
    chance = np.exp(
        log_choose(have, safe_k) + log_choose(total - have, rest) - log_choose(total, np.full_like(total, drawn))
    )
    entropy = (np.where(possible, chance, 0.0) * -(k / drawn) * np.log(k / drawn)).sum(axis=1)
    sums = pd.Series(entropy, index=rows["person_id"].to_numpy()).groupby(level=0).sum()
    return np.exp(sums).round(6)


def _new_ground(cells: pd.DataFrame, from_day: int) -> pd.Series:
    """Count departments reached now in which nobody was known before a day, by person."""
    by_department = cells.groupby(["person_id", "department"]).agg(live=("live", "sum"), first=("first_day", "min"))
    is_new = (by_department["live"] > 0) & (by_department["first"] >= from_day)
    return is_new.groupby("person_id").sum()


def _level_names(persons: pd.DataFrame) -> dict[float, str]:
    """Say ranks in the words of the chart; where only depth is known, count from the top."""
    known = persons.dropna(subset=["rank"]).drop_duplicates("rank")
    return {
        rank: number(rank + 1) if pd.isna(level) else str(level)
        for rank, level in zip(known["rank"], known["level"], strict=True)
    }


def _trend(row: pd.Series) -> list[str]:
    new = row["new_departments"]
    fresh = f"New ground since the log began: {int(new)} of the departments you reach." if new > 0 else ""
    return [*own_trend(row, "departments", "Departments with any contact"), *([fresh] if fresh else [])]


def _evenness(lens: BroadBase, ties: Ties, row: pd.Series, person_id: str, limits: Limits) -> list[str]:
    if pd.isna(row["effective_departments"]):
        return [f"How even the base is cannot be said under {limits.equal_ties} live ties."]
    own = (
        f"Any {limits.equal_ties} of your live ties are spread as over {number(row['effective_departments'])} "
        "departments of equal size."
    )
    what = f"the number of departments of equal size among {limits.equal_ties} live ties"
    return [own, level_band(ties, lens.measured(ties), "effective_departments", person_id).sentence(what)]


def _draw(table: pd.DataFrame, title: str, ties: Ties, person_id: str, ax: Axes | None) -> Axes:
    from peerlens.draw.pyramid import pyramid

    names = _level_names(ties.persons)
    own = names.get(ties.person(person_id)["rank"], "")
    levels = [name for _, name in sorted(names.items()) if name in set(table["level"])]
    frame = table.rename(columns={"live_ties": "count", "own_department": "own"})
    count = int(table["live_ties"].sum())
    subtitle = f"{count} live ties inside the organisation on {say_day(ties.as_of)}, from {say_day(ties.log_first_on)}"
    return pyramid(frame, levels=levels, own_level=own, ax=ax, title=title, subtitle=subtitle)
