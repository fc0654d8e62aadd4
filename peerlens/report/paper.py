"""An outline on paper: one PDF, typeset from a JSON of what it says and the pictures as SVG."""

from __future__ import annotations

import json
import tempfile
from dataclasses import asdict
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from peerlens import words
from peerlens.draw import LIGHT
from peerlens.draw.canvas import sheets_reused
from peerlens.report.page import flat_picture

if TYPE_CHECKING:
    from peerlens.report.outline import Outline
    from peerlens.report.parts import Card, NamedTie, Section, Table

Paper = Literal["a4", "us-letter"]
FONTS = ("Inter", "Segoe UI", "Helvetica Neue", "Arial", "Noto Sans", "DejaVu Sans")
WHEEL_IN = (8.2, 6.6)
"""little wider than the paper's text, so that names on the wheel can be read"""
WIDE_CELL = 28
"""characters from which a column shares the width that is left instead of taking what it needs"""


def render_pdf(outline: Outline, *, paper: Paper = "a4") -> bytes:
    """Write a report as PDF. The same outline gives the same bytes on a machine with the same fonts.

    Parameters
    ----------
    outline
        What the report says.
    paper
        Sheet to print on.
    """
    import matplotlib
    import typst

    with tempfile.TemporaryDirectory(prefix="peerlens-") as place:
        folder = Path(place)
        source = folder / "person.typ"
        source.write_text(_template(), encoding="utf-8")
        with sheets_reused():
            for section in outline.sections:
                picture = flat_picture(section, prefix=section.lens, wheel_in=WHEEL_IN)
                (folder / f"{section.lens}.svg").write_text(picture, encoding="utf-8")
        said = json.dumps(_said(outline, paper), ensure_ascii=False)
        (folder / "outline.json").write_text(words.unbroken(said), encoding="utf-8")
        fonts = str(Path(matplotlib.get_data_path()) / "fonts" / "ttf")
        return typst.compile(str(source), root=str(folder), font_paths=[fonts])


def _template() -> str:
    return (files("peerlens.report") / "templates" / "person.typ").read_text(encoding="utf-8")


def _said(outline: Outline, paper: Paper) -> dict[str, Any]:
    lead = outline.lead
    rules = lead.rules if lead else ()
    return {
        "paper": paper,
        "fonts": FONTS,
        "colours": {name: value for name, value in asdict(LIGHT).items() if isinstance(value, str)},
        "title": f"Peer ties of {outline.label}, as of {words.day(outline.as_of)}",
        "label": outline.label,
        "department": outline.department,
        "meta": outline.meta(),
        "facts": outline.facts,
        "lead": _section(lead) if lead else None,
        "cards": [_card(card) for card in (lead.cards if lead and lead.cards else ())],
        "strengths": [_named(tie) for tie in outline.strengths],
        "from_before": [_named(tie) for tie in outline.from_before],
        "pick_up": [_named(tie) for tie in outline.pick_up],
        "groups": [
            {"name": name, "sections": [_section(section) for section in sections]}
            for name, sections in outline.by_group()
        ],
        "ask_first": outline.ask_first,
        "questions": outline.questions,
        "plan_columns": outline.plan_columns,
        "plan_rows": outline.plan_rows,
        "looked_at": lead.caveats if lead else (),
        "limits": [*outline.limits, *(f"Reading the files: {said}." for said in outline.assumptions)],
        "rules": _grille(
            ("What is said", "Found when"),
            [(rule.words, rule.plain or " Or: ".join("; ".join(way) for way in rule.ways)) for rule in rules],
            (False, False),
        ),
        "terms": outline.terms,
        "sources": _grille(
            ("File", "Read", "Kept", "Left out", "Why"),
            [(s.name, f"{s.read:,}", f"{s.kept:,}", f"{s.dropped:,}", "; ".join(s.reasons)) for s in outline.sources],
            (False, True, True, True, False),
        ),
        "live": _table(outline.live),
        "hashes": outline.hashes(version("peerlens")),
        "privacy": outline.privacy,
        "owner": outline.owner,
    }


def _section(section: Section) -> dict[str, Any]:
    return {
        "question": section.question,
        "headline": section.headline,
        "picture": f"{section.lens}.svg",
        "table": _table(section.table) if section.table else None,
        "caption": section.table.caption if section.table else "",
        "suggestion": section.suggestion,
        "caveats": " ".join(section.caveats),
    }


def _card(card: Card) -> dict[str, Any]:
    last = f"Last close contact {card.last_contact}. " if card.last_contact else ""
    return {
        "label": card.label,
        "department": card.department,
        "kind_words": card.kind_words,
        "also": card.also,
        "unusual": f"{card.severity:.2f}",
        "firmness": card.firmness,
        "because": card.because,
        "chance": (last + card.chance).strip(),
        "action": card.action,
        "draft": card.draft,
    }


def _named(tie: NamedTie) -> dict[str, Any]:
    return {"label": tie.label, "department": tie.department, "facts": tie.facts}


def _table(table: Table) -> dict[str, Any]:
    return _grille(table.columns, list(table.rows), table.numeric)


def _grille(columns: tuple[str, ...], rows: list[tuple[str, ...]], numeric: tuple[bool, ...]) -> dict[str, Any]:
    """Lay out a table; columns of long texts share the width that is left."""
    longest = [max([len(row[at]) for row in rows], default=0) for at in range(len(columns))]
    widths = [0 if length < WIDE_CELL else min(length, 4 * WIDE_CELL) for length in longest]
    return {"columns": columns, "rows": rows, "numeric": numeric, "widths": widths}
