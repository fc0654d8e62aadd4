"""What was told before, in eight bytes an item: logs repeat themselves over millions of rows."""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

FRESH = 200_000


class Seen:
    """A set of texts that only grows, kept as sorted digests.

    Two different texts are taken for one with a chance of about n²/4e19.

    Examples
    --------
    >>> seen = Seen()
    >>> seen.add("m1", "bo"), seen.add("m1", "cy"), seen.add("m1", "bo")
    (True, True, False)
    """

    def __init__(self) -> None:
        self._fresh: set[int] = set()
        self._sorted: np.ndarray | None = None

    def add(self, *parts: str) -> bool:
        """Add one item; return whether it is new."""
        text = "\x1f".join(parts)
        digest = int.from_bytes(hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).digest(), "big")
        if digest in self._fresh or self._is_old(digest):
            return False
        self._fresh.add(digest)
        if len(self._fresh) >= FRESH:
            self._settle()
        return True

    def _is_old(self, digest: int) -> bool:
        if self._sorted is None:
            return False
        at = bisect_left(self._sorted, digest)
        return at < len(self._sorted) and int(self._sorted[at]) == digest

    def _settle(self) -> None:
        import numpy as np

        fresh = np.fromiter(self._fresh, dtype=np.uint64, count=len(self._fresh))
        old = self._sorted if self._sorted is not None else np.empty(0, dtype=np.uint64)
        self._sorted = np.sort(np.concatenate([old, fresh]))
        self._fresh = set()
