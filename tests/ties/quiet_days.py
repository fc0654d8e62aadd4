"""What :mod:`peerlens.ties.quiet_features` adds up of days in a frame: for tests, and to fit the default coefficients."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from peerlens.ties.grouped import Groups
from peerlens.ties.quiet_features import CloseDays, past_sums, recent_sums, weights


def sums_of(days: pd.DataFrame, cut: int, *, cuts: Sequence[int] = ()) -> pd.DataFrame:
    """Add up the days of pairs up to ``cut``: a row per pair, ``NONE`` where nothing is known."""
    known = days[days["day_no"] <= cut].sort_values(["a_no", "b_no", "day_no"])
    columns = {name: known[name].to_numpy() for name in ("a_no", "b_no", "day_no", "is_close", "credit_units")}
    first_day = int(columns["day_no"].min())
    pairs = Groups.of(columns["a_no"], columns["b_no"])
    close = CloseDays.of(pairs, columns["day_no"], columns["is_close"])
    of_day = weights(cut - np.arange(first_day, cut + 1))
    sums = recent_sums(pairs, close, columns, of_day, first_day=first_day) | past_sums(pairs, close, columns, cuts)
    keys = {name: columns[name][pairs.starts] for name in ("a_no", "b_no")}
    return pd.DataFrame(keys | sums)
