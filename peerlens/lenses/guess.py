"""Guess first: whom a person names before anything is shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from peerlens.errors import PeerlensError, UnknownPerson

if TYPE_CHECKING:
    from peerlens.ties import Ties


def note_guess(ties: Ties, person_id: str, people: Sequence[str]) -> pd.DataFrame:
    """Keep whom a person named, and return them as understood; see :meth:`peerlens.Person.guess`."""
    if isinstance(people, str) or not len(people):
        raise PeerlensError(f'guess() found {people!r}, expected a list of people such as ["p012", "Ana Ruiz"].')
    found = list(dict.fromkeys(_resolved(ties, str(name)) for name in people))
    if person_id in found:
        raise PeerlensError("guess() names colleagues: leave yourself out.")
    ties.guesses[person_id] = tuple(found)
    ties.worked_out.pop("perception_gap", None)
    names = ties.persons.set_index("person_id")["name"]
    frame = pd.DataFrame({"other_id": found})
    return frame.assign(other=frame["other_id"].map(names).fillna(frame["other_id"]))


def _resolved(ties: Ties, said: str) -> str:
    """Find one person by id, address or name; case plays no part."""
    persons, wanted = ties.persons, said.strip().casefold()
    for column in ("person_id", "email", "name"):
        fits = persons.loc[persons[column].fillna("").str.casefold() == wanted, "person_id"]
        if len(fits) == 1:
            return str(fits.iloc[0])
    known = persons["name"].fillna(persons["person_id"])
    raise UnknownPerson(said, [*persons["person_id"], *known])
