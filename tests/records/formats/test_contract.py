"""A sample of an export gives the same records as tables of the same weeks written by hand."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from peerlens.records import Records, read

from .reading import SAMPLES

MESSAGES = "sent_at,sender_id,recipient_ids,message_id,channel\n"
MEETINGS = "meeting_id,started_at,ended_at,attendee_ids,organizer_id,response\n"
BY_HAND = {
    "message_trace_summary.csv": {
        "messages": MESSAGES + "2024-03-04T09:00:00Z,ana.ruiz@firm.example,"
        "bo.li@firm.example;dan@else.example;eve@firm.example,nm-1,mail\n"
        "2024-03-06T08:05:00Z,bo.li@firm.example,ana.ruiz@firm.example,nm-6,mail\n"
    },
    "teams_attendance.csv": {
        "meetings": MEETINGS + "m,2025-11-26T16:16:54Z,2025-11-26T17:18:08Z,"
        "ana.ruiz@firm.example;ben@firm.example;cy@else.example,ana.ruiz@firm.example,accepted\n",
        "people": "person_id,name\nana.ruiz@firm.example,Ana Ruiz\nben@firm.example,Ben Okafor\ncy@else.example,Cy Díaz\n",
    },
    "zoom_participants.csv": {
        "meetings": MEETINGS + "m,2026-10-25T17:50:00Z,2026-10-25T18:40:00Z,"
        "ana@firm.example;bo@firm.example;Brian Smith,ana@firm.example,accepted\n",
        "people": "person_id,name\nana@firm.example,Ana Ruiz\nbo@firm.example,Bo Li\nBrian Smith,Brian Smith\n",
    },
    "viva_org_data.csv": {
        "people": "person_id,email,department,level,manager_id,joined_on,timezone,valid_from_on\n"
        "ana@firm.example,ana@firm.example,Sales,Director,,2015-01-31,,2024-01-01\n"
        "bo@firm.example,bo@firm.example,Sales,IC,ana@firm.example,2019-02-15,Europe/Lisbon,2024-01-01\n"
        "bo@firm.example,bo@firm.example,Support,IC,ana@firm.example,2019-02-15,Europe/Lisbon,2024-04-01\n"
    },
}


def _events(records: Records, name: str) -> pd.DataFrame | None:
    """Return messages or meetings without keys that a product or a hand chooses."""
    table = getattr(records, name)
    if table is None:
        return None
    chosen = {"line", "source", "meeting_id"} & set(table.columns)
    frame = records.engine.frame(table.drop(*chosen))
    return frame.sort_values(list(frame.columns), ignore_index=True)


@pytest.mark.parametrize("name", BY_HAND)
def test_same_records(tmp_path: Path, name: str) -> None:
    for table, text in BY_HAND[name].items():
        (tmp_path / f"{table}.csv").write_text(text, encoding="utf-8")
    ours, theirs = read(SAMPLES / name), read(tmp_path)
    pd.testing.assert_frame_equal(ours.people, theirs.people)
    for events in ("messages", "meetings"):
        one, other = _events(ours, events), _events(theirs, events)
        assert (one is None) == (other is None)
        if one is not None and other is not None:
            pd.testing.assert_frame_equal(one, other)
    assert ours.period == theirs.period


@pytest.mark.parametrize(
    ("people", "expected"),
    [
        ("person_id,name\n7,Cy Díaz\n8,Eve Stone\n", {"7", "8", "ana@firm.example", "bo@firm.example"}),
        ("person_id,name\n1,Ana Ruiz\n7,Cy Díaz\n", {"1", "7", "U05EXT", "bo@firm.example"}),
        (
            "person_id,name,email\n1,Ana Ruiz,a@firm.example\n",
            {"U03CY", "U05EXT", "ana@firm.example", "bo@firm.example"},
        ),
        ("person_id,name\n1,Ana Ruiz\n2,Ana Ruiz\n", {"U03CY", "U05EXT", "ana@firm.example", "bo@firm.example"}),
    ],
    ids=["ids", "an address", "another address is known", "two of one name"],
)
def test_ids_without_an_address_are_known_by_a_name_that_one_person_has(
    tmp_path: Path, people: str, expected: set[str]
) -> None:
    (tmp_path / "people.csv").write_text(people, encoding="utf-8")
    records = read(SAMPLES / "slack_export", people=tmp_path / "people.csv")
    assert records.messages is not None
    messages = records.engine.frame(records.messages)
    assert set(messages["sender_id"]) | set(messages["recipient_id"]) == expected
