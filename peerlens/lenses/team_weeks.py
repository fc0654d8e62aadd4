"""Who is in which team, and every team's weeks: what the question whether a team changed is asked of."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import ibis
import numpy as np
import pandas as pd

from peerlens.lenses import frames
from peerlens.ties.events import day_number

if TYPE_CHECKING:
    from peerlens.ties import Ties

MEASURES = (
    ("outside", "contact with other departments / all contact of the team"),
    ("without_manager", "contact with other departments that is not the manager's / all of it"),
    ("sideways", "contact at the own level / all contact of the team"),
)
SMALLEST_PLACEBO = 4
"""people in a team that is compared with, never shown by name"""


class Weekly:
    """Weekly shares of all teams that are compared: ``shares`` and ``hours`` by team, week (and measure)."""

    def __init__(self, team_nos: list[int], first_monday: date, shares: np.ndarray, hours: np.ndarray) -> None:
        self.team_nos, self.first_monday, self.shares, self.hours = team_nos, first_monday, shares, hours


def teams_of(ties: Ties) -> pd.DataFrame:
    """Return who is in which team: ``team_no`` (the manager), ``person_no, is_lead, reports``."""
    if "teams" not in ties.worked_out:
        persons = ties.persons[ties.persons["is_in_people"] & ~ties.persons["has_left"]]
        number = ties.persons.set_index("person_id")["person_no"]
        reports = pd.DataFrame(
            {"team_no": persons["manager_id"].map(number), "person_no": persons["person_no"], "is_lead": False}
        ).dropna()
        leads = pd.DataFrame({"team_no": reports["team_no"].unique()}).assign(is_lead=True)
        leads["person_no"] = leads["team_no"]
        teams = pd.concat([reports, leads], ignore_index=True).astype({"team_no": "int32", "person_no": "int32"})
        teams["reports"] = teams.groupby("team_no")["person_no"].transform("size") - 1
        ties.worked_out["teams"] = teams.sort_values(["team_no", "person_no"], ignore_index=True)
    return ties.worked_out["teams"]


def own_team(teams: pd.DataFrame) -> pd.DataFrame:
    """Choose one team a person: the one they lead where it has five reports, else the one they are in."""
    is_large = teams["reports"] >= frames.FEWEST
    order = teams.assign(
        place=np.select([teams["is_lead"] & is_large, is_large, teams["is_lead"]], [0, 1, 2], default=3)
    )
    return order.sort_values(["person_no", "place", "team_no"]).drop_duplicates("person_no")


def team_of(ties: Ties, person_id: str) -> pd.Series | None:
    """Return the row of the one team chosen for a person; None for somebody in no team."""
    teams = teams_of(ties)
    own = own_team(teams[teams["person_no"] == int(ties.person(person_id)["person_no"])])
    return own.iloc[0] if len(own) else None


def compared_teams(ties: Ties) -> list[int]:
    """Return the teams that are compared, by the number of their manager."""
    teams = teams_of(ties)
    return sorted(int(team) for team in teams.loc[teams["reports"] + 1 >= SMALLEST_PLACEBO, "team_no"].unique())


def weekly_shares(ties: Ties) -> Weekly:
    """Add up every compared team's weeks; worked out once for the same ties."""
    if "team_weeks" not in ties.worked_out:
        ties.worked_out["team_weeks"] = _make_weekly(ties)
    return ties.worked_out["team_weeks"]


