"""Real logs: every row accounted for. Skipped where the shared data are not at hand."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from peerlens.records import read

from .conftest import assert_adds_up, dropped, rows

BESIDE = Path(__file__).parents[2].parent / "shared" / "data"
DATA = Path(os.environ.get("PEERLENS_SHARED", BESIDE))
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"no shared data at {DATA} (set PEERLENS_SHARED)")


def test_manufacturing_mail_is_accounted_for_to_the_row() -> None:
    records = read(DATA / "manufacturing_email", cache=False)
    raw = pd.read_csv(DATA / "manufacturing_email" / "messages.csv")
    source = records.account.sources[1]
    assert source.rows_read == source.lines_read == len(raw) == 82_927
    to_oneself = raw["sender_id"] == raw["recipient_id"]
    twice = raw[~to_oneself].duplicated()
    assert dropped(records) == {"mail to oneself": to_oneself.sum(), "duplicate row": twice.sum()}
    assert to_oneself.sum() == 51
    assert_adds_up(records)
    found = rows(records, "messages")
    assert found["message_no"].nunique() == len(raw[~to_oneself][["sent_at", "sender_id"]].drop_duplicates())
    assert records.period == (date(2010, 1, 2), date(2010, 9, 30))
    assert records.as_of == date(2010, 9, 30)
    assert (records.account.people_matched, records.account.people_unmatched) == (167, 0)


def test_each_kept_row_stands_in_its_line() -> None:
    records = read(DATA / "manufacturing_email", cache=False)
    lines = (DATA / "manufacturing_email" / "messages.csv").read_text().splitlines()
    for row in rows(records, "messages").iloc[::997].itertuples():
        sent_at, sender_id, recipient_id = lines[row.line - 1].split(",")
        assert (pd.Timestamp(sent_at).tz_localize(None), sender_id, recipient_id) == (
            row.sent_at, row.sender_id, row.recipient_id,
        )  # fmt: skip


def test_nodejs_meetings() -> None:
    records = read(DATA / "nodejs_meetings", cache=False)
    found = rows(records, "meetings")
    assert found["meeting_no"].nunique() == 984
    assert records.account.people == 417
    assert records.account.people_unmatched == 0
    assert not found["is_all_day"].any()
    assert records.account.sources[1].not_read == ("date", "group", "n_attendees")
    assert_adds_up(records)


def test_krackhardt_has_people_and_a_survey() -> None:
    records = read(DATA / "krackhardt_hightech", cache=False)
    assert (len(records.people), len(records.survey)) == (21, 312)
    assert records.account.sources[0].not_read == ("age", "tenure")
    assert records.messages is None
    assert records.meetings is None
    assert records.period is None
    assert_adds_up(records)


def test_beliefs_by_keyword() -> None:
    file = DATA / "krackhardt_css" / "hightech_advice_css.csv"
    records = read(DATA / "krackhardt_hightech", cache=False, survey=file)
    assert records.survey["perceiver_id"].notna().all()
    assert len(read(file).survey) == len(records.survey)
