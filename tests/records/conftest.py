"""Small folders of tables, written as text, and what reading them says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from peerlens.errors import InputError, Problem
from peerlens.records import Records, read

PEOPLE = "person_id,department,manager_id\nann,sales,cat\nbob,support,cat\ncat,board,\n"
MESSAGES = (
    "sent_at,sender_id,recipient_id\n"
    "2024-03-05T09:00:00Z,ann,bob\n"
    "2024-03-05T09:00:00Z,ann,cat\n"
    "2024-03-06T10:30:00Z,bob,ann\n"
)
MEETINGS = (
    "meeting_id,started_at,ended_at,organizer_id,attendee_ids\n"
    "m1,2024-03-05T09:00:00Z,2024-03-05T10:00:00Z,ann,ann;bob\n"
    "m2,2024-03-06T09:00:00Z,2024-03-06T09:30:00Z,cat,ann;bob\n"
)


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write tables to a folder: text in UTF-8, bytes as they are."""

    def write_tables(**tables: str | bytes) -> Path:
        folder = tmp_path / "data"
        folder.mkdir(exist_ok=True)
        for name, content in tables.items():
            data = content if isinstance(content, bytes) else content.encode()
            (folder / f"{name}.csv").write_bytes(data)
        return folder

    return write_tables


@pytest.fixture
def problems(write: Callable[..., Path]) -> Callable[..., tuple[Problem, ...]]:
    """Read tables that cannot be read; return what is said."""

    def problems_of(**tables: str | bytes) -> tuple[Problem, ...]:
        with pytest.raises(InputError) as caught:
            read(write(**tables))
        return caught.value.problems

    return problems_of


def rows(records: Records, name: str) -> pd.DataFrame:
    """Return messages or meetings in a fixed order."""
    table = getattr(records, name)
    who = "recipient_id" if name == "messages" else "attendee_id"
    frame = records.engine.frame(table.order_by([table.columns[0], table[who]]))
    return frame.reset_index(drop=True)


def dropped(records: Records) -> dict[str, int]:
    """Return rows dropped by reason."""
    return {item.reason: item.rows for item in records.account.dropped}


def assert_adds_up(records: Records) -> None:
    """Rows read = rows kept + rows dropped, in every source; the tables hold what is said to be kept."""
    for source in records.account.sources:
        gone = sum(item.rows for item in records.account.dropped if item.source == source.name)
        assert source.rows_read == source.rows_kept + gone
        if source.table in ("messages", "meetings"):
            parts = [item for item in records.account.sources if item.table == source.table]
            kept = sum(item.rows_kept + item.rows_added for item in parts)
            assert records.engine.count(getattr(records, source.table)) == kept
        elif source.table == "people":
            assert len(records.people) == source.rows_kept
