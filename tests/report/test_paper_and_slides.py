"""PDF and PowerPoint: the same outline in other clothes, the same bytes each time."""

from __future__ import annotations

import io

import pytest
from pptx import Presentation

from peerlens.report.method import PRIVACY
from peerlens.report.outline import Outline
from peerlens.report.paper import render_pdf
from peerlens.report.slides import render_slides
from peerlens.words import unbroken


@pytest.fixture(scope="session")
def slides(outline: Outline) -> bytes:
    return render_slides(outline)


def test_slides_are_the_same_bytes_each_time(outline: Outline, slides: bytes) -> None:
    assert render_slides(outline) == slides


def test_paper_is_the_same_bytes_each_time(outline: Outline) -> None:
    first = render_pdf(outline)
    assert first == render_pdf(outline)
    assert first.startswith(b"%PDF-")
    assert b"CreationDate" not in first


def test_slides_say_what_the_outline_says(outline: Outline, slides: bytes) -> None:
    deck = Presentation(io.BytesIO(slides))
    texts = [[shape.text_frame.text for shape in slide.shapes if shape.has_text_frame] for slide in deck.slides]
    titles = [slide.shapes.title.text for slide in deck.slides]
    assert titles[0].startswith(f"Peer ties of {outline.label}")
    assert all(title.strip() for title in titles)
    assert all(any(PRIVACY in text for text in slide) for slide in texts)
    for section in outline.sections:
        assert unbroken(section.headline) in titles
    assert outline.lead is not None
    assert outline.lead.cards
    tables = [shape.table for slide in deck.slides for shape in slide.shapes if shape.has_table]
    cells = {cell.text_frame.text for table in tables for row in table.rows for cell in row.cells}
    for card in outline.lead.cards:
        assert any(unbroken(card.because) in cell for cell in cells)
        assert any(card.label in cell for cell in cells)


def test_notes_hold_the_evidence_and_no_ids(outline: Outline, slides: bytes) -> None:
    deck = Presentation(io.BytesIO(slides))
    notes = "\n".join(slide.notes_slide.notes_text_frame.text for slide in deck.slides)
    assert outline.lead is not None
    for card in outline.lead.cards or ():
        assert card.because in notes
        assert str(dict(card.evidence).get("other_id", "no id at all")) not in notes


def test_pictures_have_words(slides: bytes) -> None:
    deck = Presentation(io.BytesIO(slides))
    pictures = [shape for slide in deck.slides for shape in slide.shapes if shape.shape_type == 13]
    assert pictures
    assert all(len(shape._element.nvPicPr.cNvPr.get("descr", "")) > 20 for shape in pictures)


def test_nothing_hangs_over_the_edge_of_a_slide(slides: bytes) -> None:
    deck = Presentation(io.BytesIO(slides))
    for slide in deck.slides:
        for shape in slide.shapes:
            assert shape.left >= 0
            assert shape.left + shape.width <= deck.slide_width
            assert shape.top + shape.height <= deck.slide_height
