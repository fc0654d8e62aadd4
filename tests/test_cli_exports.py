"""The front door: one export of one's own to a first page, the form, and the report; and where exports are found."""

from __future__ import annotations

import csv
import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from peerlens.records.formats.click_paths import CLICK_PATHS, MAY_I
from tests.test_cli import assert_refused, peerlens

ME = "p003"


@pytest.fixture(scope="module")
def takeout(sample_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One person's mailbox of the made-up firm, as Google would hand it out; a path with a space and an accent."""
    with (sample_folder / "people.csv").open(newline="") as file:
        people = {row["person_id"]: row for row in csv.DictReader(file)}

    def party(person_id: str) -> str:
        if person_id not in people:
            return person_id
        return f'"{people[person_id]["name"]}" <{people[person_id]["email"]}>'

    messages: dict[tuple[str, str], list[str]] = {}
    with (sample_folder / "messages.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            to = (row.get("recipient_ids") or row["recipient_id"]).split(";")
            messages.setdefault((row["sent_at"], row["sender_id"]), []).extend(to)
    box = []
    for number, ((sent_at, sender), to) in enumerate(sorted(messages.items())):
        if sender != ME and ME not in to:
            continue
        at = datetime.fromisoformat(sent_at.replace("Z", "+00:00")).astimezone(UTC)
        box.append(
            f"From {number}@xxx {at:%a %b %d %H:%M:%S} +0000 {at.year}\nDate: {format_datetime(at)}\nFrom: {party(sender)}\n"
            f"To: {', '.join(map(party, to))}\nMessage-ID: <{number}@x>\nSubject: secret plans\n\nsecret words\n\n"
        )
    path = tmp_path_factory.mktemp("meine Übung") / "takeout 001.zip"
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        archive.writestr("Takeout/Mail/All mail Including Spam and Trash.mbox", "".join(box))
    return path


@pytest.fixture(scope="module")
def started(takeout: Path) -> tuple[subprocess.CompletedProcess[str], Path]:
    """What start prints, and its folder."""
    folder = takeout.parent / "my data"
    return peerlens("start", takeout, "-o", folder), folder


def test_start_shows_a_page_before_it_asks(
    started: tuple[subprocess.CompletedProcess[str], Path], sample_folder: Path
) -> None:
    """The ties planted as gone quiet or one-sided are on the page, and nothing that was written."""
    found, folder = started
    assert found.returncode == 0, found.stderr
    page = (folder / "first_page.html").read_text()
    assert "colleague ties may need attention" in page
    with (sample_folder / "people.csv").open(newline="") as file:
        names = {row["person_id"]: row["name"] for row in csv.DictReader(file)}
    with (sample_folder / "planted.csv").open(newline="") as file:
        planted = [row for row in csv.DictReader(file) if row["person_id"] == ME]
    quiet = page[page.index('id="quiet"') : page.index('id="world"')]
    wanted = [names[row["other_id"]] for row in planted if row["kind"] in ("fading", "one_sided")]
    assert wanted
    assert all(name in quiet for name in wanted)
    assert "secret" not in page + found.stdout + "".join(file.read_text() for file in folder.glob("*.csv"))
    assert not re.search(r"https?://|<script|src=", page)
    assert all(sentence in found.stdout for sentence in MAY_I)


def test_the_form_names_the_owner_and_ten(started: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    with (started[1] / "people_to_complete.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows[0]["relationship"] == "me"
    counts = [int(row["contacts"]) for row in rows[1:]]
    assert len(counts) == 10
    assert counts == sorted(counts, reverse=True)
    assert not any(row["department"] or row["level"] for row in rows)


def test_two_commands_lead_to_the_report(started: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    found, folder = started
    command = next(line for line in found.stdout.splitlines() if line.startswith("3. Run: peerlens report"))
    assert f'"{folder}"' in command
    owner = re.search(r"--person (\S+)", command)
    assert owner is not None
    form = folder / "people_to_complete.csv"
    form.write_text(form.read_text(encoding="utf-8-sig").replace(",,,me", ",Marketing,,me"), encoding="utf-8")
    report = peerlens("report", folder, "--person", owner[1], "-o", folder / "me.html")
    assert report.returncode == 0, report.stderr
    page = (folder / "me.html").read_text()
    assert "Marketing" in page
    assert "ties among others" in page


def test_start_without_a_file_says_where_to_find_one() -> None:
    found = peerlens("start")
    assert found.returncode == 0, found.stderr
    assert all(path.product in found.stdout and path.steps[0] in found.stdout for path in CLICK_PATHS)
    assert "there is no CSV" in found.stdout


def test_refusals_are_one_paragraph(tmp_path: Path) -> None:
    mailbox = tmp_path / "x.pst"
    mailbox.write_bytes(b"!BDN" + bytes(100))
    assert_refused(peerlens("start", mailbox, "-o", tmp_path / "data"), "readpst")
    assert_refused(peerlens("convert", mailbox, "-o", tmp_path / "data", "--date-order", "ymd"), "--date-order", "dmy")
    assert sorted(os.listdir(tmp_path)) == ["x.pst"]


def test_the_module_is_not_imported_for_nothing() -> None:
    """Commands that read no export need no calendar package."""
    code = "import sys, peerlens.cli; print(*sorted({'icalendar', 'pandas', 'ibis'} & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert (found.returncode, found.stdout.strip()) == (0, "")
