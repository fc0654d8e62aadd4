"""All measures of everybody, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import sparse

from peerlens.ties.measures.communities import communities_of
from peerlens.ties.measures.holes import holes_of
from peerlens.ties.measures.matrix import directed
from peerlens.ties.measures.mix import entropy_of, reciprocity
from peerlens.ties.measures.paths import betweenness_of
from peerlens.ties.measures.walks import pagerank_of

if TYPE_CHECKING:
    from peerlens.ties.ties import Ties


def measure_people(ties: Ties, *, sources: int | None = None) -> pd.DataFrame:
    """Measure where everybody stands in the network of live ties.

    Parameters
    ----------
    ties
        The network at its ``as_of``. Live ties count, strength is their weight.
    sources
        People from whom betweenness is sampled; see :func:`peerlens.ties.measures.betweenness`.

    Returns
    -------
    pandas.DataFrame
        A row per person seen or in the chart, ordered by ``person_id``. Somebody without a live tie has ``degree`` 0 and nothing
        else (NaN; community <NA>).

        - ``degree``: live ties;
        - ``constraint``: Burt's, weighted, no unit; ``effective_size``: Burt's, weighted, contacts;
        - ``clustering``: share of pairs of contacts who are tied, unweighted;
        - ``reciprocity``: share, over messages each way in the last 26 weeks; NaN without any;
        - ``department_entropy``: nats; ``effective_departments``: its exponential, departments. Contacts without a department are
          left out;
        - ``pagerank``: share of a random walk's time, by strength;
        - ``betweenness``: share of shortest paths, unweighted, exact up to 2,000 people; ``betweenness_se``: its standard error;
        - ``community``: number, the largest first.

    Examples
    --------
    >>> import peerlens
    >>> measured = measure_people(peerlens.Network(peerlens.read("sample_data")).ties)
    >>> list(measured.columns[:4]), measured["person_id"].is_monotonic_increasing
    (['person_id', 'degree', 'constraint', 'effective_size'], True)
    """
    persons = ties.persons[["person_id", "person_no", "department"]].sort_values("person_id", ignore_index=True)
    table = ties.pairs.filter(ties.pairs.is_live)
    columns = ["a_no", "b_no", "strength", "sent_by_a_w", "sent_by_b_w"]
    live = ties.engine.frame(table.select(*columns).order_by(["a_no", "b_no"]))

    people = len(persons)
    place = np.full(int(persons["person_no"].max()) + 1, -1, dtype=np.int32)
    place[persons["person_no"].to_numpy()] = np.arange(people, dtype=np.int32)
    a, b = place[live["a_no"].to_numpy()], place[live["b_no"].to_numpy()]
    order = _order(a, b, people)
    # Each way holds the whole strength: what mutual() would make of a tie written down once for each way.
    strength = 2 * live["strength"].to_numpy(float)
    ties = directed(_laid_out(order, strength, strength))
    messages = _laid_out(order, live["sent_by_a_w"].to_numpy(float), live["sent_by_b_w"].to_numpy(float))
    department = pd.factorize(persons["department"], sort=True)[0]

    holes = holes_of(ties)
    entropy = entropy_of(ties, department)
    between = betweenness_of(ties, sources=sources)
    frame = pd.DataFrame(
        {
            "person_id": persons["person_id"],
            "degree": np.diff(order.indptr).astype("int64"),
            "constraint": holes.constraint,
            "effective_size": holes.effective_size,
            "clustering": holes.clustering,
            "reciprocity": reciprocity(messages),
            "department_entropy": entropy,
            "effective_departments": np.exp(entropy),
            "pagerank": pagerank_of(ties),
            "betweenness": between.score,
            "betweenness_se": between.standard_error,
            "community": pd.array(communities_of(ties), dtype="Int64"),
        }
    )
    frame.loc[frame["degree"] == 0, list(frame.columns[2:])] = pd.NA
    return frame


def _order(a: np.ndarray, b: np.ndarray, people: int) -> sparse.csr_array:
    """Lay pairs out both ways, columns in order: each cell holds the number of its pair, or of pairs more from b."""
    rows, columns = np.concatenate([a, b]), np.concatenate([b, a])
    order = sparse.csr_array((np.arange(len(rows)), (rows, columns)), shape=(people, people))
    order.sort_indices()
    return order


def _laid_out(order: sparse.csr_array, from_a: np.ndarray, from_b: np.ndarray) -> sparse.csr_array:
    values = np.concatenate([from_a, from_b]).take(order.data)
    return sparse.csr_array((values, order.indices, order.indptr), shape=order.shape)
