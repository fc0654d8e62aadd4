"""Who an id in a log is: a person, a list, a room, someone never looked at, or a stranger."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from peerlens.privacy import matches
from peerlens.records import names
from peerlens.records.cells import clean_id
from peerlens.records.people import emails

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import numpy as np
    import pandas as pd

    from peerlens.engine import Engine

LEFT_OUT = "left out at the door (exclude list, confidential)"
"""one line for all of them, so that nobody can work out who asked not to be looked at"""

NOT_CONTACTS = ("list", "room", "bot", "shared")


@dataclass(frozen=True)
class Identities:
    """What is known of ids before any log is read.

    Parameters
    ----------
    persons
        All person ids, those left out included.
    by_email
        Person id of each address.
    left_out
        Person ids left out.
    patterns
        Ids and patterns left out.
    kinds
        Kind of each account.
    confidential
        Those of the patterns whose every event is left out, not only the person.
    by_name
        Person id of each alias and each name that belongs to one person only (see ``names.key``).
    several
        Names that belong to several people.
    by_alias
        Person id of each alias that the user gave; these come before everything else.
    """

    persons: frozenset[str]
    by_email: dict[str, str]
    left_out: frozenset[str]
    patterns: tuple[str, ...]
    kinds: dict[str, str]
    confidential: tuple[str, ...] = ()
    by_name: Mapping[str, str] = field(default_factory=dict)
    several: frozenset[str] = frozenset()
    by_alias: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def known(
        cls,
        people: pd.DataFrame | None,
        accounts: pd.DataFrame,
        patterns: Iterable[str],
        *,
        confidential: Iterable[str] = (),
    ) -> Identities:
        """Gather what the people and accounts tables and the patterns say."""
        patterns = tuple(patterns)
        persons: frozenset[str] = frozenset()
        by_email: dict[str, str] = {}
        left_out: frozenset[str] = frozenset()
        if people is not None:
            # As a list: text that lies in Arrow is handed out one by one, and slowly.
            persons, by_email = frozenset(people["person_id"].tolist()), emails(people)
            if patterns:
                left_out = matches(persons, patterns)
                left_out |= {by_email[email] for email in matches(by_email, patterns)}
        bare = cls(persons, by_email, left_out, patterns, {})
        pairs = zip(accounts["account_id"], accounts["kind"], strict=True)
        kinds = {bare.resolve(account): kind for account, kind in pairs}
        return cls(persons, by_email, left_out, patterns, kinds, tuple(confidential))

    def with_names(
        self, people: pd.DataFrame | None, aliases: pd.DataFrame, seen: Iterable[tuple[str, str]]
    ) -> Identities:
        """Return these identities, with names that stand for people where ids and addresses do not.

        Parameters
        ----------
        people
            The people table; None where there is none.
        aliases
            ``person_id, alias`` as the user gave them: they come before all other names.
        seen
            Ids or addresses, and names that exports show beside them.
        """
        own = zip(aliases["person_id"], aliases["alias"], strict=True)
        given, disputed = names.by_key(((self.resolve(person), alias) for person, alias in own), least_words=1)
        settled = dict(given)
        seen = [(person, name) for person, name in seen if names.alias_key(person) not in settled]
        own_names: list[tuple[str, str]] = []
        if people is not None:
            known = people[["person_id", "name"]].dropna()
            own_names = list(zip(known["person_id"].tolist(), known["name"].tolist(), strict=True))
            settled |= self._linked(seen, own_names)
        pairs = [(settled.get(names.alias_key(person), self.resolve(person)), name) for person, name in seen]
        pairs += own_names
        unique, several = names.by_key(names.without_known(pairs, settled))
        found = replace(
            self,
            by_name={**unique, **settled},
            by_alias={name: person for name, person in given.items() if name != names.alias_key(person)},
            several=(several | disputed) - frozenset(settled),
        )
        # Whom a name stands for is now known, so those left out by address are left out by name as well.
        kinds = {found.resolve(account): kind for account, kind in self.kinds.items()}
        return replace(found, kinds=kinds)

    def _linked(self, seen: Iterable[tuple[str, str]], own: Iterable[tuple[str, str]]) -> dict[str, str]:
        """Return the person behind each id or address that no table knows, by the name an export shows beside it.

        Only where one person has that name, and has no other address in the table, and where no second id or no second
        address goes by it as well: a namesake outside is more likely than a person with two.
        """
        unique, _ = names.by_key(own)
        with_email = set(self.by_email.values())
        claims: dict[tuple[str, bool], set[str]] = {}
        for item, name in seen:
            person, is_address = unique.get(names.key(name)), "@" in item
            if person is None or self.resolve(item) in self.persons or (is_address and person in with_email):
                continue
            claims.setdefault((person, is_address), set()).add(names.alias_key(item))
        return {next(iter(items)): person for (person, _), items in claims.items() if len(items) == 1}

    def ambiguous(self, written: Iterable[str]) -> tuple[str, ...]:
        """Return those names, as written, that may be several people's and so stay on their own."""
        if not self.several:
            return ()
        return tuple(
            item
            for item in sorted(set(written))
            if names.alias_key(item) in self.several and self.resolve(item) == clean_id(item)
        )

    def resolve(self, value: str) -> str:
        """Return the person id an id or address stands for; the id itself where it stands for none."""
        # Ids of the people table are clean; one that starts with a quote mark may have another meaning once that is taken off.
        if value in self.persons and not self.by_alias and not value.startswith("'"):
            return value
        item = clean_id(value)
        if self.by_alias:
            # What the user said comes before a people table that an export made of the names in it.
            given = self.by_alias.get(names.alias_key(item))
            if given is not None:
                return given
        if item in self.persons:
            return item
        found = self.by_email.get(item.lower())
        if found is None and self.by_name:
            found = self.by_name.get(names.alias_key(item))
        return item if found is None else found

    def is_left_out(self, ids: Iterable[str]) -> frozenset[str]:
        """Return those of the ids, as written, that are never looked at."""
        if not self.patterns:
            return frozenset()
        ids = set(ids)
        return matches(ids, self.patterns) | {item for item in ids if self.resolve(item) in self.left_out}

    def is_confidential(self, ids: Iterable[str]) -> frozenset[str]:
        """Return those of the ids, as written, with whom no event is looked at."""
        if not self.confidential:
            return frozenset()
        ids = set(ids)
        persons = matches(self.persons, self.confidential)
        persons |= {self.by_email[email] for email in matches(self.by_email, self.confidential)}
        return matches(ids, self.confidential) | {item for item in ids if self.resolve(item) in persons}

    def table(self, written: Iterable[str]) -> pd.DataFrame:
        """Return one row per id as written in a log: ``written, resolved, reason`` (missing: a contact), ``is_confidential``.

        Numbers come with :func:`numbered`.
        """
        import pandas as pd

        written = sorted(set(written))
        out = self.is_left_out(written)
        rows = []
        for item in written:
            person = self.resolve(item)
            if not person:
                continue
            kind = self.kinds.get(person)
            reason = LEFT_OUT if item in out else f"a {kind} account" if kind in NOT_CONTACTS else None
            rows.append((item, person, reason))
        table = pd.DataFrame(rows, columns=["written", "resolved", "reason"], dtype="str")
        return table.assign(is_confidential=table["written"].isin(self.is_confidential(written)))

    def without(
        self, frame: pd.DataFrame, keys: Iterable[str], references: Iterable[str] = ()
    ) -> tuple[pd.DataFrame, int]:
        """Resolve the id columns of a small table; leave out rows about someone never looked at.

        Parameters
        ----------
        frame
            The table.
        keys
            Columns that make the row go.
        references
            Columns whose cell is emptied instead.

        Returns
        -------
        tuple
            The rest of the table, and how many rows went.
        """
        frame = frame.copy()
        gone = frame.index != frame.index
        for column in [*keys, *references]:
            written = frame[column].dropna().unique().tolist()
            left_out = self.is_left_out(written)
            meaning = {item: self.resolve(item) for item in written}
            if frame[column].dtype == "str" and not left_out and all(item == one for item, one in meaning.items()):
                continue
            out = frame[column].isin(left_out)
            if column in keys:
                gone |= out
            frame[column] = frame[column].map(meaning).astype("str").mask(out)
        rest = frame[~gone] if gone.any() else frame
        return rest.reset_index(drop=True), int(gone.sum())


