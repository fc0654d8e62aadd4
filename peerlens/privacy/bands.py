"""What may be said of people alike: rounded numbers of them, medians from ten people on, quartiles from twenty."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

MEDIAN_FROM, QUARTILES_FROM = 10, 20
"""people at a level from whom on their median, and their quartiles, may be said"""


def rounded_count(people: int) -> int:
    """Round a number of people down to fives, as every head count is shown.

    Examples
    --------
    >>> rounded_count(14), rounded_count(4)
    (10, 0)
    """
    return people // 5 * 5


def middle_of(values: pd.Series, *, step: float) -> tuple[float | None, float | None, float | None]:
    """Return median, lower and upper quartile of people's values, rounded; None where too few people stand behind one.

    Parameters
    ----------
    values
        One value a person; missing ones do not count as people.
    step
        What is rounded to, so that no single person's value can be read off.

    Examples
    --------
    >>> import pandas as pd
    >>> middle_of(pd.Series(range(25)), step=5.0)
    (10.0, 5.0, 20.0)
    >>> middle_of(pd.Series(range(12)), step=1.0)
    (6.0, None, None)
    >>> middle_of(pd.Series(range(9)), step=1.0)
    (None, None, None)
    """
    known = values.dropna().astype(float)
    if len(known) < MEDIAN_FROM:
        return None, None, None
    low, median, high = (round(round(float(value) / step) * step, 9) for value in known.quantile([0.25, 0.5, 0.75]))
    return (median, low, high) if len(known) >= QUARTILES_FROM else (median, None, None)
