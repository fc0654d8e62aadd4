"""The firm as one offline page: departments as discs of dots, and contact between departments, four weeks at a time."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from typing import TYPE_CHECKING, Any

from peerlens.draw.controls import as_script
from peerlens.draw.offline import canvas_box, offline_page, read_part
from peerlens.draw.text import clean, shorten
from peerlens.draw.theme import HUES, LIGHT
from peerlens.errors import NotEnoughData
from peerlens.privacy.groups import head_count
from peerlens.words import day as say_day

if TYPE_CHECKING:
    import pandas as pd

MOST_DOTS = 2_000
SPACING = 26.0
ROOM = 34.0
GOLDEN = math.pi * (3 - math.sqrt(5))
HOW_TO_READ = (
    "How to read: each disc is a department, each dot in it five people; a line is contact between two departments, the more "
    "the wider and darker. Choose a department to see only its lines. The slider goes back four weeks at a time. No line: no "
    "contact, or too few people behind it to be shown."
)
NAMED = " A dot with a dark rim is one person whose release is on record; a dark line joins two of them."


@dataclass(frozen=True)
class Disc:
    """One department: where its middle is, how far it reaches, and how many dots it holds."""

    name: str
    x: float
    y: float
    radius: float
    dots: int
    colour: str


def disc_layout(counts: Mapping[str, int]) -> tuple[Disc, ...]:
    """Place departments side by side on a ring, each as large as its dots need; no two touch.

    Parameters
    ----------
    counts
        Department to number of dots.

    Examples
    --------
    >>> [disc.name for disc in disc_layout({"Sales": 9, "Legal": 4})]
    ['Legal', 'Sales']
    """
    names = sorted(counts, key=str.casefold)
    own = [SPACING * (math.sqrt(counts[name]) + 0.7) for name in names]
    if len(names) == 1:
        return (Disc(names[0], 0.0, 0.0, own[0], counts[names[0]], HUES[0]),)
    radii = [radius + ROOM for radius in own]  # a name stands below each disc
    ring = max(sum(radii) / math.pi, max(radii) / math.sin(math.pi / max(len(names), 2)))
    # Two neighbours stay apart when the arc between them is at least the sum of their radii; a chord is shorter than its arc.
    while sum(2 * math.asin(min(1.0, radius / ring)) for radius in radii) > 2 * math.pi * 0.97:
        ring *= 1.04
    widths = [2 * math.asin(min(1.0, radius / ring)) for radius in radii]
    slack = (2 * math.pi - sum(widths)) / len(names)
    discs, angle = [], -math.pi / 2
    for at, (name, width) in enumerate(zip(names, widths, strict=True)):
        middle = angle + width / 2
        discs.append(
            Disc(name, ring * math.cos(middle), ring * math.sin(middle), own[at], counts[name], HUES[at % len(HUES)])
        )
        angle += width + slack
    return tuple(discs)


def firm_map(
    dots: pd.DataFrame,
    links: pd.DataFrame,
    ties: pd.DataFrame,
    *,
    block_ends: Sequence[date],
    title: str,
    subtitle: str,
) -> str:
    """Make the page.

    Parameters
    ----------
    dots
        `label, department, people`: one row a dot, without a label where it stands for several people.
    links
        `group_a, group_b, levels`: a letter for each block, the oldest first: steps of contact from 0 to 9, or - where withheld.
    ties
        `label_a, label_b, levels`: the same between two dots with a label.
    block_ends
        Last day of each block.
    title, subtitle
        The finding; the period and the numbers.

    Raises
    ------
    NotEnoughData
        There are more dots than a page can move at once.
    """
    if len(dots) > MOST_DOTS:
        raise NotEnoughData(f"{len(dots):,} dots are more than a page can move at once: choose departments=[…].")
    dots = dots.reset_index(drop=True)
    discs = disc_layout(dots.groupby("department").size().to_dict())
    place = {disc.name: at for at, disc in enumerate(discs)}
    number = {label: at for at, label in enumerate(dots["label"]) if label}
    nodes = []
    rank = dots.groupby("department").cumcount()
    for row, at in zip(dots.to_dict("records"), rank, strict=True):
        disc = discs[place[row["department"]]]
        reach = SPACING * math.sqrt(at + 0.5) if disc.dots > 1 else 0.0
        nodes.append(
            {
                "x": round(disc.x + reach * math.cos(at * GOLDEN), 1),
                "y": round(disc.y + reach * math.sin(at * GOLDEN), 1),
                "n": clean(str(row["label"])),
                "d": place[row["department"]],
                "c": disc.colour,
                "m": int(row["people"]),
            }
        )
    told = {
        "dots": nodes,
        "links": [[place[row["group_a"]], place[row["group_b"]], row["levels"]] for row in links.to_dict("records")],
        "ties": [
            [number[row["label_a"]], number[row["label_b"]], row["levels"]]
            for row in ties.to_dict("records")
            if row["label_a"] in number and row["label_b"] in number
        ],
        "blocks": [say_day(end) for end in block_ends],
        "discs": [
            {
                "x": round(d.x, 1), "y": round(d.y, 1), "r": round(d.radius, 1), "c": d.colour, "f": d.name,
                "n": shorten(d.name, width=260, size=17),
            }
            for d in discs
        ],
        "ink": LIGHT.ink,
    }  # fmt: skip
    return _document(told, dots, title=clean(title), subtitle=clean(subtitle))


def _document(told: dict[str, Any], dots: pd.DataFrame, *, title: str, subtitle: str) -> str:
    from pyvis.network import Network

    net = Network(height="100%", width="100%", bgcolor="#ffffff", cdn_resources="in_line", notebook=True)
    for at, node in enumerate(told["dots"]):
        named = bool(node["n"])
        said = node["n"] or f"{node['m']} people"
        rim = LIGHT.ink if named else node["c"]
        net.add_node(
            at, label=" ", title=f"{said}\n{told['discs'][node['d']]['f']}", shape="dot", size=8.0, x=node["x"], y=node["y"],
            fixed=True, color={"background": node["c"], "border": rim}, borderWidth=3 if named else 1,
        )  # fmt: skip
    options = {
        "physics": {"enabled": False}, "layout": {"improvedLayout": False, "randomSeed": 1},
        "interaction": {"hover": True, "dragNodes": False, "tooltipDelay": 60, "hideEdgesOnDrag": True,
                        "keyboard": {"enabled": True, "bindToWindow": False}},
    }  # fmt: skip
    net.set_options(json.dumps(options))
    network = net.generate_html(notebook=True)
    departments = "".join(f'<option value="{at}">{escape(disc["f"])}</option>' for at, disc in enumerate(told["discs"]))
    named = [node["n"] for node in told["dots"] if node["n"]]
    names = "".join(f'<option value="{escape(name)}"></option>' for name in sorted(named, key=str.casefold))
    find = (
        '<label>Find a person <input type="search" id="find" list="names" autocomplete="off"></label>'
        f'<datalist id="names">{names}</datalist>\n'
        if named
        else ""
    )
    rows = "".join(
        f'<tr><td>{escape(name)}</td><td class="number">{people}</td><td class="number">{linked}</td></tr>'
        for name, people, linked in _by_department(told, dots)
    )
    blocks = len(told["blocks"])
    alt = f"Map of {len(told['discs'])} departments. The table below holds it by department."
    body = f"""<form class="controls" onsubmit="return false" role="search" aria-label="Find and filter">
