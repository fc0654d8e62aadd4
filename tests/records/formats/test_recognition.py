"""Every sample is recognised by its own format and by no other; canonical tables by none."""

from __future__ import annotations

from pathlib import Path

import pytest

from peerlens.records.formats import CANONICAL, FORMATS
from peerlens.records.formats.delimited import HEAD_BYTES
from peerlens.schema import TABLES

from .reading import SAMPLES

OWN = {
    "message_trace_summary.csv": "Microsoft 365 message trace",
    "message_trace_extended.csv": "Microsoft 365 message trace",
    "message_trace_list.csv": "Microsoft 365 message trace",
    "google_mail_log.csv": "Google Workspace e-mail log search",
    "google_meet_log.csv": "Google Meet log",
    "slack_export": "Slack export",
    "teams_attendance.csv": "Teams attendance report",
    "teams_attendance_2021.csv": "Teams attendance report",
    "teams_attendance_de.csv": "Teams attendance report",
    "zoom_participants.csv": "Zoom participants report",
    "zoom_participants_rows.csv": "Zoom participants report",
    "viva_person_to_person.csv": "Viva Insights person-to-person query",
    "viva_person_to_person_legacy.csv": "Viva Insights person-to-person query",
    "workday.csv": "Workday report",
    "bamboohr.csv": "BambooHR report",
    "entra_users.csv": "Entra ID users",
    "google_users.csv": "Google Workspace users",
    "viva_org_data.csv": "Viva Insights organizational data",
    "hris_snapshot.csv": "HRIS snapshot",
    "mapped/export.csv": "mapped table",
}


def _kinds(path: Path) -> list[str]:
    head = b"" if path.is_dir() else path.read_bytes()[:HEAD_BYTES]
    return [item.name for item in FORMATS if item.recognises(path, head)]


@pytest.mark.parametrize("name", OWN)
def test_own_format_only(name: str) -> None:
    assert _kinds(SAMPLES / name) == [OWN[name]]


def test_every_sample_has_one_format() -> None:
    several = {path.name: _kinds(path) for path in SAMPLES.iterdir() if path.name != "mapped"}
    assert {name: kinds for name, kinds in several.items() if len(kinds) != 1} == {}


def test_canonical_tables_are_nothing_else(tmp_path: Path) -> None:
    for table in TABLES.values():
        path = tmp_path / f"{table.name}.csv"
        path.write_text(",".join(table.names) + "\n" + "," * (len(table.names) - 1) + "\n", encoding="utf-8")
        assert _kinds(path) == []
        assert CANONICAL.recognises(path, b"")
