"""Did I report back to those whose advice I asked? Ask, answer by any channel, report back, thanks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

import ibis
import pandas as pd

from peerlens.lenses.band import level_band
from peerlens.lenses.frames import of_everybody
from peerlens.lenses.lens import Finding, Group, Lens
from peerlens.ties.answers import YEAR_DAYS, close_meetings, close_messages, knocks
from peerlens.ties.events import as_dates
from peerlens.words import day as say_day
from peerlens.words import number, percent

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from matplotlib.axes import Axes

    from peerlens.ties import Ties

CLOSED, STILL_TIME, OPEN = "reported back", "still time", "could report back"
NOBODY = "no ask in 52 weeks got contact back"
SHOWN = 10
CAVEATS = (
    "Reporting back is seen as any later message or small meeting that is not an ask; what was said is not in this.",
    "People you work with every day hear from you anyway; advice given by others is where a word is missed.",
    "What counts as an ask or thanks is a yes/no column of the log.",
)


@dataclass(frozen=True)
class Limits:
    """Thresholds of the lens.

    Parameters
    ----------
    report_days
        Days after an answer within which a report back closes the loop.
    """

    report_days: int = 60


class MentorLoops(Lens):
    """Loops of ask, answer, report back and thanks with everybody whose advice was asked outside the line below."""

    name: ClassVar[str] = "mentor_loops"
    question: ClassVar[str] = "Did I report back to those whose advice I asked?"
    group: ClassVar[Group] = "people"
    needs: ClassVar[tuple[str, ...]] = ("messages.is_ask",)
    limits: ClassVar[Limits] = Limits()

    def measure(self, ties: Ties) -> pd.DataFrame:
        """Measure the latest answered ask to each person in 52 weeks up to ``as_of``.

        A loop begins with a day of asks to somebody who is not below the person in the reporting lines, and is answered by
        contact back by any channel. It is *closed* by a later day with a message (to at most five) that is no ask, or a meeting
        of at most eight, within 60 days of the answer; before they are over there is *still time*; else it is *open*. Asks before
        the same answer are one loop. ``share_closed = closed / (closed + open)``.

        Returns
        -------
        pandas.DataFrame
            One row a person.

            - ``mentors``: people with an answered ask; like all counts missing when no ask was answered (people).
            - ``closed``: people reported back to, by their latest loop (people).
            - ``still_time``: people for whose latest loop the days are not over (people).
            - ``open``: people not reported back to, by their latest loop (people).
            - ``share_closed``: closed / (closed + open); missing when all have still time (0 to 1).
            - ``share_thanked``: people thanked after the answer / mentors; missing without a column of thanks (0 to 1).
            - ``reason``: why it is missing.
        """
        latest = _latest(self._loops(ties))
        counts = pd.crosstab(latest["sender_no"], latest["state"]).reindex(
            columns=[CLOSED, STILL_TIME, OPEN], fill_value=0
        )
        frame = ties.persons[["person_id", "person_no"]].copy()
        frame["mentors"] = frame["person_no"].map(counts.sum(axis=1)).astype(float)
        for name, state in (("closed", CLOSED), ("still_time", STILL_TIME), ("open", OPEN)):
            frame[name] = frame["person_no"].map(counts[state]).astype(float)
        decided = frame["closed"] + frame["open"]
        frame["share_closed"] = frame["closed"] / decided.where(decided > 0)
        thanked = latest.groupby("sender_no")["thanked_day"].count()
        known = "messages.is_thanks" in ties.events.known
        frame["share_thanked"] = frame["person_no"].map(thanked) / frame["mentors"] if known else float("nan")
        frame["reason"] = pd.Series(None, index=frame.index, dtype="str").mask(frame["mentors"].isna(), NOBODY)
        return frame.drop(columns="person_no").sort_values("person_id", ignore_index=True)

    def evidence(self, ties: Ties, person_id: str) -> pd.DataFrame:
        """Return the latest loop with each person whose advice was asked, those to report back to first.

        Returns
        -------
        pandas.DataFrame
            ``other_id, other, state, asked_on, answered_on, reported_on, thanked_on, days_left`` (to report back; negative:
            over).
        """
        loops = self._loops(ties)
        rows = _latest(loops[loops["sender_no"] == int(ties.person(person_id)["person_no"])])
        persons = ties.persons.set_index("person_no")
        rows["other_id"] = rows["recipient_no"].map(persons["person_id"])
        rows["other"] = rows["recipient_no"].map(persons["name"]).fillna(rows["other_id"])
        for name in ("asked", "answered", "reported", "thanked"):
            rows[f"{name}_on"] = as_dates(rows[f"{name}_day"])
        left = rows["answered_day"] + self.thresholds(ties).report_days - ties.as_of_day
        rows["days_left"] = left.where(rows["state"] != CLOSED).astype("Int64")
        order = {OPEN: 0, STILL_TIME: 1, CLOSED: 2}
        rows = rows.assign(place=rows["state"].map(order)).sort_values(
            ["place", "answered_day", "other_id"], ascending=[True, False, True], ignore_index=True
        )
        return rows[["other_id", "other", "state", "asked_on", "answered_on", "reported_on", "thanked_on", "days_left"]]

    def read(self, ties: Ties, person_id: str) -> Finding:
        """Say to how many of those asked the person has reported back, and to whom a word could go this week."""
        row, table = self.row(ties, person_id), self.evidence(ties, person_id)
        caveats = [*CAVEATS]
        if table.empty:
            headline, suggestion = f"Not shown: {NOBODY}.", "Ask one person this week for twenty minutes of advice."
        else:
            count = table["state"].value_counts()
            closed, waiting, still = (int(count.get(state, 0)) for state in (CLOSED, OPEN, STILL_TIME))
            people = "1 person" if len(table) == 1 else f"{len(table)} people"
            told = (
                str(closed)
                if closed < len(table)
                else "that person"
                if closed == 1
                else "both"
                if closed == 2
                else "all of them"
            )
            headline = f"You asked {people} for advice and got an answer; you have reported back to {told}"
            ends = [
                f"{waiting} could still use a word" if waiting else "",
                f"for {still} there is still time" if still else "",
            ]
            headline += "".join(f", {end}" for end in ends if end) + "."
            suggestion = _suggestion(table)
            thanked = (
                ""
                if pd.isna(row["share_thanked"])
                else f"{percent(row['share_thanked'])} of them were thanked after the answer."
                if row["share_thanked"]
                else "No thanks after the answer is in the data."
            )
            band = level_band(ties, self.measured(ties), "share_closed", person_id)
            caveats = (
                [thanked, band.sentence("the share of loops closed"), *caveats]
                if thanked
                else [band.sentence("the share of loops closed"), *caveats]
            )
        return self.finding(
            ties,
            person_id,
            headline=headline,
            table=table,
            suggestion=suggestion,
            caveats=caveats,
            picture=lambda ax: _draw(table, headline, ties, ax),
        )

    def _loops(self, ties: Ties) -> pd.DataFrame:
        return of_everybody(ties, "mentor_loops_found", lambda: _find(ties, self.thresholds(ties).report_days))


def _latest(loops: pd.DataFrame) -> pd.DataFrame:
    """Keep the loop answered last with each person."""
    ordered = loops.sort_values(["sender_no", "recipient_no", "answered_day"])
    return ordered.drop_duplicates(["sender_no", "recipient_no"], keep="last").reset_index(drop=True)


def _find(ties: Ties, report_days: int) -> pd.DataFrame:
    """Find every answered loop of 52 weeks: who asked whom, the days of its steps, and how it stands."""
    asked = knocks(ties)
    chart = ties.persons.loc[ties.persons["may_be_peer"] & ~ties.persons["has_left"], ["person_no"]]
    lines = ties.places.lines
    number_of = ties.persons.set_index("person_id")["person_no"]
    below = pd.DataFrame(
        {
            "sender_no": lines["ancestor_id"].map(number_of).astype("int32"),
            "recipient_no": lines["person_id"].map(number_of).astype("int32"),
        }
    )
    people = ties.engine.from_frame(chart.rename(columns={"person_no": "recipient_no"}), name="mentors")
    reports = ties.engine.from_frame(below, name="below")
    asked = asked.filter(asked.is_ask & asked.back_day.notnull()).semi_join(people, "recipient_no")
    asked = asked.anti_join(reports, ["sender_no", "recipient_no"])
    loops = asked.group_by("sender_no", "recipient_no", answered_day="back_day").agg(asked_day=asked.day_no.min())
    rows = _with_later(loops, _reports(ties), "reported_day", same_day=False)
    rows = _with_later(rows, _thanks(ties), "thanked_day", same_day=True)
    frame = ties.engine.frame(rows.order_by(["sender_no", "recipient_no", "answered_day"]))
    ties.engine.drop(people, reports)
    for name in ("reported_day", "thanked_day"):
        frame[name] = frame[name].astype("Float64").where(frame[name] <= frame["answered_day"] + report_days)
    is_over = frame["answered_day"] + report_days < ties.as_of_day
    state = pd.Series(STILL_TIME, index=frame.index).mask(is_over, OPEN)
    frame["state"] = state.mask(frame["reported_day"].notna(), CLOSED)
    return frame


def _reports(ties: Ties) -> ir.Table:
    """Return days with contact that may hold a report: a message that is no ask, or a small meeting."""
    sent = close_messages(ties)
    assert sent is not None
    told = sent.filter(~sent.is_ask.fill_null(False) & (sent.day_no > ties.as_of_day - YEAR_DAYS))
    told = told.select("sender_no", "recipient_no", "day_no")
    return ibis.union(told, close_meetings(ties)).distinct()


def _thanks(ties: Ties) -> ir.Table:
    sent = close_messages(ties)
    assert sent is not None
    return sent.filter(sent.is_thanks.fill_null(False)).select("sender_no", "recipient_no", "day_no").distinct()


def _with_later(loops: ir.Table, days: ir.Table, name: str, *, same_day: bool) -> ir.Table:
    """Add to each loop the first of some days after its answer (or on it)."""
    key = ["sender_no", "recipient_no"]
    kept = [column for column in loops.columns if column not in (*key, "answered_day")]
    nothing = {column: ibis.null(loops[column].type()) for column in kept}
    mine = loops.mutate(
        at=loops.answered_day * 2 + (0 if same_day else 1), later=ibis.null("int32"), is_loop=ibis.literal(True)
    )
    theirs = days.mutate(
        answered_day=days.day_no,
        at=days.day_no * 2 + (1 if same_day else 0),
        later=days.day_no,
        is_loop=ibis.literal(False),
        **nothing,
    )
    columns = [*key, "answered_day", *kept, "at", "later", "is_loop"]
    onwards = ibis.window(group_by=key, order_by="at", preceding=0, following=None)
    rows = ibis.union(mine.select(*columns), theirs.select(*columns))
    rows = rows.mutate(**{name: rows.later.min().over(onwards)})
    return rows.filter(rows.is_loop).drop("at", "later", "is_loop")


def _suggestion(table: pd.DataFrame) -> str:
    waiting = table[table["state"] != CLOSED]
    if waiting.empty:
        return "No action needed: everybody whose advice you asked has heard from you since."
    first = waiting.iloc[0]
    return (
        f"Write {first['other']} two lines this week: “You advised me in {_month(first['answered_on'])}. "
        "This is what I did with it, and what came of it. Thank you.”"
    )


def _month(day: pd.Timestamp) -> str:
    return say_day(day).split(" ", 1)[1]


def _draw(table: pd.DataFrame, title: str, ties: Ties, ax: Axes | None) -> Axes:
    from peerlens.draw.lanes import lanes

    frame = table.head(SHOWN).rename(columns={"other": "lane"})
    left = [None if pd.isna(days) else int(days) for days in frame["days_left"]]
    frame["note"] = [
        state if days is None or days < 0 else f"{state}: {number(days)} days"
        for state, days in zip(frame["state"], left, strict=True)
    ]
    frame["is_open"] = frame["state"] != CLOSED
    more = f"; {SHOWN} of {len(table)} people shown" if len(table) > SHOWN else ""
    steps = {
        "asked_on": "you asked",
        "answered_on": "contact back",
        "reported_on": "you reported back",
        "thanked_on": "you thanked",
    }
    begin = frame["asked_on"].min()
    first = ties.as_of - timedelta(days=YEAR_DAYS - 1) if pd.isna(begin) else begin.date() - timedelta(days=3)
    return lanes(
        frame,
        first=first,
        last=ties.as_of,
        steps=steps,
        open_words="not reported back yet",
        how_to_read="each lane is the latest advice you asked of one person; a broken line waits for your report back.",
        ax=ax,
        title=title,
        subtitle=f"Latest answered ask to each person, 52 weeks up to {say_day(ties.as_of)}{more}",
    )
