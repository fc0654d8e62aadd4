"""Do I manage up and down, and forget sideways? Shares of strength and time by direction."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

import ibis
import pandas as pd

from peerlens.errors import InputError
from peerlens.lenses.lens import Finding, Group, Lens
from peerlens.ties.events import EPOCH
from peerlens.ties.pair_sums import QUARTER_DAYS, QUARTERS
from peerlens.ties.place import place_people
from peerlens.ties.together import days_of
from peerlens.words import day as say_day
from peerlens.words import percent

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from matplotlib.axes import Axes

    from peerlens.ties import Ties

DIRECTIONS = (
    "up",
    "down",
    "sideways own team",
    "sideways other departments",
    "sideways own department",
    "external",
    "unplaced",
)


class SidewaysBalance(Lens):
    """Shares of strength and of meeting time by direction, now and over four quarters."""

    name: ClassVar[str] = "sideways_balance"
    question: ClassVar[str] = "Do I manage up and down, and forget sideways?"
    group: ClassVar[Group] = "people"
    needs: ClassVar[tuple[str, ...]] = ("people.manager_id",)

    def measure(self, ties: Ties) -> pd.DataFrame:
        """Measure shares by direction at ``as_of``.

        ``share_<direction> = strength of ties in that direction / strength of all ties``; ``time_<direction>`` the same of
        meeting minutes shared with each in 26 weeks. Directions: ``up, down, sideways_own_team,
        sideways_own_department, sideways_other_departments, external, unplaced``.

        Returns
        -------
        pandas.DataFrame
            One row a person.

            - ``ties``: live ties (ties).
            - ``share_up``: strength of ties upwards / strength of all ties; missing without any (0 to 1).
            - ``share_down``: strength of ties downwards / strength of all ties; missing without any (0 to 1).
            - ``share_sideways_own_team``: strength of ties at the own level in the own team / strength of all ties; missing
              without any (0 to 1).
            - ``share_sideways_other_departments``: strength of ties at the own level to other departments / strength of all
              ties; missing without any (0 to 1).
            - ``share_sideways_own_department``: strength of ties at the own level in the own department, other teams / strength
              of all ties; missing without any (0 to 1).
            - ``share_external``: strength of ties outside the organisation / strength of all ties; missing without any (0 to
              1).
            - ``share_unplaced``: strength of ties to people without a place in the chart / strength of all ties; missing
              without any (0 to 1).
            - ``time_up``: meeting minutes shared in 26 weeks over ties upwards / over all ties; missing without any (0 to 1).
            - ``time_down``: meeting minutes shared in 26 weeks over ties downwards / over all ties; missing without any (0 to
              1).
            - ``time_sideways_own_team``: meeting minutes shared in 26 weeks over ties at the own level in the own team / over
              all ties; missing without any (0 to 1).
            - ``time_sideways_other_departments``: meeting minutes shared in 26 weeks over ties at the own level to other
              departments / over all ties; missing without any (0 to 1).
            - ``time_sideways_own_department``: meeting minutes shared in 26 weeks over ties at the own level in the own
              department, other teams / over all ties; missing without any (0 to 1).
            - ``time_external``: meeting minutes shared in 26 weeks over ties outside the organisation / over all ties; missing
              without any (0 to 1).
            - ``time_unplaced``: meeting minutes shared in 26 weeks over ties to people without a place in the chart / over all
              ties; missing without any (0 to 1).
        """
        sides = ties.sides.select(
            "person_id", "direction", "is_cross_department", "same_team", "strength_units", "minutes_w", "is_live"
        )
        named = sides.mutate(where=_direction_column(sides))
        grouped = named.group_by(["person_id", "where"]).agg(
            units=named.strength_units.sum().cast("int64"),
            minutes=named.minutes_w.sum().cast("int64"),
            live=named.count(where=named.is_live),
        )
        rows = ties.engine.frame(grouped.order_by(["person_id", "where"]))
        return _shares(rows)

    def evidence(self, ties: Ties, person_id: str) -> pd.DataFrame:
        """Return the shares of one person's credit by quarter and direction, each contact placed in the chart of its day.

        Returns
        -------
        pandas.DataFrame
            ``period`` (earliest first), ``direction, share, credit`` (messages to one person).
        """
        days = days_of(ties, person_id)
        days = days.assign(quarter=(ties.as_of_day - days["day_no"]) // QUARTER_DAYS)
        placed = _placed_on_their_day(ties, person_id, days[days["quarter"] < QUARTERS])
        sums = placed.groupby(["quarter", "where"])["credit_units"].sum().rename("units").reset_index()
        total = sums.groupby("quarter")["units"].transform("sum")
        sums["share"] = (sums["units"] / total).round(4)
        sums["credit"] = (sums["units"] / 1e9).round(2)
        sums["period"] = [_period(ties, int(quarter)) for quarter in sums["quarter"]]
        order = {name: position for position, name in enumerate(DIRECTIONS)}
        sums = sums.sort_values(["quarter", "where"], key=lambda c: c.map(order) if c.name == "where" else -c)
        return sums.rename(columns={"where": "direction"})[["period", "direction", "share", "credit"]].reset_index(
            drop=True
        )

    def read(self, ties: Ties, person_id: str) -> Finding:
        """Say how much of the person's contact goes sideways, and how that has moved."""
        table = self.evidence(ties, person_id)
        level = table[table["direction"].str.startswith("sideways")]
        sideways = level.groupby("period", sort=False)["share"].sum()
        across = table[table["direction"] == "sideways other departments"].set_index("period")["share"]
        periods = list(dict.fromkeys(table["period"]))
        if not periods:
            headline, suggestion = "Not enough data: no contact in the last year.", "Nothing to do now."
        else:
            now, before = periods[-1], periods[0]
            headline = (
                f"{percent(sideways.get(now, 0))} of your contact in the last quarter went sideways "
                f"({_across(sideways.get(now, 0), across.get(now, 0))})"
            )
            headline += (
                f"; in the first quarter shown it was {percent(sideways.get(before, 0))}." if len(periods) > 1 else "."
            )
            if not sideways.any():
                headline = "There is no sideways contact in this data."
            suggestion = _suggestion(sideways, across, now)
        return self.finding(
            ties,
            person_id,
            headline=headline,
            table=table,
            suggestion=suggestion,
            caveats=(
                "Shares of credit (one message to one person is 1; meetings by hours and size), each contact placed in "
                "the organisation chart of its day.",
                "There is no right share; your own trend says more than a comparison.",
            ),
            picture=lambda ax: _draw(table, headline, ties, ax),
        )


