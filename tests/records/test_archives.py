"""Zip files that would do harm, and what is said of them."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from peerlens.errors import InputError
from peerlens.records import read

from .formats.conftest import SAMPLES


def refused(path: Path, *words: str) -> None:
    """Reading says each word, and nothing lands beside the file."""
    before = sorted(path.parent.iterdir())
    with pytest.raises(InputError) as caught:
        read(path)
    for word in words:
        assert word in str(caught.value)
    assert sorted(path.parent.iterdir()) == before


@pytest.mark.parametrize("name", ["../evil.csv", "/etc/evil.csv", "a/../../evil.csv", "..\\evil.csv", "C:\\evil.csv"])
def test_members_that_would_land_elsewhere(tmp_path: Path, name: str) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, "sent_at,sender_id,recipient_id\n")
    refused(path, "would land elsewhere")
    assert not list(tmp_path.parent.glob("evil.csv"))


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("mail.mbox", "w") as member:
        for _ in range(30):
            member.write(bytes(1_000_000))
    assert path.stat().st_size < 100_000
    refused(path, "at most 200 times its size")


def test_a_member_that_lies_about_its_size(tmp_path: Path) -> None:
    path = tmp_path / "liar.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("messages.csv", "x" * 1000)
    data = path.read_bytes().replace((1000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    path.write_bytes(data)
    refused(path, "messages.csv", "download it again")


def test_a_sign_in_page_and_half_a_file(tmp_path: Path) -> None:
    page, half = tmp_path / "takeout.zip", tmp_path / "half.zip"
    page.write_text("<!DOCTYPE html><title>Sign in</title>")
    refused(page, "sign in")
    with zipfile.ZipFile(half, "w") as archive:
        archive.writestr("mail.mbox", (SAMPLES / "mail.mbox").read_bytes())
    half.write_bytes(half.read_bytes()[:-40])
    refused(half, "download it again")


def test_a_takeout_with_mail_and_calendar(tmp_path: Path) -> None:
    """Folders inside, names in other letters, files of other kinds, all in one zip in a folder."""
    with zipfile.ZipFile(tmp_path / "takeout-001.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(SAMPLES / "mail.mbox", "Takeout/Mail/Alle E-Mails.mbox")
        archive.write(SAMPLES / "calendar.ics", "Takeout/Kalender/ana@x.example.ics")
        archive.writestr("Takeout/archive_browser.html", "<html>")
    account = read(tmp_path).account
    assert [line.split(",")[0] for line in account.exports] == [
        "recognised as calendar (ICS)",
        "recognised as mailbox (mbox)",
    ]
    assert account.people == 4
    assert any("takeout-001.zip: 1 files of other kinds" in note for note in account.assumptions)
