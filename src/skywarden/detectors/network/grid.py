"""Turn a noisy similarity graph into its dense cores: cut by edge and centrality, loosest first, then look again.

The leading eigenvector sees one core: so what was found is taken out and the rest is searched again, until no cut is
dense any more.
"""

from dataclasses import dataclass
from itertools import product

import numpy as np

from skywarden.detectors.network.centrality import eigenvector_centrality
from skywarden.detectors.network.graph import Graph

QUANTILES = (0.0, 0.5, 0.75, 0.9, 0.95, 0.98, 0.99)


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a core must be. `rounds` bounds how many cores are looked for."""

    density: float = 0.5
    least: int = 3
    most: int = 500
    rounds: int = 50
    quantiles: tuple[float, ...] = QUANTILES


@dataclass(frozen=True, slots=True)
class Core:
    """The edges that survived, and at which quantiles of edge weight and centrality."""

    graph: Graph
    edge_quantile: float
    node_quantile: float


def dense_core(graph: Graph, bounds: Bounds) -> Core | None:
    """The first cell of the grid whose survivors are dense enough, few enough and enough; None when none is."""
    if not len(graph):
        return None
    score, members = eigenvector_centrality(graph), graph.members()
    edges = {q: float(np.quantile(graph.weight, q)) for q in bounds.quantiles}
    nodes = {q: float(np.quantile(score[members], q)) for q in bounds.quantiles}
    for edge, node in sorted(product(bounds.quantiles, repeat=2), key=lambda cell: (sum(cell), cell)):
        cut = graph.within(score >= nodes[node]).where_weight(edges[edge])
        if bounds.least <= len(cut.members()) <= bounds.most and cut.density() >= bounds.density:
            return Core(cut, edge, node)
    return None


def dense_cores(graph: Graph, bounds: Bounds) -> list[Core]:
    """Cores one after the other, each of nodes that no earlier one has."""
    cores: list[Core] = []
    while len(cores) < bounds.rounds and (core := dense_core(graph, bounds)) is not None:
        cores.append(core)
        rest = np.ones(graph.nodes, np.bool_)
        rest[core.graph.members()] = False
        graph = graph.within(rest)
    return cores
