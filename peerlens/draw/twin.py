"""The words around an explorer page: the list of flags, the key, and the table that holds the same rows."""

from __future__ import annotations

from html import escape

from peerlens.draw.layout import WheelLayout
from peerlens.draw.theme import DIRECTION_WORDS, KIND_WORDS, LIGHT, kind_style, kind_words

SHAPES = {
    "sideways": '<circle cx="7" cy="7" r="5.5"/>',
    "up": '<path d="M7 1.5 13 12.5H1Z"/>',
    "down": '<path d="M7 12.5 1 1.5H13Z"/>',
    "external": '<path d="M2 2H12V12H2Z"/>',
    "unplaced": '<path d="M7 .5 13.5 7 7 13.5 .5 7Z"/>',
}


def flag_list(layout: WheelLayout) -> str:
    """Write the flags as a list of buttons, each of which points at its mark.

    Examples
    --------
    >>> flag_list(WheelLayout((), (), 0, 0))
    '<p>Nothing is marked.</p>\\n'
    """
    items = []
    for spot in sorted((s for s in layout.spots if s.kind), key=lambda s: (s.sector, s.label.casefold(), s.other_id)):
        words = kind_words(spot.kind, department=spot.department)
        items.append(_flag(spot.other_id, spot.label, spot.department, words))
    for sector in layout.sectors:
        if sector.blind:
            items.append(_flag("", sector.name, "", kind_words("blind_spot")))
    if not items:
        return "<p>Nothing is marked.</p>\n"
    return '<ul class="flags">\n' + "\n".join(items) + "\n</ul>\n"


def _flag(other_id: str, name: str, department: str, words: str) -> str:
    if not other_id:  # a department has no mark to point at
        return f"<li><div><b>{escape(name)}</b><em>{escape(words)}</em></div></li>"
    start = f'<li><button type="button" aria-pressed="false" data-id="{escape(other_id)}"><b>{escape(name)}</b>'
    return f"{start}<span>{escape(department)}</span><em>{escape(words)}</em></button></li>"


def key_list(layout: WheelLayout) -> str:
    """Write the key of the kinds, shapes and departments that are on the picture.

    Examples
    --------
    >>> key_list(WheelLayout((), (), 0, 0))
    '<ul class="key" aria-label="Key"></ul>'
    """
    items = []
    kinds = {s.kind for s in layout.spots if s.kind}
    for kind in [*KIND_WORDS, *sorted(kinds - KIND_WORDS.keys())]:
        if kind in kinds:
            dashes = " ".join(str(round(2.4 * d, 1)) for d in kind_style(kind).dashes)
            line = (
                f'<path d="M0 7H34" stroke="{LIGHT.accent}" stroke-width="2.6" stroke-dasharray="{dashes or "none"}"/>'
            )
            items.append((f'<svg width="34" height="14" aria-hidden="true">{line}</svg>', kind_words(kind)))
    for direction, words in DIRECTION_WORDS.items():
        if any(s.direction == direction for s in layout.spots):
            shape = f'<svg width="14" height="14" fill="{LIGHT.muted}" aria-hidden="true">{SHAPES[direction]}</svg>'
            items.append((shape, words))
    for sector in layout.sectors:
        if sector.contacts:
            bar = f'<rect width="14" height="14" rx="3" fill="{sector.colour}"/>'
            items.append(
                (f'<svg width="14" height="14" aria-hidden="true">{bar}</svg>', f"{sector.name} · {sector.contacts}")
            )
    return (
        '<ul class="key" aria-label="Key">'
        + "".join(f"<li>{mark}{escape(words)}</li>" for mark, words in items)
        + "</ul>"
    )


def table_twin(layout: WheelLayout) -> str:
    """Write the rows of the picture as a table, for screen readers and for anyone who would rather read.

    Examples
    --------
    >>> "<table>" in table_twin(WheelLayout((), (), 0, 0))
    True
    """
    rows = []
    for s in sorted(layout.spots, key=lambda s: (not s.kind, -s.strength, s.label.casefold(), s.other_id)):
        direction = DIRECTION_WORDS.get(s.direction, s.direction)
        words = kind_words(s.kind, department=s.department) if s.kind else ""
        cells = "".join(f"<td>{escape(text)}</td>" for text in (s.label, s.department, direction))
        rows.append(
            f'<tr data-id="{escape(s.other_id)}">{cells}<td class="number">{s.strength:.1f}</td><td>{escape(words)}</td></tr>'
        )
    for sector in layout.sectors:
        if sector.blind:
            cells = f'<td></td><td>{escape(sector.name)}</td><td></td><td class="number"></td>'
            rows.append(f"<tr>{cells}<td>{escape(kind_words('blind_spot'))}</td></tr>")
    heads = '<th scope="col">Name</th><th scope="col">Department</th><th scope="col">Level</th>'
    heads += '<th scope="col" class="number">Strength</th><th scope="col">May need attention</th>'
    note = "Strength: 1 is one message to one person today; older contact counts less."
    region = '<div class="table" tabindex="0" role="region" aria-label="Table of contacts">'
    return (
        f"<details><summary>The same as a table ({len(layout.spots)} contacts)</summary>\n"
        f"{region}<table><caption>{note}</caption>\n<thead><tr>{heads}</tr></thead>\n<tbody>\n"
        + "\n".join(rows)
        + "\n</tbody></table></div></details>"
    )
