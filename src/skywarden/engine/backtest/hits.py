"""Where rules were true, as columns with a row for each hit; no object is made for any."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Ints = npt.NDArray[np.int64]

EVENT_COLUMNS = ("did", "collection", "rkey", "text", "domains")
"""What of its event a hit has beside it."""


@dataclass(frozen=True, slots=True)
class HitColumns:
    """Some hits: `rule` is a number in `rules`, `events` has `EVENT_COLUMNS`, `proposals` how many effects each has."""

    rules: tuple[str, ...]
    rule: Ints
    offsets: Ints
    times_us: Ints
    proposals: Ints
    events: pa.RecordBatch

    def __len__(self) -> int:
        return len(self.offsets)

    def at(self, rows: npt.NDArray[np.bool_] | Ints) -> "HitColumns":
        """Some of them."""
        numbers = np.flatnonzero(rows) if rows.dtype == np.bool_ else rows
        return HitColumns(
            self.rules,
            self.rule[numbers],
            self.offsets[numbers],
            self.times_us[numbers],
            self.proposals[numbers],
            self.events.take(pa.array(numbers)),
        )


class HitSink(Protocol):
    """Takes hits in. Those of one rule come in the order of the log; what comes of it must not depend on how many at
    once, nor on how the hits of several rules are mixed: each worker has rules of its own."""

    def add(self, hits: HitColumns) -> None: ...
