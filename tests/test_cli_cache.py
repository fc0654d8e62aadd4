"""The cache from outside: commands that use it, two at a time, and one that is stopped half way."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PEOPLE = "person_id\nann\nbob\n"
MAIL = "sent_at,sender_id,recipient_id\n2026-03-02T09:00:00Z,ann,bob\n2026-03-03T09:00:00Z,bob,ann\n"
STOPPED = """
import os, signal
from peerlens.cli import main
from peerlens.engine import Engine
write = Engine.write_parquet
def write_and_stop(*given, **more):
    write(*given, **more)
    os.kill(os.getpid(), signal.SIGINT)
Engine.write_parquet = write_and_stop
main()
"""


def start(*arguments: str | Path) -> subprocess.Popen[str]:
    """Start a process of this Python."""
    return subprocess.Popen(
        [sys.executable, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "COLUMNS": "200", "TMPDIR": str(Path(arguments[-1]).parent)},
    )


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder with two tables."""
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "people.csv").write_text(PEOPLE)
    (folder / "messages.csv").write_text(MAIL)
    return folder


def kinds(data: Path) -> list[str]:
    """What the store holds, hidden things too."""
    return sorted(item.name.split("-")[0] for item in (data / ".peerlens").iterdir())


def test_two_at_once_and_forget(data: Path) -> None:
    both = [start("-m", "peerlens", "check", data) for _ in range(2)]
    said = [process.communicate(timeout=120) for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert {err for _, err in said} == {""}
    facts = {
        tuple(line for line in out.splitlines() if "cache" not in line and "kept in" not in line) for out, _ in said
    }
    assert len(facts) == 1
    assert kinds(data) == [".gitignore", "records"]
    process = start("-m", "peerlens", "forget", data)
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    assert out.count("Deleted: ") == 3
    assert sorted(item.name for item in data.iterdir()) == ["messages.csv", "people.csv"]


def test_stopped_half_way_leaves_nothing_behind(data: Path, tmp_path: Path) -> None:
    process = start("-c", STOPPED, "check", data)
    out, err = process.communicate(timeout=120)
    assert (process.returncode, out) == (130, ""), err
    assert err == "peerlens: stopped; nothing is left half done.\n"
    assert kinds(data) == [".gitignore"]
    assert [item.name for item in tmp_path.iterdir()] == ["data"]


def test_without_a_cache(data: Path) -> None:
    process = start("-m", "peerlens", "--no-cache", "check", data)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    assert not (data / ".peerlens").exists()
