"""Copies for others: a coach's holds tokens and no names, in every format; screen mode covers names; groups only names nobody."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
import zipfile
from html import unescape

import pandas as pd
import pytest

from peerlens.errors import PeerlensError
from peerlens.records import Account
from peerlens.report import make_outline, names_behind, rendered, tokens_for
from peerlens.report.paper import _said
from peerlens.report.share import known_share, small_departments, speaks_of_groups, ties_for_others
from peerlens.ties import Ties


@pytest.fixture(scope="session")
def person_id(people: dict[str, str]) -> str:
    return people["flagged"]


@pytest.fixture(scope="session")
def coached(firm: tuple[Ties, Account], person_id: str) -> dict[str, str]:
    """All text of a coach's copy, by format."""
    outline = make_outline(*firm, person_id, share="coach")
    slides = rendered(outline, ".pptx")
    assert isinstance(slides, bytes)
    with zipfile.ZipFile(io.BytesIO(slides)) as archive:
        parts = [archive.read(name).decode("utf-8") for name in archive.namelist() if name.endswith((".xml", ".rels"))]
    return {
        ".html": unescape(str(rendered(outline, ".html"))),
        ".pptx": unescape("\n".join(parts)),
        ".pdf": json.dumps(_said(outline, "a4"), ensure_ascii=False),  # all that is typeset
    }


def others(ties: Ties, person_id: str) -> pd.DataFrame:
    return ties.persons[(ties.persons["person_id"] != person_id) & ties.persons["name"].notna()]


@pytest.mark.parametrize("suffix", [".html", ".pptx", ".pdf"])
def test_a_coach_s_copy_names_nobody_else(
    firm: tuple[Ties, Account], person_id: str, coached: dict[str, str], suffix: str
) -> None:
    text = coached[suffix]
    assert firm[0].person(person_id)["name"] in text
    for row in others(firm[0], person_id).to_dict("records"):
        assert row["name"] not in text, row["name"]
        assert str(row["email"]) not in text
        assert not re.search(rf"\b{row['person_id']}\b", text), row["person_id"]
    assert "tokens stand for the names of others" in text
    assert not re.search(r"Hello [A-Z]", text)


def test_the_person_s_own_copy_has_the_names(firm: tuple[Ties, Account], person_id: str, page: str) -> None:
    contacts = firm[0].of(person_id)
    live = set(contacts.loc[contacts["is_live"], "other_id"])
    names = firm[0].persons.set_index("person_id").loc[sorted(live), "name"]
    assert len(names) > 3
    assert all(name in unescape(page) for name in names)


def test_screen_mode_covers_every_name(firm: tuple[Ties, Account], person_id: str) -> None:
    outline = make_outline(*firm, person_id, share="coach")
    names = names_behind(firm[0], tokens_for(firm[0], person_id))
    page = str(rendered(outline, ".html", names=names))
    shown = re.sub(r'<(?:t?span) class="real">.*?</t?span>', "", page)
    for name in names.values():
        assert name not in unescape(shown)
    assert outline.lead is not None
    assert outline.lead.cards
    first = outline.lead.cards[0].label
    if first in names:
        assert f'<span class="cover">{first}</span><span class="real">{names[first]}</span>' in unescape(page)


def test_groups_only_names_nobody(firm: tuple[Ties, Account], person_id: str) -> None:
    text = unescape(str(rendered(make_outline(*firm, person_id, share="aggregate"), ".html")))
    tokens = tokens_for(firm[0], person_id)
    for row in others(firm[0], person_id).to_dict("records"):
        assert row["name"] not in text
        assert tokens[row["person_id"]] not in text
    outline = make_outline(*firm, person_id, share="aggregate")
    assert outline.live.columns == ("Department", "Live ties")
    assert outline.live.rows
    assert all(said == "fewer than 5" or int(said) % 5 == 0 for _, said in outline.live.rows)


