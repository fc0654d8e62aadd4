"""Messages and meetings kept beside the data, as they are after exclusion, so that the files are parsed once.

An entry is found by the content of every file and the settings of reading, and by the code that made it: nothing is ever
taken for unchanged because of its name, size or date. It holds rows with people as numbers, the ids of those who count, and
what the account needs. The small tables are not kept: they are read anew each time.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from peerlens.records.account import Drop
from peerlens.records.events import Part, Tally
from peerlens.records.finished import Finished, Log, Piece
from peerlens.records.sources import Source, digest_of
from peerlens.schema import SCHEMA_VERSION
from peerlens.store import DamagedEntry, Entry, FileDigests, Store, code_digest, digest, link

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from peerlens.engine import Engine
    from peerlens.records.flags import FlagWords
    from peerlens.records.small_tables import SmallTables
    from peerlens.settings import ReadSettings

KIND = "records"
FORMAT = 1
KEPT = 4
"""entries kept: this one, those it may be made from, and a few others, as for another list of people to leave out"""
LOGS = ("messages", "meetings")
WHO_IS_WHO = ("people", "people_aliases", "accounts", "confidential")
"""the small tables that decide who counts; the others never touch a log, so a verdict or an absence more changes nothing"""
MADE_BY = ("records", "schema.py", "privacy", "engine", "store.py")
"""the code that decides what an entry holds"""


@dataclass(frozen=True)
class Earlier:
    """An entry that this one was made from: the same rows before a day.

    Parameters
    ----------
    key
        Of the entry.
    until
        First day with a row that is not in it; None where it holds all rows.
    """

    key: str
    until: date | None


@dataclass(frozen=True, eq=False)
class Kept:
    """Where records are kept, for later stages that keep something beside them.

    Parameters
    ----------
    store, key
        Where, and under which key.
    earlier
        An entry they were made from.
    """

    store: Store
    key: str
    earlier: Earlier | None = None


class RecordsCache:
    """The place of one reading in the store.

    Parameters
    ----------
    store
        Where entries are.
    sources
        All files and frames, in the order that rows refer to.
    small
        The small tables among them, read.
    settings
        Of reading.
    words
        What tells asks and thanks in subject lines, where they are looked for.
    digests
        Of the files of messages and meetings.
    """

    def __init__(
        self,
        store: Store,
        sources: Sequence[Source],
        small: SmallTables,
        settings: ReadSettings,
        words: FlagWords | None = None,
        *,
        digests: FileDigests,
    ) -> None:
        self.store = store
        self.sources = {number: source for number, source in enumerate(sources) if source.table.name in LOGS}
        self.files = {number: _identity(source, digests) for number, source in self.sources.items()}
        read = [[name, item.sha256] for name, item in sorted(small.sources.items()) if name in WHO_IS_WHO]
        made_by = code_digest(*MADE_BY)
        self.base = digest(FORMAT, SCHEMA_VERSION, made_by, dataclasses.asdict(settings), read, small.names, str(words))
        self.key = digest(self.base, sorted(self.files.items()))

    def load(self, engine: Engine) -> tuple[Finished, Kept] | None:
        """Return what is kept of exactly these files, if anything.

        Raises
        ------
        DamagedEntry
            It is there and cannot be used.
        """
        entry = self.store.open(KIND, self.key)
        if entry is None:
            return None
        finished = self._finished(entry, engine, {number: number for number in self.files})
        return finished, Kept(self.store, self.key, _earlier(entry))

    def remove(self) -> None:
        """Delete what is kept of these files."""
        self.store.remove(KIND, self.key)

    def partly(self, engine: Engine) -> tuple[Finished, str] | None:
        """Return the largest entry that was made of some of these files and no others, and its key."""
        best: tuple[int, str, dict[int, int]] | None = None
        ours = {_hashable(identity): number for number, identity in self.files.items()}
        for key, content in self.store.contents(KIND):
            theirs = {_hashable(identity): int(number) for number, identity in content.get("files", [])}
            is_part = content.get("base") == self.base and theirs and set(theirs) < set(ours)
            if is_part and (best is None or len(theirs) > best[0]):
                best = len(theirs), key, {number: ours[identity] for identity, number in theirs.items()}
        if best is None:
            return None
        try:
            entry = self.store.open(KIND, best[1])
            return (self._finished(entry, engine, best[2]), best[1]) if entry is not None else None
        except DamagedEntry:
            self.store.remove(KIND, best[1])
            return None

    def save(self, finished: Finished, engine: Engine, *, earlier: Earlier | None = None) -> Kept | None:
        """Keep what was read, unless a file changed meanwhile.

        Raises
        ------
        OSError
            The folder cannot be written.
        """
        read = {part.number: part.source.sha256 for log in finished.logs.values() for part in log.parts}
        if read != {number: identity[2] for number, identity in self.files.items()}:
            return None
        self.store.write(KIND, self.key, lambda folder: self._written(folder, finished, engine, earlier))
        newest = [key for key, content in self.store.contents(KIND) if content.get("base") == self.base]
        others = [key for key, content in self.store.contents(KIND) if content.get("base") != self.base]
        self.store.tidy(KIND, keep=[self.key, *newest[: KEPT // 2], *others[: KEPT // 2]])
        return Kept(self.store, self.key, earlier)

    def _written(self, folder: Path, finished: Finished, engine: Engine, earlier: Earlier | None) -> dict[str, Any]:
        finished.ids.to_parquet(folder / "ids.parquet", index=False)
        logs = {name: self._written_log(folder, name, log, engine) for name, log in finished.logs.items()}
        return {
            "base": self.base,
            "files": sorted(self.files.items()),
            "logs": logs,
            "days": [[day.isoformat(), count] for day, count in sorted(finished.days.items())],
            "hinted": sorted(finished.hinted),
            "last_plausible_day": _iso(finished.last_plausible_day),
            "earlier": None if earlier is None else [earlier.key, _iso(earlier.until)],
        }

    def _written_log(self, folder: Path, name: str, log: Log, engine: Engine) -> dict[str, Any]:
        pieces = []
        for at, (table, kept) in enumerate(log.pieces or ((log.table, None),)):
            piece = Piece(f"{name}-{at}.parquet", kept.numbers if kept is not None else {})
            if kept is not None:
                link(Path(kept.name), folder / piece.name)
            else:
                engine.write_parquet(table, folder / piece.name)
            pieces.append([piece.name, sorted(piece.numbers.items())])
        return {
            "pieces": pieces,
            "parts": [_plain(part, log.tallies[part.number]) for part in log.parts],
            "first_day": _iso(log.first_day),
            "last_day": _iso(log.last_day),
            "span": log.span,
            "is_touched": log.is_touched,
        }

    def _finished(self, entry: Entry, engine: Engine, numbers: dict[int, int]) -> Finished:
        """Return what an entry holds, with file numbers as they are now."""
        import pandas as pd

        content = entry.content
        try:
            logs = {name: self._log(name, entry, engine, numbers) for name in content["logs"]}
            return Finished(
                logs,
                pd.read_parquet(entry.path("ids.parquet")),
                {date.fromisoformat(day): int(count) for day, count in content["days"]},
                frozenset(content["hinted"]),
                _day(content["last_plausible_day"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise DamagedEntry("the manifest is not what was written") from error

    def _log(self, name: str, entry: Entry, engine: Engine, numbers: dict[int, int]) -> Log:
        import ibis

        content = entry.content["logs"][name]
        pieces = []
        for file, own in content["pieces"]:
            path = entry.path(file)
            now = {old: numbers[new] for old, new in (own or [(n, n) for n in numbers])}
            table = engine.read_cached(path, name=name, keep=entry)
            changed = {old: new for old, new in now.items() if old != new}
            if changed:
                table = table.mutate(source=_renumbered(table.source, changed))
            pieces.append((table, Piece(str(path), now)))
        parts, tallies = [], {}
        for item in content["parts"]:
            part, tally = self._part(item, numbers)
            parts.append(part)
            tallies[part.number] = tally
        return Log(
            ibis.union(*(table for table, _ in pieces)) if len(pieces) > 1 else pieces[0][0],
            tuple(sorted(parts, key=lambda part: part.number)),
            tallies,
            _day(content["first_day"]),
            _day(content["last_day"]),
            tuple(content["span"]) if content["span"] is not None else None,
            bool(content["is_touched"]),
            tuple(pieces),
        )

    def _part(self, item: dict[str, Any], numbers: dict[int, int]) -> tuple[Part, Tally]:
        number = numbers[item["number"]]
        source = replace(self.sources[number], encoding=item["encoding"], sha256=item["sha256"])
        part = Part(
            number,
            source,
            lines=item["lines"],
            years=tuple(item["years"]),
            naive=item["naive"],
            day_only=item["day_only"],
            has_lists=item["has_lists"],
            notes=tuple(item["notes"]),
        )
        drops = tuple(Drop(source.name, reason, rows) for reason, rows in item["drops"])
        return part, Tally(source.name, item["rows_read"], drops, item["rows_added"])


def _identity(source: Source, digests: FileDigests) -> list[Any]:
    found = digest_of(source) if source.path is None else digests.of(source.path)
    return [source.table.name, source.name, found, sorted(source.header.positions.items())]


def _hashable(identity: Sequence[Any]) -> tuple[Any, ...]:
    table, name, sha256, positions = identity
    return table, name, sha256, tuple((column, at) for column, at in positions)


def _plain(part: Part, tally: Tally) -> dict[str, Any]:
    return {
        "number": part.number,
        "encoding": part.source.encoding,
        "sha256": part.source.sha256,
        "lines": part.lines,
        "years": part.years,
        "naive": part.naive,
        "day_only": part.day_only,
        "has_lists": part.has_lists,
        "notes": part.notes,
        "rows_read": tally.rows_read,
        "drops": [[item.reason, item.rows] for item in tally.drops],
        "rows_added": tally.rows_added,
    }


def _renumbered(source: ir.Value, numbers: dict[int, int]) -> ir.Value:
    import ibis

    return ibis.cases(
        *((source == old, ibis.literal(new, "int32")) for old, new in sorted(numbers.items())), else_=source
    ).cast("int32")


def _earlier(entry: Entry) -> Earlier | None:
    found = entry.content.get("earlier")
    return Earlier(found[0], _day(found[1])) if found else None


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
