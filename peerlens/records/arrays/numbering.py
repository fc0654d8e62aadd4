"""Which rows are one message, how messages are numbered, and which of their rows say the same twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from peerlens.records.arrays import clock
from peerlens.records.arrays.cells import Cells
from peerlens.records.arrays.handing import as_flags
from peerlens.records.messages import SENDERS

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from peerlens.records.arrays.rows import Loaded, Rows

SENDER_BITS = SENDERS.bit_length() - 1
SPREAD = 0x9E3779B97F4A7C15
"""an odd number that spreads numbers lying close to each other over all slots"""
SLOT_BITS = 24
AT_ONCE = 1 << 18


@dataclass(frozen=True)
class Messages:
    """Rows of messages.

    Parameters
    ----------
    line_at
        Line of each row, from 0.
    message_no, recipient
        Its message, and to whom it went.
    at, sender
        When and by whom; None where the number of the message says it, which is where no file has message ids.
    shared
        Places of the rows whose message has several, one message after the other.
    """

    line_at: np.ndarray
    message_no: np.ndarray
    recipient: np.ndarray
    at: np.ndarray | None
    sender: np.ndarray | None
    shared: np.ndarray

    def instants(self, rows: np.ndarray | slice = slice(None)) -> np.ndarray:
        """Return when rows were sent, in microseconds since 1970."""
        return (self.message_no[rows] >> SENDER_BITS) * clock.SECOND if self.at is None else self.at[rows]

    def senders(self, rows: np.ndarray | slice = slice(None)) -> np.ndarray:
        """Return who sent rows."""
        return (self.message_no[rows] & (SENDERS - 1)).astype("int32") if self.sender is None else self.sender[rows]

    def days(self, zone: str) -> np.ndarray:
        """Return the day of each row in a zone, as days since 1970."""
        import numpy as np

        # A part at a time: what is worked out on the way stays near the processor.
        starts = range(0, len(self.message_no), AT_ONCE)
        days = [clock.local_day(self.instants(slice(start, start + AT_ONCE)), zone) for start in starts]
        return np.concatenate(days) if days else np.empty(0, "int32")


@dataclass(frozen=True)
class Keys:
    """What tells messages apart: the sender, and the id or else the second.

    Parameters
    ----------
    key
        Of each row: the second, or the place of the id among ``ids`` (which holds seconds too, for rows without an id).
    sender
        Number of each row's sender; -1 for none.
    at
        Its instant.
    ids
        Column of message ids, by row; None where no file has one.
    """

    key: np.ndarray
    sender: np.ndarray
    at: np.ndarray
    ids: Cells | None

    @classmethod
    def of(cls, loaded: Loaded, rows: Rows, at: np.ndarray, sender: np.ndarray) -> Keys:
        """Look at the rows of a log."""
        import numpy as np
        import pyarrow as pa

        second = at // clock.SECOND
        if not loaded.has("message_id"):
            return cls(second, sender, at, None)
        column = loaded.column("message_id")
        ids = Cells(rows.spread(column.codes), column.values)
        bare = np.flatnonzero((ids.codes < 0) & (at != clock.MISSING))
        if not len(bare):
            return cls(ids.codes, sender, at, ids)
        # An id may be written as a second is ("2024-03-05 09:00:00"); then it is one.
        texts = pa.array(second[bare], pa.timestamp("s")).cast(pa.string())
        both = Cells.joined([(ids.codes, ids.values), (np.arange(len(bare)), texts)])
        ids = Cells(both.codes[: len(at)], both.values)
        key = ids.codes.copy()
        key[bare] = both.codes[len(at) :]
        return cls(key, sender, at, ids)

    def pairs(self) -> pd.DataFrame:
        """Return ``sender_no, message_id``, each pair once."""
        import numpy as np
        import pandas as pd

        assert self.ids is not None
        known = np.flatnonzero((self.sender >= 0) & (self.ids.codes >= 0))
        found = np.unique(self._message(known))
        ids = self.ids.values.take(found // SENDERS).to_pandas().astype("str")
        return pd.DataFrame({"sender_no": (found % SENDERS).astype("int32"), "message_id": ids})

    def together_with(self, is_marked: np.ndarray) -> np.ndarray:
        """Return the places of all rows of messages of which some are marked."""
        import numpy as np

        known = (self.sender >= 0) & (self.at != clock.MISSING)
        # Most senders never wrote to anybody marked.
        is_near = np.zeros(max(int(self.sender.max(initial=-1)), 0) + 2, dtype=bool)
        is_near[self.sender[known & is_marked]] = True
        (near,) = np.nonzero(known & is_near[self.sender])
        message = self._message(near)
        return near[np.isin(message, message[is_marked[near]])]

    def numbered(self, kept: np.ndarray, line_at: np.ndarray, recipient: np.ndarray) -> tuple[Messages, np.ndarray]:
        """Number the messages of some rows.

        Parameters
        ----------
        kept
            Places of the rows; all have a sender.
        line_at
            Their lines.
        recipient
            Number of the recipient, of all rows.

        Returns
        -------
        tuple
            The rows, and the places among them of all but one of each message.
        """
        import numpy as np

        message = self._message(kept)
        if self.ids is None:
            shared, more = _repeated(message)
            return Messages(line_at, message, recipient[kept], None, None, shared), more
        order = np.argsort(message, kind="stable")
        is_first = np.diff(message[order], prepend=-1) != 0
        starts = np.flatnonzero(is_first)
        group = np.empty(len(order), dtype="int64")
        group[order] = np.cumsum(is_first) - 1
        at = self.at[kept]
        first_at = np.minimum.reduceat(at[order], starts) if len(starts) else at
        number = np.empty(len(starts), dtype="int64")
        number[self._in_order(first_at, message[order[starts]])] = np.arange(1, len(starts) + 1)
        sizes = np.diff(np.append(starts, len(order)))
        shared = order[np.repeat(sizes > 1, sizes)]
        found = Messages(line_at, number[group], recipient[kept], first_at[group], self.sender[kept], shared)
        return found, order[~is_first]

    def _message(self, rows: np.ndarray) -> np.ndarray:
        return self.key[rows].astype("int64") * SENDERS + self.sender[rows]

    def _in_order(self, first_at: np.ndarray, message: np.ndarray) -> np.ndarray:
        """Return messages by their first instant, then the sender, then the id, which is looked at only where it has to be."""
        import numpy as np
        import pyarrow.compute as pc

        assert self.ids is not None
        sender = message % SENDERS
        place = np.lexsort((sender, first_at))
        is_tied = (np.diff(first_at[place]) == 0) & (np.diff(sender[place]) == 0)
        if not is_tied.any():
            return place
        tied = np.unique(np.concatenate([place[1:][is_tied], place[:-1][is_tied]]))
        rank = np.zeros(len(place), dtype="int64")
        texts = self.ids.values.take(message[tied] // SENDERS)
        rank[tied[pc.sort_indices(texts).to_numpy()]] = np.arange(len(tied))
        return np.lexsort((rank, sender, first_at))


def _repeated(message: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the places of numbers that are there more than once, side by side; and those of all but one of each."""
    import numpy as np

    in_order = np.sort(message)
    several = np.unique(in_order[1:][in_order[1:] == in_order[:-1]])
    del in_order
    near = _perhaps_among(message, several)
    near = near[np.isin(message[near], several)]
    near = near[np.argsort(message[near], kind="stable")]
    own = message[near]
    return near, near[1:][own[1:] == own[:-1]]


