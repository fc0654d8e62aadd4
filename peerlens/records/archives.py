"""Zip files: looked at before they are opened, unpacked into a private folder, and never outside it."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path, PurePosixPath, PureWindowsPath

from peerlens.errors import InputError, Problem

MOST_MEMBERS = 500_000
MOST_BYTES = 60_000_000_000
MOST_RATIO = 200
"""text shrinks to a tenth, a log of equal lines to a hundredth; what grows beyond this is made to fill a disk"""
FREE_BYTES = 20_000_000
"""members up to this size may shrink as much as they like"""
WANTED = (".csv", ".tsv", ".txt", ".ics", ".mbox", ".json", ".toml", ".parquet", ".pq", ".zip")
_CHUNK_BYTES = 1 << 20


def checked(path: Path) -> None:
    """Look at the list of members of a zip file, without unpacking any.

    Raises
    ------
    InputError
        It is no zip file, is damaged or locked, would fill the disk, or names places outside its folder.
    """
    with path.open("rb") as file:
        head = file.read(512)
    if re.match(rb"\s*<(!doctype|html|head|\?xml)", head, re.IGNORECASE):
        found, fix = "a web page named .zip", "The download was a sign-in page: sign in, and download the zip again."
        raise _refusal(path, found, "a zip file", fix)
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        fix = "The download may have stopped half way: download it again."
        raise _refusal(path, f"a damaged zip file ({error})", "a whole zip file", fix) from error
    if len(members) > MOST_MEMBERS:
        fix = "Unpack it, and give the folder with the files that matter."
        raise _refusal(path, f"{len(members):,} files", f"at most {MOST_MEMBERS:,}", fix)
    total = sum(item.file_size for item in members)
    swollen = next(
        (m for m in members if m.file_size > FREE_BYTES and m.file_size > MOST_RATIO * max(1, m.compress_size)), None
    )
    packed = max(1, path.stat().st_size)
    if swollen is not None or total > MOST_BYTES or (total > FREE_BYTES and total > MOST_RATIO * packed):
        found = f"{total / 1e6:,.0f} MB packed into {packed / 1e6:,.1f} MB"
        fix = "This is not how exports look; if you trust the file, unpack it yourself and give the folder."
        raise _refusal(path, found, f"at most {MOST_RATIO} times its size and {MOST_BYTES / 1e9:.0f} GB", fix)
    for item in members:
        if not is_inside(item.filename):
            fix = "Somebody may have tampered with it: download it again from where it came."
            raise _refusal(path, f"a file that would land elsewhere, {item.filename[:80]!r}", "files inside it", fix)
        if item.flag_bits & 0x1:
            raise _refusal(path, "a zip file with a password", "one without", "Unpack it, and give the folder.")


def is_inside(name: str) -> bool:
    """Return whether the name of a member stays in the folder it is unpacked to, on every system.

    Examples
    --------
    >>> [is_inside(name) for name in ("Mail/a.mbox", "../a", "/etc/a", "C:\\\\a", "a/..\\\\..\\\\b")]
    [True, False, False, False, False]
    """
    windows, posix = PureWindowsPath(name), PurePosixPath(name)
    if posix.is_absolute() or windows.drive or windows.root or "\0" in name:
        return False
    return ".." not in windows.parts


def unpack(path: Path, folder: Path, *, progress: Callable[[int], None] | None = None) -> int:
    """Unpack the members that a format may want; return how many others there are.

    Parameters
    ----------
    path
        A zip file that was :func:`checked`.
    folder
        An empty folder.
    progress
        Called with the number of bytes written since the last call.

    Raises
    ------
    InputError
        A member is damaged, or larger than the list of members says.
    """
    others = 0
    taken: set[str] = set()
    with zipfile.ZipFile(path) as archive:
        for number, item in enumerate(archive.infolist()):
            name = PurePosixPath(item.filename.replace("\\", "/"))
            if item.is_dir() or name.name.startswith(".") or "__MACOSX" in name.parts:
                continue
            if name.suffix.lower() not in WANTED:
                others += 1
                continue
            target = _target(folder, name, number, taken)
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                _copy(archive, item, target, progress)
            except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError) as error:
                fix = "The download may have stopped half way: download it again."
                found = f"{item.filename[:80]!r}, which cannot be unpacked ({error})"
                raise _refusal(path, found, "a whole zip file", fix) from error
    return others


def _target(folder: Path, name: PurePosixPath, number: int, taken: set[str]) -> Path:
    """Return where a member goes: its own name, made harmless for every file system and told apart from others."""
    parts = [re.sub(r'[<>:"|?*\x00-\x1f]', "_", part)[:120].rstrip(" .") or "_" for part in name.parts]
    suffix = name.suffix.lower()
    if not parts[-1].lower().endswith(suffix):
        parts[-1] += suffix
    key = "/".join(parts).casefold()
    if key in taken:
        parts[-1] = f"{number}-{parts[-1]}"
    taken.add(key)
    return folder.joinpath(*parts)


def _copy(
    archive: zipfile.ZipFile, item: zipfile.ZipInfo, target: Path, progress: Callable[[int], None] | None
) -> None:
    written = 0
    with archive.open(item) as source, target.open("wb") as out:
        while chunk := source.read(_CHUNK_BYTES):
            written += len(chunk)
            if written > item.file_size:
                raise zipfile.BadZipFile("it holds more than its list of files says")
            out.write(chunk)
            if progress is not None:
                progress(len(chunk))


def _refusal(path: Path, found: str, expected: str, fix: str) -> InputError:
    return InputError([Problem(path.name, None, None, found, expected, fix)])