def _across(sideways: float, across: float) -> str:
    """Say how much of all contact goes sideways to other departments, where it is neither none nor all that goes sideways."""
    if percent(across) == percent(0):
        return "none of it to other departments"
    if percent(across) == percent(sideways):
        return "all of it to other departments"
    return f"{percent(across)} to other departments"


def _suggestion(sideways: pd.Series, across: pd.Series, now: str) -> str:
    if not sideways.any():
        return "Nobody here stands level with you: look for peers outside this data, such as in an association."
    if across.get(now, 0) >= sideways.get(now, 0) / 2:
        return "No action needed: at least half of your sideways contact crosses departments. Keep it."
    return "Choose one standing conversation that could be shorter, and give the half hour to a peer in another department."


def _direction_column(rows: ir.Table) -> ir.StringValue:
    sideways = ibis.cases(
        (rows.is_cross_department, "sideways other departments"),
        (rows.same_team, "sideways own team"),
        else_="sideways own department",
    )
    return (rows.direction == "sideways").ifelse(sideways, rows.direction)


def _shares(rows: pd.DataFrame) -> pd.DataFrame:
    people = rows.groupby("person_id")
    wide = pd.DataFrame({"ties": people["live"].sum()})
    for prefix, column in (("share", "units"), ("time", "minutes")):
        table = (
            rows.pivot(index="person_id", columns="where", values=column).reindex(columns=list(DIRECTIONS)).fillna(0)
        )
        total = table.sum(axis=1)
        shares = table.div(total.where(total > 0), axis=0)
        wide = wide.join(shares.rename(columns=lambda name, prefix=prefix: f"{prefix}_{name.replace(' ', '_')}"))
    return wide.sort_index().reset_index()


