"""Did the way of working change? A team before and after a date, among the same comparison for every other team and date."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from peerlens.errors import NotEnoughData, SettingsError
from peerlens.lenses import frames
from peerlens.lenses.lens import Finding, Group, Lens
from peerlens.lenses.placebo import Answer, TeamLiftLimits, compare
from peerlens.lenses.team_weeks import (
    MEASURES,
    compared_teams,
    own_team,
    steady_teams,
    team_of,
    teams_of,
    weekly_outcomes,
    weekly_shares,
)
from peerlens.settings import replaced
from peerlens.words import day as say_day
from peerlens.words import number, percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from peerlens.ties import Ties

NO_TEAM, SMALL_TEAM = "in no team", "a team of fewer than five reports"


class TeamLift(Lens):
    """A team's shares of contact before and after a date, ranked among all other teams and dates."""

    name: ClassVar[str] = "team_lift"
    question: ClassVar[str] = "Did the way of working change?"
    group: ClassVar[Group] = "purpose"
    needs: ClassVar[tuple[str, ...]] = ("people.manager_id", "people.department")
    limits: ClassVar[TeamLiftLimits] = TeamLiftLimits()

    def measure(self, ties: Ties) -> pd.DataFrame:
        """Measure each team before and after its date, and how rare such a change is.

        A team is a manager and the direct reports at ``as_of``; a person's team is the one they lead, else
        (or where that has under five reports) the one they are in. The
        *date* is ``changed_on`` in ``[lenses.team_lift]`` of the settings; else the day the manager's present role
        began, or, when later,
        the day on which most of the reports came to that manager in people.csv. Weekly measures, all of the credit of the
        members' contacts: ``outside`` (with other departments / all), ``without_manager`` (of that, not the
        manager's), ``sideways``
        (with the own level / all). Each side of the date is the median of up to 26 weeks. The change is the largest of the
        three in units of 1.4826 x the median change of all teams. Inference: rank of that number among all other teams in
        the same weeks, and among all other teams and dates; see :func:`peerlens.lenses.placebo.compare`; teams most of which came
        together only within the log are not compared with. Figures are given for teams
        with at least five reports.

        Returns
        -------
        pandas.DataFrame
            One row a person.

            - ``weeks_before``: weeks of log before the date (weeks).
            - ``weeks_after``: weeks of log from the date on (weeks).
            - ``change_outside``: ``outside`` after - before (-1 to 1).
            - ``change_without_manager``: ``without_manager`` after - before (-1 to 1).
            - ``change_sideways``: ``sideways`` after - before (-1 to 1).
            - ``other_teams``: other teams with enough weeks on both sides (teams).
            - ``as_large``: of those, teams whose largest change in the same weeks was at least as large (teams).
            - ``share_of_dates``: all other teams and dates with a change at least as large, the own counted in / all (0 to 1).
            - ``has_changed``: 1 when told that something changed: both ranks at most 5 %, larger than at any earlier date of the
              team, and at least 0.05; 0 when not; missing when it cannot be told (0 or 1).
            - ``hours_before``: median hours in meetings before (hours a person and week; missing without meetings).
            - ``hours_after``: the same after (hours a person and week).
            - ``lift``: median outcome after - before (unit of outcomes.csv; missing without that file).
            - ``reason``: why it cannot be told.
        """
        answers = _answers(ties)
        teams = teams_of(ties)
        rows = []
        for team_no, found in answers.items():
            answer, reason = found.answer, found.reason
            change = answer.after - answer.before if answer else np.full(len(MEASURES), np.nan)
            rows.append(
                {
                    "team_no": team_no,
                    "weeks_before": float(found.at),
                    "weeks_after": float(found.weeks - found.at),
                    **{f"change_{name}": change[place] for place, (name, _) in enumerate(MEASURES)},
                    "other_teams": float(answer.others) if answer else np.nan,
                    "as_large": float(answer.as_large) if answer else np.nan,
                    "share_of_dates": answer.share_of_dates if answer else np.nan,
                    "has_changed": float(answer.has_changed) if answer and answer.has_changed is not None else np.nan,
                    "hours_before": found.hours[0],
                    "hours_after": found.hours[1],
                    "lift": found.outcome[1] - found.outcome[0],
                    "reason": reason,
                }
            )
        columns = ["team_no", "weeks_before", "weeks_after", *(f"change_{name}" for name, _ in MEASURES),
        "other_teams", "as_large",
                   "share_of_dates", "has_changed", "hours_before", "hours_after", "lift", "reason"]  # fmt: skip
        measured = pd.DataFrame(rows, columns=columns)
        own = own_team(teams)
        row = frames.by_person(ties, own[["person_no", "team_no", "reports"]].merge(measured, on="team_no", how="left"))
        no_date = (
            "no date of a change is set (changed_on), and neither the manager's role nor the team began within the log"
        )
        row["reason"] = np.select(
            [row["team_no"].isna(), row["reports"] < frames.FEWEST, row["weeks_before"].isna()],
            [NO_TEAM, SMALL_TEAM, no_date],
            default=row["reason"],
        )
        return row.drop(columns=["team_no", "reports"])

    def evidence(self, ties: Ties, person_id: str) -> pd.DataFrame:
        """Return the team's weeks.

        Returns
        -------
        pandas.DataFrame
            ``week_of`` (its Monday), ``is_after``, and the shares ``outside, without_manager, sideways`` (missing in weeks
            without contact).
        """
        found = self._found(ties, person_id)
        if found is None:
            return pd.DataFrame(columns=["week_of", "is_after", *(name for name, _ in MEASURES)])
        weekly = weekly_shares(ties)
        own = weekly.shares[weekly.team_nos.index(found.team_no)]
        mondays = [weekly.first_monday + timedelta(weeks=n) for n in range(own.shape[0])]
        table = pd.DataFrame({"week_of": pd.to_datetime(mondays), "is_after": np.arange(own.shape[0]) >= found.at})
        for place, (name, _) in enumerate(MEASURES):
            table[name] = own[:, place].round(3)
        return table

    def read(self, ties: Ties, person_id: str) -> Finding:
        """Say whether the team's way of working changed on its date, and how rare that is."""
        if reason := self._cannot_tell(ties, person_id):
            raise NotEnoughData(f"cannot tell: {reason}.")
        row = self.row(ties, person_id)
        found = self._found(ties, person_id)
        if found is None or found.answer is None or found.answer.has_changed is None:
            raise NotEnoughData(f"cannot tell: {row['reason'] if found is None else found.reason or row['reason']}.")
        answer = found.answer
        headline = _headline(answer, found)
        weeks = self.evidence(ties, person_id)
        caveats = [
            f"The date, {say_day(found.on)}, comes from {found.source}. Before and after are medians of up to 26 weeks.",
            f"Of {answer.others} other teams {answer.as_large or 'none'} changed as much in the same weeks; of all teams and "
            f"dates {percent(answer.share_of_dates)} did.",
            "A change after a date need not come from it; contact is not performance.",
        ]
        if not np.isnan(found.outcome).any():
            caveats.append("The outcome is shown beside the change, which proves no cause.")
        return self.finding(
            ties,
            person_id,
            headline=headline,
            table=_table(answer, found),
            suggestion=_suggestion(answer),
            caveats=caveats,
            picture=lambda ax: _draw(weeks, answer, found, headline, ties, ax),
            importance=0.5 if answer.has_changed else 0.1,
        )

    def _cannot_tell(self, ties: Ties, person_id: str) -> str | None:
        """Say what the chart alone rules out, before a week of any team is added up."""
        own = team_of(ties, person_id)
        if own is None:
            return NO_TEAM
        if own["reports"] < frames.FEWEST:
            return SMALL_TEAM
        team_nos, fewest = compared_teams(ties), _limits(ties).fewest_other_teams
        return None if len(team_nos) > fewest else _too_few(_others(ties, team_nos, int(own["team_no"])), fewest)

    def _found(self, ties: Ties, person_id: str) -> Found | None:
        own = team_of(ties, person_id)
        return None if own is None else _answers(ties).get(int(own["team_no"]))


