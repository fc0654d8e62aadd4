"""What rules do with columns, written once: for tables of the engine, and for rows of one person that are in memory already.

To write a question to the engine takes longer than to compare fifty rows. What is missing is passed over by the greatest and
the least, as the engine does, and halves are rounded away from zero.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    Rows: TypeAlias = ir.Table | pd.DataFrame


def in_memory(rows: Any) -> bool:
    """Tell rows, or a column of them, that are in memory from those that live in the engine."""
    return hasattr(rows, "iloc")


def with_columns(rows: Any, **columns: Any) -> Any:
    """Return rows with columns more."""
    return rows.assign(**columns) if in_memory(rows) else rows.mutate(**columns)


def filled(column: Any, value: Any) -> Any:
    """Return a column with a value where one is missing."""
    return column.fillna(value) if in_memory(column) else column.fill_null(value)


def not_zero(column: Any) -> Any:
    """Return a column with zeros missing, to be divided by."""
    return column.mask(column == 0) if in_memory(column) else column.nullif(0.0)


def as_number(column: Any) -> Any:
    """Return a column of yes and no as one and zero."""
    return column.astype("float64") if in_memory(column) else column.cast("int32")


def chosen(when: Any, column: Any, otherwise: float) -> Any:
    """Return a column where a condition holds, and elsewhere a number."""
    return column.where(when, otherwise) if in_memory(when) else when.ifelse(column, otherwise)


def greatest(first: Any, second: Any) -> Any:
    """Return the greater of two columns, or of a column and a number."""
    if in_memory(first) or in_memory(second):
        import numpy as np

        return np.fmax(first, second)
    import ibis

    return ibis.greatest(first, second)


def within(column: Any, low: float, high: float) -> Any:
    """Return a column cut off at two ends; what is missing is taken for the lower."""
    if in_memory(column):
        return column.fillna(low).clip(low, high)
    import ibis

    return ibis.least(high, ibis.greatest(low, column))


def rounded(column: Any, digits: int) -> Any:
    """Round a column to digits after the point."""
    if not in_memory(column):
        return column.round(digits)
    import numpy as np

    scaled = column.astype("float64") * 10.0**digits
    cut = np.trunc(scaled)
    return (cut + np.where((scaled - cut).abs() >= 0.5, np.sign(scaled), 0.0)) / 10.0**digits
