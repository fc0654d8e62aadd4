"""The explorer: the wheel as one offline page to point at, on pyvis with everything around it ours."""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Any

from peerlens.draw.columns import named_spots
from peerlens.draw.controls import as_script, controls, people_data
from peerlens.draw.layout import Spot, WheelLayout, spread, wheel_layout
from peerlens.draw.offline import canvas_box, offline_page, read_part
from peerlens.draw.text import clean, shorten, text_width
from peerlens.draw.theme import DIRECTION_WORDS, LIGHT, kind_style, kind_words, mix
from peerlens.draw.twin import flag_list, key_list, table_twin

if TYPE_CHECKING:
    from datetime import date

    import pandas as pd

RADIUS = 460.0
MOST_CONTACTS = 300
SHAPES = {"sideways": "dot", "up": "triangle", "down": "triangleDown", "external": "square", "unplaced": "diamond"}
CENTER = "peerlens:center"
HOW_TO_READ = (
    "How to read: each mark is one person, each slice a department; nearer the centre means stronger contact. "
    "Marks outlined in orange may need attention; the rest were not flagged. "
    "Point at a mark, or choose one from the list, to see more. With the slider, size shows the strength on that day."
)


def explorer_page(
    frame: pd.DataFrame,
    *,
    center: str = "You",
    title: str = "",
    subtitle: str = "",
    as_of: date | None = None,
    half_life_days: float = 60.0,
) -> str:
    """Make a page with the wheel to point at: one HTML document that needs no network and no server.

    Parameters
    ----------
    frame
        The rows `wheel` takes, and optionally `tooltip` (plain text, lines parted by a line break), `because` (one sentence),
        `days` (ages of contact days in days) and `weeks` (52 amounts of credit, the oldest first), which gives a slider.
    center
        What is written in the middle.
    title, subtitle
        The finding; the period and the numbers.
    as_of
        The last day of the last of `weeks`.
    half_life_days
        How fast credit fades as the slider moves.

    Returns
    -------
    The document. Beyond 300 contacts it shows the 300 strongest and every flagged one, and says so.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = [("p1", "Anna", "Legal", "sideways", 3.0, "fading"), ("p2", "Bo", "Sales", "up", 9.0, None)]
    >>> names = ["other_id", "label", "department", "direction", "strength", "kind"]
    >>> page = explorer_page(pd.DataFrame(rows, columns=names), title="One tie has gone quieter than usual")
    >>> page.startswith("<!DOCTYPE html>") and "<td>Anna</td>" in page
    True
    """
    shown, capped = _strongest(frame)
    layout = wheel_layout(shown)
    notes = [clean(subtitle), capped, layout.note()]
    network = _network(layout, center=center, tooltips=_tooltips(shown))
    told = people_data(layout, shown, as_of=as_of, half_life_days=half_life_days)
    words = {"title": clean(title) or "Contacts", "subtitle": " · ".join(n for n in notes if n)}
    return _document(network, layout, told, **words)


