"""One person's report, and those of a cohort: a file each, kept where nothing has changed, one process per core."""

from __future__ import annotations

import dataclasses
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from peerlens.engine import Engine
from peerlens.errors import NotEnoughData, PeerlensError
from peerlens.files import replace_file
from peerlens.lenses import LENSES
from peerlens.lenses.neglect.flags import fetch_flags
from peerlens.records.releases import NotReleased, is_enforced, release_of, releases_on
from peerlens.report.crew import FEWEST_EACH, batches, cores, make_together
from peerlens.report.outline import make_outline
from peerlens.report.share import SCREEN, known_share, names_behind, tokens_for
from peerlens.report.write import rendered, write_report
from peerlens.ties.together import fetch_days, fetch_rows

if TYPE_CHECKING:
    from datetime import date

    from peerlens.records import Records
    from peerlens.report.handover import HasTies
    from peerlens.ties import Ties

MARKS = ".made_from"
"""folder with a mark per report: what it was made from, so that a run that was broken off goes on where it stopped"""


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
    processes: int | None = None,
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
    processes
        How many work at it; default is one per core where the cohort is large enough. All write the same bytes.
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
    marks = folder / MARKS
    marks.mkdir(parents=True, exist_ok=True)
    mark = made_from(network, suffix, share)
    paths = {person: folder / f"{file_stem(person)}{suffix}" for person in chosen}
    to_make = [person for person, path in paths.items() if not (path.is_file() and _mark_of(marks / path.name) == mark)]
    there = len(chosen) - len(to_make)
    if done is not None and there:
        done(there, len(chosen))
    job = {"folder": str(folder), "suffix": suffix, "share": known_share(share), "mark": mark}
    for at, _ in enumerate(_made(network, to_make, job, processes=processes), start=there + 1):
        if done is not None:
            done(at, len(chosen))
    return list(paths.values())


def _made(network: HasTies, people: list[str], job: dict[str, str], *, processes: int | None) -> Iterator[str]:
    """Make reports here, or with several processes where that pays; tell of each when it is there."""
    if not people:
        return
    # Every engine but the one in this process keeps its tables elsewhere.
    most = 1 if type(network.ties.engine) is not Engine or not sys.executable else processes or cores()
    fewest = FEWEST_EACH if processes is None else 1
    processes = min(most, len(people) // fewest)
    if processes < 2:
        for batch in batches(people):
            yield from make_pages(network, batch, **job)
        return
    measure_once(network.ties, people[0])
    yield from make_together(network, people, job, processes=processes)


def measure_once(ties: Ties, person_id: str) -> None:
    """Work out what lenses measure of everybody, by asking all of them about one person.

    Parameters
    ----------
    ties
        Where it is kept.
    person_id
        Whom to ask about.
    """
    if ties.worked_out.get("asked all", False):
        return
    ties.worked_out["asked all"] = True
    for lens in LENSES.values():
        if not lens.lacks(ties):
            with suppress(NotEnoughData):
                lens.read(ties, person_id)


def make_pages(
    network: HasTies, people: Sequence[str], *, folder: str, suffix: str, share: str, mark: str
) -> Iterator[str]:
    """Make and write the reports of a few people, whose rows are fetched together.

    Parameters
    ----------
    network
        Whose ties.
    people
        Whose reports.
    folder, suffix, share
        As in :func:`write_cohort`.
    mark
        What the reports are made from.

    Yields
    ------
    str
        Each person once their report is there.
    """
    ties = network.ties
    if share != "self":
        measure_once(ties, people[0])  # with names, once; copies with tokens take over what names nobody
    fetch_rows(ties, people)
    fetch_days(ties, people)
    fetch_flags(ties, people)
    for person in people:
        path = Path(folder) / f"{file_stem(person)}{suffix}"
        write_report(path, report_of(network, person, suffix, share=share))
        replace_file(path.parent / MARKS / path.name, mark.encode("utf-8"))
        for key in [key for key in ties.worked_out if isinstance(key, tuple) and person in key]:
            del ties.worked_out[key]  # what is of this person only; memory stays bounded
        yield person


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
