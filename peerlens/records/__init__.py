"""The outside world to Records: checked tables, and an account of every row dropped."""

from __future__ import annotations

from peerlens.records.account import Account
from peerlens.records.forgetting import forget
from peerlens.records.reading import read
from peerlens.records.records import Records

__all__ = ["Account", "Records", "forget", "read"]
