"""The command line from outside: what it prints, what it writes, and how it fails."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

MAIL = "sent_at,sender_id,recipient_id\n2026-03-02T09:00:00Z,ann,bob\n2026-03-03T09:00:00Z,bob,ann\n"


def peerlens(*arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own."""
    command = [sys.executable, "-m", "peerlens", *map(str, arguments)]
    environment = {**os.environ, "COLUMNS": "200", "MPLBACKEND": "Agg"}
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, cwd=cwd, env=environment)


def assert_refused(found: subprocess.CompletedProcess[str], *words: str) -> None:
    """One readable paragraph on stderr, nothing on stdout, no traceback."""
    assert found.returncode == 1
    assert found.stdout == ""
    assert found.stderr.startswith("peerlens: ")
    assert "Traceback" not in found.stderr
    assert "\n\n" not in found.stderr.strip()
    for word in words:
        assert word in found.stderr


def folder(tmp_path: Path, **tables: str) -> Path:
    """Write tables to a folder of their own."""
    data = tmp_path / "data"
    data.mkdir()
    for name, text in tables.items():
        (data / f"{name}.csv").write_text(text)
    return data


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small firm written by the command line itself."""
    path = tmp_path_factory.mktemp("cli") / "firm"
    found = peerlens("sample", "-o", path, "--people", "60", "--weeks", "40", "--seed", "5")
    assert found.returncode == 0, found.stderr
    assert "planted.csv" in found.stdout
    return path


def test_demo(tmp_path: Path) -> None:
    found = peerlens("demo", "-o", tmp_path / "demo")
    assert found.returncode == 0, found.stderr
    assert "may need attention" in found.stdout
    assert "Next:" in found.stdout
    assert (tmp_path / "demo" / "report.html").read_text().lstrip().lower().startswith("<!doctype html>")
    assert (tmp_path / "demo" / "data" / "messages.csv").exists()


def test_check(firm: Path) -> None:
    found = peerlens("check", firm)
    assert found.returncode == 0, found.stderr
    for word in ("messages.csv", "meetings.csv", "kept", "as of", "fingerprint"):
        assert word in found.stdout


def test_audit_explain_verdict(firm: Path) -> None:
    """What audit lists explain explains; after a verdict the tie is gone from the next audit, and only that tie."""
    planted = [line.split(",") for line in (firm / "planted.csv").read_text().splitlines()[1:]]
    person, other = next((row[0], row[1]) for row in planted if row[3] == "fading")
    first = peerlens("audit", firm, "--person", person, "--json", "--limit", "0")
    assert first.returncode == 0, first.stderr
    before = json.loads(first.stdout)
    assert before["person_id"] == person
    assert [flag["kind"] for flag in before["flags"] if flag.get("other_id") == other] == ["fading"]
    assert all(0 <= flag["severity"] <= 1 and flag["because"] and flag["suggestion"] for flag in before["flags"])

    explained = peerlens("explain", firm, "--person", person, "--other", other)
    assert explained.returncode == 0, explained.stderr
    assert "Flagged as fading" in explained.stdout
    assert "messages.csv" in explained.stdout

    answered = peerlens("verdict", firm, "finished", "--person", person, "--other", other)
    assert answered.returncode == 0, answered.stderr
    after = json.loads(peerlens("audit", firm, "--person", person, "--json", "--limit", "0").stdout)
    (firm / "verdicts.csv").unlink()
    gone = [flag for flag in before["flags"] if flag not in after["flags"]]
    assert {flag.get("other_id") for flag in gone} == {other}


def test_audit_in_words_and_report(firm: Path, tmp_path: Path) -> None:
    found = peerlens("audit", firm, "--person", "p020", "--as-of", "2026-08-31")
    assert found.returncode == 0, found.stderr
    assert "as of 2026-08-31" in found.stdout
    assert "not for selection, promotion, appraisal" in found.stdout
    page = tmp_path / "page.html"
    found = peerlens("report", firm, "--person", "p020", "-o", page)
    assert found.returncode == 0, found.stderr
    assert page.stat().st_size > 10_000


def test_a_folder_without_data(tmp_path: Path) -> None:
    assert_refused(peerlens("check", folder(tmp_path)), "people.csv")
    assert_refused(peerlens("check", tmp_path / "nowhere"), "nowhere")


def test_unknown_person_leaves_nothing_behind(firm: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    assert_refused(peerlens("report", firm, "--person", "p0200", "-o", page), "No person 'p0200'", "p020")
    assert_refused(peerlens("verdict", firm, "finished", "--person", "p020", "--other", "nobody"), "No person 'nobody'")
    assert_refused(peerlens("verdict", firm, "finish", "--person", "p020", "--other", "p021"), "Did you mean finished")
    assert list(tmp_path.iterdir()) == []
    assert not [path.name for path in firm.iterdir() if path.name.startswith((".verdicts", "verdicts"))]


def test_missing_column(tmp_path: Path) -> None:
    data = folder(tmp_path, messages=MAIL.replace("sender_id", "sendr_id"))
    assert_refused(peerlens("check", data), "messages.csv", "sender_id", "sendr_id")


def test_words_as_levels_need_an_order(tmp_path: Path) -> None:
    people = "person_id,department,level,manager_id\nann,Sales,lead,\nbob,Sales,junior,ann\n"
    data = folder(tmp_path, people=people, messages=MAIL)
    assert_refused(peerlens("audit", data, "--person", "ann"), "level_order", "junior, lead")
    (data / "peerlens.toml").write_text('[ties]\nlevel_order = ["lead", "junior"]\n')
    found = peerlens("audit", data, "--person", "ann")
    assert found.returncode == 0, found.stderr


def test_a_huge_file_without_a_line_break(tmp_path: Path) -> None:
    """300 MB in one line are refused."""
    data = folder(tmp_path)
    with (data / "messages.csv").open("wb") as file:
        file.write(b"sent_at,sender_id,recipient_id")
        file.truncate(300_000_000)
    found = peerlens("check", data)
    assert_refused(found, "messages.csv")


@pytest.mark.parametrize("arguments", [["--as-of", "31.8.2026"], ["--timezone", "Mars/Base"]])
def test_bad_options(firm: Path, arguments: list[str]) -> None:
    assert_refused(peerlens("audit", firm, "--person", "p020", *arguments), arguments[1], "expected")


def test_wrong_usage_is_not_success() -> None:
    assert peerlens("audit").returncode == 2
    assert peerlens("audti").returncode == 2
    assert peerlens("--help").returncode == 0


def test_sample_too_small_is_one_paragraph(tmp_path: Path) -> None:
    found = peerlens("sample", "-o", tmp_path / "firm", "--people", "3")
    assert_refused(found, "too small")
    assert not (tmp_path / "firm").exists()
