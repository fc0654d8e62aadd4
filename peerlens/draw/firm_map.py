"""The firm as one offline page: departments as discs of people, the ties between departments, week by week."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from html import escape
from typing import TYPE_CHECKING, Any

from peerlens.draw.controls import WEEKS, as_script
from peerlens.draw.offline import canvas_box, offline_page, read_part
from peerlens.draw.text import clean, shorten
from peerlens.draw.theme import HUES, LIGHT
from peerlens.privacy.groups import head_count
from peerlens.words import day as say_day

if TYPE_CHECKING:
    import pandas as pd

MOST_PEOPLE = 2_000
SPACING = 26.0
GOLDEN = math.pi * (3 - math.sqrt(5))
HOW_TO_READ = (
    "How to read: each dot is one person, each disc a department; a line is a live tie between two departments, the stronger the "
    "darker. Choose a dot or search a name to see only its ties. With the slider, lines are as strong as they were on that day."
)


@dataclass(frozen=True)
class Disc:
    """One department: where its middle is, and how far it reaches."""

    name: str
    x: float
    y: float
    radius: float
    people: int
    colour: str


def disc_layout(counts: Mapping[str, int]) -> tuple[Disc, ...]:
    """Place departments side by side on a ring, each as large as its people need; no two touch.

    Parameters
    ----------
    counts
        Department to number of people.

    Examples
    --------
    >>> [disc.name for disc in disc_layout({"Sales": 9, "Legal": 4})]
    ['Legal', 'Sales']
    """
    names = sorted(counts, key=str.casefold)
    radii = [SPACING * (math.sqrt(counts[name]) + 1.0) for name in names]
    if len(names) == 1:
        return (Disc(names[0], 0.0, 0.0, radii[0], counts[names[0]], HUES[0]),)
    ring = max(sum(radii) / math.pi, max(radii) / math.sin(math.pi / max(len(names), 2)))
    # Two neighbours stay apart when the arc between them is at least the sum of their radii; a chord is shorter than its arc.
    while sum(2 * math.asin(min(1.0, radius / ring)) for radius in radii) > 2 * math.pi * 0.97:
        ring *= 1.04
    widths = [2 * math.asin(min(1.0, radius / ring)) for radius in radii]
    slack = (2 * math.pi - sum(widths)) / len(names)
    discs, angle = [], -math.pi / 2
    for at, (name, radius, width) in enumerate(zip(names, radii, widths, strict=True)):
        middle = angle + width / 2
        discs.append(
            Disc(name, ring * math.cos(middle), ring * math.sin(middle), radius, counts[name], HUES[at % len(HUES)])
        )
        angle += width + slack
    return tuple(discs)


def firm_map(
    people: pd.DataFrame, ties: pd.DataFrame, *, title: str, subtitle: str, as_of: date, half_life_days: float = 60.0
) -> str:
    """Make the page.

    Parameters
    ----------
    people
        `person_id`, `label` (a name or a token), `department`.
    ties
        `a_id, b_id`, `weeks`: 52 counts of contact days, the oldest first.
    title, subtitle
        The finding; the period and the numbers.
    as_of
        The last day of the last week.
    half_life_days
        How fast contact fades.

    Raises
    ------
    ValueError
        There are more people than the page can move at once.
    """
    if len(people) > MOST_PEOPLE:
        raise ValueError(f"{len(people):,} people, expected at most {MOST_PEOPLE:,}: choose departments.")
    people = people.sort_values(["department", "person_id"], ignore_index=True)
    discs = disc_layout(people.groupby("department").size().to_dict())
    place = {disc.name: disc for disc in discs}
    number = {person: at for at, person in enumerate(people["person_id"])}
    nodes = []
    rank = people.groupby("department").cumcount()
    for row, at in zip(people.to_dict("records"), rank, strict=True):
        disc = place[row["department"]]
        reach = SPACING * math.sqrt(at + 0.5)
        nodes.append(
            {
                "x": round(disc.x + reach * math.cos(at * GOLDEN), 1),
                "y": round(disc.y + reach * math.sin(at * GOLDEN), 1),
                "n": clean(str(row["label"])),
                "p": row["department"],
                "c": disc.colour,
            }
        )
    lines = [
        [number[row["a_id"]], number[row["b_id"]], "".join(str(min(9, int(count))) for count in row["weeks"])]
        for row in ties.sort_values(["a_id", "b_id"]).to_dict("records")
        if row["a_id"] in number and row["b_id"] in number
    ]
    told = {
        "people": nodes,
        "ties": lines,
        "halfLife": half_life_days,
        "weeks": [say_day(as_of - timedelta(days=7 * (WEEKS - 1 - at))) for at in range(WEEKS)],
        "discs": [
            {
                "x": round(d.x, 1), "y": round(d.y, 1), "r": round(d.radius, 1), "c": d.colour,
                "n": shorten(d.name, width=260, size=17),
            }
            for d in discs
        ],
        "ink": LIGHT.ink,
    }  # fmt: skip
    return _document(told, people, lines, title=clean(title), subtitle=clean(subtitle))


def _document(told: dict[str, Any], people: pd.DataFrame, lines: list[Any], *, title: str, subtitle: str) -> str:
    from pyvis.network import Network

    net = Network(height="100%", width="100%", bgcolor="#ffffff", cdn_resources="in_line", notebook=True)
    for at, node in enumerate(told["people"]):
        net.add_node(
            at, label=" ", title=f"{node['n']}\n{node['p']}", shape="dot", size=8.0, x=node["x"], y=node["y"],
            fixed=True, color=node["c"],
        )  # fmt: skip
    options = {
        "physics": {"enabled": False}, "layout": {"improvedLayout": False, "randomSeed": 1},
        "interaction": {"hover": True, "dragNodes": False, "tooltipDelay": 60, "hideEdgesOnDrag": True,
                        "keyboard": {"enabled": True, "bindToWindow": False}},
    }  # fmt: skip
    net.set_options(json.dumps(options))
    network = net.generate_html(notebook=True)
    departments = "".join(
        f'<option value="{escape(name)}">{escape(name)}</option>'
        for name in sorted(set(people["department"]), key=str.casefold)
    )
    names = "".join(
        f'<option value="{escape(str(name))}"></option>' for name in sorted(people["label"], key=str.casefold)
    )
    rows = "".join(
        f'<tr><td>{escape(name)}</td><td class="number">{head_count(count)}</td><td class="number">{head_count(linked)}</td></tr>'
        for name, count, linked in _by_department(people, lines)
    )
    places = people["department"].nunique()
    alt = f"Map of {len(people)} people in {places} departments. The table below holds it by department."
    body = f"""<form class="controls" onsubmit="return false" role="search" aria-label="Find and filter">
