"""Every number a user may turn, in frozen dataclasses: one per stage, kept inside every result.

``peerlens.toml`` beside the data reads into them, one section per stage::

    [ties]
    half_life_days = 90

    [neglect.fading]
    min_contact_days = 8
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import tomllib
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from peerlens.errors import SettingsError, did_you_mean


@dataclass(frozen=True)
class ReadSettings:
    """How files are read.

    Parameters
    ----------
    timezone
        IANA zone of instants without one, and of the days on which contact is counted.
    exclude
        Ids removed before anything is computed.
    date_order
        ``dmy`` or ``mdy`` for dates of exports; empty leaves it to the whole column.
    hole_days, hole_share
        Days after a hole of ``hole_days`` without events that hold less than ``hole_share`` of all events are implausible.
    flags
        Whether yes/no columns (is_ask, is_thanks, has_agenda) are made from subject lines, which are dropped after that.
    flag_words
        A file of words instead of the one that comes with the package.
    """

    timezone: str = "UTC"
    exclude: tuple[str, ...] = ()
    date_order: str = ""
    hole_days: int = 90
    hole_share: float = 0.001
    flags: bool = False
    flag_words: str = ""


@dataclass(frozen=True)
class TieSettings:
    """What counts as contact, and how ties are measured from it (definitions: Contact, Time, Place)."""

    half_life_days: float = 60.0
    broadcast_size: int = 20
    """messages to more people, and meetings of more, are broadcasts: no tie"""
    close_message_size: int = 5
    close_meeting_size: int = 8
    max_day_credit: float = 3.0
    max_meeting_hours: float = 4.0
    meeting_hour_credit: float = 2.0
    window_weeks: int = 26
    """W, the window in which initiations, meetings and expectations are counted"""
    min_log_weeks: int = 13
    """under this length of log no rhythm is given"""
    live_days: int = 40
    """a contact day in the last so many working days makes a tie live"""
    min_silence_days: int = 15
    silence_per_rhythm: float = 3.0
    dormant_days: int = 130
    initiation_pause_days: int = 3
    reply_days: int = 5
    small_message_size: int = 3
    min_away_days: int = 5
    away_per_gap: float = 3.0
    quiet_min_active: int = 20
    quiet_share: float = 0.5
    quiet_weeks_each_side: int = 8
    orientation_share: float = 0.8
    """share of manager-report pairs that must agree before numeric levels point a way"""
    level_order: tuple[str, ...] = ()
    """levels from senior to junior; needed when levels are words"""
    peer_depth_slack: int = 0
    """how far apart peers may stand where only depth in the reporting tree is known"""
    peers: tuple[str, ...] = ()
    """peers given by the user; overrides the rule for whoever asks"""
    candidate_limit: int = 200
    """candidate pairs kept per person, by shared contacts"""
    candidate_shared: int = 3


@dataclass(frozen=True)
class FairnessSettings:
    """Who is never flagged and never flags (definitions: Neglect kinds, Not flags but said)."""

    joined_days: int = 42
    handed_over_days: int = 56
    long_away_days: int = 30
    """away for so many working days (six weeks) …"""
    grace_days: int = 56
    """… gives so many days of grace and a welcome-back list"""
    min_coverage: float = 0.25
    """a person seen on a smaller share of working days is not visible here"""
    finished_share: float = 0.6
    finished_days: int = 21
    false_flag_share: float = 0.10
    """share of chance findings allowed among ties whose silence is unusual (Benjamini and Hochberg)"""
    most_flagged_share: float = 0.10
    """a larger share of established ties that fall silent together has a common cause, which is not neglect"""
    quiet_times: float = 3.0
    """a fading tie is so many times as likely to stay quiet as established ties are on average"""


@dataclass(frozen=True)
class QuietChanceSettings:
    """How the chance of eight quiet weeks is learned from the organisation's own past.

    Parameters
    ----------
    horizon_days
        Length of the silence asked about, and the distance of past windows from each other, so that they do not overlap.
    past_windows
        Past windows learned from, the latest first; thirteen make two years, every season twice.
    min_history_days
        Days of log before the first window that is learned from.
    min_ties
        Past ties below which nothing is said.
    max_past_ties
        Past ties per window beyond which an even share is learned from: more teach nothing new.
    """

    horizon_days: int = 56
    past_windows: int = 13
    min_history_days: int = 91
    min_ties: int = 50
    max_past_ties: int = 20_000


@dataclass(frozen=True)
class PrivacySettings:
    """What may be said of groups (definitions: Groups).

    Parameters
    ----------
    k
        Fewest people behind each side of a figure. Below five only from a settings file.
    dominance_share
        A figure of which two people hold more is withheld.
    min_coverage
        A group of whose people a smaller share was seen is left out.
    settings_file
        Digest of the settings file that has a ``[privacy]`` section; printed on every page. Set when the file is read.
    """

    k: int = 5
    dominance_share: float = 0.85
    min_coverage: float = 0.7
    settings_file: str = ""


@dataclass(frozen=True)
class OrganisationSettings:
    """How groups are looked at.

    Parameters
    ----------
    window_weeks
        Weeks up to ``as_of`` that figures cover.
    resamples, seed
        Resamples of people behind an interval, and where the random numbers start.
    drift_weeks
        Weeks that a drift between two groups is looked for in.
    drift_fall
        Smallest fall that is called a drift.
    false_share
        Share of false ones among what is reported (Benjamini-Hochberg).
    thin_days
        Contact days a half-year expected of two groups, from which on a link that few people carry is called thin.
    change_weeks
        Length of a period given by its last day.
    """

    window_weeks: int = 26
    resamples: int = 200
    seed: int = 20260101
    drift_weeks: int = 52
    drift_fall: float = 0.3
    false_share: float = 0.1
    thin_days: float = 13.0
    change_weeks: int = 8


@dataclass(frozen=True)
class Settings:
    """All settings of a network.

    Parameters
    ----------
    read, ties, fairness, quiet_chance, privacy, organisation
        Settings of the stages.
    neglect
        Thresholds of single rules that differ from their defaults: ``((kind, ((field, value), …)), …)``.
    lenses
        The same of single lenses, as ``[lenses.promotion_table]`` in ``peerlens.toml``.

    Examples
    --------
    >>> Settings().ties.half_life_days
    60.0
    >>> Settings.from_mapping({"ties": {"half_life": 30}})
    Traceback (most recent call last):
    ...
    peerlens.errors.SettingsError: peerlens.toml, section [ties]: unknown setting 'half_life'. Did you mean half_life_days?
    """

    read: ReadSettings = field(default_factory=ReadSettings)
    ties: TieSettings = field(default_factory=TieSettings)
    fairness: FairnessSettings = field(default_factory=FairnessSettings)
    quiet_chance: QuietChanceSettings = field(default_factory=QuietChanceSettings)
    privacy: PrivacySettings = field(default_factory=PrivacySettings)
    organisation: OrganisationSettings = field(default_factory=OrganisationSettings)
    neglect: tuple[tuple[str, tuple[tuple[str, Any], ...]], ...] = ()
    lenses: tuple[tuple[str, tuple[tuple[str, Any], ...]], ...] = ()

    @classmethod
    def from_mapping(cls, values: dict[str, Any], *, source: str = "peerlens.toml") -> Settings:
        """Build settings from nested mappings, naming what is unknown.

        Raises
        ------
        SettingsError
            A section or key is unknown, or a value has the wrong type.
        """
        sections = {item.name: item for item in dataclasses.fields(cls)}
        built: dict[str, Any] = {}
        for section, content in values.items():
            if section == "schema_version":
                continue
            if section not in sections:
                raise SettingsError(f"{source}: unknown section [{section}]. {did_you_mean(section, sections)}")
            if not isinstance(content, dict):
                raise SettingsError(f"{source}: [{section}] must be a section, found {content!r}.")
            if section in ("neglect", "lenses"):
                built[section] = tuple(
                    (kind, tuple(sorted(fields.items()))) for kind, fields in sorted(content.items())
                )
                continue
            if section == "privacy" and "settings_file" in content:
                raise SettingsError(f"{source}: [privacy] settings_file is set when a file is read; remove it.")
            default = getattr(cls(), section)
            built[section] = replaced(default, content, place=f"{source}, section [{section}]")
        return cls(**built)

    @classmethod
    def from_file(cls, path: str | Path) -> Settings:
        """Read ``peerlens.toml``.

        Raises
        ------
        SettingsError
            The file is not TOML, or names something unknown.
        """
        path = Path(path)
        try:
            values = tomllib.loads(path.read_text(encoding="utf-8-sig"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise SettingsError(f"{path.name} is not valid TOML: {error}. Correct the file or remove it.") from error
        settings = cls.from_mapping(values, source=path.name)
        if "privacy" not in values:
            return settings
        digest = hashlib.sha256(path.read_bytes()).hexdigest()[:12]
        return dataclasses.replace(settings, privacy=dataclasses.replace(settings.privacy, settings_file=digest))

    def thresholds(self, kind: str) -> dict[str, Any]:
        """Return the thresholds of one rule that differ from its defaults."""
        return dict(dict(self.neglect).get(kind, ()))

    def of_lens(self, name: str) -> dict[str, Any]:
        """Return the thresholds of one lens that differ from its defaults; lists as tuples."""
        own = dict(dict(self.lenses).get(name, ()))
        return {key: tuple(value) if isinstance(value, list) else value for key, value in own.items()}

    def to_dict(self) -> dict[str, Any]:
        """Return plain nested mappings, for printing and hashing."""
        plain = dataclasses.asdict(self)
        plain["neglect"] = {kind: dict(fields) for kind, fields in self.neglect}
        plain["lenses"] = {name: dict(fields) for name, fields in self.lenses}
        return plain

    def fingerprint(self) -> str:
        """Return twelve hexadecimal digits that change when any setting does."""
        text = json.dumps(self.to_dict(), sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()[:12]


def replaced(default: Any, content: dict[str, Any], *, place: str) -> Any:
    """Return a settings dataclass with the given fields, checking names and types.

    Raises
    ------
    SettingsError
        A name is unknown, or a value of another type.
    """
    known = {item.name: getattr(default, item.name) for item in dataclasses.fields(default)}
    checked: dict[str, Any] = {}
    for key, value in content.items():
        if key not in known:
            raise SettingsError(f"{place}: unknown setting {key!r}. {did_you_mean(key, known)}")
        checked[key] = as_type_of(known[key], value, place=f"{place}, {key}")
    return dataclasses.replace(default, **checked)


def as_type_of(example: Any, value: Any, *, place: str) -> Any:
    """Return ``value`` in the type of ``example``; refuse what does not fit.

    Raises
    ------
    SettingsError
        The value is of another type, or a negative number.
    """
    if isinstance(example, tuple) and isinstance(value, list | tuple):
        return tuple(str(item) for item in value)
    if isinstance(example, str) and isinstance(value, date):
        return value.isoformat()  # TOML has days of its own
    if isinstance(example, float) and isinstance(value, int | float) and not isinstance(value, bool):
        value = float(value)
    if type(value) is not type(example):
        raise SettingsError(f"{place}: found {value!r}, expected something like {example!r}.")
    if isinstance(value, int | float) and value < 0:
        raise SettingsError(f"{place}: found {value!r}, expected a number that is not negative.")
    return value
