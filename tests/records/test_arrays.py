"""Logs read as arrays: the very same records and account as the general way gives, whatever the files hold."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from peerlens.engine import Engine
from peerlens.errors import InputError
from peerlens.records import Records, lines, read
from peerlens.records.door import Door

PEOPLE = (
    "person_id,name,email\nann,Ann Arbour,ann@x\nbob,Bob Barnes,bob@x\ncat,Cat Cole,Cat@x\n"
    "dan,Dan Dale,\neve,Eve Elms,eve@x\nzoe,Zoe Zink,zoe@x\n"
)
ACCOUNTS = "account_id,kind,acts_for\nall@x,list,\nroom@x,room,\nhelp@x,shared,\npa@x,assistant,ann\n"
IDS = (
    "ann",
    "ANN@x",
    " bob",
    "bob@x",
    "cat",
    "cat@X",
    "dan",
    "eve",
    "eve@x",
    "zoe",
    "all@x",
    "room@x",
    "pa@x",
    "new",
    "",
)
ZONES = ("UTC", "Europe/Lisbon", "America/New_York", "Asia/Kathmandu")
FORMS = (
    "{}T{}:{}Z",
    "{} {}:{}",
    "{}T{}:{}+05:30",
    "{}T{}:{}-0330",
    "{} {}:{}.250000",
    "{}T{}:{}.5Z",
    "{} {}",
    "{}T{}Z",
    "{}",
)
DAYS = ("2024-03-30", "2024-03-31", "2024-04-01", "2024-10-27", "2025-06-01")
TIMES = ("00:00", "01:30", "09:00", "23:59")
SECONDS = ("00", "07")


def instants(forms: Iterable[str] = FORMS) -> st.SearchStrategy[str]:
    """Few instants in many forms, so that several rows fall on one."""
    return st.builds(
        str.format,
        st.sampled_from(list(forms)),
        st.sampled_from(DAYS),
        st.sampled_from(TIMES),
        st.sampled_from(SECONDS),
    )


def lists(ids: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Lists of people, as people write them."""
    return st.builds(
        lambda own, between, ends: ends + between.join(own) + ends,
        st.lists(ids, max_size=4),
        st.sampled_from([";", " ; ", ";;"]),
        st.sampled_from(["", ";"]),
    )


MESSAGES: dict[str, st.SearchStrategy[str]] = {
    "sent_at": instants(),
    "sender_id": st.sampled_from(IDS),
    "message_id": st.sampled_from(["m1", "m2", " m2", "m3", "", "2024-03-31 09:00:00"]),
    "channel": st.sampled_from(["mail", "chat ", ""]),
    "thread_id": st.sampled_from(["t1", "é", "Z", ""]),
    "recipient_role": st.sampled_from(["to", "CC", "bcc", ""]),
    "is_ask": st.sampled_from(["yes", "0", "TRUE", ""]),
    "is_thanks": st.sampled_from(["", "no"]),
    "note, not read": st.sampled_from(["x", 'said "yes", then', ""]),
}
MEETINGS: dict[str, st.SearchStrategy[str]] = {
    "meeting_id": st.sampled_from(["a", "b ", "c"]),
    "started_at": instants(),
    "ended_at": st.sampled_from(
        ["2026-06-01T10:00:00Z", "2026-06-02", "2026-06-01 00:00", "2026-06-01T12:00:00+02:00"]
    ),
    "organizer_id": st.sampled_from(IDS),
    "response": st.sampled_from(["accepted", "Declined", "maybe", "perhaps", ""]),
    "series_id": st.sampled_from(["s1", "s2", ""]),
    "has_agenda": st.sampled_from(["yes", "no", ""]),
    "is_private": st.sampled_from(["", "", "", "", "", "yes"]),
}
NEEDED = {"sent_at", "sender_id", "meeting_id", "started_at", "ended_at"}


