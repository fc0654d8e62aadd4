"""Why, and why not: one tie with all its numbers, the rows of the export behind them, and every kind's verdict."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ibis
import pandas as pd

from peerlens.draw.theme import kind_words
from peerlens.engine import as_given
from peerlens.lenses.lens import leftwards
from peerlens.lenses.neglect.asked import rows_read
from peerlens.lenses.neglect.flags import find_flags, rules_of
from peerlens.ties.quiet_chance import TOLD, as_told

if TYPE_CHECKING:
    from peerlens.lenses.neglect.rule import Rule
    from peerlens.ties import Ties

NEEDED = {">=": "at least", ">": "more than", "<=": "at most", "<": "under", "==": "exactly"}
HELD = (
    "held back: one of you has just joined, moved team, left, is seen too little in this data, "
    "or is not expected to be reachable now"
)
_NOT_SHOWN = {
    "strength_units",
    "person_no",
    "other_no",
    "is_open",
    "person_is_open",
    "other_in_people",
    "credit_q1",
    "credit_q2",
    "credit_q3",
    "credit_q4",
}


@dataclass(frozen=True)
class Explanation:
    """One tie, seen from one person.

    Parameters
    ----------
    person_id, other_id
        The two people.
    tie
        ``measure, value``: every number of the tie; empty when there was never contact.
    kinds
        ``kind, found, condition, value, relation, threshold, passed``: every condition of every kind.
    rows
        ``file, line, at, what, size, counts_as``: the rows of the export behind the numbers, oldest first.
    notes
        Why something found is not flagged, in sentences.
    """

    person_id: str
    other_id: str
    tie: pd.DataFrame
    kinds: pd.DataFrame
    rows: pd.DataFrame
    notes: tuple[str, ...]

    def __str__(self) -> str:
        parts = [f"The tie between {self.person_id} and {self.other_id}"]
        parts += [f"  {note}" for note in self.notes]
        if self.tie.empty:
            parts.append("  No contact between the two in this data.")
        else:
            parts += ["", self.tie.to_string(index=False)]
        parts += ["", self.kinds.to_string(index=False, na_rep="-", float_format=lambda x: f"{x:g}")]
        shown = self.rows.tail(20)
        parts += ["", f"The last {len(shown)} of {len(self.rows)} rows behind it:", shown.to_string(index=False)]
        return "\n".join(parts)

    def _repr_html_(self) -> str:
        notes = "".join(f"<li>{html.escape(note)}</li>" for note in self.notes)
        return (
            f"<section><h3>The tie between {html.escape(self.person_id)} and {html.escape(self.other_id)}</h3><ul>{notes}</ul>"
            f"{leftwards(_in_words(self.kinds).to_html(index=False, border=0))}"
            f"<details><summary>Every number of the tie</summary>{self.tie.to_html(index=False, border=0, na_rep='–')}</details>"
            f"<details><summary>{len(self.rows)} rows of the export behind it</summary>"
            f"{self.rows.to_html(index=False, border=0, na_rep='–')}</details></section>"
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, for JSON."""
        return {
            "person_id": self.person_id,
            "other_id": self.other_id,
            "notes": list(self.notes),
            "tie": dict(zip(self.tie["measure"], self.tie["value"], strict=True)) if len(self.tie) else {},
            "kinds": self.kinds.to_dict("records"),
            "rows": self.rows.astype("str").to_dict("records"),
        }


def _figure(value: float) -> str:
    if 0 < abs(value) < 0.001:
        return "under 0.001"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _in_words(kinds: pd.DataFrame) -> pd.DataFrame:
    """Say each condition as it is read: what was found, what would be needed, and whether it is met."""
    needed = [
        "–" if pd.isna(threshold) else f"{NEEDED.get(str(relation), relation)} {_figure(threshold)}"
        for relation, threshold in zip(kinds["relation"], kinds["threshold"], strict=True)
    ]
    met = ["–" if pd.isna(passed) else "yes" if passed else "no" for passed in kinds["passed"]]
    names = [
        kind_words(str(kind), department="a department") + (" (flagged)" if found else "")
        for kind, found in zip(kinds["kind"], kinds["found"], strict=True)
    ]
    first = [name if place == 0 or name != names[place - 1] else "" for place, name in enumerate(names)]
    values = ["–" if pd.isna(value) else _figure(value) for value in kinds["value"]]
    return pd.DataFrame({"kind": first, "condition": kinds["condition"], "here": values, "needed": needed, "met": met})


def explain(ties: Ties, person_id: str, other_id: str, *, sources: Sequence[str] = ()) -> Explanation:
    """Gather everything about one tie.

    Parameters
    ----------
    ties
        The network at its ``as_of``.
    person_id, other_id
        Whose tie, with whom.
    sources
        File names, by the number that events carry.
    """
    rows = rows_read(ties, "sides", person_id)
    row = as_told(as_given(rows[rows["other_id"] == other_id], ties.sides.schema()))
    conditions, notes = [], []
    for rule in rules_of(ties.settings):
        found, rows = _conditions(ties, rule, person_id, other_id)
        conditions += rows
        if found:
            notes.append(f"{rule.kind}: found")
    flagged = find_flags(ties, person_id=person_id).table
    about = flagged[flagged["other_id"] == other_id]
    notes = _verdict(ties, person_id, other_id, notes, about, row)
    return Explanation(
        person_id,
        other_id,
        _measures(row),
        pd.DataFrame(conditions),
        _rows_behind(ties, person_id, other_id, sources),
        tuple(notes),
    )


