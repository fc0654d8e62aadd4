"""Measures of people against networkx, person by person, and worked by hand."""

from __future__ import annotations

import ctypes
import subprocess
import sys
import zlib

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

import peerlens
from peerlens import blocks
from peerlens.errors import PeerlensError
from peerlens.ties import measures, triangles
from peerlens.ties.measures import paths, walks

CLOSE = {"rtol": 1e-9, "atol": 1e-9}


def random_graph(seed: int, people: int = 40, ties: int = 160) -> sparse.csr_array:
    """A directed weighted graph with self-loops, isolates, people who only receive, and ties of very different weights."""
    random = np.random.default_rng(seed)
    a, b = random.integers(0, people, ties), random.integers(0, people, ties)
    weight = np.exp(random.normal(0, 2, ties))
    graph = sparse.coo_array((weight, (a, b)), shape=(people + 3, people + 3)).tolil()
    graph[people, people] = 7.0  # nothing but a self-loop
    graph[0, people + 1] = 2.0  # only receives
    return graph.tocsr()


def without_loops(matrix: sparse.csr_array) -> nx.DiGraph:
    graph = nx.from_scipy_sparse_array(matrix, create_using=nx.DiGraph)
    graph.remove_edges_from(list(nx.selfloop_edges(graph)))
    return graph


def in_order(values: dict[int, float]) -> np.ndarray:
    return np.array([values[node] for node in sorted(values)], dtype=float)


@st.composite
def small_graphs(draw: st.DrawFn) -> sparse.csr_array:
    people = draw(st.integers(1, 9))
    cells = st.integers(0, people - 1)
    rows = draw(st.dictionaries(st.tuples(cells, cells), st.floats(0.01, 100), max_size=40))
    matrix = np.zeros((people, people))
    for (a, b), weight in rows.items():
        matrix[a, b] = weight
    return sparse.csr_array(matrix)


def check_holes(matrix: sparse.csr_array) -> None:
    """Compare with the per-node path of networkx: directed, where that has an answer, and made symmetric."""
    graph = without_loops(matrix)
    found = measures.structural_holes(matrix)
    constraint = in_order(nx.constraint(graph, nodes=list(graph), weight="weight"))
    size = in_order(nx.effective_size(graph, nodes=list(graph), weight="weight"))
    sends = np.array([graph.out_degree(node) > 0 for node in sorted(graph)])
    np.testing.assert_allclose(found.constraint[sends], constraint[sends], **CLOSE)
    np.testing.assert_allclose(found.effective_size[sends], size[sends], **CLOSE)

    both = nx.from_scipy_sparse_array(measures.matrix.mutual(matrix))
    constraint = in_order(nx.constraint(both, nodes=list(both), weight="weight"))
    size = in_order(nx.effective_size(both, nodes=list(both), weight="weight"))
    np.testing.assert_allclose(found.constraint, constraint, **CLOSE)
    np.testing.assert_allclose(found.effective_size, size, **CLOSE)
    np.testing.assert_allclose(found.clustering, in_order(nx.clustering(both)), **CLOSE)
    isolated = [not both[node] for node in sorted(both)]
    np.testing.assert_array_equal(np.isnan([found.constraint, found.effective_size]), [isolated, isolated])


