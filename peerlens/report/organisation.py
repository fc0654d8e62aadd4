"""The page about groups: released figures only, in one file that opens offline."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
from markupsafe import Markup

from peerlens import words
from peerlens.draw import new_axes
from peerlens.draw.ring import room_for as has_room
from peerlens.draw.silos import height_in
from peerlens.organisation.words import (
    NO_PERSON,
    NOT_FOR,
    NOT_HERE,
    bridges_title,
    group_word,
    groups_title,
    is_mostly_hidden,
    links_title,
    most_telling,
    pairs_title,
)
from peerlens.report.method import COARSE_ROWS, at_least, source_rows
from peerlens.report.page import PHONE_IN, environment, style, svg
from peerlens.report.parts import SourceRows, Table
from peerlens.report.write import write_report
from peerlens.schema import SCHEMA_VERSION

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from peerlens.organisation import Comparison, Organisation
    from peerlens.records import Account

HEADS = {
    "group_a": "Group",
    "group_b": "and group",
    "ratio": "Times expected",
    "ratio_low": "from",
    "ratio_high": "to",
    "reads": "Reads",
    "inside_share": "Inside",
    "expected_share": "Expected inside",
    "ei_index": "E–I index",
    "ei_expected": "E–I expected",
    "peers_across": "Peers across (median)",
    "carriers_a": "Carried by, first side",
    "carriers_b": "Carried by, other side",
    "is_thin": "Thin",
    "meeting_hours": "Meeting hours a week (median)",
    "hours_low": "Lower quartile",
    "hours_high": "Upper quartile",
    "busiest_share": "Contact on the busiest 5 %",
    "change": "Change",
    "or_more": "or more",
    "ordinary_low": "Ordinary from",
    "ordinary_high": "to ",
    "is_beyond": "Beyond the ordinary",
    "kept_share": "Ties kept",
    "lost_share": "Ties lost",
    "gained_share": "Ties gained",
    "since_on": "Since about",
    "withheld": "Withheld because",
}
HOURS = ("meeting_hours", "hours_low", "hours_high")
LOAD = (*HOURS, "busiest_share")
SHARES = {
    "inside_share", "expected_share", "busiest_share", "change", "ordinary_low", "ordinary_high", "kept_share", "lost_share",
    "gained_share",
}  # fmt: skip
TENTHS = {"ratio", "ratio_low", "ratio_high", "ei_index", "ei_expected"}
QUESTIONS = {
    "pairs": "Where is there less contact than size and activity would give?",
    "drifting": "Which pairs have drifted apart, and since when?",
    "groups": "How much do groups keep to themselves?",
    "bridges": "Which links hang on few people?",
    "load": "How much time goes into meetings, and how even is contact?",
    "communities": "Do the communities that contact makes follow the chart?",
    "change": "What changed between the two periods?",
}


@dataclass(frozen=True)
class Part:
    """One part of the page: what was asked, what was found, the picture, and the table beside it."""

    name: str
    question: str
    finding: str
    note: str
    pictures: tuple[Markup, ...]
    table: Table
    open_table: bool


@dataclass(frozen=True)
class OrganisationOutline:
    """A page about groups, without markup but for its pictures."""

    title: str
    purpose: str
    period: tuple[date, date]
    as_of: date
    chart_on: date
    k: int
    facts: tuple[str, ...]
    parts: tuple[Part, ...]
    coverage: Table
    covered: str
    withheld: Table
    notes: tuple[str, ...]
    assumptions: tuple[str, ...]
    sources: tuple[SourceRows, ...]
    people: str
    input_hash: str
    settings_hash: str
    privacy_file: str
    privacy: str
    schema_version: int


def write_organisation(
    path: str | Path, organisation: Organisation, account: Account, comparison: Comparison | None = None
) -> Path:
    """Write the page about groups and return its path.

    Parameters
    ----------
    path
        File to write; its folder must exist.
    organisation
        What is shown.
    account
        What was read, for row counts and digests.
    comparison
        Two periods compared, to stand on the same page.
    """
    outline = make_organisation_outline(organisation, account, comparison)
    page = environment().get_template("organisation.html.j2")
    said = page.render(outline=outline, style=style(), version=version("peerlens"), said=words.day)
    return write_report(path, words.unbroken(said))


def make_organisation_outline(
    organisation: Organisation, account: Account, comparison: Comparison | None = None
) -> OrganisationOutline:
    """Put what was released in the order of a page."""
    many = group_word(organisation.by, many=True)
    first = (comparison.findings()[0],) if comparison is not None else ()
    parts = [] if comparison is None else [_change(comparison)]
    parts += _parts(organisation)
    withheld = organisation.withheld()
    if comparison is not None:
        withheld = pd.concat([withheld, comparison.withheld().assign(table="change")], ignore_index=True)
    settings = organisation.settings
    return OrganisationOutline(
        title=f"Contact between {many}",
        purpose=organisation.purpose,
        period=organisation.period,
        as_of=organisation.as_of,
        chart_on=organisation.on,
        k=organisation.k,
        facts=(*first, *organisation.findings())[:3],
        parts=tuple(parts),
        coverage=table_of(organisation.coverage()),
        covered=_covered(organisation.coverage(), many),
        withheld=table_of(withheld),
        notes=(
            NO_PERSON,
            "Head counts are rounded down to fives, shares and ratios to 0.1. Groups in no figure are left out of "
            "every total, so that "
            "nothing about them can be worked out.",
            "Contact is counted in contact days: days on which two people had a message of few recipients or a small "
            "meeting together.",
            COARSE_ROWS,
            *((organisation.set_aside_note(),) if organisation.set_aside_note() else ()),
            *organisation.notes,
            NOT_HERE,
        ),
        assumptions=tuple(uncounted(said) for said in account.assumptions),
        sources=source_rows(account, exact=False),
        people=f"{account.people // 5 * 5:,}",
        input_hash=account.fingerprint[:12],
        settings_hash=settings.fingerprint(),
        privacy_file=settings.privacy.settings_file,
        privacy=NOT_FOR,
        schema_version=SCHEMA_VERSION,
    )


def _covered(coverage: pd.DataFrame, many: str) -> str:
    shown = int((coverage["status"] == "shown").sum())
    aside = len(coverage) - shown
    return f"{shown:,} {many} are shown; {f'{aside:,}' if aside else 'none'} in no figure."


def uncounted(said: str) -> str:
    """Take out of an assumption how many it holds for: it may be one, and tell two runs apart.

    Examples
    --------
    >>> uncounted("nobody was left out as someone people confide in; 3 ids seen look like such")
    'nobody was left out as someone people confide in; some ids seen look like such'
    >>> uncounted("addresses left out, two people having them: 3")
    'addresses left out, two people having them'
    >>> uncounted("texts were read of 4,544 messages")
    'texts were read of over 2,000 messages'
    """
    some = re.sub(r": [\d,]+$", "", re.sub(r"(^|; |: )[\d,]+ (?=[a-z])", r"\1some ", said))
    return re.sub(r"\d{1,3}(,\d{3})+", lambda number: f"over {at_least(int(number[0].replace(',', ''))):,}", some)


def _parts(organisation: Organisation) -> list[Part]:
    drifting = organisation.drifting()
    agreement, load = organisation.agreement(), organisation.load()
    pairs = [_pairs(organisation), _part("drifting", "", organisation.drift_note(), drifting, None, open_table=True)]
    groups = organisation.groups()
    tall = (PHONE_IN[0], height_in(len(groups)))
    said = groups_title(groups, organisation) + "."
    inside = [_part("groups", said, "", groups, organisation.draw_groups, phone_in=tall), _bridges(organisation)]
    # What can be shown comes first.
    first = [*inside, *pairs] if is_mostly_hidden(organisation.pairs()) else [*pairs, *inside]
    return [
        *first,
        _part("load", "", _load_note(load), load.dropna(how="all", subset=list(LOAD)).dropna(axis="columns", how="all"), None,
              open_table=len(organisation.names) <= 12),
        _part(
            "communities", "",
            f"Communities and groups agree to {agreement:.1f} (0: as by chance, 1: the same). Fewer than "
            f"{organisation.k} people of a group in a "
            "community are not listed.",
            organisation.communities(), None,
        ),
    ]  # fmt: skip


def _bridges(organisation: Organisation) -> Part:
    """Show links between groups, without an empty picture where there is nothing thin to draw."""
    bridges, note = organisation.bridges(), ""
    draw = organisation.draw_bridges
    if not has_room(len(organisation.names)):
        note = bridges_title(bridges, organisation) + "."
        draw = draw if (bridges["is_thin"].fillna(False).astype(bool)).any() else None
    part = _part("bridges", links_title(bridges, organisation) + ".", note, bridges, draw)
    return replace(part, open_table=False)


def _pairs(organisation: Organisation) -> Part:
    """Show pairs of groups; where none can be shown, say so and where to look, instead of a grid of nothing."""
    pairs = organisation.pairs()
    note = shown_note(pairs)
    many = group_word(organisation.by, many=True)
    if not is_mostly_hidden(pairs):
        return _part("pairs", pairs_title(pairs, organisation) + ".", note, pairs, organisation.draw)
    figures = int(pairs["ratio"].notna().sum())
    said = (
        f"{f'{figures:,}' if figures else 'None'} of {len(pairs):,} pairs of {many} {'have' if figures > 1 else 'has'} a figure: "
        f"behind what contact the others have stand fewer than {organisation.k} people on a side, and a figure would speak of "
        f"persons, or there is none and little would be expected. What can be shown is how much each of the {many} keeps to "
        "itself, and which are linked at all, above. A coarser grouping (by=), or more weeks ([organisation] window_weeks in "
        "peerlens.toml), puts more people behind each pair."
    )
    part = _part("pairs", said, note, pairs if figures else pairs.iloc[:0], organisation.draw if figures > 2 else None)
    return replace(part, open_table=False)  # a long table of dashes


def shown_note(table: pd.DataFrame) -> str:
    """Say how many cells of a table are shown, and why the others are not; nothing where all are.

    Examples
    --------
    >>> shown_note(pd.DataFrame({"withheld": ["", "few people", "few people", "two people hold it"]}))
    'Shown: 1 of 4 pairs. Withheld: 2 (few people), 1 (two people hold it).'
    """
    hidden = table.loc[table["withheld"] != "", "withheld"].value_counts()
    if hidden.empty:
        return ""
    parts = ", ".join(
        f"{count:,} ({reason})" for reason, count in sorted(hidden.items(), key=lambda item: (-item[1], item[0]))
    )
    return f"Shown: {len(table) - int(hidden.sum()):,} of {len(table):,} pairs. Withheld: {parts}."


def _load_note(load: pd.DataFrame) -> str:
    hours = load[list(HOURS)]
    return "" if hours.notna().any(axis=None) else "There are no hours: no meetings were read."


def _change(comparison: Comparison) -> Part:
    said = comparison.findings()
    return _part("change", " ".join(said[:6]), comparison.note(), comparison.table(), comparison.draw)


def _part(
    name: str,
    finding: str,
    note: str,
    frame: pd.DataFrame,
    draw: Callable[[Axes | None], Axes] | None,
    *,
    open_table: bool = False,
    phone_in: tuple[float, float] = PHONE_IN,
) -> Part:
    pictures: tuple[Markup, ...] = ()
    if draw is not None:
        pictures = (
            svg(draw(None), prefix=f"{name}-wide"),
            svg(draw(new_axes(*phone_in, is_fitted=True)), prefix=f"{name}-narrow"),
        )
    frame, note = most_telling(frame, note)
    return Part(name, QUESTIONS[name], finding, note, pictures, table_of(frame), open_table or draw is None)


def table_of(frame: pd.DataFrame) -> Table:
    """Lay a released table out for reading.

    Examples
    --------
    >>> table_of(pd.DataFrame({"group": ["A"], "inside_share": [0.7], "ratio": [1.0]})).rows
    (('A', '70 %', '1.0'),)
    """
    if "withheld" in frame and not (frame["withheld"] != "").any():
        frame = frame.drop(columns="withheld")
    numeric = tuple(
        name not in ("since_on", "community")
        and (pd.api.types.is_numeric_dtype(frame[name]) or name in SHARES | TENTHS)
        and name != "is_beyond"
        for name in frame.columns
    )
    columns = [[_cell(value, name) for value in frame[name].tolist()] for name in frame.columns]
    heads = tuple(HEADS.get(str(name), words.head(str(name))) for name in frame.columns)
    return Table(heads, tuple(zip(*columns, strict=True)) if columns else (), numeric)


def _cell(value: object, name: str) -> str:
    if value is None or (not isinstance(value, str) and pd.isna(value)):  # type: ignore[arg-type]
        return "–"
    if name == "cells":
        return f"{value:,}"
    if name in HOURS and value == 0:
        return "under 1"
    if name in SHARES:
        return f"{float(value) * 100:.0f} %".replace("-", "−")  # type: ignore[arg-type]
    if name in TENTHS:
        return f"{float(value):.1f}".replace("-", "−")  # type: ignore[arg-type]
    return words.cell(value, column=name)
