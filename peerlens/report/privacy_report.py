"""What was read, dropped, withheld and kept, for whoever has to answer for it."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from peerlens.privacy.groups import head_count
from peerlens.records.releases import is_enforced, releases_on
from peerlens.report.method import COARSE_ROWS, PRIVACY, source_rows

if TYPE_CHECKING:
    from datetime import date

    from peerlens.records import Records
    from peerlens.settings import Settings


@dataclass(frozen=True)
class PrivacyReport:
    """What happened to the data, as a table of ``subject`` and ``answer``."""

    table: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """Return the table."""
        return self.table

    def __str__(self) -> str:
        width = self.table["subject"].map(len).max()
        return "\n".join(f"{row.subject:<{width}}  {row.answer}" for row in self.table.itertuples())

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th scope='row' style='text-align:left'>{html.escape(row.subject)}</th>"
            f"<td style='text-align:left'>{html.escape(row.answer)}</td></tr>"
            for row in self.table.itertuples()
        )
        return f"<table>{rows}</table>"


def privacy_report(records: Records, settings: Settings, *, as_of: date) -> PrivacyReport:
    """Say what was read, dropped and kept, who may be looked at, and how small groups are guarded.

    Parameters
    ----------
    records
        As read.
    settings
        In force.
    as_of
        The day of the question: releases are those that hold on it.
    """
    account = records.account
    counts = source_rows(account, exact=False)
    rows = [("read", f"{source.name}: {_some(source.read)}, {_some(source.kept, what='')} kept") for source in counts]
    rows += [
        ("columns not read", f"{source.name}: {', '.join(source.not_read)}")
        for source in account.sources
        if source.not_read
    ]
    rows += [("dropped", f"{source.name}: {reason}") for source in counts for reason in source.reasons]
    rows += [("row counts", COARSE_ROWS)]
    released = releases_on(records, as_of)
    enforced = is_enforced(records)
    few = head_count(len(released), k=settings.privacy.k)
    rows += [
        ("texts", "no subject line and no text is kept; nothing leaves the machine"),
        (
            "confidential",
            "a list was read"
            if len(records.confidential)
            else "no confidential.csv was read: check whether one is needed",
        ),
        (
            "releases",
            f"enforced: {few} people on {as_of}" if enforced else "no released.csv: a page is for its owner only",
        ),
        (
            "groups",
            f"at least {settings.privacy.k} people on both sides, no two with over {settings.privacy.dominance_share:.0%}",
        ),
        ("absence", "never shown; inferred absence stays in memory"),
        (
            "kept",
            "what was read, beside the data in .peerlens, until `peerlens forget`; the audit log and the release ledger stay",
        ),
        ("period", f"{records.period[0]} to {records.period[1]}" if records.period else "no events"),
        ("codes", f"input {account.fingerprint[:12]}, settings {settings.fingerprint()}"),
        ("not for", PRIVACY),
    ]
    return PrivacyReport(pd.DataFrame(rows, columns=["subject", "answer"]))


def _some(rows: int, *, what: str = " rows") -> str:
    return f"{rows:,}{what} or more" if rows else f"a few{what}"