def test_groups_only_holds_no_small_group_in_any_format(firm: tuple[Ties, Account], person_id: str) -> None:
    """A department of one is called otherwise, no row counts fewer than five people, and paper and slides hold no name either."""
    assert list(small_departments(firm[0])) == ["Executive"]
    outline = make_outline(*firm, person_id, share="aggregate")
    assert not any(section.lens in ("broad_base", "neglected_peers", "promotion_table") for section in outline.sections)
    slides, paper = rendered(outline, ".pptx"), rendered(outline, ".pdf")
    assert isinstance(slides, bytes)
    assert isinstance(paper, bytes)
    with zipfile.ZipFile(io.BytesIO(slides)) as archive:
        parts = [archive.read(name).decode("utf-8", errors="replace") for name in archive.namelist()]
    whole = [str(rendered(outline, ".html")), *parts, json.dumps(_said(outline, "a4"), ensure_ascii=False)]
    if shutil.which("pdftotext"):
        read = subprocess.run(["pdftotext", "-", "-"], input=paper, capture_output=True, check=True).stdout.decode(
            "utf-8"
        )
        assert "groups only" in " ".join(read.split())
        whole.append(read)
    text = unescape("\n".join(whole))
    assert "Executive" not in text
    for row in others(firm[0], person_id).to_dict("records"):
        assert row["name"] not in text
        assert str(row["email"]) not in text
        assert not re.search(rf"\b{row['person_id']}\b", text)


def test_tokens_do_not_name_a_small_department(
    firm: tuple[Ties, Account], person_id: str, coached: dict[str, str]
) -> None:
    tokens = tokens_for(firm[0], person_id)
    department = firm[0].persons.set_index("person_id")["department"]
    small = [token for person, token in tokens.items() if department[person] == "Executive"]
    assert len(small) == 1
    assert small[0].startswith("Colleague ")
    assert all("Executive" not in text for text in coached.values())


def test_tokens_do_not_depend_on_the_order_of_people(firm: tuple[Ties, Account], person_id: str) -> None:
    import dataclasses

    ties = firm[0]
    shuffled = dataclasses.replace(ties, persons=ties.persons.sample(frac=1, random_state=3))
    assert tokens_for(ties, person_id) == tokens_for(shuffled, person_id)
    tokens = tokens_for(ties, person_id)
    assert len(set(tokens.values())) == len(tokens)
    assert person_id not in tokens


def test_a_copy_takes_over_what_was_measured_and_names_nobody(firm: tuple[Ties, Account], person_id: str) -> None:
    import dataclasses

    ties = dataclasses.replace(firm[0])
    other = others(ties, person_id).iloc[0]
    numbers = pd.DataFrame({"person_id": [other["person_id"]], "share": [0.5], "reason": ["too few days"]})
    ties.worked_out["numbers"] = numbers
    ties.worked_out["names"] = numbers.assign(other=other["name"])
    ties.worked_out["part of a name"] = {"said": [f"Ask {str(other['name']).split()[0]} this week"]}
    ties.worked_out["unknown"] = object()
    ties.worked_out["one person", person_id] = numbers
    made = ties_for_others(ties, person_id)
    assert made.worked_out["numbers"] is numbers
    assert made.worked_out.keys().isdisjoint({"names", "part of a name", "unknown", ("one person", person_id)})


def test_evidence_of_few_people_is_not_of_groups() -> None:
    assert speaks_of_groups(pd.DataFrame({"what": ["asks"], "value": [3]}))
    assert speaks_of_groups(pd.DataFrame({"asked": ["all", "level"], "people": [12, 0]}))
    assert not speaks_of_groups(pd.DataFrame({"asked": ["all", "senior"], "people": [12, 4]}))
    assert not speaks_of_groups(pd.DataFrame({"department": ["Sales"], "live_ties": [9]}))
    assert not speaks_of_groups(pd.DataFrame({"other_id": ["p1"], "share": [0.5]}))


def test_unknown_ways_are_refused(firm: tuple[Ties, Account], person_id: str) -> None:
    with pytest.raises(PeerlensError, match="Did you mean coach"):
        known_share("coahc")
    with pytest.raises(PeerlensError, match=r"only \.html"):
        rendered(make_outline(*firm, person_id), ".pdf", names={})
    with pytest.raises(PeerlensError, match=r"written as '\.docx'"):
        rendered(make_outline(*firm, person_id), ".docx")
