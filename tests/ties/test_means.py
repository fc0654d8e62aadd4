"""Means of ties over shared contacts: the same by triangles and pair by pair, and as counted slowly."""

from __future__ import annotations

import numpy as np
import pytest

from peerlens import blocks
from peerlens.ties import means, triangles
from peerlens.ties.means import add_means


def random_ties(seed: int, people: int = 50) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Ties, a fifth of them of no strength, in no order."""
    random = np.random.default_rng(seed)
    a, b = np.triu_indices(people, 1)
    order = random.permutation(len(a))[: len(a) // 3]
    a, b = a[order], b[order]
    return a, b, np.where(random.random(len(a)) < 0.2, 0.0, random.gamma(1.0, 2.0, len(a)))


def counted(a: np.ndarray, b: np.ndarray, strength: np.ndarray, asked: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    dense = np.zeros((50, 50))
    dense[a, b] = dense[b, a] = np.sqrt(strength)
    return np.array([dense[first] @ dense[second] for first, second in zip(*asked, strict=True)])


@pytest.mark.parametrize("few", [0, 1, 10**6])
@pytest.mark.parametrize("seed", range(2))
def test_means_as_counted(seed: int, few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """All ties, some, and pairs that are none."""
    monkeypatch.setattr(means, "_FEW", few)
    monkeypatch.setattr(triangles, "_TIES_AT_ONCE", 30)
    a, b, strength = random_ties(seed)
    pairs = np.triu_indices(50, 1)
    for asked in ((a, b), (a[5:40], b[5:40]), pairs, (a[:0], b[:0])):
        np.testing.assert_allclose(
            add_means(a, b, strength, asked=asked), counted(a, b, strength, asked), rtol=1e-12, atol=1e-12
        )


def test_nobody_is_tied() -> None:
    none = np.empty(0, dtype="int64")
    assert add_means(none, none, np.empty(0), asked=(none, none)).tolist() == []
    assert add_means(none, none, np.empty(0), asked=(np.array([0]), np.array([1]))).tolist() == [0.0]


def test_threads_change_no_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(triangles, "_TIES_AT_ONCE", 20)
    a, b, strength = random_ties(3)
    found = []
    for threads in (1, 2, 5):
        monkeypatch.setattr(blocks, "thread_count", lambda threads=threads: threads)
        found.append(add_means(a, b, strength, asked=(a, b)).tobytes())
    assert found[0] == found[1] == found[2]
