"""Contact days kept beside the data: any day of the question, half-life or window is then asked without the messages.

An entry belongs to one reading and to the settings that decide what contact is. When a reading grew by new files, so do its
contact days: those before the first new day stay, the rest is made again from all events.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
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
LARGE = 1_000_000
"""contact days from which those just kept are not held in memory as well"""
MATTERING = (
    "broadcast_size",
    "close_message_size",
    "close_meeting_size",
    "max_meeting_hours",
    "meeting_hour_credit",
    "small_message_size",
)
"""the settings that decide what a contact day holds; the others apply when ties are made"""
MADE_BY = ("ties/events.py", "ties/contact_days.py", "ties/grouped.py", "ties/cache.py")
"""the code that decides what a contact day holds, beside that of reading"""
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
        return _scanned(entry, engine)
    days, fresh, pieces = _grown(records, events, settings, kept) or _made(events, settings, engine)
    # Where nothing can be written, as on a full disk, the answer is the same.
    with suppress(OSError):
        kept.store.write(KIND, key, lambda folder: _written(folder, fresh, pieces, engine, kept.key))
        _tidy(kept, key)
        entry = kept.store.open(KIND, key, is_new=True) if engine.count(fresh["days"]) >= LARGE else None
        if entry is not None:
            engine.drop(*fresh.values())
            return _scanned(entry, engine)
    return days


def _scanned(entry: Entry, engine: Engine) -> ContactDays:
    """Leave contact days where they lie: whoever walks over all of them does so once, and their order finds one person's."""
    return ContactDays(**{name: _scan(_pieces(entry, name), engine, name, entry) for name in NUMBERS})


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
        engine.write_parquet(table, folder / file)
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


def _made(
    events: Events, settings: TieSettings, engine: Engine
) -> tuple[ContactDays, dict[str, ir.Table], dict[str, list[_Piece]]]:
    days = make_contact_days(events, settings, engine)
    return days, {"days": days.days, "activity": days.activity}, {}


def _grown(
    records: Records, events: Events, settings: TieSettings, kept: Kept
) -> tuple[ContactDays, dict[str, ir.Table], dict[str, list[_Piece]]] | None:
    """Make the contact days from the first new day on and put those before it to them.

    Returns
    -------
    tuple
        All contact days; those that are in no file yet; where the others are.
    """
    import ibis

    earlier = kept.earlier
    if earlier is None:
        return None
    try:
        entry = kept.store.open(KIND, _key(earlier.key, settings))
        before = kept.store.open("records", earlier.key) if entry is not None else None
    except DamagedEntry:
        return None
    if entry is None or before is None:
        return None
    engine = records.engine
    since = None if earlier.until is None else day_number(earlier.until)
    pieces = {name: [_cut(piece, since) for piece in _pieces(entry, name)] for name in NUMBERS}
    codes = _new_numbers(before, records.ids, engine)
    recent, fresh, _ = _made(_since(events, since), settings, engine)
    whole = {}
    for name, new in fresh.items():
        old = _scan(pieces[name], engine, name, entry)
        if codes is not None:
            old = _numbered_anew(old, NUMBERS[name], codes)
        whole[name] = ibis.union(old.select(*new.columns).cast(dict(new.schema().items())), new)
    if codes is None:
        return ContactDays(**whole), fresh, pieces
    # In order, so that one person's days are found without looking at all of them.
    whole = {
        name: engine.materialise(table.order_by([*NUMBERS[name], "day_no"]), name=name) for name, table in whole.items()
    }
    engine.drop(codes, recent.days, recent.activity)
    return ContactDays(**whole), whole, {}


def _new_numbers(before: Entry, ids: pd.DataFrame, engine: Engine) -> ir.Table | None:
    """Return what number each person had and has; None where that is the same."""
    import pandas as pd

    old = pd.read_parquet(before.path("ids.parquet"))
    if len(old) == len(ids):
        return None
    pairs = old[["person_no", "person_id"]].merge(ids, on="person_id", suffixes=("_old", ""))
    return engine.from_frame(pairs[["person_no_old", "person_no"]].astype("int32"), name="codes")


def _numbered_anew(table: ir.Table, columns: tuple[str, ...], codes: ir.Table) -> ir.Table:
    """Give people their new numbers; their order stays, so the first of a pair stays the first."""
    for column in columns:
        now = codes.select(**{column: codes.person_no_old, f"{column}_new": codes.person_no})
        table = table.join(now, column).drop(column).rename({column: f"{column}_new"})
    return table


def _cut(piece: _Piece, since: int | None) -> _Piece:
    ends = [day for day in (piece.until_day, since) if day is not None]
    return replace(piece, until_day=min(ends, default=None))


def _since(events: Events, since: int | None) -> Events:
    def cut(table: ir.Table) -> ir.Table:
        return table.filter(table.day_no >= since) if since is not None else table.limit(0)

    return replace(
        events,
        messages=None if events.messages is None else cut(events.messages),
        make_meetings=None if events.meetings is None else partial(cut, events.meetings),
    )
