"""One person's short list as plain values: what a terminal prints, and a program reads."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pandas as pd

from peerlens.draw.theme import kind_words
from peerlens.lenses.neglect import RULES
from peerlens.lenses.neglect.flags import find_flags, in_words, short_list
from peerlens.lenses.neglected_peers import NeglectedPeers
from peerlens.schema import SCHEMA_VERSION
from peerlens.words import chance

if TYPE_CHECKING:
    from peerlens.ties import Ties


def listing(
    ties: Ties, person_id: str, *, limit: int | None, called: Callable[[str], str] | None = None
) -> dict[str, Any]:
    """Say of one person which ties may need attention, in words.

    Parameters
    ----------
    ties
        The network at its ``as_of``.
    person_id
        Whose list.
    limit
        How many ties; None for all flags.
    called
        What somebody is called instead of by name; None calls people by name.

    Returns
    -------
    dict
        ``name, as_of, headline, caveats``, and ``ties``, of each the words that are printed.
    """
    finding = NeglectedPeers().read(ties, person_id)
    name = ties.person(person_id)["name"]
    return {
        "name": person_id if pd.isna(name) else called(person_id) if called else str(name),
        "as_of": ties.as_of.isoformat(),
        "headline": finding.headline,
        "ties": [_tie(row, ties) for row in _rows(ties, person_id, limit, called).to_dict("records")],
        "caveats": list(finding.caveats),
    }


def numbers(
    ties: Ties, person_id: str, *, limit: int | None, called: Callable[[str], str] | None = None
) -> dict[str, Any]:
    """Say the same with every number, for a program. Parameters are those of :func:`listing`."""
    rows = _rows(ties, person_id, limit, called)
    return {
        "schema_version": SCHEMA_VERSION,
        "person_id": person_id,
        "as_of": ties.as_of.isoformat(),
        "headline": NeglectedPeers().read(ties, person_id).headline,
        "input": ties.events.records.fingerprint,
        "settings": ties.settings.fingerprint(),
        "flags": [
            {name: value for name, value in row.items() if value is not None}
            for row in json.loads(rows.to_json(orient="records", date_format="iso", force_ascii=False))
        ],
    }


def _rows(ties: Ties, person_id: str, limit: int | None, called: Callable[[str], str] | None) -> pd.DataFrame:
    flags = find_flags(ties, person_id=person_id).table
    if called is not None:
        is_named = flags["other_id"].notna() & flags["other"].ne(flags["other_id"])
        flags["other"] = flags["other"].mask(is_named, flags["other_id"].map(called, na_action="ignore"))
    return in_words(short_list(flags, limit), ties.settings)


def _tie(row: dict[str, Any], ties: Ties) -> dict[str, Any]:
    note = row["quiet_chance_note"] if RULES[row["kind"]].has_quiet_chance else None
    horizon = ties.settings.quiet_chance.horizon_days
    return {
        "other": str(row["other"]),
        "other_department": str(row["other_department"]),
        "kind": kind_words(row["kind"], department=row["other_department"]),
        "because": str(row["because"]),
        "severity": float(row["severity"]),
        "chance": chance(row["quiet_share"], n=row["quiet_chance_n"], note=note, horizon_days=horizon),
        "suggestion": str(row["suggestion"]),
    }
