"""Would the people who may be asked about me know me? The people around my manager, and who of them I am in touch with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

import ibis
import pandas as pd

from peerlens.lenses import frames
from peerlens.lenses.band import level_band, own_trend
from peerlens.lenses.lens import Finding, Group, Lens
from peerlens.ties.events import as_dates
from peerlens.ties.pair_sums import QUARTER_DAYS, QUARTERS
from peerlens.words import day as say_day

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from matplotlib.axes import Axes

    from peerlens.ties import Ties

PLACES = ("your manager's manager", "your manager's peers", "your manager's other reports", "people you named")
ONE_OF = {PLACES[1]: "a peer of your manager's", PLACES[2]: "who has the same manager", PLACES[3]: "whom you named"}
STATES = ("live, both ways", "some contact", "no contact in 26 weeks")
NO_MANAGER = "no manager in the chart"
NEW = "in this role for under 26 weeks, or just moved: ties are still forming"
CAVEATS = (
    "Who is asked about anybody is not in this data: these are the people around the manager in the chart.",
    "Contact does not show what somebody thinks of you, and no log shows that more contact earns a promotion.",
)


@dataclass(frozen=True)
class Limits:
    """Thresholds of the lens.

    Parameters
    ----------
    asked_about
        Ids of the people who may be asked, instead of those around the manager.
    role_weeks
        Under so many weeks in a role nothing is said.
    """

    asked_about: tuple[str, ...] = ()
    role_weeks: int = 26


class PromotionTable(Lens):
    """Live two-way ties with the manager's other reports, the manager's peers, and the manager's manager."""

    name: ClassVar[str] = "promotion_table"
    question: ClassVar[str] = "Would the people who may be asked about me know me?"
    group: ClassVar[Group] = "people"
    needs: ClassVar[tuple[str, ...]] = ("people.manager_id",)
    limits: ClassVar[Limits] = Limits()

    def measure(self, ties: Ties) -> pd.DataFrame:
        """Measure who of the people who may be asked about a person has a live two-way tie with them, at ``as_of``.

        ``share_known = known / people``, over the manager's other reports, the other reports of the manager's manager, and
        the manager's manager (or a given list). *Known*: the tie is live, with messages to at most five both ways or a
        meeting of at most eight in 26 weeks: a circular is no answer. Source: decisions on advancement are made by people
        around the manager (Ibarra and Hunter 2007 on operational and strategic networks); the choice of people is ours.

        Returns
        -------
        pandas.DataFrame
            One row a person.

            - ``people``: people who may be asked (people).
            - ``known``: those with a live two-way tie (people).
            - ``share_known``: known / people (0 to 1).
            - ``share_reports_known``: known among the manager's other reports / those (0 to 1).
            - ``share_managers_peers_known``: known among the other reports of the manager's manager / those (0 to 1).
            - ``skip_known``: whether the manager's manager is known (0 or 1).
            - ``touched_q1``: people among them with any contact in the first quarter of 13 weeks back from ``as_of``; missing
              where the log does not reach (people).
            - ``touched_q2``: people among them with any contact in the second quarter of 13 weeks back from ``as_of``; missing
              where the log does not reach (people).
            - ``touched_q3``: people among them with any contact in the third quarter of 13 weeks back from ``as_of``; missing
              where the log does not reach (people).
            - ``touched_q4``: people among them with any contact in the fourth quarter of 13 weeks back from ``as_of``; missing
              where the log does not reach (people).
            - ``reason``: why all is missing: under 26 weeks in a role, just moved, no manager, or not visible here.
        """
        rows = self._circle(ties)
        known = rows.state == STATES[0]
        parts = {
            f"{how}_{name}": count(rows, rows.place == place, known)
            for name, place in (("skip", PLACES[0]), ("managers_peers", PLACES[1]), ("reports", PLACES[2]))
            for how, count in (("n", _people), ("known", _known))
        }
        quarters = {f"touched_q{q + 1}": rows.count(where=rows[f"credit_q{q + 1}"] > 0) for q in range(QUARTERS)}
        sums = rows.group_by("person_id").agg(people=rows.count(), known=rows.count(where=known), **parts, **quarters)
        frame = ties.engine.frame(sums.order_by("person_id"))
        frame = ties.persons[["person_id"]].merge(frame, on="person_id", how="left")
        shown = frame[["person_id", "people", "known"]].astype({"people": float, "known": float})
        shown["share_known"] = shown["known"] / shown["people"].where(shown["people"] > 0)
        for name in ("reports", "managers_peers", "skip"):
            total = frame[f"n_{name}"].where(frame[f"n_{name}"] > 0)
            shown["skip_known" if name == "skip" else f"share_{name}_known"] = frame[f"known_{name}"] / total
        log_days = (ties.as_of - ties.log_first_on).days + 1
        for q in range(QUARTERS):
            reached = log_days >= (q + 1) * QUARTER_DAYS
            shown[f"touched_q{q + 1}"] = frame[f"touched_q{q + 1}"].astype(float) if reached else float("nan")
        reason = _reasons(ties, self.thresholds(ties), shown["people"])
        return frames.in_order(shown, reason=reason, hidden=reason.notna())

    def evidence(self, ties: Ties, person_id: str) -> pd.DataFrame:
        """Return the people who may be asked, and how the tie with each stands.

        Returns
        -------
        pandas.DataFrame
            ``other_id, other, place, state, contact_days_w`` (in 26 weeks), ``last_close_on``; the farthest first.
        """
        rows = self._circle(ties)
        frame = ties.engine.frame(rows.filter(rows.person_id == person_id).order_by(["place", "other_id"]))
        names = ties.persons.set_index("person_id")["name"]
        frame["other"] = frame["other_id"].map(names).fillna(frame["other_id"])
        frame["last_close_on"] = as_dates(frame["last_close_day"])
        order = {word: number for number, word in enumerate((*PLACES, *STATES))}
        frame = frame.sort_values(
            ["place", "state", "other_id"], key=lambda c: c.map(order) if c.name != "other_id" else c
        )
        return frame[["other_id", "other", "place", "state", "contact_days_w", "last_close_on"]].reset_index(drop=True)

    def read(self, ties: Ties, person_id: str) -> Finding:
        """Say how many of the people who may be asked know the person, and whom to meet first."""
        row = self.row(ties, person_id)
        hidden = isinstance(row["reason"], str)
        table = self.evidence(ties, person_id)
        table = table.iloc[:0] if hidden else table
        caveats = list(CAVEATS)
        if hidden or table.empty:
            headline = f"Not shown: {row['reason'] if hidden else NO_MANAGER}."
            suggestion = "Nothing to do now."
        else:
            known, people = int(row["known"]), int(row["people"])
            who = f"All {people}" if known == people > 1 else f"{known} of the {people}"
            headline = f"{who} people who may be asked about you have a live two-way tie with you."
            suggestion = _suggestion(table)
            caveats = [
                *own_trend(row, "touched", "People among them with any contact"),
                level_band(ties, self.measured(ties), "share_known", person_id).sentence(
                    "the share of them with a live tie"
                ),
                *caveats,
            ]
        return self.finding(
            ties,
            person_id,
            headline=headline,
            table=table,
            suggestion=suggestion,
            caveats=caveats,
            picture=lambda ax: _draw(table, headline, ties, ax),
        )

    def _circle(self, ties: Ties) -> ir.Table:
        """Lay out everybody's people who may be asked, with the tie to each; made once for the same ties."""
        if "promotion_circle" not in ties.worked_out:
            rows = _with_ties(ties, _people_asked(ties, self.thresholds(ties)))
            ties.worked_out["promotion_circle"] = ties.engine.materialise(rows, name="promotion_circle")
        return ties.worked_out["promotion_circle"]


