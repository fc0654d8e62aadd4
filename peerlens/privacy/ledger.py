"""The release ledger: which groups were given out, so that two pages cannot be subtracted from each other.

Beside the data lies one small file per release: the period, and for each group the keyed hashes of its members; and one for the
periods of each comparison, since two that are a few days apart could be subtracted as well. The key is a random
secret of this folder; it changes no figure. A group that differs from one given out for an overlapping period by 1 to
``k - 1`` people
is withheld, and so is one that would leave that few people of a larger group unnamed.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from peerlens.errors import PeerlensError
from peerlens.files import replace_file

VERSION = 1
TOO_NEAR = "differs by fewer than {k} people from a group given out before for an overlapping period"
LEAVES_FEW = "would leave fewer than {k} people of a group given out before"
_KEY, _BYTES = "key", 32
_PERIODS = ".periods"


@dataclass
class Ledger:
    """What was given out from one folder.

    Parameters
    ----------
    folder
        Where it is kept; None keeps it in memory for as long as this value lives.
    """

    folder: Path | None
    _key: bytes = b""
    _entries: list[dict] = field(default_factory=list)
    _periods: list[tuple[date, date]] = field(default_factory=list)

    @classmethod
    def open(cls, folder: Path | None) -> Ledger:
        """Open the ledger of a folder, making it where there is none; in memory where nothing can be written.

        Parameters
        ----------
        folder
            Made with mode 0700.

        Raises
        ------
        PeerlensError
            What lies there cannot be read: without it nothing can be given out safely.
        """
        if folder is None:
            return cls(None, secrets.token_bytes(_BYTES))
        try:
            if not folder.parent.is_dir():
                folder.parent.mkdir(mode=0o700)
            folder.mkdir(mode=0o700, exist_ok=True)
            key = _key_of(folder / _KEY)
        except PermissionError:
            return cls(None, secrets.token_bytes(_BYTES))
        except OSError as error:
            if error.errno == 30:  # a read-only file system
                return cls(None, secrets.token_bytes(_BYTES))
            raise
        entries = [_entry(path) for path in sorted(folder.glob("*.json"))]
        periods = {period for path in sorted(folder.glob(f"*{_PERIODS}")) for period in _read_periods(path)}
        return cls(folder, key, entries, sorted(periods))

    @property
    def is_kept(self) -> bool:
        """Whether the next run will know what was given out."""
        return self.folder is not None

    def held(self, group: pd.Series, *, period: tuple[date, date], k: int) -> dict[str, str]:
        """Return the groups that may not be given out beside earlier ones, each with the reason.

        Parameters
        ----------
        group
            Group by ``person_id`` (the index).
        period
            First and last day of the figures.
        k
            Fewest people by which two groups given out may differ.
        """
        new = pd.DataFrame({"person": self._hashes(group.index), "new": group.to_numpy()})
        size = new["new"].value_counts()
        reasons: dict[str, str] = {}
        for entry in self._entries:
            if entry["to"] < period[0].isoformat() or entry["from"] > period[1].isoformat():
                continue
            old = pd.DataFrame(
                {
                    "person": np.concatenate(entry["groups"]),
                    "old": np.repeat(np.arange(len(entry["groups"])), [len(g) for g in entry["groups"]]),
                }
            )
            remaining = new[~new["new"].isin(list(reasons))]
            reasons |= _near(remaining, old, size, k=k)
        return reasons

    def record(self, group: pd.Series, *, period: tuple[date, date]) -> None:
        """Note groups as given out. What is there already is not written twice.

        Parameters
        ----------
        group
            Group by ``person_id`` (the index).
        period
            First and last day of the figures.
        """
        hashes = pd.Series(self._hashes(group.index), dtype="uint64")
        groups = [np.sort(part.to_numpy()) for _, part in hashes.groupby(group.to_numpy(), sort=True)]
        groups.sort(key=lambda part: part.tobytes())
        if not groups:
            return
        entry = {"from": period[0].isoformat(), "to": period[1].isoformat(), "groups": groups}
        text = json.dumps(
            {
                "version": VERSION,
                "from": entry["from"],
                "to": entry["to"],
                "groups": [base64.b64encode(part.astype("<u8").tobytes()).decode() for part in groups],
            },
            indent=0,
        ).encode()
        self._entries.append(entry)
        if self.folder is not None:
            path = self.folder / f"{hashlib.sha256(text).hexdigest()[:24]}.json"
            if not path.exists():
                replace_file(path, text)
                path.chmod(0o600)

    @property
    def periods(self) -> tuple[tuple[date, date], ...]:
        """First and last day of each period that was compared with another."""
        return tuple(self._periods)

    def record_periods(self, periods: Iterable[tuple[date, date]]) -> None:
        """Note periods as compared. What is there already is not written twice.

        Parameters
        ----------
        periods
            First and last day of each.
        """
        new = [period for period in dict.fromkeys(periods) if period not in self._periods]
        if not new:
            return
        self._periods = sorted([*self._periods, *new])
        if self.folder is not None:
            days = [[first.isoformat(), last.isoformat()] for first, last in new]
            text = json.dumps({"version": VERSION, "periods": days}, indent=0).encode()
            path = self.folder / f"{hashlib.sha256(text).hexdigest()[:24]}{_PERIODS}"
            replace_file(path, text)
            path.chmod(0o600)

    def _hashes(self, ids: Iterable[str]) -> np.ndarray:
        digests = b"".join(hashlib.blake2b(str(item).encode(), key=self._key, digest_size=8).digest() for item in ids)
        return np.frombuffer(digests, dtype="<u8")


def _key_of(path: Path) -> bytes:
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        key = path.read_bytes()
        if len(key) != _BYTES:
            raise PeerlensError(_broken(path)) from None
        return key
    with os.fdopen(handle, "wb") as stream:
        key = secrets.token_bytes(_BYTES)
        stream.write(key)
    return key


def _entry(path: Path) -> dict:
    try:
        entry = json.loads(path.read_bytes())
        groups = [np.frombuffer(base64.b64decode(text, validate=True), dtype="<u8") for text in entry["groups"]]
        if entry["version"] != VERSION:
            raise ValueError
        return {"from": str(entry["from"]), "to": str(entry["to"]), "groups": groups}
    except (ValueError, KeyError, TypeError) as error:
        raise PeerlensError(_broken(path)) from error


def _read_periods(path: Path) -> list[tuple[date, date]]:
    try:
        entry = json.loads(path.read_bytes())
        if entry["version"] != VERSION:
            raise ValueError
        return [(date.fromisoformat(first), date.fromisoformat(last)) for first, last in entry["periods"]]
    except (ValueError, KeyError, TypeError) as error:
        raise PeerlensError(_broken(path)) from error


def _broken(path: Path) -> str:
    return (
        f"The release ledger cannot be read ({path.name} in {path.parent}): without it figures given out before could be "
        "subtracted from new ones. Put the file back from a copy, or use another ledger_dir and destroy what was given out."
    )


def _near(new: pd.DataFrame, old: pd.DataFrame, size: pd.Series, *, k: int) -> dict[str, str]:
    """Compare groups with those of one earlier release."""
    both = new.merge(old, on="person").groupby(["new", "old"], sort=True).size().rename("shared").reset_index()
    if both.empty:
        return {}
    both["size"] = both["new"].map(size)
    both["old_size"] = both["old"].map(old["old"].value_counts())
    apart = both["size"] + both["old_size"] - 2 * both["shared"]
    near = both[(apart > 0) & (apart < k)]
    reasons = dict.fromkeys(near["new"], TOO_NEAR.format(k=k))
    # Parts of an earlier group: what they leave of it; and earlier parts of a new group.
    inside = both[
        (both["shared"] == both["size"]) & (both["size"] < both["old_size"]) & ~both["new"].isin(list(reasons))
    ]
    for _, parts in inside.groupby("old"):
        rest = int(parts["old_size"].iloc[0] - parts["shared"].sum())
        if 0 < rest < k:
            smallest = parts.sort_values(["size", "new"]).iloc[0]["new"]
            reasons[smallest] = LEAVES_FEW.format(k=k)
    around = both[
        (both["shared"] == both["old_size"]) & (both["old_size"] < both["size"]) & ~both["new"].isin(list(reasons))
    ]
    rest = around.groupby("new").agg(size=("size", "first"), shared=("shared", "sum"))
    left = rest["size"] - rest["shared"]
    reasons |= dict.fromkeys(rest.index[(left > 0) & (left < k)], LEAVES_FEW.format(k=k))
    return reasons
