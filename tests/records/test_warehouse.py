"""A table of a warehouse reads as the same rows in a file do."""

from __future__ import annotations

from pathlib import Path

import ibis
import pandas as pd
import pytest

import peerlens
from peerlens.errors import InputError

MESSAGES = pd.DataFrame(
    {
        "sent_at": ["2026-03-02T09:00:00Z", "2026-03-03T09:00:00Z", "2026-03-03T09:00:00Z", "not a time"],
        "from": ["ann", "bob", "bob", "cat"],
        "to": ["bob", "ann", "cat", "bob"],
        "subject": ["pay", "re: pay", "", "lunch"],
    }
)
PEOPLE = pd.DataFrame({"person_id": ["ann", "bob", "cat"], "department": ["Sales", "Sales", None]})


@pytest.fixture
def warehouse(tmp_path: Path) -> ibis.BaseBackend:
    """A DuckDB file, filled and closed, opened again as an analyst would."""
    path = str(tmp_path / "warehouse.duckdb")
    filled = ibis.duckdb.connect(path)
    typed = MESSAGES.iloc[:3].assign(sent_at=pd.to_datetime(MESSAGES["sent_at"].iloc[:3]))
    filled.create_table("messages", typed.sample(frac=1, random_state=3))
    filled.create_table("dirty", MESSAGES)
    filled.create_table("people", PEOPLE)
    filled.disconnect()
    return ibis.duckdb.connect(path, read_only=True)


def test_same_as_a_frame(warehouse: ibis.BaseBackend) -> None:
    """Rows, days and account agree, whatever order the warehouse keeps; a column without meaning is named and never fetched."""
    read = peerlens.read(messages=warehouse.table("messages"), people=warehouse.table("people"))
    framed = peerlens.read(messages=MESSAGES.iloc[:3], people=PEOPLE)
    columns = ["sent_at", "sender_id", "recipient_id", "recipients"]
    tables = [item.engine.frame(item.messages.select(*columns).order_by(columns)) for item in (read, framed)]
    pd.testing.assert_frame_equal(*tables)
    assert read.people["department"].fillna("").tolist() == ["Sales", "Sales", ""]
    source = next(item for item in read.account.sources if item.table == "messages")
    assert (source.name, source.format) == ("messages (Ibis table)", "Ibis table")
    assert (source.rows_read, source.rows_kept, source.not_read) == (3, 3, ("subject",))
    again = peerlens.read(
        messages=warehouse.table("messages").order_by(ibis.desc("sent_at")), people=warehouse.table("people")
    )
    assert again.fingerprint == read.fingerprint


def test_problems_are_told_as_for_files(warehouse: ibis.BaseBackend) -> None:
    with pytest.raises(InputError, match="'not a time'"):
        peerlens.read(messages=warehouse.table("dirty"))
    with pytest.raises(InputError, match="sent_at"):
        peerlens.read(messages=warehouse.table("messages").drop("sent_at"))
