"""An outline as slides: native tables and editable text, the evidence in the speaker notes, pictures as PNG."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from peerlens import words
from peerlens.draw import LIGHT, alt_text, new_axes
from peerlens.draw.canvas import sheets_reused
from peerlens.report.page import svg
from peerlens.report.pixels import as_png, size_of

if TYPE_CHECKING:
    from pptx.presentation import Presentation
    from pptx.slide import Slide

    from peerlens.report.outline import Outline
    from peerlens.report.parts import Card, NamedTie, Section, Table

WIDTH_IN, HEIGHT_IN = 13.333, 7.5
LEFT_IN, TOP_IN, INNER_IN = 0.65, 0.5, 12.03
BODY_IN = 1.65
"""where a slide's body begins"""
BODY_HEIGHT_IN = 5.2
MAGNIFIED = 1.12
CROPPED_IN = 0.4
"""about what is cut off above a picture whose title the slide has already"""
DPI = 170
"""enough for a slide on a screen of 2,500 pixels"""
EPOCH = datetime(2000, 1, 1)
"""PowerPoint wants a date of making; a fixed one keeps the same input at the same bytes"""
ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)
FONT = "Calibri"
SHORT_FACT = 50
"""letters of a first fact that fit twice the size of the others"""
PICTURE_IN = (7.6, 5.2)
"""sheet of a picture beside its next step: smaller than it is shown, so that it can be read from the back of a room"""
LIMITS = 8
"""sentences that fit on the slide about method; further ones are in its notes"""
BLANK = "#F4F5F6"
"""to be filled in"""
TITLE_ONLY = 5  # layout of the default template with a real title: readable in outline view and by screen readers


def render_slides(outline: Outline) -> bytes:
    """Write a report as a PowerPoint file. The same outline gives the same bytes.

    Parameters
    ----------
    outline
        What the report says.
    """
    from pptx import Presentation as new_presentation
    from pptx.util import Inches

    deck = new_presentation()
    deck.slide_width, deck.slide_height = Inches(WIDTH_IN), Inches(HEIGHT_IN)
    drawn = _drawn(outline)
    _opening(deck, outline)
    _list_slide(
        deck,
        outline,
        "Before we look",
        outline.ask_first,
        note="Answer first, then look: a guess makes the picture worth more.",
    )
    if outline.lead:
        _picture_slide(deck, outline, outline.lead, drawn[outline.lead.lens])
        _attention(deck, outline)
    if outline.strengths:
        _named_slide(deck, outline, "Strengths to keep", outline.strengths)
    if outline.from_before:
        _named_slide(deck, outline, "Your strongest ties before your time away", outline.from_before)
    if outline.pick_up:
        _named_slide(deck, outline, "Ties you could pick up again, if there is a reason", outline.pick_up)
    for _, sections in outline.by_group():
        for section in sections:
            _picture_slide(deck, outline, section, drawn[section.lens])
    _list_slide(deck, outline, "Questions to think about", outline.questions)
    if outline.plan_rows:
        blank = ("",) * len(outline.plan_columns)
        slide = _slide(deck, outline, "Action plan")
        row_in = (BODY_HEIGHT_IN - 0.6) / outline.plan_rows
        _table(slide, outline.plan_columns, [blank] * outline.plan_rows, row_in=row_in, size=16)
    _method(deck, outline)
    _leave_behind(deck, outline)
    properties = deck.core_properties
    properties.title = f"Peer ties of {outline.label}, as of {words.day(outline.as_of)}"
    properties.author = properties.last_modified_by = "peerlens"
    properties.created = properties.modified = EPOCH
    buffer = io.BytesIO()
    deck.save(buffer)
    return _with_fixed_times(buffer.getvalue())


