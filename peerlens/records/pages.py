"""Pages that were made before, kept beside the data: asked again of the very same files, they are printed and nothing is made.

A page is found by the content of every file in the folder, by what was asked, and by the code and the libraries that made it.
People are named in it by a mark; what they are called is read from ``people.csv`` anew each time it is printed.
"""

from __future__ import annotations

import json
import os
import re
import stat
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

from peerlens.errors import InputError
from peerlens.privacy.audit import AuditLog
from peerlens.store import FOLDER, DamagedEntry, Store, code_digest, digest, file_digest

KIND = "pages"
FORMAT = 1
KEPT = 200
"""pages kept, the latest"""
MOST_FILES, MOST_BYTES = 500, 1 << 32
"""a folder with more in it is no folder of data alone, and is not looked through for the sake of a page"""
LIBRARIES = ("duckdb", "holidays", "ibis-framework", "numpy", "pandas", "pyarrow", "scipy")
"""what another version of may give another page"""
_MARK = re.compile("\ue000(\\d+)\ue001(?: \ue002\\1\ue001)?")


@dataclass(frozen=True)
class Page:
    """What is printed in answer to one question about a person.

    Parameters
    ----------
    value
        Plain values only: texts, numbers, lists and dicts of them.
    person_id, as_of
        Whose page, and of which day; the log of who asked for whom has both.
    marked
        The same with marks (:class:`Marks`) in place of names; None where it may not be kept.
    people
        Ids of those marked, in the order of their marks.
    """

    value: Any
    person_id: str
    as_of: date
    marked: Any = None
    people: Sequence[str] = ()


@dataclass
class Marks:
    """Stand in for names: two words each, so that whoever is greeted by first name is greeted by the first of them."""

    people: list[str] = field(default_factory=list)

    def of(self, person_id: str) -> str:
        """Return the mark of a person."""
        if person_id not in self.people:
            self.people.append(person_id)
        at = self.people.index(person_id)
        return f"\ue000{at}\ue001 \ue002{at}\ue001"


def page_of(data: Path, asked: Sequence[Any], make: Callable[[], Page], *, is_kept: bool = True) -> Any:
    """Return what is printed in answer to a question: kept, or made and kept.

    Parameters
    ----------
    data
        The folder with the data.
    asked
        The question: plain values that say all of it but where the data are.
    make
        Makes the page, and notes who asked.
    is_kept
        Whether anything may be kept beside the data, or read from there.
    """
    store = Store(data)
    seen = _seen(data) if is_kept else None
    if seen is None:
        return make().value
    key = digest(FORMAT, code_digest(""), sys.version, [version(name) for name in LIBRARIES], seen, asked)
    found = _kept(store, key, data)
    if found is not None:
        return found
    page = make()
    # Names are read in a plainer way here than there: a page that would not come out the same is not kept.
    marked, is_same = _text(page.marked), False
    if page.marked is not None:
        is_same = _text(_filled(json.loads(marked), page.people, _names(data))) == _text(page.value)
    if is_same and _seen(data) == seen:
        content = {
            "seen": seen,
            "page": marked,  # as text, because what is noted of an entry is sorted by name
            "people": list(page.people),
            "person_id": page.person_id,
            "as_of": page.as_of.isoformat(),
        }
        with suppress(OSError):
            store.write(KIND, key, lambda _: content)
            same = [name for name, content in store.contents(KIND) if content.get("seen") == seen]
            store.tidy(KIND, keep=same[:KEPT])
    return page.value


def _kept(store: Store, key: str, data: Path) -> Any:
    try:
        entry = store.open(KIND, key)
    except DamagedEntry:
        store.remove(KIND, key)
        return None
    if entry is None:
        return None
    content = entry.content
    AuditLog(store.folder).note("person", content["person_id"], as_of=date.fromisoformat(content["as_of"]))
    return _filled(json.loads(content["page"]), content["people"], _names(data))


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _seen(data: Path) -> str | None:
    """Return a digest of the content of all files of a folder; None where that is not to be had, or not worth it."""
    files, size = [], 0
    for place, folders, names in os.walk(data):
        if Path(place) == data and FOLDER in folders:
            folders.remove(FOLDER)
        if any(os.path.islink(os.path.join(place, folder)) for folder in folders):
            return None
        folders.sort()
        for name in sorted(names):
            path = Path(place, name)
            try:
                found = path.stat()
            except OSError:
                return None
            size += found.st_size
            files.append(path)
            if not stat.S_ISREG(found.st_mode) or len(files) > MOST_FILES or size > MOST_BYTES:
                return None
    try:
        return digest([[path.relative_to(data).as_posix(), file_digest(path)] for path in files]) if files else None
    except OSError:
        return None


def _names(data: Path) -> dict[str, str]:
    """Return what people are called, by id, as far as a table of people tells it plainly."""
    from peerlens.records import lines
    from peerlens.records.cells import clean_id, without_guard
    from peerlens.records.sources import file_source
    from peerlens.schema import PEOPLE

    path = data / f"{PEOPLE.name}.csv"
    if not path.is_file():
        return {}
    try:
        source = file_source(PEOPLE, path)
        if source.sniff is None or "name" not in source.header.positions:
            return {}
        with lines.opened(path, source.sniff) as plain:
            found = lines.scan(plain.path, delimiter=source.sniff.delimiter, width=len(source.names), name=source.name)
    except (InputError, OSError):
        return {}
    person, name = (source.header.positions[column] for column in ("person_id", "name"))
    return {clean_id(record[person]): without_guard(record[name].strip()) for record in found.records}


def _filled(value: Any, people: Sequence[str], names: Mapping[str, str]) -> Any:
    """Put names in place of marks: the whole name, or where the second word of a mark is not there the first name."""

    def name(mark: re.Match[str]) -> str:
        person = people[int(mark[1])]
        called = names.get(person) or person
        return called if " " in mark[0] else called.split()[0]

    if isinstance(value, str):
        return _MARK.sub(name, value)
    if isinstance(value, Mapping):
        return {key: _filled(part, people, names) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_filled(part, people, names) for part in value]
    return value
