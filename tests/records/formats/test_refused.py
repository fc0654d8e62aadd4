"""What cannot be used says why, and what to do instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from peerlens.errors import InputError

from .reading import SAMPLES, converted, written


@pytest.mark.parametrize(
    ("name", "instead"),
    [
        ("refused_outlook_mail.csv", "message trace"),
        ("refused_viva_meetings.csv", "person-to-person"),
        ("refused_viva_groups.csv", "person-to-person"),
        ("refused_viva_person.csv", "person-to-person"),
        ("refused_zoom_unique.csv", "Show unique users"),
        ("refused_slack.txt", "Import/export data"),
        ("refused_teams_chat.json", "--map"),
        ("refused_mailbox.pst", "readpst"),
        ("refused_mail.msg", "readpst"),
    ],
)
def test_says_what_to_do(name: str, instead: str) -> None:
    with pytest.raises(InputError) as caught:
        converted(SAMPLES / name)
    (problem,) = caught.value.problems
    assert instead in problem.fix


def test_outlook_mail_in_another_language(tmp_path: Path) -> None:
    header = '"Betreff","Text","Von: (Name)","Von: (Adresse)","Von: (Typ)","An: (Name)","An: (Adresse)","An: (Typ)"'
    with pytest.raises(InputError, match="has none"):
        converted(written(tmp_path, "mail.csv", [header, '"x","y","a","a","SMTP","b","b","SMTP"'], encoding="cp1252"))
