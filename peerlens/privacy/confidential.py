"""Who is never looked at: ids and addresses against patterns."""

from __future__ import annotations

import re
from collections.abc import Iterable

STARTER_PATTERNS: tuple[str, ...] = (
    # en
    "*ombuds*", "*workscouncil*", "*works-council*", "*works.council*", "*occupational*health*", "*whistleblow*",
    # de
    "*betriebsrat*", "*personalrat*", "*betriebsarzt*", "*schwerbehinderten*", "*vertrauensperson*",
    # fr
    "*comite*entreprise*", "*medecine*travail*", "*syndicat*", "*mediateur*",
    # es
    "*comite*empresa*", "*sindicato*", "*medicina*trabajo*", "*defensor*",
    # pt
    "*comissao*trabalhadores*", "*provedor*", "*saude*ocupacional*", "*medicina*trabalho*",
    # nl
    "*ondernemingsraad*", "*bedrijfsarts*", "*vertrouwenspersoon*",
)  # fmt: skip
"""words in addresses that people in confidence are often reached at; a hint only, nothing is left out by it"""


def matches(ids: Iterable[str], patterns: Iterable[str]) -> frozenset[str]:
    """Return those of ``ids`` that equal a pattern or fit one with ``*`` (anything) and ``?`` (one character).

    Case plays no part.

    Examples
    --------
    >>> sorted(matches(["P1", "P2", "ombuds@firm.example"], ["p1", "Ombuds@*"]))
    ['P1', 'ombuds@firm.example']
    """
    exact: set[str] = set()
    shapes: list[str] = []
    for pattern in patterns:
        folded = pattern.strip().casefold()
        if "*" in folded or "?" in folded:
            shapes.append("".join({"*": ".*", "?": "."}.get(letter, re.escape(letter)) for letter in folded))
        elif folded:
            exact.add(folded)
    shape = re.compile("|".join(f"(?:{item})" for item in shapes), re.DOTALL) if shapes else None
    found = set()
    for item in ids:
        folded = item.strip().casefold()
        if folded in exact or (shape is not None and shape.fullmatch(folded)):
            found.add(item)
    return frozenset(found)
