"""Time and memory of the measures of people against networkx, plain SciPy and igraph, interleaved in one run.

    python -m tests.benchmarks.graph --people 10000 --neighbours 20

Every measurement is a process of its own: import, run once on a tiny graph, read the graph, then the clock. A round runs
every library once; lines are medians of the rounds. ``cpu_s`` counts all threads and leaves out ``build_s``, the CPU seconds
from a sparse matrix to the library's own graph; ``extra_mib`` is the peak over what the process held before it read the
graph. networkx's quick effective size is wrong on weights, which the second difference shows. igraph is GPL and never a
dependency: it is measured where the user has it.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

SOURCES = 64
NETWORKX_SOURCES = 4
"""networkx takes as long for each source: four are timed, and scaled"""
TIMEOUT_S = 600
DENSE_LIMIT = 4 << 30
"""networkx fills a dense matrix of all pairs; above so many bytes it is left out, and that is said"""
ROOT = Path(__file__).parents[2]
Costs = dict[str, list[dict[str, float]]]


def make_graph(people: int, neighbours: int, *, seed: int = 1) -> sparse.csr_array:
    """Draw directed weighted ties: heavy-tailed activity, four in five in one's own department of a hundred."""
    random = np.random.default_rng(seed)
    reach = np.concatenate([[0.0], np.cumsum(random.pareto(2.5, people) + 0.2)])
    # More are drawn than wanted, for the same pair comes up again.
    count = int(people * neighbours / 2 * 1.45)
    a = np.searchsorted(reach, random.random(count) * reach[-1], side="right") - 1
    first = a // 100 * 100
    last = np.minimum(first + 100, people)
    own = random.random(count) < 0.8
    low, high = np.where(own, reach[first], 0.0), np.where(own, reach[last], reach[-1])
    b = np.searchsorted(reach, low + random.random(count) * (high - low), side="right") - 1
    b = b.clip(0, people - 1)
    graph = sparse.csr_array((random.gamma(1.0, 2.0, count), (a, b)), shape=(people, people))
    graph.setdiag(0)
    graph.eliminate_zeros()
    return graph


