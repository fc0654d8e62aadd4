"""Flags from subject lines: six languages, replies unknown, words replaceable, and the text gone afterwards."""

from __future__ import annotations

import io
from pathlib import Path

import pandas as pd
import pytest

import peerlens
from peerlens.records.flags import FlagWords

SECRET = "Zyxwvutsrq"
SUBJECTS = {
    # subject: (is_ask, is_thanks); None is unknown
    "Could you look at this": (True, False), "Lunch?": (True, False), "Kurze FRAGE zum Budget": (True, False),
    "Vielen Dank für alles": (False, True), "Besoin de ton avis": (True, False), "¡Gracias!": (False, True),
    "Pedido: números de março": (True, False), "Bedankt voor gisteren": (False, True), "Figures for March": (False, False),
    "Re: Could you look at this": (None, None), "AW: Frage": (None, None), "": (None, None),
    "Helpful figures": (False, False), "Rathaus": (False, False), f"{SECRET} question": (True, False),
}  # fmt: skip


def log(**columns: list[str]) -> pd.DataFrame:
    """One message a minute from ann to bob, one per subject."""
    sent = [f"2026-03-02T09:{minute:02}:00Z" for minute in range(len(SUBJECTS))]
    frame = pd.DataFrame({"sent_at": sent, "from": "ann", "to": "bob", "Subject": list(SUBJECTS)})
    return frame.assign(**columns)


def flags_of(records: peerlens.Records) -> list[tuple[bool | None, bool | None]]:
    frame = records.message_rows.order_by("sent_at").select("is_ask", "is_thanks").execute()
    return [tuple(None if pd.isna(cell) else bool(cell) for cell in row) for row in frame.itertuples(index=False)]


def test_words_of_six_languages() -> None:
    records = peerlens.read(messages=log(), flags=True)
    assert dict(zip(SUBJECTS, flags_of(records), strict=True)) == SUBJECTS
    assert "is_ask from subject lines: 6 of 12 lines (50.0%; signs 1, en 2, de 1, fr 2, pt 1)" in str(records.account)
    assert "is_thanks from subject lines: 3 of 12 lines (25.0%; de 1, es 1, nl 1)" in str(records.account)


def test_a_column_of_ones_own_counts_more() -> None:
    given = ["no"] + [""] * (len(SUBJECTS) - 1)
    assert flags_of(peerlens.read(messages=log(is_ask=given), flags=True))[:2] == [(False, False), (True, False)]


def test_without_flags_the_subject_is_never_read(monkeypatch: pytest.MonkeyPatch) -> None:
    records = peerlens.read(messages=log())
    assert set(flags_of(records)) == {(None, None)}
    assert "Subject" in str(records.account)


def test_words_can_be_replaced(tmp_path: Path) -> None:
    (tmp_path / "words.toml").write_text('[is_ask]\nxx = ["figures"]\n', encoding="utf-8")
    settings = peerlens.Settings.from_mapping({"read": {"flag_words": str(tmp_path / "words.toml"), "flags": True}})
    found = dict(zip(SUBJECTS, flags_of(peerlens.read(messages=log(), settings=settings)), strict=True))
    assert found["Figures for March"] == (True, None)
    assert found["Lunch?"] == (False, None)
    with pytest.raises(peerlens.errors.SettingsError, match=r"cannot read nowhere\.toml"):
        FlagWords.read("nowhere.toml")


def test_agendas_of_meetings() -> None:
    rows = [("m1", "Tagesordnung Jour fixe"), ("m2", "Jour fixe"), ("m3", "")]
    frame = pd.DataFrame(rows, columns=["meeting_id", "subject"]).assign(
        started_at=["2026-03-02T09:00:00Z", "2026-03-03T09:00:00Z", "2026-03-04T09:00:00Z"],
        ended_at=["2026-03-02T10:00:00Z", "2026-03-03T10:00:00Z", "2026-03-04T10:00:00Z"], attendee_ids="ann;bob",
    )  # fmt: skip
    found = peerlens.read(meetings=frame, flags=True).meetings.execute().groupby("meeting_id")["has_agenda"].first()
    assert [None if pd.isna(cell) else bool(cell) for cell in found] == [True, False, None]


def test_the_text_is_gone(tmp_path: Path) -> None:
    """A secret word of a subject is in no table of the engine, no account, no record, no page and no error."""
    days = pd.date_range("2026-01-05", periods=60, freq="B").strftime("%Y-%m-%dT09:00:00Z")
    rows = pd.DataFrame({"sent_at": days, "sender_id": ["ann", "bob"] * 30, "recipient_id": ["bob", "ann"] * 30})
    rows["subject"] = f"{SECRET} question"
    (tmp_path / "data").mkdir()
    rows.to_csv(tmp_path / "data" / "messages.csv", index=False)
    network = peerlens.Network(peerlens.read(tmp_path / "data", flags=True))
    assert network.ties.events.messages.is_ask.all().execute()
    network.person("ann").report(tmp_path / "page.html")
    said = [str(network.records.account), network.records.account._repr_html_(), repr(network.records)]
    connection = network.records.engine._connection
    for (name,) in connection.raw_sql("SELECT table_name FROM information_schema.tables").fetchall():
        out = io.StringIO()
        connection.table(name).execute().to_csv(out)
        said.append(out.getvalue())
    files = [path for path in tmp_path.rglob("*") if path.is_file() and path.name != "messages.csv"]
    said += [path.read_text(encoding="utf-8", errors="replace") for path in files]
    assert len(said) > 5
    assert not [text[:60] for text in said if SECRET.lower() in text.lower()]


def test_the_text_is_in_no_error(tmp_path: Path) -> None:
    broken = log().assign(sent_at="soon", Subject=f"{SECRET} question")
    with pytest.raises(peerlens.InputError) as error:
        peerlens.read(messages=broken, flags=True)
    assert SECRET not in str(error.value)
    lines = f'sent_at,sender_id,recipient_id,subject\n2026-01-05,a,b,"{SECRET}\n2026-01-06,a,b,{SECRET} x\n'
    (tmp_path / "messages.csv").write_text(lines)
    with pytest.raises(peerlens.InputError) as error:
        peerlens.read(tmp_path, flags=True)
    assert SECRET not in str(error.value)
