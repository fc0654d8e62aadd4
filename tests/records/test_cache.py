"""What is kept beside the data gives the very same records, is never stale, and holds nobody who was left out."""

from __future__ import annotations

import json
import os
import random
import shutil
import stat
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from peerlens.errors import PeerlensError
from peerlens.records import Records, forget, read
from peerlens.records.door import ADDED, DAMAGED, FROM_CACHE, KEPT
from peerlens.ties import kept_contact_days, make_contact_days, make_events

from .conftest import MESSAGES, PEOPLE, rows

Write = Callable[..., Path]
ACCOUNTS = "account_id,kind\nroom@x,room\n"


def assert_same(found: Records, expected: Records) -> None:
    """Every table, every number of the account, and all contact days."""
    assert found.account == expected.account
    assert found.fingerprint == expected.fingerprint
    for name in ("people", "absences", "accounts", "confidential", "ids"):
        pd.testing.assert_frame_equal(getattr(found, name), getattr(expected, name))
    for name in ("message_rows", "meetings"):
        assert (getattr(found, name) is None) == (getattr(expected, name) is None)
        if getattr(found, name) is not None:
            assert getattr(found, name).schema() == getattr(expected, name).schema()
            table = "messages" if name == "message_rows" else name
            pd.testing.assert_frame_equal(rows(found, table), rows(expected, table))
    for ours, theirs in zip(days_of(found), days_of(expected), strict=True):
        pd.testing.assert_frame_equal(ours, theirs)


def days_of(records: Records) -> list[pd.DataFrame]:
    """Contact days and activity, as a network would get them."""
    events = make_events(records)
    days = kept_contact_days(records, events, records.settings.ties)
    if records.kept is None:
        days = make_contact_days(events, records.settings.ties, records.engine)
    frames = ((days.days, ["a_no", "b_no", "day_no"]), (days.activity, ["person_no", "day_no"]))
    return [records.engine.frame(table.order_by(keys)) for table, keys in frames]


def entries(folder: Path) -> list[str]:
    """What the store holds, hidden things too."""
    return sorted(item.name.split("-")[0] for item in (folder / ".peerlens").iterdir())


