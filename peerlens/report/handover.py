"""What was measured, handed to other processes: tables as Parquet in a private folder, all else from memory to memory.

Who was away, and what people are called, is never written to disk.
"""

from __future__ import annotations

import io
import pickle
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import ibis.expr.types as ir

from peerlens.engine import Engine
from peerlens.records import Records
from peerlens.records.cache import Kept
from peerlens.ties.keeper import Keeper

if TYPE_CHECKING:
    from datetime import date

    from peerlens.settings import Settings
    from peerlens.ties import Ties

MEMORY = "2GB"
"""of one process beside this one; what does not fit goes to disk"""


class HasTies(Protocol):
    """What a report needs of a network."""

    @property
    def ties(self) -> Ties:
        """All ties at the day of the question."""
        ...

    @property
    def as_of(self) -> date:
        """The day of the question."""
        ...

    records: Records
    settings: Settings


@dataclass
class Handed:
    """A network without the way it was made: what one process hands to another.

    Parameters
    ----------
    ties, records, as_of, settings
        As those of a network.
    """

    ties: Ties
    records: Records
    as_of: date
    settings: Settings


def hand_over(network: HasTies, folder: Path) -> bytes:
    """Pack what reports need of a network, its tables into files.

    Parameters
    ----------
    network
        Whose ties; what was worked out of them before goes along.
    folder
        Empty, and open to this user only.
    """
    ties = network.ties
    # Both are worked out from rows that stay behind.
    _ = ties.events.known, ties.events.threads
    handed = Handed(ties, network.records, network.as_of, network.settings)
    written = io.BytesIO()
    _Packer(written, folder, ties.engine).dump(handed)
    return written.getvalue()


def take_over(packed: bytes, folder: Path) -> Handed:
    """Unpack what :func:`hand_over` returned, into an engine of one thread.

    Parameters
    ----------
    packed
        From the process that measured, and from nobody else.
    folder
        Where the tables are; it must stay as long as what is returned is used.
    """
    return _Unpacker(io.BytesIO(packed), folder).load()


class _Packer(pickle.Pickler):
    def __init__(self, stream: io.BytesIO, folder: Path, engine: Engine) -> None:
        super().__init__(stream, protocol=5)
        self.folder, self.engine = folder, engine
        self.tables: dict[Any, str] = {}

    def persistent_id(self, obj: Any) -> tuple[str, str] | None:
        if isinstance(obj, ir.Table):
            name = self.tables.get(obj.op())
            if name is None:
                name = self.tables[obj.op()] = f"table-{len(self.tables)}"
                # In order of persons, so that whoever asks for one reads little.
                ordered = obj.order_by("person_id") if "person_id" in obj.columns else obj
                self.engine.write_parquet(ordered, self.folder / f"{name}.parquet")
            return "table", name
        if isinstance(obj, Engine):
            return "engine", ""
        return ("nothing", "") if isinstance(obj, (Kept, Keeper)) else None

    def reducer_override(self, obj: Any) -> Any:
        if isinstance(obj, Records) and (obj.message_rows is not None or obj.meetings is not None):
            # The rows as read stay behind; that there were some is asked for.
            bare = replace(
                obj,
                message_rows=None if obj.message_rows is None else _emptied(obj.message_rows),
                meetings=None if obj.meetings is None else _emptied(obj.meetings),
            )
            return bare.__reduce_ex__(5)
        return NotImplemented


def _emptied(rows: ir.Table) -> ir.Table:
    return rows.limit(0)


class _Unpacker(pickle.Unpickler):
    def __init__(self, stream: Any, folder: Path) -> None:
        super().__init__(stream)
        self.folder = folder
        self.engine = Engine(threads=1, memory_limit=MEMORY)
        self.tables: dict[str, ir.Table] = {}

    def persistent_load(self, pid: Any) -> Any:
        kind, name = pid
        if kind == "engine":
            return self.engine
        if kind == "nothing":
            return None
        if name not in self.tables:
            self.tables[name] = self.engine.read_cached(self.folder / f"{name}.parquet", name="measured")
        return self.tables[name]
