"""People tables of six products."""

from __future__ import annotations

from pathlib import Path

import pytest

from .reading import SAMPLES, assert_exact, converted, written


def _people(name: str) -> dict[str, dict[str, str]]:
    rows, _ = converted(SAMPLES / name)
    return {row["person_id"]: row for row in rows["people"]}


def test_workday_has_titles_before_the_header_and_managers_by_name() -> None:
    people = _people("workday.csv")
    assert {key: row.get("manager_id") for key, row in people.items()} == {
        "000123": "000125",
        "000124": "000123",
        "000125": None,
        "000126": None,
    }
    assert people["000124"] == {
        "person_id": "000124",
        "name": "Bo Li",
        "email": "bo@firm.example",
        "department": "Platform Eng",
        "level": "6 Professional",
        "manager_id": "000123",
        "joined_on": "2019-02-15",
    }
    _, tally = converted(SAMPLES / "workday.csv")
    assert_exact(tally, rows=5, kept=4, drops={"row without a person": 1})
    assert "managers left out, not being in the table: 1" in tally.notes


def test_workday_without_a_manager_column_names_who_leads_the_organization(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "w.csv",
        [
            "Employee ID;Worker;Supervisory Organization;Work Email",
            "1;Ana Ruiz;Sales (Cy Diaz);ana@x.example",
            "2;Bo Li;Sales EMEA (Ana Ruiz);bo@x.example",
            "3;Cy Diaz;Sales (Cy Diaz);cy@x.example",
        ],
        encoding="utf-16",
    )
    rows, _ = converted(path)
    found = {row["person_id"]: (row["department"], row.get("manager_id")) for row in rows["people"]}
    assert found == {"1": ("Sales", "3"), "2": ("Sales EMEA", "1"), "3": ("Sales", None)}


def test_leave_is_left_out_of_names_and_zeros_stay(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "w.csv",
        [
            "Employee ID;Worker;Worker's Manager;Job Profile;Hire Date;Email - Work",
            '="00123";Ana Ruiz (On Leave);Cy Díaz (00125);Y;31.01.2015;ana@x.example',
            '="00124";Okafor, Ben;Ana Ruiz (On Leave);Y;15.02.2019;ben@x.example',
            '="00125";Cy Díaz;;Y;01.03.2010;ANA@x.example',
        ],
        encoding="cp1252",
    )
    rows, tally = converted(path)
    found = {row["person_id"]: (row["name"], row.get("email"), row.get("manager_id")) for row in rows["people"]}
    assert found == {
        "00123": ("Ana Ruiz", None, "00125"),
        "00124": ("Ben Okafor", "ben@x.example", "00123"),
        "00125": ("Cy Díaz", None, None),
    }
    assert tally.notes == ["addresses left out, two people having them: 1"]


def test_bamboohr_names_turned_round_and_names_of_two() -> None:
    people = _people("bamboohr.csv")
    assert {key: row.get("manager_id") for key, row in people.items()} == {
        "007": None,
        "008": "007",
        "009": "007",
        "010": None,  # two people are called Bo Li
    }
    _, tally = converted(SAMPLES / "bamboohr.csv")
    assert tally.notes == ["managers left out, several people having the name: 1"]


def test_entra_leaves_out_guests_and_rooms() -> None:
    people = _people("entra_users.csv")
    assert {key: row["name"] for key, row in people.items()} == {
        "ana@firm.example": "Ana Ruiz",
        "bo@firm.example": "Bo Li",
    }
    _, tally = converted(SAMPLES / "entra_users.csv")
    assert_exact(tally, rows=4, kept=2, drops={"guest account": 1, "disabled account without a job": 1})


def test_a_formula_in_a_name_is_no_formula_in_ours(tmp_path: Path) -> None:
    path = written(tmp_path, "e.csv", ["userPrincipalName,displayName,id,department", "a@x.example,=1+3,0f,@SUM(A1)"])
    rows, _ = converted(path)
    assert [(row["name"], row["department"]) for row in rows["people"]] == [("'=1+3", "'@SUM(A1)")]


def test_google_takes_department_else_the_org_unit() -> None:
    people = _people("google_users.csv")
    assert {key: (row["department"], row.get("manager_id")) for key, row in people.items()} == {
        "ana@firm.example": ("EMEA", None),
        "bo@firm.example": ("Direct Sales", "ana@firm.example"),
    }


def test_viva_keeps_history_and_only_real_zones() -> None:
    rows, _ = converted(SAMPLES / "viva_org_data.csv")
    found = [(r["person_id"], r["department"], r["valid_from_on"], r.get("timezone")) for r in rows["people"]]
    assert found == [
        ("ana@firm.example", "Sales", "2024-01-01", None),
        ("bo@firm.example", "Sales", "2024-01-01", "Europe/Lisbon"),
        ("bo@firm.example", "Support", "2024-04-01", "Europe/Lisbon"),
    ]


def test_padded_ids_spaces_and_trailing_commas() -> None:
    rows, tally = converted(SAMPLES / "hris_snapshot.csv")
    assert [(r["person_id"], r.get("manager_id"), r.get("left_on")) for r in rows["people"]] == [
        ("0001", None, None),
        ("0002", "0001", "2024-02-01"),
    ]
    assert "one snapshot, applied to the past" in tally.notes


@pytest.mark.parametrize("second", ["2,b@x.example,Bo,Sales", "1,a@x.example,Ana,Support", "1,a@x.example,Ana,Sales"])
def test_a_person_twice_is_there_once(tmp_path: Path, second: str) -> None:
    lines = ["Employee ID,Work Email,Worker,Business Title", "1,a@x.example,Ana,Sales", second]
    rows, tally = converted(written(tmp_path, "w.csv", lines))
    ids = [row["person_id"] for row in rows["people"]]
    assert len(ids) == len(set(ids))
    assert tally.kept == len(ids)
    assert tally.rows == 2