def _people(rows: ir.Table, here: ir.BooleanValue, known: ir.BooleanValue) -> ir.IntegerScalar:
    return rows.count(where=here)


def _known(rows: ir.Table, here: ir.BooleanValue, known: ir.BooleanValue) -> ir.IntegerScalar:
    return rows.count(where=here & known)


def _people_asked(ties: Ties, limits: Limits) -> ir.Table:
    """Return ``person_id, other_id, place``: around each person's manager, those who are still there."""
    persons = ties.persons
    here = persons[persons["may_be_peer"] & ~persons["has_left"]]
    manager = here.set_index("person_id")["manager_id"]
    frame = here[["person_id", "manager_id"]].assign(skip_id=here["manager_id"].map(manager))
    chart = ties.engine.from_frame(frame.astype("str"), name="chart")
    if limits.asked_about:
        asked = chart.filter(chart.person_id.isin(limits.asked_about)).select(other_id="person_id")
        rows = chart.select("person_id").cross_join(asked).mutate(place=ibis.literal(PLACES[3]))
        return rows.filter(rows.person_id != rows.other_id)
    mates = chart.select(other_id="person_id", manager_id="manager_id")
    above = chart.select(other_id="person_id", skip_id="manager_id")
    parts = (
        chart.join(mates, "manager_id").select("person_id", "other_id", place=ibis.literal(PLACES[2])),
        chart.join(above, "skip_id")
        .filter(lambda t: t.other_id != t.manager_id)
        .select("person_id", "other_id", place=ibis.literal(PLACES[1])),
        chart.filter(chart.skip_id.notnull()).select("person_id", other_id="skip_id", place=ibis.literal(PLACES[0])),
    )
    rows = ibis.union(*parts)
    return rows.filter(rows.person_id != rows.other_id)


