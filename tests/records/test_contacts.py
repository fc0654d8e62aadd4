"""What is a contact and what is not: every row counted, nobody left out found again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from peerlens.privacy import matches
from peerlens.records import Records, read
from peerlens.records.identities import LEFT_OUT

from .conftest import MEETINGS, MESSAGES, PEOPLE, assert_adds_up, dropped, rows

Write = Callable[..., Path]
SMALL = ("people", "absences", "survey", "verdicts", "accounts", "released", "outcomes")


def test_message_numbers(write: Write) -> None:
    records = read(write(people=PEOPLE, messages=MESSAGES))
    found = rows(records, "messages")
    assert [int(number) for number in pd.factorize(found["message_no"])[0]] == [0, 0, 1]
    assert list(found["recipients"]) == [2, 2, 1]
    assert list(found["line"]) == [2, 3, 4]
    assert [str(day)[:10] for day in found["day"]] == ["2024-03-05", "2024-03-05", "2024-03-06"]
    assert {str(dtype) for dtype in found[["message_no", "line"]].dtypes} == {"int64"}
    assert records.account.sources[found["source"][0]].name == "messages.csv"
    assert found[["channel", "thread_id", "recipient_role", "is_ask"]].isna().all(axis=None)


def test_same_second_is_one_message_unless_ids_differ(write: Write) -> None:
    without = "sent_at,from,to\n2024-03-05T09:00:00.1Z,a,b\n2024-03-05T09:00:00.9Z,a,c\n2024-03-05T09:00:01Z,a,b\n"
    numbers = rows(read(write(messages=without)), "messages")["message_no"]
    assert list(pd.factorize(numbers)[0]) == [0, 0, 1]
    with_ids = (
        "id,sent_at,from,to\nx,2024-03-05T09:00:00Z,a,b\ny,2024-03-05T09:00:00Z,a,c\nx,2024-03-05T09:00:07Z,a,d\n"
    )
    found = rows(read(write(messages=with_ids)), "messages")
    assert list(zip(found["message_no"], found["recipient_id"], strict=True)) == [(1, "b"), (1, "d"), (2, "c")]
    # A message delivered at two instants was sent at the first.
    assert found["sent_at"].nunique() == 1


def test_each_reason_is_counted(write: Write) -> None:
    messages = (
        "sent_at,from,to\n"
        "2024-03-05T09:00:00Z,ann,bob\n2024-03-05T09:00:00Z,ann,bob\n"
        "2024-03-05T09:01:00Z,ann,ann\n"
        "2024-03-05T09:02:00Z,ann,all@x\n2024-03-05T09:03:00Z,Bot@x,ann\n"
        "2024-03-05T09:04:00Z,ann,desk@x\n2024-03-05T09:05:00Z,ann,room@x\n2024-03-05T09:06:00Z,helper@x,ann\n"
        "2024-03-05T09:07:00Z,ann,\n2024-03-05T09:08:00Z,,ann\n,,\n"
    )
    accounts = "account,type,owner\nALL@x,List,\nbot@x,bot,\ndesk@x,shared,\nroom@x,room,\nhelper@x,assistant,cat\n"
    records = read(write(people=PEOPLE, messages=messages, accounts=accounts))
    assert dropped(records) == {
        "duplicate row": 1, "mail to oneself": 1, "to or from a list account": 1, "to or from a bot account": 1,
        "to or from a shared account": 1, "to or from a room account": 1, "no sender or no recipient": 2,
        "empty line": 1,
    }  # fmt: skip
    assert list(rows(records, "messages")["sender_id"]) == ["ann", "helper@x"]
    assert list(records.accounts["kind"]) == ["list", "bot", "shared", "room", "assistant"]
    assert_adds_up(records)


def test_meetings_with_organizers_rooms_and_answers(write: Write) -> None:
    meetings = (
        "id,start,end,organiser,attendees,status,is_private\n"
        "m2,2024-03-06T09:00:00Z,2024-03-06T09:30:00Z,cat,ann;bob;room@x;ann,Accepted,no\n"
        "m1,2024-03-05T09:00:00Z,2024-03-05T10:00:00Z,ann,ann;bob,,\n"
        "m3,2024-03-07T09:00:00Z,2024-03-07T10:00:00Z,room@x,ann;bob;,DECLINED,\n"
        "m4,2024-03-07T09:00:00Z,2024-03-07T10:00:00Z,ann,ann;bob,who knows,yes\n"
        "m5,2024-03-08T09:00:00Z,2024-03-08T10:00:00Z,cat,room@x,needs-action,\n"
    )
    records = read(write(people=PEOPLE, meetings=meetings, accounts="account_id,kind\nroom@x,room\n"))
    found = rows(records, "meetings")
    seen = found[["meeting_no", "meeting_id", "attendee_id", "response"]]
    assert list(seen.itertuples(index=False, name=None)) == [
        (1, "m1", "ann", "none"), (1, "m1", "bob", "none"),
        (2, "m2", "ann", "accepted"), (2, "m2", "bob", "accepted"), (2, "m2", "cat", "accepted"),
        (3, "m3", "ann", "declined"), (3, "m3", "bob", "declined"),
        (4, "m5", "cat", "accepted"),
    ]  # fmt: skip
    assert dropped(records) == {"attendee is a room account": 2, LEFT_OUT: 2, "duplicate row": 1}
    assert records.account.sources[0].rows_added == 0
    assert records.account.sources[1].rows_added == 2
    assert found["organizer_id"].isna().sum() == 2
    assert any("1 responses were not understood" in note for note in records.account.assumptions)
    assert_adds_up(records)


def test_meetings_in_series_may_share_an_id(write: Write) -> None:
    meetings = (
        "meeting_id,start,end,attendee\nweekly,2024-03-12T09:00:00Z,2024-03-12T10:00:00Z,ann\n"
        "weekly,2024-03-05T09:00:00Z,2024-03-05T10:00:00Z,ann\n"
    )
    found = rows(read(write(meetings=meetings)), "meetings")
    assert list(zip(found["meeting_no"], found["line"], strict=True)) == [(1, 3), (2, 2)]
    assert found["response"].isna().all()


@pytest.fixture
def everywhere(write: Write) -> Path:
    """Somebody to leave out (zoe) in every table, by id and by address."""
    return write(
        people="person_id,email,manager_id\nann,ann@x,zoe\nbob,bob@x,ann\nzoe,zoe@ombuds.example,\n",
        messages=(
            "sent_at,from,to\n2024-03-05T09:00:00Z,ann,bob\n2024-03-05T09:00:00Z,ann,zoe\n"
            "2024-03-05T09:01:00Z,Zoe@Ombuds.example,ann\n2024-03-05T09:02:00Z,bob,ann;zoe@ombuds.example\n"
            "2024-03-05T09:03:00Z,bob,ann\n"
        ),
        meetings=(
            "id,start,end,organizer,attendees\n"
            "m1,2024-03-05T09:00:00Z,2024-03-05T10:00:00Z,ann,ann;bob;zoe\n"
            "m2,2024-03-05T11:00:00Z,2024-03-05T12:00:00Z,zoe,ann;bob\n"
            "m3,2024-03-05T13:00:00Z,2024-03-05T14:00:00Z,ann,ann;bob\n"
        ),
        absences="person_id,from_on,to_on\nzoe@ombuds.example,2024-03-01,2024-03-02\nann,2024-03-01,2024-03-02\n",
        survey="rater,rated,question,value,perceiver\nann,bob,advice,1,zoe\nzoe,bob,advice,1,\nann,bob,advice,1,\n",
        verdicts="person_id,other_id,verdict\nann,zoe,finished\nann,bob,finished\n",
        accounts="account_id,kind,acts_for\nhelper@x,assistant,zoe\n",
        released="person_id,released_to,purpose\nann,zoe,coaching\nann,bob,coaching\n",
    )


def assert_gone(records: Records, *, whole_events: bool = False) -> None:
    """An excluded person leaves events to the others; somebody confidential takes the whole event along."""
    for name in SMALL:
        assert "zoe" not in getattr(records, name).to_csv().lower(), name
    for name in ("messages", "meetings"):
        assert "zoe" not in rows(records, name).to_csv().lower(), name
    assert "zoe" not in str(records.account).lower()
    assert "zoe" not in records.account._repr_html_().lower()
    assert {item.reason for item in records.account.dropped} == {LEFT_OUT}
    others = list(rows(records, "messages")["recipient_id"]), list(rows(records, "meetings")["meeting_id"])
    assert others == ((["ann"], ["m3"] * 2) if whole_events else (["bob", "ann", "ann"], ["m1"] * 2 + ["m3"] * 2))
    assert list(records.absences["person_id"]) == ["ann"]
    assert len(records.survey) == len(records.verdicts) == len(records.released) == 1
    assert records.accounts["acts_for"].isna().all()
    assert_adds_up(records)


@pytest.mark.parametrize("pattern", ["zoe", "ZOE@ombuds.example", "*@ombuds.example", "z?e"])
def test_someone_excluded_is_nowhere(everywhere: Path, pattern: str) -> None:
    records = read(everywhere, exclude=[pattern])
    assert_gone(records)
    assert records.settings.read.exclude == (pattern,)
    assert any("no confidential.csv" in note for note in records.account.assumptions)


@pytest.mark.parametrize("pattern", ["zoe", "*@Ombuds.*"])
def test_someone_confidential_is_nowhere(everywhere: Path, pattern: str) -> None:
    (everywhere / "confidential.csv").write_text(f"pattern\n{pattern}\n")
    records = read(everywhere)
    assert_gone(records, whole_events=True)
    assert not any("no confidential.csv" in note for note in records.account.assumptions)


def test_exclusion_in_settings(everywhere: Path) -> None:
    (everywhere / "peerlens.toml").write_text('[read]\nexclude = ["zoe"]\n')
    assert_gone(read(everywhere))


def test_an_entry_that_excludes_nobody_is_counted_and_not_named(everywhere: Path) -> None:
    account = read(everywhere, exclude=["zoe", "zoee"]).account
    said = [note for note in account.assumptions if note.startswith("exclude")]
    assert said == ["exclude: 1 of 2 entries match nobody among the people: check their spelling"]
    assert "zoe" not in str(account)
    assert not any("exclude" in note for note in read(everywhere, exclude=["zoe"]).account.assumptions)


def test_excluded_and_confidential_are_one_line(everywhere: Path) -> None:
    (everywhere / "confidential.csv").write_text("pattern\nzoe\n")
    records = read(everywhere, exclude=["bob"])
    messages = [item for item in records.account.dropped if item.source == "messages.csv"]
    assert [item.reason for item in messages] == [LEFT_OUT]
    assert records.engine.count(records.messages) == 0
    assert_adds_up(records)


def test_patterns() -> None:
    ids = ["a1", "a12", "b[1]", "x.y@z.org"]
    assert matches(ids, ["a?"]) == {"a1"}
    assert matches(ids, ["b[1]"]) == {"b[1]"}
    assert matches(ids, ["X.Y@*"]) == {"x.y@z.org"}
    assert matches(ids, ["", " "]) == frozenset()


def test_days_after_a_hole_are_implausible(write: Write) -> None:
    body = "".join(f"2024-03-05T{h:02}:{m:02}:00Z,ann,bob\n" for h in range(24) for m in range(60))
    late = "2024-06-04T09:00:00Z,ann,bob\n"
    records = read(write(messages="sent_at,from,to\n" + body + late))
    assert dropped(records) == {"implausible date (after a long hole, next to nothing)": 1}
    assert records.as_of == date(2024, 3, 5)
    assert_adds_up(records)
    # A day earlier there is no hole; two late ones in 1,442 are more than 0.1 %.
    assert dropped(read(write(messages="sent_at,from,to\n" + body + late.replace("06-04", "06-03")))) == {}
    assert dropped(read(write(messages="sent_at,from,to\n" + body + late + late.replace("09:", "10:")))) == {}


def test_the_hole_is_one_of_all_events(write: Write) -> None:
    body = "".join(f"2024-03-05T{h:02}:{m:02}:00Z,ann,bob\n" for h in range(24) for m in range(60))
    meetings = "id,start,end,attendee\nm,2031-01-01T09:00:00Z,2031-01-01T10:00:00Z,ann\n"
    records = read(write(messages="sent_at,from,to\n" + body, meetings=meetings))
    assert [item.source for item in records.account.dropped] == ["meetings.csv"]
    assert records.engine.count(records.meetings) == 0
    assert records.period == (date(2024, 3, 5), date(2024, 3, 5))
    assert_adds_up(records)


def test_as_of_is_the_last_message_even_when_meetings_go_on(write: Write) -> None:
    records = read(write(messages=MESSAGES, meetings=MEETINGS.replace("2024-03-06T", "2024-04-06T")))
    assert (records.as_of, records.as_of_reason) == (date(2024, 3, 6), "the last day with a message")
    assert records.period == (date(2024, 3, 5), date(2024, 4, 6))


def test_as_of_of_a_calendar_alone(write: Write) -> None:
    records = read(write(meetings=MEETINGS), messages=None)
    assert (records.as_of, records.as_of_reason) == (date(2024, 3, 6), "the last day with a meeting")


def test_without_people_everyone_seen_is_one(write: Write) -> None:
    records = read(write(messages=MESSAGES))
    assert list(records.people["person_id"]) == ["ann", "bob", "cat"]
    assert records.people.drop(columns="person_id").isna().all(axis=None)
    assert str(records.people["valid_from_on"].dtype).startswith("datetime64")


def test_chart_of_a_day(write: Write) -> None:
    people = (
        "person_id,department,valid_from_on,valid_to_on\n"
        "ann,sales,,2024-01-31\nann,support,2024-02-01,\nbob,sales,2024-02-01,2024-02-29\n"
    )
    records = read(write(people=people, messages=MESSAGES))
    assert dict(records.people_on(date(2024, 1, 31))[["person_id", "department"]].to_numpy()) == {"ann": "sales"}
    assert dict(records.people_on(date(2024, 2, 29))[["person_id", "department"]].to_numpy()) == {
        "ann": "support", "bob": "sales",
    }  # fmt: skip
    assert dict(records.people_on(date(2024, 3, 1))[["person_id", "department"]].to_numpy()) == {"ann": "support"}
    assert not any("today's chart" in note for note in records.account.assumptions)


def test_starts_alone_hold_until_the_next(write: Write) -> None:
    people = "person_id,department,effective_date\nann,support,2024-02-01\nann,sales,2020-01-01\n"
    records = read(write(people=people, messages=MESSAGES))
    assert list(records.people["valid_to_on"].dropna()) == [pd.Timestamp("2024-01-31")]
    assert list(records.people_on(date(2024, 1, 31))["department"]) == ["sales"]


def test_notes_on_managers(write: Write) -> None:
    people = "person_id,manager_id\nann,ann\nbob,stranger\n"
    records = read(write(people=people, messages=MESSAGES))
    notes = " ".join(records.account.assumptions)
    assert "1 named as their own manager" in notes
    assert "1 managers are not among the people" in notes
    assert records.people.set_index("person_id")["manager_id"].isna().to_dict() == {"ann": True, "bob": False}
    assert "today's chart applied to the past" in notes


def test_managers_are_known_by_id_by_address_and_as_strangers(write: Write) -> None:
    people = "person_id,email,manager_id\nann,Ann@x,bob\nbob,,ann@X\ncid,,zoe\ndan,,\n"
    records = read(write(people=people.replace("ann@X", "eve"), messages=MESSAGES))
    assert records.people["manager_id"].fillna("").tolist() == ["bob", "eve", "zoe", ""]
    records = read(write(people=people.replace("ann,Ann@x,bob", "ann,Ann@x,"), messages=MESSAGES))
    assert records.people["manager_id"].fillna("").tolist() == ["", "ann", "zoe", ""]
    assert "1 managers are not among the people" in str(records.account)


def test_ids_of_small_tables_are_resolved_whether_or_not_anybody_is_left_out(write: Write) -> None:
    tables = {
        "people": "person_id,email\nann,ann@x\nbob,bob@x\n",
        "absences": "person_id,from_on,to_on\nbob@x,2024-03-01,2024-03-02\nann,2024-03-01,2024-03-02\n",
    }
    assert read(write(**tables, messages=MESSAGES)).absences["person_id"].tolist() == ["bob", "ann"]
    left = read(write(**tables, messages=MESSAGES), exclude=["ann"])
    assert left.absences["person_id"].tolist() == ["bob"]
    assert left.people["person_id"].tolist() == ["bob"]
