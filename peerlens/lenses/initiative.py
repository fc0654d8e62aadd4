"""Do I start work that nobody assigned? Threads and meetings across departments without the own manager in them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, ClassVar

import ibis
import numpy as np
import pandas as pd

from peerlens.errors import NotEnoughData
from peerlens.lenses import frames
from peerlens.lenses.band import level_band
from peerlens.lenses.lens import Finding, Group, Lens
from peerlens.ties.events import EPOCH
from peerlens.words import day as say_day
from peerlens.words import of_people, percent

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from matplotlib.axes import Axes

    from peerlens.ties import Ties

KEPT_GOING_DAYS = 3
FEWEST_THREADS = 5
THREAD_PAUSE_DAYS = 28
"""without thread ids, a set of people silent for longer has ended a thread"""
OWNER_MEETINGS, OWNER_DAYS = 4, 56


class Initiative(Lens):
    """Cross-department threads and series a person began without their manager, and what others kept going."""

    name: ClassVar[str] = "initiative"
    question: ClassVar[str] = "Do I start work that nobody assigned?"
    group: ClassVar[Group] = "process"
    needs: ClassVar[tuple[str, ...]] = ("people.department", "people.manager_id")

    def measure(self, ties: Ties) -> pd.DataFrame:
        """Measure threads and series across departments that began in 26 weeks, and who began them.

        A *thread* is what ``thread_id`` joins; without it, the messages among one set of people until a pause of over 28 days. A
        thread or series counts for a person when people of two departments or more (at most 20 people in a message or
        meeting) are in it, the person is, and the person's manager never is. It is the starter's: the sender of its
        first message, or who called its first meeting. Begun: the first message or meeting lies in the window, and for threads
        without an id and for series not in the first 4 weeks of the log. *Kept going*: others had contact in it on 3 days or
        more on which the person was neither sender nor recipient, or not in the meeting. Sources: proactive work, Grant and
        Ashford 2008; brokering that joins, Obstfeld 2005.

        Returns
        -------
        pandas.DataFrame
            One row a person.

            - ``threads``: threads and series across departments without one's manager (number).
            - ``share_started``: of those, begun by the person (0 to 1; missing under 5 days on which any began).
            - ``departments_started_with``: departments other than the own in those the person began (departments).
            - ``kept_going``: begun by the person and kept going by others (number; missing where nothing the person began
              is a series or has a thread id, because then nobody can be seen to go on without the person).
            - ``without_owner``: live recurring meetings across departments the person sits in whose owner is no longer
              active: none of the last 4 meetings was called by somebody still in the organisation, though an earlier
              one was (number;
              missing without ``organizer_id`` and ``series_id``).
            - ``reason``: why it is missing.
        """
        begun = _begun(ties)
        mine = begun[begun["began"]]
        count = begun.groupby("person_no").agg(threads=("work_no", "size"), days=("first_day", "nunique"))
        count["started"] = mine.groupby("person_no").size()
        seen = mine[~mine["is_thread"] | ("messages.thread_id" in ties.events.known)]
        count["kept_going"] = seen.groupby("person_no")["is_kept"].sum().astype("float64")
        reached = _departments_reached(ties, mine)
        count["departments_started_with"] = reached
        count = count.fillna({"started": 0, "departments_started_with": 0})
        count["share_started"] = (count["started"] / count["threads"]).where(count["days"] >= FEWEST_THREADS)
        columns = ["person_no", "threads", "share_started", "departments_started_with", "kept_going"]
        row = frames.by_person(ties, count.reset_index()[columns], _without_owner(ties))
        row["reason"] = np.select(
            [row["threads"].isna(), row["share_started"].isna()],
            [
                "no thread or series across departments began without one's manager",
                "fewer than five days on which any began",
            ],
            default=None,
        )
        return row

    def evidence(self, ties: Ties, person_id: str) -> pd.DataFrame:
        """Return what the person began, latest first.

        Returns
        -------
        pandas.DataFrame
            ``began_on, kind`` (thread or series), ``with_departments`` (names of the others), ``people, departments``
            (in it), ``days_with_you, days_without_you``,
            ``last_on, kept_going``.
        """
        me = int(ties.person(person_id)["person_no"])
        begun = _begun(ties)
        rows = begun[(begun["person_no"] == me) & begun["began"]]
        rows = rows.sort_values(["is_kept", "days", "first_day", "work_no"], ascending=[False, False, False, True])
        return pd.DataFrame(
            {
                "began_on": _dates(rows["first_day"]),
                "kind": rows["is_thread"].map({True: "thread", False: "series"}).astype("str"),
                "with_departments": _with_departments(ties, me, rows["work_no"]),
                "people": rows["people"].astype(int),
                "departments": rows["departments"].astype(int),
                "days_with_you": (rows["days"] - rows["days_without"]).astype(int),
                "days_without_you": rows["days_without"].astype(int),
                "last_on": _dates(rows["last_day"]),
                "kept_going": rows["is_kept"],
            }
        ).reset_index(drop=True)

    def read(self, ties: Ties, person_id: str) -> Finding:
        """Say how much of the work across departments the person began, and what went on without them."""
        row = self.row(ties, person_id)
        orphaned = 0 if pd.isna(row["without_owner"]) else int(row["without_owner"])
        if pd.isna(row["share_started"]) and not orphaned:
            raise NotEnoughData(f"not enough data: {row['reason'] or 'not in the data'}.")
        kept = None if pd.isna(row["kept_going"]) else int(row["kept_going"])
        without = " without your manager" if pd.notna(ties.person(person_id)["manager_id"]) else ""
        headline = _headline(row, kept, orphaned, without)
        band = level_band(ties, self.measured(ties), "share_started", person_id)
        caveats = [
            band.sentence("the part of work across departments one began"),
            "Begun in this data: what started in a corridor or a call is not in it; and starting is not better than joining.",
        ]
        if "messages.thread_id" not in ties.events.known and ties.events.messages is not None:
            caveats.append(
                "Without thread_id a thread is a set of people who write to each "
                "other; whether it went on without you is not known."
            )
        summary = _summary(row)
        begun = cache(lambda: _by_department(ties, person_id))  # a page draws the picture twice
        return self.finding(
            ties,
            person_id,
            headline=headline,
            table=summary,
            suggestion=_suggestion(row, orphaned),
            caveats=caveats,
            picture=lambda ax: _draw(begun(), headline, without, ties, ax),
            importance=0.6 if orphaned else 0.45 if not (kept or 0) and (row["share_started"] or 0) < 0.1 else 0.2,
        )


def _begun(ties: Ties) -> pd.DataFrame:
    """Return, per person, the threads and series across departments without their manager that began in the window."""
    return frames.of_everybody(ties, "begun", lambda: _make_begun(ties))


def _make_begun(ties: Ties) -> pd.DataFrame:
    parts = [part for part in (_threads(ties), _series(ties)) if part is not None]
    frame = _joined(ties, parts)
    frame["began"] = frame["began_no"] == frame["person_no"]
    # A day on which the person was in none of its messages or meetings.
    frame = frame.rename(columns={"all_days": "days"})
    frame["days_without"] = frame["days"] - frame["own_days"]
    frame["is_kept"] = frame["days_without"] >= KEPT_GOING_DAYS
    frame["is_thread"] = frame["work_no"] >= 0
    known = set(ties.persons.loc[ties.persons["is_in_people"], "person_no"])
    return frame[frame["person_no"].isin(known)].reset_index(drop=True)


def _people_in(ties: Ties) -> pd.DataFrame:
    """Return who is in which of that work: ``work_no, person_no``."""
    return frames.of_everybody(ties, "people_in_work", lambda: _make_people_in(ties))


def _make_people_in(ties: Ties) -> pd.DataFrame:
    if "work" not in ties.worked_out:  # left by _make_begun, unless what that found was kept beside the data
        _make_begun(ties)
    own, works = ties.worked_out["work"], _begun(ties)["work_no"].drop_duplicates()
    rows = ties.engine.frame(own.select("work_no", "person_no").order_by(["work_no", "person_no"]))
    return rows[rows["work_no"].isin(works)].reset_index(drop=True)


def _threads(ties: Ties) -> ir.Table | None:
    """Return one row per message and person in it: ``work_no, day_no, at_s, person_no, starter_no, event_no``."""
    sent = ties.events.messages
    if sent is None:
        return None
    sent = sent.select("message_no", "day_no", "at_s", "sender_no", "recipient_no", "size")
    sent = sent.filter((sent.day_no <= ties.as_of_day) & (sent["size"] <= ties.settings.ties.broadcast_size)).drop(
        "size"
    )
    if "messages.thread_id" in ties.events.known:
        threads = ties.events.threads
        assert threads is not None  # there are messages
        named = threads.filter(threads.thread_no.notnull()).select(threaded_no="message_no", thread_no="thread_no")
        rows = sent.join(named, sent.message_no == named.threaded_no).drop("threaded_no")
        rows = rows.mutate(work_no=rows.thread_no)
    else:
        rows = _circles(sent)
    each = {"day_no": "day_no", "at_s": "at_s", "event_no": "message_no", "starter_no": "sender_no"}
    return ibis.union(
        rows.select("work_no", **each, person_no="sender_no").distinct(),
        rows.select("work_no", **each, person_no="recipient_no"),
    )


def _circles(sent: ir.Table) -> ir.Table:
    """Name threads by the set of people in a message, a new one after each long pause of the set."""
    each = sent.group_by(["message_no", "sender_no", "day_no", "at_s"]).agg(
        first=sent.recipient_no.min(), total=sent.recipient_no.cast("int64").sum(), people=sent.recipient_no.nunique()
    )
    # The set as a number: the same people in any role give the same sums, and different sets hardly ever do.
    member = ibis.union(
        sent.select("message_no", person_no=sent.recipient_no), sent.select("message_no", person_no=sent.sender_no)
    ).distinct()
    prime = 2_147_483_647
    code = (member.person_no.cast("int64") + 7) * 1_000_003 % prime
    circle = member.group_by("message_no").agg(
        a=code.sum().cast("int64"), b=(code * code % prime).sum().cast("int64"), n=member.count()
    )
    own = each.select("message_no", "day_no", "at_s").join(circle, "message_no")
    in_order = ibis.window(group_by=["a", "b", "n"], order_by=["at_s", "message_no"])
    own = own.mutate(
        is_new=(own.day_no - own.day_no.lag().over(in_order) > THREAD_PAUSE_DAYS).fill_null(True).cast("int32")
    )
    up_to_now = ibis.window(group_by=["a", "b", "n"], order_by=["at_s", "message_no"], preceding=None, following=0)
    own = own.mutate(turn=own.is_new.sum().over(up_to_now))
    # A number of its own for each, in the order of what names it.
    turns = own.group_by("a", "b", "n", "turn").agg(key=lambda t: _key(t).min())
    turns = turns.mutate(work_no=ibis.row_number().over(order_by="key").cast("int64")).drop("key")
    named = own.join(turns, ["a", "b", "n", "turn"]).select("work_no", named_no="message_no")
    return sent.join(named, sent.message_no == named.named_no).drop("named_no")


def _key(rows: ir.Table) -> ir.StringValue:
    return ibis.literal("-").join([rows[name].cast("string") for name in ("a", "b", "n", "turn")])


def _series(ties: Ties) -> ir.Table | None:
    """Return one row per meeting of a series and person in it, with the columns of threads; numbered downwards from -1."""
    held = ties.events.meetings
    if held is None or "meetings.series_id" not in ties.events.known:
        return None
    columns = ("series_id", "meeting_no", "day_no", "start_s", "organizer_no", "attendee_no")
    held = held.select(*columns, "size", "is_all_day", "was_there")
    held = held.filter(
        held.series_id.notnull() & held.was_there & ~held.is_all_day
        & (held.day_no <= ties.as_of_day) & (held["size"] <= ties.settings.ties.broadcast_size)
    )  # fmt: skip
    series = held.select(key="series_id").distinct()
    series = series.mutate(work_no=-1 - ibis.row_number().over(order_by=ibis.desc("key")).cast("int64"))
    rows = held.join(series, held.series_id == series.key)
    return rows.select(
        "work_no", "day_no", at_s="start_s", event_no=rows.meeting_no.cast("int64"), starter_no="organizer_no",
        person_no="attendee_no",
    )  # fmt: skip


def _joined(ties: Ties, parts: list[ir.Table]) -> pd.DataFrame:
    columns = ("work_no", "day_no", "at_s", "event_no", "starter_no", "person_no")
    parts = [part.select(*columns) for part in parts]
    rows = ibis.union(*parts) if len(parts) > 1 else parts[0]
    rows = ties.engine.materialise(rows, name="work")
    start = ties.as_of_day - frames.window_days(ties)
    seen_from = (ties.log_first_on - EPOCH).days + THREAD_PAUSE_DAYS
    spans = rows.group_by("work_no").agg(
        first_day=rows.day_no.min(), last_day=rows.day_no.max(), first_s=rows.at_s.min()
    )
    is_named = (spans.work_no >= 0) & ibis.literal("messages.thread_id" in ties.events.known)
    spans = spans.filter((spans.first_day > start) & (is_named | (spans.first_day >= seen_from)))
    # Distinct first, then counted: to count what is distinct within each of many groups takes far longer.
    days = rows.join(spans.select("work_no"), "work_no").select("work_no", "person_no", "day_no").distinct()
    all_days = days.select("work_no", "day_no").distinct().group_by("work_no").agg(all_days=lambda t: t.count())
    own = days.group_by("work_no", "person_no").agg(own_days=days.count())
    own = ties.engine.materialise(own, name="work_people")
    placed = frames.joined_or_null(
        own, frames.places(ties), "person_no", department="department", manager_no="manager_no"
    )
    circle = placed.group_by("work_no").agg(people=placed.count(), departments=placed.department.nunique())
    circle = circle.filter(circle.departments >= 2)
    earliest = rows.join(spans.select("work_no", "first_s"), "work_no").filter(lambda t: t.at_s == t.first_s)
    order = ibis.row_number().over(group_by="work_no", order_by=["event_no", "person_no"])
    first = earliest.mutate(place=order).filter(lambda t: t.place == 0).select("work_no", began_no="starter_no")
    bosses = own.select(boss_work="work_no", boss_no="person_no")
    mine = placed.left_join(bosses, [placed.work_no == bosses.boss_work, placed.manager_no == bosses.boss_no])
    mine = mine.filter(mine.boss_no.isnull()).select("work_no", "person_no", "own_days")
    about = spans.drop("first_s").join(circle, "work_no").join(all_days, "work_no").join(first, "work_no")
    frame = ties.engine.frame(mine.join(about, "work_no").order_by(["person_no", "work_no"]))
    ties.engine.drop(rows)
    ties.worked_out["work"] = own
    return frame


def _departments_reached(ties: Ties, mine: pd.DataFrame) -> pd.Series:
    """Count the other departments in what each person began."""
    if mine.empty:
        return pd.Series(dtype="float64")
    department = _departments(ties)
    began = mine[["work_no", "person_no"]].rename(columns={"person_no": "began_no"})
    joined = _people_in(ties).merge(began, on="work_no")
    there, here = joined["person_no"].map(department), joined["began_no"].map(department)
    other = there.notna() & here.notna() & (there != here)
    return there[other].groupby(joined.loc[other, "began_no"]).nunique()


def _departments(ties: Ties) -> pd.Series:
    """Return the department of everybody in the chart by ``person_no``."""
    return ties.persons[ties.persons["is_in_people"]].set_index("person_no")["department"]


def _with_departments(ties: Ties, me: int, works: pd.Series) -> list[str]:
    return [of_people(names) for names in _other_departments(ties, me, works)]


def _other_departments(ties: Ties, me: int, works: pd.Series) -> list[list[str]]:
    people, department = _people_in(ties), _departments(ties)
    rows = people[people["work_no"].isin(works) & (people["person_no"] != me)]
    placed = rows.assign(department=rows["person_no"].map(department)).dropna(subset=["department"])
    found = placed[["work_no", "department"]].drop_duplicates().sort_values(["work_no", "department"])
    names = found[found["department"] != department.get(me)].groupby("work_no")["department"].agg(list)
    return [names.get(work, []) for work in works]


def _without_owner(ties: Ties) -> pd.DataFrame:
    """Count live recurring meetings across departments whose callers have all left, per person who still sits in them."""
    empty = pd.DataFrame({"person_no": pd.Series(dtype="int64"), "without_owner": pd.Series(dtype="float64")})
    held = ties.events.meetings
    if held is None or not {"meetings.series_id", "meetings.organizer_id"} <= ties.events.known:
        return empty
    asked = ("series_id", "meeting_no", "day_no", "start_s", "organizer_no", "attendee_no")
    held = held.select(*asked, "size", "is_all_day", "was_there")
    held = held.filter(
        held.series_id.notnull() & ~held.is_all_day & (held.day_no <= ties.as_of_day) & held.was_there
        & (held["size"] <= ties.settings.ties.broadcast_size)
    ).select(*asked)  # fmt: skip
    each = held.group_by(["series_id", "meeting_no"]).agg(
        day_no=held.day_no.min(), start_s=held.start_s.min(), organizer_no=held.organizer_no.max()
    )
    latest = ibis.row_number().over(group_by="series_id", order_by=[ibis.desc("start_s"), ibis.desc("meeting_no")])
    each = each.mutate(back=latest)
    frame = ties.engine.frame(each.order_by(["series_id", "meeting_no"]))
    gone = set(ties.persons.loc[ties.persons["has_left"], "person_no"])
    frame["has_owner"] = frame["organizer_no"].notna() & ~frame["organizer_no"].isin(gone)
    frame["was_called"] = frame["organizer_no"].notna()
    recent = frame[frame["back"] < OWNER_MEETINGS]
    series = pd.DataFrame(
        {
            "held": frame.groupby("series_id").size(),
            "last_day": frame.groupby("series_id")["day_no"].max(),
            "was_called": frame.groupby("series_id")["was_called"].any(),
            "has_owner": recent.groupby("series_id")["has_owner"].any(),
        }
    )
    orphaned = series[
        (series["held"] > OWNER_MEETINGS) & series["was_called"] & ~series["has_owner"]
        & (series["last_day"] > ties.as_of_day - OWNER_DAYS)
    ].index  # fmt: skip
    everybody = ties.persons.loc[ties.persons["is_in_people"], ["person_no"]]
    if len(orphaned) == 0:
        return everybody.assign(without_owner=0.0)
    rows = held.filter(held.series_id.isin(list(orphaned)) & (held.day_no > ties.as_of_day - OWNER_DAYS))
    rows = frames.joined_or_null(rows, frames.places(ties), "attendee_no", department="department")
    mixed = rows.group_by("series_id").agg(departments=rows.department.nunique())
    mixed = mixed.filter(mixed.departments >= 2).select(mixed_id="series_id")
    rows = rows.join(mixed, rows.series_id == mixed.mixed_id)
    count = ties.engine.frame(
        rows.group_by(person_no="attendee_no")
        .agg(without_owner=rows.series_id.nunique().cast("float64"))
        .order_by("person_no")
    )
    return everybody.merge(count, on="person_no", how="left").fillna({"without_owner": 0.0})


def _dates(days: pd.Series) -> pd.Series:
    return pd.Timestamp(EPOCH) + pd.to_timedelta(days.astype("int64"), unit="D")


def _headline(row: pd.Series, kept: int | None, orphaned: int, without: str) -> str:
    parts = []
    if pd.notna(row["share_started"]):
        text = f"Of your work with other departments{without}, you began {percent(row['share_started'])}"
        if kept is not None:
            went = "none of it went" if kept == 0 else f"{kept} of it went" if kept == 1 else f"{kept} of them went"
            text += f"; {went} on without you"
        parts.append(text + ".")
    if orphaned:
        meetings = "meeting across departments has" if orphaned == 1 else "meetings across departments have"
        parts.append(f"{orphaned} recurring {meetings} no active owner.")
    return " ".join(parts)


def _summary(row: pd.Series) -> pd.DataFrame:
    share = row["share_started"]
    rows = [
        (
            "threads and series across departments begun in 26 weeks, you in them and your manager not",
            row["threads"],
            "",
        ),
        ("of those begun by you", 100 * share if pd.notna(share) else np.nan, "%"),
        ("other departments in what you began", row["departments_started_with"], ""),
        ("begun by you and kept going by others", row["kept_going"], ""),
        ("recurring meetings across departments you sit in, without an active owner", row["without_owner"], ""),
    ]
    return pd.DataFrame(rows, columns=["what", "value", "unit"]).astype({"value": "float64"})


def _suggestion(row: pd.Series, orphaned: int) -> str:
    if orphaned:
        return (
            "Offer this week to own the meeting that nobody calls any more, or to end it: “Shall I take this one over, "
            "or do we stop?”"
        )
    if pd.notna(row["share_started"]) and row["share_started"] > 0:
        return "No action needed: you start work across departments. Keep it."
    return "Write this week to one peer in another department about something that is nobody's job yet, and propose a first step."


def _by_department(ties: Ties, person_id: str) -> pd.DataFrame:
    """Lay out what began across departments with the person in it: a row per thread or series and other department."""
    me = int(ties.person(person_id)["person_no"])
    begun = _begun(ties)
    rows = begun[begun["person_no"] == me]
    frame = pd.DataFrame(
        {
            "work": rows["work_no"],
            "began": rows["began"],
            "kept_going": rows["is_kept"] & rows["began"],
            "department": _other_departments(ties, me, rows["work_no"]),
        }
    )
    return frame.explode("department").dropna(subset=["department"]).reset_index(drop=True)


def _draw(frame: pd.DataFrame, title: str, without: str, ties: Ties, ax: Axes | None) -> Axes:
    from peerlens.draw.starts import starts

    subtitle = (
        f"Threads and series{without} that began in the 26 weeks up to {say_day(ties.as_of)}, "
        f"n = {frame['work'].nunique()}"
    )
    return starts(frame, ax=ax, title=title, subtitle=subtitle)
