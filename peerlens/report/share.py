"""For whom a copy is made: everything for the person; tokens for others' names for a coach; groups only for anybody else."""

from __future__ import annotations

import dataclasses
import re
from hashlib import sha256
from html import escape
from typing import TYPE_CHECKING, Literal, get_args

import pandas as pd

from peerlens.errors import PeerlensError, did_you_mean

if TYPE_CHECKING:
    from peerlens.ties import Ties

Share = Literal["self", "coach", "aggregate"]
AUDIENCES: dict[Share, str] = {
    "self": "for you alone, unless released",
    "coach": "for a coach: tokens stand for the names of others",
    "aggregate": "groups only: no other person is named",
}
SCREEN = "for you alone, unless released; the names of others are covered"


def known_share(share: str) -> Share:
    """Return a way of sharing by its name.

    Raises
    ------
    PeerlensError
        There is no such way.

    Examples
    --------
    >>> known_share("coach")
    'coach'
    """
    for known in get_args(Share):
        if share == known:
            return known
    raise PeerlensError(f"share: found {share!r}. {did_you_mean(share, get_args(Share))}")


def tokens_for(ties: Ties, person_id: str) -> dict[str, str]:
    """Return a token for everybody but one person: department and number, in an order that tells nothing.

    Parameters
    ----------
    ties
        Ties at the day of the question.
    person_id
        Who keeps the name.

    Returns
    -------
    dict
        Person to token; the same people give the same tokens, whatever the order of the files.
    """
    others = ties.persons.loc[ties.persons["person_id"] != person_id, ["person_id", "department"]]
    spread = others["person_id"].map(lambda item: sha256(f"peerlens token {item}".encode()).hexdigest())
    others = others.assign(place=others["department"].fillna("Colleague").astype(str), spread=spread)
    others = others.sort_values(["place", "spread", "person_id"])
    numbers = others.groupby("place").cumcount() + 1
    width = max(2, len(str(numbers.max()))) if len(numbers) else 2
    tokens = [f"{place} {number:0{width}d}" for place, number in zip(others["place"], numbers, strict=True)]
    return dict(zip(others["person_id"], tokens, strict=True))


def with_tokens(ties: Ties, tokens: dict[str, str]) -> Ties:
    """Return the same ties with tokens in place of names, wherever names are looked up.

    Parameters
    ----------
    ties
        Ties at the day of the question.
    tokens
        Person to token.
    """

    def renamed(frame: pd.DataFrame) -> pd.DataFrame:
        name = frame["person_id"].map(tokens).fillna(frame["name"]).astype("str")
        emptied = {"email": pd.Series(pd.NA, frame.index, dtype="str")} if "email" in frame else {}
        return frame.assign(name=name, **emptied)

    places = dataclasses.replace(ties.places, people=renamed(ties.places.people))
    return ties.named(renamed(ties.persons), places, renamed(ties.people_history))


def ties_for_others(ties: Ties, person_id: str) -> Ties:
    """Return the ties of :func:`with_tokens` for one person's copies; the last are kept, so page, slides and paper ask once.

    Parameters
    ----------
    ties
        Ties at the day of the question.
    person_id
        Whose copies.
    """
    asked = (person_id, ties.guesses.get(person_id))
    kept = ties.worked_out.get("for_others")
    if kept is None or kept[0] != asked:
        kept = ties.worked_out["for_others"] = (asked, with_tokens(ties, tokens_for(ties, person_id)))
    return kept[1]


def names_behind(ties: Ties, tokens: dict[str, str]) -> dict[str, str]:
    """Return token to name, for those who have a name, in the order of tokens."""
    names = ties.persons.set_index("person_id")["name"]
    found = {token: names.get(person) for person, token in tokens.items()}
    return {
        token: person if pd.isna(name) else str(name)
        for (token, name), person in zip(found.items(), tokens, strict=True)
    }


def covered(page: str, names: dict[str, str]) -> str:
    """Put a cover over every name on a page: the token shows until it is clicked, or until all are uncovered.

    Parameters
    ----------
    page
        HTML made from ties with tokens.
    names
        Token to name.

    Notes
    -----
    Checkboxes and CSS do it, so the page needs no script, and the keyboard works.
    """
    told = {escape(token): escape(name) for token, name in names.items()}
    if not told:
        return page
    anyone = re.compile("|".join(re.escape(token) for token in sorted(told, key=len, reverse=True)))
    parts = re.split(r"(<[^>]*>)", page)
    inside: list[str] = []
    for at, part in enumerate(parts):
        if part.startswith("<"):
            tag = re.match(r"</?\s*([a-zA-Z]+)", part)
            name = tag.group(1).lower() if tag else ""
            if name in {"style", "title", "desc", "head", "text", "summary", "caption"}:
                inside = inside[:-1] if part.startswith("</") else [*inside, name]
        elif "text" in inside:
            parts[at] = anyone.sub(
                lambda m: f'<tspan class="cover">{m[0]}</tspan><tspan class="real">{told[m[0]]}</tspan>', part
            )
        elif not inside:
            parts[at] = anyone.sub(
                lambda m: (
                    f'<label class="who-is"><input type="checkbox" aria-label="Show the name of {m[0]}">'
                    f'<span class="cover">{m[0]}</span><span class="real">{told[m[0]]}</span></label>'
                ),
                part,
            )
    return "".join(parts)
