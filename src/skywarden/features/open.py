"""Choose the implementation of a feature."""

from collections.abc import Callable

from skywarden.features.contract import Feature, FeatureSpec
from skywarden.features.counts import SlicedCounts
from skywarden.features.distinct import SlicedDistinct
from skywarden.features.slices import Slices


def open_feature(spec: FeatureSpec) -> Feature:
    """An empty feature."""
    return FEATURES[spec.op](spec)


def _slices(spec: FeatureSpec) -> Slices:
    return Slices.over(spec.over_us, exact=spec.exact)


FEATURES: dict[str, Callable[[FeatureSpec], Feature]] = {
    "count": lambda spec: SlicedCounts(_slices(spec)),
    "distinct": lambda spec: SlicedDistinct(_slices(spec)),
}
"""How each op of `core.Window` is made."""
