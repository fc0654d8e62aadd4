"""Progress: shown where somebody looks and it takes long, gone afterwards, and nowhere else."""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Callable

import pytest

from peerlens import progress
from peerlens.progress import Progress, showing, stage


class Seen:
    """Notes what a face would show."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def show(self, stage: str) -> None:
        self.lines.append(stage)

    def close(self) -> None:
        self.lines.append("closed")


def wait_for(condition: Callable[[], bool]) -> None:
    """Wait until a timer has done its work."""
    until = time.monotonic() + 10
    while not condition() and time.monotonic() < until:
        time.sleep(0.005)
    assert condition()


def test_quick_work_is_not_shown() -> None:
    seen = Seen()
    work = Progress(seen, after_seconds=60)
    work.stage("ties")
    work.close()
    assert seen.lines == []


def test_long_work_is_shown_from_the_stage_it_is_in() -> None:
    seen = Seen()
    work = Progress(seen, after_seconds=0.02)
    work.stage("reading messages.csv")
    wait_for(lambda: bool(seen.lines))
    work.stage("ties")
    work.close()
    assert seen.lines == ["reading messages.csv", "ties", "closed"]


def test_nothing_is_shown_elsewhere(capsys: pytest.CaptureFixture[str]) -> None:
    for wanted in (None, False):
        with showing(wanted):
            stage("ties")
    stage("nobody asked")
    assert capsys.readouterr() == ("", "")


def test_a_terminal_is_left_clean(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(progress, "Progress", lambda face: Progress(face, after_seconds=0.01))

    def stopped() -> None:
        with showing():
            stage("contact days")
            wait_for(lambda: "contact days" in screen.getvalue())
            with showing():
                stage("ties of the work inside")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped()
    assert screen.getvalue().endswith("\x1b[2K")
    assert "\x1b[?25h" in screen.getvalue()
