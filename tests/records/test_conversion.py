"""Exports to canonical tables: the same records either way, nothing half-written, no formulas."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest

from peerlens.errors import InputError, PeerlensError
from peerlens.records import conversion, read
from peerlens.records.conversion import ACCOUNT, convert
from peerlens.records.exports import Options

from .conftest import rows
from .formats.conftest import SAMPLES

LISBON = Options(zone="Europe/Lisbon")
OURS = [SAMPLES / name for name in ("calendar.ics", "mail.mbox", "outlook_de.csv")]


def _together(folder: Path) -> Path:
    """Lay the samples into one folder."""
    for file in OURS:
        shutil.copy(file, folder / file.name)
    return folder


def files(folder: Path) -> dict[str, bytes]:
    """Content of the tables of a conversion."""
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir()) if file.name != ACCOUNT}


@pytest.fixture(scope="module")
def converted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All samples in one folder of tables."""
    folder = tmp_path_factory.mktemp("converted") / "data"
    convert(OURS, folder, options=LISBON)
    return folder


def test_convert_read_convert_is_stable(converted: Path, tmp_path: Path) -> None:
    convert([converted], tmp_path / "again", options=Options())
    assert files(tmp_path / "again") == files(converted)


def test_an_export_gives_the_records_of_its_tables(converted: Path, tmp_path: Path) -> None:
    """Reading the exports and reading what they were converted to is the same: events, people and who is who.

    Outlook knows "Li, Chen" and "Ana Ruíz", the mailbox chen@ and ana@: one person each; nobody can know whose dana@ is.
    """
    direct, tables = read(_together(tmp_path), timezone="Europe/Lisbon"), read(converted)
    assert direct.people.equals(tables.people)
    assert sorted(direct.people["name"].dropna()) == ["Ana Ruiz", "Ben Okafor", "Chen Li", "Dana Park"]
    for name in ("messages", "meetings"):
        one, other = (rows(records, name).drop(columns=["source", "line"]) for records in (direct, tables))
        assert one.equals(other)
    assert set(other["attendee_id"]) == {"ana@x.example", "ben@x.example", "chen@x.example", "Dana Park"}
    assert (direct.period, direct.as_of) == (tables.period, tables.as_of)


def test_names_that_fit_two_people_are_listed_and_not_guessed(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("person_id,name\np1,Ana Ruiz\np2,Ana Ruíz\np3,Bo Li\n")
    mail = 'sent_at,sender_id,recipient_id\n2024-03-04T09:00:00Z,"Ruiz, Ana","LI, Bo (Guest)"\n'
    (tmp_path / "messages.csv").write_text(mail)
    records = read(tmp_path)
    assert records.account.ambiguous == ("Ruiz, Ana",)
    assert "Ruiz, Ana (say who is meant in people_aliases.csv" in str(records.account)
    assert list(rows(records, "messages")["recipient_id"]) == ["p3"]
    (tmp_path / "people_aliases.csv").write_text("person_id,alias\np2,Ana Ruiz\n")
    settled = read(tmp_path)
    assert settled.account.ambiguous == ()
    assert list(rows(settled, "messages")["sender_id"]) == ["p2"]


def test_no_cell_is_a_formula_and_every_id_reads_back(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    people = "person_id,name\n=1+3,\"=HYPERLINK(1)\"\n+49,@x\n-9,'quoted'\n'=a,-b c\n"
    (tmp_path / "in" / "people.csv").write_text(people)
    (tmp_path / "in" / "messages.csv").write_text("sent_at,sender_id,recipient_id\n2024-03-04T09:00:00Z,'=1+3,+49\n")
    convert([tmp_path / "in"], tmp_path / "out", options=Options())
    for name in ("people", "messages"):
        with (tmp_path / "out" / f"{name}.csv").open(newline="") as file:
            cells = [cell for row in csv.reader(file) for cell in row]
        assert not [cell for cell in cells if cell[:1] in "=+-@" and cell]
    before, after = read(tmp_path / "in"), read(tmp_path / "out")
    assert before.people.equals(after.people)
    assert rows(before, "messages").equals(rows(after, "messages"))
    assert list(rows(after, "messages")["sender_id"]) == ["=1+3"]


def test_an_interrupted_conversion_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(conversion, "_put", stop)
    with pytest.raises(KeyboardInterrupt):
        convert([SAMPLES / "mail.mbox"], tmp_path / "data", options=Options())
    assert list(tmp_path.iterdir()) == []


def test_files_of_others_are_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(PeerlensError, match="no conversion wrote"):
        convert([SAMPLES / "mail.mbox"], tmp_path, options=Options())
    assert [file.name for file in tmp_path.iterdir()] == ["thesis.txt"]


def test_nothing_to_keep_says_why(tmp_path: Path) -> None:
    file = tmp_path / "junk.mbox"
    file.write_text("From 1@xxx Mon Mar 04 09:10:22 +0000 2024\nFrom: a@x\nTo: b@x\nX-Gmail-Labels: Spam\n\n")
    for attempt in (lambda: convert([file], tmp_path / "data", options=Options()), lambda: read(file)):
        with pytest.raises(InputError, match="1 row, 0 kept, 1 spam or trash"):
            attempt()
    assert not (tmp_path / "data").exists()


def test_an_alias_settles_a_name_that_stands_in_the_people_table_itself() -> None:
    """An export makes a person of a bare name; the user says whose name it is."""
    import pandas as pd

    people = pd.DataFrame({"person_id": ["ben@x.example", "Benny", "me@x.example"]})
    messages = pd.DataFrame(
        {
            "sent_at": ["2024-03-05T09:00:00Z"] * 2,
            "sender_id": "me@x.example",
            "recipient_id": ["Benny", "ben@x.example"],
        }
    )
    messages["sent_at"] = ["2024-03-05T09:00:00Z", "2024-03-06T09:00:00Z"]
    aliases = pd.DataFrame({"person_id": ["ben@x.example"], "alias": ["Benny"]})
    records = read(people=people, messages=messages, people_aliases=aliases)
    frame = records.engine.frame(records.messages.order_by("sent_at"))
    assert frame["recipient_id"].tolist() == ["ben@x.example", "ben@x.example"]
