"""Is planted neglect found, and nothing else? Many made-up firms, and how strong neglect must be before it is found.

``python -m tests.benchmarks.planted --seeds 1-20 --people 60,120,400`` makes a firm per seed and size, asks for every flag of
everybody, and compares with what was planted: recall and false flags by kind, and look-alikes (holidays, handed-over teams,
finished projects, part time …) that were flagged. Then the sensitivity curve: the planted fading ties of the first firms are
given a message a week back from ``--depths`` of their silence on, so that only the last part of it is left.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import pandas as pd

import peerlens
from peerlens.lenses.neglect import RULES

STRONG = 0.3
"""flags at least so severe count as false when nobody planted them"""


def main(arguments: list[str] | None = None) -> int:
    """Print recall, false flags and the sensitivity curve."""
    asked = argparse.ArgumentParser(prog="python -m tests.benchmarks.planted", description=__doc__)
    asked.add_argument("--seeds", default="1-20", help="as 1-20 or 1,2,3")
    asked.add_argument("--people", default="60,120,400", help="sizes of firms")
    asked.add_argument("--weeks", type=int, default=52, help="length of each log")
    asked.add_argument(
        "--days", default="5,10,15,20,30,40,60", help="calendar days of silence that are left, for the curve"
    )
    asked.add_argument("--curve-firms", type=int, default=3, help="firms the curve is made of")
    given = asked.parse_args(arguments)
    firms = [(int(size), seed) for size in given.people.split(",") for seed in _numbers(given.seeds)]
    parts = [judged(size, seed, weeks=given.weeks) for size, seed in firms]
    table = pd.concat(parts, ignore_index=True)
    counts = ["planted", "found", "false", "look_alikes", "flagged"]
    shown = table.groupby(["people", "kind"], sort=True)[counts].sum()
    shown["recall"] = (shown["found"] / shown["planted"].where(shown["planted"] > 0)).round(3)
    sys.stdout.write(f"{len(firms)} firms\n{shown.to_string(na_rep='–')}\n")
    days = [int(day) for day in given.days.split(",")]
    rows = [sensitivity(size, seed, days, weeks=given.weeks) for size, seed in firms[: given.curve_firms]]
    if rows:
        curve = pd.concat(rows).groupby("days_of_silence")[["ties", "found"]].sum()
        curve["share_found"] = (curve["found"] / curve["ties"]).round(3)
        sys.stdout.write(f"\nfading planted, by how many calendar days of it are left\n{curve.to_string()}\n")
    return 0


def _numbers(text: str) -> list[int]:
    """Read ``1-3`` or ``1,2,3``.

    Examples
    --------
    >>> _numbers("1-3"), _numbers("4,7")
    ([1, 2, 3], [4, 7])
    """
    if "-" in text:
        first, last = text.split("-")
        return list(range(int(first), int(last) + 1))
    return [int(part) for part in text.split(",")]


def keys(frame: pd.DataFrame) -> set[tuple[str, str, str]]:
    """Name a flag by person, other (or department where there is none) and kind."""
    other = frame["other_id"].where(frame["other_id"].fillna("") != "", frame["other_department"])
    return set(zip(frame["person_id"], other, frame["kind"], strict=True))


def judged(people: int, seed: int, *, weeks: int) -> pd.DataFrame:
    """Make a firm and count, by kind, what was planted, found, false, and flagged although it only looks alike."""
    firm = peerlens.make_firm(people=people, weeks=weeks, seed=seed)
    with tempfile.TemporaryDirectory() as folder:
        firm.write(folder)
        flags = peerlens.Network(peerlens.read(folder)).neglected()
    planted = firm.tables["planted"]
    # Other lenses have planted truth of their own.
    planted = planted[planted["kind"].isin([*RULES, "none"])]
    wanted, found, strong = (
        keys(planted[planted["kind"] != "none"]),
        keys(flags),
        keys(flags[flags["severity"] >= STRONG]),
    )
    alike = {key[:2] for key in keys(planted[planted["kind"] == "none"])}
    rows = [
        {
            "people": people,
            "kind": kind,
            "planted": sum(key[2] == kind for key in wanted),
            "found": sum(key[2] == kind for key in wanted & found),
            "false": sum(key[2] == kind for key in strong - wanted),
            "look_alikes": sum(key[2] == kind and key[:2] in alike for key in found),
            "flagged": sum(key[2] == kind for key in found),
        }
        for kind in sorted({key[2] for key in wanted | found})
    ]
    return pd.DataFrame(rows)


def sensitivity(people: int, seed: int, days: list[int], *, weeks: int) -> pd.DataFrame:
    """Shorten the silence of every planted fading tie to so many calendar days, and count how many are found.

    A message a week is added from the tie's last contact on, up to that many days before the end of the log.
    """
    firm = peerlens.make_firm(people=people, weeks=weeks, seed=seed)
    planted = firm.tables["planted"]
    fading = planted[planted["kind"] == "fading"]
    rows = []
    for left in days:
        with tempfile.TemporaryDirectory() as folder:
            firm.write(folder)
            _shorten(Path(folder), fading, left)
            found = keys(peerlens.Network(peerlens.read(folder)).neglected())
        rows.append({"days_of_silence": left, "ties": len(fading), "found": len(keys(fading) & found)})
    return pd.DataFrame(rows)


def _shorten(folder: Path, fading: pd.DataFrame, left: int) -> None:
    """Write a message a week between the two of each tie from their last one until ``left`` days before the end."""
    path = folder / "messages.csv"
    messages = pd.read_csv(path, dtype="str")
    sent = pd.to_datetime(messages["sent_at"], utc=True, format="ISO8601")
    to = messages["recipient_ids"] if "recipient_ids" in messages else messages["recipient_id"]
    last = sent.max().normalize()
    added = []
    for one, other in sorted(
        {tuple(sorted(pair)) for pair in zip(fading["person_id"], fading["other_id"], strict=True)}
    ):
        theirs = sent[
            ((messages["sender_id"] == one) & (to == other)) | ((messages["sender_id"] == other) & (to == one))
        ]
        begins = theirs.max().normalize() if len(theirs) else last - pd.Timedelta(weeks=26)
        for number, day in enumerate(
            pd.date_range(begins + pd.Timedelta(days=7), last - pd.Timedelta(days=left), freq="7D")
        ):
            sender, receiver = (one, other) if number % 2 else (other, one)
            row = dict.fromkeys(messages.columns) | {
                "sent_at": (day + pd.Timedelta(hours=9)).strftime("%Y-%m-%dT%H:%M:%SZ"),
                "sender_id": sender,
                to.name: receiver,
            }
            if "message_id" in messages:
                row["message_id"] = f"added-{one}-{other}-{number}"
            added.append(row)
    pd.concat([messages, pd.DataFrame(added, columns=messages.columns)]).to_csv(path, index=False)


if __name__ == "__main__":
    sys.exit(main())
