"""Many looks at once: which of them hold."""

from __future__ import annotations

import numpy as np


def accepted(p: np.ndarray, share: float) -> float:
    """Return the largest p that Benjamini and Hochberg (1995) accept at a share of false ones; 0 when none.

    Examples
    --------
    >>> accepted(np.array([0.01, 0.5, 0.04]), 0.1)
    0.04
    """
    ranked = np.sort(p)
    good = np.flatnonzero(ranked <= share * np.arange(1, len(p) + 1) / max(len(p), 1))
    return float(ranked[good[-1]]) if len(good) else 0.0
