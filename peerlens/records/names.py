"""One person, many spellings: display names reduced to what does not change from product to product."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping

_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"})
"""letters that Unicode does not take apart into a plain one and an accent"""
_BRACKETS = re.compile(r"\s*[(\[（][^)\]）]*[)\]）]")
_LAST_FIRST = re.compile(r"^([^,;]+),\s*([^,;]+)$")
_TITLES = frozenset({"dr", "prof", "mr", "mrs", "ms", "ing", "jr", "sr"})
LEAST_WORDS = 2
"""one word alone ("Ana") names nobody for certain"""


def tidy(name: str) -> str:
    """Return a display name as First Last, without what a product adds in brackets.

    Examples
    --------
    >>> tidy("Okafor, Ben"), tidy(" Ana  Ruiz (Guest)"), tidy("'Chen Li'")
    ('Ben Okafor', 'Ana Ruiz', 'Chen Li')
    """
    plain = " ".join(_BRACKETS.sub("", name).split()).strip("'\" ") or " ".join(name.split())
    turned = _LAST_FIRST.match(plain)
    return f"{turned[2]} {turned[1]}" if turned else plain


def key(name: str) -> str:
    """Return what a name is compared by: its words without accents, case, titles, brackets and order.

    Examples
    --------
    >>> key("Okafor, Ben") == key("Ben OKAFOR (Guest)"), key("José Núñez"), key("Łukasz Bø")
    (True, 'jose nunez', 'bo lukasz')
    """
    folded = unicodedata.normalize("NFKD", tidy(name).casefold().translate(_LETTERS))
    letters = "".join(letter for letter in folded if not unicodedata.combining(letter))
    words = [word for word in re.split(r"[\W_]+", letters) if word]
    return " ".join(sorted(word for word in words if word not in _TITLES) or sorted(words))


def alias_key(alias: str) -> str:
    """Return what an alias is compared by: an address as it is in lower case, a name by its words."""
    return alias.strip().lower() if "@" in alias else key(alias)


def by_key(
    pairs: Iterable[tuple[str, str]], *, least_words: int = LEAST_WORDS
) -> tuple[dict[str, str], frozenset[str]]:
    """Return the one person each name belongs to, and the names that belong to several.

    Parameters
    ----------
    pairs
        Persons and names.
    least_words
        Names of fewer words are passed over (addresses never are).
    """
    persons: dict[str, set[str]] = {}
    for person, name in pairs:
        found = alias_key(name)
        if found and ("@" in found or found.count(" ") + 1 >= least_words):
            persons.setdefault(found, set()).add(person)
    unique = {name: next(iter(found)) for name, found in persons.items() if len(found) == 1}
    return unique, frozenset(persons) - frozenset(unique)


class Spellings:
    """Gives every spelling of a name the one it was first seen in, within one export."""

    def __init__(self) -> None:
        self._first: dict[str, str] = {}

    def of(self, name: str) -> str:
        """Return the spelling to write.

        Examples
        --------
        >>> seen = Spellings()
        >>> seen.of("Okafor, Ben"), seen.of("ben okafor")
        ('Ben Okafor', 'Ben Okafor')
        """
        plain = tidy(name)
        return self._first.setdefault(key(plain) or plain, plain)


def without_known(pairs: Iterable[tuple[str, str]], known: Mapping[str, object]) -> list[tuple[str, str]]:
    """Return persons and names but those whose name is spoken for already."""
    return [(person, name) for person, name in pairs if alias_key(name) not in known]
