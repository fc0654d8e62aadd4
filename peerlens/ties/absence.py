"""Days away that nobody wrote down: runs without own activity, longer than a person's usual gaps explain.

What is found here stays in memory. Inferred absence is never written, shown or used by another person's lens.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from peerlens.ties.grouped import Groups, in_order, integers

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    from peerlens.engine import Engine
    from peerlens.settings import TieSettings


def infer_away(
    activity: ir.Table,
    calendar_no: np.ndarray,
    calendars: np.ndarray,
    *,
    first_day: int,
    settings: TieSettings,
    engine: Engine,
) -> pd.DataFrame:
    """Find runs without own activity longer than max(5, 3 x the person's mean gap) working days.

    Parameters
    ----------
    activity
        Engine table ``person_no, day_no`` of days with own activity.
    calendar_no
        The calendar of each person, in the order of ``person_no``.
    calendars
        Boolean array, calendars x days: working days from ``first_day`` on.
    first_day
        Day number of the first of these days; days before it play no part.
    settings
        Thresholds.
    engine
        Where ``activity`` lives.

    Returns
    -------
    pandas.DataFrame
        ``person_no, from_day, to_day``, ordered by the first two.
    """
    runs = engine.frame_of_groups(activity, FindRuns(calendar_no, calendars, first_day, settings))
    return runs.sort_values(["person_no", "from_day"], ignore_index=True)


@dataclass(frozen=True, eq=False)
class FindRuns:
    """A step from active days to runs without any; parameters as for :func:`infer_away`."""

    calendar_no: np.ndarray
    calendars: np.ndarray
    first_day: int
    settings: TieSettings
    key = "person_no"

    @property
    def schema(self) -> pa.Schema:
        """Who, and the first and last day of a run."""
        import pyarrow as pa

        return pa.schema([("person_no", pa.int32()), ("from_day", pa.int64()), ("to_day", pa.int64())])

    def __call__(self, rows: pa.Table) -> pa.Table:
        """Look at the gaps before each active day, and at what follows the last."""
        import pyarrow as pa

        person, day = integers(rows, "person_no"), integers(rows, "day_no")
        order = in_order(person, day)
        if order is not None:
            person, day = person[order], day[order]
        inside = np.flatnonzero(day >= self.first_day)
        if not len(inside):
            return self.schema.empty_table()
        person, day = person[inside], day[inside].astype("int64")
        last_day = self.first_day + self.calendars.shape[1] - 1
        people = Groups.of(person)
        calendar = self.calendar_no[person]
        worked_upto = np.cumsum(self.calendars, axis=1)
        worked = worked_upto[calendar, day - self.first_day]
        first, last = people.starts, people.ends - 1
        mean_gap = (worked[last] - worked[first]) / np.maximum(last - first, 1)
        allowed = np.maximum(self.settings.min_away_days, self.settings.away_per_gap * mean_gap)
        # Who was seen on one day only has no gaps to compare with.
        allowed = np.where(last > first, allowed, np.inf)
        # Working days strictly between two active days: up to the day before the later one, less up to the earlier one.
        gap = np.zeros(len(day), dtype="int64")
        gap[1:] = worked[1:] - self.calendars[calendar[1:], day[1:] - self.first_day] - worked[:-1]
        gap[first] = 0
        late = np.flatnonzero(gap > allowed[people.number])
        still = np.flatnonzero(worked_upto[calendar[last], -1] - worked[last] > allowed)
        found = [
            np.concatenate([person[late], person[last][still]]),
            np.concatenate([day[late - 1] + 1, day[last][still] + 1]),
            np.concatenate([day[late] - 1, np.full(len(still), last_day)]),
        ]
        kinds = self.schema.types
        return pa.table([pa.array(values, kind) for values, kind in zip(found, kinds, strict=True)], schema=self.schema)
