"""Hold weighted pairs of numbered nodes, and cut them to what is asked for."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Graph:
    """Edges left < right with a weight above 0 each; nodes are numbers below `nodes`, most may have no edge."""

    nodes: int
    left: Ints
    right: Ints
    weight: Floats

    def __len__(self) -> int:
        return len(self.left)

    def members(self) -> Ints:
        """Nodes that have an edge, ascending."""
        return np.unique(np.concatenate((self.left, self.right)))

    def density(self) -> float:
        """Edges by how many there could be between the nodes that have one; 0 without edges."""
        count = len(self.members())
        return 2 * len(self) / (count * (count - 1)) if count > 1 else 0.0

    def where(self, keep: Flags) -> "Graph":
        """Only these edges."""
        return Graph(self.nodes, self.left[keep], self.right[keep], self.weight[keep])

    def where_weight(self, least: float) -> "Graph":
        """Only edges of at least this weight."""
        return self.where(self.weight >= least)

    def within(self, keep: Flags) -> "Graph":
        """Only edges whose both ends are kept. Shape: `keep` has a flag a node."""
        return self.where(keep[self.left] & keep[self.right])


def components(graph: Graph) -> list[Ints]:
    """Connected components of at least two nodes: members ascending, the components by their first member."""
    root = np.arange(graph.nodes)
    while True:
        low = np.minimum(root[graph.left], root[graph.right])
        lower = root.copy()
        np.minimum.at(lower, graph.left, low)
        np.minimum.at(lower, graph.right, low)
        lower = np.minimum(lower, lower[lower])
        if np.array_equal(lower, root):
            break
        root = lower
    return groups_of(root[graph.members()], graph.members())


def groups_of(label: Ints, member: Ints) -> list[Ints]:
    """Members that share a label, ascending; groups by their first member."""
    if not len(member):
        return []
    order = np.lexsort((member, label))
    cuts = np.flatnonzero(np.diff(label[order])) + 1
    return sorted(np.split(member[order], cuts), key=lambda group: int(group[0]))
