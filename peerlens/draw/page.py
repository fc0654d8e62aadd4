"""A self-contained page that shows itself in a notebook and saves itself as one file."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from peerlens.files import replace_file


@dataclass(frozen=True)
class Page:
    """An HTML document, with a still picture for places that show no pages (GitHub, PDF).

    Examples
    --------
    >>> page = Page("<!DOCTYPE html><p>Hello</p>")
    >>> sorted(page._repr_mimebundle_())
    ['text/html', 'text/plain']
    """

    html: str
    png: bytes | None = None
    height: int = 900

    def __repr__(self) -> str:
        """Say what this is; the document itself is too long to print."""
        return f"Page of {len(self.html) // 1024} kB: .save('name.html') writes it to a file"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        frame = (
            f'<iframe srcdoc="{escape(self.html)}" sandbox="allow-scripts" title="Interactive picture" '
            f'style="width: 100%; height: {self.height}px; border: 0"></iframe>'
        )
        bundle: dict[str, Any] = {"text/html": frame, "text/plain": repr(self)}
        if self.png is not None:
            bundle["image/png"] = self.png
        return bundle

    def save(self, path: str | Path) -> Path:
        """Write the document as UTF-8 with plain line ends, in one step.

        Examples
        --------
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     Page("<p>Grüße</p>").save(Path(folder) / "page.html").read_bytes().decode("utf-8")
        '<p>Grüße</p>'
        """
        path = Path(path)
        replace_file(path, self.html.replace("\r\n", "\n").encode("utf-8"))
        return path
