"""Contact days kept beside the data: any day of the question, half-life or window is then asked without the messages.

An entry belongs to one reading and to the settings that decide what contact is. When a reading grew by new files, so do its
contact days: those before the first new day stay, the rest is made again from all events.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from peerlens.progress import stage
from peerlens.store import DamagedEntry, Entry, code_digest, digest, link
from peerlens.ties.contact_days import ContactDays, make_contact_days
from peerlens.ties.events import Events, day_number

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    from peerlens.engine import Engine
    from peerlens.records import Records
    from peerlens.records.cache import Kept
    from peerlens.settings import TieSettings

KIND = "days"
FORMAT = 1
KEPT = 6
MATTERING = (
    "broadcast_size",
    "close_message_size",
    "close_meeting_size",
    "max_meeting_hours",
    "meeting_hour_credit",
    "small_message_size",
)
"""the settings that decide what a contact day holds; the others apply when ties are made"""
MADE_BY = ("ties/events.py", "ties/contact_days.py", "ties/cache.py")
NUMBERS = {"days": ("a_no", "b_no"), "activity": ("person_no",)}


@dataclass(frozen=True)
class _Piece:
    """Rows of one file of an entry, those from a day on left out."""

    path: Path
    until_day: int | None = None


def kept_contact_days(records: Records, events: Events, settings: TieSettings) -> ContactDays:
    """Return contact days: those kept, or made and kept for the next time.

    Parameters
    ----------
    records
        Says where something may be kept, if anywhere.
    events
        Of these records.
    settings
        In force.
    """
    kept, engine = records.kept, records.engine
    stage("contact days")
    if kept is None:
        return make_contact_days(events, settings, engine)
    key = _key(kept.key, settings)
    try:
        entry = kept.store.open(KIND, key)
    except DamagedEntry:
        kept.store.remove(KIND, key)
        entry = None
    if entry is not None:
        tables = {name: _read(_pieces(entry, name), engine, name, entry) for name in NUMBERS}
        return ContactDays(tables["days"], tables["activity"])
    grown = _grown(records, events, settings, kept)
    days, pieces = grown or (make_contact_days(events, settings, engine), {})
    fresh = {"days": days.days, "activity": days.activity}
    if grown is not None:
        whole = {name: _whole(fresh[name], pieces[name], engine, name) for name in NUMBERS}
        days = ContactDays(whole["days"], whole["activity"])
    # Where nothing can be written, as on a full disk, the answer is the same.
    with suppress(OSError):
        kept.store.write(KIND, key, lambda folder: _written(folder, fresh, pieces, engine, kept.key))
        _tidy(kept, key)
    return days


def _key(records_key: str, settings: TieSettings) -> str:
    return digest(FORMAT, code_digest(*MADE_BY), records_key, [getattr(settings, name) for name in MATTERING])


def _tidy(kept: Kept, key: str) -> None:
    """Delete what belongs to readings that are kept no more, and the oldest of the rest."""
    readings = {name for name, _ in kept.store.contents("records")}
    alive = [name for name, content in kept.store.contents(KIND) if content.get("records") in readings]
    kept.store.tidy(KIND, keep=[key, *alive[:KEPT]])


def _written(
    folder: Path, fresh: Mapping[str, ir.Table], pieces: Mapping[str, list[_Piece]], engine: Engine, records_key: str
) -> dict[str, Any]:
    noted: dict[str, list[list[Any]]] = {}
    for name, table in fresh.items():
        noted[name] = []
        for at, piece in enumerate(pieces.get(name, [])):
            link(piece.path, folder / f"{name}-{at}.parquet")
            noted[name].append([f"{name}-{at}.parquet", piece.until_day])
        file = f"{name}-{len(noted[name])}.parquet"
        order = [*NUMBERS[name], "day_no"]
        engine.write_parquet(table.order_by(order), folder / file)
        noted[name].append([file, None])
    return {"records": records_key, "pieces": noted}


def _pieces(entry: Entry, name: str) -> list[_Piece]:
    return [_Piece(entry.path(file), until) for file, until in entry.content["pieces"][name]]


def _scan(pieces: list[_Piece], engine: Engine, name: str, entry: Entry | None) -> ir.Table:
    import ibis

    tables = []
    for piece in pieces:
        table = engine.read_cached(piece.path, name=name, keep=entry)
        tables.append(table if piece.until_day is None else table.filter(table.day_no < piece.until_day))
    return ibis.union(*tables) if len(tables) > 1 else tables[0]


def _read(pieces: list[_Piece], engine: Engine, name: str, entry: Entry | None) -> ir.Table:
    """Bring contact days into the engine: every later stage walks over them several times."""
    return engine.materialise(_scan(pieces, engine, name, entry), name=name)


def _whole(fresh: ir.Table, pieces: list[_Piece], engine: Engine, name: str) -> ir.Table:
    import ibis

    old = _scan(pieces, engine, name, None)
    return engine.materialise(
        ibis.union(old.select(*fresh.columns).cast(dict(fresh.schema().items())), fresh), name=name
    )


def _grown(
    records: Records, events: Events, settings: TieSettings, kept: Kept
) -> tuple[ContactDays, dict[str, list[_Piece]]] | None:
    """Make the contact days from the first new day on, and say where those before it are."""
    earlier = kept.earlier
    if earlier is None:
        return None
    try:
        entry = kept.store.open(KIND, _key(earlier.key, settings))
        before = kept.store.open("records", earlier.key) if entry is not None else None
    except DamagedEntry:
        return None
    if entry is None or before is None or not _same_numbers(before, records.ids):
        return None
    engine = records.engine
    since = None if earlier.until is None else day_number(earlier.until)
    pieces = {name: [_cut(piece, since) for piece in _pieces(entry, name)] for name in NUMBERS}
    engine.hold(entry)
    recent = make_contact_days(_since(events, since), settings, engine)
    return recent, pieces


def _same_numbers(before: Entry, ids: pd.DataFrame) -> bool:
    import pandas as pd

    old = pd.read_parquet(before.path("ids.parquet"))
    return len(old) == len(ids) and bool((old["person_id"].to_numpy() == ids["person_id"].to_numpy()).all())


def _cut(piece: _Piece, since: int | None) -> _Piece:
    ends = [day for day in (piece.until_day, since) if day is not None]
    return replace(piece, until_day=min(ends, default=None))


def _since(events: Events, since: int | None) -> Events:
    def cut(table: ir.Table | None) -> ir.Table | None:
        if table is None:
            return None
        return table.filter(table.day_no >= since) if since is not None else table.limit(0)

    return replace(events, messages=cut(events.messages), meetings=cut(events.meetings))
