"""Damaged exports: a clear error or a counted drop, never anything else."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peerlens.errors import InputError
from peerlens.records.formats import FORMATS, export_of

from .conftest import SAMPLES, run

FILES = [SAMPLES / name for name in ("calendar.ics", "mail.mbox", "outlook_de.csv")]


def survives(data: bytes, name: str) -> None:
    """Whatever a file holds, it is read with every row counted, refused in words, or not recognised."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / name
        file.write_bytes(data)
        kind = export_of(file)
        if kind is None:
            return
        with suppress(InputError):
            tally = run(kind, file, Path(folder) / "out").tally
            assert 0 <= tally.kept <= tally.rows


@settings(max_examples=25, deadline=None, derandomize=True, database=None)
@given(cut=st.floats(0, 1), file=st.sampled_from(FILES))
def test_truncated(cut: float, file: Path) -> None:
    data = file.read_bytes()
    survives(data[: int(cut * len(data))], file.name)


@settings(max_examples=25, deadline=None, derandomize=True, database=None)
@given(places=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=20), file=st.sampled_from(FILES))
def test_bytes_changed(places: list[tuple[float, int]], file: Path) -> None:
    data = bytearray(file.read_bytes())
    for place, value in places:
        data[int(place * (len(data) - 1))] = value
    survives(bytes(data), file.name)


@settings(max_examples=15, deadline=None, derandomize=True, database=None)
@given(encoding=st.sampled_from(["utf-16", "utf-16-be", "cp500", "utf-32"]), file=st.sampled_from(FILES))
def test_in_another_encoding(encoding: str, file: Path) -> None:
    text = file.read_bytes().decode("cp1252", errors="replace")
    survives(text.encode(encoding, errors="replace"), file.name)


@settings(max_examples=25, deadline=None, derandomize=True, database=None)
@given(data=st.binary(max_size=400), file=st.sampled_from(FILES))
def test_binary_after_a_sound_head(data: bytes, file: Path) -> None:
    survives(file.read_bytes()[:300] + data, file.name)


@pytest.mark.parametrize("data", [b"", b"\xff\xfe", b"\0" * 100, b"PK\x03\x04", b"\n" * 5000])
def test_nothing_recognises_nothing(data: bytes, tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_bytes(data)
    assert all(not kind.recognises(file, data) for kind in FORMATS)