def _strongest(frame: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    import pandas as pd

    everyone = wheel_layout(frame).spots
    if len(everyone) <= MOST_CONTACTS:
        return frame, ""
    ranked = sorted(everyone, key=lambda s: (-s.strength, s.other_id))
    kept = {s.other_id for s in ranked[:MOST_CONTACTS]} | {s.other_id for s in ranked if s.kind}
    note = f"the {MOST_CONTACTS} strongest of {len(everyone)} contacts and every flagged one are shown"
    known = {s.other_id for s in everyone}
    stays = [str(other) in kept or str(other) not in known for other in frame["other_id"].tolist()]
    return pd.DataFrame(frame.loc[stays]), note


def _tooltips(frame: pd.DataFrame) -> dict[str, str]:
    if "tooltip" not in frame.columns:
        return {}
    pairs = zip(frame["other_id"].tolist(), frame["tooltip"].tolist(), strict=True)
    return {str(i): "\n".join(clean(line) for line in t.split("\n")) for i, t in pairs if isinstance(t, str)}


def _tooltip(spot: Spot) -> str:
    lines = [spot.label, spot.department, DIRECTION_WORDS.get(spot.direction, spot.direction)]
    return "\n".join([*lines, kind_words(spot.kind, department=spot.department)] if spot.kind else lines)


def _network(layout: WheelLayout, *, center: str, tooltips: dict[str, str]) -> str:
    """Build pyvis's own document: positions given, physics off, plain-text tooltips, only str, int and float inside."""
    from pyvis.network import Network

    net = Network(height="100%", width="100%", bgcolor="#ffffff", cdn_resources="in_line", notebook=True)
    many = len(layout.spots) > 80
    net.add_node(CENTER, label=shorten(center, width=140, size=16), x=0.0, y=0.0, shape="box", fixed=True, margin=9,
                 color=_colours(LIGHT.ink, LIGHT.ink), font={"color": "#ffffff", "size": 19})  # fmt: skip
    size = round(float(max(7.0, 13.0 - 0.35 * len(layout.spots) ** 0.5)), 2)
    for spot in sorted(layout.spots, key=lambda s: (bool(s.kind), s.strength, s.other_id)):  # the last stands on top
        flagged = bool(spot.kind)
        fill = spot.colour if spot.strength > 0 else "#ffffff"
        net.add_node(
            spot.other_id, label=" ", title=tooltips.get(spot.other_id, _tooltip(spot)),
            shape=SHAPES.get(spot.direction, "diamond"), size=max(size, 10.0) + 3 if flagged else size,
            x=round(spot.x * RADIUS, 2), y=round(-spot.y * RADIUS, 2), **({"borderWidth": 4} if flagged else {}),
            color={"background": fill, "border": LIGHT.accent if flagged else "#ffffff"},
            font={"color": LIGHT.accent_text if flagged else LIGHT.ink},
        )  # fmt: skip
        if many and not flagged:  # this many grey lines are fog
            continue
        line = [round(6 * d) for d in kind_style(spot.kind).dashes] if flagged else []
        shade = LIGHT.accent if flagged else LIGHT.line
        colours: Any = {"color": shade, "highlight": LIGHT.ink, "hover": LIGHT.ink}
        net.add_edge(CENTER, spot.other_id, color=colours,
                     width=3.5 if flagged else 1, dashes=line or False, smooth=False)  # fmt: skip
    options = {
        "nodes": {"fixed": True, "borderWidth": 1, "borderWidthSelected": 6},
        "physics": {"enabled": False}, "layout": {"improvedLayout": False, "randomSeed": 1},
        "interaction": {"hover": True, "dragNodes": False, "zoomView": False, "tooltipDelay": 60,
                        "keyboard": {"enabled": True, "bindToWindow": False}},
    }  # fmt: skip
    net.set_options(json.dumps(options))
    return _compact(net.generate_html(notebook=True))


def _compact(document: str) -> str:
    """Write the marks and lines that pyvis spells out with blanks without them."""

    def written(found: re.Match[str]) -> str:
        tight = json.dumps(json.loads(found[2]), ensure_ascii=False, separators=(",", ":"))
        return f"{found[1]}{tight.replace('<', chr(92) + 'u003c')});"

    return re.sub(r"((?:nodes|edges) = new vis\.DataSet\()(.*?)\);$", written, document, flags=re.M)


def _colours(fill: str, border: str) -> Any:
    pressed = {"background": fill, "border": LIGHT.ink}
    return {"background": fill, "border": border, "highlight": pressed, "hover": pressed}


def _labels(layout: WheelLayout, *, size: float, flagged_only: bool) -> dict[str, list[Any]]:
    """Choose the names written below (or above) their marks: the most important first, none on another name or a flag.

    A name that finds no free place is left to the list, the table and the tooltip.
    """
    marks = [
        (bool(s.kind), (s.x * RADIUS - 9, -s.y * RADIUS - 9, s.x * RADIUS + 9, -s.y * RADIUS + 9)) for s in layout.spots
    ]
    taken: list[tuple[float, float, float, float]] = [(-95.0, -26.0, 95.0, 26.0)]
    labels: dict[str, list[Any]] = {}
    for spot in named_spots(layout):
        if flagged_only and not spot.kind:
            continue
        name = shorten(spot.label, width=size * 9, size=size)
        half, x, y = text_width(name, size=size) / 2 + 3, spot.x * RADIUS, -spot.y * RADIUS
        blocked = taken + [box for flagged, box in marks if flagged or not spot.kind]
        for shift in (0.0, -(size * 1.3 + 36.0)):
            box = (x - half, y + 13 + shift, x + half, y + 16 + size * 1.25 + shift)
            if not any(box[0] < b[2] and b[0] < box[2] and box[1] < b[3] and b[1] < box[3] for b in blocked):
                labels[spot.other_id] = [name, round(shift, 1)]
                taken.append(box)
                break
    return labels


def _sector_words(layout: WheelLayout) -> dict[str, dict[str, Any]]:
    """Place the departments' names outside the rim, to its left and right, clear of each other."""
    placed: dict[str, dict[str, Any]] = {}
    for side in (1, -1):
        mine = [s for s in layout.sectors if (1 if s.middle % 360 < 180 else -1) == side][::side]
        high = [RADIUS * 1.1 * math.cos(math.radians(s.middle)) for s in mine]
        edges = spread([y + 12 for y in high], heights=[24.0] * len(mine), bottom=-RADIUS * 1.2, top=RADIUS * 1.2)
        for sector, edge in zip(mine, edges, strict=True):
            x = max(RADIUS * 1.1 * abs(math.sin(math.radians(sector.middle))), 6.0)
            words = shorten(sector.name, width=230, size=17, bold=True)
            placed[sector.name] = {"words": words, "x": round(side * x, 1), "y": round(12 - edge, 1)}
    return placed


def _picture(layout: WheelLayout) -> dict[str, Any]:
    placed = _sector_words(layout)
    sectors = []
    for s in layout.sectors:
        sectors.append({
            "start": round(s.start, 3), "end": round(s.end, 3), "contacts": s.contacts, "blind": s.blind,
            "colour": s.colour, "tint": mix("#FFFFFF", s.colour, 0.13), **placed[s.name],
        })  # fmt: skip
    reach = max((abs(s["x"]) + text_width(s["words"], size=17, bold=True) for s in sectors), default=RADIUS)
    return {
        "center": CENTER, "radius": RADIUS, "reach": round(max(reach, RADIUS * 1.1), 1),
        "accent": LIGHT.accent, "sectors": sectors,
        "wide": {"size": 18, "labels": _labels(layout, size=18, flagged_only=False)},
        "narrow": {"size": 32, "labels": _labels(layout, size=32, flagged_only=True)},
    }  # fmt: skip


def _document(network: str, layout: WheelLayout, told: dict[str, Any], *, title: str, subtitle: str) -> str:
    has_weeks = bool(told["weeks"]) and any("w" in person for person in told["people"].values())
    n_flags = sum(1 for s in layout.spots if s.kind) + sum(1 for s in layout.sectors if s.blind)
    alt = f"Wheel of {len(layout.spots)} contacts by department; {n_flags} marked. The table below holds the same rows."
    body = f"""{controls(layout, has_weeks=has_weeks)}
<div class="stage">
{canvas_box(alt)}
<section class="side" aria-labelledby="flags"><div id="evidence" aria-live="polite"></div>
<h2 id="flags">May need attention</h2>
{flag_list(layout)}</section>
</div>
{key_list(layout)}
<p class="how">{HOW_TO_READ}</p>
{table_twin(layout)}"""
    scripts = (
        as_script("wheel", _picture(layout)),
        as_script("told", told),
        read_part("explorer.js"),
        read_part("controls.js"),
    )
    return offline_page(network, body, scripts, title=title, subtitle=subtitle)