class Found:
    """A team's date and what was found for it.

    Parameters
    ----------
    team_no
        Number of the manager.
    on, source
        The day of the change, and where it comes from.
    at, weeks
        First week after it, and weeks in all.
    answer, reason
        The comparison; or why there is none.
    hours, outcome
        Medians before and after.
    """

    def __init__(
        self, team_no: int, on: date, source: str, at: int, weeks: int, answer: Answer | None, *, reason: str | None,
        hours: tuple[float, float], outcome: tuple[float, float],
    ) -> None:  # fmt: skip
        self.team_no, self.on, self.source, self.at, self.weeks = team_no, on, source, at, weeks
        self.answer, self.reason, self.hours, self.outcome = answer, reason, hours, outcome


def _limits(ties: Ties) -> TeamLiftLimits:
    return replaced(
        TeamLift.limits, ties.settings.of_lens(TeamLift.name), place="peerlens.toml, section [lenses.team_lift]"
    )


def _dates(ties: Ties) -> dict[int, tuple[date, str]]:
    """Say when each team's way of working may have changed, and where the day comes from."""
    given = _limits(ties).changed_on
    teams = teams_of(ties)
    leads = sorted(int(team) for team in teams["team_no"].unique())
    if given:
        try:
            on = date.fromisoformat(given)
        except ValueError as error:
            raise SettingsError(
                f"[lenses.team_lift] changed_on: found {given!r}, expected a day such as 2026-05-04."
            ) from error
        return dict.fromkeys(leads, (on, "the settings"))
    ids = ties.persons.set_index("person_no")["person_id"]
    history = ties.people_history
    begun = history[history["valid_from_on"].isna() | (history["valid_from_on"] <= pd.Timestamp(ties.as_of))]
    latest = begun.drop_duplicates("person_id", keep="last").set_index("person_id")
    role = latest["role_started_on"]
    changed = begun["manager_id"] != begun.groupby("person_id")["manager_id"].shift()
    came = begun[changed].drop_duplicates("person_id", keep="last").set_index("person_id")["valid_from_on"]
    reports = teams[~teams["is_lead"]]
    came_on = pd.Series(reports["person_no"].map(ids).map(came).to_numpy(), index=reports["team_no"].to_numpy())
    majority = came_on.dropna().groupby(level=0).agg(lambda days: days.value_counts().sort_index().idxmax())
    counts = came_on.groupby(level=0).agg(lambda days: days.value_counts().max() if days.notna().any() else 0)
    size = came_on.groupby(level=0).size()
    found: dict[int, tuple[date, str]] = {}
    for team in leads:
        options = []
        if pd.notna(day := role.get(ids[team])):
            options.append((pd.Timestamp(day).date(), "the start of the manager's role in people.csv"))
        if team in majority.index and counts[team] > size[team] / 2:
            options.append(
                (pd.Timestamp(majority[team]).date(), "the day most of the team came to this manager, in people.csv")
            )
        inside = [option for option in options if ties.log_first_on < option[0] <= ties.as_of]
        if inside:
            found[team] = max(inside)
    return found