def _with_fixed_times(document: bytes) -> bytes:
    """Return the same archive with one date in all its entries; the library writes the time of day."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(document)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            fixed = zipfile.ZipInfo(entry.filename, date_time=ZIP_EPOCH)
            fixed.compress_type = zipfile.ZIP_DEFLATED
            fixed.external_attr = entry.external_attr
            new.writestr(fixed, old.read(entry.filename))
    return buffer.getvalue()


def _slide(deck: Presentation, outline: Outline, title: str, *, eyebrow: str = "", notes: str = "") -> Slide:
    """Add a slide with a title that states what it shows, the privacy line at its foot, and speaker notes."""
    from pptx.util import Inches

    slide = deck.slides.add_slide(deck.slide_layouts[TITLE_ONLY])
    if eyebrow:
        _text(slide, [(eyebrow, 14, False, LIGHT.muted)], top=TOP_IN - 0.15, height=0.35)
    heading = slide.shapes.title
    assert heading is not None
    heading.left, heading.top = Inches(LEFT_IN), Inches(TOP_IN + 0.15)
    heading.width, heading.height = Inches(INNER_IN), Inches(0.95)
    size = 28 if len(title) <= 70 else 24 if len(title) <= 110 else 19
    _write(heading.text_frame, [(title, size, True, LIGHT.ink)], middle=False)
    foot = f"{outline.privacy} {outline.audience[:1].upper()}{outline.audience[1:].rstrip('.')}."
    _text(slide, [(foot, 9, False, LIGHT.muted)], top=HEIGHT_IN - 0.55, height=0.4)
    said = [notes] if notes else []
    said.append(outline.hashes(version("peerlens")))
    notes_frame = slide.notes_slide.notes_text_frame
    assert notes_frame is not None
    notes_frame.text = "\n\n".join(said)
    return slide


def _opening(deck: Presentation, outline: Outline) -> None:
    notes = "\n".join(("Limits:", *outline.limits))
    where = f", {outline.department}" if outline.department else ""
    slide = _slide(deck, outline, f"Peer ties of {outline.label}{where}", eyebrow=outline.meta()[0], notes=notes)
    _rule(slide, left=LEFT_IN, top=1.75, width=INNER_IN, colour=LIGHT.line)
    if outline.facts:
        size = 44 if len(outline.facts[0]) <= SHORT_FACT else 34  # two lines, with room for a third in a wider font
        _text(slide, [(outline.facts[0], size, True, LIGHT.ink)], top=2.15, height=1.6)
    more = outline.facts[1:]
    each = INNER_IN / max(len(more), 1)
    for at, fact in enumerate(more):
        left = LEFT_IN + at * each
        _rule(slide, left=left, top=4.05, width=each - 0.4, colour=LIGHT.ink)
        _text(slide, [(fact, 20, False, LIGHT.ink)], top=4.2, height=1.6, left=left, width=each - 0.4)
    _text(slide, [("  ·  ".join(outline.meta()[1:]), 14, False, LIGHT.muted)], top=6.2, height=0.5)


def _rule(slide: Slide, *, left: float, top: float, width: float, colour: str) -> None:
    """Draw a thin line across."""
    from pptx.dml.color import RGBColor
    from pptx.enum.shapes import MSO_CONNECTOR
    from pptx.oxml.ns import qn
    from pptx.util import Inches, Pt

    ends = Inches(left), Inches(top), Inches(left + width), Inches(top)
    line = slide.shapes.add_connector(MSO_CONNECTOR.STRAIGHT, *ends)
    line.line.color.rgb = RGBColor.from_string(colour.removeprefix("#"))
    line.line.width = Pt(1.5)
    for effect in line._element.iter(qn("a:effectRef")):
        effect.set("idx", "0")  # the theme gives lines a shadow


def _list_slide(deck: Presentation, outline: Outline, title: str, lines: tuple[str, ...], *, note: str = "") -> None:
    slide = _slide(deck, outline, title, notes=note)
    numbered = [(f"{at}.  {line}", 22, False, LIGHT.ink) for at, line in enumerate(lines, start=1)]
    _text(slide, numbered, top=BODY_IN + 0.1, height=BODY_HEIGHT_IN, gap=20)


@dataclass(frozen=True)
class _Drawn:
    """A section's picture, without its title, which the slide has."""

    svg: str
    png: bytes
    alt: str


def _drawn(outline: Outline) -> dict[str, _Drawn]:
    """Draw the pictures of all sections."""
    found: list[tuple[str, str, str]] = []
    with sheets_reused():
        for section in outline.sections:
            # Drawn smaller than they are shown, so that names can be read from the back of a room; whatever has a row for each
            # of many things has the height that the rows need.
            is_wheel = section.cards is not None
            sheet = (INNER_IN / MAGNIFIED, BODY_HEIGHT_IN / MAGNIFIED + CROPPED_IN)
            ax = section.picture(new_axes(*sheet) if is_wheel else new_axes(*PICTURE_IN, is_fitted=True))
            alt = alt_text(ax)
            found.append((section.lens, str(svg(ax, prefix=section.lens)), alt))
    pngs = as_png([picture for _, picture, _ in found], ppi=DPI)
    return {lens: _Drawn(picture, png, alt) for (lens, picture, alt), png in zip(found, pngs, strict=True)}


