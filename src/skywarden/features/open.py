"""Choose the implementation of a feature."""

from collections.abc import Callable

from skywarden.features.contract import Feature, FeatureSpec
from skywarden.features.distinct import DistinctWindow
from skywarden.features.index import KeyIndex
from skywarden.features.keyed import OPS, KeyedWindow


def open_feature(spec: FeatureSpec, index: KeyIndex | None = None) -> Feature:
    """An empty feature; those that are given one index look their keys up once, and belong to one thread."""
    return FEATURES[spec.op](spec, KeyIndex() if index is None else index)


FEATURES: dict[str, Callable[[FeatureSpec, KeyIndex], Feature]] = {
    **dict.fromkeys(OPS, KeyedWindow),
    "distinct": DistinctWindow,
}
"""How each op of `core.Window` is made."""
