"""Texts to start from: a works agreement, an impact assessment and a notice to staff, with the settings in force in them."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from peerlens.errors import PeerlensError
from peerlens.files import replace_file
from peerlens.words import percent

if TYPE_CHECKING:
    from peerlens.settings import Settings

TEXTS = ("works_agreement", "impact_assessment", "notice_to_staff")


def write_governance(folder: str | Path, settings: Settings) -> list[Path]:
    """Write the template texts as Markdown; files that are there already are never overwritten.

    Parameters
    ----------
    folder
        Made if it is not there.
    settings
        Those in force; their numbers and their code stand in the texts.

    Raises
    ------
    PeerlensError
        One of the files is there already.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    folder = Path(folder)
    paths = [folder / f"{name}.md" for name in TEXTS]
    there = [path.name for path in paths if path.exists()]
    if there:
        raise PeerlensError(
            f"{folder}: {', '.join(there)} there already, and may hold your changes. Give another folder."
        )
    folder.mkdir(parents=True, exist_ok=True)
    # Markdown, not HTML: nothing in it comes from outside, and nothing is to be escaped.
    environment = Environment(
        loader=PackageLoader("peerlens.report"), undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False
    )
    for name, path in zip(TEXTS, paths, strict=True):
        text = environment.get_template(f"governance/{name}.md.j2").render(
            settings_hash=settings.fingerprint(),
            version=version("peerlens"),
            k=settings.privacy.k,
            dominance=percent(settings.privacy.dominance_share),
            window_weeks=settings.ties.window_weeks,
            rhythm_weeks=52,
        )
        replace_file(path, text.encode("utf-8"))
    return paths