def _picture_slide(deck: Presentation, outline: Outline, section: Section, drawn: _Drawn) -> None:
    """Show one finding: its picture at the left, what to do beside it, the numbers in the notes."""
    from pptx.util import Inches

    notes = [section.question, section.headline]
    if section.table:
        notes.append(_table_as_text(section.table))
    notes += section.caveats
    slide = _slide(deck, outline, section.headline, eyebrow=section.question, notes="\n\n".join(notes))
    aside = bool(section.suggestion) and section.cards is None
    room = INNER_IN - (3.4 if aside else 0.0)
    wide, high = (side / 72 for side in size_of(drawn.svg))
    scale = min(room / wide, (BODY_HEIGHT_IN - 0.1) / high)
    left = LEFT_IN + (0.0 if aside else (room - wide * scale) / 2)
    picture = slide.shapes.add_picture(
        io.BytesIO(drawn.png), Inches(left), Inches(BODY_IN + 0.1), Inches(wide * scale), Inches(high * scale)
    )
    picture._element.nvPicPr.cNvPr.set("descr", drawn.alt or section.headline)
    if aside:
        lines = [("Next step", 13, True, LIGHT.muted), (section.suggestion, 17, False, LIGHT.ink)]
        _text(slide, lines, top=BODY_IN + 0.2, height=BODY_HEIGHT_IN - 0.4, left=LEFT_IN + INNER_IN - 3.1, width=3.1)


def _attention(deck: Presentation, outline: Outline) -> None:
    lead = outline.lead
    cards = lead.cards if lead and lead.cards else ()
    if not cards:
        slide = _slide(deck, outline, "No action is needed")
        line = "No tie to a peer is flagged. What follows is for your information; its suggestions are offers."
        _text(slide, [(line, 22, False, LIGHT.ink)], top=BODY_IN, height=1.5)
        return
    notes = "\n\n".join(_card_as_text(card) for card in cards)
    slide = _slide(
        deck,
        outline,
        "Ties that may need attention",
        eyebrow="At most five; the first is the most important",
        notes=notes,
    )
    rows = [
        (
            f"{card.label}\n{card.department}".strip(),
            f"{card.kind_words}\n{card.because}",
            f"{card.severity:.2f} of 1" + (f"\n{card.firmness}" if card.firmness else ""),
            f"{card.action}\n{card.draft}".strip(),
        )
        for card in cards
    ]
    size = {1: 16, 2: 16, 3: 14}.get(len(rows), 12)
    heads = ("Tie with", "What is seen", "How unusual", "Next step")
    _table(slide, heads, rows, widths=(2.1, 4.3, 1.8, 3.83), row_in=4.6 / max(len(rows), 3), size=size)


def _named_slide(deck: Presentation, outline: Outline, title: str, ties: tuple[NamedTie, ...]) -> None:
    slide = _slide(deck, outline, title)
    rows = [(tie.label, tie.department, "; ".join(tie.facts)) for tie in ties]
    heads = ("Tie with", "Department", "Why it is here")
    _table(slide, heads, rows, widths=(3.4, 3.0, 5.63), row_in=0.9, size=18 if len(rows) <= 3 else 16)


def _method(deck: Presentation, outline: Outline) -> None:
    terms = "\n".join(f"{term}: {meaning}" for term, meaning in outline.terms)
    rows = "\n".join(
        f"{source.name}: {source.read:,} rows read, {source.kept:,} kept, {source.dropped:,} left out. "
        + "; ".join(source.reasons)
        for source in outline.sources
    )
    said, more = outline.limits[:LIMITS], outline.limits[LIMITS:]
    notes = "\n\n".join((*(["\n".join(more)] if more else []), terms, rows))
    slide = _slide(deck, outline, "What this cannot say, and how it was made", notes=notes)
    size = 16 if len(said) <= 6 else 14
    lines = [(f"•  {limit}", size, False, LIGHT.ink) for limit in said]
    if more:
        lines.append((f"•  {len(more)} more in the notes to this slide", size, False, LIGHT.ink))
    lines += [(outline.owner, 12, False, LIGHT.muted), (outline.hashes(version("peerlens")), 12, False, LIGHT.muted)]
    _text(slide, lines, top=BODY_IN, height=BODY_HEIGHT_IN, gap=7)


