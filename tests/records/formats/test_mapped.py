"""Tables of no known kind, with a mapping given once."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from peerlens.errors import InputError, SettingsError
from peerlens.records.formats import export_of
from peerlens.records.formats.mapped import MAP_FILE, MappedTable, load, mapping_from_options, remember, save, table_of

from .reading import SAMPLES, assert_exact, contacts, converted, with_format, written

MAPPING = {"sent_at": "Date Sent", "sender_id": "From", "recipient_ids": "To"}


def test_kept_mapping_is_found_beside_the_file() -> None:
    rows, tally = converted(SAMPLES / "mapped" / "export.csv")
    assert contacts(rows) == {
        ("2024-03-04T09:00:00Z", "ana@firm.example", "bo@firm.example"),
        ("2024-03-04T09:00:00Z", "ana@firm.example", "cy@firm.example"),
        ("2024-03-15T10:00:00Z", "bo@firm.example", "ana@firm.example"),
    }
    assert_exact(tally, rows=3, kept=2, drops={"sent_at that cannot be read": 1})


def test_given_once_then_read_without_options(tmp_path: Path) -> None:
    path = Path(shutil.copy(SAMPLES / "mapped" / "export.csv", tmp_path / "log.csv"))
    assert export_of(path) is None
    save(mapping_from_options(f"{column}={title}" for column, title in MAPPING.items()), path)
    assert load(path) == [MAPPING]
    assert converted(path)[0] == converted(SAMPLES / "mapped" / "export.csv")[0]


def test_the_command_keeps_the_mapping_where_it_fits(tmp_path: Path) -> None:
    shutil.copy(SAMPLES / "mapped" / "export.csv", tmp_path / "log.csv")
    written(tmp_path, "other.csv", ["a,b", "1,2"])
    assert remember(MAPPING, [tmp_path]) == [tmp_path / MAP_FILE]
    with pytest.raises(InputError, match="Date Sent"):
        remember({**MAPPING, "sent_at": "Sent"}, [tmp_path / "log.csv"])
    assert load(tmp_path) == [MAPPING]


def test_mappings_of_several_files_live_together(tmp_path: Path) -> None:
    meetings = {"meeting_id": 'No. "1"', "started_at": "von\\bis", "ended_at": "Ende", "attendee_ids": "Wer"}
    save(MAPPING, tmp_path)
    save(meetings, tmp_path)
    save(MAPPING, tmp_path)
    assert load(tmp_path) == [MAPPING, meetings]
    assert table_of(meetings).name == "meetings"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["sent_at"], 'expected a column, "=" and its title'),
        (["sent=Date"], "Did you mean sent_at"),
        (["sent_at=A", "sent_at=B"], "mapped to 'A' already"),
    ],
)
def test_wrong_options_are_told(options: list[str], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        mapping_from_options(options)


def test_a_mapping_that_fills_no_table_says_what_it_lacks(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="lacks sender_id, recipient_id or recipient_ids for messages"):
        save({"sent_at": "Date"}, tmp_path)
    with pytest.raises(SettingsError, match="mixes tables"):
        save({**MAPPING, "meeting_id": "M"}, tmp_path)
    assert not (tmp_path / MAP_FILE).exists()


def test_a_title_that_is_not_there_is_told(tmp_path: Path) -> None:
    path = written(tmp_path, "log.csv", ["When,From,To", "2024-03-04 09:00,a,b"])
    with pytest.raises(InputError, match=r"Date Sent.*no such column"):
        with_format(MappedTable(), path, mapping=MAPPING)


@pytest.mark.parametrize(
    "text", ["[[messages]\n", "[[messages]]\nsent_at = 3\n", "[other]\n", '[[messages]]\nx = "y"\n']
)
def test_a_broken_map_file_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / MAP_FILE).write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError):
        load(tmp_path)
