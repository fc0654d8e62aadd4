"""What the owner of an export fills in by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from peerlens.errors import InputError
from peerlens.records import read
from peerlens.records.completion import COLUMNS, FILE, write_form

MAIL = "sent_at,sender_id,recipient_id\n2024-03-04T09:00:00Z,ana@x,ben@x\n2024-03-05T09:00:00Z,cyd@x,ana@x\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three people, by address and name."""
    (tmp_path / "messages.csv").write_text(MAIL)
    (tmp_path / "people.csv").write_text("person_id,name,email\nana@x,Ana,ana@x\nben@x,Ben B,ben@x\ncyd@x,,cyd@x\n")
    return tmp_path


def form(*rows: str) -> str:
    return "\n".join([",".join(COLUMNS), *rows, ""])


def test_a_form_nobody_filled_changes_nothing(folder: Path) -> None:
    before = read(folder)
    write_form(
        folder / FILE, [{"name": "Ana", "address": "ana@x", "relationship": "me"}, {"name": "=B", "address": "ben@x"}]
    )
    assert "'=B,ben@x" in (folder / FILE).read_text(encoding="utf-8-sig")
    after = read(folder)
    assert after.people.equals(before.people)
    assert after.fingerprint == before.fingerprint


def test_departments_managers_and_standing(folder: Path) -> None:
    rows = ("Ana,ana@x,,Sales,,me", '"B, Ben",,2,Ops,,manager', ",cyd@x,1,,,Report")
    (folder / FILE).write_text(form(*rows).replace(",", ";").replace('"B; Ben"', '"B, Ben"'))
    records = read(folder)
    people = (
        records.people.set_index("person_id")[["department", "level", "manager_id"]]
        .astype(object)
        .where(lambda f: f.notna(), None)
    )
    assert people.loc["ana@x"].tolist() == ["Sales", "same", "ben@x"]
    assert people.loc["ben@x"].tolist() == ["Ops", "above", None]
    assert people.loc["cyd@x"].tolist() == [None, "below", "ana@x"]
    assert records.settings.ties.level_order == ("above", "same", "below")
    assert any("3 people completed by hand" in note for note in records.account.assumptions)


def test_departments_alone_leave_everybody_a_colleague(folder: Path) -> None:
    (folder / FILE).write_text(form("Ana,ana@x,,Sales,,me", "Ben,ben@x,2,Ops,,"))
    records = read(folder)
    assert records.people["level"].isna().all()
    assert records.people["department"].notna().sum() == 2


def test_a_form_is_never_overwritten(folder: Path) -> None:
    (folder / FILE).write_text("mine")
    write_form(folder / FILE, [])
    assert (folder / FILE).read_text() == "mine"


def test_a_word_that_means_nothing(folder: Path) -> None:
    (folder / FILE).write_text(form("Ben,ben@x,2,,,manger"))
    with pytest.raises(InputError, match="Did you mean manager"):
        read(folder)
