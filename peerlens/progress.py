"""What is being done, for whoever waits: a line that appears after a second and goes when the work is done.

On a terminal it is drawn on stderr; in a notebook below the cell; elsewhere nothing is shown. No result depends on it.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Protocol

AFTER_SECONDS = 1.0
"""what is done sooner is not worth a word"""


class Face(Protocol):
    """Where progress is shown."""

    def show(self, stage: str) -> None:
        """Show what is being done now."""
        ...

    def close(self) -> None:
        """Take it away."""
        ...


class Progress:
    """The stages of one piece of work.

    Parameters
    ----------
    face
        Where they are shown.
    after_seconds
        How long nothing is shown.
    """

    def __init__(self, face: Face, *, after_seconds: float = AFTER_SECONDS) -> None:
        self._face = face
        self._stage = ""
        self._is_shown = self._is_over = False
        self._lock = threading.Lock()
        self._timer = threading.Timer(after_seconds, self._begin)
        self._timer.daemon = True
        self._timer.start()

    def stage(self, name: str) -> None:
        """Note what is being done from now on."""
        with self._lock:
            self._stage = name
            if self._is_shown:
                self._face.show(name)

    def close(self) -> None:
        """Stop showing anything."""
        self._timer.cancel()
        with self._lock:
            self._is_over = True
            if self._is_shown:
                self._face.close()

    def _begin(self) -> None:
        with self._lock:
            if not self._is_over:
                self._is_shown = True
                self._face.show(self._stage)


_current: ContextVar[Progress | None] = ContextVar("peerlens_progress", default=None)


@contextmanager
def showing(wanted: bool | None = None) -> Iterator[None]:
    """Show the stages of the work inside, unless somebody around it does already.

    Parameters
    ----------
    wanted
        None shows them on a terminal and in a notebook; True also elsewhere, as lines on stderr; False nowhere.
    """
    face = _face(wanted) if _current.get() is None and wanted is not False else None
    if face is None:
        yield
        return
    progress = Progress(face)
    token = _current.set(progress)
    try:
        yield
    finally:
        _current.reset(token)
        progress.close()


def stage(name: str) -> None:
    """Say what is being done from here on; nothing happens where nobody asked to see it."""
    progress = _current.get()
    if progress is not None:
        progress.stage(name)


def _face(wanted: bool | None) -> Face | None:
    if _is_notebook():
        return _Notebook()
    if sys.stderr is not None and sys.stderr.isatty():
        return _Terminal()
    return _Lines() if wanted else None


def _is_notebook() -> bool:
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    return shell is not None and "IPKernelApp" in getattr(shell, "config", {})


class _Terminal:
    """A moving bar with the stage and the seconds so far; leaves no trace."""

    def __init__(self) -> None:
        self._bar: Any = None
        self._task: Any = None

    def show(self, stage: str) -> None:
        if self._bar is None:
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

            columns = (BarColumn(24), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
            self._bar = Progress(*columns, console=Console(stderr=True), transient=True, refresh_per_second=4)
            self._bar.start()
            self._task = self._bar.add_task(stage, total=None)
        self._bar.update(self._task, description=stage)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.stop()


class _Notebook:
    """A line below the cell, marked so that it can be told from results."""

    def __init__(self) -> None:
        self._handle: Any = None

    def show(self, stage: str) -> None:
        import html

        self._write(f"<progress aria-label='peerlens is working'></progress> <span>{html.escape(stage)} …</span>")

    def close(self) -> None:
        self._write("")

    def _write(self, text: str) -> None:
        from IPython.display import display

        data = {"text/html": text, "text/plain": ""}
        if self._handle is None:
            self._handle = display(data, raw=True, display_id=True, metadata={"peerlens": "progress"})
        else:
            self._handle.update(data, raw=True, metadata={"peerlens": "progress"})


class _Lines:
    """A line of text per stage."""

    def show(self, stage: str) -> None:
        sys.stderr.write(f"peerlens: {stage} …\n")

    def close(self) -> None:
        pass
