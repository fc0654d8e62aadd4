"""Who asked for whom: one line per question about a person, kept beside the data."""

from __future__ import annotations

import csv
import getpass
import io
import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path

NAME = "audit.csv"
COLUMNS = ("number", "asked_by", "command", "person_id", "as_of", "purpose")


@dataclass(frozen=True)
class AuditLog:
    """The log of one folder of data.

    Parameters
    ----------
    folder
        Where it is kept (``<data>/.peerlens``); None keeps none, as for data that lie in no folder.

    Notes
    -----
    Lines are numbered, not dated: nothing in peerlens reads the clock. The system's own log of commands has the time.
    """

    folder: Path | None

    def note(self, command: str, person_id: str, *, as_of: date | None, purpose: str = "") -> None:
        """Add a line; where the folder cannot be written to, say nothing and ask nothing of the user.

        Parameters
        ----------
        command
            What was asked, as ``audit`` or ``report``.
        person_id
            Whose figures.
        as_of
            The day of the question.
        purpose
            Why, where it was said.
        """
        if self.folder is None:
            return
        try:
            self.folder.mkdir(mode=0o700, exist_ok=True)
            handle = os.open(self.folder / NAME, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        except PermissionError:
            return
        except OSError as error:
            if error.errno == 30:  # a read-only file system
                return
            raise
        with os.fdopen(handle, "r+", encoding="utf-8", newline="") as file:
            lines = sum(1 for _ in file)
            text = io.StringIO()
            writer = csv.writer(text, lineterminator="\n")
            if lines == 0:
                writer.writerow(COLUMNS)
            day = as_of.isoformat() if as_of else ""
            writer.writerow((max(lines, 1), _user(), command, person_id, day, purpose))
            file.write(text.getvalue())  # one write at the end of the file: two processes do not mix their lines

    def without(self, person_id: str) -> int:
        """Take a person's name out of the log and return how many lines named the person; the lines stay.

        Parameters
        ----------
        person_id
            Who is to be forgotten.
        """
        from peerlens.files import replace_file

        path = self.folder / NAME if self.folder is not None else None
        if path is None or not path.is_file():
            return 0
        rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"))))
        at = COLUMNS.index("person_id")
        named = [row for row in rows[1:] if len(row) > at and row[at] == person_id]
        for row in named:
            row[at] = "(forgotten)"
        if named:
            text = io.StringIO()
            csv.writer(text, lineterminator="\n").writerows(rows)
            replace_file(path, text.getvalue().encode("utf-8"))
            path.chmod(0o600)
        return len(named)


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "unknown"