@st.composite
def logs(draw: st.DrawFn, name: str) -> list[str]:
    """Files of one log, each with columns of its own, some lines of nothing but delimiters among them."""
    columns, person = (MESSAGES, "recipient_id") if name == "messages" else (MEETINGS, "attendee_id")
    files = []
    for _ in range(draw(st.integers(1, 2))):
        names = [column for column in columns if column in NEEDED or draw(st.booleans())]
        own = {column: columns[column] for column in names}
        has_lists = draw(st.booleans())
        own[f"{person}s" if has_lists else person] = lists(st.sampled_from(IDS)) if has_lists else st.sampled_from(IDS)
        rows = draw(st.lists(st.tuples(*own.values()) | st.just(("",) * len(own)), min_size=1, max_size=25))
        out = io.StringIO()
        quoting = draw(st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]))
        writer = csv.writer(out, quoting=quoting, lineterminator=draw(st.sampled_from(["\n", "\r\n"])))
        writer.writerows([list(own), *rows])
        files.append(out.getvalue())
    return files


def outcome(folder: Path | None, **options: Any) -> Records | InputError:
    """Records, or what is wrong."""
    try:
        return read(folder, cache=False, **options)
    except InputError as error:
        return error


def whole(records: Records, name: str) -> pd.DataFrame:
    """A table in the order of all its columns."""
    frame = records.engine.frame(getattr(records, name)).astype(object)
    frame = frame.where(frame.notna(), None)
    return frame.sort_values(list(frame), key=lambda own: own.map(str), ignore_index=True)


def assert_same(found: Records | InputError, expected: Records | InputError) -> None:
    """Every table, its types, and every number and word of the account."""
    if isinstance(expected, InputError) or isinstance(found, InputError):
        assert str(found) == str(expected)
        return
    assert found.account == expected.account
    assert str(found.account) == str(expected.account)
    pd.testing.assert_frame_equal(found.ids, expected.ids)
    for name in ("message_rows", "meetings"):
        ours, theirs = getattr(found, name), getattr(expected, name)
        assert (ours is None) == (theirs is None)
        if ours is not None:
            assert ours.schema() == theirs.schema()
            pd.testing.assert_frame_equal(whole(found, name), whole(expected, name))


def in_general(folder: Path | None, **options: Any) -> Records | InputError:
    """Read in the general way."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Engine, "takes_arrays", False)
        return outcome(folder, **options)


def as_arrays(folder: Path | None, **options: Any) -> Records | InputError:
    """Read as arrays, or fail."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Door, "_in_engine", lambda *_: pytest.fail("a log went the general way"))
        return outcome(folder, **options)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(
    messages=logs("messages"),
    meetings=logs("meetings"),
    zone=st.sampled_from(ZONES),
    exclude=st.sampled_from([(), ("zoe",)]),
    tables=st.sets(st.sampled_from(["people", "accounts", "confidential"])),
    hole_share=st.sampled_from([0.001, 0.3]),
)
def test_both_ways_give_the_same(
    tmp_path_factory: pytest.TempPathFactory,
    messages: list[str],
    meetings: list[str],
    zone: str,
    exclude: tuple[str, ...],
    tables: set[str],
    hole_share: float,
) -> None:
    folder = tmp_path_factory.mktemp("log")
    small = {"people": PEOPLE, "accounts": ACCOUNTS, "confidential": "id\neve*\n"}
    files = {f"{name}.csv": small[name] for name in tables}
    files |= {f"messages-{at}.csv": text for at, text in enumerate(messages)}
    files |= {f"meetings-{at}.csv": text for at, text in enumerate(meetings)}
    files["peerlens.toml"] = f"[read]\nhole_share = {hole_share}\n"
    for name, text in files.items():
        (folder / name).write_bytes(text.encode())
    options = {"timezone": zone, "exclude": exclude}
    assert_same(as_arrays(folder, **options), in_general(folder, **options))


