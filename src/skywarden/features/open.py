"""Choose the implementation of a feature."""

from collections.abc import Callable

from skywarden.features.buckets import TokenBuckets
from skywarden.features.clusters import SimilarTexts, counted_spec
from skywarden.features.contract import Feature, FeatureSpec
from skywarden.features.distinct import DistinctWindow
from skywarden.features.heavy import HeavyHitters
from skywarden.features.index import KeyIndex
from skywarden.features.keyed import OPS, KeyedWindow
from skywarden.features.trends import TrendBaselines


def open_feature(spec: FeatureSpec, index: KeyIndex | None = None) -> Feature:
    """An empty feature; those that are given one index look their keys up once, and belong to one thread."""
    return FEATURES[spec.op](spec, KeyIndex() if index is None else index)


FEATURES: dict[str, Callable[[FeatureSpec, KeyIndex], Feature]] = {
    **dict.fromkeys(OPS, KeyedWindow),
    "distinct": DistinctWindow,
    "rate_limited": lambda spec, index: TokenBuckets(spec),
    "trending": lambda spec, index: TrendBaselines(spec),
    "similar": lambda spec, index: SimilarTexts(spec, open_feature(counted_spec(spec))),
    "heavy": lambda spec, index: HeavyHitters(spec),
}
"""How each op of `core.Window` is made."""
