"""Blocks: in order whatever finishes first, an error or an early end stops the rest."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerlens import blocks


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_results_come_in_order(threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "thread_count", lambda: threads)

    def work(number: int) -> int:
        time.sleep(0.002 * (number % 3))
        return number * number

    assert list(blocks.over_blocks(work, range(20))) == [number * number for number in range(20)]
    assert list(blocks.over_blocks(work, [])) == []


@pytest.mark.parametrize("threads", [1, 2])
def test_a_block_that_fails_ends_it(threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "thread_count", lambda: threads)
    begun = []

    def work(number: int) -> None:
        begun.append(number)
        if number == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(blocks.over_blocks(work, range(1000)))
    assert len(begun) < 20


@pytest.mark.parametrize("threads", [1, 2])
def test_work_alongside_gives_its_result_or_what_went_wrong(threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "thread_count", lambda: threads)
    with blocks.alongside(lambda: 42) as found:
        pass
    assert found() == 42

    def fail() -> None:
        raise ValueError("too little data")

    with blocks.alongside(fail) as found, pytest.raises(ValueError, match="too little data"):
        found()


@given(st.lists(st.integers(0, 50), max_size=60), st.integers(1, 100), st.integers(1, 20))
def test_even_parts_hold_everything_once(cost: list[int], size: int, most: int) -> None:
    """In order, none longer than allowed, and none dearer than the size but for its last."""
    found = blocks.even_parts(np.array(cost, dtype="int64"), size, most=most)
    assert [at for part in found for at in range(len(cost))[part]] == list(range(len(cost)))
    for part in found:
        assert 0 < part.stop - part.start <= most
        assert sum(cost[part][:-1]) <= size