ODD = {
    "a cell with a line break": 'sent_at,sender_id,recipient_id,channel\n2024-03-05T09:00:00Z,ann,bob,"a\nb"\n',
    "an empty line": "sent_at,sender_id,recipient_id\n2024-03-05T09:00:00Z,ann,bob\n\n2024-03-05T09:00:01Z,bob,ann\n",
    "a stray quote": 'sent_at,sender_id,recipient_id\n2024-03-05T09:00:00Z,"ann"a,bob\n',
    "a quote never closed": 'sent_at,sender_id,recipient_id\n2024-03-05T09:00:00Z,"ann,bob\n',
    "a cell too many": "sent_at,sender_id,recipient_id\n2024-03-05T09:00:00Z,ann,bob,cat\n",
    "no such day": "sent_at,sender_id,recipient_id\n2024-02-30T09:00:00Z,ann,bob\n",
    "no such hour": "sent_at,sender_id,recipient_id\n2024-02-28T24:00:00Z,ann,bob\n",
    "a rare form": "sent_at,sender_id,recipient_id\n2024-02-28t09:00:00 utc,ann,bob\n2024-02-28t09:00:00 UTC,ann,bob\n",
    "no instant": "sent_at,sender_id,recipient_id\n,ann,bob\n",
    "neither yes nor no": "sent_at,sender_id,recipient_id,is_ask\n2024-02-28T09:00:00Z,ann,bob,perhaps\n",
    "old line ends": "sent_at,sender_id,recipient_id\r2024-02-28T09:00:00Z,ann,bob\r",
    "long ago": "sent_at,sender_id,recipient_id\n0999-02-28T09:00:00Z,ann,bob\n",
    "letters of Windows": "sent_at,sender_id,recipient_id\n2024-02-28T09:00:00Z,andré,bob\n".encode("cp1252"),
}


@pytest.mark.parametrize("what", ODD)
def test_odd_files_go_the_general_way(what: str, write: Callable[..., Path]) -> None:
    folder = write(messages=ODD[what])
    with pytest.MonkeyPatch.context() as patch:
        went: list[str] = []
        general = Door._in_engine
        patch.setattr(Door, "_in_engine", lambda *given: (went.append(what), general(*given))[1])
        found = outcome(folder)
    assert went == [what]
    assert_same(found, in_general(folder))


def test_parquet_and_frames(tmp_path: Path) -> None:
    at = pd.to_datetime(["2024-03-05 09:00", "2024-03-05 09:00", "2024-03-06 10:30:00.5"], format="ISO8601").astype(
        "datetime64[us]"
    )
    plain = pd.DataFrame({"sent_at": at, "sender_id": ["ann", "ann", None], "recipient_ids": ["bob;cat", "bob", "ann"]})
    for name, frame in {"naive": plain, "aware": plain.assign(sent_at=at.tz_localize("Europe/Lisbon"))}.items():
        folder = tmp_path / name
        folder.mkdir()
        frame.to_parquet(folder / "messages.parquet")
        zone = "America/New_York"
        assert_same(as_arrays(folder, timezone=zone), in_general(folder, timezone=zone))
        assert_same(as_arrays(None, messages=frame), in_general(None, messages=frame))


@pytest.mark.parametrize(
    ("text", "is_regular"),
    [
        ('"a","b"\n"c","d"\n', True),
        ('a,b\n"c ""d""","",e\n', True),
        ('"a","b"\r\n"c",","\r\n', True),
        ('"a","b"\n"c"x,"d"\n', False),
        ('a"b,c\n', False),
        ('x,a","b,y\n', False),
        ('"a","b\n', False),
        ("a,b\rc,d\n", False),
    ],
)
@pytest.mark.parametrize("chunk_bytes", [1, 3, 1000])
def test_quotes_where_they_should_be(
    text: str, is_regular: bool, chunk_bytes: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "CHUNK_BYTES", chunk_bytes)
    (tmp_path / "file.csv").write_bytes(text.encode())
    assert lines.walk(tmp_path / "file.csv", "utf-8", delimiter=",").is_regular == is_regular
