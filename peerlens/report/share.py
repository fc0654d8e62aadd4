"""For whom a copy is made: everything for the person; tokens for others' names for a coach; groups only for anybody else."""

from __future__ import annotations

import dataclasses
import re
from datetime import date
from hashlib import sha256
from html import escape
from typing import TYPE_CHECKING, Any, Literal, get_args

import ibis.expr.types as ir
import pandas as pd

from peerlens.errors import PeerlensError, did_you_mean
from peerlens.privacy.groups import STEP

if TYPE_CHECKING:
    import ibis.expr.types as ir

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
    others = _spread(ties)
    others = others[others["person_id"] != person_id]
    numbers = others.groupby("place").cumcount() + 1
    width = max(2, len(str(numbers.max()))) if len(numbers) else 2
    tokens = [f"{place} {number:0{width}d}" for place, number in zip(others["place"], numbers, strict=True)]
    return dict(zip(others["person_id"], tokens, strict=True))


def _spread(ties: Ties) -> pd.DataFrame:
    """Return everybody by department, in an order that tells nothing; worked out once."""
    if "spread" not in ties.worked_out:
        people = ties.persons[["person_id", "department"]]
        # In a department of three its name says nearly who it is.
        large = people["department"].where(~people["department"].isin(list(small_departments(ties))))
        spread = people["person_id"].map(lambda item: sha256(f"peerlens token {item}".encode()).hexdigest())
        people = people.assign(place=large.fillna("Colleague").astype(str), spread=spread)
        ties.worked_out["spread"] = people.sort_values(["place", "spread", "person_id"])[["person_id", "place"]]
    return ties.worked_out["spread"]


def small_departments(ties: Ties) -> dict[str, str]:
    """Return the departments of fewer people than may be named as a group, each with what it is called in copies for others.

    Parameters
    ----------
    ties
        Ties at the day of the question.
    """
    persons = ties.persons[ties.persons["is_in_people"] & ~ties.persons["has_left"]]
    size = persons["department"].value_counts()
    known = ties.people_history["department"].dropna().unique()
    few = [name for name in known if size.get(name, 0) < ties.settings.privacy.k]
    few.sort(key=lambda name: (sha256(f"peerlens department {name}".encode()).hexdigest(), name))
    return {str(name): f"Small department {at}" for at, name in enumerate(few, start=1)}


def with_tokens(ties: Ties, tokens: dict[str, str]) -> Ties:
    """Return the same ties with tokens in place of names, wherever names are looked up.

    Parameters
    ----------
    ties
        Ties at the day of the question.
    tokens
        Person to token.

    Notes
    -----
    Departments of fewer people than may be named as a group get another name, each its own, so that no number changes.
    """
    small = small_departments(ties)

    def renamed(frame: pd.DataFrame) -> pd.DataFrame:
        name = frame["person_id"].map(tokens).fillna(frame["name"]).astype("str")
        emptied = {"email": pd.Series(pd.NA, frame.index, dtype="str")} if "email" in frame else {}
        return frame.assign(name=name, department=frame["department"].replace(small), **emptied)

    def placed(table: ir.Table) -> ir.Table:
        ends = [name for name in ("department", "other_department") if name in table.columns]
        return table.mutate(**{name: table[name].substitute(small) for name in ends}) if small else table

    places = dataclasses.replace(ties.places, people=renamed(ties.places.people))
    made = dataclasses.replace(
        ties,
        persons=renamed(ties.persons),
        places=places,
        people_history=renamed(ties.people_history),
        sides=placed(ties.sides),
        candidates=placed(ties.candidates),
        reach=placed(ties.reach),
        keeper=None,
    )
    made.worked_out.update(_nameless(ties))
    return made


def _nameless(ties: Ties) -> dict[Any, Any]:
    """Return what was worked out before and holds nobody's name, so that a copy with tokens need not measure again.

    What cannot be looked through is not taken over: the copy measures that anew.
    """
    checked: dict[Any, tuple[Any, bool]] = ties.worked_out.setdefault("nameless", {})
    words = None
    for key, value in ties.worked_out.items():
        if isinstance(key, tuple) or key in ("nameless", "for_others"):
            continue  # of one person, or about copies
        if key not in checked or checked[key][0] is not value:
            words = _words_of_names(ties) if words is None else words
            checked[key] = (value, _is_nameless(value, words, frozenset(ties.persons["person_id"])))
    return {key: value for key, (value, is_nameless) in checked.items() if is_nameless}


def _words_of_names(ties: Ties) -> frozenset[str]:
    found = {word for name in small_departments(ties) for word in _WORD.findall(name.casefold())}
    for frame in (ties.persons, ties.people_history):
        for column in ("name", "email"):
            if column in frame:
                for name in frame[column].dropna().unique():
                    found.update(_WORD.findall(str(name).casefold()))
    return frozenset(found)


_WORD = re.compile(r"\w{2,}")


def _is_nameless(value: Any, words: frozenset[str], ids: frozenset[str]) -> bool:
    """Tell whether no word of anybody's name is in a value; False where that cannot be told."""
    if value is None or isinstance(value, (bool, int, float, date)):
        return True
    if hasattr(value, "dtype"):
        return getattr(value.dtype, "kind", "O") in "biufmM" or _is_nameless(list(value), words, ids)
    if isinstance(value, str):
        return value in ids or words.isdisjoint(_WORD.findall(value.casefold()))
    if isinstance(value, pd.DataFrame):
        texts = value.select_dtypes(exclude=["number", "bool", "datetime"])
        return all(_is_nameless(item, words, ids) for name in texts for item in texts[name].drop_duplicates())
    if isinstance(value, dict):
        return all(_is_nameless(part, words, ids) for pair in value.items() for part in pair)
    if isinstance(value, (list, tuple, set, frozenset)):
        return all(_is_nameless(part, words, ids) for part in value)
    if type(value).__module__.startswith(f"{__name__.partition('.')[0]}.") and hasattr(value, "__dict__"):
        return all(_is_nameless(part, words, ids) for part in vars(value).values())
    return isinstance(value, ir.Table) and {"name", "email", "department", "other_department"}.isdisjoint(value.columns)


def speaks_of_groups(table: pd.DataFrame) -> bool:
    """Tell evidence that may stand in a copy that names nobody: no person, and no count of fewer people than make a group.

    Parameters
    ----------
    table
        What a lens shows. A row a department counts a person's ties there, mostly one to four.
    """
    names = {str(name) for name in table.columns}
    if any(name.endswith("_id") and name != "person_id" for name in names) or names & {
        "department",
        "other_department",
    }:
        return False
    if "people" in names and pd.api.types.is_numeric_dtype(table["people"]):
        return not table["people"].between(1, STEP - 1).any()
    return True


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
