"""Texts for an agreement: the settings in force stand in them, and nobody's changes are overwritten."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from peerlens.errors import PeerlensError
from peerlens.report.governance import TEXTS, write_governance
from peerlens.settings import Settings


def test_numbers_in_force_stand_in_the_texts(tmp_path: Path) -> None:
    plain = Settings()
    settings = dataclasses.replace(plain, privacy=dataclasses.replace(plain.privacy, k=12))
    paths = write_governance(tmp_path / "texts", settings)
    assert [path.stem for path in paths] == list(TEXTS)
    for path in paths:
        text = path.read_text(encoding="utf-8")
        assert settings.fingerprint() in text
        assert "12 people" in text
        assert "altered" in text
        assert "{{" not in text
        assert "{%" not in text


def test_what_is_there_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "notice_to_staff.md").write_text("mine", encoding="utf-8")
    with pytest.raises(PeerlensError, match="notice_to_staff"):
        write_governance(tmp_path, Settings())
    assert [path.name for path in tmp_path.iterdir()] == ["notice_to_staff.md"]
