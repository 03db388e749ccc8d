"""Choose the window that a plan's node asks for."""

from skywarden.features.contract import Window
from skywarden.features.counts import SlicedCounts
from skywarden.features.distinct import SlicedDistinct
from skywarden.features.slices import Slices
from skywarden.rules.plan.nodes import Node, WindowParams


def open_window(node: Node) -> Window:
    """An empty window for a `count` or `distinct` node."""
    params = WindowParams.of(node)
    slices = Slices.over(params.over_us, exact=params.exact)
    return SlicedDistinct(slices) if node.op == "distinct" else SlicedCounts(slices)
