"""The page: one file that loads nothing, escapes everything, and keeps to the words of the product."""

from __future__ import annotations

import dataclasses
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from peerlens.draw import LIGHT
from peerlens.draw.theme import contrast
from peerlens.errors import PeerlensError
from peerlens.records import Account
from peerlens.report import make_outline, render, write_report
from peerlens.report.method import PRIVACY
from peerlens.report.outline import Outline
from peerlens.schema import SCHEMA_VERSION
from peerlens.ties import Ties


class Reading(HTMLParser):
    """Collects attributes, tags, and the text people see."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.hidden = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.hidden += tag in {"style", "script"}

    def handle_endtag(self, tag: str) -> None:
        self.hidden -= tag in {"style", "script"}

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.text.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]


def test_nothing_is_loaded_from_anywhere(page: str) -> None:
    reading = Reading(page)
    for tag, attrs in reading.tags:
        assert tag not in {"script", "link", "img", "iframe", "object", "base", "form"}
        for name in ("src", "href", "xlink:href", "action", "data"):
            assert (attrs.get(name) or "#").startswith("#"), (tag, attrs)
        assert not any(name.startswith("on") for name in attrs)
    assert "@import" not in page
    assert not re.search(r"url\((?!#)", page)


def test_frame_of_the_document(page: str) -> None:
    reading = Reading(page)
    assert page.startswith("<!DOCTYPE html>\n")
    assert reading.all("html") == [{"lang": "en"}]
    meta = {attrs["name"]: attrs["content"] for attrs in reading.all("meta") if "name" in attrs}
    assert str(meta["generator"]).startswith("peerlens ")
    assert meta["schema_version"] == str(SCHEMA_VERSION)
    for landmark in ("title", "header", "main", "footer", "h1"):
        # figures have titles of their own
        assert len(reading.all(landmark)) == 1 or landmark in {"title"}
    assert all(attrs.get("scope") in {"col", "row"} for attrs in reading.all("th"))
    ids = [attrs["id"] for _, attrs in reading.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    assert PRIVACY in " ".join("".join(reading.text).split())


def test_cards_show_what_the_outline_says(outline: Outline, page: str) -> None:
    assert outline.lead is not None
    assert outline.lead.cards
    shown = " ".join("".join(Reading(page).text).split())
    assert page.count('<li class="card">') == len(outline.lead.cards) <= 5
    for card in outline.lead.cards:
        for words in (card.label, card.kind_words, card.because, card.chance, card.action, card.draft):
            assert words in shown


@pytest.mark.parametrize("who", ["flagged", "unflagged", "held"])
def test_words_that_never_stand_on_a_page(firm: tuple[Ties, Account], people: dict[str, str], who: str) -> None:
    shown = "".join(Reading(render(make_outline(*firm, people[who]))).text).lower()
    for word in ("neglect", "bad", "failed", "failure", "poor", "underperform", "nan", "_id"):
        assert not re.search(rf"\b{word}", shown), word


def test_nobody_flagged(firm: tuple[Ties, Account], people: dict[str, str]) -> None:
    page = render(make_outline(*firm, people["unflagged"]))
    assert "No action is needed" in page
    assert '<li class="card">' not in page
    assert "Action plan" not in page


def test_names_are_escaped_everywhere(firm: tuple[Ties, Account], people: dict[str, str]) -> None:
    ties, account = firm
    names = ties.persons.assign(
        name='<script>alert("1")</script> & ' + ties.persons["person_id"], department="<b>Sales</b>"
    )
    page = render(make_outline(dataclasses.replace(ties, persons=names), account, people["flagged"]))
    reading = Reading(page)
    assert not reading.all("script")
    assert "<script>" not in page
    assert "<b>Sales" not in page


def test_same_input_same_bytes(firm: tuple[Ties, Account], people: dict[str, str], page: str) -> None:
    assert render(make_outline(*firm, people["flagged"])) == page


def test_each_figure_stays_under_100_kb_and_the_page_under_900(page: str) -> None:
    figures = re.findall(r"<svg id=.*?</svg>", page, flags=re.S)
    assert len(figures) >= 10
    assert max(len(figure.encode()) for figure in figures) < 100_000
    assert len(page.encode()) < 900_000


def test_text_colours_have_contrast() -> None:
    for colour in (LIGHT.ink, LIGHT.muted, LIGHT.accent_text):
        assert contrast(colour, LIGHT.paper) >= 4.5
    sheet = (Path(__file__).parents[2] / "peerlens/report/templates/style.css").read_text(encoding="utf-8")
    assert set(re.findall(r"[; {]color: ([^;}]+)", sheet)) <= {"var(--ink)", "var(--muted)", "var(--accent-text)"}


def test_a_written_page_is_whole(tmp_path: Path, page: str) -> None:
    path = write_report(tmp_path / "report.html", page)
    assert path.read_bytes() == page.encode("utf-8")
    assert b"\r" not in path.read_bytes()
    assert [item.name for item in tmp_path.iterdir()] == ["report.html"]


def test_nothing_is_left_when_drawing_or_writing_fails(tmp_path: Path, outline: Outline, page: str) -> None:
    def broken(ax: object) -> None:
        raise RuntimeError("no picture")

    torn = tuple(dataclasses.replace(section, picture=broken) for section in outline.sections)  # type: ignore[arg-type]
    with pytest.raises(RuntimeError, match="no picture"):
        write_report(tmp_path / "report.html", render(dataclasses.replace(outline, sections=torn)))
    with pytest.raises(UnicodeEncodeError):
        write_report(tmp_path / "report.html", page + "\ud800")
    assert list(tmp_path.iterdir()) == []


def test_places_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(PeerlensError, match="does not exist"):
        write_report(tmp_path / "missing" / "report.html", "")
    with pytest.raises(PeerlensError, match="is a folder"):
        write_report(tmp_path, "")
