"""Links between groups that few people carry: how many, never who."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from peerlens.organisation import expected
from peerlens.organisation.cells import make_cells
from peerlens.privacy.groups import Released, let_out

if TYPE_CHECKING:
    from peerlens.organisation.view import View

HALF_YEAR_DAYS = 182


def bridges(view: View, pairs: pd.DataFrame) -> Released:
    """Count the people on each side who have a live tie across, for every two groups that are linked.

    Returns
    -------
    Released
        ``group_a, group_b, carriers_a, carriers_b`` (rounded down to fives; "fewer than 5" says no more than that),
        ``is_thin``: fewer
        than k on one side, though size and activity alone would give the two groups ``thin_days`` contact days a half-year.
    """
    groups, settings = len(view.names), view.ties.settings.organisation
    table = view.ties.pairs
    live = view.ties.engine.frame(table.filter(table.is_live).select("a_no", "b_no").order_by(["a_no", "b_no"]))
    linked = view.turned(live.assign(n=1))
    carried = make_cells(linked[linked["ga"] != linked["gb"]], groups)
    contact = make_cells(pairs[pairs["ga"] != pairs["gb"]], groups)
    across = np.bincount(contact["ga"], contact["n"], groups) + np.bincount(contact["gb"], contact["n"], groups)
    found = expected.factors(across)
    awaited = found[carried["ga"]] * found[carried["gb"]]
    names = np.array(view.names, dtype=object)
    cells = pd.DataFrame(
        {
            "group_a": names[carried["ga"]],
            "group_b": names[carried["gb"]],
            "carriers_a": carried["people_a"],
            "carriers_b": carried["people_b"],
            "size_a": view.sizes[carried["ga"]],
            "size_b": view.sizes[carried["gb"]],
            "is_thin": (carried[["people_a", "people_b"]].min(axis=1) < view.k)
            & (awaited >= settings.thin_days * (view.last_day - view.first_day + 1) / HALF_YEAR_DAYS),
        }
    )
    # A head count of carriers in fives is itself the door's rounding; the people behind the figure are the two whole groups.
    return let_out(
        cells,
        {"carriers_a": "count", "carriers_b": "count", "is_thin": "as it is"},
        keys=("group_a", "group_b"),
        people=("size_a", "size_b"),
        k=view.k,
        dominance_share=view.dominance_share,
    )