def _peerlens() -> dict[str, Callable[[sparse.csr_array], Any]]:
    from peerlens.ties import measures

    return {
        "holes": lambda graph: np.array(list(vars(measures.structural_holes(graph)).values())),
        "pagerank": measures.pagerank,
        "betweenness": lambda graph: measures.betweenness(graph, sources=SOURCES).score,
        "communities": measures.communities,
        "reciprocity": measures.reciprocity,
        "entropy": lambda graph: measures.department_entropy(graph, np.arange(graph.shape[0]) // 100),
    }


def _scipy_holes(graph: sparse.csr_array, *, only_size: bool = False) -> np.ndarray:
    """Write the formulas down as matrices: a whole product, then its entries at ties."""
    both = (graph + graph.T).tocsr()
    is_tie = both.astype(bool)
    invested = sparse.diags_array(1 / both.sum(axis=1)) @ both
    degree = np.diff(both.indptr)
    marginal = sparse.diags_array(1 / both.max(axis=1).toarray()) @ both
    size = degree - (invested @ marginal.T).multiply(is_tie).sum(axis=1)
    if only_size:
        return size
    constraint = ((invested + (invested @ invested).multiply(is_tie)).power(2)).sum(axis=1)
    ones = is_tie.astype(float)
    clustering = (ones @ ones).multiply(ones).sum(axis=1) / np.maximum(degree * (degree - 1.0), 1)
    return np.array([constraint, size, clustering])


def _networkx() -> dict[str, Callable[[Any], Any]]:
    import networkx as nx

    def values(found: dict[int, float]) -> np.ndarray:
        return np.array([found[node] for node in range(len(found))])

    def holes(graph: nx.DiGraph) -> np.ndarray:
        # effective_size without nodes= is the quick path, and wrong on weights; its correct one takes minutes for 1,000 people.
        size = nx.effective_size(graph, weight="weight")
        either_way = graph.to_undirected()
        return np.array(
            [values(nx.constraint(graph, weight="weight")), values(size), values(nx.clustering(either_way))]
        )

    def betweenness(graph: nx.DiGraph) -> None:
        nx.betweenness_centrality(graph.to_undirected(as_view=True), k=NETWORKX_SOURCES, seed=1)

    def communities(graph: nx.DiGraph) -> np.ndarray:
        label = np.empty(len(graph), dtype=np.int64)
        for number, group in enumerate(nx.community.louvain_communities(graph.to_undirected(), seed=1)):
            label[list(group)] = number
        return label

    return {
        "build": lambda graph: nx.from_scipy_sparse_array(graph, create_using=nx.DiGraph),
        "holes": holes,
        "pagerank": lambda graph: values(nx.pagerank(graph, weight="weight", tol=1e-10 / len(graph), max_iter=500)),
        "betweenness": betweenness,
        "communities": communities,
    }


def _igraph() -> dict[str, Callable[[Any], Any]]:
    import igraph

    def build(graph: sparse.csr_array) -> Any:
        half = sparse.triu(graph + graph.T, 1).tocoo()
        made = igraph.Graph(n=graph.shape[0], edges=np.c_[half.row, half.col])
        made.es["weight"] = half.data.tolist()
        made["matrix"] = graph
        return made

    def holes(graph: Any) -> np.ndarray:
        size = _scipy_holes(graph["matrix"], only_size=True)
        clustering = graph.transitivity_local_undirected(mode="zero")
        return np.array([graph.constraint(weights="weight"), size, clustering])

    def betweenness(graph: Any) -> None:
        chosen = np.random.default_rng(1).choice(graph.vcount(), min(SOURCES, graph.vcount()), replace=False)
        graph.betweenness(directed=False, sources=chosen.tolist())

    def communities(graph: Any) -> np.ndarray:
        found = graph.community_leiden(objective_function="modularity", weights="weight")
        return np.array(found.membership)

    return {
        "build": build,
        "holes": holes,
        "pagerank": lambda graph: np.array(graph.pagerank(weights="weight")),
        "betweenness": betweenness,
        "communities": communities,
    }


LIBRARIES: dict[str, Callable[[], dict[str, Callable[[Any], Any]]]] = {
    "peerlens": _peerlens,
    "scipy": lambda: {"holes": _scipy_holes},
    "networkx": _networkx,
    "igraph": _igraph,
}
PEERS = ["peerlens", "networkx", "igraph"]
OPERATIONS = {
    "holes": ["peerlens", "scipy", "networkx", "igraph"],
    **dict.fromkeys(["pagerank", "betweenness", "communities"], PEERS),
    "reciprocity": ["peerlens"],
    "entropy": ["peerlens"],
}
TITLES = {"holes": "constraint + effective size + clustering", "betweenness": f"betweenness from {SOURCES} sources"}


def peak_mib() -> float:
    """Return this process's peak memory; Linux's ``ru_maxrss`` would also count the parent's at the fork."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text(encoding="utf-8").split("VmHWM:")[1].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1024)


def measure_here(library: str, operation: str, graph_file: Path, result_file: Path) -> dict[str, float]:
    """Measure one operation in this process."""
    functions = LIBRARIES[library]()
    build = functions.get("build", lambda graph: graph)
    functions[operation](build(make_graph(250, 10)))
    before = peak_mib()
    matrix = sparse.csr_array(sparse.load_npz(graph_file))
    build_s = time.process_time()
    graph = build(matrix)
    build_s = time.process_time() - build_s
    cpu, wall = time.process_time(), time.perf_counter()
    result = functions[operation](graph)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    if result is not None:
        np.save(result_file, result)
    factor = SOURCES / NETWORKX_SOURCES if (library, operation) == ("networkx", "betweenness") else 1.0
    peak = peak_mib()
    times = {"build_s": build_s, "cpu_s": cpu * factor, "wall_s": wall * factor}
    return times | {"peak_mib": peak, "extra_mib": peak - before}


def _measure_apart(library: str, operation: str, folder: Path) -> dict[str, float] | str:
    """Measure in a fresh process; what it cost, or why it failed."""
    files = [folder / "graph.npz", folder / f"{operation}-{library}.npy"]
    command = [sys.executable, "-m", "tests.benchmarks.graph", "--only", library, operation, *map(str, files)]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    except subprocess.TimeoutExpired:
        return f"not finished after {TIMEOUT_S} s"
    if done.returncode:
        return (done.stderr.strip().splitlines() or [f"ended with {done.returncode}"])[-1]
    return json.loads(done.stdout)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _compare(operation: str, library: str, folder: Path, graph: sparse.csr_array) -> str:
    """Say how far a library's answer is from ours; of communities, how good both are."""
    ours, theirs = (folder / f"{operation}-{name}.npy" for name in ("peerlens", library))
    if not (ours.exists() and theirs.exists()):
        return ""
    a, b = np.load(ours), np.load(theirs)
    if operation == "communities":
        return f"  modularity {_modularity(graph, a):.4f} against {_modularity(graph, b):.4f}"
    difference = np.nanmax(np.abs(a - b), axis=-1)
    return "  largest difference " + ", ".join(f"{value:.1e}" for value in np.atleast_1d(difference))


def _modularity(graph: sparse.csr_array, label: np.ndarray) -> float:
    ties = (graph + graph.T).tocoo()
    inside = ties.data[label[ties.row] == label[ties.col]].sum() / ties.data.sum()
    strength = np.bincount(label, np.bincount(ties.row, ties.data, len(label)))
    return inside - ((strength / ties.data.sum()) ** 2).sum()


def run(people: int, neighbours: int, rounds: int, wanted: Iterable[str]) -> None:
    """Measure everything and print a line each, then the ratios."""
    graph = make_graph(people, neighbours)
    degree = np.diff((graph + graph.T).tocsr().indptr)
    _say(
        f"# {people} people, {degree.mean():.1f} neighbours on average, {degree.max()} at most; {os.cpu_count()} cores"
    )
    skipped = {}
    if importlib.util.find_spec("igraph") is None:
        skipped["igraph"] = "not installed here (GPL: never a dependency); pip install igraph to compare"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sparse.save_npz(folder / "graph.npz", sparse.csr_matrix(graph))
        for operation in wanted:
            refused = dict(skipped)
            if operation == "holes" and 8 * people**2 > DENSE_LIMIT:
                refused["networkx"] = f"left out: it would fill {8 * people**2 / 2**30:.0f} GiB with a dense matrix"
            costs: Costs = {}
            for _ in range(rounds):
                for library in OPERATIONS[operation]:
                    if library in refused:
                        continue
                    match _measure_apart(library, operation, folder):
                        case str(reason):
                            refused[library] = reason
                        case cost:
                            costs.setdefault(library, []).append(cost)
            _report(operation, costs, refused, folder, graph)


def _report(operation: str, costs: Costs, refused: dict[str, str], folder: Path, graph: sparse.csr_array) -> None:
    _say(f"\n{TITLES.get(operation, operation)}")
    middle = {name: {c: statistics.median(r[c] for r in rows) for c in rows[0]} for name, rows in costs.items()}
    for library in OPERATIONS[operation]:
        label = "igraph+scipy" if (library, operation) == ("igraph", "holes") else library
        line = refused.get(library, "")
        if library in middle:
            line = "  ".join(f"{name} {value:9.3f}" for name, value in middle[library].items())
            line += "" if library == "peerlens" else _compare(operation, library, folder, graph)
        _say(f"  {label:12}  {line}")
    ours = middle.pop("peerlens", None)
    for library, cost in middle.items() if ours else ():
        times, memory = cost["cpu_s"] / ours["cpu_s"], cost["extra_mib"] / max(ours["extra_mib"], 1.0)
        _say(f"  ratio {library}/peerlens: cpu {times:.1f}x, memory {memory:.1f}x")


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--neighbours", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--operations", nargs="+", choices=OPERATIONS, default=list(OPERATIONS))
    parser.add_argument("--only", nargs=4, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.only:
        library, operation, graph_file, result_file = asked.only
        _say(json.dumps(measure_here(library, operation, Path(graph_file), Path(result_file))))
    else:
        run(asked.people, asked.neighbours, asked.rounds, asked.operations)


if __name__ == "__main__":
    main()