def _with_ties(ties: Ties, rows: ir.Table) -> ir.Table:
    settings = ties.settings.ties
    quarters = [f"credit_q{q + 1}" for q in range(QUARTERS)]
    sides = ties.sides.select(
        "person_no", "other_no", "person_id", "other_id", "is_live", "contact_days_w", "last_close_day",
        "smallest_meeting_w", *quarters,
    )  # fmt: skip
    both_ways = ibis.literal(False)
    written = frames.wrote_both_ways(ties)
    if written is not None:
        written = written.select(writer_no="person_no", reader_no="other_no")
        sides = sides.left_join(written, [sides.person_no == written.writer_no, sides.other_no == written.reader_no])
        both_ways = sides.writer_no.notnull()
    both_ways |= (sides.smallest_meeting_w <= settings.close_meeting_size).fill_null(False)
    tie = sides.select(
        "person_id",
        "other_id",
        "contact_days_w",
        "last_close_day",
        *quarters,
        state=ibis.cases(
            (sides.is_live & both_ways, STATES[0]),
            (sides.credit_q1 + sides.credit_q2 > 0, STATES[1]),
            else_=STATES[2],
        ),
    )
    joined = rows.left_join(tie, ["person_id", "other_id"]).drop("person_id_right", "other_id_right")
    filled = {name: joined[name].fill_null(0) for name in ("contact_days_w", *quarters)}
    return joined.mutate(state=joined.state.fill_null(STATES[2]), **filled)


def _reasons(ties: Ties, limits: Limits, people: pd.Series) -> pd.Series:
    """Say of each person why nothing is shown; missing where something is."""
    history = ties.people_history
    begun = history["valid_from_on"].isna() | (history["valid_from_on"] <= pd.Timestamp(ties.as_of))
    latest = history[begun].drop_duplicates("person_id", keep="last").set_index("person_id")
    started = ties.persons["person_id"].map(latest["role_started_on"].fillna(latest["joined_on"]))
    is_new = pd.to_datetime(started) > pd.Timestamp(ties.as_of - timedelta(weeks=limits.role_weeks))
    reason = pd.Series(None, index=people.index, dtype="str")
    reason = reason.mask(~ties.persons["is_covered"].to_numpy(), frames.NOT_VISIBLE)
    reason = reason.mask(people.isna() | (people == 0), NO_MANAGER)
    return reason.mask((is_new.fillna(False) | ties.persons["has_moved"]).to_numpy(), NEW)


def _suggestion(table: pd.DataFrame) -> str:
    open_rows = table[table["state"] != STATES[0]]
    if open_rows.empty:
        return "No action needed: everybody who may be asked is in touch with you."
    # Some contact already is the shortest way to a tie that lives.
    first = open_rows.sort_values("state", key=lambda c: c.map(STATES.index), kind="stable").iloc[0]
    who = ONE_OF.get(str(first["place"]), str(first["place"]))
    draft = (
        "I would like to hear what you are working on, and where our work touches."
        if first["place"] == PLACES[2]  # often of the same team
        else "I would like to hear what your team needs from ours this quarter."
    )
    return f"Ask {first['other']} ({who}) for twenty minutes this week: “{draft}”"


def _draw(table: pd.DataFrame, title: str, ties: Ties, ax: Axes | None) -> Axes:
    from peerlens.draw.roster import roster

    frame = table.rename(columns={"place": "group", "other": "label"})
    return roster(
        frame,
        states=STATES,
        how_to_read="each mark is one person around your manager; a full one has a live tie with you and contact both ways.",
        ax=ax,
        title=title,
        subtitle=f"Ties on {say_day(ties.as_of)}; contact in the {ties.settings.ties.window_weeks} weeks before",
    )
