"""One person's report, and those of a cohort: a file each, kept where nothing has changed, one process per core."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterable
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from peerlens.errors import PeerlensError
from peerlens.files import replace_file
from peerlens.records.releases import NotReleased, is_enforced, release_of, releases_on
from peerlens.report.outline import make_outline
from peerlens.report.share import SCREEN, known_share, names_behind, tokens_for
from peerlens.report.write import rendered, write_report

if TYPE_CHECKING:
    from datetime import date

    from peerlens.records import Records
    from peerlens.settings import Settings
    from peerlens.ties import Ties

MARKS = ".made_from"
"""folder with a mark per report: what it was made from, so that a run that was broken off goes on where it stopped"""


class HasTies(Protocol):
    """What a report needs of a network."""

    @property
    def ties(self) -> Ties:
        """All ties at the day of the question."""
        ...

    @property
    def as_of(self) -> date:
        """The day of the question."""
        ...

    records: Records
    settings: Settings


def report_of(
    network: HasTies, person_id: str, suffix: str, *, share: str = "self", screen: bool = False
) -> str | bytes:
    """Return one person's report in the format of a file's ending.

    Parameters
    ----------
    network
        Whose ties.
    person_id
        Whose report.
    suffix
        ``.html``, ``.pdf`` or ``.pptx``.
    share
        ``self``, ``coach`` or ``aggregate``.
    screen
        Whether names lie under covers (HTML only).

    Raises
    ------
    NotReleased
        There is a list of releases and the person is not on it.
    PeerlensError
        The format or the way of sharing is unknown, or both ask for names to be hidden.
    """
    kind = known_share(share)
    release = release_of(network.records, person_id, network.as_of)
    if screen and kind != "self":
        raise PeerlensError(
            f"Screen mode uncovers names on a click; a copy for {share!r} holds no names. Choose one of the two."
        )
    ties = network.ties
    outline = make_outline(ties, network.records.account, person_id, share="coach" if screen else kind, release=release)
    names = names_behind(ties, tokens_for(ties, person_id)) if screen else None
    if screen:
        outline = dataclasses.replace(outline, audience=SCREEN)
    return rendered(outline, suffix, names=names)


def write_cohort(
    network: HasTies,
    folder: str | Path,
    *,
    people: Iterable[str] | None = None,
    suffix: str = ".html",
    share: str = "self",
    done: Callable[[int, int], None] | None = None,
) -> list[Path]:
    """Write a report for each of a cohort.

    Parameters
    ----------
    network
        Whose ties.
    folder
        Made if it is not there.
    people
        Whom; default is everybody with a release on record.
    suffix
        ``.html``, ``.pdf`` or ``.pptx``.
    share
        ``self``, ``coach`` or ``aggregate``.
    done
        Told, after each report, how many of how many are there.

    Returns
    -------
    list of Path
        All reports of the cohort, in order of person; those made from the same input before are not made again.

    Raises
    ------
    NotReleased
        There is no list of releases, or somebody is not on it; nothing is written then.
    """
    chosen = cohort_of(network.records, network.as_of, people)
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    marks = folder / MARKS
    marks.mkdir(exist_ok=True)
    mark = made_from(network, suffix, share)
    written = []
    for at, person_id in enumerate(chosen, start=1):
        path = folder / f"{file_stem(person_id)}{suffix}"
        if not (path.is_file() and _mark_of(marks / path.name) == mark):
            write_report(path, report_of(network, person_id, suffix, share=share))
            replace_file(marks / path.name, mark.encode("utf-8"))
        written.append(path)
        if done is not None:
            done(at, len(chosen))
    return written


def cohort_of(records: Records, day: date, people: Iterable[str] | None) -> list[str]:
    """Return whose reports may be made together: those with a release on record on that day.

    Parameters
    ----------
    records
        With the table ``released``.
    day
        The day of the question.
    people
        Those asked for; None asks for everybody with a release.

    Raises
    ------
    NotReleased
        There is no list of releases, nobody is on it, or somebody asked for is not; names all of them.
    """
    if not is_enforced(records):
        raise NotReleased(
            "Reports of several people need a release of each: add released.csv "
            "(person_id, released_to, purpose, from_on, until_on) to the data."
        )
    known = set(records.people["person_id"])
    released = {person for person in releases_on(records, day) if person in known}
    chosen = sorted(released if people is None else set(people))
    missing = [person for person in chosen if person not in released]
    if missing:
        few = ", ".join(missing[:5]) + (f" and {len(missing) - 5} more" if len(missing) > 5 else "")
        raise NotReleased(f"Not on released.csv on {day}: {few}. Ask them, or leave them out.")
    if not chosen:
        raise NotReleased(f"Nobody on released.csv has a release that holds on {day}.")
    return chosen


def made_from(network: HasTies, suffix: str, share: str) -> str:
    """Return a digest of all that a report depends on."""
    parts = (
        network.records.fingerprint,
        network.settings.fingerprint(),
        network.as_of.isoformat(),
        suffix,
        share,
        version("peerlens"),
    )
    return sha256("\n".join(parts).encode()).hexdigest()[:16]


def file_stem(person_id: str) -> str:
    """Return a file name for a person that is safe everywhere and no other person's.

    Examples
    --------
    >>> file_stem("p003"), file_stem("a/b")
    ('p003', 'a_b-c14cddc033f64b9d')
    """
    safe = re.sub(r"[^A-Za-z0-9@_-]", "_", person_id)
    return safe if safe == person_id else f"{safe}-{sha256(person_id.encode()).hexdigest()[:16]}"


def _mark_of(path: Path) -> str:
    return path.read_bytes().decode("utf-8", errors="replace") if path.is_file() else ""