def _answers(ties: Ties) -> dict[int, Found]:
    if "team_answers" not in ties.worked_out:
        ties.worked_out["team_answers"] = _make_answers(ties)
    return ties.worked_out["team_answers"]


def _make_answers(ties: Ties) -> dict[int, Found]:
    limits, weekly, teams = _limits(ties), weekly_shares(ties), teams_of(ties)
    reports = teams.drop_duplicates("team_no").set_index("team_no")["reports"]
    outcomes = weekly_outcomes(ties, weekly)
    is_steady = steady_teams(ties, weekly.team_nos)
    found: dict[int, Found] = {}
    for team_no, (on, source) in _dates(ties).items():
        if team_no not in weekly.team_nos or reports[team_no] < frames.FEWEST:
            continue
        at = max(0, (on - weekly.first_monday).days // 7)
        weeks, row = weekly.shares.shape[1], weekly.team_nos.index(team_no)
        answer, reason = None, None
        if frames.is_own_export(ties):
            reason = "one person's export shows no other team"
        elif at < limits.fewest_weeks_before:
            reason = f"{at} weeks of log before {say_day(on)}, and {limits.fewest_weeks_before} are needed"
        elif weeks - at < limits.fewest_weeks_after:
            reason = (
                f"{max(0, weeks - at)} weeks of log after {say_day(on)}, and {limits.fewest_weeks_after} are needed"
            )
        elif (others := int(is_steady.sum()) - int(is_steady[row])) < limits.fewest_other_teams:
            reason = _too_few(others, limits.fewest_other_teams)
        else:
            answer = compare(weekly.shares, team=row, at=at, limits=limits, is_steady=is_steady)
            if answer.has_changed is None:
                reason = (
                    f"too few weeks with contact, or under {limits.fewest_other_teams} other teams with enough of them"
                )
        found[team_no] = Found(
            team_no, on, source, at, weeks, answer, reason=reason, hours=_medians(weekly.hours[row], at),
            outcome=_medians(outcomes[row], at) if outcomes is not None else (float("nan"), float("nan")),
        )  # fmt: skip
    return found


def _others(ties: Ties, team_nos: list[int], own: int) -> int:
    """Count the steady teams beside one."""
    is_steady = steady_teams(ties, team_nos)
    return int(is_steady.sum()) - (int(is_steady[team_nos.index(own)]) if own in team_nos else 0)


def _too_few(others: int, fewest: int) -> str:
    return f"{others} other team{'' if others == 1 else 's'}, and {fewest} are needed to say what is unusual"


def _medians(weeks: np.ndarray, at: int) -> tuple[float, float]:
    before, after = (part[~np.isnan(part)] for part in (weeks[max(0, at - 26) : at], weeks[at : at + 26]))
    return tuple(float(np.median(part)) if len(part) else float("nan") for part in (before, after))  # type: ignore[return-value]


_SAID = {
    "outside": "the team's share of contact with other departments",
    "without_manager": "the part of the team's outside contact that does not pass through the manager",
    "sideways": "the team's share of contact at its own level",
}


def _headline(answer: Answer, found: Found) -> str:
    name = MEASURES[answer.leading][0]
    before, after = answer.before[answer.leading], answer.after[answer.leading]
    said = _SAID[name]
    moved = f"{said} went from {percent(before)} to {percent(after)}"
    if answer.has_changed:
        text = f"{moved[0].upper()}{moved[1:]}: a larger change than in any of {answer.others} other teams"
        if not np.isnan(found.outcome).any():
            text += f"; the outcome went from {number(found.outcome[0])} to {number(found.outcome[1])}"
        return f"{text}."
    return (
        (
            f"No change that stands out: {moved}, and {answer.as_large} of "
            f"{answer.others} other teams changed as much in the same weeks."
        )
        if answer.as_large
        else f"No change that stands out: {moved}, which this team or others also did at other times."
    )


def _table(answer: Answer, found: Found) -> pd.DataFrame:
    rows = [(words, 100 * answer.before[at], 100 * answer.after[at], "%") for at, (_, words) in enumerate(MEASURES)]
    rows.append(("hours in meetings, a person and week", *found.hours, "h"))
    if not np.isnan(found.outcome).any():
        rows.append(("outcome, from outcomes.csv", *found.outcome, ""))
    rows.append(("other teams compared with", float("nan"), float(answer.others), "teams"))
    rows.append(("other teams that changed as much in the same weeks", float("nan"), float(answer.as_large), "teams"))
    return pd.DataFrame(rows, columns=["what", "before", "after", "unit"])


def _suggestion(answer: Answer) -> str:
    if not answer.has_changed:
        return "No action needed: other teams, or this team at other times, changed as much without it."
    if answer.after[answer.leading] > answer.before[answer.leading]:
        return "Ask the team this week what they do differently, and which part of it is worth keeping."
    return "Ask the team this week what was given up, and whether anybody misses it."


def _draw(weeks: pd.DataFrame, answer: Answer, found: Found, title: str, ties: Ties, ax: Axes | None) -> Axes:
    from peerlens.draw.placebos import placebos

    name = MEASURES[answer.leading][0]
    frame = weeks.rename(columns={name: "share"})[["week_of", "is_after", "share"]]
    said = _SAID[name]
    before, after = found.hours
    subtitle = f"{said[0].upper()}{said[1:]}, by week, {say_day(ties.log_first_on)} to {say_day(ties.as_of)}"
    if not np.isnan([before, after]).any():
        subtitle += f"; meetings {number(before)} h a person and week before, {number(after)} h after"
    return placebos(
        frame, others=answer.other_changes.tolist(), own=float(answer.after[answer.leading] - answer.before[answer.leading]),
        changed_on=found.on, ax=ax, title=title, subtitle=subtitle,
    )  # fmt: skip