def _leave_behind(deck: Presentation, outline: Outline) -> None:
    slide = _slide(deck, outline, f"To leave behind: {outline.label}", eyebrow=outline.meta()[0])
    lead = outline.lead
    lines = [(fact, 22 if at == 0 else 16, at == 0, LIGHT.ink) for at, fact in enumerate(outline.facts)]
    for card in lead.cards if lead and lead.cards else ():
        lines.append((f"☐  {card.label}, {card.kind_words}. {card.action}", 16, False, LIGHT.ink))
    lines.append((outline.questions[0], 20, True, LIGHT.muted))
    _text(slide, lines, top=BODY_IN, height=BODY_HEIGHT_IN, gap=12)


def _card_as_text(card: Card) -> str:
    evidence = "; ".join(
        f"{name} {words.cell(value, column=name)}" for name, value in card.evidence if name not in card.worded
    )
    return f"{card.label}: {card.because} {card.chance}\nEvidence: {evidence}"


def _table_as_text(table: Table) -> str:
    return "\n".join(" | ".join(row) for row in (table.columns, *table.rows))


Line = tuple[str, float, bool, str]


def _text(
    slide: Slide,
    lines: list[Line],
    *,
    top: float,
    height: float,
    left: float = LEFT_IN,
    width: float = INNER_IN,
    gap: float = 6,
) -> None:
    from pptx.util import Inches

    box = slide.shapes.add_textbox(Inches(left), Inches(top), Inches(width), Inches(height))
    _write(box.text_frame, lines, gap=gap)


def _write(frame: Any, lines: list[Line], *, gap: float = 0, middle: bool = False) -> None:
    """Write lines of (text, points, bold, colour) into a text frame."""
    from pptx.dml.color import RGBColor
    from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
    from pptx.util import Inches, Pt

    frame.word_wrap = True
    frame.margin_left = frame.margin_right = Inches(0.05)
    frame.vertical_anchor = MSO_ANCHOR.MIDDLE if middle else MSO_ANCHOR.TOP
    for at, (text, size, bold, colour) in enumerate(lines):
        paragraph = frame.paragraphs[0] if at == 0 else frame.add_paragraph()
        paragraph.alignment = PP_ALIGN.LEFT
        paragraph.space_after = Pt(gap)
        run = paragraph.add_run()
        run.text = words.unbroken(text)
        run.font.size, run.font.bold, run.font.name = Pt(size), bold, FONT
        run.font.color.rgb = RGBColor.from_string(colour.removeprefix("#"))


def _table(
    slide: Slide,
    columns: tuple[str, ...],
    rows: list[tuple[str, ...]],
    *,
    widths: tuple[float, ...] = (),
    row_in: float = 0.5,
    size: float = 12,
) -> None:
    from pptx.dml.color import RGBColor
    from pptx.util import Inches

    widths = widths or (INNER_IN / len(columns),) * len(columns)
    high = 0.4 + row_in * len(rows)
    shape = slide.shapes.add_table(
        len(rows) + 1, len(columns), Inches(LEFT_IN), Inches(BODY_IN), Inches(INNER_IN), Inches(high)
    )
    table = shape.table
    table.horz_banding = False
    for at, width in enumerate(widths):
        table.columns[at].width = Inches(width)
    table.rows[0].height = Inches(0.4)
    for down, row in enumerate([columns, *rows]):
        if down:
            table.rows[down].height = Inches(row_in)
        for at, value in enumerate(row):
            cell = table.cell(down, at)
            cell.fill.solid()
            shade = LIGHT.hairline if down == 0 else BLANK if not value else LIGHT.paper
            cell.fill.fore_color.rgb = RGBColor.from_string(shade.removeprefix("#"))
            first, _, rest = value.partition("\n")
            lines = [(first, size, down == 0 or at == 0, LIGHT.ink)]
            if rest:
                lines.append((rest, size - 1, False, LIGHT.muted if at == 0 else LIGHT.ink))
            _write(cell.text_frame, lines, gap=2)
