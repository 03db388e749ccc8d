"""Pairs, centrality, components and communities, against naive computation."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skywarden.detectors.network.centrality import eigenvector_centrality
from skywarden.detectors.network.graph import Graph, components
from skywarden.detectors.network.grid import Bounds, dense_core, dense_cores
from skywarden.detectors.network.leiden import communities
from skywarden.detectors.network.pairs import Traces, cosine_pairs, shared_pairs

ACTORS, OBJECTS = 7, 6
incidences = st.dictionaries(
    st.tuples(st.integers(0, ACTORS - 1), st.integers(0, OBJECTS - 1)), st.integers(1, 5), max_size=30
)


def traces(of: dict[tuple[int, int], int]) -> Traces:
    rows = np.array(sorted(of), np.int64).reshape(-1, 2)
    times = np.array([of[key] for key in sorted(of)], np.float64)
    return Traces(ACTORS, OBJECTS, rows[:, 0], rows[:, 1], times)


def edges(graph: Graph) -> dict[tuple[int, int], float]:
    return {
        (a, b): weight
        for a, b, weight in zip(graph.left.tolist(), graph.right.tolist(), graph.weight.tolist(), strict=True)
    }


@given(incidences)
@settings(deadline=None)
def test_cosines_are_those_of_dense_vectors(of: dict[tuple[int, int], int]) -> None:
    found = edges(cosine_pairs(traces(of), most=100))
    matrix = np.zeros((ACTORS, OBJECTS))
    for (actor, object_), times in of.items():
        matrix[actor, object_] = 1 + np.log(times)
    carriers = (matrix > 0).sum(axis=0)
    matrix *= np.log(max(len({actor for actor, _ in of}), 1) / np.maximum(carriers, 1)) + 1
    length = np.linalg.norm(matrix, axis=1)
    for a, b in combinations(range(ACTORS), 2):
        dot = matrix[a] @ matrix[b]
        assert (found.get((a, b), 0.0)) == pytest.approx(dot / (length[a] * length[b]) if dot else 0.0)


@given(incidences, st.integers(2, 8))
@settings(deadline=None)
def test_shared_objects_count_by_how_few_share_them(of: dict[tuple[int, int], int], most: int) -> None:
    graph, raw = shared_pairs(traces(of), most)
    actors = {o: {a for a, other in of if other == o} for _, o in of}
    expected: dict[tuple[int, int], list[float]] = {}
    for who in actors.values():
        if 1 < len(who) < most:
            for pair in combinations(sorted(who), 2):
                expected.setdefault(pair, []).append(1 / (len(who) - 1))
    assert edges(graph) == pytest.approx({pair: sum(parts) for pair, parts in expected.items()})
    assert raw.tolist() == [len(expected[pair]) for pair in sorted(expected)]


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    found = draw(st.dictionaries(st.tuples(st.integers(0, 11), st.integers(0, 11)), st.floats(0.1, 1), max_size=25))
    kept = sorted((a, b) for a, b in found if a < b)
    rows = np.array(kept, np.int64).reshape(-1, 2)
    return Graph(12, rows[:, 0], rows[:, 1], np.array([found[key] for key in kept], np.float64))


@given(graphs())
@settings(deadline=None)
def test_components_are_those_of_a_walk(graph: Graph) -> None:
    left = {member: {member} for member in graph.members().tolist()}
    for a, b in edges(graph):
        union = left[a] | left[b]
        for member in union:
            left[member] = union
    expected = sorted({tuple(sorted(group)) for group in left.values()})
    assert [tuple(group.tolist()) for group in components(graph)] == expected


@given(graphs())
@settings(max_examples=40, deadline=None)
def test_centrality_is_the_leading_eigenvector(graph: Graph) -> None:
    score = eigenvector_centrality(graph)
    if not len(graph):
        assert not score.any()
        return
    matrix = np.zeros((12, 12))
    matrix[graph.left, graph.right] = matrix[graph.right, graph.left] = graph.weight
    largest = np.linalg.eigvalsh(matrix)[-1]
    rayleigh = score @ matrix @ score / (score @ score)
    assert rayleigh == pytest.approx(largest, rel=1e-2)
    assert score.max() == 1.0


def cliques(*sizes: int, weight: float = 0.8) -> Graph:
    """Separate complete graphs, one after the other."""
    left, right, start = [], [], 0
    for size in sizes:
        for a, b in combinations(range(start, start + size), 2):
            left.append(a)
            right.append(b)
        start += size
    return Graph(start, np.array(left), np.array(right), np.full(len(left), weight))


def test_every_core_is_found_not_only_the_one_that_leads() -> None:
    graph = cliques(8, 6, 5)
    found = [set(core.graph.members().tolist()) for core in dense_cores(graph, Bounds())]
    assert set().union(*found) == set(range(19))


def test_a_core_within_a_loose_crowd_is_cut_out() -> None:
    rng = np.random.default_rng(3)
    ring = cliques(6)
    pairs = sorted({tuple(sorted(rng.choice(200, 2, replace=False).tolist())) for _ in range(250)} - set(edges(ring)))
    crowd = np.array(pairs)
    graph = Graph(
        200,
        np.concatenate((ring.left, crowd[:, 0])),
        np.concatenate((ring.right, crowd[:, 1])),
        np.concatenate((ring.weight, rng.uniform(0.05, 0.2, len(crowd)))),
    )
    core = dense_core(graph, Bounds(most=20))
    assert core is not None
    assert set(range(6)) <= set(core.graph.members().tolist())
    assert len(core.graph.members()) <= 20


def test_no_edges_have_no_core() -> None:
    assert dense_cores(cliques(), Bounds()) == []


def test_communities_are_cliques_when_the_bridge_is_thin() -> None:
    two = cliques(5, 5)
    bridged = Graph(10, np.append(two.left, 4), np.append(two.right, 5), np.append(two.weight, 0.1))
    assert [group.tolist() for group in communities(bridged, 0.3, 3)] == [[0, 1, 2, 3, 4], [5, 6, 7, 8, 9]]


def test_a_resolution_above_the_weights_leaves_nobody_together() -> None:
    assert communities(cliques(5, weight=0.2), 0.5, 2) == []


def test_the_same_graph_gives_the_same_communities() -> None:
    rng = np.random.default_rng(7)
    pairs = np.array(sorted({tuple(sorted(rng.choice(60, 2, replace=False).tolist())) for _ in range(400)}))
    graph = Graph(60, pairs[:, 0], pairs[:, 1], rng.uniform(0.1, 1, len(pairs)))
    first = [group.tolist() for group in communities(graph, 0.2, 2)]
    assert first == [group.tolist() for group in communities(graph, 0.2, 2)]
