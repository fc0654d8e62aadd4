"""Finished arrays to a table in the engine, a piece at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import numpy as np
    import pyarrow as pa

    from peerlens.engine import Engine

PIECE_ROWS = 1 << 20


def handed_over(
    engine: Engine,
    piece: Callable[[np.ndarray], Mapping[str, Any]],
    stays: np.ndarray,
    *,
    columns: Sequence[str],
    kinds: Mapping[str, str],
    name: str,
) -> ir.Table:
    """Hand rows over to the engine.

    Parameters
    ----------
    engine
        Where they go.
    piece
        Returns the columns of rows at some places.
    stays
        Which rows there are.
    columns
        Columns of the table, in order.
    kinds
        Types of those that may not be among those returned: they are empty throughout, and take no room.
    name
        For the table.
    """
    import ibis
    import numpy as np
    import pyarrow as pa

    def pieces() -> Iterator[pa.Table]:
        for start in range(0, max(len(stays), 1), PIECE_ROWS):
            own = piece(np.flatnonzero(stays[start : start + PIECE_ROWS]) + start)
            yield pa.table({column: own[column] for column in columns if column in own})

    table = engine.take_in(pieces(), name=name)
    absent = {column: ibis.null(kinds[column]) for column in columns if column not in table.columns}
    return engine.view(table.mutate(**absent).select(*columns), name=name) if absent else table


def as_flags(values: np.ndarray) -> pa.Array:
    """Return 1, 0 and -1 as yes, no and missing."""
    import pyarrow as pa

    return pa.array(values == 1, mask=values < 0)
