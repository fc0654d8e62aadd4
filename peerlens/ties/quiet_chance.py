"""The chance that a tie stays quiet for eight weeks if nobody acts, read off the organisation's own past.

For each of a few days in the past that lie a whole horizon apart, every tie with a contact day in the 52 weeks before is
sorted into a cell by how long ago its last contact was and how many contact days it had in 90 days; the share of a cell
that then had no contact day is the chance of today's ties in that cell, shrunk towards the share of all cells with the same
recency. Only days before ``as_of`` are read. This is a life table, not a model; it says "6 of 10 ties like this one".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
import pandas as pd

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from peerlens.engine import Engine
    from peerlens.settings import QuietChanceSettings

RECENCY_EDGES = (7, 14, 28, 56, 112, 364)
"""calendar days since the last contact day, upper ends of the cells"""
FREQUENCY_EDGES = (0, 1, 3, 7, 15, 91)
"""contact days in the last 90 days, upper ends of the cells"""
MIN_CELL = 20
"""ties behind a chance below which it is not given"""
PRIOR_TIES = 10
"""how many ties' worth of weight the recency row has in a cell"""


def make_quiet_table(
    pair_days: ir.Table, settings: QuietChanceSettings, engine: Engine, *, first_day: int, as_of_day: int
) -> tuple[pd.DataFrame, str | None]:
    """Learn the share of ties that stayed quiet, by recency and frequency.

    Returns
    -------
    table
        ``recency_cell, frequency_cell, quiet_chance`` (0 to 1), ``quiet_chance_n`` (ties behind it); empty when nothing
        can be said.
    note
        Why nothing can be said, or None.
    """
    horizon = settings.horizon_days
    cuts = [as_of_day - horizon * (window + 1) for window in range(settings.past_windows)]
    cuts = [cut for cut in cuts if cut - first_day + 1 >= settings.min_history_days]
    empty = pd.DataFrame(
        {
            "recency_cell": pd.Series(dtype="int64"),
            "frequency_cell": pd.Series(dtype="int64"),
            "quiet_chance": pd.Series(dtype="float64"),
            "quiet_chance_n": pd.Series(dtype="int64"),
        }
    )
    if not cuts:
        weeks = (settings.min_history_days + horizon) // 7
        return empty, f"not enough data: the log is shorter than {weeks} weeks"
    close = pair_days.filter(pair_days.is_close)
    seen = [_one_window(close, cut, horizon) for cut in cuts]
    counts = engine.frame(
        (ibis.union(*seen) if len(seen) > 1 else seen[0])
        .group_by(["recency_cell", "frequency_cell"])
        .agg(ties=lambda t: t.count(), quiet=lambda t: t.stayed_quiet.cast("int64").sum())
        .order_by(["recency_cell", "frequency_cell"])
    )
    if counts["ties"].sum() < settings.min_ties:
        return empty, f"not enough data: fewer than {settings.min_ties} ties in the past to learn from"
    rows = counts.groupby("recency_cell")[["ties", "quiet"]].transform("sum")
    overall = counts["quiet"].sum() / counts["ties"].sum()
    row_share = (rows["quiet"] + PRIOR_TIES * overall) / (rows["ties"] + PRIOR_TIES)
    own_share = (counts["quiet"] + PRIOR_TIES * row_share) / (counts["ties"] + PRIOR_TIES)
    # A cell too small to count on speaks with the whole row of its recency; a row too small says nothing.
    is_thin = counts["ties"] < MIN_CELL
    counts["quiet_chance"] = own_share.where(~is_thin, row_share).round(4)
    counts["quiet_chance_n"] = counts["ties"].where(~is_thin, rows["ties"])
    known = counts[counts["quiet_chance_n"] >= MIN_CELL]
    return known[["recency_cell", "frequency_cell", "quiet_chance", "quiet_chance_n"]].reset_index(drop=True), None


def _one_window(close: ir.Table, cut: int, horizon: int) -> ir.Table:
    known = (close.day_no <= cut) & (close.day_no > cut - 364)
    rows = close.group_by(["a_no", "b_no"]).agg(
        last_day=close.day_no.max(where=known),
        frequency=close.count(where=known & (close.day_no > cut - 90)),
        later=close.count(where=(close.day_no > cut) & (close.day_no <= cut + horizon)),
    )
    rows = rows.filter(rows.last_day.notnull())
    return rows.select(
        **cells(cut - rows.last_day, rows.frequency),
        stayed_quiet=rows.later == 0,
    )


def cells(recency: ir.IntegerValue, frequency: ir.IntegerValue) -> dict[str, ir.IntegerValue]:
    """Name the cell of a tie by recency and frequency."""
    return {
        "recency_cell": _cell(recency, RECENCY_EDGES),
        "frequency_cell": _cell(frequency, FREQUENCY_EDGES),
    }


def _cell(value: ir.IntegerValue, edges: tuple[int, ...]) -> ir.IntegerValue:
    branches = [(value <= edge, number) for number, edge in enumerate(edges)]
    return ibis.cases(*branches, else_=len(edges)).cast("int64")
