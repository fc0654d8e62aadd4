"""How ordinary people keep in touch: each tie has its own rhythm, counted in days on which both are at work."""

from __future__ import annotations

import numpy as np
import pandas as pd

# Gaps between contacts as multiples of the tie's rhythm, ten equally likely ones with mean about 1. Tables, and not
# distributions, because integers and products are the same on every machine; logarithms are not.
PATTERNS = ("regular", "irregular", "bursty", "daily")
GAPS = np.array(
    [
        [0.6, 0.8, 0.8, 1.0, 1.0, 1.0, 1.0, 1.2, 1.2, 1.4],
        [0.4, 0.5, 0.6, 0.7, 0.9, 1.0, 1.1, 1.3, 1.5, 2.0],
        [0.2, 0.2, 0.2, 0.2, 0.2, 0.4, 0.4, 2.4, 2.8, 3.0],
        [0.3, 0.3, 0.6, 0.6, 1.0, 1.0, 1.0, 1.4, 1.8, 2.0],
    ]
)
QUIET_DAYS = 3  # a contact after this many quiet days was somebody's initiative
CHUNK = 4096


def sessions(ties: pd.DataFrame, *, work: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    """Draw the contact days of every tie.

    Parameters
    ----------
    ties
        One row per tie: `a`, `b`, `rhythm` (days at work from one contact to the next), `pattern`, `silence` (days
        at work since the last contact; -1 draws one that is ordinary for the rhythm), `pause` (one long pause the
        tie came back from; 0 for none), `starter` (`both`, `a` or `b`), `from_day`, `to_day`.
    work
        People × days: at work or not.
    rng
        Source of randomness.

    Returns
    -------
    pd.DataFrame
        One row per contact: `tie` (label of the tie), `day`, `starter`, `other`.
    """
    # Ties of like rhythm are drawn together, so that the padded arrays have little padding.
    order = ties.sort_values(["rhythm", "a", "b"], kind="stable")
    drawn = [_draw(order.iloc[at : at + CHUNK], work, rng) for at in range(0, len(order), CHUNK)]
    return pd.concat(drawn, ignore_index=True)


def _draw(ties: pd.DataFrame, work: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    a, b = ties["a"].to_numpy(), ties["b"].to_numpy()
    day = np.arange(work.shape[1])
    both = work[a] & work[b]
    both &= (day >= ties["from_day"].to_numpy()[:, None]) & (day <= ties["to_day"].to_numpy()[:, None])
    total = both.sum(axis=1)
    rhythm = ties["rhythm"].to_numpy(float)
    count = int(1.3 * total.max() / rhythm.min()) + 10

    gaps = _gaps(ties, count, rng)
    # Counted back from the end: so the present silence is chosen, and never a chance record.
    silence = ties["silence"].to_numpy()
    usual = rng.integers(0, np.maximum(rhythm.astype(int), 1) + 1)
    last = total - 1 - np.where(silence >= 0, silence, usual)
    place = last[:, None] - np.concatenate([np.zeros((len(ties), 1), int), np.cumsum(gaps, axis=1)[:, :-1]], axis=1)
    row, turn = np.nonzero(place >= 0)

    days_together = np.nonzero(both)[1]
    offset = np.concatenate([[0], np.cumsum(total)[:-1]])
    from_a = _from_a(ties, gaps, rng)[row, turn]
    return pd.DataFrame(
        {
            "tie": ties.index.to_numpy()[row],
            "day": days_together[offset[row] + place[row, turn]],
            "starter": np.where(from_a, a[row], b[row]),
            "other": np.where(from_a, b[row], a[row]),
        }
    )


def _gaps(ties: pd.DataFrame, count: int, rng: np.random.Generator) -> np.ndarray:
    pattern = ties["pattern"].map(PATTERNS.index).to_numpy()
    rhythm = ties["rhythm"].to_numpy(float)
    multiple = GAPS[pattern[:, None], rng.integers(0, GAPS.shape[1], (len(ties), count))]
    gaps = np.maximum(1, np.floor(rhythm[:, None] * multiple + rng.random((len(ties), count)))).astype(int)
    pause = ties["pause"].to_numpy()
    at = rng.integers(3, 8, len(ties))
    paused = pause > 0
    gaps[np.flatnonzero(paused), at[paused]] = pause[paused]
    return gaps


def _from_a(ties: pd.DataFrame, gaps: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return who starts: each initiative by turns within blocks of two, everything else by chance."""
    initiative = gaps > QUIET_DAYS
    number = np.cumsum(initiative, axis=1)
    swap = rng.integers(0, 2, gaps.shape).astype(bool)
    turns = (number % 2 == 1) ^ np.take_along_axis(swap, number // 2, axis=1)
    drawn = np.where(initiative, turns, rng.integers(0, 2, gaps.shape).astype(bool))
    starter = ties["starter"].to_numpy()[:, None]
    return np.where(starter == "both", drawn, starter == "a")
