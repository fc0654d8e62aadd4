"""The cache from outside: commands that use it, two at a time, and one that is stopped half way."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import peerlens

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


HEAVY = ("pandas", "numpy", "ibis", "duckdb", "sqlglot", "scipy", "sklearn", "matplotlib")
LIGHT = f"""
import sys
from peerlens.cli import main
try:
    main()
finally:
    print(*sorted(set({HEAVY}) & set(sys.modules)), file=sys.stderr)
"""


def run(code_or_module: str, *arguments: str | Path) -> tuple[str, str]:
    """Run a command to its end, as a module or in code of a test; return what it printed."""
    how = ("-m", code_or_module) if code_or_module == "peerlens" else ("-c", code_or_module)
    found = subprocess.run(
        [sys.executable, *how, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={**os.environ, "COLUMNS": "200"},
    )
    assert found.returncode == 0, found.stderr
    return found.stdout, found.stderr


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str]:
    """A small firm, somebody in it with a flag on a tie, and with whom."""
    folder = tmp_path_factory.mktemp("pages") / "firm"
    peerlens.make_firm(seed=3, people=40, weeks=40).write(folder)
    flags = peerlens.Network(peerlens.read(folder)).neglected()
    flags = flags[flags["other_id"].notna() & (flags["severity"] >= 0.1)]
    return folder, str(flags["person_id"].iloc[0]), str(flags["other_id"].iloc[0])


def pages(folder: Path) -> list[Path]:
    """The pages kept."""
    return sorted(folder.glob(".peerlens/pages-*/manifest.json"))


@pytest.mark.parametrize("more", [(), ("--json",), ("--limit", "0")])
def test_asked_again_nothing_heavy_is_imported_and_the_page_is_the_same(
    firm: tuple[Path, str, str], more: tuple[str, ...]
) -> None:
    folder, person, _ = firm
    first, _ = run("peerlens", "audit", folder, "--person", person, *more)
    lines = (folder / ".peerlens" / "audit.csv").read_text().count(f",person,{person},")
    again, heavy = run(LIGHT, "audit", folder, "--person", person, *more)
    assert again == first
    assert heavy == "\n"
    assert (folder / ".peerlens" / "audit.csv").read_text().count(f",person,{person},") == lines + 1
    anew, _ = run("peerlens", "--no-cache", "audit", folder, "--person", person, *more)
    assert anew == first


def test_an_explanation_is_kept_too(firm: tuple[Path, str, str]) -> None:
    folder, person, other = firm
    asked = ("explain", folder, "--person", person, "--other", other)
    first, _ = run("peerlens", *asked)
    assert run(LIGHT, *asked) == (first, "\n")


def test_kept_pages_name_nobody_and_follow_every_change(firm: tuple[Path, str, str], tmp_path: Path) -> None:
    folder = shutil.copytree(firm[0], tmp_path / "firm")
    person, other = firm[1:]
    people = pd.read_csv(folder / "people.csv", dtype="str")
    asked = ("audit", folder, "--person", person)
    before, _ = run("peerlens", *asked)
    kept = "".join(page.read_text(encoding="utf-8") for page in pages(folder))
    assert f'"{other}"' in kept.replace("\\", "")
    assert not [name for name in people["name"] if name in kept or name.split()[0] in kept]

    name = people.set_index("person_id")["name"].to_dict()[other]
    assert name in before
    people.loc[people["person_id"] == other, "name"] = "Zephyrine Quux"
    people.to_csv(folder / "people.csv", index=False)
    renamed, _ = run("peerlens", *asked)
    assert "Zephyrine Quux" in renamed
    as_before = renamed.replace("Zephyrine Quux", name).replace("Zephyrine", name.split()[0])
    assert as_before.split() == before.split()  # columns are as wide as what stands in them

    for page in pages(folder):
        page.write_bytes(page.read_bytes().replace(b"peer ties", b"poor ties"))
    assert run("peerlens", *asked)[0] == renamed
    assert run(LIGHT, *asked) == (renamed, "\n")

    run("peerlens", "verdict", folder, "useful", "--person", person, "--other", other)
    assert run(LIGHT, *asked)[1] != "\n"
    run("peerlens", "verdict", folder, "finished", "--person", person, "--other", other)
    assert "Zephyrine Quux" not in run("peerlens", *asked)[0]
    run("peerlens", "forget", folder)
    assert not pages(folder)


def test_what_only_the_person_may_read_is_not_kept(firm: tuple[Path, str, str], tmp_path: Path) -> None:
    """That somebody has been away for long is said to that person, and stands in no file."""
    folder = shutil.copytree(firm[0], tmp_path / "firm")
    person = firm[1]
    last = pd.Timestamp(peerlens.Network(peerlens.read(folder)).as_of)
    away = [[person, *(f"{last - pd.Timedelta(days=days):%Y-%m-%d}" for days in (90, 3))]]
    pd.DataFrame(away, columns=["person_id", "from_on", "to_on"]).to_csv(folder / "absences.csv", index=False)
    kept = pages(folder)
    said, _ = run("peerlens", "audit", folder, "--person", person)
    assert "Welcome back" in said
    assert pages(folder) == kept
