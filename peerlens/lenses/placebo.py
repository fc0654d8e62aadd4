"""Did one team change on one day? The same comparison for every other team and day says how rare its change is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

WINDOW_WEEKS = 26
"""weeks looked at on either side, where there are as many"""
RARE = 0.05
SMALLEST_SCALE = 0.01
"""teams that hardly vary make no change enormous"""


@dataclass(frozen=True)
class TeamLiftLimits:
    """When a team's way of working changed, and what it takes to say so.

    Parameters
    ----------
    changed_on
        The day, as YYYY-MM-DD, for whichever team is asked about; empty: the day on which the team's manager began the role, or
        most of the reports came to that manager.
    fewest_weeks_before, fewest_weeks_after
        Weeks with contact needed on either side.
    fewest_other_teams
        Other teams needed beside the own; with 19 the largest change of all is one in twenty.
    smallest_change
        Changes of a share smaller than this are not told, however rare.
    """

    changed_on: str = ""
    fewest_weeks_before: int = 12
    fewest_weeks_after: int = 6
    fewest_other_teams: int = 19
    smallest_change: float = 0.05


@dataclass(frozen=True)
class Answer:
    """What the comparison of one team says.

    Parameters
    ----------
    before, after
        Median of each measure before and after the change; NaN where too few weeks are known.
    leading
        Which measure changed most against what is usual.
    size
        That change in units of a usual change.
    others
        Other teams with enough weeks on both sides.
    as_large
        How many of them changed at least as much in the same weeks.
    share_of_dates
        Share of all other teams and dates with a change at least as large, the own counted in.
    own_before
        The largest change of the team itself at an earlier date.
    other_changes
        The other teams' changes of the leading measure in the same weeks.
    has_changed
        Whether the change stands out among teams, among dates, against the team's own past, and is large enough to matter; None
        when it cannot be told.
    """

    before: np.ndarray
    after: np.ndarray
    leading: int
    size: float
    others: int
    as_large: int
    share_of_dates: float
    own_before: float
    other_changes: np.ndarray
    has_changed: bool | None


def changes(
    weekly: np.ndarray, *, at: int, limits: TeamLiftLimits, until: int | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Compare medians of the weeks before and from week ``at`` on, for every team and measure.

    Medians, because a dip of a few weeks is no way of working.

    Parameters
    ----------
    weekly
        Teams x weeks x measures; NaN where a team had no contact in a week.
    at
        First week after the change.
    limits
        How many weeks must be known.
    until
        Weeks from here on are not looked at.

    Returns
    -------
    tuple
        Medians before and after (teams x measures), and each team's largest change in units of the median change of all teams.
    """
    until = weekly.shape[1] if until is None else until
    sides = []
    for weeks, fewest in (
        (weekly[:, max(0, at - WINDOW_WEEKS) : at], limits.fewest_weeks_before),
        (weekly[:, at : min(until, at + WINDOW_WEEKS)], limits.fewest_weeks_after),
    ):
        enough = (~np.isnan(weeks)).sum(axis=1) >= fewest
        known = np.where(enough[:, None, :], weeks, 0.0)
        # All-missing columns are filled first, so that the median of nothing is never asked for.
        sides.append(
            np.where(enough, np.nanmedian(known, axis=1), np.nan) if weeks.shape[1] else np.full(enough.shape, np.nan)
        )
    before, after = sides
    moved = np.abs(after - before)
    any_known = ~np.isnan(moved).all(axis=0)
    scale = np.full(moved.shape[1], np.nan)
    scale[any_known] = np.maximum(1.4826 * np.nanmedian(moved[:, any_known], axis=0), SMALLEST_SCALE)
    units = moved / scale
    size = np.where(np.isnan(units).all(axis=1), np.nan, np.nanmax(np.nan_to_num(units, nan=-1.0), axis=1))
    return before, after, size


def compare(
    weekly: np.ndarray, *, team: int, at: int, limits: TeamLiftLimits, is_steady: np.ndarray | None = None
) -> Answer:
    """Rank one team's change among the same change of every other team and date.

    Each team's change is its largest over the measures, in units of the usual change, so several measures are one test. By
    exchangeability of teams the largest of twenty is the own one time in twenty (randomisation inference, Fisher 1935; placebo
    tests, Abadie, Diamond and Hainmueller 2010).

    Parameters
    ----------
    weekly
        Teams x weeks x measures; NaN where a team had no contact in a week.
    team, at
        Which team, and its first week after the change.
    limits
        What it takes to say that something changed.
    is_steady
        Which teams may be compared with: one that was itself put together anew is no example of what happens without a
        change. All
        by default.
    """
    keep = np.arange(len(weekly)) == team
    keep |= True if is_steady is None else is_steady
    weekly, team = weekly[keep], int(keep[:team].sum())
    before, after, sizes = changes(weekly, at=at, limits=limits)
    own = float(sizes[team])
    is_other = np.arange(len(sizes)) != team
    rest = sizes[is_other]
    known = ~np.isnan(rest)
    moved = (after - before)[is_other][known]
    steps = np.nan_to_num(np.abs(after[team] - before[team]), nan=-1.0)
    usual = np.nanmedian(np.abs(after - before), axis=0) if known.any() else np.ones_like(steps)
    leading = int(np.argmax(steps / np.maximum(1.4826 * np.nan_to_num(usual, nan=1.0), SMALLEST_SCALE)))
    elsewhere, earlier = [], []
    for other_at in range(limits.fewest_weeks_before, weekly.shape[1] - limits.fewest_weeks_after + 1):
        if other_at != at:
            _, _, then = changes(weekly, at=other_at, limits=limits)
            elsewhere.append(then[is_other])
        if other_at + limits.fewest_weeks_after <= at:
            _, _, then = changes(weekly, at=other_at, limits=limits, until=at)
            earlier.append(then[team])
    reference = np.concatenate([rest, *elsewhere])
    reference = reference[~np.isnan(reference)]
    as_large = int((rest[known] >= own).sum())
    share = (1 + int((reference >= own).sum())) / (1 + len(reference))
    own_before = float(np.nanmax(earlier)) if earlier and not np.isnan(earlier).all() else float("nan")
    has_changed: bool | None = None
    if not np.isnan(own) and known.sum() >= limits.fewest_other_teams:
        is_rare = (1 + as_large) / (1 + int(known.sum())) <= RARE and share <= RARE
        has_changed = bool(is_rare and not own <= own_before and steps[leading] >= limits.smallest_change)
    return Answer(
        before=before[team],
        after=after[team],
        leading=leading,
        size=own,
        others=int(known.sum()),
        as_large=as_large,
        share_of_dates=share,
        own_before=own_before,
        other_changes=moved[:, leading],
        has_changed=has_changed,
    )
