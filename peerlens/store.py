"""Entries kept on disk: written whole or not at all, checked when they are opened, safe with several processes.

An entry is a folder with files and a ``manifest.json`` that holds their digests. It is made under another name, and gets its
own in one step; after that nothing in it ever changes. Whoever reads an entry holds a lock on it, so that tidying up leaves it
alone.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Self

from peerlens.blocks import thread_count

try:
    import fcntl
except ImportError:  # on Windows a file in use cannot be deleted, which protects readers as well
    fcntl = None

FOLDER = ".peerlens"
MANIFEST = "manifest.json"
LOCK = "lock"
MAKING = ".making-"
ENTRY = re.compile(r"[a-z]+-[0-9a-f]{20}")
CHUNK_BYTES = 1 << 24
"""read of a file at once: a thread that digests beside others has to wait for them once a chunk"""


class DamagedEntry(Exception):
    """An entry cannot be used: something in it is missing, cut short or changed."""


@dataclass(frozen=True, eq=False)
class Entry:
    """One entry, and the lock that keeps it while it is used.

    Parameters
    ----------
    folder
        Where its files are.
    content
        What whoever made it noted.
    lock
        Held as long as this object lives; None where locks are not to be had.
    """

    folder: Path
    content: dict[str, Any]
    lock: IO[bytes] | None = None

    def path(self, name: str) -> Path:
        """Return the path of one of its files."""
        return self.folder / name


class Store:
    """Entries in one folder that only its owner may read.

    Parameters
    ----------
    place
        The folder in which the store is made when the first entry is written.
    """

    def __init__(self, place: Path) -> None:
        self.folder = (place / FOLDER).absolute()

    def open(self, kind: str, key: str, *, is_new: bool = False) -> Entry | None:
        """Return an entry, or None if there is none.

        Parameters
        ----------
        kind, key
            What it is found by.
        is_new
            Whether it was written just now by this process: then its files are not looked through again.

        Raises
        ------
        DamagedEntry
            It is there and cannot be used.
        """
        folder = self._place(kind, key)
        if not folder.is_dir():
            return None
        lock = _hold(folder, shared=True)
        manifest = _manifest(folder)
        files = {} if is_new else manifest["files"]
        with FileDigests([folder / name for name in files]) as digests:
            for name, digest in files.items():
                try:
                    found = digests.of(folder / name)
                except OSError as error:
                    raise DamagedEntry(f"{name} cannot be read") from error
                if found != digest:
                    raise DamagedEntry(f"{name} is not what was written")
        return Entry(folder, manifest["content"], lock)

    def contents(self, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield the key and the content of each entry of a kind, the latest made first; damaged ones are passed over."""
        found = []
        for folder in self._folders(kind):
            with suppress(DamagedEntry):
                manifest = _manifest(folder)
                found.append((manifest["number"], folder.name.removeprefix(f"{kind}-"), manifest["content"]))
        for _, key, content in sorted(found, key=lambda item: item[:2], reverse=True):
            yield key, content

    def write(self, kind: str, key: str, fill: Callable[[Path], Mapping[str, Any]]) -> None:
        """Make an entry; if another process made it meanwhile, that one stays.

        Parameters
        ----------
        kind, key
            What it is found by.
        fill
            Writes files into a folder and returns what to note beside them (plain values only).

        Raises
        ------
        OSError
            The folder cannot be written.
        """
        self._prepare()
        with self._making() as folder:
            content = fill(folder)
            names = sorted(item.name for item in folder.iterdir() if item.name != LOCK)
            manifest = {
                "number": 1 + max((_number(item) for item in self._folders(kind)), default=0),
                "files": {name: file_digest(folder / name) for name in names},
                "content": dict(content),
            }
            manifest["digest"] = _digest_of(manifest)
            (folder / MANIFEST).write_text(json.dumps(manifest, ensure_ascii=False, sort_keys=True), encoding="utf-8")
            for item in folder.iterdir():
                item.chmod(0o600)
                _flush(item)
            _flush(folder)
            # Where another process was faster, its entry stays; it holds the same.
            with suppress(OSError):
                os.rename(folder, self._place(kind, key))
        _flush(self.folder)

    def remove(self, kind: str, key: str) -> None:
        """Delete an entry, used or not."""
        _delete(self._place(kind, key))

    def tidy(self, kind: str, *, keep: Iterable[str]) -> None:
        """Delete entries of a kind that nobody uses, but those to keep, and what processes that died left behind."""
        wanted = {f"{kind}-{key}" for key in keep}
        idle = [folder for folder in self._folders(kind) if folder.name not in wanted]
        # One without a lock is about to be locked by whoever makes it.
        left_behind = [folder for folder in self._folders(MAKING) if (folder / LOCK).exists()]
        for folder in [*idle, *left_behind]:
            with suppress(OSError):
                lock = _hold(folder, shared=False)
                _delete(folder)
                if lock is not None:
                    lock.close()

    def _place(self, kind: str, key: str) -> Path:
        return self.folder / f"{kind}-{key}"

    def _folders(self, kind: str) -> list[Path]:
        start = kind if kind == MAKING else f"{kind}-"
        try:
            return sorted(item for item in self.folder.iterdir() if item.name.startswith(start) and item.is_dir())
        except OSError:
            return []

    def _prepare(self) -> None:
        self.folder.mkdir(mode=0o700, exist_ok=True)
        self.folder.chmod(0o700)
        ignore = self.folder / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n")
            ignore.chmod(0o600)

    @contextmanager
    def _making(self) -> Iterator[Path]:
        """Give a folder that goes away again unless it was renamed, whatever happens."""
        folder = Path(tempfile.mkdtemp(prefix=MAKING, dir=self.folder))
        try:
            # Held before it has its name: a process that tidies up takes a lock that is there and free for one of a dead process.
            (folder / f"{LOCK}.new").touch(mode=0o600)
            lock = _hold(folder, shared=True, name=f"{LOCK}.new")
            (folder / f"{LOCK}.new").rename(folder / LOCK)
            yield folder
            if lock is not None:
                lock.close()
        finally:
            _delete(folder)


