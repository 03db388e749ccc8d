"""Turn a weighted graph into how central each node is among central nodes."""

import numpy as np

from skywarden.detectors.network.graph import Floats, Graph

_ROUNDS = 500
_STILL = 1e-10


def eigenvector_centrality(graph: Graph) -> Floats:
    """The leading eigenvector of the weights, scaled to a largest value of 1; nodes without edges have 0.

    Shape:  (nodes,). Of several components the one that holds together most has the weight, the others fade.
    Source: Bonacich, "Factoring and weighting approaches to status scores", 1972; power iteration, begun from equal
            shares, over weights + identity so that two-sided graphs do not swing.
    """
    score = np.zeros(graph.nodes)
    score[graph.members()] = 1.0
    if not len(graph):
        return score
    for _ in range(_ROUNDS):
        into = np.bincount(graph.left, graph.weight * score[graph.right], graph.nodes)
        into += np.bincount(graph.right, graph.weight * score[graph.left], graph.nodes)
        new = score + into
        new /= new.max()
        if np.abs(new - score).max() < _STILL:
            return new
        score = new
    return score
