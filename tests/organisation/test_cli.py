"""``peerlens org``: one page, or a reason why not."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from peerlens.cli import app
from peerlens.errors import PeerlensError


def test_org_writes_a_page_with_a_comparison(sample_folder: Path, tmp_path: Path) -> None:
    page = tmp_path / "org.html"
    options = ["--purpose", "Show the firm in a test", "--compare", "2026-04-26", "2026-06-21", "-o", str(page)]
    found = CliRunner().invoke(app, ["org", str(sample_folder), *options], catch_exceptions=False)
    assert found.exit_code == 0, found.output
    assert "says nothing about any one person" in found.output
    assert "Contact inside Operations fell by" in page.read_text(encoding="utf-8")
    assert (sample_folder / ".peerlens" / "ledger" / "key").stat().st_mode & 0o777 == 0o600


def test_org_without_a_purpose_is_refused(sample_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(PeerlensError, match="purpose: found ''"):
        CliRunner().invoke(app, ["org", str(sample_folder), "-o", str(tmp_path / "org.html")], catch_exceptions=False)
