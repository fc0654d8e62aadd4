"""The same tables in another form are the same records."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from peerlens.records import Records, read

from .conftest import MEETINGS, MESSAGES, PEOPLE, assert_adds_up, dropped, rows

Write = Callable[..., Path]

RICH_PEOPLE = (
    "Person ID; E-Mail ;Department;Level;reports.to;Joined\n"
    "ann;Ann@Firm.example;Müller & Söhne;2;cat;2020-01-31\n bob ;;support;2;CAT@firm.example;\n"
    "cat;cat@firm.example;board;1;;2001-05-01\n"
)
RICH_MESSAGES = (
    "Message-ID,Timestamp,From,To,CC channel,Is Ask\n"
    'm1,2024-03-05T09:00:00+01:00,ann@firm.example,"bob;cat@firm.example; x@else.example",mail,yes\n'
    "m2,2024-03-06 10:30:00.25, bob ,ANN@firm.example,mail,\n"
    "m3,2024-03-07,cat,ann,mail,no\n"
)


def assert_same(one: Records, other: Records, *, lines: bool = True) -> None:
    pd.testing.assert_frame_equal(one.people, other.people)
    for name in ("messages", "meetings"):
        assert (getattr(one, name) is None) == (getattr(other, name) is None)
        if getattr(one, name) is not None:
            first, second = rows(one, name), rows(other, name)
            if not lines:
                first, second = first.drop(columns="line"), second.drop(columns="line")
            pd.testing.assert_frame_equal(first, second)
    assert one.period == other.period
    assert dropped(one) == dropped(other)


@pytest.mark.parametrize(
    "encode",
    [
        lambda text: b"\xef\xbb\xbf" + text.encode(),
        lambda text: text.encode("utf-16"),
        lambda text: text.encode("utf-16-le"),
        lambda text: b"\xfe\xff" + text.encode("utf-16-be"),
        lambda text: text.encode("cp1252"),
        lambda text: text.replace("\n", "\r\n").encode(),
        lambda text: text.replace("\n", "\r").encode(),
        lambda text: text.replace("\n", "\r\n", 2).encode(),
        lambda text: text.rstrip("\n").encode(),
        lambda text: (text + "\n\n\n").encode(),
        lambda text: text.replace(";", "\x00").replace(",", "\t").replace("\x00", ";").encode(),
        lambda text: text.replace(",", "|").encode(),
    ],
    ids=[
        "bom",
        "utf16",
        "utf16-bare",
        "utf16-be",
        "cp1252",
        "crlf",
        "cr",
        "mixed",
        "no-end",
        "blank-end",
        "tab",
        "bar",
    ],
)
def test_encodings_line_ends_and_delimiters(write: Write, tmp_path: Path, encode: Callable[[str], bytes]) -> None:
    people = PEOPLE.replace("sales", "Müller")
    plain = read(write(people=people, messages=MESSAGES, meetings=MEETINGS))
    write(people=encode(people), messages=encode(MESSAGES), meetings=encode(MEETINGS))
    other = read(tmp_path / "data")
    assert_same(plain, other)
    assert_adds_up(other)
    assert "Müller" in set(other.people["department"])


def test_semicolons_between_cells(write: Write) -> None:
    plain = read(write(people=PEOPLE, messages=MESSAGES))
    assert_same(plain, read(write(people=PEOPLE.replace(",", ";"), messages=MESSAGES.replace(",", ";"))))


def test_cp1252_far_inside_a_file_is_found_and_said(write: Write) -> None:
    text = "sent_at,sender_id,recipient_id,channel\n" + "2024-03-05T09:00:00Z,ann,bob,mail\n" * 40_000
    folder = write(messages=text.encode() + "2024-03-05T09:00:00Z,ann,bob,café\n".encode("cp1252"))
    account = read(folder).account
    assert "Windows-1252" in account.sources[0].format
    assert any("Windows-1252" in note for note in account.assumptions)


def test_headers_padding_and_addresses(write: Write) -> None:
    records = read(write(people=RICH_PEOPLE, messages=RICH_MESSAGES))
    people = records.people.set_index("person_id")
    assert list(people.index) == ["ann", "bob", "cat"]
    assert people.loc["bob", "manager_id"] == "cat"
    assert people.loc["ann", "email"] == "ann@firm.example"
    assert people.loc["ann", "joined_on"] == pd.Timestamp("2020-01-31")
    assert people.loc["ann", "level"] == "2"
    found = rows(records, "messages")
    assert list(zip(found["sender_id"], found["recipient_id"], strict=True)) == [
        ("ann", "bob"), ("ann", "cat"), ("ann", "x@else.example"), ("bob", "ann"), ("cat", "ann"),
    ]  # fmt: skip
    assert [str(item) for item in found["sent_at"].unique()] == [
        "2024-03-05 08:00:00", "2024-03-06 10:30:00.250000", "2024-03-07 00:00:00",
    ]  # fmt: skip
    assert list(found["is_ask"]) == [True, True, True, None, False]
    assert records.account.sources[1].not_read == ("CC channel",)
    assert records.account.people_matched == 3
    assert records.account.people_unmatched == 1
    assert_adds_up(records)


def test_parquet_is_csv(write: Write, tmp_path: Path) -> None:
    folder = write(people=RICH_PEOPLE, messages=RICH_MESSAGES, meetings=MEETINGS)
    plain = read(folder)
    other = tmp_path / "parquet"
    other.mkdir()
    pd.read_csv(folder / "people.csv", sep=";").to_parquet(other / "people.parquet")
    messages = pd.read_csv(folder / "messages.csv")
    messages["Is Ask"] = pd.array([True, None, False], dtype="boolean")
    messages["Timestamp"] = pd.to_datetime(messages["Timestamp"], format="ISO8601", utc=True)
    messages["To"] = messages["To"].str.split(r"\s*;\s*")
    messages.to_parquet(other / "messages.parquet")
    meetings = pd.read_csv(folder / "meetings.csv", parse_dates=["started_at", "ended_at"])
    meetings.to_parquet(other / "meetings.parquet")
    assert_same(plain, read(other))


def test_frames_are_csv(write: Write) -> None:
    folder = write(people=RICH_PEOPLE, messages=RICH_MESSAGES, meetings=MEETINGS)
    plain = read(folder)
    messages = pd.read_csv(folder / "messages.csv")
    messages["Timestamp"] = pd.to_datetime(messages["Timestamp"], format="ISO8601", utc=True).dt.tz_convert(
        "Asia/Kolkata"
    )
    messages["To"] = messages["To"].str.split(r"\s*;\s*")
    meetings = pd.read_csv(folder / "meetings.csv")
    people = pd.read_csv(folder / "people.csv", sep=";")
    other = read(people=people, messages=messages.set_index("Message-ID", drop=False), meetings=meetings)
    assert_same(plain, other)
    assert_adds_up(other)


def test_numbers_as_ids_whatever_their_type(write: Write, tmp_path: Path) -> None:
    people = "person_id,manager_id,level\n1,2,3\n2,,1\n"
    messages = "sent_at,from,to\n2024-03-05T09:00:00Z,1,2\n2024-03-05T10:00:00Z,2,1\n2024-03-05T11:00:00Z,2,\n"
    folder = write(people=people, messages=messages)
    plain = read(folder)
    frames = {name: pd.read_csv(folder / f"{name}.csv") for name in ("people", "messages")}
    assert str(frames["messages"]["to"].dtype) == "float64"
    assert_same(plain, read(**frames))
    for name, frame in frames.items():
        frame.to_parquet(tmp_path / f"{name}.parquet")
    assert_same(plain, read(people=tmp_path / "people.parquet", messages=str(tmp_path / "messages.parquet")))
    assert list(plain.people["manager_id"].dropna()) == ["2"]


def test_shuffled_rows_are_the_same_records(write: Write) -> None:
    rng = random.Random(7)
    people = "person_id,department\n" + "".join(f"p{i},d{i % 3}\n" for i in range(9))
    head = "sent_at,sender_id,recipient_id,recipient_role,channel\n"
    body = [
        f"2024-03-0{rng.randint(1, 9)}T09:00:0{rng.randint(0, 3)}Z,p{rng.randint(0, 8)},p{rng.randint(0, 8)},"
        f"{rng.choice(['to', 'cc', ''])},{rng.choice(['mail', 'chat'])}\n"
        for _ in range(400)
    ]
    head_2 = "meeting_id,start,end,organizer,attendee,response\n"
    body_2 = [
        f"m{i},2024-03-0{i % 9 + 1}T09:00:00Z,2024-03-0{i % 9 + 1}T10:00:00Z,p{i % 9},p{rng.randint(0, 8)},"
        f"{rng.choice(['Accepted', 'declined', 'tentativelyAccepted', ''])}\n"
        for i in [*range(30)] * 4
    ]
    first = read(write(people=people, messages=head + "".join(body), meetings=head_2 + "".join(body_2)))
    for text in (body, body_2):
        rng.shuffle(text)
    other = read(write(people=people, messages=head + "".join(body), meetings=head_2 + "".join(body_2)))
    assert_same(first, other, lines=False)
    assert_adds_up(first)
    assert dropped(first)["duplicate row"] > 0


def test_lines_are_those_of_the_file(write: Write) -> None:
    messages = (
        "sent_at,sender_id,recipient_id,channel\n\n"
        '2024-03-05T09:00:00Z,ann,bob,"a cell\nof two lines"\n'
        "2024-03-05T10:00:00Z,ann,bob,\n\n2024-03-05T11:00:00Z,ann,bob,\n"
    )
    people = 'person_id,name\n\nann,"Ann\nLee"\nbob,Bob\n'
    records = read(write(people=people, messages=messages))
    assert list(rows(records, "messages")["line"]) == [3, 5, 7]


def test_a_file_may_have_any_name_by_keyword_and_any_name_by_header(write: Write) -> None:
    folder = write(mail_2024=MESSAGES)
    by_keyword = read(messages=folder / "mail_2024.csv")
    assert_same(by_keyword, read(folder / "mail_2024.csv"))


def test_keyword_takes_the_place_of_the_folders_table(write: Write) -> None:
    folder = write(people="nonsense\n1\n", messages=MESSAGES)
    records = read(folder, people=pd.DataFrame({"person_id": ["ann"]}))
    assert list(records.people["person_id"]) == ["ann"]


def test_fingerprint_follows_content_not_place(write: Write, tmp_path: Path) -> None:
    folder = write(people=PEOPLE, messages=MESSAGES)
    first = read(folder).fingerprint
    assert first == read(folder.rename(tmp_path / "elsewhere")).fingerprint
    assert len(first) == 64
    assert first != read(write(people=PEOPLE, messages=MESSAGES.replace("bob", "cat"))).fingerprint
    frame = pd.DataFrame({"sent_at": ["2024-03-05"], "from": ["a"], "to": ["b"]})
    assert read(messages=frame).fingerprint == read(messages=frame.set_index("from", drop=False)).fingerprint


def test_threads_change_nothing(write: Write) -> None:
    folder = write(people=PEOPLE, messages=MESSAGES, meetings=MEETINGS)
    assert_same(read(folder, threads=1), read(folder, threads=2, memory_limit="1GB"))
