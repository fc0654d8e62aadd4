"""Where could I make room? Hours in large recurring meetings, against what ties that may need attention would take."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import ibis
import numpy as np
import pandas as pd

from peerlens.errors import NotEnoughData
from peerlens.lenses import frames
from peerlens.lenses.band import level_band
from peerlens.lenses.lens import Finding, Group, Lens
from peerlens.lenses.neglect.flags import find_flags, short_list
from peerlens.words import day as say_day
from peerlens.words import number, of_people, percent

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from matplotlib.axes import Axes

    from peerlens.ties import Ties

FEWEST_HELD = 3
FOLLOW_UP_DAYS, FOLLOW_UP_PEOPLE, FOLLOW_UP_SHARE = 2, 2, 0.25
TOGETHER_SHARE = 0.5
TIE_MINUTES, PLAN_TIES = 35, 3
"""minutes a month one tie is planned with: two conversations of a good quarter of an hour"""
ONE_SERIES_DAYS = 3
SHOWN = 3
"""names of such ties in a caveat"""
WEEKS_A_MONTH = 52 / 12


class RoomToRise(Lens):
    """Hours in large recurring meetings where one neither organises nor follows up, and what they could pay for."""

    name: ClassVar[str] = "room_to_rise"
    question: ClassVar[str] = "Where could I make room?"
    group: ClassVar[Group] = "process"
    needs: ClassVar[tuple[str, ...]] = ("meetings", "meetings.series_id")

    def measure(self, ties: Ties) -> pd.DataFrame:
        """Measure hours in large recurring meetings over 26 weeks.

        A large series: the median number of people of its meetings is over ``close_meeting_size`` (8), and it was held at
        least 3 times. The person *organises* a series when they called any of its meetings, and *follows up* when on at least a
        quarter of the days they were in it they wrote to two or more of the people there at once, by the end of the second day
        after. A month is 52/12 weeks.

        Returns
        -------
        pandas.DataFrame
            One row a person.

            - ``meeting_hours``: hours in meetings of any kind (hours a month).
            - ``large_hours``: hours in large series (hours a month).
            - ``open_hours``: hours in large series where the person neither organises nor follows up (hours a month).
            - ``open_series``: number of those series (series).
            - ``large_series``: large series the person sits in (series).
            - ``share_open``: ``open_hours / meeting_hours`` (0 to 1).
            - ``shared_hours``: hours in large series where a direct report sits too, on at least half of the days
              (hours a month).
            - ``ties_on_one_series``: live ties to peers with at least 3 contact days in the window, all of them in
              meetings of one
              series, and no message (ties).
            - ``reason``: why hours are missing.
        """
        series = _series(ties)
        held = _meetings(ties)
        seconds = held.group_by(person_no="attendee_no").agg(seconds=(held.end_s - held.start_s).sum())
        hours = ties.engine.frame(seconds.order_by("person_no"))
        hours["meeting_hours"] = hours["seconds"] / 3600 / _months(ties)
        sums = (
            series.assign(
                open_hours=series["hours"].where(series["is_open"], 0.0),
                shared_hours=series["hours"].where(series["with_report"], 0.0),
                one=1,
            )
            .groupby("person_no")
            .agg(
                large_hours=("hours", "sum"), open_hours=("open_hours", "sum"), open_series=("is_open", "sum"),
                large_series=("one", "sum"), shared_hours=("shared_hours", "sum"),
            )
            .reset_index()
        )  # fmt: skip
        fragile = _one_series_ties(ties).groupby("person_no").size().rename("ties_on_one_series").reset_index()
        row = frames.by_person(ties, hours[["person_no", "meeting_hours"]], sums, fragile)
        met = row["meeting_hours"].notna()
        counted = ["large_hours", "open_hours", "open_series", "large_series", "shared_hours", "ties_on_one_series"]
        row.loc[met, counted] = row.loc[met, counted].fillna(0)
        row["share_open"] = row["open_hours"] / row["meeting_hours"]
        row["reason"] = np.where(met, None, "in no meeting in 26 weeks")
        return row

    def evidence(self, ties: Ties, person_id: str) -> pd.DataFrame:
        """Return the large recurring meetings of one person, longest first.

        Returns
        -------
        pandas.DataFrame
            ``meeting`` (the usual day and hour, UTC), ``hours_a_month, people`` (median), ``you_organise, you_follow_up,
            report_is_there, could_go, series_id``.
        """
        me = int(ties.person(person_id)["person_no"])
        found = _series(ties)
        found = found[found["person_no"] == me].sort_values(["hours", "series_id"], ascending=[False, True])
        return pd.DataFrame(
            {
                "meeting": [
                    f"{_WEEKDAYS[int(day)]} {int(minute) // 60:02d}:{int(minute) % 60:02d}, {_often(often)}"
                    for day, minute, often in zip(found["weekday"], found["minute"], found["gap_days"], strict=True)
                ],
                "hours_a_month": found["hours"].round(2),
                "people": found["people"].astype(int),
                "you_organise": found["organises"],
                "you_follow_up": found["follows_up"],
                "report_is_there": found["with_report"],
                "could_go": found["is_open"],
                "series_id": found["series_id"],
            }
        ).reset_index(drop=True)

    def read(self, ties: Ties, person_id: str) -> Finding:
        """Say how much time large recurring meetings take, and which of them could pay for the ties that may need it."""
        row = self.row(ties, person_id)
        if pd.isna(row["meeting_hours"]):
            raise NotEnoughData(f"not enough data: {row['reason'] or 'not in the data'}.")
        table = self.evidence(ties, person_id)
        flags = short_list(find_flags(ties, person_id=person_id).table, PLAN_TIES)
        wanting = flags.loc[flags["other_id"].notna(), "other"].astype(str).tolist()
        plan = _plan(table, len(wanting), ties.settings.ties.broadcast_size)
        headline = _headline(row)
        fragile = int(row["ties_on_one_series"])
        band = level_band(ties, self.measured(ties), "share_open", person_id)
        hours = (
            f"{number(row['open_hours'])} of {number(row['meeting_hours'])} hours a month in meetings, "
            f"{percent(row['share_open'])}, go to {int(row['open_series'])} large series you neither organise nor follow up."
        )
        caveats = [
            hours,
            band.sentence(
                "the part of meeting time spent in large recurring meetings without organising or following up"
            ),
            f"Large: over {ties.settings.ties.close_meeting_size} people. Being there to listen can be reason enough; "
            "the log does not know what a meeting is worth.",
        ]
        if fragile:
            others = one_series(ties, person_id)["other"].astype(str).tolist()
            shown = of_people([*others[:SHOWN], *([f"{fragile - SHOWN} others"] if fragile > SHOWN else [])])
            rest = "1 live tie at your level rests" if fragile == 1 else f"{fragile} live ties at your level rest"
            caveats.insert(0, f"{rest} on a single series each, one cancellation away: with {shown}.")
        return self.finding(
            ties,
            person_id,
            headline=headline,
            table=table,
            suggestion=_suggestion(plan, wanting),
            caveats=caveats,
            picture=lambda ax: _draw(row, table, plan, wanting, headline, ties, ax),
            importance=0.1 if plan.empty or not wanting else min(0.8, 0.3 + float(row["share_open"])),
        )


def one_series(ties: Ties, person_id: str) -> pd.DataFrame:
    """Return the peers of one person whose live tie only one series holds up: ``other_id, other``."""
    persons = ties.persons.set_index("person_no")
    rows = _one_series_ties(ties)
    other_no = rows.loc[rows["person_no"] == int(ties.person(person_id)["person_no"]), "other_no"]
    own = pd.DataFrame({"other_id": other_no.map(persons["person_id"]), "other": other_no.map(frames.names(ties))})
    return own.reset_index(drop=True)


_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def _months(ties: Ties) -> float:
    """Return the months of log inside the window."""
    days = min(frames.window_days(ties), (ties.as_of - ties.log_first_on).days + 1)
    return max(days, 7) / 7 / WEEKS_A_MONTH


def _meetings(ties: Ties) -> ir.Table:
    held = frames.meetings(ties)
    if held is None:
        raise NotEnoughData("needs meetings.csv.")
    return held


def _series(ties: Ties) -> pd.DataFrame:
    """Return one row per person and large series: hours, and whether they organise, follow up, or sit beside a report."""
    return frames.of_everybody(ties, "large_series", lambda: _all_series(ties))


def _all_series(ties: Ties) -> pd.DataFrame:
    held = _meetings(ties)
    held = held.filter(held.series_id.notnull())
    sizes = held.group_by("series_id").agg(
        people=held["size"].median(),
        meetings=held.meeting_no.nunique(),
        days=held.day_no.nunique(),
        first=held.day_no.min(),
        last=held.day_no.max(),
        # 1970-01-01 was a Thursday; the latest meeting's place in the week stands for the series.
        latest_s=held.start_s.max(),
    )
    large = sizes.filter((sizes.people > ties.settings.ties.close_meeting_size) & (sizes.days >= FEWEST_HELD))
    large = large.rename(key="series_id")
    rows = ties.engine.view(held.join(large, held.series_id == large.key).drop("key"), name="large_series")
    calling = (rows.organizer_no == rows.attendee_no).fill_null(False)
    own = rows.group_by(["attendee_no", "series_id"]).agg(
        seconds=(rows.end_s - rows.start_s).sum(),
        days_there=rows.day_no.nunique(),
        organises=calling.any(),
        people=rows.people.max(),
        days=rows.days.max(),
        first=rows["first"].max(),
        last=rows["last"].max(),
        latest_s=rows.latest_s.max(),
    )
    found = ties.engine.frame(own.order_by(["attendee_no", "series_id"])).rename(columns={"attendee_no": "person_no"})
    found = found.merge(_followed_days(ties, rows), on=["person_no", "series_id"], how="left")
    found = found.merge(_report_days(ties, rows), on=["person_no", "series_id"], how="left")
    there = found["days_there"]
    latest = found["latest_s"].astype("int64")
    return found.assign(
        hours=found["seconds"] / 3600 / _months(ties),
        follows_up=found["followed"].fillna(0) >= FOLLOW_UP_SHARE * there,
        with_report=found["beside"].fillna(0) >= TOGETHER_SHARE * there,
        weekday=(latest // 86_400 + 3) % 7,
        minute=latest % 86_400 // 60,
        gap_days=(found["last"] - found["first"]) / (found["days"] - 1),
    ).assign(is_open=lambda f: ~f["organises"] & ~f["follows_up"])


def _followed_days(ties: Ties, rows: ir.Table) -> pd.DataFrame:
    """Count the days of each series after which a person wrote to two or more of those who were there, at once."""
    sent = frames.messages(ties)
    if sent is None:
        return pd.DataFrame(
            {"person_no": pd.Series(dtype="int64"), "series_id": pd.Series(dtype="str"), "followed": []}
        )
    sent = sent.select("message_no", "sender_no", "recipient_no", "size", message_day="day_no", sent_s="at_s")
    sent = sent.filter(sent["size"] >= FOLLOW_UP_PEOPLE)
    there = rows.select("meeting_no", "series_id", "day_no", "end_s", "attendee_no")
    # The day after which a message may still follow up, spelled out, so that the join is by equality.
    lags = [there.mutate(on_day=(there.day_no + lag).cast("int32")) for lag in range(FOLLOW_UP_DAYS + 1)]
    writers = ibis.union(*lags)
    wrote = sent.select("message_no", "sender_no", "message_day", "sent_s").distinct()
    written = writers.join(wrote, [writers.attendee_no == wrote.sender_no, writers.on_day == wrote.message_day])
    written = written.filter(written.sent_s >= written.end_s).select(
        "meeting_no", "series_id", "day_no", "attendee_no", "message_no"
    )
    readers = sent.select(read_no="message_no", reader_no="recipient_no")
    to = written.join(readers, written.message_no == readers.read_no)
    present = there.select(present_no="attendee_no", present_meeting="meeting_no")
    to = to.join(present, [to.meeting_no == present.present_meeting, to.reader_no == present.present_no])
    enough = to.group_by(["attendee_no", "series_id", "day_no", "meeting_no", "message_no"]).agg(
        people=to.reader_no.nunique()
    )
    enough = enough.filter(enough.people >= FOLLOW_UP_PEOPLE)
    days = enough.group_by(person_no="attendee_no", series_id="series_id").agg(followed=lambda t: t.day_no.nunique())
    return ties.engine.frame(days.order_by(["person_no", "series_id"]))


def _report_days(ties: Ties, rows: ir.Table) -> pd.DataFrame:
    """Count the days of each series on which a direct report was there too."""
    chart = frames.places(ties)
    below = frames.joined_or_null(
        rows.select("meeting_no", "attendee_no"), chart, "attendee_no", manager_no="manager_no"
    )
    below = below.filter(below.manager_no.notnull()).select(boss_no="manager_no", boss_meeting="meeting_no").distinct()
    there = rows.select("meeting_no", "attendee_no", "series_id", "day_no")
    both = there.join(below, [there.attendee_no == below.boss_no, there.meeting_no == below.boss_meeting])
    days = both.group_by(person_no="attendee_no", series_id="series_id").agg(beside=both.day_no.nunique())
    return ties.engine.frame(days.order_by(["person_no", "series_id"]))


def _one_series_ties(ties: Ties) -> pd.DataFrame:
    """Return live ties to peers that only one series of close meetings holds up: ``person_no, other_no``; worked out once."""
    return frames.of_everybody(ties, "one_series", lambda: _make_one_series(ties))


def _make_one_series(ties: Ties) -> pd.DataFrame:
    held = _meetings(ties).select("meeting_no", "day_no", "series_id", "attendee_no", "size")
    close = held.filter((held["size"] <= ties.settings.ties.close_meeting_size) & (held["size"] >= 2))
    mine = close.select("meeting_no", "day_no", "series_id", person_no="attendee_no")
    theirs = close.select(their_meeting="meeting_no", other_no="attendee_no")
    pairs = mine.join(theirs, [mine.meeting_no == theirs.their_meeting, mine.person_no != theirs.other_no])
    each = pairs.group_by(["person_no", "other_no"]).agg(
        series=pairs.series_id.nunique(), loose=pairs.count(where=pairs.series_id.isnull()), days=pairs.day_no.nunique()
    )
    each = each.filter((each.series == 1) & (each.loose == 0) & (each.days >= ONE_SERIES_DAYS))
    sides = ties.sides.select("person_no", "other_no", "is_live", "is_peer", "sent_w", "received_w", "contact_days_w")
    live = sides.filter(sides.is_live & sides.is_peer & (sides.sent_w == 0) & (sides.received_w == 0))
    live = live.select(live_no="person_no", live_other="other_no", contact_days_w="contact_days_w")
    joined = each.join(live, [each.person_no == live.live_no, each.other_no == live.live_other])
    joined = joined.filter(joined.days >= joined.contact_days_w).select("person_no", "other_no")
    return ties.engine.frame(joined.order_by(["person_no", "other_no"]))


def _often(gap_days: float) -> str:
    weeks = round(float(gap_days) / 7)
    return "several times a week" if weeks < 1 else "weekly" if weeks == 1 else f"every {weeks} weeks"


def _plan(table: pd.DataFrame, ties_wanting: int, broadcast_size: int) -> pd.DataFrame:
    """Choose as little as pays for the ties: the shortest meeting that does, else the two longest. Meetings for all stay."""
    could = table[table["could_go"] & (table["people"] <= broadcast_size)]
    if not ties_wanting:
        return could.head(0)
    enough = could[could["hours_a_month"] >= ties_wanting * TIE_MINUTES / 60]
    return enough.tail(1) if len(enough) else could.head(2)


def _headline(row: pd.Series) -> str:
    large, spare = int(row["large_series"]), int(row["open_series"])
    if not large:
        return "You sit in no large recurring meeting: there is nothing to make room from here."
    if not spare:
        return f"You organise or follow up {'all' if large > 1 else 'the one'} of your large recurring meetings."
    which = f"{spare} of your {large} large recurring meetings"
    if spare == large:
        every = "both" if large == 2 else f"all {large}"
        which = "your one large recurring meeting" if large == 1 else f"{every} of your large recurring meetings"
    return f"In {which} you neither organise nor follow up; that is {percent(row['share_open'])} of all your time in meetings."


def _suggestion(plan: pd.DataFrame, wanting: list[str]) -> str:
    if plan.empty and wanting:
        return "No action needed here: no large meeting that could pay for a conversation with a peer."
    if plan.empty:
        return "No action needed: no tie waits for the time."
    need = _hours(len(wanting) * TIE_MINUTES / 60)
    cost = _hours(float(plan["hours_a_month"].sum()))
    meetings = "this meeting costs" if len(plan) == 1 else f"these {len(plan)} meetings cost"
    which = of_people([str(one) for one in plan["meeting"].str.partition(",")[0]])
    return (
        f"{of_people(wanting)} would need about {need} a month{' together' if len(wanting) > 1 else ''}; "
        f"{meetings} {cost}: {which}. "
        f"Ask this week whether the notes are enough, and give the time to {wanting[0]}."
    )


def _hours(hours: float) -> str:
    minutes = round(hours * 60)
    whole, rest = divmod(minutes, 60)
    return f"{rest} min" if not whole else f"{whole} h" + (f" {rest:02d}" if rest else "")


def _draw(
    row: pd.Series, table: pd.DataFrame, plan: pd.DataFrame, wanting: list[str], title: str, ties: Ties, ax: Axes | None
) -> Axes:
    from peerlens.draw.budget import budget

    chosen = set(plan["series_id"])
    parts = [
        (str(name), float(hours), "pays" if key in chosen else "open" if could else "kept")
        for name, hours, could, key in zip(
            table["meeting"], table["hours_a_month"], table["could_go"], table["series_id"], strict=True
        )
    ]
    rest = float(row["meeting_hours"]) - sum(hours for _, hours, _ in parts)
    parts.append(("all other meetings", max(rest, 0.0), "rest"))
    frame = pd.DataFrame(parts, columns=["label", "hours", "part"])
    subtitle = (
        f"Hours a month in meetings ({number(row['meeting_hours'])} h in all), 26 weeks up to {say_day(ties.as_of)}"
    )
    need = len(wanting) * TIE_MINUTES / 60 if len(plan) else 0.0
    return budget(frame, need=need, ax=ax, title=title, subtitle=subtitle)