class Who:
    """Who the ids of a log are.

    Parameters
    ----------
    known
        What :func:`numbered` returned of them.
    ids
        Everyone who counts: ``person_no, person_id``.
    engine
        Where logs are that know people only by their ids as written.
    """

    def __init__(self, known: pd.DataFrame, ids: pd.DataFrame, engine: Engine) -> None:
        self.known = known
        self.ids = ids
        self._engine = engine
        self._table: ir.Table | None = None

    @property
    def table(self) -> ir.Table:
        """The ids in the engine."""
        if self._table is None:
            self._table = self._engine.from_frame(self.known, name="identities")
        return self._table

    @cached_property
    def reasons(self) -> tuple[str, ...]:
        """Why ids are no contacts, after an empty one for those that are."""
        return ("", *sorted(self.known["reason"].dropna().unique()))

    @cached_property
    def reason_codes(self) -> np.ndarray:
        """The place of each id's reason among the reasons."""
        place = {reason: at for at, reason in enumerate(self.reasons)}
        return self.known["reason"].fillna("").astype(object).map(place).to_numpy("int8")

    def close(self) -> None:
        """Forget what is in the engine."""
        if self._table is not None:
            self._engine.drop(self._table)


def numbered(known: pd.DataFrame, people: Iterable[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give everyone who counts a number, in the order of ids.

    Parameters
    ----------
    known
        What :meth:`Identities.table` returned.
    people
        Ids of the people table, those left out excluded.

    Returns
    -------
    known
        With ``number`` (int32; missing for those who do not count).
    ids
        One row per person: ``person_no, person_id``.
    """
    import pandas as pd

    everyone = sorted(set(people) | set(known.loc[known["reason"].isna(), "resolved"].tolist()))
    ids = pd.DataFrame({"person_no": pd.RangeIndex(len(everyone)).astype("int32"), "person_id": everyone})
    ids["person_id"] = ids["person_id"].astype("str")
    number = known["resolved"].map(ids.set_index("person_id")["person_no"]).astype("Int32")
    return known.assign(number=number), ids
