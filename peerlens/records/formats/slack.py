"""Slack exports: who replied to, mentioned, reacted to or wrote directly to whom. A post to a channel is to nobody."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from peerlens.errors import InputError, Problem
from peerlens.records.formats.sink import Sink
from peerlens.records.formats.slack_files import SlackFiles
from peerlens.records.formats.stamps import FIRST_YEAR, LAST_YEAR

_MENTION = re.compile(r"<@([UW][A-Z0-9]{2,})(?:\|[^>]*)?>")
_TS = re.compile(r"(\d{1,11})(?:\.\d{1,9})?$")
PEOPLE_WROTE = (None, "", "thread_broadcast", "reply_broadcast", "me_message", "file_share", "file_comment")
"""subtypes of what people wrote; all others are the work of machines, such as channel_join"""
SLACKBOT = "USLACKBOT"
_EPOCHS = ((FIRST_YEAR - 1970) * 31_556_952, (LAST_YEAR - 1970) * 31_556_952)


@dataclass
class _Members:
    """Who is behind the ids: an address where the export has one."""

    ids: dict[str, str] = field(default_factory=dict)
    bots: set[str] = field(default_factory=lambda: {SLACKBOT})

    def person(self, user: str) -> str:
        return self.ids.get(user, user)


@dataclass
class _Place:
    """A channel or a conversation, and the author of each of its messages so far, by timestamp."""

    key: str
    members: tuple[str, ...] | None
    authors: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SlackExport:
    """The zip an owner downloads under Settings, Import/export data; or that zip unpacked."""

    name: str = "Slack export"

    def recognises(self, path: Path, head: bytes) -> bool:
        """Return whether a folder or zip holds the lists of a Slack export, or folders of files named for days."""
        return SlackFiles.is_export(path)

    def read(self, path: Path, sink: Sink, *, zone: str) -> None:
        """Write a message per reply, mention, reaction and direct message.

        Raises
        ------
        InputError
            There is nothing that people wrote.
        """
        with SlackFiles(path) as files:
            members = _members(files, sink)
            places = _places(files)
            days = 0
            for folder, names in files.days():
                place = places.get(folder) or _Place(folder, None)
                for name in names:
                    days += 1
                    self._day(files, name, place, members, sink)
                place.authors.clear()
            if not days:
                raise InputError([_nothing(path)])
        sink.note("times in UTC; reactions carry none and are dated by what they answer")

    def _day(self, files: SlackFiles, name: str, place: _Place, members: _Members, sink: Sink) -> None:
        messages = files.load(name)
        sink.advance(files.size(name))
        if not isinstance(messages, list):
            sink.read_rows()
            sink.drop("day file that is not readable")
            return
        for message in messages:
            sink.read_rows()
            if not isinstance(message, dict):
                sink.drop("entry that is no message")
                continue
            ts = _text(message.get("ts"))
            if ts and ts in place.authors:
                sink.merged("repeated message")
                continue
            place.authors[ts] = sys.intern(_text(message.get("user")))
            reason = _message(message, place, members, sink)
            if reason is not None:
                sink.drop(reason)
            _reactions(message, place, members, sink)


def _nothing(path: Path) -> Problem:
    fix = "Export again with a range of days in which somebody wrote."
    return Problem(path.name, None, None, "a Slack export without messages", "folders of files named for days", fix)


def _members(files: SlackFiles, sink: Sink) -> _Members:
    found = _Members()
    listed = files.records("users.json") + files.records("org_users.json")
    for user in listed:
        key = _text(user.get("id"))
        given = user.get("profile")
        profile: Mapping[str, Any] = given if isinstance(given, dict) else {}
        if not key:
            continue
        if user.get("is_bot") is True or user.get("is_workflow_bot") is True:
            found.bots.add(key)
            continue
        found.ids[key] = _text(profile.get("email")).lower() or key
        for name in (profile.get("real_name"), user.get("real_name"), profile.get("display_name")):
            if _text(name):
                sink.name(found.ids[key], _text(name))
    if not listed:
        sink.note("no users.json: people are known by their Slack ids, and not all bots as such")
    return found


def _places(files: SlackFiles) -> dict[str, _Place]:
    """Return the place of each folder: direct messages lie under their id, everything else under its name."""
    found: dict[str, _Place] = {}
    for name in ("channels.json", "groups.json"):
        for item in files.records(name):
            key = _text(item.get("id")) or _text(item.get("name"))
            for folder in (_text(item.get("name")), key):
                if folder:
                    found.setdefault(folder, _Place(key, None))
    for name in ("mpims.json", "dms.json"):
        for item in files.records(name):
            people = item.get("members")
            members = tuple(_text(one) for one in people if _text(one)) if isinstance(people, list) else ()
            key = _text(item.get("id")) or _text(item.get("name"))
            for folder in (_text(item.get("name")), key):
                if folder:
                    found[folder] = _Place(key, members)
    return found


def _message(message: Mapping[str, Any], place: _Place, members: _Members, sink: Sink) -> str | None:
    """Write one message; return why it was left out instead."""
    sent, user, ts = _sent(message.get("ts")), _text(message.get("user")), _text(message.get("ts"))
    if message.get("type", "message") != "message" or message.get("subtype") not in PEOPLE_WROTE:
        return "bot" if message.get("subtype") == "bot_message" else "system message"
    if _is_bot(message, user, members):
        return "bot"
    if not user or sent is None:
        return "message without sender or time"
    _strangers(message, user, members, sink)
    thread = _text(message.get("thread_ts"))
    parent = _text(message.get("parent_user_id")) or (place.authors.get(thread, "") if thread != ts else "")
    if place.members is None:
        addressed = [*([parent] if thread and thread != ts else []), *_mentioned(message)]
    else:
        addressed = list(place.members)
    people = _people(addressed, user, members)
    if not people:
        if any(one in members.bots for one in addressed):
            return "to a bot"
        return "post to a whole channel" if place.members is None else "note to oneself"
    sink.row(
        "messages",
        {
            "sent_at": sent,
            "sender_id": members.person(user),
            "recipient_ids": ";".join(people),
            "message_id": f"{place.key}:{ts}",
            "channel": "chat",
            "thread_id": f"{place.key}:{thread or ts}",
            "reply_to_id": f"{place.key}:{thread}" if thread and thread != ts else "",
        },
    )
    return None


def _reactions(message: Mapping[str, Any], place: _Place, members: _Members, sink: Sink) -> None:
    """Write who reacted to a message, once each however many signs they set."""
    sent, author, ts = _sent(message.get("ts")), _text(message.get("user")), _text(message.get("ts"))
    given = message.get("reactions")
    reacted: set[str] = set()
    for user in _reacting(given if isinstance(given, list) else []):
        sink.read_rows()
        if user in reacted:
            sink.merged("second reaction")
        elif not author or sent is None or user in members.bots or _is_bot(message, author, members):
            sink.drop("reaction of or to a bot")
        elif message.get("subtype") not in PEOPLE_WROTE:
            sink.drop("reaction to a system message")
        elif members.person(user) == members.person(author):
            sink.drop("reaction to oneself")
        else:
            sink.row(
                "messages",
                {
                    "sent_at": sent,
                    "sender_id": members.person(user),
                    "recipient_ids": members.person(author),
                    "message_id": f"{place.key}:{ts}:{user}",
                    "channel": "reaction",
                    "thread_id": f"{place.key}:{_text(message.get('thread_ts')) or ts}",
                    "reply_to_id": f"{place.key}:{ts}",
                },
            )
        reacted.add(user)


def _is_bot(message: Mapping[str, Any], user: str, members: _Members) -> bool:
    return user in members.bots or bool(message.get("bot_id") and user not in members.ids)


def _reacting(reactions: Iterable[Any]) -> Iterator[str]:
    for reaction in reactions:
        users = reaction.get("users") if isinstance(reaction, dict) else None
        yield from (_text(user) for user in (users if isinstance(users, list) else []) if _text(user))


def _strangers(message: Mapping[str, Any], user: str, members: _Members, sink: Sink) -> None:
    """Note the name of somebody of another workspace, who is in no list."""
    profile = message.get("user_profile")
    if user not in members.ids and isinstance(profile, dict):
        sink.name(user, _text(profile.get("real_name")))


def _mentioned(message: Mapping[str, Any]) -> list[str]:
    """Return who is mentioned, and nothing else of the text."""
    found = _MENTION.findall(_text(message.get("text")))
    queue: list[Any] = [message.get("blocks")]
    while queue:
        item = queue.pop()
        if isinstance(item, list):
            queue.extend(item)
        elif isinstance(item, dict):
            if item.get("type") == "user" and _text(item.get("user_id")):
                found.append(_text(item["user_id"]))
            queue.append(item.get("elements"))
    return found


def _people(addressed: Iterable[str], user: str, members: _Members) -> list[str]:
    """Return the people among the addressed, without bots and the sender, each once."""
    people = {members.person(one) for one in addressed if one and one not in members.bots}
    return sorted(people - {members.person(user)})


def _sent(ts: Any) -> str | None:
    """Return the canonical instant of a Slack timestamp.

    Examples
    --------
    >>> _sent("1709542800.000100"), _sent("soon")
    ('2024-03-04T09:00:00Z', None)
    """
    from peerlens.records.formats.dates import epoch

    found = _TS.match(_text(ts))
    if found is None or not _EPOCHS[0] < int(found[1]) < _EPOCHS[1]:
        return None
    return epoch(int(found[1]))


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""
