"""How often the engine is asked: writing a question costs more than answering it on a small firm, whatever the machine."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

import peerlens
from peerlens.engine import Engine
from peerlens.lenses.neglect.flags import find_flags

MOST_OF_ALL, MOST_OF_ONE = 110, 16
"""questions until ties of a firm are there and one person's flags are found, and for the flags of one more person"""


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Counts questions by kind."""
    counts: Counter[str] = Counter()
    for name in ("materialise", "frame", "count", "view", "from_frame"):
        original = getattr(Engine, name)

        def counted(
            self: Engine, *given: object, _name: str = name, _original: object = original, **more: object
        ) -> object:
            counts[_name] += 1
            return _original(self, *given, **more)  # type: ignore[operator]

        monkeypatch.setattr(Engine, name, counted)
    return counts


def test_questions_stay_few(asked: Counter[str], tmp_path: Path) -> None:
    peerlens.make_firm(seed=3, people=40, weeks=40).write(tmp_path / "firm")
    network = peerlens.Network(peerlens.read(tmp_path / "firm", cache=False))
    flagged = find_flags(network.ties).table["person_id"].unique()
    everybody = asked.total()
    find_flags(network.ties, person_id=str(flagged[0]))
    assert asked.total() <= MOST_OF_ALL, asked
    before = asked.total()
    find_flags(network.ties, person_id=str(flagged[-1]))
    assert 0 < asked.total() - before <= MOST_OF_ONE < everybody, asked
