"""Results of an engine as pandas frames: what Ibis would give, for a fraction of what it takes.

One thing is otherwise: sums with gaps, and whole numbers that are all missing, are floats, as whole numbers with gaps are, and no
Python objects, which could not be compared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import ibis.expr.datatypes as dt
    import ibis.expr.schema as sch
    import pandas as pd
    import pyarrow as pa


def as_frame(found: pa.Table, schema: sch.Schema) -> pd.DataFrame:
    """Turn a result into the frame that Ibis makes of it.

    Ibis hands every cell of a column with gaps through Python, and converts each column twice; on a small firm that takes longer
    than the query.

    Parameters
    ----------
    found
        What the engine returned.
    schema
        What the expression says the columns are; an engine may give a sum as a decimal.
    """
    import pandas as pd

    columns = {name: _cells(cells, kind) for (name, kind), cells in zip(schema.items(), found.columns, strict=True)}
    return pd.DataFrame(columns, index=pd.RangeIndex(found.num_rows))


def as_given(frame: pd.DataFrame, schema: sch.Schema) -> pd.DataFrame:
    """Return rows that were picked from a result as they would be had only they been asked for.

    Where numbers have gaps they are floats; those of the rows picked may have none.

    Parameters
    ----------
    frame
        The rows.
    schema
        Of their columns.
    """
    import pyarrow as pa

    picked = frame[list(schema.names)]
    return as_frame(pa.Table.from_pandas(picked, schema=schema.to_pyarrow(), preserve_index=False), schema)


def _cells(cells: pa.ChunkedArray, kind: dt.DataType) -> Any:
    import numpy as np
    import pyarrow.types as given

    gaps = cells.null_count > 0
    if gaps and cells.null_count == len(cells):
        if kind.is_integer():
            return np.full(len(cells), np.nan)
        return _by_ibis(cells, kind)  # what a column of nothing is made into depends on its type
    if kind.is_string() and given.is_string(cells.type):
        return cells.to_pandas().array
    if kind.is_boolean() and given.is_boolean(cells.type):
        return cells.to_numpy()
    if kind.is_integer() and given.is_integer(cells.type):
        return cells.to_numpy() if gaps else cells.to_numpy().astype(kind.to_pandas(), copy=False)
    if kind.is_integer() and given.is_decimal(cells.type) and cells.type.scale == 0 and not gaps:
        return cells.cast("int64").to_numpy().astype(kind.to_pandas(), copy=False)
    if kind.is_floating() and given.is_floating(cells.type):
        return cells.to_numpy().astype(kind.to_pandas(), copy=False)
    return _by_ibis(cells, kind)


def _by_ibis(cells: pa.ChunkedArray, kind: dt.DataType) -> Any:
    import pandas as pd
    from ibis.formats.pandas import PandasData

    plain = pd.Series(cells.to_pylist()) if cells.null_count else cells.to_pandas()
    return PandasData.convert_column(plain, kind).array
