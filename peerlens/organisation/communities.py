"""Communities that contact makes, beside the groups on the chart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import sparse

from peerlens.privacy.groups import Released, let_out
from peerlens.ties.measures.communities import communities

if TYPE_CHECKING:
    from peerlens.organisation.view import View


def community_table(view: View) -> tuple[Released, float]:
    """Count the people of each group in each community of live ties (Leiden, by strength).

    Returns
    -------
    tuple
        ``community, group, people`` (in fives; only where ``k`` or more, and where the rest cannot be worked out); and
        how well the two divisions agree: adjusted mutual information, 0 chance to 1 the same (Vinh, Epps and Bailey
        2010), to 0.1.
    """
    table = view.ties.pairs
    live = view.ties.engine.frame(
        table.filter(table.is_live).select("a_no", "b_no", "strength").order_by(["a_no", "b_no"])
    )
    rows = view.turned(live)
    known = np.flatnonzero(view.code >= 0)
    place = np.full(len(view.code), -1)
    place[known] = np.arange(len(known))
    matrix = sparse.csr_array(
        (rows["strength"].to_numpy(float), (place[rows["a"]], place[rows["b"]])), shape=(len(known), len(known))
    )
    label = communities(matrix)
    group = view.code[known]
    tied = np.bincount(np.concatenate([place[rows["a"]], place[rows["b"]]]), minlength=len(known)) > 0
    counts = (
        pd.DataFrame({"community": label[tied] + 1, "group": group[tied]}).value_counts().rename("people").reset_index()
    )
    counts = counts.sort_values(["community", "group"], ignore_index=True)
    counts["group"] = np.array(view.names, dtype=object)[counts["group"].to_numpy()]
    # Whoever knows how large a group is could work out the one part of it that is not listed: then another one goes with it.
    released = let_out(
        counts,
        {"people": "count"},
        keys=("community", "group"),
        people=("people",),
        k=view.k,
        dominance_share=view.dominance_share,
        lines=("group",),
    )
    listed = released.table[released.table["withheld"] == ""].reset_index(drop=True)
    released = Released(listed, ())
    return released, _agreement(label[tied], group[tied])


def _agreement(one: np.ndarray, two: np.ndarray) -> float:
    from sklearn.metrics import adjusted_mutual_info_score

    return float(np.round(adjusted_mutual_info_score(one, two), 1)) + 0.0 if len(one) else float("nan")
