"""Columns of text as numbers: each distinct cell once, and for each row which of them it holds."""

from __future__ import annotations

import string
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from peerlens.records.arrays.unusual import Unusual
from peerlens.records.cells import FALSE, TRUE

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

SEPARATORS = r"[;\s]*;[;\s]*"
"""delimiters side by side name nobody"""
OUTER_SEPARATORS = r"^;+|;+$"


@dataclass(frozen=True)
class Cells:
    """One column.

    Parameters
    ----------
    codes
        Place of each row's cell among ``values``; -1 where it is empty.
    values
        Distinct cells.
    """

    codes: np.ndarray
    values: pa.Array

    @classmethod
    def joined(cls, parts: Sequence[tuple[np.ndarray, pa.Array]]) -> Cells:
        """Join pieces of a column, each with distinct cells of its own."""
        import numpy as np
        import pyarrow as pa

        values = [piece.cast(pa.large_string()) for _, piece in parts]
        places, distinct = _encoded(pa.concat_arrays(values) if values else pa.array([], pa.large_string()))
        codes, start = [], 0
        for own, piece in parts:
            codes.append(_picked(places[start : start + len(piece)], own))
            start += len(piece)
        return cls(np.concatenate(codes) if codes else np.empty(0, "int32"), distinct)

    @classmethod
    def nothing(cls, rows: int) -> Cells:
        """Return a column that is empty throughout."""
        import numpy as np
        import pyarrow as pa

        return cls(np.full(rows, -1, "int32"), pa.array([], pa.large_string()))

    @property
    def is_filled(self) -> bool:
        """Whether any row holds anything."""
        return bool((self.codes >= 0).any())

    def changed(self, values: pa.Array) -> Cells:
        """Return the column with other text for each distinct cell."""
        if values.equals(self.values):
            return self
        places, distinct = _encoded(values)
        return Cells(_picked(places, self.codes), distinct)

    def stripped(self) -> Cells:
        """Return the column without white space around its cells."""
        import pyarrow.compute as pc

        return self.changed(pc.utf8_trim(self.values, string.whitespace))

    def lowered(self) -> Cells:
        """Return the column in small letters."""
        import pyarrow.compute as pc

        # What counts as a small letter beyond ASCII depends on who is asked.
        if not pc.all(pc.string_is_ascii(self.values), min_count=0).as_py():
            raise Unusual("letters with accents in a column of fixed words")
        return self.changed(pc.utf8_lower(self.values))

    def with_lists_tidied(self) -> tuple[Cells, bool]:
        """Return the column with exactly one ``;`` between people and none around them; and whether any cell has one."""
        import pyarrow.compute as pc

        if not pc.any(pc.match_substring(self.values, ";"), min_count=0).as_py():
            return self, False
        one = pc.replace_substring_regex(self.values, SEPARATORS, ";")
        return self.changed(pc.replace_substring_regex(one, OUTER_SEPARATORS, "")), True

    def flags(self) -> np.ndarray:
        """Return yes, no and nothing as 1, 0 and -1.

        Raises
        ------
        Unusual
            A cell says something else.
        """
        import numpy as np
        import pyarrow as pa
        import pyarrow.compute as pc

        own = self.stripped().lowered()
        is_yes = pc.is_in(own.values, value_set=pa.array(TRUE, own.values.type)).to_numpy(zero_copy_only=False)
        is_no = pc.is_in(own.values, value_set=pa.array(FALSE, own.values.type)).to_numpy(zero_copy_only=False)
        meaning = np.where(is_yes, 1, np.where(is_no, 0, -1)).astype("int8")
        is_used = np.zeros(len(meaning), dtype=bool)
        is_used[own.codes[own.codes >= 0]] = True
        if (meaning[is_used] < 0).any():
            raise Unusual("a yes/no column that says something else")
        return _picked(meaning, own.codes)

    def filled(self, text: str) -> Cells:
        """Return the column with some text where it was empty."""
        import numpy as np
        import pyarrow as pa

        with_text = pa.array([text], pa.large_string())
        own = Cells.joined([(self.codes, self.values), (np.zeros(1, "int32"), with_text)])
        return Cells(np.where(own.codes[:-1] < 0, own.codes[-1], own.codes[:-1]), own.values)

    def ranks(self) -> np.ndarray:
        """Return the place of each distinct cell in the order of text."""
        import numpy as np
        import pyarrow.compute as pc

        order = pc.sort_indices(self.values).to_numpy()
        ranks = np.empty(len(order), dtype="int64")
        ranks[order] = np.arange(len(order))
        return ranks

    def text(self, rows: np.ndarray) -> pa.Array:
        """Return the text of some rows, missing where there is none."""
        import pyarrow as pa

        codes = self.codes[rows]
        return self.values.take(pa.array(codes, mask=codes < 0))


def encoded(column: pa.Array) -> tuple[np.ndarray, pa.Array]:
    """Take a column of Arrow's apart: the places of its cells, -1 for missing ones, and its distinct cells."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    return pc.fill_null(column.indices, -1).to_numpy(), column.dictionary


def _encoded(values: pa.Array) -> tuple[np.ndarray, pa.Array]:
    """Return for each text which distinct one it is, -1 for an empty one, and the distinct ones."""
    import pyarrow.compute as pc

    coded = values.dictionary_encode()
    places = coded.indices.to_numpy()
    empty = pc.index(coded.dictionary, "").as_py()
    if empty >= 0:
        places = places.copy()
        places[places == empty] = -1
    return places, coded.dictionary


def _picked(by_code: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Return what belongs to each code; -1 stays -1."""
    import numpy as np

    return np.append(by_code, by_code.dtype.type(-1))[codes]


def picked(by_code: np.ndarray, codes: np.ndarray, *, empty: int | bool) -> np.ndarray:
    """Return what belongs to each code, and something else for -1."""
    import numpy as np

    return np.append(by_code, by_code.dtype.type(empty))[codes]
