"""Findings to sections: which lenses apply to a person, and their answers laid out as cards or a table."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from peerlens import words
from peerlens.draw import kind_words
from peerlens.errors import NotEnoughData
from peerlens.lenses import LENSES
from peerlens.lenses.neglect import RULES, Condition, Rule
from peerlens.report.parts import Card, RuleWords, Section, Table
from peerlens.report.share import speaks_of_groups
from peerlens.words import number

if TYPE_CHECKING:
    from peerlens.lenses import Finding
    from peerlens.ties import Ties

GROUPS = ("people", "process", "purpose")
CARDS, TABLE_ROWS = 5, 12
NOT_SHOWN = "Not shown: "
"""what the headline of a lens begins with that has no answer for this person"""
DIRECTIONS = ("up", "sideways", "down", "external", "unplaced")  # as the picture has them from left to right

_SAID = {">=": "at least", ">": "more than", "<=": "at most", "<": "under", "==": "exactly"}
_CARD_COLUMNS = {"other", "kind", "severity", "because", "suggestion"}


def make_sections(ties: Ties, person_id: str) -> tuple[tuple[Section, ...], tuple[str, ...]]:
    """Ask every lens that has its data.

    Returns
    -------
    tuple
        Sections by group, in the order of ``LENSES`` within each; and one sentence for each lens left out.
    """
    sections, left_out = [], []
    for lens in LENSES.values():
        missing = lens.lacks(ties)
        if missing:
            left_out.append(f"“{lens.question}” is not answered here: it needs {words.of_people(list(missing))}.")
            continue
        try:
            finding = lens.read(ties, person_id)
        except NotEnoughData as error:
            why = str(error).removeprefix(f"The lens {lens.name} says nothing here: ")
            why = why.removeprefix("not enough data: ").removeprefix("cannot tell: ")
            left_out.append(f"“{lens.question}” is not answered here: {why}")
            continue
        if finding.table.empty and not _is_short_list(finding):  # its picture would be an empty frame
            left_out.append(nothing_found(finding))
            continue
        flagged = lens.evidence(ties, person_id)["other_id"].dropna() if _is_short_list(finding) else ()
        horizon_days = ties.settings.quiet_chance.horizon_days
        if _is_short_list(finding) and ties.quiet_note:
            finding = _noted_once(finding, ties.quiet_note)
        sections.append(_section(finding, flagged=frozenset(flagged), horizon_days=horizon_days))
    ordered = sorted(sections, key=lambda section: GROUPS.index(section.group))  # stable: LENSES order stays
    return tuple(ordered), tuple(left_out)


def nothing_found(finding: Finding) -> str:
    """Say in one sentence that a lens has nothing to show of a person, and why."""
    why = finding.headline.removeprefix(NOT_SHOWN)
    if why == finding.headline:
        return f"“{finding.question}” has nothing to show here: {why[:1].lower()}{why[1:]}"
    return f"“{finding.question}” is not answered here: {why}"


def _noted_once(finding: Finding, note: str) -> Finding:
    """Say why chances are told in words once, below the list, and not on each of its cards."""
    if "quiet_chance_note" not in finding.table:
        return finding
    own = finding.table["quiet_chance_note"]
    short = own.where(~own.fillna("").str.endswith(note), own.str.removesuffix(note).str.rstrip("; "))
    about = f"Chances that a tie stays quiet are told {note}."
    return replace(finding, table=finding.table.assign(quiet_chance_note=short), caveats=(*finding.caveats, about))


def _is_short_list(finding: Finding) -> bool:
    """Tell a table that words its rows and gives each a next step from evidence of any other shape."""
    return set(finding.table.columns) >= _CARD_COLUMNS


def _section(finding: Finding, *, flagged: frozenset[str], horizon_days: int) -> Section:
    is_short_list = _is_short_list(finding)
    rules = finding.settings if isinstance(finding.settings, tuple) else ()
    return Section(
        lens=finding.lens,
        group=finding.group,
        question=finding.question,
        headline=finding.headline,
        picture=finding.picture,
        cards=_cards(finding.table.head(CARDS), horizon_days=horizon_days) if is_short_list else None,
        table=None if is_short_list or finding.table.empty else table_in_words(finding.table),
        suggestion=finding.suggestion,
        caveats=finding.caveats,
        rules=tuple(rule_in_words(rule) for rule in rules if isinstance(rule, Rule)),
        flagged=flagged,
        names_others=is_short_list or not speaks_of_groups(finding.table),
    )


def _cards(flags: pd.DataFrame, *, horizon_days: int) -> tuple[Card, ...]:
    return tuple(_card(row, horizon_days=horizon_days) for row in flags.to_dict("records"))


def _card(row: dict[Any, Any], *, horizon_days: int) -> Card:
    is_department = pd.isna(row.get("other_id"))
    department = "" if pd.isna(row["other_department"]) else str(row["other_department"])
    action, quote, draft = str(row["suggestion"]).partition("“")
    kind, also = str(row["kind"]), [other for other in str(row.get("also") or "").split(", ") if other]
    return Card(
        label=str(row["other"]),
        department="" if is_department else department,
        kind=kind,
        kind_words=kind_words(kind, department=department),
        also=tuple(kind_words(other, department=department) for other in also),
        severity=float(row["severity"]),
        because=str(row["because"]),
        chance=""
        if not _is_about_silence(kind) or row.get("quiet_chance_note") == ""
        else words.chance(
            row.get("quiet_share", float("nan")),
            n=row.get("quiet_chance_n"),
            note=row.get("quiet_chance_note"),
            horizon_days=horizon_days,
        ),
        action=action.strip().removesuffix(":") + ("." if quote else ""),
        draft=(quote + draft).strip(),
        last_contact=words.day(row.get("last_close_on")),
        evidence=tuple((str(name), value) for name, value in row.items() if not pd.isna(value)),
        firmness=_firmness(row),
        is_fragile=_is_fragile(row),
    )


def _is_about_silence(kind: str) -> bool:
    """Whether a kind is found by a silence: of one that is not, a chance that it "stays" quiet would say nothing."""
    return kind not in RULES or (RULES[kind].has_quiet_chance and "silence" in RULES[kind].evidence)


def _firmness(row: dict[Any, Any]) -> str:
    """Say in how many settings a flag stands, where that was asked."""
    stands, asked = row.get("stands_in"), row.get("settings_tried")
    if stands is None or asked is None or pd.isna(stands):
        return ""
    return f"stands in {int(stands)} of {int(asked)} settings" + (": fragile" if _is_fragile(row) else "")


def _is_fragile(row: dict[Any, Any]) -> bool:
    fragile = row.get("is_fragile")
    return not pd.isna(fragile) and bool(fragile)


def table_in_words(frame: pd.DataFrame) -> Table:
    """Lay evidence out for reading: shares by period side by side, anything else as it comes, ids left out."""
    if {"period", "direction", "share"} <= set(frame.columns):
        frame = _side_by_side(frame)
        column_type, left_out = "share", 0
        shown = [str(name) for name in frame.columns]
    else:
        frame = frame[[name for name in frame.columns if not str(name).endswith("_id")]]
        left_out = max(len(frame) - TABLE_ROWS, 0)
        frame, column_type = frame.head(TABLE_ROWS), None
        shown = [words.head(str(name)) for name in frame.columns]
    numeric = tuple(
        pd.api.types.is_numeric_dtype(frame[name]) and not pd.api.types.is_bool_dtype(frame[name])
        for name in frame.columns
    )
    rows = tuple(
        tuple(
            words.cell(value, column=column_type if column_type and is_number else str(name))
            for name, value, is_number in zip(frame.columns, row, numeric, strict=True)
        )
        for row in frame.itertuples(index=False, name=None)
    )
    return Table(tuple(shown), rows, numeric, left_out)


def _side_by_side(frame: pd.DataFrame) -> pd.DataFrame:
    periods = list(dict.fromkeys(frame["period"]))
    directions = sorted(
        set(frame["direction"]), key=lambda name: (DIRECTIONS.index(name.split(" ")[0]), "own" not in name, name)
    )
    wide = frame.pivot(index="direction", columns="period", values="share").reindex(index=directions, columns=periods)
    wide = wide.fillna(0.0)  # a direction missing from a period that has contact had none of it
    wide.insert(0, "Direction", [name.capitalize() for name in wide.index])
    return wide.reset_index(drop=True)


def rule_in_words(rule: Rule) -> RuleWords:
    """Say when a kind of flag is found, with the thresholds in force."""
    ways = tuple(tuple(condition_in_words(condition) for condition in way) for way in rule.ways())
    return RuleWords(rule.kind, kind_words(rule.kind), rule.found_when(), ways)


def condition_in_words(condition: Condition) -> str:
    """Say a condition with its threshold.

    Examples
    --------
    >>> condition_in_words(Condition("contact_days_52w", ">=", 6, "contact days in 52 weeks"))
    'contact days in 52 weeks: at least 6'
    >>> condition_in_words(Condition("is_live_tie", "==", 1, "the tie is live"))
    'the tie is live'
    """
    is_yes_or_no = condition.column.startswith("is_") or (condition.relation == ">" and condition.threshold == 0)
    if isinstance(condition.threshold, str) or is_yes_or_no:
        return condition.meaning
    return f"{condition.meaning}: {_SAID[condition.relation]} {number(condition.threshold)}"
