"""Yes/no columns from a subject line, made at the door: the words are counted, and the text is gone after that.

Without ``flags=True`` a subject column is never read. With it, the line is held in the engine only while its file is read.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from peerlens.errors import SettingsError
from peerlens.records.headers import fold
from peerlens.records.sources import Source

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from peerlens.engine import Engine

SUBJECT = "subject"
SUBJECTS = ("subject", "title", "betreff", "objet", "sujet", "asunto", "assunto", "onderwerp")
"""what a column of subject lines is called"""
WORDS = Path(__file__).with_name("flag_words.toml")
REPLY = r"(?i)^\s*(?:re|aw|antw|antwort|sv|vs|rv|res|ref|rif|r|tr|fw|fwd|wg|enc|doorst)\s*(?:\[\d+\])?\s*:"
_LETTER = r"[^\p{L}\p{N}]"


@dataclass(frozen=True)
class FlagWords:
    """Patterns by flag and language.

    Parameters
    ----------
    patterns
        ``{flag: {language: pattern}}``.
    """

    patterns: dict[str, dict[str, str]]

    @classmethod
    def read(cls, path: str = "") -> FlagWords:
        """Read the word lists, those of the package unless a file is named.

        Raises
        ------
        SettingsError
            The file is not there, or does not hold lists of words by flag and language.
        """
        file = Path(path) if path else WORDS
        try:
            content: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8"))
        except (OSError, tomllib.TOMLDecodeError) as error:
            problem = f"[read] flag_words: cannot read {file.name}: {error}. Copy flag_words.toml and edit it."
            raise SettingsError(problem) from error
        patterns: dict[str, dict[str, str]] = {}
        for flag, languages in content.items():
            if not isinstance(languages, dict) or not all(isinstance(words, list) for words in languages.values()):
                raise SettingsError(f'{file.name}: [{flag}] must hold lists of words, such as en = ["thanks"].')
            patterns[flag] = {name: _pattern(words) for name, words in languages.items() if words}
        return cls(patterns)


def _pattern(words: Sequence[str]) -> str:
    """Match any of some words, whole where they begin or end with a letter.

    Examples
    --------
    >>> bool(re.search(_pattern(["?"]), "Lunch?"))
    True
    """
    parts = []
    for word in words:
        start = f"(?:^|{_LETTER})" if word[:1].isalnum() else ""
        end = f"(?:$|{_LETTER})" if word[-1:].isalnum() else ""
        parts.append(start + re.escape(word) + end)
    return "(?i)" + "|".join(parts)


def with_subject(source: Source) -> Source:
    """Have the subject column of a source read beside the canonical ones, where it has one."""
    known = [at for at, name in enumerate(source.names) if fold(name) in SUBJECTS]
    if not known or source.header.positions.keys() & {SUBJECT}:
        return source
    at = known[0]
    left_over = tuple(name for name in source.header.not_read if name != source.names[at])
    header = replace(source.header, positions={**source.header.positions, SUBJECT: at}, not_read=left_over)
    return replace(source, header=header)


def from_subject(raw: ir.Table, flag: str, words: FlagWords | None) -> ir.Value:
    """Say of each line whether its subject holds a word of a flag; unknown without a subject, and for replies."""
    import ibis

    if words is None or SUBJECT not in raw.columns or not words.patterns.get(flag):
        return ibis.null("boolean")
    return ibis.ifelse(_says(raw), _hit(raw, words.patterns[flag]), ibis.null("boolean"))


def _says(raw: ir.Table) -> ir.BooleanValue:
    subject = raw[SUBJECT].cast("string").strip().nullif("")
    return subject.notnull() & ~subject.re_search(REPLY).fill_null(False)


def _hit(raw: ir.Table, patterns: dict[str, str]) -> ir.BooleanValue:
    import ibis

    hits = [raw[SUBJECT].cast("string").re_search(pattern).fill_null(False) for pattern in patterns.values()]
    return ibis.or_(*hits) if len(hits) > 1 else hits[0]


def hit_rates(raw: ir.Table, flags: Sequence[str], words: FlagWords | None, engine: Engine) -> tuple[str, ...]:
    """Say for the account how many subject lines each flag was found in, by language, in counts alone."""
    if words is None:
        return ()
    if SUBJECT not in raw.columns:
        return ("flags were asked for, and there is no column of subject lines",)
    measures: dict[str, Any] = {"lines": raw.count(where=_says(raw))}
    for flag in flags:
        languages = words.patterns.get(flag, {})
        if languages:
            measures[flag] = raw.count(where=_says(raw) & _hit(raw, languages))
        for name, pattern in languages.items():
            measures[f"{flag} {name}"] = raw.count(where=_says(raw) & _hit(raw, {name: pattern}))
    found = engine.frame(raw.aggregate(**measures)).iloc[0]
    lines = int(found["lines"])
    notes = []
    for flag in flags:
        if flag in found:
            own = {name: int(found[f"{flag} {name}"]) for name in words.patterns[flag]}
            by = ", ".join(f"{name} {count:,}" for name, count in own.items() if count)
            share = found[flag] / lines if lines else 0.0
            notes.append(
                f"{flag} from subject lines: {int(found[flag]):,} of {lines:,} lines ({share:.1%}"
                + (f"; {by}" if by else "")
                + "); replies are left unknown, and the text was not kept"
            )
    return tuple(notes)
