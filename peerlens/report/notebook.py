"""A notebook about one person, ready to be run: cells without outputs, the same bytes each time, and no Jupyter to write it."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from peerlens.lenses.neglect.flags import find_flags, short_list

if TYPE_CHECKING:
    from peerlens.ties import Ties

SUFFIX = ".ipynb"


@dataclass(frozen=True)
class Asked:
    """What a notebook is about, as its first grey cell says it.

    Parameters
    ----------
    data
        Folder of the data, as seen from the notebook's own folder.
    person_id
        Whose network.
    other_id
        The tie to look at closely; None where there is none.
    as_of
        The day of the question, or None for the last day of the log.
    timezone
        Zone of times without one, where one was given.
    flags
        Whether asks, thanks and agendas are made from subject lines.
    """

    data: str
    person_id: str
    other_id: str | None
    as_of: str | None = None
    timezone: str | None = None
    flags: bool = False


def first_to_explain(ties: Ties, person_id: str) -> str | None:
    """Return the tie that is worth a close look: the first of the short list, else the strongest, else None.

    Parameters
    ----------
    ties
        Ties at the day of the question.
    person_id
        Whose.
    """
    listed = short_list(find_flags(ties, person_id=person_id).table, 5)["other_id"].dropna()
    found = listed if len(listed) else ties.of(person_id)["other_id"]
    return str(found.iloc[0]) if len(found) else None


def seen_from(folder: Path, data: Path) -> str:
    """Return where the data are, as a notebook in that folder has to say it.

    Parameters
    ----------
    folder
        Where the notebook will be.
    data
        The folder or file that was read.
    """
    try:
        return Path(os.path.relpath(data.resolve(), folder.resolve())).as_posix()
    except ValueError:  # on another drive of Windows there is no way from one to the other
        return data.resolve().as_posix()


def render_notebook(asked: Asked) -> str:
    """Return the notebook as text (nbformat 4.5).

    Parameters
    ----------
    asked
        What it is about.

    Examples
    --------
    >>> import json
    >>> notebook = json.loads(render_notebook(Asked(data="mine", person_id="ana", other_id=None)))
    >>> notebook["cells"][1]["source"][0]
    'DATA = "mine"  # the folder or file of your data\\n'
    """
    notebook = {
        "cells": [
            _cell(at, kind, source, tags=("parameters",) if source.startswith("DATA = ") else ())
            for at, (kind, source) in enumerate(_cells(asked))
        ],
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


def _cells(asked: Asked) -> list[tuple[str, str]]:
    options = f", timezone={_said(asked.timezone)}" if asked.timezone else ""
    options += ", flags=True" if asked.flags else ""
    closely = [
        (
            "markdown",
            "## One tie, looked at closely\n\nEach day with contact; the shaded part is the silence. Then, for each kind of "
            "neglect, why it did or did not\nfire, and which lines of your files stand behind it.",
        ),
        ("code", "me.rhythm(OTHER)"),
        ("code", "me.explain(OTHER)"),
    ]
    other = f"OTHER = {_said(asked.other_id)}  # the tie to look at closely\n" if asked.other_id is not None else ""
    return [
        (
            "markdown",
            "# What has gone quiet among my peers?\n\nClick into the first grey cell and press **Shift + Enter**, cell by cell. "
            "peerlens shows *contact*, not trust, influence or\nmerit. For self-development; not for selection, promotion, "
            "appraisal, pay, redundancy or discipline. Once it has been run, this\nfile holds what the log says about you and "
            "others: keep it as you would keep the log.",
        ),
        (
            "code",
            f"DATA = {_said(asked.data)}  # the folder or file of your data\n"
            f"PERSON = {_said(asked.person_id)}  # whose network\n{other}"
            f"AS_OF = {_said(asked.as_of)}  # the day of the question; None: the last day of the log",
        ),
        (
            "markdown",
            "## What was read\n\nEvery row is accounted for: kept, or left out with the reason. "
            "The notes at the end say what was assumed.",
        ),
        ("code", f"import peerlens\n\nrecords = peerlens.read(DATA{options})\nrecords"),
        (
            "markdown",
            "## The picture, and the short list\n\nDepartments are sectors. The nearer to the middle, the more contact lately. "
            "Orange marks a tie that may need attention.",
        ),
        ("code", "me = peerlens.Network(records, as_of=AS_OF).person(PERSON)\nme.draw()"),
        ("code", 'me.finding("neglected_peers")'),
        *(closely if asked.other_id is not None else []),
        (
            "markdown",
            "## The other questions\n\nAll that your data can answer; what asks for an action most comes first.",
        ),
        (
            "code",
            "for finding in me.findings().values():\n    print(finding.question, finding.headline, finding.suggestion, "
            'sep="\\n")\n    display(finding.draw())',
        ),
        (
            "markdown",
            "## To explore, and to take along\n\nPoint at a tie, search, move through the weeks. "
            '`me.report("me.html")` writes all of it as one page, `.pdf` or `.pptx` likewise.',
        ),
        ("code", "me.explore()"),
    ]


def _cell(at: int, kind: str, source: str, *, tags: tuple[str, ...]) -> dict[str, Any]:
    cell: dict[str, Any] = {"cell_type": kind}
    if kind == "code":
        cell["execution_count"] = None
    cell |= {"id": f"audit-{at:02}", "metadata": {"tags": list(tags)} if tags else {}}
    if kind == "code":
        cell["outputs"] = []
    return {**cell, "source": source.splitlines(keepends=True)}


def _said(value: str | None) -> str:
    """Return a string as Python source, in double quotes."""
    return "None" if value is None else json.dumps(value, ensure_ascii=False)
