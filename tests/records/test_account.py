"""The account: what it says, and that it names nobody."""

from __future__ import annotations

from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

from peerlens.records import read

from .conftest import MEETINGS, MESSAGES

PEOPLE = "person_id,name,email,shoe size\nann,Ann Arbour,ann@x,38\nbob,Bob <b>,bob@x,44\nzed,Zed,zed@x,50\n"


def test_account_says_what_was_read(write: Callable[..., Path]) -> None:
    folder = write(people=PEOPLE, messages=MESSAGES, meetings=MEETINGS)
    (folder / "notes.txt").write_text("hello")
    account = read(folder).account
    assert [(item.name, item.table, item.format) for item in account.sources] == [
        ("people.csv", "people", "CSV, UTF-8, comma"),
        ("meetings.csv", "meetings", "CSV, UTF-8, comma"),
        ("messages.csv", "messages", "CSV, UTF-8, comma"),
    ]
    assert (account.people, account.people_matched, account.people_unmatched, account.people_never_seen) == (3, 2, 1, 1)
    assert (account.sources[1].lines_read, account.sources[1].rows_read, account.sources[1].rows_added) == (2, 4, 1)
    text = str(account)
    assert "people.csv: not read: shoe size" in text
    assert "files not read: notes.txt" in text
    frame = account.to_frame()
    assert list(frame.columns) == ["source", "fate", "rows"]
    assert frame.query("source == 'meetings.csv' and fate == 'read'")["rows"].tolist() == [4]


def test_account_names_nobody(write: Callable[..., Path]) -> None:
    account = read(write(people=PEOPLE, messages=MESSAGES), exclude=["bob"]).account
    for shown in (str(account), account._repr_html_(), repr(account), account.to_frame().to_csv()):
        for name in ("Ann", "Arbour", "Bob", "Zed", "ann@x", "bob", "zed"):
            assert name not in shown


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_account_in_a_notebook(write: Callable[..., Path]) -> None:
    records = read(write(people=PEOPLE.replace("shoe size", "<script>alert(1)</script>"), messages=MESSAGES))
    page = records._repr_html_()
    parser = _Tags()
    parser.feed(page)
    assert not parser.open
    assert not {"script", "link", "img", "style", "iframe"} & set(parser.tags)
    assert parser.tags.count("caption") == parser.tags.count("table") == 2
    assert "&lt;script&gt;" in page
    assert "http" not in page


def test_confidants_are_hinted_at_by_number(write: Callable[..., Path]) -> None:
    account = read(write(messages=MESSAGES + "2024-03-07T09:00:00Z,ann,betriebsrat@x\n")).account
    note = next(item for item in account.assumptions if "confidential.csv" in item)
    assert note.endswith("1 ids seen look like such")


def test_nothing_is_left_in_the_temporary_folder(write: Callable[..., Path], tmp_path: Path, monkeypatch) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    read(write(messages=MESSAGES.encode("utf-16")))
    assert list(scratch.iterdir()) == []
