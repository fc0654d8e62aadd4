"""Ties kept beside the data are the very same ties, are never stale, and say nothing of who was away."""

from __future__ import annotations

import dataclasses
import errno
import io
import shutil
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest

import peerlens
from peerlens.lenses import LENSES
from peerlens.lenses.neglect.flags import find_flags
from peerlens.network import Network
from peerlens.records import forget, read
from peerlens.records.verdicts import add_verdict
from peerlens.settings import Settings
from peerlens.ties import Ties, make_keeper
from peerlens.ties.keeper import _as_parquet, _from_parquet, _types

KEYS = {
    "sides": ["person_no", "other_no"],
    "candidates": ["person_no", "other_no"],
    "reach": ["person_no", "other_department"],
}


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small made-up firm on disk, with somebody on leave, read once and its ties measured."""
    folder = tmp_path_factory.mktemp("kept") / "firm"
    peerlens.make_firm(seed=3, people=40, weeks=40).write(folder)
    assert len(Network(read(folder)).ties.persons)
    return folder


def tables(ties: Ties) -> dict[str, pd.DataFrame]:
    """All that is measured, in an order of its own."""
    return {name: ties.engine.frame(getattr(ties, name).order_by(by)) for name, by in KEYS.items()}


def refuse(*_: object, **__: object) -> None:
    """Stand in for measuring."""
    pytest.fail("ties were measured again")


def disk_is_full(*_: object, **__: object) -> None:
    """Stand in for writing."""
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_second_run_measures_nothing_and_answers_the_same(firm: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fresh = Network(read(firm, cache=False)).ties
    monkeypatch.setattr("peerlens.ties.ties.measure_ties", refuse)
    kept = Network(read(firm)).ties
    for name, table in tables(fresh).items():
        pd.testing.assert_frame_equal(tables(kept)[name], table)
    pd.testing.assert_frame_equal(kept.persons, fresh.persons)
    pd.testing.assert_frame_equal(kept.to_pandas(), fresh.to_pandas())
    assert kept.quiet_note == fresh.quiet_note
    for item in dataclasses.fields(fresh.calibration):
        ours, theirs = (getattr(ties.calibration, item.name) for ties in (kept, fresh))
        if isinstance(theirs, pd.DataFrame):
            pd.testing.assert_frame_equal(ours, theirs)
        else:
            assert ours == theirs or (ours != ours and theirs != theirs)


def test_what_lenses_measure_is_kept_too(firm: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = Network(read(firm)).ties
    person = str(first.persons["person_id"].iloc[0])
    lenses = [lens for lens in LENSES.values() if not lens.lacks(first)]
    frames = {lens.name: lens.measured(first) for lens in lenses}
    flags = find_flags(first, person_id=person)
    again = Network(read(firm)).ties
    for lens in lenses:
        monkeypatch.setattr(type(lens), "measure", refuse)
        pd.testing.assert_frame_equal(lens.measured(again), frames[lens.name])
    monkeypatch.setattr("peerlens.lenses.neglect.flags._find", refuse)
    pd.testing.assert_frame_equal(find_flags(again, person_id=person).table, flags.table)
    pd.testing.assert_frame_equal(find_flags(again, person_id=person).not_flagged, flags.not_flagged)


def test_flags_of_everybody_are_kept_as_they_were_found(
    firm: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh = find_flags(Network(read(firm, cache=False)).ties)
    first = find_flags(Network(read(firm)).ties)
    pd.testing.assert_frame_equal(first.table, fresh.table, check_exact=True)
    again = Network(read(firm)).ties
    with monkeypatch.context() as patch:
        patch.setattr("peerlens.lenses.neglect.flags._find", refuse)
        kept = find_flags(again)
    pd.testing.assert_frame_equal(kept.table, fresh.table, check_exact=True)
    pd.testing.assert_frame_equal(kept.not_flagged, fresh.not_flagged)

    # Another threshold, another day and an answer are other flags.
    strict = Settings(neglect=(("fading", (("min_contact_days", 1_000),)),))
    assert "fading" in set(fresh.table["kind"])
    assert "fading" not in set(Network(read(firm, settings=strict)).neglected()["kind"])
    shutil.copytree(firm, tmp_path / "firm")
    flag = fresh.table[fresh.table["other_id"].notna()].iloc[0]
    own = {"person_id": str(flag["person_id"]), "other_id": str(flag["other_id"])}
    add_verdict(tmp_path / "firm", **own, verdict="finished", until_on=date(2030, 1, 1))
    left = Network(read(tmp_path / "firm")).neglected()
    assert len(left[(left["person_id"] == own["person_id"]) & (left["other_id"] == own["other_id"])]) == 0


ODD = {
    "nan only": pd.Series([float("nan")] * 3, dtype="object"),
    "truths": pd.Series([True, float("nan"), False], dtype="object"),
    "texts": pd.Series(["a", None, ""], dtype="str"),
    "days": pd.Series(["2026-01-01", None, "2026-02-01"], dtype="datetime64[s]"),
    "numbers": [0.1 + 0.2, float("nan"), -0.0],
    "small": pd.Series([1, 2, 3], dtype="int8"),
}


def test_frames_come_back_as_they_were_or_are_not_kept() -> None:
    frame = pd.DataFrame(ODD)
    for columns in ([*ODD], *([name] for name in ODD)):
        content = _as_parquet(frame[columns])
        assert content is not None, columns
        back = _from_parquet(io.BytesIO(content), dict(sorted(_types(frame[columns]).items())))
        pd.testing.assert_frame_equal(back, frame[columns], check_exact=True)
        for name in back.select_dtypes("object"):
            assert [type(cell) for cell in back[name]] == [type(cell) for cell in frame[name]], name
    for lost in (
        [None, float("nan"), 3],
        [None, None, None],
        [1, "a", 2.5],
        [1, True, None],
        [(1, 2), None, (3,)],
        [{"a"}, None, None],
    ):
        assert _as_parquet(pd.DataFrame({"lost": pd.Series(lost, dtype="object")})) is None
    assert _as_parquet(frame.set_index(pd.Index([3, 1, 2]))) is None


def key(folder: Path, *, as_of: date | None = None, settings: Settings | None = None) -> str:
    """What ties of a folder are found by."""
    records = read(folder)
    assert records.as_of is not None
    keeper = make_keeper(records, as_of=as_of or records.as_of, settings=settings or Settings())
    assert keeper is not None
    return keeper.key


def test_whatever_bears_on_ties_is_in_their_key(firm: Path, tmp_path: Path) -> None:
    shutil.copytree(firm, tmp_path / "firm")
    folder, keys = tmp_path / "firm", [key(firm)]
    last = read(folder).as_of
    assert last is not None
    keys.append(key(folder, as_of=last - timedelta(days=7)))
    slow = dataclasses.replace(Settings().ties, half_life_days=20.0)
    keys.append(key(folder, settings=dataclasses.replace(Settings(), ties=slow)))
    away = [["p001", (last - timedelta(days=30)).isoformat(), last.isoformat()]]
    pd.DataFrame(away, columns=["person_id", "from_on", "to_on"]).to_csv(folder / "absences.csv", index=False)
    keys.append(key(folder))
    people = pd.read_csv(folder / "people.csv", dtype="str")
    people.loc[0, "level"] = people["level"].iloc[-1]
    people.to_csv(folder / "people.csv", index=False)
    keys.append(key(folder))
    assert len(set(keys)) == len(keys)


def test_an_absence_told_later_counts(firm: Path, tmp_path: Path) -> None:
    shutil.copytree(firm, tmp_path / "firm")
    folder = tmp_path / "firm"
    before, last = tables(Network(read(folder)).ties), read(folder).as_of
    assert last is not None
    people = pd.read_csv(folder / "people.csv")["person_id"]
    rows = [[person, (last - timedelta(days=30)).isoformat(), last.isoformat()] for person in people[:5]]
    pd.DataFrame(rows, columns=["person_id", "from_on", "to_on"]).to_csv(folder / "absences.csv", index=False)
    kept, anew = (tables(Network(read(folder, cache=cache)).ties) for cache in (True, False))
    assert not kept["sides"].equals(before["sides"])
    for name in KEYS:
        pd.testing.assert_frame_equal(kept[name], anew[name])


def test_an_answer_to_a_flag_measures_no_tie_again_and_holds(
    firm: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(firm, tmp_path / "firm")
    folder = tmp_path / "firm"
    flags = Network(read(folder)).neglected()
    flag = flags[flags["other_id"].notna()].iloc[0]
    person, other = str(flag["person_id"]), str(flag["other_id"])
    assert other in set(find_flags(Network(read(folder)).ties, person_id=person).table["other_id"])
    add_verdict(folder, person_id=person, other_id=other, verdict="finished", until_on=date(2030, 1, 1))
    monkeypatch.setattr("peerlens.ties.ties.measure_ties", refuse)
    assert other not in set(find_flags(Network(read(folder)).ties, person_id=person).table["other_id"])


def test_a_damaged_entry_is_made_again(firm: Path, tmp_path: Path) -> None:
    shutil.copytree(firm, tmp_path / "firm")
    folder = tmp_path / "firm"
    expected = tables(Network(read(folder)).ties)
    damaged = list(folder.glob(".peerlens/ties-*/pairs.parquet"))
    assert damaged
    for file in damaged:
        file.write_bytes(file.read_bytes()[:-100])
    for name, table in tables(Network(read(folder)).ties).items():
        pd.testing.assert_frame_equal(table, expected[name])


def test_ties_are_the_same_where_nothing_can_be_written(
    firm: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(firm, tmp_path / "firm")
    folder = tmp_path / "firm"
    last = read(folder).as_of
    assert last is not None
    day = last - timedelta(days=14)
    anew = tables(Network(read(folder, cache=False), as_of=day).ties)
    network = Network(read(folder), as_of=day)
    monkeypatch.setattr(network.records.engine, "write_parquet", disk_is_full)
    for name, table in tables(network.ties).items():
        pd.testing.assert_frame_equal(table, anew[name])
    assert {entry.name for entry in folder.glob(".peerlens/ties-*")} == {
        entry.name for entry in firm.glob(".peerlens/ties-*")
    }


def test_nothing_kept_says_who_was_away_or_what_anybody_is_called(firm: Path) -> None:
    ties = Network(read(firm)).ties
    people = list(ties.persons["person_id"])
    for person in people[:5]:
        find_flags(ties, person_id=person)
    everybody = find_flags(ties).table
    assert {len(pd.read_parquet(file)) for file in firm.glob(".peerlens/flags-*/table.parquet")} >= {len(everybody)}
    kept = [file for file in (firm / ".peerlens").rglob("*.parquet") if "records-" not in str(file)]
    frames = [pd.read_parquet(file) for file in kept]
    columns = {column for frame in frames for column in frame}
    assert {"silence", "is_open_a", "kind"} <= columns
    assert not columns & {"is_away", "back_after_long_away", "from_day", "to_day", "coverage", "at_work", "w0"}
    cells = {cell for frame in frames for column in frame.select_dtypes(["str", "object"]) for cell in frame[column]}
    assert cells & set(people)
    assert not cells & set(ties.persons["name"].dropna())


def test_forgetting_takes_ties_along(firm: Path, tmp_path: Path) -> None:
    shutil.copytree(firm, tmp_path / "firm")
    assert list((tmp_path / "firm" / ".peerlens").glob("ties-*"))
    forget(tmp_path / "firm")
    assert not list((tmp_path / "firm").glob(".peerlens/ties-*"))
