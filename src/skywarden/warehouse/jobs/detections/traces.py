"""Turn rows (did, object, times) into numbered traces, and numbers back into DIDs."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from skywarden.detectors.network.graph import Ints
from skywarden.detectors.network.pairs import Traces


@dataclass(frozen=True, slots=True)
class Numbered:
    """Traces by number; `dids` in ascending order, so that numbers do not depend on the order of rows."""

    dids: tuple[str, ...]
    traces: Traces

    def names(self, groups: Iterable[Ints]) -> list[frozenset[str]]:
        """The DIDs of groups."""
        return [frozenset(self.dids[place] for place in group.tolist()) for group in groups]


def numbered(found: pa.Table) -> Numbered:
    """Number the columns did and object; `times` says how often, 1 where there is no such column."""
    actor, dids = codes(found.column("did"))
    object_, objects = codes(found.column("object"))
    times = (
        found.column("times").to_numpy().astype(np.float64) if "times" in found.column_names else np.ones(len(actor))
    )
    return Numbered(dids, Traces(len(dids), len(objects), actor, object_, times))


def codes(column: pa.ChunkedArray) -> tuple[Ints, tuple[str, ...]]:
    """Number each value by its place among the sorted distinct ones."""
    values = pc.unique(column).sort()
    places = pc.index_in(column, value_set=values)
    return places.to_numpy().astype(np.int64), tuple(values.to_pylist())