def _make_weekly(ties: Ties) -> Weekly:
    teams = teams_of(ties)
    team_nos = compared_teams(ties)
    teams = teams[teams["team_no"].isin(team_nos)]
    first_monday = ties.log_first_on - timedelta(days=ties.log_first_on.weekday())
    first_day = day_number(first_monday)
    weeks = (ties.as_of_day - first_day) // 7 + 1
    shape = (len(team_nos), weeks)
    if not team_nos:
        return Weekly([], first_monday, np.full((*shape, len(MEASURES)), np.nan), np.full(shape, np.nan))
    members = ties.engine.from_frame(
        teams[["team_no", "person_no", "is_lead"]].rename(columns={"person_no": "member_no"}), name="teams"
    )
    days, sides = ties.pair_days, ties.sides
    seen = ibis.union(
        days.select("day_no", "credit_units", own_no="a_no", with_no="b_no"),
        days.select("day_no", "credit_units", own_no="b_no", with_no="a_no"),
    )
    where = sides.select(
        side_no="person_no", side_other="other_no", is_cross="is_cross_department", direction="direction"
    )  # fmt: skip
    mates = members.select(mate_no="member_no", mate_team="team_no")
    rows = seen.join(members, seen.own_no == members.member_no)
    rows = rows.join(where, [rows.own_no == where.side_no, rows.with_no == where.side_other])
    rows = rows.left_join(mates, [rows.with_no == mates.mate_no, rows.team_no == mates.mate_team])
    is_outside = rows.is_cross & rows.mate_no.isnull()
    tally = rows.group_by(team_no="team_no", week=(rows.day_no - first_day) // 7).agg(
        units=rows.credit_units.sum().cast("int64"),
        outside=rows.credit_units.sum(where=is_outside).fill_null(0).cast("int64"),
        by_reports=rows.credit_units.sum(where=is_outside & ~rows.is_lead).fill_null(0).cast("int64"),
        sideways=rows.credit_units.sum(where=rows.direction == "sideways").fill_null(0).cast("int64"),
    )
    frame = ties.engine.frame(tally.order_by(["team_no", "week"]))
    place = {team: at for at, team in enumerate(team_nos)}
    index = (frame["team_no"].map(place).to_numpy(), frame["week"].to_numpy(int))
    shares = np.full((*shape, len(MEASURES)), np.nan)
    units, outside = frame["units"].to_numpy(float), frame["outside"].to_numpy(float)
    shares[(*index, 0)] = outside / np.where(units > 0, units, np.nan)
    shares[(*index, 1)] = frame["by_reports"].to_numpy(float) / np.where(outside > 0, outside, np.nan)
    shares[(*index, 2)] = frame["sideways"].to_numpy(float) / np.where(units > 0, units, np.nan)
    hours = np.full(shape, np.nan)
    held = ties.events.meetings
    if held is not None:
        held = held.filter(
            held.was_there & ~held.is_all_day & (held.day_no <= ties.as_of_day) & (held.day_no >= first_day)
        )
        met = held.join(members, held.attendee_no == members.member_no)
        met = met.group_by(team_no="team_no", week=(met.day_no - first_day) // 7).agg(
            seconds=(met.end_s - met.start_s).sum()
        )
        rows = ties.engine.frame(met.order_by(["team_no", "week"]))
        size = teams.groupby("team_no").size()
        hours[:] = 0.0
        hours[rows["team_no"].map(place).to_numpy(), rows["week"].to_numpy(int)] = (
            rows["seconds"] / 3600 / rows["team_no"].map(size)
        ).to_numpy(float)
    ties.engine.drop(members)
    return Weekly(team_nos, first_monday, shares, hours)


def steady_teams(ties: Ties, team_nos: list[int]) -> np.ndarray:
    """Tell teams most of which came from elsewhere within the log, by people.csv, from those that stayed together."""
    history = ties.people_history
    changed = pd.Series(False, index=history.index)
    for column in ("manager_id", "department"):
        own = history[column].fillna("")
        changed |= own != own.groupby(history["person_id"]).shift().fillna(own)
    inside = (
        changed
        & (history["valid_from_on"] > pd.Timestamp(ties.log_first_on))
        & (history["valid_from_on"] <= pd.Timestamp(ties.as_of))
    )
    came = set(history.loc[inside, "person_id"])
    ids = ties.persons.set_index("person_no")["person_id"]
    teams = teams_of(ties)
    share = teams["person_no"].map(ids).isin(came).groupby(teams["team_no"]).mean()
    return np.array([share[team] <= 0.5 for team in team_nos], dtype=bool)


def weekly_outcomes(ties: Ties, weekly: Weekly) -> np.ndarray | None:
    """Lay outcomes.csv out by team (its manager's id) and week; None without the file."""
    rows = ties.events.records.outcomes
    if rows.empty:
        return None
    number = ties.persons.set_index("person_id")["person_no"]
    place = {team: at for at, team in enumerate(weekly.team_nos)}
    week = (pd.to_datetime(rows["week"]) - pd.Timestamp(weekly.first_monday)).dt.days // 7
    table = np.full(weekly.hours.shape, np.nan)
    known = rows.assign(row=rows["team"].map(number).map(place), at=week).dropna(subset=["row", "value"])
    known = known[(known["at"] >= 0) & (known["at"] < table.shape[1])]
    table[known["row"].to_numpy(int), known["at"].to_numpy(int)] = known["value"].to_numpy(float)
    return table
