"""Each kind of bad input: which file, line, column and value is named, and what to do; nothing else is reported."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from peerlens.errors import InputError, Problem, SettingsError
from peerlens.records import read

from .conftest import MEETINGS, MESSAGES, PEOPLE

Problems = Callable[..., tuple[Problem, ...]]


def only(problems: tuple[Problem, ...]) -> Problem:
    assert len(problems) == 1, "\n".join(map(str, problems))
    return problems[0]


def place(problem: Problem) -> tuple[str, int | None, str | None]:
    return problem.table, problem.row, problem.column


def test_missing_column_suggests_the_nearest_header(problems: Problems) -> None:
    problem = only(problems(messages=MESSAGES.replace("sent_at", "sent_att")))
    assert place(problem) == ("messages.csv", 1, "sent_at")
    assert problem.found == "no such column"
    assert "Did you mean sent_att?" in problem.fix


def test_missing_one_of_two_alternatives(problems: Problems) -> None:
    problem = only(problems(messages="sent_at,sender_id\n2024-03-05T09:00:00Z,ann\n"))
    assert place(problem) == ("messages.csv", 1, "recipient_id or recipient_ids")


def test_column_twice(problems: Problems) -> None:
    problem = only(problems(people="person_id,department,department\nann,sales,x\n"))
    assert place(problem) == ("people.csv", 1, "department")
    assert "places 2 and 3" in problem.found


@pytest.mark.parametrize("value", ["05/03/2024 09:00", "2024-02-30T09:00:00Z", "yesterday", "1709629200"])
def test_wrong_instant(problems: Problems, value: str) -> None:
    problem = only(problems(messages=MESSAGES.replace("2024-03-06T10:30:00Z", value)))
    assert place(problem) == ("messages.csv", 4, "sent_at")
    assert problem.found == repr(value)
    assert "2024-03-05T14:00:00Z" in problem.expected
    assert "never guessed" in problem.fix


def test_empty_instant(problems: Problems) -> None:
    problem = only(problems(messages=MESSAGES.replace("2024-03-06T10:30:00Z", "")))
    assert (place(problem), problem.found) == (("messages.csv", 4, "sent_at"), "an empty cell")


def test_wrong_meeting_end(problems: Problems) -> None:
    problem = only(problems(meetings=MEETINGS.replace("2024-03-06T09:30:00Z", "noon")))
    assert (place(problem), problem.found) == (("meetings.csv", 3, "ended_at"), "'noon'")


def test_wrong_day(problems: Problems) -> None:
    problem = only(problems(people="person_id,joined_on\nann,2024-01-01\nbob,31.1.2024\n"))
    assert (place(problem), problem.found) == (("people.csv", 3, "joined_on"), "'31.1.2024'")
    assert "year-month-day" in problem.fix


def test_wrong_number(problems: Problems) -> None:
    problem = only(problems(people=PEOPLE, survey="rater,rated,question,value\nann,bob,advice,often\n"))
    assert (place(problem), problem.found) == (("survey.csv", 2, "value"), "'often'")


def test_wrong_flag(problems: Problems) -> None:
    text = "sent_at,sender_id,recipient_id,is_ask\n2024-03-05T09:00:00Z,ann,bob,yes\n2024-03-06,ann,bob,perhaps\n"
    problem = only(problems(messages=text))
    assert (place(problem), problem.found) == (("messages.csv", 3, "is_ask"), "'perhaps'")


def test_end_before_start(problems: Problems) -> None:
    problem = only(problems(meetings=MEETINGS.replace("2024-03-06T09:30:00Z", "2024-03-06T08:30:00Z")))
    assert (place(problem), problem.found) == (("meetings.csv", 3, "ended_at"), "'2024-03-06T08:30:00Z'")
    assert "after the start" in problem.expected


def test_end_before_start_in_utc_only(problems: Problems) -> None:
    text = "meeting_id,start,end,attendee\nm,2024-03-05T10:00:00+01:00,2024-03-05T10:30:00+02:00,ann\n"
    assert place(only(problems(meetings=text))) == ("meetings.csv", 2, "ended_at")


def test_meeting_without_id(problems: Problems) -> None:
    problem = only(problems(meetings=MEETINGS.replace("m2,", ",")))
    assert (place(problem), problem.found) == (("meetings.csv", 3, "meeting_id"), "an empty cell")


def test_manager_cycle_names_the_ids(problems: Problems) -> None:
    problem = only(problems(people="person_id,manager\nann,bob\nbob,cat\ncat,ann\ndan,ann\n"))
    assert place(problem) == ("people.csv", 2, "manager_id")
    assert problem.found == "a circle: ann → bob → cat → ann"
    assert "Correct the manager" in problem.fix


@pytest.mark.parametrize("levels", [5, 100])
def test_a_chart_of_many_levels_is_no_cycle_and_hides_none(
    write: Callable[..., Path], problems: Problems, levels: int
) -> None:
    chain = "".join(f"n{at},n{at + 1}\n" for at in range(levels))
    assert len(read(write(people=f"person_id,manager\n{chain}n{levels},\n", messages=MESSAGES)).people) == levels + 1
    found = only(problems(people=f"person_id,manager\n{chain}n{levels},x\nx,y\ny,x\nbelow,x\n")).found
    assert found == "a circle: x → y → x"


def test_managers_who_change_places_are_no_cycle(write: Callable[..., Path]) -> None:
    people = (
        "person_id,manager_id,valid_from,valid_to\nann,bob,,2024-01-31\nbob,,,2024-01-31\n"
        "ann,,2024-02-01,\nbob,ann,2024-02-01,\n"
    )
    records = read(write(people=people, messages=MESSAGES))
    assert len(records.people) == 4


def test_cycle_on_some_days_only(problems: Problems) -> None:
    people = "person_id,manager_id,valid_from,valid_to\nann,bob,,2024-01-31\nbob,,,2024-01-09\nbob,ann,2024-01-10,\n"
    assert only(problems(people=people)).found == "a circle: ann → bob → ann"


def test_overlapping_validity_names_both_lines(problems: Problems) -> None:
    people = "person_id,valid_from_on,valid_to_on\nann,2024-01-01,2024-06-30\nbob,,\nann,2024-06-30,\n"
    problem = only(problems(people=people))
    assert place(problem) == ("people.csv", 4, "valid_from_on")
    assert "'ann' from 2024-06-30, while line 2 holds until 2024-06-30" in problem.found
    assert "End line 2" in problem.fix


def test_overlap_with_a_row_that_is_not_the_one_before(problems: Problems) -> None:
    people = (
        "person_id,valid_from_on,valid_to_on\nann,2024-01-01,2024-12-31\nann,2024-02-01,2024-02-10\n"
        "ann,2024-06-01,2024-07-01\n"
    )
    assert [problem.row for problem in problems(people=people)] == [3, 4]


def test_same_person_twice_without_validity_names_both_lines(problems: Problems) -> None:
    problem = only(problems(people="person_id,department\nann,sales\nbob,sales\nann,support\n"))
    assert place(problem) == ("people.csv", 4, "person_id")
    assert "'ann'" in problem.found
    assert "line 2" in problem.found
    assert "valid_from_on" in problem.fix


def test_validity_ends_before_it_starts(problems: Problems) -> None:
    problem = only(problems(people="person_id,valid_from_on,valid_to_on\nann,2024-02-01,2024-01-01\n"))
    assert place(problem) == ("people.csv", 2, "valid_to_on")


def test_address_of_two_people(problems: Problems) -> None:
    problem = only(problems(people="person_id,email\nann,A@x.example\nbob,a@X.example\n"))
    assert place(problem) == ("people.csv", 3, "email")
    assert "line 2" in problem.found


def test_person_without_id(problems: Problems) -> None:
    problem = only(problems(people="person_id,department\nann,sales\n,support\n"))
    assert (place(problem), problem.found) == (("people.csv", 3, "person_id"), "an empty cell")


def test_unknown_verdict(problems: Problems) -> None:
    problem = only(problems(people=PEOPLE, verdicts="person_id,other_id,verdict\nann,bob,finnished\n"))
    assert (place(problem), problem.found) == (("verdicts.csv", 2, "verdict"), "'finnished'")
    assert "Did you mean finished" in problem.fix


def test_unknown_account_kind(problems: Problems) -> None:
    problem = only(problems(people=PEOPLE, accounts="account_id,kind\nsales@x,lst\n"))
    assert (place(problem), problem.found) == (("accounts.csv", 2, "kind"), "'lst'")
    assert "Did you mean list" in problem.fix


def test_absence_ends_before_it_starts(problems: Problems) -> None:
    problem = only(problems(people=PEOPLE, absences="person,from,to\nann,2024-03-02,2024-03-01\n"))
    assert place(problem) == ("absences.csv", 2, "to_on")
    assert "before from_on 2024-03-02" in problem.found


def test_many_wrong_cells_are_counted(problems: Problems) -> None:
    found = problems(messages=MESSAGES + "never,ann,bob\n" * 332)
    assert len(found) == 21
    assert [problem.row for problem in found[:3]] == [5, 6, 7]
    assert found[-1].found == "312 more like these"


def test_several_faults_are_told_together(problems: Problems) -> None:
    found = problems(
        people="person_id,joined_on\nann,soon\nann,2024-01-01\n",
        messages=MESSAGES.replace("2024-03-06T10:30:00Z", "later"),
        meetings=MEETINGS.replace("2024-03-06T09:30:00Z", "2024-03-06T08:30:00Z"),
        accounts="account,typ\nx,list\n",
        verdicts="",
    )
    assert sorted((item.table, item.row, item.column) for item in found if item.row is not None) == [
        ("accounts.csv", 1, "kind"),
        ("meetings.csv", 3, "ended_at"),
        ("messages.csv", 4, "sent_at"),
        ("people.csv", 2, "joined_on"),
        ("people.csv", 3, "person_id"),
    ]
    assert [item.table for item in found if item.row is None] == ["verdicts.csv"]


def test_unknown_timezone(write: Callable[..., Path]) -> None:
    with pytest.raises(InputError) as caught:
        read(write(messages=MESSAGES), timezone="Europe/Lisboa")
    problem = only(caught.value.problems)
    assert problem.found == "'Europe/Lisboa'"
    assert "Europe/Lisbon" in problem.fix


def test_unknown_setting(write: Callable[..., Path]) -> None:
    folder = write(messages=MESSAGES)
    (folder / "peerlens.toml").write_text("[read]\ntime_zone = 'UTC'\n")
    with pytest.raises(SettingsError, match="timezone"):
        read(folder)


def test_wrong_cell_of_a_frame_names_its_row() -> None:
    frame = pd.DataFrame({"sent_at": ["2024-03-05", "soon"], "from": ["a", "b"], "to": ["b", "a"]})
    with pytest.raises(InputError) as caught:
        read(messages=frame)
    assert place(only(caught.value.problems)) == ("messages (DataFrame)", 3, "sent_at")
