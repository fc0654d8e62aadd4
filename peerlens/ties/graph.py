"""Ties as a graph, for people who want one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    import networkx as nx

    from peerlens.ties.ties import Ties


def to_networkx(ties: Ties, *, live_only: bool = True) -> nx.Graph:
    """Return an undirected graph: people as nodes, ties as edges.

    Parameters
    ----------
    ties
        The network at its ``as_of``.
    live_only
        Leave out ties that are not live.

    Returns
    -------
    networkx.Graph
        Nodes are ids, in order, with ``name, department, level, manager_id`` (None where unknown). Edges have ``strength`` (in
        messages to one person), ``silence`` and ``rhythm`` (working days, None where unknown), ``contact_days_52w``,
        ``is_live``.
    """
    import networkx as nx

    graph = nx.Graph(as_of=ties.as_of.isoformat())
    persons = ties.persons.sort_values("person_id").set_index("person_id")
    for person_id, row in persons[["name", "department", "level", "manager_id"]].iterrows():
        graph.add_node(person_id, **{name: None if pd.isna(value) else value for name, value in row.items()})
    pairs = ties.to_pandas()
    if live_only:
        pairs = pairs[pairs["is_live"]]
    columns = ["strength", "silence", "rhythm", "contact_days_52w", "is_live"]
    for row in pairs[["person_a_id", "person_b_id", *columns]].to_dict("records"):
        values = {name: None if pd.isna(row[name]) else row[name] for name in columns}
        graph.add_edge(row["person_a_id"], row["person_b_id"], **values)
    return graph
