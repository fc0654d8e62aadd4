"""Slack exports: replies, mentions, reactions and direct messages; never a post to a whole channel."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path

import pytest

from peerlens.errors import InputError
from peerlens.records.formats import export_of

from .reading import SAMPLES, assert_exact, contacts, converted

ANA, BO = "ana@firm.example", "bo@firm.example"
EXPECTED = {
    ("2024-03-04T09:00:00Z", BO, ANA),  # a reaction, two signs
    ("2024-03-04T09:01:40Z", BO, "U03CY"),  # a mention, beside one of a bot
    ("2024-03-06T09:00:00Z", "U03CY", ANA),  # a reply two days later, by the thread alone
    ("2024-03-06T09:01:40Z", "U05EXT", ANA),  # a reply from another workspace
    ("2024-03-06T09:05:00Z", ANA, BO),  # a mention in blocks
    ("2024-03-05T09:00:00Z", ANA, BO),
    ("2024-03-05T09:01:00Z", BO, ANA),
    ("2024-03-05T10:00:00Z", BO, ANA),
    ("2024-03-05T10:00:00Z", BO, "U03CY"),
}


def test_contacts_and_account() -> None:
    rows, tally = converted(SAMPLES / "slack_export")
    assert contacts(rows) == EXPECTED
    assert_exact(
        tally,
        rows=16,
        kept=8,
        drops={
            "bot": 2,
            "post to a whole channel": 2,
            "reaction to oneself": 1,
            "system message": 1,
            "to a bot": 1,
        },
        merges={"second reaction": 1},
    )
    replies = [row for row in rows["messages"] if row["sender_id"] in ("U03CY", "U05EXT")]
    assert {row["reply_to_id"] for row in replies} == {"C1:1709542800.000100"}


def test_no_text_is_kept() -> None:
    rows, _ = converted(SAMPLES / "slack_export")
    assert not {"lunch?", "thanks", "hi"} & {cell for row in rows["messages"] for cell in row.values()}


def test_zipped_inside_a_folder_it_is_the_same(tmp_path: Path) -> None:
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted((SAMPLES / "slack_export").rglob("*.json")):
            archive.write(file, f"Firm export/{file.relative_to(SAMPLES / 'slack_export')}")
        archive.writestr("Firm export/.DS_Store", b"\0\0")
        archive.writestr("__MACOSX/Firm export/general/2024-03-04.json", b"\0\0")
    rows, _ = converted(path)
    assert contacts(rows) == EXPECTED


def test_without_users_people_are_known_by_their_slack_ids(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(SAMPLES / "slack_export", tmp_path / "export"))
    (folder / "users.json").unlink()
    rows, tally = converted(folder)
    assert ("2024-03-05T09:00:00Z", "U01ANA", "U02BO") in contacts(rows)
    assert any("no users.json" in note for note in tally.notes)


def test_broken_days_and_entries_are_counted(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(SAMPLES / "slack_export", tmp_path / "export"))
    (folder / "D1" / "2024-03-05.json").write_text("[{", encoding="utf-8")
    odd = ["x", {"type": "message", "user": "U01ANA"}, {"type": "message", "ts": "soon", "user": 7, "reactions": 3}]
    (folder / "general" / "2024-03-07.json").write_text(json.dumps(odd), encoding="utf-8")
    rows, tally = converted(folder)
    assert contacts(rows) == {
        item for item in EXPECTED if item[0] not in ("2024-03-05T09:00:00Z", "2024-03-05T09:01:00Z")
    }
    assert tally.drops["day file that is not readable"] == 1
    assert tally.drops["entry that is no message"] == 1
    assert tally.drops["message without sender or time"] == 2


def test_lists_without_a_single_day_are_refused(tmp_path: Path) -> None:
    for name in ("users", "channels"):
        shutil.copy(SAMPLES / "slack_export" / f"{name}.json", tmp_path)
    with pytest.raises(InputError, match="without messages"):
        converted(tmp_path)


def test_a_folder_that_holds_an_export_is_not_one(tmp_path: Path) -> None:
    shutil.copytree(SAMPLES / "slack_export", tmp_path / "export")
    assert export_of(tmp_path) is None
