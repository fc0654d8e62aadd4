"""Private folders for what does not stay in memory, and those that killed processes have left behind."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import IO

try:
    import fcntl
except ImportError:  # on Windows an open file cannot be deleted, which protects folders in use as well
    fcntl = None

PREFIX = "peerlens-"
LOCK = "in-use"


class PrivateFolder:
    """A folder that only this user may read; it goes with this object, or with the next one if the process was killed."""

    def __init__(self) -> None:
        _sweep()
        self._folder = tempfile.TemporaryDirectory(prefix=PREFIX, ignore_cleanup_errors=True)
        self.path = Path(self._folder.name)
        # Locked before it has its name: a folder with a lock that is free belongs to nobody.
        self._lock = (self.path / f"{LOCK}.new").open("wb")
        if fcntl is not None:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        (self.path / f"{LOCK}.new").rename(self.path / LOCK)

    def __enter__(self) -> Path:
        return self.path

    def __exit__(self, *_: object) -> None:
        self._lock.close()
        self._folder.cleanup()


def _sweep() -> None:
    """Delete folders of processes that are no more: what they hold is people's data."""
    if fcntl is None:
        return
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError):
            if folder.is_dir() and not folder.is_symlink() and folder.stat().st_uid == os.getuid():
                lock = _free_lock(folder)
                if lock is not None:
                    shutil.rmtree(folder, ignore_errors=True)
                    lock.close()


def _free_lock(folder: Path) -> IO[bytes] | None:
    """Take the lock of a folder; None if somebody holds it, or there is none."""
    if fcntl is None:
        return None
    try:
        lock = (folder / LOCK).open("rb")
    except OSError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        return None
    return lock
