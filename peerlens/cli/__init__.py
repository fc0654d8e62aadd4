"""peerlens on the command line: the same face as the notebook, no logic of its own. One file per area; each is a line here."""

from __future__ import annotations

import atexit
import gc
import sys
import traceback

from rich.console import Console

from peerlens.cli import cache, data, exports, notebook, organisation, person, privacy
from peerlens.cli.terminal import Debug, app
from peerlens.errors import PeerlensError

__all__ = ["app", "cache", "data", "exports", "main", "notebook", "organisation", "person", "privacy"]

STOPPED = 130
"""exit code after Ctrl-C, as shells have it"""


def main() -> None:
    """Run the command line; exit code 0 only when it did what was asked."""
    # One short run that builds many small expression objects: looking for cycles among them all the time costs a sixth of it.
    gc.set_threshold(500_000, 50, 50)
    # What is left when the run is over goes with the process: at its end nothing is looked through again.
    atexit.register(gc.freeze)
    try:
        app()
    except SystemExit as error:
        if error.code == STOPPED:
            _say("stopped; nothing is left half done.")
        raise
    except PeerlensError as error:
        if Debug.on:
            traceback.print_exc()
        _say(str(error))
        sys.exit(1)
    except OSError as error:
        if Debug.on:
            traceback.print_exc()
        where = f"{error.filename}: " if error.filename else ""
        _say(f"{where}{error.strerror or error}. Check that the path exists and may be written.")
        sys.exit(1)


def _say(text: str) -> None:
    Console(stderr=True, soft_wrap=True, highlight=False).print(f"peerlens: {text}", markup=False)