def _verdict(
    ties: Ties, person_id: str, other_id: str, found: list[str], flagged: pd.DataFrame, row: pd.DataFrame
) -> list[str]:
    persons = ties.persons_by_id
    notes = []
    if len(flagged):
        notes.append(f"Flagged as {', '.join(flagged['kind'])}.")
    elif not found:
        notes.append("Not flagged: no kind's conditions are met.")
    elif not (persons.at[person_id, "is_open"] and persons.at[other_id, "is_open"]):
        notes.append(f"Not flagged although {'; '.join(found)}: {HELD}.")
    elif len(row) and not row["is_peer"].iloc[0]:
        notes.append(f"Not flagged although {'; '.join(found)}: not a {ties.places.word} ({row['direction'].iloc[0]}).")
    else:
        notes.append(
            f"Not flagged although {'; '.join(found)}: you answered it before, or the shared work has finished."
        )
    return notes


def _conditions(ties: Ties, rule: Rule, person_id: str, other_id: str) -> tuple[bool, list[dict[str, Any]]]:
    """Evaluate one rule on one tie, whoever the two are."""
    rows = rows_read(ties, rule.reads, person_id)
    if rule.reads == "reach":
        rows = rows[rows["other_department"] == ties.persons_by_id.at[other_id, "department"]]
    else:
        rows = rows[rows["other_id"] == other_id]
    rows = rule.derive(rows)
    frame = rows.assign(found=rule.passes(rows))
    if frame.empty:
        why = {
            "sides": "no contact between the two",
            "candidates": "too little in common to expect contact",
            "reach": "you have a live tie into that department, or too few people alike have one",
        }[rule.reads]
        return False, [
            {
                "kind": rule.kind,
                "found": False,
                "condition": f"not looked at: {why}",
                "value": None,
                "relation": None,
                "threshold": None,
                "passed": None,
            }
        ]
    row = frame.iloc[0].to_dict()
    found = bool(row["found"])
    table = []
    for condition in dict.fromkeys(condition for way in rule.ways() for condition in way):
        value, limit = row[condition.column], condition.limit(row)
        if condition.column in TOLD and ties.quiet_note is not None:
            # The page tells this chance in words, so the account of its rule does not tell it in numbers.
            value, limit = float("nan"), float("nan")
        known = not (pd.isna(value) or pd.isna(limit))
        passes = bool(condition.compare(row[condition.column], condition.limit(row))) if known else False
        table.append(
            {
                "kind": rule.kind,
                "found": found,
                "condition": condition.meaning,
                "value": round(float(value), 4) if known or not pd.isna(value) else None,
                "relation": condition.relation,
                "threshold": round(float(limit), 4) if not pd.isna(limit) else None,
                "passed": passes,
            }
        )
    return found, table


def _measures(row: pd.DataFrame) -> pd.DataFrame:
    if row.empty:
        return pd.DataFrame({"measure": [], "value": []})
    values = row.iloc[0].drop([name for name in _NOT_SHOWN if name in row])
    shown = []
    for name, value in values.items():
        if str(name).endswith("_day"):
            day = None if pd.isna(value) else pd.Timestamp("1970-01-01") + pd.Timedelta(days=int(value))
            shown.append((str(name).replace("_day", "_on"), None if day is None else f"{day:%Y-%m-%d}"))
        elif pd.isna(value):
            shown.append((name, None))
        else:
            shown.append((name, round(float(value), 4) if isinstance(value, float) else value))
    return pd.DataFrame(shown, columns=["measure", "value"])


def _rows_behind(ties: Ties, person_id: str, other_id: str, sources: Sequence[str]) -> pd.DataFrame:
    """Return the rows of the export that hold both people, with what each counts as."""
    numbers = ties.persons_by_id["person_no"]
    me, other = int(numbers[person_id]), int(numbers[other_id])
    settings = ties.settings.ties
    parts = []
    messages, meetings = ties.events.messages, ties.events.meetings
    if messages is not None:
        rows = messages.filter(
            ((messages.sender_no == me) & (messages.recipient_no == other))
            | ((messages.sender_no == other) & (messages.recipient_no == me))
        ).filter(lambda t: t.day_no <= ties.as_of_day)
        parts.append(
            rows.select(
                "source",
                "line",
                at_s="at_s",
                people=rows["size"],
                what=(rows.sender_no == me).ifelse("message from you", "message to you"),
                counts_as=ibis.cases(
                    (rows["size"] > settings.broadcast_size, "broadcast, no tie"),
                    (rows["size"] <= settings.close_message_size, "close contact"),
                    else_="credit only",
                ),
            )
        )
    if meetings is not None:
        theirs = meetings.filter(meetings.attendee_no == other).select("meeting_no")
        rows = meetings.filter(meetings.attendee_no == me).semi_join(theirs, "meeting_no")
        rows = rows.filter(rows.day_no <= ties.as_of_day)
        parts.append(
            rows.select(
                "source",
                "line",
                at_s="start_s",
                people=rows["size"],
                what=ibis.literal("meeting"),
                counts_as=ibis.cases(
                    (rows.is_all_day, "all-day event, no tie"),
                    (rows["size"] > settings.broadcast_size, "broadcast, no tie"),
                    (rows["size"] <= settings.close_meeting_size, "close contact"),
                    else_="credit only",
                ),
            )
        )
    both = ibis.union(*parts) if len(parts) > 1 else parts[0]
    frame = ties.engine.frame(both.order_by(["at_s", "source", "line"]))
    names = dict(enumerate(sources))
    return pd.DataFrame(
        {
            "file": frame["source"].map(names).fillna(frame["source"].astype("str")),
            "line": frame["line"],
            "at": pd.to_datetime(frame["at_s"], unit="s").dt.strftime("%Y-%m-%d %H:%M UTC"),
            "what": frame["what"],
            "people": frame["people"],
            "counts_as": frame["counts_as"],
        }
    )