def _perhaps_among(values: np.ndarray, few: np.ndarray) -> np.ndarray:
    """Return the places of numbers that may be among a few others; of those that are not, a small share."""
    import numpy as np

    def slots(numbers: np.ndarray) -> np.ndarray:
        return (numbers.view("uint64") * np.uint64(SPREAD)) >> np.uint64(64 - SLOT_BITS)

    is_taken = np.zeros(1 << SLOT_BITS, dtype=bool)
    is_taken[slots(few)] = True
    starts = range(0, len(values), AT_ONCE)
    near = [np.flatnonzero(is_taken[slots(values[start : start + AT_ONCE])]) + start for start in starts]
    return np.concatenate(near) if near else np.empty(0, "int64")


def without_duplicates(
    messages: Messages, shared: np.ndarray, labels: Mapping[str, Cells], flags: Mapping[str, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Part the first row of each message and recipient from the others.

    Parameters
    ----------
    messages
        Rows.
    shared
        Places of those whose message has several, one message after the other.
    labels, flags
        What lines say beside that.

    Returns
    -------
    tuple
        Places of rows that stay, one message after the other, and of those that go.
    """
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    group = np.cumsum(np.diff(messages.message_no[shared], prepend=-1) != 0)
    order = np.argsort(group * SENDERS + messages.recipient[shared], kind="stable")
    shared, group = shared[order], group[order]
    is_again = (np.diff(group, prepend=-1) == 0) & (np.diff(messages.recipient[shared], prepend=-1) == 0)
    if not is_again.any():
        return shared, shared[:0]
    is_rival = is_again | np.append(is_again[1:], False)
    rivals, contest = shared[is_rival], np.cumsum(~is_again)[is_rival]
    lines = messages.line_at[rivals]
    said = {name: cells.text(lines) for name, cells in labels.items()}
    said |= {name: as_flags(values[lines]) for name, values in flags.items()}
    # "to" before "cc"; the rest only so that the order of lines plays no part. Lines rise with the place, file by file.
    ways = {
        "recipient_role": "descending",
        "channel": "ascending",
        "thread_id": "ascending",
        "reply_to_id": "ascending",
    }
    ways |= {"message_id": "ascending", "is_ask": "descending", "is_thanks": "descending"}
    keys = [(name, way) for name, way in ways.items() if name in said]
    table = pa.table({"contest": contest, **said, "place": rivals})
    place = pc.sort_indices(table, sort_keys=[("contest", "ascending"), *keys, ("place", "ascending")]).to_numpy()
    stays = ~is_rival
    winners = np.zeros(len(rivals), dtype=bool)
    winners[place[np.flatnonzero(np.diff(contest[place], prepend=-1))]] = True
    stays[is_rival] = winners
    return shared[stays], shared[~stays]
