"""Digests of files: the same on other threads as one after the other, and never of half a file."""

from __future__ import annotations

from concurrent.futures import CancelledError
from pathlib import Path

import pytest

from peerlens.store import FileDigests, file_digest


def test_files_are_digested_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("peerlens.store.CHUNK_BYTES", 10)
    paths = [tmp_path / str(size) for size in (0, 9, 10, 11, 25)]
    for path in paths:
        path.write_bytes(bytes(range(int(path.name))))
    with FileDigests(paths) as digests:
        assert [digests.of(path) for path in paths] == [file_digest(path) for path in paths]


def test_a_file_that_is_gone_is_told_when_it_is_asked_for(tmp_path: Path) -> None:
    with FileDigests([tmp_path / "gone"]) as digests, pytest.raises(FileNotFoundError):
        digests.of(tmp_path / "gone")


def test_what_was_left_unfinished_has_no_digest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("peerlens.store.CHUNK_BYTES", 1)
    path = tmp_path / "long"
    path.write_bytes(bytes(2_000_000))
    with FileDigests([path]) as digests:
        pass
    with pytest.raises(CancelledError):
        digests.of(path)
