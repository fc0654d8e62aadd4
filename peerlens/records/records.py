"""Records: what was read, checked and resolved, ready for ties."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from peerlens.records.account import Account
from peerlens.settings import Settings

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    from peerlens.engine import Engine
    from peerlens.records.cache import Kept


@dataclass(frozen=True, eq=False)
class Records:
    """Checked tables, and an account of how they came about.

    Parameters
    ----------
    people
        One row per person and validity, all columns of ``schema.PEOPLE``.
    absences, survey, verdicts, accounts, confidential, released, outcomes
        The small tables; empty where there was no file.
    ids
        Everyone who counts: ``person_no`` (in the order of ids) and ``person_id``.
    message_rows
        In the engine, one row per message and recipient, people as numbers; None where there was no file.
    meetings
        In the engine, one row per meeting and attendee (the organizer is one); None where there was no file.
    engine
        Where messages and meetings are.
    settings
        As used, with ``timezone=`` and ``exclude=`` in them.
    account
        What was read, kept, dropped and assumed.
    period
        First and last day with an event kept; None without events.
    as_of
        The day results would be given for; None without events.
    as_of_reason
        Why that day.
    fingerprint
        SHA-256 over everything read.
    kept
        Where they are kept for the next time; None where they are not.
    folder
        Where the files are; None where all tables were given as frames.
    """

    people: pd.DataFrame
    absences: pd.DataFrame
    survey: pd.DataFrame
    verdicts: pd.DataFrame
    accounts: pd.DataFrame
    confidential: pd.DataFrame
    released: pd.DataFrame
    outcomes: pd.DataFrame
    ids: pd.DataFrame
    message_rows: ir.Table | None
    meetings: ir.Table | None
    engine: Engine
    settings: Settings
    account: Account
    period: tuple[date, date] | None
    as_of: date | None
    as_of_reason: str
    fingerprint: str
    kept: Kept | None = None
    folder: Path | None = None

    @property
    def messages(self) -> ir.Table | None:
        """Messages with people as ids, one row per message and recipient; None where there was no file."""
        if self.message_rows is None:
            return None
        ids = self.engine.from_frame(self.ids, name="ids")
        senders = ids.select(sender_no="person_no", sender_id="person_id")
        recipients = ids.select(recipient_no="person_no", recipient_id="person_id")
        joined = self.message_rows.join(senders, "sender_no").join(recipients, "recipient_no")
        return joined.drop("sender_no", "recipient_no")

    def people_on(self, day: date) -> pd.DataFrame:
        """Return the chart of a day: one row per person with a row valid on it.

        Parameters
        ----------
        day
            The day; both days of validity are inside.
        """
        import pandas as pd

        at = pd.Timestamp(day)
        start, end = self.people["valid_from_on"], self.people["valid_to_on"]
        valid = (start.isna() | (start <= at)) & (end.isna() | (end >= at))
        return self.people[valid].reset_index(drop=True)

    def __repr__(self) -> str:
        """Say how much there is, in one line."""
        period = f"{self.period[0]} to {self.period[1]}" if self.period else "no events"
        return f"<Records: {self.account.people:,} people, {period}, fingerprint {self.fingerprint[:12]}>"

    def _repr_html_(self) -> str:
        return self.account._repr_html_()
