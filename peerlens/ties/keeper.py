"""Ties kept beside the data, and what is worked out from them: the next question about the same day is answered at once.

Kept are tables of ties and what lenses measured; never who was away when. Those who were there, and when, are worked out
anew each time (:mod:`peerlens.ties.ground`).
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from datetime import date
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from peerlens.progress import stage
from peerlens.store import DamagedEntry, Entry, code_digest, digest
from peerlens.ties.calibration import Calibration
from peerlens.ties.measuring import Measured
from peerlens.ties.sides import Company

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    from peerlens.engine import Engine
    from peerlens.records import Records
    from peerlens.records.cache import Kept
    from peerlens.settings import Settings

TIES = "ties"
MEASURES = "measures"
FLAGS = "flags"
FORMAT = 1
KEPT = 3
"""days or settings of which ties are kept"""
KEPT_FRAMES = {MEASURES: 100, FLAGS: 200}
"""frames of each kind kept, the latest"""
LARGEST = 2_000_000
"""rows above which a frame is made anew: it would stand in memory twice while it is kept"""
MADE_BY = ("ties", "engine", "settings.py", "records/people.py", "records/small_tables.py")
LIBRARIES = ("duckdb", "holidays", "ibis-framework", "numpy", "pandas", "scikit-learn", "scipy")
"""what another version of may give other numbers"""
TABLES = ("pairs", "candidates", "reach")
NOT_OF_TIES = ("neglect", "lenses", "privacy")
"""sections of the settings that change no tie"""


@dataclass(frozen=True, eq=False)
class Keeper:
    """Finds or keeps the ties of one reading, day and settings.

    Parameters
    ----------
    kept
        Where the records are kept.
    key
        Under which the ties are.
    read
        Digest of all tables and settings: what lenses measure may rest on any of them.
    engine
        Where tables live.
    """

    kept: Kept
    key: str
    read: str
    engine: Engine

    @cached_property
    def entry(self) -> Entry | None:
        """What is kept of these ties; None if nothing is, or nothing that can be used."""
        try:
            return self.kept.store.open(TIES, self.key)
        except DamagedEntry:
            self.kept.store.remove(TIES, self.key)
            return None

    def tables(self, measure: Callable[[], Measured], *, persons: ir.Table) -> Measured:
        """Return the tables kept, or measure and keep them.

        Parameters
        ----------
        measure
            Measures them.
        persons
            Table of the engine that measuring leaves there.
        """
        if self.entry is not None:
            return _loaded(self.entry, self.engine)
        measured = measure()
        stage("keeping ties for the next time")

        def keep(pairs: ir.Table) -> ir.Table:
            # Written from where they are worked out, and read from there: they never stand in memory whole.
            # Where nothing can be written, as on a full disk, or another process deletes it, the answer is the same.
            with suppress(OSError, DamagedEntry):
                self.kept.store.write(TIES, self.key, lambda folder: self._written(folder, measured))
                self._tidy()
                entry = self.kept.store.open(TIES, self.key, is_new=True)
                if entry is not None:
                    return self.engine.read_cached(entry.path("pairs.parquet"), name="pairs", keep=entry)
            return self.engine.materialise(pairs, name="pairs")

        return measured.kept_in(keep, self.engine, persons=persons)

    def frame(self, name: str, made_by: Sequence[str], make: Callable[[], pd.DataFrame]) -> pd.DataFrame:
        """Return a frame worked out from these ties for everybody; see :meth:`frames`."""
        return self.frames(MEASURES, name, made_by, lambda: {"frame": make()})["frame"]

    def frames(
        self, kind: str, name: str, made_by: Sequence[str], make: Callable[[], dict[str, pd.DataFrame]]
    ) -> dict[str, pd.DataFrame]:
        """Return frames worked out from these ties, kept or made and kept.

        Parameters
        ----------
        kind
            ``MEASURES`` of everybody or ``FLAGS``; the latest of each kind are kept.
        name
            What they are.
        made_by
            Modules and packages of peerlens whose code decides what they hold.
        make
            Works them out. What would not come back from a file as it was is not kept.
        """
        key = digest(FORMAT, self.key, self.read, name, code_digest(*made_by))
        store = self.kept.store
        try:
            entry = store.open(kind, key)
        except DamagedEntry:
            store.remove(kind, key)
            entry = None
        if entry is not None:
            types = entry.content["types"]
            return {part: _from_parquet(entry.path(f"{part}.parquet"), types[part]) for part in types}
        made = make()
        if any(len(frame) > LARGEST for frame in made.values()):
            return made
        files = {part: _as_parquet(frame) for part, frame in made.items()}
        if None not in files.values():
            note = {"ties": self.key, "types": {part: _types(frame) for part, frame in made.items()}}
            with suppress(OSError):
                store.write(kind, key, lambda folder: _filled(folder, files, note))
                self._tidy_frames(kind)
        return made

    def _written(self, folder: Path, measured: Measured) -> dict[str, Any]:
        tables = {name: getattr(measured, name) for name in TABLES} | {
            f"company-{name}": table for name, table in measured.company._asdict().items()
        }
        for name, table in tables.items():
            self.engine.write_parquet(table, folder / f"{name}.parquet")
        calibration = measured.calibration
        for name in ("table", "groups"):
            getattr(calibration, name).to_parquet(folder / f"calibration-{name}.parquet", index=False)
        numbers = [item.name for item in fields(calibration) if item.name not in ("table", "groups")]
        return {
            "records": self.kept.key,
            "quiet_note": measured.quiet_note,
            "limits": measured.limits,
            "calibration": {name: getattr(calibration, name) for name in numbers},
        }

    def _tidy(self) -> None:
        """Delete ties of readings that are kept no more, the oldest of the rest, and frames made of any of those."""
        store = self.kept.store
        readings = {name for name, _ in store.contents("records")}
        alive = [name for name, content in store.contents(TIES) if content.get("records") in readings]
        alive = [self.key, *[name for name in alive if name != self.key][: KEPT - 1]]
        store.tidy(TIES, keep=alive)
        for kind in KEPT_FRAMES:
            self._tidy_frames(kind)

    def _tidy_frames(self, kind: str) -> None:
        store = self.kept.store
        alive = {name for name, _ in store.contents(TIES)}
        frames = [name for name, content in store.contents(kind) if content.get("ties") in alive]
        store.tidy(kind, keep=frames[: KEPT_FRAMES[kind]])


def make_keeper(records: Records, *, as_of: date, settings: Settings) -> Keeper | None:
    """Return the keeper of ties at a day; None where nothing is kept.

    Parameters
    ----------
    records
        What was read.
    as_of
        The day of the question.
    settings
        In force.
    """
    kept = records.kept
    if kept is None:
        return None
    mattering = {name: value for name, value in settings.to_dict().items() if name not in NOT_OF_TIES}
    versions = [version(name) for name in LIBRARIES]
    small = [_digest_of(frame) for frame in (records.people, records.absences, records.accounts)]
    key = digest(FORMAT, code_digest(*MADE_BY), versions, kept.key, small, as_of.isoformat(), mattering)
    return Keeper(kept, key, digest(records.fingerprint, settings.fingerprint()), records.engine)


def _digest_of(frame: pd.DataFrame) -> str:
    import pandas as pd

    rows = pd.util.hash_pandas_object(frame.astype("str"), index=False)
    return digest(list(frame.columns), rows.to_numpy().tobytes().hex())


def _loaded(entry: Entry, engine: Engine) -> Measured:
    import pandas as pd

    def table(name: str) -> ir.Table:
        return engine.read_cached(entry.path(f"{name}.parquet"), name=name, keep=entry)

    tables = {name: table(name) for name in TABLES}
    company = Company(*(table(f"company-{name}") for name in Company._fields))
    frames = {name: pd.read_parquet(entry.path(f"calibration-{name}.parquet")) for name in ("table", "groups")}
    frames = {name: frame if len(frame.columns) else pd.DataFrame() for name, frame in frames.items()}
    calibration = Calibration(**frames, **entry.content["calibration"])
    note, limits = entry.content["quiet_note"], entry.content["limits"]
    return Measured(**tables, company=company, limits=limits, quiet_note=note, calibration=calibration)


def _as_parquet(frame: pd.DataFrame) -> bytes | None:
    """Return a frame as the content of a file; None if it would not come back as it was."""
    import pyarrow as pa

    target = io.BytesIO()
    try:
        frame.to_parquet(target, index=False)
        is_same = _are_same(_from_parquet(io.BytesIO(target.getvalue()), _types(frame)), frame)
    except (pa.ArrowException, ValueError, TypeError):
        return None
    return target.getvalue() if is_same else None


def _from_parquet(source: Path | io.BytesIO, types: Mapping[str, str]) -> pd.DataFrame:
    """Return a frame with the types it had; what is missing among objects is NaN."""
    import pandas as pd

    frame = pd.read_parquet(source)
    frame = frame.astype({name: kind for name, kind in types.items() if str(frame[name].dtype) != kind})
    for name in [name for name, kind in types.items() if kind == "object" and frame[name].isna().any()]:
        frame[name] = frame[name].where(frame[name].notna(), float("nan"))
    return frame


def _are_same(left: pd.DataFrame, right: pd.DataFrame) -> bool:
    """Tell whether two frames hold the very same, type by type and cell by cell."""
    if not (left.columns.identical(right.columns) and left.index.identical(right.index)):
        return False
    if not left.dtypes.equals(right.dtypes):
        return False
    for name, kind in left.dtypes.items():
        ours, theirs = left[name], right[name]
        if kind != "object":
            if not ours.equals(theirs):
                return False
        elif not all(type(a) is type(b) and (a == b or a != a) for a, b in zip(ours, theirs, strict=True)):
            return False
    return True


def _types(frame: pd.DataFrame) -> dict[str, str]:
    return {str(name): str(dtype) for name, dtype in frame.dtypes.items()}


def _filled(folder: Path, files: Mapping[str, bytes | None], note: dict[str, Any]) -> dict[str, Any]:
    for part, content in files.items():
        (folder / f"{part}.parquet").write_bytes(content or b"")
    return note
