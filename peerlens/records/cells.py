"""Cells of small tables: from whatever a file or frame holds to text, and from text to ids, days, numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from peerlens.errors import Problem
from peerlens.records.checks import Problems, shown
from peerlens.schema import Table, Type

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

EXPECTED: dict[Type, tuple[str, str]] = {
    "day": ("a day such as 2024-03-05", "Write it as year-month-day."),
    "number": ("a number such as 3 or 2.5", "Write it with digits and a point, or leave the cell empty."),
    "flag": ("yes or no, true or false, 1 or 0", "Correct the cell or leave it empty."),
}
TRUE = ("true", "yes", "y", "t", "1")
FALSE = ("false", "no", "n", "f", "0")


def clean_id(value: str) -> str:
    """Strip an id; lower-case it if it is an address; take off the ``'`` that keeps a spreadsheet from computing it.

    Examples
    --------
    >>> clean_id(" Ann.Lee@Firm.example "), clean_id(" A01 "), clean_id("'=A1")
    ('ann.lee@firm.example', 'A01', '=A1')
    """
    stripped = without_guard(value.strip())
    return stripped.lower() if "@" in stripped else stripped


_FORMULA = re.compile(r"'*[=+\-@\t\r]")


def guarded(text: str) -> str:
    """Return a cell that no spreadsheet takes for a formula: with ``'`` before a leading ``= + - @``.

    Examples
    --------
    >>> guarded("=1+3"), guarded("ann@x"), without_guard(guarded("'=1"))
    ("'=1+3", 'ann@x', "'=1")
    """
    return f"'{text}" if _FORMULA.match(text) else text


def without_guard(text: str) -> str:
    """Return a cell as it was before :func:`guarded`.

    Examples
    --------
    >>> without_guard("'=1+3"), without_guard("'quoted'")
    ('=1+3', "'quoted'")
    """
    return text[1:] if text.startswith("'") and _FORMULA.match(text, 1) else text


def text(values: pd.Series) -> pd.Series:
    """Return cells of any type as stripped text; empty cells are missing.

    Whole numbers lose the ``.0`` that a missing value beside them gave them, and midnights their time.
    """
    import pandas as pd

    if isinstance(values.dtype, pd.CategoricalDtype):
        values = values.astype(values.cat.categories.dtype)
    if pd.api.types.is_float_dtype(values.dtype):
        known = values.dropna()
        if (known == known.round()).all() and (known.abs() < 2**53).all():
            values = values.astype("Int64")
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        known = values.dropna()
        is_day = (known == known.dt.normalize()).all()
        values = values.dt.strftime("%Y-%m-%d" if is_day else "%Y-%m-%dT%H:%M:%S.%f%z")
    if values.dtype != "str":
        values = values.astype("object").map(_plain, na_action="ignore").astype("str")
    values = values.str.strip()
    return values.mask(values == "")


def _plain(value: Any) -> str:
    """Write one value; several (a list of attendees) with ``;`` between them."""
    if isinstance(value, str):
        return value
    if isinstance(value, list | tuple | set | frozenset) or hasattr(value, "tolist"):
        return ";".join(map(str, sorted(value) if isinstance(value, set | frozenset) else value))
    return str(value)


def loadable(frame: pd.DataFrame, positions: Mapping[str, int]) -> pd.DataFrame:
    """Return the columns of a user's frame that the engine can take: instants as they are, the rest as text."""
    import pandas as pd

    taken: dict[str, Any] = {}
    for column, at in positions.items():
        values = frame.iloc[:, at]
        is_instant = pd.api.types.is_datetime64_any_dtype(values.dtype)
        taken[column] = (values if is_instant else text(values)).array
    return pd.DataFrame(taken)


def typed(table: Table, rows: pd.DataFrame, problems: Problems, *, name: str) -> pd.DataFrame:
    """Return text rows in the types of their columns; note what cannot be read, and empty required cells.

    Parameters
    ----------
    table
        The canonical table.
    rows
        Its columns as text, and ``line``.
    problems
        Where to note what is wrong.
    name
        Name of the file.
    """

    result = rows[["line"]].copy()
    for column in table.columns:
        values = rows[column.name]
        if column.required:
            for line in rows["line"][values.isna()]:
                fix = "Fill it, or remove the row."
                problems.add(Problem(name, int(line), column.name, "an empty cell", column.meaning, fix))
        if column.type == "id":
            result[column.name] = _each(values, clean_id, "str")
        elif column.type in ("day", "number"):
            read: Callable[[str], Any] = _day if column.type == "day" else _number
            result[column.name] = _each(values, read, "datetime64[s]" if column.type == "day" else "float64")
            expected, fix = EXPECTED[column.type]
            unread = values.notna() & result[column.name].isna()
            for line, value in zip(rows["line"][unread], values[unread], strict=True):
                if read(value) is None:
                    problems.add(Problem(name, int(line), column.name, shown(value), expected, fix))
        else:
            result[column.name] = _each(values, without_guard, "str")
    return result[[*table.names, "line"]]


def _each(values: pd.Series, read: Callable[[str], Any], dtype: str) -> pd.Series:
    """Read each distinct cell once: tables of a hundred thousand rows hold few distinct days."""
    import pandas as pd

    if not values.notna().any():
        return pd.Series(None, index=values.index, dtype=dtype)
    # As plain objects: text that lies in Arrow is handed out one by one, and slowly.
    plain = values.to_numpy(dtype=object)
    meaning = {value: read(value) for value in pd.unique(plain[values.notna().to_numpy()])}
    if values.dtype == dtype and all(value == read_value for value, read_value in meaning.items()):
        return values.copy()
    return pd.Series([meaning.get(value) for value in plain], index=values.index, dtype=dtype)


def among(values: pd.Series, known: Iterable[str]) -> pd.Series:
    """Tell which texts are among many others; pandas itself takes hundreds of times as long for text that lies in Arrow.

    Examples
    --------
    >>> import pandas as pd
    >>> among(pd.Series(["a", None, "b"], dtype="str"), ["b", "c"]).tolist()
    [False, False, True]
    """
    import pandas as pd

    return pd.Series(places_of(values, known) >= 0, index=values.index)


def places_of(values: pd.Series, known: Iterable[str]) -> np.ndarray:
    """Return the place of each text among many others, the first of equal ones; -1 where it is not among them, or missing.

    Examples
    --------
    >>> import pandas as pd
    >>> places_of(pd.Series(["a", None, "b"], dtype="str"), ["c", "b"]).tolist()
    [-1, -1, 1]
    """
    import pandas as pd
    import pyarrow as pa
    import pyarrow.compute as pc

    others = known if isinstance(known, pd.Series) else pd.Series(list(known), dtype="object")
    texts, others = (pa.array(own, pa.large_string(), from_pandas=True) for own in (values, others))
    found = pc.index_in(texts, value_set=others, skip_nulls=True)
    return pc.fill_null(found, -1).to_numpy()


def _day(value: str) -> date | None:
    found = re.fullmatch(r"(\d{4}-\d\d-\d\d)(?:[T ]\d\d:\d\d.*)?", value)
    if found is None:
        return None
    try:
        return date.fromisoformat(found[1])
    except ValueError:
        return None


def _number(value: str) -> float | None:
    try:
        number = float(value)
    except ValueError:
        return None
    return number if abs(number) < float("inf") else None