def _placed_on_their_day(ties: Ties, person_id: str, days: pd.DataFrame) -> pd.DataFrame:
    """Give each contact its direction in the chart of its day.

    The chart changes only on days on which a row of the people table begins or ends, so it is placed once per stretch
    between changes that touch the person, the contacts, or anybody above them.
    """
    involved = _people_above(ties.people_history, {person_id, *days["other_id"]})
    history = ties.people_history[ties.people_history["person_id"].isin(involved)]
    starts = history["valid_from_on"].dropna()
    ends = history["valid_to_on"].dropna() + timedelta(days=1)
    changes = sorted({int(day.days) for day in (pd.concat([starts, ends]) - pd.Timestamp(EPOCH))})
    stretch = pd.Series(changes, dtype="int64").searchsorted(days["day_no"], side="right")
    parts = []
    for _, rows in days.assign(stretch=stretch).groupby("stretch"):
        today = pd.Timestamp(EPOCH) + timedelta(days=int(rows["day_no"].iloc[0]))
        valid = (history["valid_from_on"].isna() | (history["valid_from_on"] <= today)) & (
            history["valid_to_on"].isna() | (history["valid_to_on"] >= today)
        )
        parts.append(rows.assign(where=_directions(ties, history[valid], person_id, rows["other_id"])))
    return pd.concat(parts) if parts else days.assign(where=pd.Series(dtype="str"))


def _people_above(history: pd.DataFrame, people: set[str]) -> set[str]:
    managers = history.dropna(subset=["manager_id"]).groupby("person_id")["manager_id"].agg(set)
    known: set[str] = set()
    step = set(people)
    while step:
        known |= step
        step = set().union(*(managers.get(person, set()) for person in step)) - known
    return known


def _directions(ties: Ties, chart: pd.DataFrame, person_id: str, others: pd.Series) -> pd.Series:
    external = ties.persons.set_index("person_id")["is_external"]
    unplaced = others.map(external).map({True: "external", False: "unplaced"})
    try:
        places = place_people(chart, ties.settings.ties)
    except InputError:
        # Too few people in this corner of the chart to tell which way its levels point.
        return unplaced
    people = places.people[["person_id", "rank", "department", "manager_id"]].set_index("person_id").to_dict("index")
    if person_id not in people:
        return unplaced
    me = people[person_id]
    above = set(places.lines.loc[places.lines["person_id"] == person_id, "ancestor_id"])
    below = set(places.lines.loc[places.lines["ancestor_id"] == person_id, "person_id"])

    def where(other: str, otherwise: str) -> str:
        if other in above:
            return "up"
        if other in below:
            return "down"
        if other not in people or pd.isna(people[other]["rank"]) or pd.isna(me["rank"]):
            return otherwise
        them = people[other]
        if them["rank"] != me["rank"]:
            return "up" if them["rank"] < me["rank"] else "down"
        # Department heads share a manager and little else: another department counts before the same team.
        if pd.notna(them["department"]) and pd.notna(me["department"]) and them["department"] != me["department"]:
            return "sideways other departments"
        same_team = pd.notna(me["manager_id"]) and them["manager_id"] == me["manager_id"]
        return "sideways own team" if same_team else "sideways own department"

    known = dict(zip(others, unplaced, strict=True))
    found = {other: where(other, otherwise) for other, otherwise in known.items()}
    return others.map(found)


def _period(ties: Ties, quarter: int) -> str:
    last = ties.as_of - timedelta(days=quarter * QUARTER_DAYS)
    return f"13 weeks to {say_day(last)}"


def _draw(table: pd.DataFrame, title: str, ties: Ties, ax: Axes | None) -> Axes:
    from peerlens.draw import balance

    subtitle = f"Share of credit by direction, quarters of 13 weeks up to {say_day(ties.as_of)}"
    return balance(table, ax=ax, title=title, subtitle=subtitle)
