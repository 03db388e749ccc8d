"""Turn a weighted graph into communities that are denser inside than a given resolution."""

import graspologic_native
import numpy as np

from skywarden.detectors.network.graph import Graph, Ints, groups_of

SEED = 20_140_301
"""Fixed, so that the same graph gives the same communities; kept in the code version of the jobs that use it."""


def communities(graph: Graph, resolution: float, least: int, seed: int = SEED) -> list[Ints]:
    """Communities of at least `least` nodes, members ascending, by their first member.

    Source: Traag, Waltman, van Eck, "From Louvain to Leiden", 2019; quality is the constant Potts model (Traag 2011).
    """
    if not len(graph):
        return []
    edges = [
        (str(left), str(right), float(weight))
        for left, right, weight in zip(graph.left.tolist(), graph.right.tolist(), graph.weight.tolist(), strict=True)
    ]
    _, found = graspologic_native.leiden(edges, resolution=resolution, use_modularity=False, seed=seed, iterations=10)
    members = graph.members()
    labels = np.array([found[str(member)] for member in members.tolist()], np.int64)
    return [group for group in groups_of(labels, members) if len(group) >= least]
