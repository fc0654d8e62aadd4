"""Whose manager is who: by id, by address, or by a name that only one person has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from peerlens.records.formats.attendance import key_of
from peerlens.records.formats.automatic import address

UNKNOWN = "managers left out, not being in the table"
AMBIGUOUS = "managers left out, several people having the name"


@dataclass
class Managers:
    """The people of one table, by everything that may stand in a manager's cell.

    Examples
    --------
    >>> people = [{"id": "007", "email": "ana@x.example", "name": "Ana Ruiz"}, {"id": "8", "email": "", "name": "Bo Li"}]
    >>> managers = Managers.known(people)
    >>> managers.of({"manager_name": "Ruiz, Ana"}), managers.of({"manager_id": "7"}), managers.of({"manager_name": "Cy"})
    ('007', '007', '')
    >>> managers.notes()
    ['managers left out, not being in the table: 1']
    """

    ids: dict[str, str] = field(default_factory=dict)
    unpadded: dict[str, set[str]] = field(default_factory=dict)
    names: dict[str, set[str]] = field(default_factory=dict)
    left_out: Counter[str] = field(default_factory=Counter)

    @classmethod
    def known(cls, people: Iterable[Mapping[str, str]]) -> Managers:
        """Gather the people of a table."""
        found = cls()
        for row in people:
            person = row["id"]
            found.ids.setdefault(person.lower(), person)
            if row["email"]:
                found.ids.setdefault(row["email"], person)
            found.unpadded.setdefault(person.lstrip("0").lower(), set()).add(person)
            if row.get("name"):
                found.names.setdefault(key_of(row["name"]), set()).add(person)
        return found

    def of(self, row: Mapping[str, str]) -> str:
        """Return the id of a row's manager; empty where there is none, or where it is not certain."""
        cells = [row[column] for column in ("manager_id", "manager_email", "manager_name") if row.get(column)]
        if not cells:
            return ""
        reason = UNKNOWN
        for cell in cells:
            found = self._find(cell)
            if len(found) == 1:
                return next(iter(found))
            if found:
                reason = AMBIGUOUS
        # A manager elsewhere is still one, as long as the cell holds an address or an id and no name.
        certain = next((address(cell) for cell in cells if address(cell)), "") or row.get("manager_id", "")
        if certain:
            return certain
        self.left_out[reason] += 1
        return ""

    def _find(self, cell: str) -> set[str]:
        known = self.ids.get(cell.lower()) or self.ids.get(address(cell))
        if known:
            return {known}
        by_number = self.unpadded.get(cell.lstrip("0").lower(), set()) if cell.lstrip("0") else set()
        # "Ana Ruiz (12345)": the number in brackets counts for more than the name.
        name, bracket, number = cell.rpartition("(")
        if bracket and number.rstrip(")").strip().lower() in self.ids:
            return {self.ids[number.rstrip(")").strip().lower()]}
        return by_number or self.names.get(key_of(name if bracket and name.strip() else cell), set())

    def notes(self) -> list[str]:
        """Return what was left out, for the account."""
        return [f"{reason}: {number:,}" for reason, number in sorted(self.left_out.items())]