@pytest.mark.parametrize("seed", range(4))
def test_holes_as_networkx(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(triangles, "_TIES_AT_ONCE", [4096, 1, 7, 64][seed])
    check_holes(random_graph(seed))


@settings(max_examples=40, deadline=None)
@given(small_graphs())
def test_holes_as_networkx_on_odd_graphs(matrix: sparse.csr_array) -> None:
    check_holes(matrix)


@pytest.mark.parametrize("name", ["constraint", "effective_size", "clustering"])
def test_one_pass_serves_three(name: str) -> None:
    graph = random_graph(9)
    np.testing.assert_array_equal(getattr(measures, name)(graph), getattr(measures.structural_holes(graph), name))


def test_holes_by_hand() -> None:
    """A triangle 0-1-2 of weights 2 (01), 1 (02), 1 (12), and 3 hanging on 0 with 1.

    Person 0 has s = 4, p = 1/2, 1/4, 1/4. Through 2 to 1: p_02 p_21 = 1/4 * 1/2; through 1 to 2: p_01 p_12 = 1/2 * 1/3.
    C = (1/2 + 1/8)^2 + (1/4 + 1/6)^2 + (1/4)^2. Redundancy: p_02 m_12 = 1/4 * 1/2 and p_01 m_21 = 1/2 * 1; E = 3 - 1/8 - 1/2.
    """
    graph = sparse.csr_array([[0, 2, 1, 1], [0, 0, 1, 0], [0, 0, 0, 0], [0, 0, 0, 0]])
    found = measures.structural_holes(graph)
    assert found.constraint[0] == pytest.approx((5 / 8) ** 2 + (5 / 12) ** 2 + 1 / 16, abs=1e-15)
    assert found.effective_size[0] == pytest.approx(3 - 5 / 8, abs=1e-15)
    assert found.clustering.tolist() == pytest.approx([1 / 3, 1, 1, 0])


def test_a_very_busy_person() -> None:
    """Two hubs tied to everybody, 70,000 of them: longer lists than a block, and more than 2^16 contacts."""
    people = 70_000
    others = np.arange(2, people)
    rows = np.concatenate([np.zeros(people - 2, int), np.ones(people - 2, int), [0]])
    graph = sparse.csr_array(
        (np.ones(len(rows)), (rows, np.concatenate([others, others, [1]]))), shape=(people, people)
    )
    found = measures.structural_holes(graph)
    assert found.clustering[2] == 1.0
    assert found.clustering[0] == pytest.approx(2 / (people - 1), rel=1e-12)
    # Each other contact repeats hub 1 only; hub 1 repeats them all.
    assert found.effective_size[0] == pytest.approx(people - 1 - 2 * (people - 2) / (people - 1), rel=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_pagerank_as_networkx(seed: int) -> None:
    graph = random_graph(seed)
    expected = nx.pagerank(without_loops(graph), weight="weight", tol=1e-15, max_iter=1000)
    found = measures.pagerank(graph, tolerance=1e-13)
    np.testing.assert_allclose(found, in_order(expected), **CLOSE)
    np.testing.assert_allclose(measures.pagerank(graph), in_order(expected), **CLOSE)
    assert found.sum() == pytest.approx(1)


@pytest.mark.parametrize("scattered", [0.0, 8, 1e9])
@pytest.mark.parametrize("seed", range(2))
def test_betweenness_as_networkx(seed: int, scattered: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever of the ways of taking a step is chosen."""
    monkeypatch.setattr(paths, "_SCATTERED", scattered)
    monkeypatch.setattr(paths, "_SOURCES_AT_ONCE", 7)
    graph = random_graph(seed, ties=90)
    found = measures.betweenness(graph)
    expected = nx.betweenness_centrality(nx.Graph(without_loops(graph).to_undirected()))
    np.testing.assert_allclose(found.score, in_order(expected), **CLOSE)
    assert not found.standard_error.any()


def test_sampled_betweenness_is_as_sure_as_it_says() -> None:
    """Over everybody, the exact score lies within two standard errors about 19 times in 20."""
    graph = random_graph(5, people=400, ties=2400)
    exact, sampled = measures.betweenness(graph), measures.betweenness(graph, sources=100)
    some = sampled.standard_error > 0
    distance = np.abs(exact.score - sampled.score)[some] / sampled.standard_error[some]
    assert some.mean() > 0.9
    assert 0.85 < (distance < 2).mean() < 1.0
    again = measures.betweenness(graph, sources=100)
    np.testing.assert_array_equal(sampled.score, again.score)
    with pytest.raises(PeerlensError, match="expected 2 or more"):
        measures.betweenness(graph, sources=1)


@pytest.mark.parametrize("people", [126, 127, 128, 129, 400])
def test_betweenness_of_a_long_line(people: int) -> None:
    """Who stands in the middle of a line lies between all on one side and all on the other, however long it is."""
    line = sparse.csr_array(
        (np.ones(people - 1), (np.arange(people - 1), np.arange(1, people))), shape=(people, people)
    )
    before = np.arange(people)
    expected = 2 * before * (people - 1 - before) / ((people - 1) * (people - 2))
    np.testing.assert_allclose(measures.betweenness(line).score, expected, **CLOSE)


def test_threads_change_no_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    """With blocks so small that there are many, and results that depend on the order of addition if anything does."""
    monkeypatch.setattr(triangles, "_TIES_AT_ONCE", 50)
    monkeypatch.setattr(paths, "_CELLS_OF_A_BLOCK", 1000)
    monkeypatch.setattr(walks, "_TIES_AT_ONCE", 300)
    graph = random_graph(6, people=300, ties=3000)
    found = []
    for threads in (1, 2, 5):
        monkeypatch.setattr(blocks, "thread_count", lambda threads=threads: threads)
        holes, between = measures.structural_holes(graph), measures.betweenness(graph, sources=100)
        parts = [*vars(holes).values(), *between, measures.pagerank(graph), measures.communities(graph)]
        found.append([part.tobytes() for part in parts])
    assert found[0] == found[1] == found[2]


def planted() -> tuple[sparse.csr_array, np.ndarray]:
    """Ten groups of twenty, of falling size by one, with few ties between."""
    random = np.random.default_rng(3)
    group = np.repeat(np.arange(10), np.arange(29, 19, -1))
    same = group[:, None] == group[None, :]
    return sparse.csr_array(random.random(same.shape) < np.where(same, 0.4, 0.005)).astype(float), group


def test_communities_find_what_was_planted_largest_first() -> None:
    graph, group = planted()
    np.testing.assert_array_equal(measures.communities(graph), group)


def test_communities_are_as_good_as_networkx_louvain() -> None:
    graph = random_graph(2, people=300, ties=1200)
    both = nx.from_scipy_sparse_array(measures.matrix.mutual(graph))
    label = measures.communities(graph)
    ours = nx.community.modularity(both, [set(np.flatnonzero(label == number)) for number in np.unique(label)])
    theirs = nx.community.modularity(both, nx.community.louvain_communities(both, seed=1))
    assert ours > theirs - 0.01


def test_communities_are_the_same_each_time() -> None:
    """In this process, whatever else drew from the C library's generator, and in a fresh one."""
    graph = random_graph(4, people=3000, ties=20_000)
    first = measures.communities(graph)
    for _ in range(3):
        ctypes.CDLL(None).rand()
        np.testing.assert_array_equal(measures.communities(graph), first)
    code = (
        "from tests.ties.test_measures import random_graph; from peerlens.ties.measures import communities; import zlib;"
        "print(zlib.crc32(communities(random_graph(4, people=3000, ties=20_000)).tobytes()))"
    )
    fresh = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert int(fresh.stdout) == zlib.crc32(first.tobytes())
    assert set(first) == set(range(first.max() + 1))
    assert (np.diff(np.bincount(first)) <= 0).all()


@pytest.mark.parametrize("seed", range(2))
def test_reciprocity_of_plain_ties_as_networkx(seed: int) -> None:
    graph = random_graph(seed)
    graph.data[:] = 1.0
    plain = without_loops(graph)
    tied = [node for node in plain if plain.degree(node)]
    expected = in_order(nx.reciprocity(plain, tied))
    found = measures.reciprocity(graph)
    np.testing.assert_allclose(found[sorted(tied)], expected, **CLOSE)
    assert np.isnan(np.delete(found, sorted(tied))).all()


def test_department_entropy_by_hand() -> None:
    """Person 0 has strength 2 with sales, 2 with finance, and 4 with somebody unknown, who is left out: ln 2."""
    graph = sparse.csr_array([[0, 2, 2, 4], [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]])
    found = measures.department_entropy(graph, np.array([1, 0, 1, -1]))
    np.testing.assert_allclose(found, [np.log(2), 0, 0, 0])
    assert np.isnan(measures.department_entropy(graph, np.full(4, -1))).all()


@pytest.mark.parametrize("people", [0, 1, 2, 5])
def test_nobody_tied(people: int) -> None:
    empty = sparse.csr_array((people, people))
    assert np.isnan(measures.constraint(empty)).all()
    assert np.isnan(measures.effective_size(empty)).all()
    assert not measures.clustering(empty).any()
    assert measures.communities(empty).tolist() == list(range(people))
    assert not measures.betweenness(empty).score.any()
    np.testing.assert_allclose(measures.pagerank(empty), np.full(people, 1 / max(people, 1)))
    assert np.isnan(measures.reciprocity(empty)).all()


@pytest.mark.parametrize(
    ("matrix", "said"),
    [
        (np.ones((2, 3)), "2 x 3, expected a square"),
        ([[0, -1], [0, 0]], "negative or not a number"),
        ([[0, np.nan], [0, 0]], "negative or not a number"),
    ],
)
def test_bad_matrices_are_refused(matrix: np.ndarray, said: str) -> None:
    with pytest.raises(PeerlensError, match=said):
        measures.constraint(sparse.csr_array(matrix))


def test_input_is_left_alone() -> None:
    graph = random_graph(1)
    before = graph.copy()
    for name in ("structural_holes", "pagerank", "betweenness", "communities", "reciprocity"):
        getattr(measures, name)(graph)
        np.testing.assert_array_equal(graph.toarray(), before.toarray())


def test_people_as_networkx(sample_network: peerlens.Network) -> None:
    """Every column against the exported graph."""
    ties = sample_network.ties
    found = measures.measure_people(ties).set_index("person_id")
    graph = ties.to_networkx()
    assert list(found.index) == sorted(graph)

    def compare(column: str, values: dict[str, float]) -> None:
        tied = found[found["degree"] > 0]
        np.testing.assert_allclose(tied[column].astype(float), [values[person] for person in tied.index], **CLOSE)

    assert found["degree"].to_dict() == dict(graph.degree())
    compare("constraint", nx.constraint(graph, nodes=list(graph), weight="strength"))
    compare("effective_size", nx.effective_size(graph, nodes=list(graph), weight="strength"))
    compare("clustering", nx.clustering(graph))
    compare("pagerank", nx.pagerank(graph, weight="strength", tol=1e-15, max_iter=1000))
    compare("betweenness", nx.betweenness_centrality(graph))
    assert (found["betweenness_se"].dropna() == 0).all()

    person = found["degree"].idxmax()
    near = pd.Series({other: edge["strength"] for other, edge in graph[person].items()})
    share = near.groupby({other: graph.nodes[other]["department"] for other in near.index}).sum()
    share = share / share.sum()
    assert found.loc[person, "department_entropy"] == pytest.approx(-(share * np.log(share)).sum())
    assert found.loc[person, "effective_departments"] == pytest.approx(np.exp(-(share * np.log(share)).sum()))
    sides = ties.of(person).query("is_live")
    even = 2 * sides[["sent_w", "received_w"]].min(axis=1).sum() / sides[["sent_w", "received_w"]].to_numpy().sum()
    assert found.loc[person, "reciprocity"] == pytest.approx(even)


def test_people_without_live_ties_have_no_measures() -> None:
    """Ann and Bob write to each other; Cid is in the chart only; the row order of people does not matter."""
    messages = pd.DataFrame(
        {
            "sent_at": [f"2026-01-{day:02d}T09:00:00Z" for day in range(5, 17)],
            "sender_id": ["ann", "ann", "bob"] * 4,
            "recipient_ids": ["bob", "bob", "ann"] * 4,
        }
    )
    people = pd.DataFrame({"person_id": ["cid", "bob", "ann"], "department": ["B", "B", "A"]})
    networks = [peerlens.Network(peerlens.read(people=rows, messages=messages)) for rows in (people, people.iloc[::-1])]
    found, again = (measures.measure_people(network.ties) for network in networks)
    pd.testing.assert_frame_equal(found, again)
    assert found["person_id"].tolist() == ["ann", "bob", "cid"]
    assert found["degree"].tolist() == [1, 1, 0]
    assert found.set_index("person_id").loc["cid"].drop("degree").isna().all()
    assert found["reciprocity"].tolist()[:2] == pytest.approx([2 * 4 / 12] * 2)
    assert found["community"].tolist()[:2] == [0, 0]
