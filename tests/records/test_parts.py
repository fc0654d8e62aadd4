"""A log in several files reads like the same log in one; each file has an account of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from peerlens.errors import InputError
from peerlens.records import read

from .conftest import MEETINGS, MESSAGES, PEOPLE, assert_adds_up, rows

Write = Callable[..., Path]


def halves(text: str, at: int) -> tuple[str, str]:
    """Split a table after a row; both parts have the header."""
    head, *body = text.splitlines(keepends=True)
    return head + "".join(body[:at]), head + "".join(body[at:])


def test_several_files_are_one_log(write: Write, tmp_path: Path) -> None:
    whole = read(write(people=PEOPLE, messages=MESSAGES, meetings=MEETINGS))
    first, second = halves(MESSAGES, 2)
    folder = tmp_path / "parts"
    folder.mkdir()
    (folder / "people.csv").write_text(PEOPLE)
    (folder / "messages.csv").write_text(first)
    (folder / "messages-2024-W10.csv").write_text(second)
    (folder / "messages-old.csv").write_text(second)
    (folder / "meetings").mkdir()
    for name, text in zip(("a", "b"), halves(MEETINGS, 1), strict=True):
        (folder / "meetings" / f"{name}.csv").write_text(text)
    parts = read(folder)
    for name in ("messages", "meetings"):
        expected = rows(whole, name).drop(columns=["source", "line"])
        pd.testing.assert_frame_equal(rows(parts, name).drop(columns=["source", "line"]), expected)
    assert_adds_up(parts)
    assert [source.name for source in parts.account.sources] == [
        "people.csv", "meetings/a.csv", "meetings/b.csv", "messages-2024-W10.csv", "messages.csv",
    ]  # fmt: skip
    assert [source.rows_kept for source in parts.account.sources] == [3, 2, 2, 1, 2]
    assert "files not read: messages-old.csv" in parts.account.assumptions
    # Every row names its file and its line there.
    found = rows(parts, "messages")
    names = [parts.account.sources[at].name for at in found["source"]]
    assert list(zip(names, found["line"], strict=True)) == [
        ("messages.csv", 2), ("messages.csv", 3), ("messages-2024-W10.csv", 2),
    ]  # fmt: skip
    meetings = rows(parts, "meetings")
    assert {parts.account.sources[at].name for at in meetings.loc[meetings["meeting_id"] == "m2", "source"]} == {
        "meetings/b.csv"
    }


def test_files_that_overlap_count_once(write: Write, tmp_path: Path) -> None:
    whole = read(write(people=PEOPLE, messages=MESSAGES))
    folder = tmp_path / "parts"
    folder.mkdir()
    (folder / "people.csv").write_text(PEOPLE)
    (folder / "messages-1.csv").write_text(MESSAGES)
    # Another export of the same rows, with a column more and its columns in another order.
    again = pd.read_csv(tmp_path / "data" / "messages.csv")
    again[["recipient_id", "sent_at", "sender_id"]].assign(channel="mail").to_parquet(folder / "messages-2.parquet")
    parts = read(folder)
    assert_adds_up(parts)
    assert [source.rows_kept for source in parts.account.sources] == [3, 0, 3]
    assert [(item.source, item.rows) for item in parts.account.dropped] == [("messages-1.csv", 3)]
    expected = rows(whole, "messages")[["sent_at", "sender_id", "recipient_id", "recipients"]]
    pd.testing.assert_frame_equal(rows(parts, "messages")[list(expected)], expected)


def test_what_is_left_out_is_left_out_in_every_file(tmp_path: Path) -> None:
    """One recipient in one file, a confidential one of the same message in another: the message goes."""
    (tmp_path / "messages-1.csv").write_text("sent_at,sender_id,recipient_id\n2024-03-05T09:00:00Z,ann,bob\n")
    (tmp_path / "messages-2.csv").write_text("sent_at,sender_id,recipient_id\n2024-03-05T09:00:00Z,ann,eve\n")
    (tmp_path / "confidential.csv").write_text("id\neve\n")
    records = read(tmp_path)
    assert records.engine.count(records.messages) == 0
    assert_adds_up(records)


def test_one_part_in_two_forms_is_refused(write: Write) -> None:
    folder = write(people=PEOPLE, messages=MESSAGES)
    pd.read_csv(folder / "messages.csv").to_parquet(folder / "messages.parquet")
    with pytest.raises(InputError, match=r"a second time, beside messages\.csv"):
        read(folder)
