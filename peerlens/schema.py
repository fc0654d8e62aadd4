"""The canonical tables: column, type, meaning. The only place where a column name of the input is spelled.

A table is a file ``<table>.csv`` or ``<table>.parquet``; ``ALIASES`` holds what other people call the same things.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

SCHEMA_VERSION = 1

Type = Literal["id", "ids", "text", "instant", "day", "number", "flag"]


@dataclass(frozen=True)
class Column:
    """One column: its type, whether a table is useless without it, and what it means."""

    name: str
    type: Type
    meaning: str
    required: bool = False


@dataclass(frozen=True)
class Table:
    """One canonical table.

    ``either`` lists pairs of columns of which one must be there (one row each, or a ``;`` list).
    """

    name: str
    meaning: str
    columns: tuple[Column, ...]
    either: tuple[tuple[str, str], ...] = ()
    aliases: tuple[str, ...] = field(default=())

    @property
    def names(self) -> tuple[str, ...]:
        """Column names in canonical order."""
        return tuple(column.name for column in self.columns)

    @property
    def required(self) -> tuple[str, ...]:
        """Columns without which the table cannot be read."""
        return tuple(column.name for column in self.columns if column.required)

    def type_of(self, name: str) -> Type:
        """Return the type of a column."""
        return next(column.type for column in self.columns if column.name == name)


def _columns(*rows: tuple[str, Type, str] | tuple[str, Type, str, bool]) -> tuple[Column, ...]:
    return tuple(Column(*row) for row in rows)


PEOPLE = Table(
    "people",
    "who there is; several rows a person when validity columns are there",
    _columns(
        ("person_id", "id", "key of the person in every other table", True),
        ("name", "text", "name shown to people who may see it"),
        ("email", "id", "address; messages and meetings may name people by it"),
        ("department", "text", "department the person belongs to"),
        ("level", "text", "rank, as a number or a word (words need level_order)"),
        ("manager_id", "id", "person this one reports to"),
        ("joined_on", "day", "first day in the organisation"),
        ("left_on", "day", "last day in the organisation"),
        ("role_started_on", "day", "first day in the present role"),
        ("country", "text", "ISO 3166 code; its public holidays are not working days"),
        ("timezone", "text", "IANA zone"),
        ("works_on", "text", "weekdays worked, as Mon-Thu or Mon,Wed,Fri"),
        ("valid_from_on", "day", "first day this row holds (empty: always)"),
        ("valid_to_on", "day", "last day this row holds (empty: still)"),
    ),
)
MEETINGS = Table(
    "meetings",
    "who was invited to meet when: a row per attendee, or attendee_ids as a ; list",
    _columns(
        ("meeting_id", "id", "key of the meeting", True),
        ("started_at", "instant", "start", True),
        ("ended_at", "instant", "end", True),
        ("attendee_id", "id", "one attendee"),
        ("attendee_ids", "ids", "all attendees, separated by ;"),
        ("organizer_id", "id", "who called the meeting"),
        ("response", "text", "accepted, tentative, declined or none"),
        ("series_id", "id", "recurring series the meeting belongs to"),
        ("has_agenda", "flag", "whether an agenda was attached"),
        ("is_private", "flag", "private events are dropped unread"),
    ),
    either=(("attendee_id", "attendee_ids"),),
)
MESSAGES = Table(
    "messages",
    "who wrote to whom when: a row per recipient, or recipient_ids as a ; list",
    _columns(
        ("sent_at", "instant", "when it was sent", True),
        ("sender_id", "id", "who sent it", True),
        ("recipient_id", "id", "one recipient"),
        ("recipient_ids", "ids", "all recipients, separated by ;"),
        ("message_id", "id", "key of the message; without it, same sender and second is one message"),
        ("channel", "text", "mail, chat, …"),
        ("thread_id", "id", "conversation the message belongs to"),
        ("reply_to_id", "id", "message this one answers"),
        ("recipient_role", "text", "to or cc"),
        ("is_ask", "flag", "whether it asks for something"),
        ("is_thanks", "flag", "whether it thanks"),
    ),
    either=(("recipient_id", "recipient_ids"),),
)
ABSENCES = Table(
    "absences",
    "days on which a person was away; never a reason",
    _columns(
        ("person_id", "id", "who", True),
        ("from_on", "day", "first day away", True),
        ("to_on", "day", "last day away", True),
    ),
)
PEOPLE_ALIASES = Table(
    "people_aliases",
    "other names and addresses of a person: what settles a name that fits several people",
    _columns(
        ("person_id", "id", "who", True),
        ("alias", "text", "a name or address that means this person", True),
    ),
    aliases=("aliases",),
)
SURVEY = Table(
    "survey",
    "what people said of each other",
    _columns(
        ("rater_id", "id", "who answered", True),
        ("rated_id", "id", "about whom", True),
        ("question", "text", "what was asked", True),
        ("value", "number", "the answer", True),
        ("perceiver_id", "id", "whose belief about the two this is"),
    ),
    aliases=("surveys",),
)
VERDICTS = Table(
    "verdicts",
    "what the user answered to a flag",
    _columns(
        ("person_id", "id", "who answered", True),
        ("other_id", "id", "about the tie to whom", True),
        ("verdict", "text", "useful, finished, alive_elsewhere, not_my_job, wrong or later", True),
        ("until_on", "day", "last day the verdict holds (empty: always)"),
    ),
)
ACCOUNTS = Table(
    "accounts",
    "what kind of account an id is",
    _columns(
        ("account_id", "id", "the account", True),
        ("kind", "text", "person, assistant, shared, list, room or bot", True),
        ("acts_for", "id", "whom an assistant acts for"),
    ),
)
CONFIDENTIAL = Table(
    "confidential",
    "ids or patterns (* and ?) never looked at",
    _columns(("pattern", "id", "an id, an address, or a pattern with * and ?", True)),
)
RELEASED = Table(
    "released",
    "whose data may be shown to whom and what for",
    _columns(
        ("person_id", "id", "whose data", True),
        ("released_to", "id", "to whom", True),
        ("purpose", "text", "what for", True),
        ("from_on", "day", "from when"),
        ("until_on", "day", "until when"),
    ),
)
OUTCOMES = Table(
    "outcomes",
    "a result per team and week",
    _columns(
        ("team", "id", "the team", True),
        ("week", "day", "Monday of the week", True),
        ("value", "number", "the result", True),
    ),
)

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        PEOPLE,
        MEETINGS,
        MESSAGES,
        ABSENCES,
        PEOPLE_ALIASES,
        SURVEY,
        VERDICTS,
        ACCOUNTS,
        CONFIDENTIAL,
        RELEASED,
        OUTCOMES,
    )
}

# What other people call a column, by table; case, spaces, dots and dashes are ignored when names are compared.
ALIASES: dict[str, dict[str, tuple[str, ...]]] = {
    "people": {
        "person_id": ("id", "person", "employee_id", "user_id", "person_key"),
        "name": ("full_name", "display_name", "worker"),
        "email": ("mail", "email_address", "work_email", "e_mail"),
        "department": ("dept", "organization", "organisation", "unit", "org_unit"),
        "level": ("grade", "rank", "job_level", "level_designation", "management_level"),
        "manager_id": ("manager", "reports_to", "supervisor", "supervisor_id"),
        "joined_on": ("hire_date", "start_date", "joined", "join_date"),
        "left_on": ("leave_date", "end_date", "left", "termination_date"),
        "role_started_on": ("role_start", "role_started", "in_role_since"),
        "country": ("country_code",),
        "timezone": ("time_zone", "tz"),
        "works_on": ("working_days", "workdays"),
        "valid_from_on": ("valid_from", "effective_from", "effective_date"),
        "valid_to_on": ("valid_to", "valid_until", "effective_to"),
    },
    "meetings": {
        "meeting_id": ("id", "event_id"),
        "started_at": ("start", "start_time", "starts_at", "started"),
        "ended_at": ("end", "end_time", "ends_at", "ended"),
        "attendee_id": ("attendee", "participant", "participant_id"),
        "attendee_ids": ("attendees", "participants", "participant_ids"),
        "organizer_id": ("organizer", "organiser", "organiser_id"),
        "response": ("response_status", "partstat", "status"),
        "series_id": ("series", "recurring_event_id"),
        "is_private": ("private",),
    },
    "messages": {
        "sent_at": ("timestamp", "sent", "date", "time", "sent_on", "datetime"),
        "sender_id": ("from", "sender", "from_id"),
        "recipient_id": ("to", "recipient", "receiver", "receiver_id", "to_id"),
        "recipient_ids": ("recipients", "receivers", "to_ids"),
        "message_id": ("id",),
        "thread_id": ("thread", "conversation_id"),
        "reply_to_id": ("in_reply_to", "reply_to"),
    },
    "absences": {
        "person_id": ("person", "employee_id", "id"),
        "from_on": ("from", "start", "start_date", "valid_from"),
        "to_on": ("to", "end", "end_date", "until"),
    },
    "people_aliases": {"person_id": ("person", "id"), "alias": ("name", "also_known_as")},
    "survey": {
        "rater_id": ("rater",),
        "rated_id": ("rated",),
        "question": ("relation",),
        "perceiver_id": ("perceiver",),
    },
    "verdicts": {"person_id": ("person",), "other_id": ("other",), "until_on": ("until",)},
    "accounts": {"account_id": ("account", "id"), "kind": ("type",), "acts_for": ("acts_for_id", "owner")},
    "confidential": {"pattern": ("id", "account_id", "person_id", "address", "ids")},
    "released": {"person_id": ("person",), "from_on": ("from",), "until_on": ("until",)},
    "outcomes": {},
}

VERDICT_VALUES = ("useful", "finished", "alive_elsewhere", "not_my_job", "wrong", "later")
ACCOUNT_KINDS = ("person", "assistant", "shared", "list", "room", "bot")
