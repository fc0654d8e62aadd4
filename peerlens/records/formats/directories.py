"""People tables of personnel systems and directories: one table of other names for columns, and who is whose manager."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from peerlens.records import names
from peerlens.records.formats.attendance import key_of
from peerlens.records.formats.automatic import address
from peerlens.records.formats.dates import Order
from peerlens.records.formats.delimited import HEAD_BYTES, head_rows
from peerlens.records.formats.layout import Layout, decided, no_rows, rows
from peerlens.records.formats.managers import Managers
from peerlens.records.formats.sink import Sink
from peerlens.records.headers import fold
from peerlens.records.instants import is_zone

NAMES: Mapping[str, tuple[str, ...]] = {
    "id": ("PersonId", "Employee #", "Employee ID", "EMPLOYEE_ID", "Employee Number", "employeeNumber", "Worker ID"),
    "email": (
        "Work Email", "Email Address [Required]", "EMPLOYEE_EMAIL", "Email - Work", "Primary Work Email",
        "Email - Primary Work", "Email Address", "Email", "mail",
    ),
    "upn": ("userPrincipalName",),
    "name": ("displayName", "Display Name", "Worker", "Preferred Name", "Legal Name", "Full Name", "Name"),
    "first": ("First Name", "First Name [Required]", "Preferred First Name", "givenName"),
    "last": ("Last Name", "Last Name [Required]", "Preferred Last Name", "surname"),
    "department": ("Department", "Organization", "Supervisory Organization", "Division", "Cost Center", "Cost Centre"),
    "org_unit": ("Supervisory Organization", "Org Unit Path [Required]"),
    "level": ("LevelDesignation", "Management Level", "Job Level", "Compensation Grade", "Grade", "Level"),
    "manager_id": ("ManagerId", "Manager Employee ID", "MANAGER_ID", "Manager's Employee ID", "supervisorEId", "supervisorId"),
    "manager_email": ("Reports To Email", "Manager Email", "Manager's Email", "Manager Work Email", "Manager - Email"),
    "manager_name": ("Worker's Manager", "Reports To", "Manager", "Manager Name", "Supervisor", "Supervisor Name"),
    "joined": ("Hire Date", "HireDate", "JOIN_DATE", "Original Hire Date", "Date of Hire"),
    "left": ("LEAVE_DATE", "Termination Date", "Leave Date", "Last Day of Work"),
    "effective": ("EffectiveDate", "SNAPSHOT"),
    "timezone": ("TimeZone",),
    "title": ("jobTitle", "Job Title", "Business Title", "Employee Title"),
    "kind": ("userType",),
    "enabled": ("accountEnabled",),
}  # fmt: skip
DAYS = ("joined", "left", "effective")
_NO = ("false", "no", "0")
_ABOVE = re.compile(r"^(.*?)\s*\(([^()]*)\)\s*$")
_TOTAL = re.compile(r"^(?:grand )?total\b|^summe\b|^count\b|^generated\b|^page \d", re.IGNORECASE)


@dataclass(frozen=True)
class Directory:
    """One product's table of people.

    Parameters
    ----------
    name
        What the export is called.
    signature
        Columns by which it is told: one of each group must be there.
    absent
        Columns that tell that it is something else.
    """

    name: str
    signature: tuple[tuple[str, ...], ...]
    absent: tuple[str, ...] = ("MetricDate", "Password")

    def recognises(self, path: Path, head: bytes) -> bool:
        """Return whether a header holds the columns that tell this product."""
        return any(self._is_header(cells) for cells in head_rows(head))

    def _is_header(self, cells: list[str]) -> bool:
        folded = {fold(cell) for cell in cells}
        if any(fold(name) in folded for name in self.absent):
            return False
        return all(any(fold(name) in folded for name in group) for group in self.signature)

    def read(self, path: Path, sink: Sink, *, zone: str) -> None:
        """Write the people, with their managers as ids of people.

        Raises
        ------
        InputError
            Nobody is in the file, or its dates may be read in two ways.
        """
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
        header = next((cells for cells in head_rows(head) if self._is_header(cells)), [])
        folded = {fold(cell) for cell in header}
        layout = Layout(
            {f"sign {at}": group for at, group in enumerate(self.signature)},
            {column: titles for column, titles in NAMES.items() if any(fold(title) in folded for title in titles)},
        )
        found = [_clean(row) for _, row in rows(path, layout, sink)]
        order = decided(
            (row[column] for row in found for column in DAYS if column in row), sink, name=path.name, column="dates"
        )
        people = [row for row in found if _is_person(row, sink)]
        if not people:
            raise no_rows(path, "people")
        _write(people, order, sink)


def _clean(row: Mapping[str, str]) -> dict[str, str]:
    """Return the columns that are read: ids and addresses as they are compared."""
    clean = {column: _plain(row[column]) for column in NAMES if column in row}
    clean["email"] = address(clean.get("email", "")) or address(clean.get("upn", ""))
    if "@" in clean.get("id", ""):
        clean["id"] = clean["id"].lower()
    clean["email"] = clean["email"] or address(clean.get("id", ""))
    clean["id"] = clean.get("id", "") or clean["email"]
    if clean.get("first") or clean.get("last"):
        clean["name"] = f"{clean.get('first', '')} {clean.get('last', '')}".strip()
    # What stands in brackets behind a name may be a leave of absence, which is nobody's business here.
    clean["name"] = names.tidy(clean.get("name", "")) if clean.get("name") else ""
    return clean


def _plain(cell: str) -> str:
    """Return a cell on one line, without the ``="…"`` that keeps a spreadsheet from eating zeros."""
    kept = re.fullmatch(r'="(.*)"', cell.strip())
    return " ".join((kept[1] if kept else cell).split())


def _is_person(row: Mapping[str, str], sink: Sink) -> bool:
    """Return whether a row is about a person; count why it is not."""
    bare = not (row["email"] or row.get("name"))
    if not row["id"] or (bare and not row.get("department") and not row.get("manager_id")) or _TOTAL.match(row["id"]):
        sink.drop("row without a person")
    elif row.get("kind", "").lower() == "guest" or "#ext#" in row["id"]:
        sink.drop("guest account")
    elif row.get("enabled", "").lower() in _NO and not (row.get("department") or row.get("title")):
        sink.drop("disabled account without a job")
    else:
        return True
    return False


def _write(people: list[dict[str, str]], order: Order, sink: Sink) -> None:
    effective = {row.get("effective", "") for row in people} - {""}
    if len(effective) == 1:
        sink.note("one snapshot, applied to the past")
    managers = Managers.known(people)
    shared = _shared(people)
    told: dict[tuple[str, str], dict[str, str]] = {}
    for row in people:
        values = _values(row, order, sink, has_history=len(effective) > 1)
        if values["email"] in shared:
            values["email"] = ""
        values["manager_id"] = managers.of(row)
        key = (row["id"], values["valid_from_on"])
        if key in told:
            sink.merged("second row of one person" if told[key] == values else "second row of one person that differs")
            continue
        told[key] = values
        sink.row("people", values)
    for text in managers.notes():
        sink.note(text)
    if shared:
        sink.note(f"addresses left out, two people having them: {len(shared):,}")


def _shared(people: list[dict[str, str]]) -> set[str]:
    owners: dict[str, set[str]] = {}
    for row in people:
        owners.setdefault(row["email"], set()).add(row["id"])
    return {email for email, ids in owners.items() if email and len(ids) > 1}


def _values(row: dict[str, str], order: Order, sink: Sink, *, has_history: bool) -> dict[str, str]:
    days = {}
    for column in DAYS:
        cell = row.get(column, "")
        day = order.day(cell) if cell else None
        if cell and day is None:
            sink.note("days that cannot be read left empty")
        days[column] = day.isoformat() if day else ""
    department = row.get("department", "") or row.get("org_unit", "")
    above = _ABOVE.match(department)
    if above and row.get("org_unit") == department:
        department = above[1]
        if not any(column in row for column in ("manager_id", "manager_email", "manager_name")):
            # Named for who leads it; the leader's own line is not known from here.
            row["manager_name"] = above[2] if key_of(above[2]) != key_of(row.get("name", "")) else ""
    zone = row.get("timezone", "")
    return {
        "person_id": row["id"],
        "name": row.get("name", ""),
        "email": row["email"],
        "department": department.rsplit("/", 1)[-1] if department.startswith("/") else department,
        "level": row.get("level", ""),
        "joined_on": days["joined"],
        "left_on": days["left"],
        "timezone": zone if is_zone(zone) else "",
        "valid_from_on": days["effective"] if has_history else "",
    }


DIRECTORIES = (
    Directory(
        "Google Workspace users",
        (("First Name [Required]",), ("Last Name [Required]",), ("Email Address [Required]",)),
        absent=("MetricDate",),
    ),
    Directory(
        "Entra ID users",
        (("userPrincipalName",), ("displayName",), ("id", "objectId", "userType", "accountEnabled", "givenName")),
    ),
    Directory(
        "Viva Insights organizational data",
        (("PersonId",), ("ManagerId",), ("EffectiveDate", "LevelDesignation", "Organization")),
    ),
    Directory(
        "Workday report",
        (
            ("Worker", "Legal Name", "Preferred Name", "Full Name", "Employee ID"),
            ("Employee ID", "Work Email", "Email - Work", "Primary Work Email", "Email - Primary Work"),
            ("Supervisory Organization", "Management Level", "Worker's Manager", "Business Title", "Job Profile"),
        ),
    ),
    Directory("BambooHR report", (("Employee #",), ("First Name", "Name", "Display Name", "Last Name"))),
    Directory("HRIS snapshot", (("EMPLOYEE_ID",), ("EMPLOYEE_EMAIL",), ("SNAPSHOT", "MANAGER_ID", "DEPARTMENT"))),
)
"""directories told apart by the columns that only they have"""
