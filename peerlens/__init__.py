"""peerlens: see which peer ties at work may need attention, why, and what to do next.

The public names load on first use; importing the package imports none of pandas, numpy or the engine.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from peerlens.errors import InputError, NotEnoughData, PeerlensError, UnknownPerson
    from peerlens.lenses import LENSES, Finding
    from peerlens.lenses.beliefs import perceptions
    from peerlens.network import Network, Person
    from peerlens.records import Records, read
    from peerlens.sample import make_firm
    from peerlens.settings import Settings

__version__ = "0.1.0"

_HOMES = {
    "read": "peerlens.records",
    "Records": "peerlens.records",
    "Network": "peerlens.network",
    "Person": "peerlens.network",
    "Settings": "peerlens.settings",
    "LENSES": "peerlens.lenses",
    "Finding": "peerlens.lenses",
    "perceptions": "peerlens.lenses.beliefs",
    "make_firm": "peerlens.sample",
    "PeerlensError": "peerlens.errors",
    "InputError": "peerlens.errors",
    "NotEnoughData": "peerlens.errors",
    "UnknownPerson": "peerlens.errors",
}

__all__ = [
    "LENSES",
    "Finding",
    "InputError",
    "Network",
    "NotEnoughData",
    "PeerlensError",
    "Person",
    "Records",
    "Settings",
    "UnknownPerson",
    "make_firm",
    "perceptions",
    "read",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'peerlens' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
