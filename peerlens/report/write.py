"""A report to a file: the ending says the format; whole or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from peerlens.errors import PeerlensError, did_you_mean
from peerlens.files import replace_file

if TYPE_CHECKING:
    from peerlens.report.outline import Outline

SUFFIXES = (".html", ".pdf", ".pptx")


def rendered(outline: Outline, suffix: str, *, names: dict[str, str] | None = None) -> str | bytes:
    """Return a report in the format that a file's ending asks for.

    Parameters
    ----------
    outline
        What the report says.
    suffix
        ``.html``, ``.pdf`` or ``.pptx``.
    names
        Token to name, for screen mode (HTML only).

    Raises
    ------
    PeerlensError
        There is no such format, or the format has no screen mode.
    """
    if suffix not in SUFFIXES:
        raise PeerlensError(f"A report cannot be written as {suffix!r}. {did_you_mean(suffix, SUFFIXES)}")
    if names is not None and suffix != ".html":
        raise PeerlensError(f"Screen mode covers names until they are clicked, which only .html can do, not {suffix}.")
    if suffix == ".pdf":
        from peerlens.report.paper import render_pdf

        return render_pdf(outline)
    if suffix == ".pptx":
        from peerlens.report.slides import render_slides

        return render_slides(outline)
    from peerlens.report.page import render

    return render(outline, names=names)


def write_report(path: str | Path, content: str | bytes) -> Path:
    """Write a report, replacing an earlier one in a single step; text as UTF-8 with plain line ends.

    Parameters
    ----------
    path
        File to write; its folder must exist.
    content
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
        is_text = isinstance(content, str)
        replace_file(path, content.replace("\r\n", "\n").encode("utf-8") if is_text else content)
    except OSError as error:
        raise PeerlensError(
            f"Cannot write {path}: {error.strerror or error}. Close the file if it is open elsewhere, or choose another place."
        ) from error
    return path
