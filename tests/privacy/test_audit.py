"""The audit log: one line per question, private, and a forgotten person is no longer named in it."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

from peerlens.privacy.audit import COLUMNS, NAME, AuditLog


def test_lines_are_numbered_and_private(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / ".peerlens")
    log.note("audit", "p003", as_of=date(2026, 9, 25))
    log.note("report", "p004", as_of=None, purpose='coaching, "first" round')
    path = tmp_path / ".peerlens" / NAME
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[0] == ",".join(COLUMNS)
    assert [line.split(",")[0] for line in lines[1:]] == ["1", "2"]
    assert lines[1].endswith("audit,p003,2026-09-25,")
    assert lines[2].endswith('report,p004,,"coaching, ""first"" round"')
    if os.name == "posix":
        assert path.stat().st_mode & 0o777 == 0o600


def test_forgetting_leaves_the_lines_and_takes_the_name(tmp_path: Path) -> None:
    log = AuditLog(tmp_path)
    for person in ("p003", "p004", "p003"):
        log.note("audit", person, as_of=None)
    assert log.without("p003") == 2
    text = (tmp_path / NAME).read_text(encoding="utf-8")
    assert "p003" not in text
    assert len(text.splitlines()) == 4
    log.note("audit", "p005", as_of=None)
    assert (tmp_path / NAME).read_text(encoding="utf-8").splitlines()[-1].startswith("4,")


def test_without_a_folder_nothing_is_kept(tmp_path: Path) -> None:
    AuditLog(None).note("audit", "p003", as_of=None)
    assert AuditLog(None).without("p003") == 0
