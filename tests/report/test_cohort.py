"""Reports of several people: only with a release of each, resumed where it stopped."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import peerlens
from peerlens.errors import PeerlensError
from peerlens.records.releases import NotReleased, release_of
from peerlens.report.cohort import MARKS, cohort_of, file_stem, write_cohort
from peerlens.report.crew import make_together
from peerlens.report.handover import hand_over, take_over


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("released")
    peerlens.make_firm(people=60, weeks=26, seed=3).write(place)
    rows = pd.DataFrame(
        {
            "person_id": ["p003", "p004", "p005"],
            "released_to": ["coach@firm.example"] * 3,
            "purpose": ["coaching"] * 3,
            "from_on": ["2026-01-01", "2026-01-01", "2025-01-01"],
            "until_on": ["", "2026-12-31", "2025-12-31"],
        }
    )
    rows.to_csv(place / "released.csv", index=False)
    return place


@pytest.fixture(scope="module")
def network(folder: Path) -> peerlens.Network:
    return peerlens.Network(peerlens.read(folder))


def test_only_those_who_released(network: peerlens.Network, tmp_path: Path) -> None:
    assert cohort_of(network.records, network.as_of, None) == ["p003", "p004"]
    with pytest.raises(NotReleased, match="p005, p006"):
        cohort_of(network.records, network.as_of, ["p005", "p003", "p006"])
    with pytest.raises(NotReleased, match=r"p006 is not on released\.csv"):
        network.person("p006").report(tmp_path / "p006.html")
    assert not list(tmp_path.iterdir())


def test_a_page_says_what_was_released(network: peerlens.Network, tmp_path: Path) -> None:
    text = network.person("p003").report(tmp_path / "p003.html").read_text(encoding="utf-8")
    assert "released to coach@firm.example for coaching" in text
    assert "until 31 Dec 2026" in str(release_of(network.records, "p004", network.as_of))


def test_without_a_list_no_cohort(sample_network: peerlens.Network, tmp_path: Path) -> None:
    assert release_of(sample_network.records, "p003", sample_network.as_of) is None
    with pytest.raises(NotReleased, match=r"add released\.csv"):
        sample_network.report_all(tmp_path / "all")
    assert not (tmp_path / "all").exists()


def test_a_cohort_goes_on_where_it_stopped(network: peerlens.Network, tmp_path: Path) -> None:
    first = network.report_all(tmp_path / "all", processes=2)  # and what one process makes later is the same
    assert [path.name for path in first] == ["p003.html", "p004.html"]
    content = {path.name: path.read_bytes() for path in first}
    stamps = {path.name: path.stat().st_mtime_ns for path in first}
    first[1].unlink()
    told: list[tuple[int, int]] = []
    again = write_cohort(network, tmp_path / "all", done=lambda at, of: told.append((at, of)))
    assert told == [(1, 2), (2, 2)]
    assert again == first
    assert {path.name: path.read_bytes() for path in again} == content
    assert first[0].stat().st_mtime_ns == stamps["p003.html"]
    assert {path.name for path in (tmp_path / "all").iterdir()} == {"p003.html", "p004.html", MARKS}


def test_a_cohort_that_is_broken_off_leaves_whole_pages_and_no_process(
    network: peerlens.Network, tmp_path: Path
) -> None:
    (tmp_path / MARKS).mkdir()
    job = {"folder": str(tmp_path), "suffix": ".html", "share": "self", "mark": "same"}
    making = make_together(network, ["p003", "p004", "p005"], job, processes=1)
    assert next(making) == "p003"
    making.close()  # as Ctrl-C does
    pages = {path.name for path in tmp_path.iterdir()} - {MARKS}
    assert "p003.html" in pages
    assert pages <= {"p003.html", "p004.html"}, "it stops at the next page"
    assert all((tmp_path / name).read_text(encoding="utf-8").endswith("</html>\n") for name in pages)


def test_what_one_process_cannot_do_is_told_to_the_one_that_asked(network: peerlens.Network, tmp_path: Path) -> None:
    job = {"folder": str(tmp_path / "missing"), "suffix": ".html", "share": "self", "mark": "same"}
    with pytest.raises(PeerlensError, match=r"Cannot write p003\.html: the folder .*missing does not exist"):
        list(make_together(network, ["p003"], job, processes=1))


def test_what_is_handed_over_puts_neither_absence_nor_names_on_disk(network: peerlens.Network, tmp_path: Path) -> None:
    names = {person.name for person in network.records.people.itertuples()}
    packed = hand_over(network, tmp_path)
    written = {path.name: pd.read_parquet(path) for path in tmp_path.iterdir()}
    assert len(written) > 3
    for name, rows in written.items():
        assert not [column for column in rows if "away" in column or "name" in column], name
        words = rows.select_dtypes(exclude=["number", "datetime", "bool"])
        assert not [column for column in words if names & set(words[column].dropna().astype(str))], name
    # Both reach the other process all the same.
    there = take_over(packed, tmp_path)
    assert there.ties.clock.away.equals(network.ties.clock.away)
    assert {person.name for person in there.records.people.itertuples()} == names


def test_file_names_are_safe() -> None:
    assert file_stem("p003") == "p003"
    assert "/" not in file_stem("../../etc/passwd")
    assert file_stem("a b") != file_stem("a_b")
    assert len({file_stem(name) for name in ("a.b", "a:b", "a/b", "a b")}) == 4
