"""Microsoft 365 message traces: three layouts, one message per delivered recipient."""

from __future__ import annotations

from pathlib import Path

import pytest

from peerlens.errors import InputError

from .reading import SAMPLES, assert_exact, contacts, converted, written

AT = "2024-03-04T09:00:00Z"


def test_summary_unpacks_recipients_and_keeps_the_delivered() -> None:
    rows, tally = converted(SAMPLES / "message_trace_summary.csv")
    ana, bo = "ana.ruiz@firm.example", "bo.li@firm.example"
    assert contacts(rows) == {
        (AT, ana, bo),
        (AT, ana, "dan@else.example"),
        (AT, ana, "eve@firm.example"),
        ("2024-03-06T08:05:00Z", bo, ana),
    }
    assert {row["message_id"] for row in rows["messages"]} == {"nm-1", "nm-6"}
    assert_exact(
        tally,
        rows=10,
        kept=4,
        drops={
            "not delivered (fail)": 1,
            "mailing list, its members have rows of their own": 1,
            "no-reply sender": 1,
            "no address": 1,
            "mail to oneself": 1,
        },
        merges={"repeated delivery": 1},
    )


def test_extended_report_keeps_one_row_of_each_delivery() -> None:
    rows, tally = converted(SAMPLES / "message_trace_extended.csv")
    assert contacts(rows) == {
        ("2024-03-04T09:00:02Z", "ana@firm.example", "bo@firm.example"),
        ("2024-03-05T12:00:00Z", "bo@firm.example", "ana@firm.example"),
    }
    assert_exact(
        tally,
        rows=7,
        kept=2,
        drops={"not delivered (fail)": 1, "system or automatic sender": 1},
        merges={"delivery step": 2, "repeated delivery": 1},
    )


def test_list_has_a_type_line_and_local_dates_decided_from_the_column() -> None:
    rows, tally = converted(SAMPLES / "message_trace_list.csv", zone="Asia/Tokyo")
    assert contacts(rows) == {
        (AT, "ana@firm.example", "bo@firm.example"),
        ("2024-03-14T13:05:00Z", "bo@firm.example", "ana@firm.example"),
    }
    assert_exact(
        tally,
        rows=4,
        kept=2,
        drops={"not delivered (failed)": 1, "mailing list, its members have rows of their own": 1},
    )


def test_ambiguous_dates_are_asked_for_with_both_readings(tmp_path: Path) -> None:
    lines = ["Received,SenderAddress,RecipientAddress,Status", "3/4/2024 9:00:00 AM,a@x.example,b@x.example,Delivered"]
    path = written(tmp_path, "trace.csv", lines)
    with pytest.raises(InputError, match=r"2024-04-03 .*2024-03-04 .*--date-order"):
        converted(path)
    assert contacts(converted(path, date_order="mdy")[0]) == {(AT, "a@x.example", "b@x.example")}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_encoding_and_separator_change_nothing(tmp_path: Path, encoding: str, separator: str) -> None:
    lines = [
        separator.join(["recipient_status", "message_subject", "sender_address", "message_id", "origin_timestamp"]),
        separator.join(
            [
                '"b@x.example##Receive, Deliver;c@x.example##Send"',
                '"é, ü;"',
                "a@x.example",
                "m1",
                "2024-03-04T09:00:00Z",
            ]
        ),
    ]
    rows, tally = converted(written(tmp_path, "trace.csv", lines, encoding=encoding))
    assert contacts(rows) == {(AT, "a@x.example", "b@x.example"), (AT, "a@x.example", "c@x.example")}
    assert_exact(tally, rows=2, kept=2)


def test_a_row_cut_short_is_counted_and_invents_nobody(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "trace.csv",
        [
            "Received,SenderAddress,Status,RecipientAddress,Size",
            "2024-03-04 09:00,a@x.example,Delivered,b@x.example,1",
            "2024-03-04 09:00,a@x.example,Delivered,b@x.ex",
        ],
    )
    rows, tally = converted(path)
    assert contacts(rows) == {(AT, "a@x.example", "b@x.example")}
    assert_exact(tally, rows=2, kept=1, drops={"row cut short at the end of the file": 1})