<label>Department <select id="by-department"><option value="">all departments</option>{departments}</select></label>
{find}<label class="weeks">Contact in the four weeks up to <output id="week-said"></output>
<input type="range" id="week" min="1" max="{blocks}" value="{blocks}" step="1"></label>
</form>
<p id="shown" class="shown" aria-live="polite"></p>
{canvas_box(alt)}
<p class="how">{HOW_TO_READ}{NAMED if named else ""}</p>
<details><summary>The same by department, as a table</summary>
<div class="table" tabindex="0" role="region" aria-label="Departments"><table>
<thead><tr><th scope="col">Department</th><th scope="col" class="number">People</th>
<th scope="col" class="number">Departments it has a line to, last four weeks</th></tr></thead>
<tbody>{rows}</tbody></table></div></details>"""
    scripts = (as_script("told", told), read_part("firm_map.js"))
    return offline_page(network, body, scripts, title=title, subtitle=subtitle)


def _by_department(told: dict[str, Any], dots: pd.DataFrame) -> list[tuple[str, str, int]]:
    linked = [0] * len(told["discs"])
    for a, b, levels in told["links"]:
        if levels[-1] in "123456789":
            linked[a], linked[b] = linked[a] + 1, linked[b] + 1
    people = dots.groupby("department")["people"].sum()
    return [(disc["f"], head_count(int(people[disc["f"]])), linked[at]) for at, disc in enumerate(told["discs"])]
