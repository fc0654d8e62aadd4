"""The outside world to Records: checked tables, and an account of every row dropped. The names load on first use."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from peerlens.records.account import Account
    from peerlens.records.forgetting import forget
    from peerlens.records.reading import read
    from peerlens.records.records import Records

_HOMES = {"Account": "account", "Records": "records", "forget": "forgetting", "read": "reading"}

__all__ = ["Account", "Records", "forget", "read"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'peerlens.records' has no attribute {name!r}")
    return getattr(import_module(f"peerlens.records.{_HOMES[name]}"), name)