def forget(folder: Path) -> list[Path]:
    """Delete the entries kept in a folder; return the files deleted. Anything else stays as it is.

    Parameters
    ----------
    folder
        The folder in which entries were kept.
    """
    store = folder / FOLDER
    if store.is_symlink() or not store.is_dir():
        return []
    files = []
    for item in sorted(store.iterdir()):
        if _is_entry(item):
            files += sorted(file for file in item.rglob("*") if file.name != LOCK)
            _delete(item)
    if files:
        left = [item for item in store.iterdir() if item.name != ".gitignore"]
        if not left:
            shutil.rmtree(store)
    return files


def _is_entry(folder: Path) -> bool:
    """Return whether a folder is what this module made."""
    if folder.is_symlink() or not folder.is_dir():
        return False
    return folder.name.startswith(MAKING) or (ENTRY.fullmatch(folder.name) is not None and (folder / LOCK).is_file())


def file_digest(path: Path, *, unless: threading.Event | None = None) -> str:
    """Return the SHA-256 of a file, read a chunk at a time.

    Parameters
    ----------
    path
        The file.
    unless
        Ends it after the next chunk where it is set meanwhile, with a ``CancelledError``.

    Raises
    ------
    OSError
        The file cannot be read.
    """
    found, chunk = hashlib.sha256(), memoryview(bytearray(min(CHUNK_BYTES, max(path.stat().st_size, 1))))
    with path.open("rb", buffering=0) as file:
        while length := file.readinto(chunk):
            if unless is not None and unless.is_set():
                raise CancelledError
            found.update(chunk[:length])
    return found.hexdigest()


class FileDigests:
    """The SHA-256 of files, worked out on threads of their own while something else is done; leaving it ends what is unfinished.

    Parameters
    ----------
    paths
        The files.

    Examples
    --------
    >>> with FileDigests([Path(__file__)]) as digests:
    ...     digests.of(Path(__file__)) == file_digest(Path(__file__))
    True
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        self._is_over = threading.Event()
        self._pool = ThreadPoolExecutor(thread_count())
        self._found = {path: self._pool.submit(file_digest, path, unless=self._is_over) for path in paths}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._pool.shutdown(cancel_futures=True)

    def of(self, path: Path) -> str:
        """Wait for the digest of a file, and return it.

        Raises
        ------
        OSError
            The file cannot be read.
        """
        return self._found[path].result()


def link(source: Path, target: Path) -> None:
    """Give a file of an entry a second name in another: it never changes, so nothing is copied where that can be helped."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def digest(*values: Any) -> str:
    """Return twenty hexadecimal digits that change when any of the plain values does.

    Examples
    --------
    >>> digest("a", 1) == digest("a", 1), digest("a", 1) == digest("a", 2)
    (True, False)
    """
    text = json.dumps(values, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:20]


def code_digest(*places: str) -> str:
    """Return a digest of modules or packages of peerlens: what another version made is made again.

    Parameters
    ----------
    *places
        Files and folders inside the package.
    """
    home = Path(__file__).parent
    files = sorted(
        file for place in places for file in ((home / place).rglob("*.py") if "." not in place else [home / place])
    )
    found = hashlib.sha256()
    for file in files:
        found.update(file.relative_to(home).as_posix().encode() + b"\0" + file.read_bytes())
    return found.hexdigest()[:20]


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if manifest.pop("digest") == _digest_of(manifest):
            return manifest
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise DamagedEntry(f"{MANIFEST} cannot be read") from error
    raise DamagedEntry(f"{MANIFEST} is not what was written")


def _digest_of(manifest: dict[str, Any]) -> str:
    # As JSON reads it again: tuples are lists, numbers as keys are text.
    return digest(json.loads(json.dumps(manifest, ensure_ascii=False)))


def _number(folder: Path) -> int:
    try:
        return int(_manifest(folder)["number"])
    except (DamagedEntry, ValueError, TypeError):
        return 0


def _hold(folder: Path, *, shared: bool, name: str = LOCK) -> IO[bytes] | None:
    """Lock an entry; raise OSError if another process has it, None where there are no locks."""
    if fcntl is None:
        return None
    try:
        file = (folder / name).open("rb")
    except OSError:
        return None
    try:
        fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except OSError:
        file.close()
        if not shared:
            raise
        return None
    return file


def _delete(folder: Path) -> None:
    """Take a folder out of sight in one step, then delete it."""
    aside = folder.with_name(f"{MAKING}{folder.name}")
    with suppress(OSError):
        os.rename(folder, aside)
        folder = aside
    shutil.rmtree(folder, ignore_errors=True)


def _flush(path: Path) -> None:
    """Have a file or folder on the disk before anything points to it."""
    with suppress(OSError):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
