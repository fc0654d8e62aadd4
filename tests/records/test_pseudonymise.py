"""Pseudonyms at the door: the same answer, and no name, address or excluded person in any byte that is written."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import peerlens
from peerlens.errors import InputError, PeerlensError
from peerlens.privacy.tokens import token
from peerlens.records.forgotten import MADE_BY, forget_person
from peerlens.records.pseudonymise import pseudonymise

KEY = b"k" * 32


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("source")
    peerlens.make_firm(people=60, weeks=26, seed=4).write(folder)
    messages = pd.read_csv(folder / "messages.csv", dtype=str)
    messages.assign(subject="Secret-Subject-Line").to_csv(folder / "messages.csv", index=False)
    return folder


@pytest.fixture(scope="module")
def written(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made") / "out"
    pseudonymise(peerlens.read(source, exclude=["p007"], cache=False), folder, KEY)
    return folder


def test_nothing_that_tells_who_is_written(source: Path, written: Path) -> None:
    people = pd.read_csv(source / "people.csv", dtype=str)
    content = b"\n".join(path.read_bytes() for path in sorted(written.iterdir()))
    secrets = {*people["name"].dropna(), *people["email"].dropna(), "Secret-Subject-Line", token("p007", KEY)}
    assert len(secrets) > 100
    assert [item for item in secrets if item.encode() in content] == []
    ids = set(people["person_id"])
    for path in written.glob("*.csv"):
        frame = pd.read_csv(path, dtype=str)
        assert not [c for c in frame.columns if frame[c].isin(ids).any()], path.name


def test_the_answer_is_the_same(source: Path, written: Path) -> None:
    plain = peerlens.Network(peerlens.read(source, exclude=["p007"], cache=False)).neglected()
    coded = peerlens.Network(peerlens.read(written, cache=False)).neglected()
    columns = ["person_id", "other_id", "kind", "severity"]
    expected = plain[columns].assign(
        person_id=plain["person_id"].map(lambda item: token(item, KEY)),
        other_id=plain["other_id"].map(lambda item: token(item, KEY), na_action="ignore"),
    )
    order = ["person_id", "kind", "other_id", "severity"]
    left = expected.sort_values(order, ignore_index=True)
    right = coded[columns].sort_values(order, ignore_index=True)
    assert len(left) > 5
    pd.testing.assert_frame_equal(left, right, check_dtype=False)


def test_a_missing_column_writes_nothing(source: Path, tmp_path: Path) -> None:
    records = peerlens.read(source, cache=False)
    with pytest.raises(InputError, match="no such column"):
        pseudonymise(records, tmp_path / "out", KEY, also=["people.departmnet"])
    assert list(tmp_path.iterdir()) == []
    pseudonymise(records, tmp_path / "out", KEY, also=["people.department"])
    hidden = set(pd.read_csv(tmp_path / "out" / "people.csv")["department"].dropna())
    assert hidden == {token(name, KEY) for name in records.people["department"].dropna().unique()}
    with pytest.raises(PeerlensError, match="something already"):
        pseudonymise(records, tmp_path / "out", KEY)


def test_a_person_is_forgotten_in_what_peerlens_made(written: Path, tmp_path: Path) -> None:
    import shutil

    folder = tmp_path / "copy"
    shutil.copytree(written, folder)
    person = token("p003", KEY)
    assert person.encode() in (folder / "messages.csv").read_bytes()
    gone = forget_person(folder, person)
    assert gone.rows["messages.csv"] > 0
    assert gone.is_in_sources == ()
    assert all(person.encode() not in path.read_bytes() for path in folder.iterdir() if path.is_file())
    assert (folder / MADE_BY).is_file()
    assert person not in set(peerlens.read(folder, cache=False).people["person_id"])


def test_the_user_s_own_files_are_never_changed(source: Path, tmp_path: Path) -> None:
    import shutil

    folder = tmp_path / "copy"
    shutil.copytree(source, folder)
    (folder / "verdicts.csv").write_text("person_id,other_id,verdict,until_on\np001,p003,useful,\np001,p004,useful,\n")
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix == ".csv"}
    gone = forget_person(folder, "p003")
    after = {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix == ".csv"}
    assert [name for name in before if before[name] != after[name]] == ["verdicts.csv"]
    assert gone.rows == {"verdicts.csv": 1}
    assert {"messages.csv", "people.csv"} <= set(gone.is_in_sources)
    assert "exclude" in str(gone)
