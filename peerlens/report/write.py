"""A report to a file: whole or not at all."""

from __future__ import annotations

from pathlib import Path

from peerlens.errors import PeerlensError
from peerlens.files import replace_file


def write_report(path: str | Path, text: str) -> Path:
    """Write a report as UTF-8 with plain line ends, replacing an earlier one in a single step.

    Parameters
    ----------
    path
        File to write; its folder must exist.
    text
        The whole document.

    Raises
    ------
    PeerlensError
        The folder is missing, or the file cannot be written.

    Examples
    --------
    >>> write_report("/nowhere/at/all.html", "")
    Traceback (most recent call last):
    ...
    peerlens.errors.PeerlensError: Cannot write all.html: the folder /nowhere/at does not exist. Make it first, or ...
    """
    path = Path(path)
    if not path.parent.is_dir():
        raise PeerlensError(
            f"Cannot write {path.name}: the folder {path.parent} does not exist. Make it first, or choose another place."
        )
    if path.is_dir():
        raise PeerlensError(
            f"Cannot write {path}: it is a folder. Give the name of a file, such as {path / 'report.html'}."
        )
    try:
        replace_file(path, text.replace("\r\n", "\n").encode("utf-8"))
    except OSError as error:
        raise PeerlensError(
            f"Cannot write {path}: {error.strerror or error}. Close the file if it is open elsewhere, or choose another place."
        ) from error
    return path
