"""What several lenses start from: people by number, and the meetings and messages of a window, in the engine."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import ibis
import pandas as pd

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from peerlens.ties import Ties

MADE_BY = ("lenses", "words.py", "schema.py", "privacy")
"""the code that decides what is measured, beside that of ties"""
FEWEST = 5
"""people behind a figure about a group"""
NOT_VISIBLE = "not visible here: seen on fewer than 1 working day in 4"
OWN_EXPORT_SHARE = 0.95
IN_MEETINGS = ("meeting_no", "day_no", "start_s", "end_s", "attendee_no", "organizer_no", "size", "series_id")
IN_MESSAGES = ("message_no", "day_no", "at_s", "sender_no", "recipient_no", "size", "channel", "is_ask")
"""what lenses ask of events: a query takes the longer to write the more columns it carries from step to step"""


def places(ties: Ties) -> ir.Table:
    """Return ``person_no, department, manager_no, rank`` of everybody in the chart, made once for the same ties."""
    if "places" not in ties.worked_out:
        persons = ties.persons[ties.persons["is_in_people"]]
        number = ties.persons.set_index("person_id")["person_no"]
        frame = pd.DataFrame(
            {
                "person_no": persons["person_no"].astype("int32"),
                "department": persons["department"].astype("str").where(persons["department"].notna(), None),
                "manager_no": persons["manager_id"].map(number).astype("Int32"),
                "rank": persons["rank"].astype("float64"),
            }
        )
        ties.worked_out["places"] = ties.engine.from_frame(frame, name="places")
    return ties.worked_out["places"]


def of_everybody(ties: Ties, name: str, make: Callable[[], pd.DataFrame]) -> pd.DataFrame:
    """Return a frame about everybody: worked out once for the same ties, and kept beside the data with them.

    Parameters
    ----------
    ties
        What it is worked out from.
    name
        What it is; no two frames have the same.
    make
        Works it out. What it holds may stand in a file: no name, and nothing of who was away when.
    """
    if name not in ties.worked_out:
        # A guess is one person's, of this run.
        keeper = None if ties.guesses else ties.keeper
        ties.worked_out[name] = make() if keeper is None else keeper.frame(name, MADE_BY, make)
    return ties.worked_out[name]


def window_days(ties: Ties) -> int:
    """Return the length of the window in days."""
    return 7 * ties.settings.ties.window_weeks


def before_window(ties: Ties) -> int:
    """Return the day before the window, as a day number."""
    return ties.as_of_day - window_days(ties)


def is_recent(table: ir.Table, ties: Ties) -> ir.BooleanValue:
    """Tell rows of the window up to ``as_of``."""
    return (table.day_no <= ties.as_of_day) & (table.day_no > before_window(ties))


def meetings(ties: Ties) -> ir.Table | None:
    """Return the meetings of the window, a row per person who was there; none that last all day."""
    held = ties.events.meetings
    if held is None:
        return None
    return held.filter(is_recent(held, ties) & held.was_there & ~held.is_all_day).select(*IN_MEETINGS)


def messages(ties: Ties) -> ir.Table | None:
    """Return the messages of the window, a row per recipient; broadcasts too."""
    sent = ties.events.messages
    return None if sent is None else sent.filter(is_recent(sent, ties)).select(*IN_MESSAGES)


def wrote_both_ways(ties: Ties) -> ir.Table | None:
    """Return pairs who wrote to each other in the window, a row each way: ``person_no, other_no``; None without messages.

    Only messages to at most ``close_message_size`` count: a circular is no answer.
    """
    sent = messages(ties)
    if sent is None:
        return None
    close = sent.filter(sent["size"] <= ties.settings.ties.close_message_size)
    close = close.select(person_no="sender_no", other_no="recipient_no").distinct()
    back = close.select(back_to="other_no", back_from="person_no")
    pairs = close.join(back, [close.person_no == back.back_to, close.other_no == back.back_from])
    return pairs.select("person_no", "other_no")


def in_order(frame: pd.DataFrame, *, reason: pd.Series, hidden: pd.Series) -> pd.DataFrame:
    """Return ``person_id``, what was measured as numbers (missing where hidden), and ``reason``, in the order of ids."""
    measured = [name for name in frame if name not in ("person_id", "person_no")]
    numbers = frame[measured].astype(float).where(~hidden)
    rows = pd.concat([frame[["person_id"]], numbers, reason.rename("reason")], axis=1)
    return rows.sort_values("person_id", ignore_index=True)


def by_person(ties: Ties, *frames: pd.DataFrame) -> pd.DataFrame:
    """Join frames that have ``person_no`` to one row for everybody ever seen or listed, ``person_id`` first."""
    everybody = ties.persons[["person_id", "person_no"]]
    for frame in frames:
        everybody = everybody.merge(frame, on="person_no", how="left")
    return everybody.drop(columns="person_no").sort_values("person_id", ignore_index=True)


def names(ties: Ties) -> pd.Series:
    """Return names (ids where none is known) by ``person_no``."""
    persons = ties.persons.set_index("person_no")
    return persons["name"].fillna(persons["person_id"])


def joined_or_null(table: ir.Table, columns: ir.Table, key: str, **named: str) -> ir.Table:
    """Left-join ``columns`` by ``person_no`` to ``key``, under new names, without a second key column."""
    renamed = columns.select(**{f"_{key}": "person_no"}, **named)
    return table.left_join(renamed, ibis._[key] == renamed[f"_{key}"]).drop(f"_{key}")


def is_own_export(ties: Ties) -> bool:
    """Tell one person's export: nineteen in twenty events have the same person in them, so nobody else's contact is seen."""
    if "is_own_export" not in ties.worked_out:
        ties.worked_out["is_own_export"] = _busiest_share(ties) >= OWN_EXPORT_SHARE
    return ties.worked_out["is_own_export"]


def _busiest_share(ties: Ties) -> float:
    in_events = []
    sent, held = messages(ties), meetings(ties)
    if sent is not None:
        for column in ("sender_no", "recipient_no"):
            in_events.append(sent.select(event_no=-1 - sent.message_no, person_no=column))
    if held is not None:
        in_events.append(held.select(event_no=held.meeting_no, person_no="attendee_no"))
    rows = (ibis.union(*in_events) if len(in_events) > 1 else in_events[0]).distinct()
    own = rows.group_by("person_no").agg(events=rows.count())
    found = ties.engine.frame(own.agg(most=own.events.max()).cross_join(rows.agg(events=rows.event_no.nunique())))
    most, total = found["most"].iloc[0], found["events"].iloc[0]
    return float(most) / float(total) if total else 0.0
