"""The files of a Slack export, in a folder or still zipped, with or without a folder around them."""

from __future__ import annotations

import json
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Any

from peerlens.errors import InputError, Problem

LISTS = ("users.json", "org_users.json", "channels.json", "groups.json", "dms.json", "mpims.json")
LARGEST = 100_000_000
"""bytes of the largest file of one day or list that is read; a larger one is no day of chat"""
_DAY = re.compile(r"\d{4}-\d\d-\d\d\.json$")


class SlackFiles:
    """Names and contents of the files of one export.

    Parameters
    ----------
    path
        A folder or a zip file.

    Raises
    ------
    InputError
        The zip is broken.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._zip: zipfile.ZipFile | None = None
        if path.is_file():
            try:
                self._zip = zipfile.ZipFile(path)
            except (zipfile.BadZipFile, OSError, ValueError) as error:
                fix = "Download the export again: it was cut short."
                raise InputError([Problem(path.name, None, None, "a broken zip", "a Slack export", fix)]) from error
        self._sizes = self._listed()
        self._root = _root(self._sizes)

    @classmethod
    def is_export(cls, path: Path) -> bool:
        """Return whether a folder or zip looks like a Slack export."""
        if not path.is_dir() and not (path.suffix.lower() == ".zip" and zipfile.is_zipfile(path)):
            return False
        try:
            with cls(path) as files:
                # A folder further down is looked at on its own.
                if files._root is None or (path.is_dir() and files._root.parts):
                    return False
                lists = [name for name in LISTS if str(files._root / name) in files._sizes]
                day = next((names[0] for _, names in files.days()), None)
                if day is None:
                    return "channels.json" in lists and len(lists) > 1
                return bool(lists) or _is_chat(files.load(day))
        except InputError:
            return False

    def __enter__(self) -> SlackFiles:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._zip is not None:
            self._zip.close()

    def _listed(self) -> dict[str, int]:
        if self._zip is not None:
            return {item.filename: item.file_size for item in self._zip.infolist() if item.filename.endswith(".json")}
        found: dict[str, int] = {}
        for pattern in ("*.json", "*/*.json", "*/*/*.json"):
            for file in self.path.glob(pattern):
                if file.is_file() and not file.is_symlink():
                    found[file.relative_to(self.path).as_posix()] = file.stat().st_size
        return found

    def days(self) -> Iterator[tuple[str, list[str]]]:
        """Yield each folder of day files and their names, in order."""
        folders: dict[str, list[str]] = {}
        for name in self._sizes:
            place = PurePosixPath(name)
            if _DAY.fullmatch(place.name) and place.parent.parent == self._root and place.parent != self._root:
                folders.setdefault(place.parent.name, []).append(name)
        for folder in sorted(folders):
            yield folder, sorted(folders[folder])

    def records(self, name: str) -> list[dict[str, Any]]:
        """Return the entries of one of the lists; none if it is not there or is broken."""
        at = str(self._root / name) if self._root is not None else name
        found = self.load(at) if at in self._sizes else []
        return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []

    def size(self, name: str) -> int:
        """Return the size of a file in bytes."""
        return self._sizes[name]

    def load(self, name: str) -> Any:
        """Return what a file holds; None if it cannot be read."""
        if self._sizes[name] > LARGEST:
            return None
        try:
            if self._zip is not None:
                with self._zip.open(name) as file:
                    # The zip may lie about sizes.
                    data = file.read(LARGEST + 1)
            else:
                data = (self.path / name).read_bytes()
            return json.loads(data.decode("utf-8-sig", "replace")) if len(data) <= LARGEST else None
        except (OSError, EOFError, ValueError, RuntimeError, zipfile.BadZipFile, zlib.error):
            return None


def _is_chat(day: Any) -> bool:
    return isinstance(day, list) and any(isinstance(item, dict) and "ts" in item and "user" in item for item in day)


def _root(sizes: dict[str, int]) -> PurePosixPath | None:
    """Return the folder that holds the lists, else the folders of day files; the outermost if there are several."""
    lists = [PurePosixPath(name).parent for name in sizes if PurePosixPath(name).name in LISTS]
    days = [PurePosixPath(name).parent.parent for name in sizes if _DAY.fullmatch(PurePosixPath(name).name)]
    found = [place for place in lists or days if "__MACOSX" not in place.parts]
    return min(found, key=lambda place: (len(place.parts), str(place))) if found else None
