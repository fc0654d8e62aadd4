"""The roster: whole names, and nobody told from not known."""

from __future__ import annotations

import pandas as pd

from peerlens.draw.roster import roster
from peerlens.draw.survival import survival


def words(ax: object, gid: str) -> list[str]:
    return [text.get_text() for text in ax.texts if text.get_gid() == gid]  # type: ignore[attr-defined]


def test_a_group_that_is_not_known_is_not_nobody() -> None:
    """Bo is in the first group; the second is empty; of the third nothing can be said, and its ring is in no key."""
    frame = pd.DataFrame(
        {"group": ["one", "two", "three"], "label": ["Bo", None, None], "state": ["done", "open", "not known: no log"]}
    )
    ax = roster(frame, states=("done", "open"), how_to_read="a mark.")
    assert words(ax, "none") == ["nobody in this data", "not known: no log"]
    assert "open" not in [text.get_text() for text in ax.texts]


def test_long_names_are_not_cut() -> None:
    """Two names of forty letters fit side by side, four do not."""
    names = [f"{letter * 18} and {letter * 18}" for letter in "abcd"]
    ax = roster(
        pd.DataFrame({"group": "pairs", "label": names, "state": "done"}), states=("done",), how_to_read="a mark."
    )
    assert words(ax, "label") == names


def test_words_at_the_end_lie_as_the_lines_do() -> None:
    """Asks end at 1 % waiting, others at 0 %: so the words of asks stand above, though both lines touch the floor."""
    frame = pd.DataFrame({"group": ["asks", "others"], "after": [1, 1], "waiting": [0.01, 0.0]})
    ax = survival(frame, last=5, unit="days", how_to_read="a line.")
    height = {text.get_text(): text.get_position()[1] for text in ax.texts if text.get_gid() == "end"}
    assert height["1 % waiting"] > height["0 % waiting"]
