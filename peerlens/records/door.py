"""The door that messages and meetings come in by: from what is kept, from new files added to it, or from all files."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from peerlens.progress import stage
from peerlens.records.checks import Problems
from peerlens.records.events import Loaded, together
from peerlens.store import FOLDER, DamagedEntry, Store

if TYPE_CHECKING:
    from peerlens.engine import Engine
    from peerlens.records.cache import Kept, RecordsCache
    from peerlens.records.finished import Finished, LogAsRead
    from peerlens.records.flags import FlagWords
    from peerlens.records.identities import Identities
    from peerlens.records.small_tables import SmallTables
    from peerlens.records.sources import Source
    from peerlens.settings import Settings
    from peerlens.store import FileDigests

FROM_CACHE = f"messages and meetings were read from the cache in {FOLDER} (peerlens forget deletes it)"
KEPT = f"messages and meetings are kept in {FOLDER} for the next time (peerlens forget deletes it)"
ADDED = f"new files were added to what is kept in {FOLDER} (peerlens forget deletes it)"
DAMAGED = f"what was kept in {FOLDER} was damaged and has been made again"
NO_PLACE = "nothing is kept for the next time: the data do not lie in a folder"
CHANGING = "nothing is kept for the next time: a file changed while it was read"


@dataclass(frozen=True)
class Found:
    """Messages and meetings, where they are kept, and what to say of it."""

    finished: Finished
    kept: Kept | None
    said: str


class Door:
    """Brings messages and meetings in.

    Parameters
    ----------
    sources
        All files and frames, in the order that rows refer to.
    small
        The small tables among them, read.
    settings
        In force.
    zone
        IANA zone of instants without one.
    words
        What tells asks, thanks and agendas in subject lines; None reads no subject.
    digests
        Of the files of messages and meetings; none where nothing is kept.
    """

    def __init__(
        self,
        sources: Sequence[Source],
        small: SmallTables,
        settings: Settings,
        zone: str,
        *,
        words: FlagWords | None = None,
        digests: FileDigests,
    ) -> None:
        self.sources = list(sources)
        self.small = small
        self.settings = settings
        self.zone = zone
        self.words = words
        self.digests = digests

    @cached_property
    def identities(self) -> Identities:
        """What the small tables say of ids."""
        from peerlens.records.assembly import who_is_who

        return who_is_who(self.small, self.settings)

    def logs(self, engine: Engine, problems: Problems, place: Path | None) -> Found:
        """Return messages and meetings.

        Parameters
        ----------
        engine
            Where they go.
        problems
            Where to note what is wrong.
        place
            The folder in which they are kept; None keeps nothing.

        Raises
        ------
        InputError
            Something is wrong with the input.
        """
        from peerlens.records.cache import RecordsCache

        if place is None or not any(source.table.name in ("messages", "meetings") for source in self.sources):
            return Found(self._from_files(engine, problems), None, NO_PLACE if place is None else "")
        cache = problems.attempt(
            lambda: RecordsCache(
                Store(place), self.sources, self.small, self.settings.read, self.words, digests=self.digests
            )
        )
        if cache is None:
            problems.raise_any()
            raise AssertionError("unreachable")
        was_damaged = False
        stage("looking for what is kept")
        try:
            found = cache.load(engine)
        except DamagedEntry:
            found, was_damaged = None, True
            cache.remove()
        if found is not None:
            return Found(*found, FROM_CACHE)
        grown = self._grown(cache, engine, problems)
        if grown is not None:
            return grown
        finished = self._from_files(engine, problems)
        stage("keeping what was read for the next time")
        try:
            kept = cache.save(finished, engine)
        except OSError as error:
            return Found(finished, None, f"nothing is kept for the next time: {error.strerror or error}")
        return Found(finished, kept, CHANGING if kept is None else DAMAGED if was_damaged else KEPT)

    def parse(self, engine: Engine, problems: Problems, *, known: Collection[int] = ()) -> dict[str, LogAsRead]:
        """Parse messages and meetings but for known files, noting what is wrong with them."""
        logs: dict[str, dict[int, Source]] = {}
        for number, source in enumerate(self.sources):
            if number not in known and source.table.name in ("messages", "meetings"):
                logs.setdefault(source.table.name, {})[number] = source
        found: dict[str, LogAsRead] = {}
        for name, files in logs.items():
            log = self._as_arrays(files) if engine.takes_arrays and self.words is None else None
            log = log or self._in_engine(files, engine, problems)
            if log is not None:
                found[name] = log
        return found

    def _as_arrays(self, files: Mapping[int, Source]) -> LogAsRead | None:
        """Read a log as arrays; None where one of its files has to be read the general way, and so all of them."""
        from peerlens.records import arrays

        parts = []
        try:
            for number, source in files.items():
                stage(f"reading {source.name}")
                parts.append(arrays.STAGES[source.table.name].load(source, number=number, zone=self.zone))
        except arrays.Unusual:
            return None
        return arrays.together(parts)

    def _in_engine(self, files: Mapping[int, Source], engine: Engine, problems: Problems) -> LogAsRead | None:
        """Read a log into the engine, noting everything that is wrong with it."""
        from peerlens.records import meetings, messages

        parts: list[Loaded] = []
        for number, source in files.items():
            if source.table.name == "messages":
                read_file = partial(messages.load, source, engine, problems, number=number, words=self.words)
            else:
                read_file = partial(
                    meetings.load, source, engine, problems, zone=self.zone, number=number, words=self.words
                )
            stage(f"reading {source.name}")
            found = problems.attempt(read_file)
            if found is not None:
                parts.append(found)
        return together(parts) if parts else None

    def _from_files(self, engine: Engine, problems: Problems) -> Finished:
        from peerlens.records.assembly import listed
        from peerlens.records.finished import finish

        loaded = self.parse(engine, problems)
        problems.raise_any()
        stage("sorting out who is who")
        return finish(loaded, self.identities, engine, self.settings, people=listed(self.small, self.identities))

    def _grown(self, cache: RecordsCache, engine: Engine, problems: Problems) -> Found | None:
        """Add new files to what is kept, if there is something that they can be added to."""
        from peerlens.records.adding import added
        from peerlens.records.cache import Earlier

        found = cache.partly(engine)
        if found is None:
            return None
        old, key = found
        known = {part.number for log in old.logs.values() for part in log.parts}
        new = self.parse(engine, problems, known=known)
        problems.raise_any()
        stage("adding new files to what is kept")
        both = added(old, new, self.identities, engine, self.settings)
        if both is None:
            return None
        whole, alone = both
        try:
            kept = cache.save(whole, engine, earlier=Earlier(key, alone.first_day))
        except OSError:
            kept = None
        return Found(whole, kept, ADDED if kept is not None else CHANGING)