<label>Find a person <input type="search" id="find" list="names" autocomplete="off"></label>
<datalist id="names">{names}</datalist>
<label>Department <select id="by-department"><option value="">all departments</option>{departments}</select></label>
<label class="weeks">Ties as they were on <output id="week-said"></output>
<input type="range" id="week" min="1" max="{WEEKS}" value="{WEEKS}" step="1"></label>
</form>
<p id="shown" class="shown" aria-live="polite"></p>
{canvas_box(alt)}
<p class="how">{HOW_TO_READ}</p>
<details><summary>The same by department, as a table</summary>
<div class="table" tabindex="0" role="region" aria-label="Departments"><table>
<thead><tr><th scope="col">Department</th><th scope="col" class="number">People</th>
<th scope="col" class="number">People with a tie elsewhere</th></tr></thead>
<tbody>{rows}</tbody></table></div></details>"""
    scripts = (as_script("told", told), read_part("firm_map.js"))
    return offline_page(network, body, scripts, title=title, subtitle=subtitle)


def _by_department(people: pd.DataFrame, lines: list[Any]) -> list[tuple[str, int, int]]:
    linked = {at for line in lines for at in line[:2]}
    has = people.assign(linked=people.index.isin(linked)).groupby("department")["linked"]
    return [(str(name), int(part.size), int(part.sum())) for name, part in has]