def test_the_second_reading_parses_nothing(kept_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = read(kept_folder, cache=False)
    assert (first.account.kept, first.kept) == ("", None)
    with monkeypatch.context() as patch:
        patch.setattr("peerlens.engine.Engine.read_csv", lambda *_, **__: pytest.fail("a log was parsed again"))
        second = read(kept_folder)
        assert second.account.kept == FROM_CACHE
        assert str(second.account) == f"{first.account}\n  - {FROM_CACHE}"
        assert_same(second, first)


def test_only_the_owner_may_read_it(kept_folder: Path) -> None:
    folder = kept_folder
    store = folder / ".peerlens"
    assert entries(folder) == [".gitignore", "days", "records"]
    assert (store / ".gitignore").read_text() == "*\n"
    for item in (store, *store.rglob("*")):
        assert stat.S_IMODE(item.stat().st_mode) == (0o700 if item.is_dir() else 0o600), item


@pytest.fixture(scope="module")
def kept_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that was read, with what is kept of it."""
    folder = tmp_path_factory.mktemp("kept")
    for name, text in (("people", PEOPLE), ("messages", MESSAGES)):
        (folder / f"{name}.csv").write_text(text)
    days_of(read(folder))
    return folder


@pytest.fixture(scope="module")
def kept_days(kept_folder: Path) -> tuple[Records, list[pd.DataFrame]]:
    """What it says."""
    records = read(kept_folder, cache=False)
    return records, days_of(records)


@pytest.fixture
def copy_of(kept_folder: Path, tmp_path: Path) -> Path:
    """A copy of it to spoil."""
    return Path(shutil.copytree(kept_folder, tmp_path / "copy"))


CHANGES: dict[str, Callable[[Path], dict[str, object]]] = {
    "a byte of a log": lambda folder: edit(folder / "messages.csv", "10:30:00", "10:30:01"),
    "a byte of people": lambda folder: edit(folder / "people.csv", "sales", "tales"),
    "a new file": lambda folder: edit(folder / "accounts.csv", "", ACCOUNTS),
    "an older log": lambda folder: edit(folder / "messages-0.csv", "", MESSAGES.replace("2024", "2023")),
    "a file gone": lambda folder: (folder / "people.csv").unlink() or {},
    "somebody left out": lambda folder: {"exclude": ["bob"]},
    "settings of reading": lambda folder: edit(folder / "peerlens.toml", "", "[read]\nhole_days = 1\n"),
}


def edit(path: Path, old: str, new: str) -> dict[str, object]:
    """Change a file but not its size and date, or write a new one."""
    if not path.exists():
        path.write_text(new)
        return {}
    before = path.stat()
    path.write_text(path.read_text().replace(old, new))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    return {}


@pytest.mark.parametrize("change", CHANGES)
def test_it_is_never_stale(change: str, copy_of: Path) -> None:
    options = CHANGES[change](copy_of)
    again = read(copy_of, **options)  # type: ignore[arg-type]
    assert again.account.kept == KEPT
    if change == "somebody left out":
        assert "bob" not in set(again.ids["person_id"])
    if change == "a byte of a log":
        assert "10:30:01" in str(rows(again, "messages")["sent_at"].max())


def damage(path: Path, how: str) -> None:
    """Spoil a file in one of the ways in which files get spoilt."""
    content = path.read_bytes()
    if how == "gone":
        path.unlink()
    else:
        middle = len(content) // 2
        path.write_bytes(
            {
                "cut short": content[:middle],
                "empty": b"",
                "a bit flipped": content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :],
            }[how]
        )


def kept_rows(file: Path) -> pd.DataFrame:
    """What a file of the store holds; nothing promises in which order, since several threads write it."""
    if file.suffix == ".json":
        return pd.DataFrame({"key": sorted(json.loads(file.read_text()))})
    table = pd.read_parquet(file)
    return table.sort_values(list(table), ignore_index=True)


@pytest.mark.parametrize(
    ("pattern", "how"),
    [
        ("records-*/messages-0.parquet", "cut short"),
        ("records-*/ids.parquet", "gone"),
        ("records-*/manifest.json", "a bit flipped"),
        ("days-*/days-0.parquet", "a bit flipped"),
        ("days-*/manifest.json", "empty"),
    ],
)
def test_what_is_damaged_is_made_again(
    pattern: str, how: str, copy_of: Path, kept_days: tuple[Records, list[pd.DataFrame]]
) -> None:
    expected, days = kept_days
    (file,) = (copy_of / ".peerlens").glob(pattern)
    before = kept_rows(file)
    damage(file, how)
    again = read(copy_of)
    assert again.account.kept == (FROM_CACHE if pattern.startswith("days") else DAMAGED)
    assert again.account == expected.account
    for ours, theirs in zip(days_of(again), days, strict=True):
        pd.testing.assert_frame_equal(ours, theirs)
    assert entries(copy_of) == [".gitignore", "days", "records"]
    (file,) = (copy_of / ".peerlens").glob(pattern)
    pd.testing.assert_frame_equal(kept_rows(file), before)


def test_nothing_is_kept_where_nothing_can_be_written(write: Write) -> None:
    folder = write(people=PEOPLE, messages=MESSAGES)
    (folder / ".peerlens").write_text("mine")
    records = read(folder)
    assert records.account.kept.startswith("nothing is kept for the next time: ")
    assert_same(records, read(folder, cache=False))
    assert forget(folder) == []
    assert (folder / ".peerlens").read_text() == "mine"
    frames = read(messages=pd.read_csv(folder / "messages.csv"))
    assert frames.account.kept.startswith("nothing is kept for the next time: ")


def test_forget_deletes_what_peerlens_made_and_nothing_else(write: Write, tmp_path: Path) -> None:
    folder, elsewhere = write(people=PEOPLE, messages=MESSAGES), tmp_path / "elsewhere"
    elsewhere.mkdir()
    before = {item: item.read_bytes() for item in folder.iterdir()}
    read(folder, cache_dir=elsewhere)
    assert {item: item.read_bytes() for item in folder.iterdir()} == before
    assert read(folder, cache_dir=elsewhere).account.kept == FROM_CACHE
    read(folder)
    (folder / ".peerlens" / "note.txt").write_text("mine")
    assert {path.name for path in forget(folder)} == {"ids.parquet", "manifest.json", "messages-0.parquet"}
    assert sorted(item.name for item in (folder / ".peerlens").iterdir()) == [".gitignore", "note.txt"]
    assert len(forget(elsewhere)) == 3
    assert list(elsewhere.iterdir()) == []
    assert forget(elsewhere) == []
    with pytest.raises(PeerlensError, match="No folder"):
        forget(tmp_path / "nowhere")


def test_old_entries_go(write: Write) -> None:
    folder = write(people=PEOPLE, messages=MESSAGES)
    for hour in range(10, 13):
        (folder / "messages.csv").write_text(MESSAGES.replace("10:30", f"{hour}:31"))
        read(folder)
    assert entries(folder).count("records") == 2


def test_nobody_left_out_is_in_it(write: Write) -> None:
    people = (
        "person_id,name,email\nann,Ann Arbour,ann@x\nbob,Bob Barnes,bob@x\neve,Eve Elms,eve@x\nzoe,Zoe Zink,zoe@x\n"
    )
    folder = write(
        people=people,
        messages="sent_at,sender_id,recipient_ids,thread_id\n2024-03-05T09:00:00Z,ann,bob@x;eve@x;zoe,t-with-eve\n"
        "2024-03-06T09:00:00Z,zoe,ann,t-zoe\n2024-03-07T09:00:00Z,ann,bob,t-fine\n",
        meetings="meeting_id,started_at,ended_at,organizer_id,attendee_ids\n"
        "m-eve,2024-03-05T09:00:00Z,2024-03-05T10:00:00Z,ann,bob;eve\n"
        "m-fine,2024-03-06T09:00:00Z,2024-03-06T10:00:00Z,ann,bob;zoe\n",
        confidential="id\neve*\n",
        absences="person_id,from_on,to_on\nbob,2024-03-11,2024-03-15\n",
    )
    records = read(folder, exclude=["zoe"])
    days_of(records)
    texts = []
    for file in (folder / ".peerlens").rglob("*"):
        if file.suffix == ".parquet":
            texts.append(pd.read_parquet(file).to_csv())
        elif file.is_file():
            texts.append(file.read_text())
    text = "\n".join([*texts, *(item.name for item in (folder / ".peerlens").rglob("*"))]).lower()
    assert "t-fine" in text
    assert "m-fine" in text
    for word in ("eve", "zoe", "elms", "zink", "t-zoe", "ann arbour", "2024-03-11", "2024-03-15"):
        assert word not in text, word


PEOPLE_8 = "person_id\n" + "".join(f"p{at}\n" for at in range(6))


def log(seed: int, *, message_ids: bool, lists: bool) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Make messages and meetings of eight people (two of them not in the people table) over ten days, in order of time."""
    rng = random.Random(seed)
    who = [f"p{at}" for at in range(8)]
    messages, meetings = [], []
    for at in range(160):
        sender, *others = rng.sample(who, rng.choice([2, 2, 3, 4]))
        sent = f"2024-03-{1 + at // 16:02}T{8 + at % 16:02}:{rng.randint(0, 59):02}:00Z"
        cell = {"sent_at": sent, "sender_id": sender, "channel": rng.choice(["mail", "chat", ""])}
        messages += [{**cell, "message_id": f"m{at}", "recipient_id": other} for other in [*others, others[0]]]
    for at in range(40):
        organizer, *others = rng.sample(who, rng.choice([2, 3, 5]))
        day, hour = 1 + at // 4, 8 + 3 * (at % 4)
        cell = {
            "meeting_id": f"g{at % 7}",
            "started_at": f"2024-03-{day:02}T{hour:02}:00:00Z",
            "ended_at": f"2024-03-{day:02}T{min(hour + rng.choice([1, 4]), 23):02}:30:00Z",
            "organizer_id": organizer,
            "series_id": rng.choice(["s1", ""]),
        }
        answers = [{**cell, "attendee_id": other, "response": rng.choice(["accepted", "declined"])} for other in others]
        meetings += [{**cell, "attendee_ids": ";".join(others)}] if lists else answers
    wide = pd.DataFrame(messages)
    return wide if message_ids else wide.drop(columns="message_id"), pd.DataFrame(meetings)


def write_parts(folder: Path, table: pd.DataFrame, column: str, cuts: list[str], names: list[str]) -> list[Path]:
    """Write a log in parts, split between instants."""
    edges = ["", *cuts, "9"]
    paths = []
    for name, low, high in zip(names, edges[:-1], edges[1:], strict=True):
        paths.append(folder / f"{name}.csv")
        table[(table[column] >= low) & (table[column] < high)].to_csv(paths[-1], index=False)
    return paths


@pytest.mark.parametrize(
    ("seed", "message_ids", "lists", "cut"),
    [(1, False, True, "2024-03-08T12"), (2, True, False, "2024-03-08")],
)
def test_a_log_in_two_steps_is_the_log_at_once(
    seed: int, message_ids: bool, lists: bool, cut: str, tmp_path: Path
) -> None:
    messages, meetings = log(seed, message_ids=message_ids, lists=lists)
    (tmp_path / "people.csv").write_text(PEOPLE_8)
    # The name of the new calendar sorts before the old one: numbers of files change, those of rows must follow.
    late = [
        write_parts(tmp_path, meetings, "started_at", [cut], ["meetings-2", "meetings-1"])[1],
        write_parts(tmp_path, messages, "sent_at", [cut], ["messages", "messages-2024-W10"])[1],
    ]
    aside = [path.rename(tmp_path / f"later{path.name}") for path in late]
    first = read(tmp_path)
    days_of(first)
    for path, hidden in zip(late, aside, strict=True):
        hidden.rename(path)
    grown = read(tmp_path)
    assert grown.account.kept == ADDED
    at_once = read(tmp_path, cache=False)
    assert_same(grown, at_once)
    kept = read(tmp_path)
    assert kept.account.kept == FROM_CACHE
    assert kept.account == grown.account
    pd.testing.assert_frame_equal(rows(kept, "messages"), rows(grown, "messages"))


def test_somebody_new_changes_numbers_and_nothing_else(tmp_path: Path) -> None:
    messages, _ = log(4, message_ids=True, lists=False)
    (tmp_path / "people.csv").write_text(PEOPLE_8)
    first, second = write_parts(tmp_path, messages, "sent_at", ["2024-03-09"], ["messages-1", "messages-2"])
    later = second.read_text().replace("p3", "a-new-one")
    second.unlink()
    days_of(read(tmp_path))
    second.write_text(later)
    grown = read(tmp_path)
    assert grown.account.kept == ADDED
    assert_same(grown, read(tmp_path, cache=False))
    assert "a-new-one" in set(grown.ids["person_id"])
    assert first.exists()


def test_a_verdict_or_an_absence_parses_no_log(copy_of: Path) -> None:
    (copy_of / "verdicts.csv").write_text("person_id,other_id,verdict\nann,bob,finished\n")
    (copy_of / "absences.csv").write_text("person_id,from_on,to_on\nbob,2024-03-11,2024-03-15\n")
    records = read(copy_of)
    assert records.account.kept == FROM_CACHE
    assert (list(records.verdicts["verdict"]), list(records.absences["person_id"])) == (["finished"], ["bob"])
    assert [source.table for source in records.account.sources] == ["people", "messages", "absences", "verdicts"]


@pytest.fixture(scope="module")
def log_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one log that was read."""
    folder = tmp_path_factory.mktemp("log")
    (folder / "peerlens.toml").write_text("[read]\nhole_share = 0.1\n")
    log(5, message_ids=True, lists=False)[0].to_csv(folder / "messages.csv", index=False)
    read(folder)
    return folder


NOT_EXACT: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "an id that was there": lambda late: late.assign(message_id="m159"),
    "an instant that was there": lambda late: late.assign(sent_at="2024-03-02T09:00:00Z"),
    "no ids any more": lambda late: late.drop(columns="message_id"),
    "a day out of reach": lambda late: late.assign(sent_at="2031-03-02T09:00:00Z"),
}


@pytest.mark.parametrize("why", NOT_EXACT)
def test_what_cannot_be_added_is_read_at_once(why: str, log_folder: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(log_folder, tmp_path / "copy"))
    messages = pd.read_csv(copy / "messages.csv", dtype="str")
    late = messages.tail(2).assign(message_id="m999", sent_at="2024-03-20T09:00:00Z")
    NOT_EXACT[why](late).to_csv(copy / "messages-2.csv", index=False)
    assert read(copy).account.kept == KEPT


def test_the_manifest_says_nothing_of_people(kept_folder: Path) -> None:
    (file,) = (kept_folder / ".peerlens").glob("records-*/manifest.json")
    content = json.loads(file.read_text())["content"]
    assert set(content) == {"base", "files", "logs", "days", "hinted", "last_plausible_day", "earlier"}
    assert not {"ann", "bob", "cat"} & set(str(content).replace("'", " ").split())
