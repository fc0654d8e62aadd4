"""Make a log of who wrote to whom from the review lines of a public repository: another source to measure on.

``python -m tests.benchmarks.reviews REPOSITORY FOLDER --since 2016-01-01 --until 2019-01-01`` reads author, committer and
the lines ``Reviewed-by``, ``Acked-by``, ``Tested-by``, ``Reported-by``, ``Suggested-by``, ``Co-authored-by``, ``Signed-off-by``
of every commit, and writes ``messages.csv``: a message from the author to everybody named. People become numbers.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd

LINES = re.compile(
    r"^(?:Acked|Reviewed|Tested|Reported|Suggested|Co-authored|Signed-off)-by:[^<\n]*<([^>\n]+)>", re.M | re.I
)
SHARED_NAMES = {"david", "john", "mail", "git", "me", "info"}
"""names before the @ that say nothing of whose address it is; elsewhere one name at two domains is one person"""


def main(arguments: list[str] | None = None) -> int:
    """Write messages.csv; 2 when no commit names anybody but its author."""
    asked = argparse.ArgumentParser(prog="python -m tests.benchmarks.reviews", description=__doc__)
    asked.add_argument("repository", type=Path)
    asked.add_argument("folder", type=Path)
    asked.add_argument("--since", default="1970-01-01")
    asked.add_argument("--until", default="2100-01-01")
    given = asked.parse_args(arguments)
    listed = ["git", "-C", str(given.repository), "log", "--reverse", "--format=%x01%aI%x02%aE%x02%cE%x02%B"]
    log = subprocess.run(listed, capture_output=True, text=True, errors="replace", check=True).stdout
    messages = as_messages(log, since=given.since, until=given.until)
    given.folder.mkdir(parents=True, exist_ok=True)
    messages.to_csv(given.folder / "messages.csv", index=False)
    sys.stdout.write(f"{given.folder.name}: {len(messages):,} messages\n")
    return 0 if len(messages) else 2


def as_messages(log: str, *, since: str, until: str) -> pd.DataFrame:
    """Turn a log of commits into messages from authors to those they name, in order of time.

    Examples
    --------
    >>> log = "\\x012020-01-02T10:00:00+01:00\\x02ann@a.org\\x02bo@b.org\\x02Fix\\n\\nReviewed-by: Cy <cy@c.org>\\n"
    >>> as_messages(log, since="2020-01-01", until="2021-01-01").iloc[0].tolist()
    ['2020-01-02T09:00:00Z', '0', '1;2', 'm0']
    """
    number: dict[str, str] = {}

    def person(address: str) -> str:
        name, _, _ = address.strip().lower().partition("@")
        key = address.strip().lower() if name in SHARED_NAMES else name
        return number.setdefault(key, str(len(number)))

    rows = []
    for part in log.split("\x01")[1:]:
        at, author, committer, body = part.split("\x02")
        sender = person(author)
        others = {person(address) for address in (committer, *LINES.findall(body))} - {sender}
        if others:
            rows.append((at, sender, ";".join(sorted(others, key=int))))
    found = pd.DataFrame(rows, columns=["sent_at", "sender_id", "recipient_ids"])
    found["sent_at"] = pd.to_datetime(found["sent_at"], utc=True, errors="coerce", format="ISO8601")
    found = found[(found["sent_at"] >= since) & (found["sent_at"] < until)].sort_values("sent_at", kind="stable")
    found["sent_at"] = found["sent_at"].dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    return found.assign(message_id=[f"m{place}" for place in range(len(found))]).reset_index(drop=True)


if __name__ == "__main__":
    sys.exit(main())
