"""Count the near copies of each text: clusters of signatures, and a window of counts behind them.

A text belongs to the cluster of the nearest representative of its key: that with which it has most bytes of the
signature in common, if they are at least `threshold` of all; of equally near ones, to that which came first.
Only representatives that share a band with it are looked at, a band being three bytes at the same place: with half of
the words in common that finds 94 in 100, with two thirds all. Where none is near enough, the text becomes the
representative of a new cluster; of its bands it is found by those that no other representative is found by.
Signatures of representatives never change, so a cluster does not drift from the text that began it.
The answer is the count (with `distinct=` the different values) of the cluster within the window, 0 where there is none.

A representative is forgotten when nothing was added to its cluster within `over`, counted in slices as windows are; at
the limit, the one to which nothing was added for longest.
"""

import hashlib
import math
from dataclasses import replace
from typing import Final

import msgspec
import numpy as np

from skywarden.features.cluster_kernel import BANDS, WORDS, Clusters, assign_clusters, enter_bands, move_slots
from skywarden.features.contract import Answers, Asked, Feature, FeatureSpec, Hashes
from skywarden.features.order import Columns, Entries, Operations
from skywarden.features.packed import seal, unseal
from skywarden.features.slices import Slices

MAX_REPRESENTATIVES: Final = 1_000_000
"""About 400 MB; a feature's own limit may be lower."""
_BYTES: Final = 8 * WORDS
_COLUMNS: Final[Columns] = {
    "signatures": (np.uint64, WORDS),
    "keys": (np.uint64, 0),
    "serials": (np.int64, 0),
    "bands": (np.uint32, 0),
}


class _Dump(msgspec.Struct, frozen=True, array_like=True):
    entries: bytes
    counted: bytes


def counted_spec(spec: FeatureSpec) -> FeatureSpec:
    """What counts by cluster: twice as many as there are representatives, so that those evicted go before any other."""
    most = 2 * min(spec.max_keys, MAX_REPRESENTATIVES)
    return replace(spec, op="distinct" if spec.has_member else "count", params=(), max_keys=most)


class SimilarTexts:
    """`similar`: params are the threshold. `counted` is made of `counted_spec`."""

    def __init__(self, spec: FeatureSpec, counted: Feature) -> None:
        slices, threshold = Slices.over(spec.over_us, exact=spec.exact), float(str(spec.params[0]))
        needed = math.ceil(threshold * _BYTES)
        self._scale = np.array([slices.width_us, slices.count, needed], np.int64)
        self._slices = slices
        self._counted = counted
        self._name = f"clusters-1 {slices.width_us} {slices.count} {needed}"
        self._entries = Entries(min(spec.max_keys, MAX_REPRESENTATIVES), _COLUMNS)
        self._index()

    def _index(self) -> None:
        """Make the table of bands anew."""
        self._clusters = self._with_slots()
        enter_bands(self._clusters, self._entries.numbers())

    def _with_slots(self) -> Clusters:
        """The entries' columns, and empty slots for as many as there is room for."""
        data = self._entries.data
        slots = 1 << (BANDS * self._entries.room * 4 // 3).bit_length()
        columns = (data["signatures"], data["keys"], data["serials"], data["bands"])
        return Clusters(*columns, np.zeros(slots, np.uint64))

    def _grow(self) -> None:
        """Make room for more entries."""
        self._entries.grow()
        larger = self._with_slots()
        move_slots(self._clusters.slots, larger.slots)
        self._clusters = larger

    def observe(self, asked: Asked) -> Answers:
        """Do all operations; the answer is the size of the text's cluster. Shape: `values` are signatures."""
        assert asked.values is not None, "similar compares signatures"
        names = np.zeros(len(asked), np.uint64)
        operations, signatures, row = Operations.of(asked), np.require(asked.values, np.uint64, ["C", "W"]), 0
        while (row := self._assign(operations, signatures, names, row)) < len(asked):
            self._grow()
        return self._counted.observe(Asked(names, asked.times_us, asked.adds, asked.members))

    def _assign(self, operations: Operations, signatures: Hashes, names: Hashes, first: int) -> int:
        state = (self._clusters, self._entries.order, self._scale)
        return assign_clusters(*state, *operations, signatures, names, first)

    def keys(self) -> int:
        """How many representatives are held."""
        return self._entries.held

    def held_bytes(self) -> int:
        """Memory of the state."""
        return self._entries.held_bytes() + self._clusters.slots.nbytes + self._counted.held_bytes()

    def evicted(self) -> int:
        """How many representatives were forgotten at the memory limit."""
        return self._entries.evicted

    def digest(self, now_us: int) -> bytes:
        """Name the representatives within the window and the counts of their clusters."""
        entries = self._entries
        numbers = entries.numbers()
        floor = self._slices.floor(self._slices.number(now_us))
        numbers = numbers[entries.order.used[numbers] > floor]
        named = hashlib.sha256(self._name.encode() + self._counted.digest(now_us))
        for column in (entries.order.used, *entries.data.values()):
            named.update(column[numbers].tobytes())
        return named.digest()

    def dump(self) -> bytes:
        """The whole state."""
        return seal(self._name, _Dump(self._entries.dump(self._name), self._counted.dump()))

    def load(self, data: bytes) -> None:
        """Take over a dumped state. Raises: Broken."""
        dump = unseal(self._name, data, _Dump)
        self._entries.load(self._name, dump.entries)
        self._counted.load(dump.counted)
        self._index()
