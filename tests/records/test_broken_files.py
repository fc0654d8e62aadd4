"""Files that cannot be opened or taken apart: refused in words, and early."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from peerlens.errors import InputError, Problem
from peerlens.records import read

from .conftest import MEETINGS, MESSAGES, PEOPLE

Problems = Callable[..., tuple[Problem, ...]]


def only(problems: tuple[Problem, ...]) -> Problem:
    assert len(problems) == 1, "\n".join(map(str, problems))
    return problems[0]


def place(problem: Problem) -> tuple[str, int | None, str | None]:
    return problem.table, problem.row, problem.column


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("table", ["people", "messages", "absences"])
def test_empty_file(problems: Problems, content: bytes, table: str) -> None:
    problem = only(problems(**{table: content}))
    assert (place(problem), problem.found) == ((f"{table}.csv", None, None), "an empty file")


@pytest.mark.parametrize(("table", "text"), [("people", PEOPLE), ("messages", MESSAGES), ("meetings", MEETINGS)])
def test_header_only(problems: Problems, table: str, text: str) -> None:
    problem = only(problems(**{table: text.splitlines()[0] + "\n"}))
    assert (place(problem), problem.found) == ((f"{table}.csv", None, None), "a header and no rows")


def test_header_only_is_fine_for_optional_tables(write: Callable[..., Path]) -> None:
    records = read(
        write(
            messages=MESSAGES, verdicts="person_id,other_id,verdict\n", absences="person_id,from_on,to_on\n",
            survey="rater,rated,question,value", confidential="pattern\n", released="person_id,released_to,purpose\n",
        )
    )  # fmt: skip
    assert len(records.verdicts) == len(records.absences) == len(records.survey) == 0


@pytest.mark.parametrize(("table", "text"), [("people", PEOPLE), ("messages", MESSAGES)])
def test_unclosed_quote(problems: Problems, table: str, text: str) -> None:
    lines = text.splitlines()
    lines[2] = lines[2].replace(",", ',"', 1)
    problem = only(problems(**{table: "\n".join(lines) + "\n"}))
    assert place(problem) == (f"{table}.csv", 3, None)
    assert "a quote that is not closed" in problem.found
    assert problem.fix == "Close or remove the quote on this line."


@pytest.mark.parametrize(("table", "text"), [("people", PEOPLE), ("messages", MESSAGES)])
def test_every_ragged_line_is_named(problems: Problems, table: str, text: str) -> None:
    lines = text.splitlines()
    found = problems(**{table: "\n".join([lines[0], "only one", lines[1], "a,b,c,d,e", lines[2]])})
    assert [(problem.row, problem.found) for problem in found] == [(2, "1 cell"), (4, "5 cells")]


def test_many_broken_lines_are_counted(problems: Problems) -> None:
    found = problems(messages=MESSAGES + "broken\n" * 100)
    assert len(found) == 21
    assert found[-1].found == "80 more like these"


def test_folder_without_data(tmp_path: Path) -> None:
    (tmp_path / "notes.docx").write_bytes(b"PK\x03\x04")
    (tmp_path / "mail_2024.csv").write_text(MESSAGES)
    with pytest.raises(InputError) as caught:
        read(tmp_path)
    problem = only(caught.value.problems)
    assert problem.found == "no known table among mail_2024.csv, notes.docx"
    assert "people.csv" in problem.expected
    assert "messages.csv" in problem.expected
    assert "mail_2024.csv looks like messages" in problem.fix


def test_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="an empty folder"):
        read(tmp_path)


def test_path_that_does_not_exist(tmp_path: Path) -> None:
    (tmp_path / "export").mkdir()
    with pytest.raises(InputError, match="Did you mean export"):
        read(tmp_path / "exprot")
    with pytest.raises(InputError, match="no such file"):
        read(messages=tmp_path / "x.csv")


def test_nothing_given() -> None:
    with pytest.raises(InputError, match="nothing to read"):
        read()


def test_unknown_keyword_suggests() -> None:
    with pytest.raises(TypeError, match="Did you mean messages"):
        read(mesages="x.csv")  # type: ignore[call-arg]


def test_huge_file_without_a_line_break_is_refused_before_an_engine_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "messages.csv"
    with path.open("wb") as file:
        file.write(b"x" * 2_000_000)
        file.truncate(300_000_000)
    monkeypatch.setattr("peerlens.records.reading.Engine", lambda **_: pytest.fail("an engine was started"))
    with pytest.raises(InputError) as caught:
        read(tmp_path)
    problem = only(caught.value.problems)
    assert problem.found == "no line break in the first megabyte of 300 MB"


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"<!DOCTYPE html><html><body>Sign in</body></html>", "a web page"),
        (b"PK\x03\x04abc", "an Excel workbook"),
        (b"PAR1abc", "a Parquet file"),
        (b"%PDF-1.7", "a PDF"),
        (b'{"value": []}', "JSON"),
        (b"sent_at,sender_id,recipient_id\n2024-03-05,a\x00nn,bob\n", "a zero byte"),
    ],
)
def test_other_things_named_csv(problems: Problems, content: bytes, found: str) -> None:
    assert found in only(problems(messages=content)).found


def test_zero_byte_far_inside(problems: Problems) -> None:
    text = MESSAGES + "2024-03-07T09:00:00Z,ann,bob\n" * 40_000
    problem = only(problems(messages=text.encode() + b"2024-03-07T09:00:00Z,ann,b\x00b\n"))
    assert (problem.row, problem.found) == (40_005, "a zero byte")


def test_parquet_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "messages.parquet").write_text(MESSAGES)
    with pytest.raises(InputError, match="not Parquet"):
        read(tmp_path)


def test_table_in_two_files(write: Callable[..., Path]) -> None:
    folder = write(people=PEOPLE)
    pd.read_csv(folder / "people.csv").to_parquet(folder / "people.parquet")
    with pytest.raises(InputError, match=r"a second time, beside people\.csv"):
        read(folder)


def test_frame_without_rows() -> None:
    with pytest.raises(InputError, match="a header and no rows"):
        read(messages=pd.DataFrame(columns=["sent_at", "from", "to"]))
