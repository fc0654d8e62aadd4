"""Events keep what lenses ask for beside the contact itself: threads, answers, yes/no columns."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import ibis.expr.types as ir
import pandas as pd
import pytest

import peerlens
import peerlens.ties.events as events_module
from peerlens.ties import make_events
from peerlens.ties.events import Events


def message(at: str, sender: str, to: str, key: str, **cells: str) -> dict[str, str]:
    return {"sent_at": f"2026-03-02T{at}Z", "sender_id": sender, "recipient_ids": to, "message_id": key, **cells}


@pytest.fixture(scope="module")
def events() -> Events:
    """Ann asks bob and cid in thread T; bob answers; dan answers a message nobody has; two senders use the id "same"."""
    rows = [
        message("09:00:00", "ann", "bob;cid", "m1", thread_id="T", is_ask="yes"),
        message("10:00:00", "bob", "ann", "m2", thread_id="T", reply_to_id="m1", is_thanks="yes", is_ask="no"),
        message("11:00:00", "dan", "ann", "m3", reply_to_id="lost"),
        message("12:00:00", "bob", "dan", "same"),
        message("12:00:00", "cid", "dan", "same"),
        message("13:00:00", "dan", "cid", "m6", reply_to_id="same"),
    ]
    return make_events(peerlens.read(messages=pd.DataFrame(rows)))


def test_flags_stay_with_each_recipient(events: Events) -> None:
    frame = events.messages.execute().sort_values(["at_s", "sender_no", "recipient_no"])
    assert frame["is_ask"].tolist()[:3] == [True, True, False]
    assert frame["is_thanks"].fillna(False).tolist()[:3] == [False, False, True]


def test_threads_and_answers_are_numbered(events: Events) -> None:
    frame = events.threads.execute().sort_values("message_no", ignore_index=True)
    assert frame["message_no"].tolist() == [1, 2]
    assert frame["thread_no"].tolist() == [1, 1]
    assert frame["reply_to_no"].fillna(0).tolist() == [0, 1]


def test_what_is_known(events: Events) -> None:
    assert events.known == {"messages.thread_id", "messages.reply_to_id", "messages.is_ask", "messages.is_thanks"}


def test_meetings_are_made_once_and_only_when_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    peerlens.make_firm(seed=3, people=40, weeks=20).write(tmp_path / "firm")
    first = peerlens.Network(peerlens.read(tmp_path / "firm")).ties
    assert first.events.meetings is not None
    rows = first.engine.count(first.events.meetings)
    assert rows > 0

    asked: list[str] = []
    way = events_module._meeting_events
    monkeypatch.setattr(events_module, "_meeting_events", lambda *tables: asked.append("made") or way(*tables))
    ties = peerlens.Network(peerlens.read(tmp_path / "firm")).ties
    assert len(ties.persons)
    assert not asked
    assert ties.events.meetings is ties.events.meetings
    assert ties.engine.count(ties.events.meetings) == rows
    assert asked == ["made"]
    assert dataclasses.replace(ties.events, make_meetings=None).meetings is None


def test_packed_events_hold_the_table_and_not_meetings_as_read() -> None:
    rows = [
        {
            "meeting_id": "m",
            "started_at": "2026-03-02T09:00Z",
            "ended_at": "2026-03-02T10:00Z",
            "attendee_id": "ann;bob",
        }
    ]
    events = make_events(peerlens.read(meetings=pd.DataFrame(rows)))
    packed = events.__getstate__()["meetings"]
    assert isinstance(packed, ir.Table)
    assert "attendee_no" in packed.columns
