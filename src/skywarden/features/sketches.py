"""Keep the sketches of one window of `distinct`: room for them, snapshot and digest."""

import msgspec
import numpy as np

from skywarden.features.contract import Hashes
from skywarden.features.index_kernel import Ints, Slots
from skywarden.features.packed import Packed, pack
from skywarden.features.sketch_kernel import (
    ABOUT_COLUMNS,
    ADDED_AT,
    CODES,
    NOW,
    OWNER,
    RANKS,
    REGISTERS,
    Codes,
    count_all,
)
from skywarden.features.slices import SLICES


class SketchState(msgspec.Struct, frozen=True, array_like=True):
    """One sketch: its times, and the places of registers and ranks that are not empty."""

    now: int
    added_at: int
    places: Packed
    codes: Packed


class Sketches:
    """Arrays of sketches, some of them free."""

    def __init__(self, count: int) -> None:
        self.codes: Codes = np.zeros((count, REGISTERS, RANKS), dtype=np.uint8)
        self.tops: Codes = np.zeros((count, REGISTERS), dtype=np.uint8)
        self.counts: Ints = np.zeros((count, RANKS), dtype=np.int64)
        self.about: Ints = np.zeros((count, ABOUT_COLUMNS), dtype=np.int64)

    def grow(self, count: int) -> None:
        """Have so many, the new ones free."""
        more = count - len(self.about)
        self.codes = np.concatenate((self.codes, np.zeros((more, REGISTERS, RANKS), dtype=np.uint8)))
        self.tops = np.concatenate((self.tops, np.zeros((more, REGISTERS), dtype=np.uint8)))
        self.counts = np.concatenate((self.counts, np.zeros((more, RANKS), dtype=np.int64)))
        self.about = np.concatenate((self.about, np.zeros((more, ABOUT_COLUMNS), dtype=np.int64)))

    def held_bytes(self) -> int:
        """Memory of the arrays."""
        return self.codes.nbytes + self.tops.nbytes + self.counts.nbytes + self.about.nbytes

    def owners(self) -> Ints:
        """The slots of the keys that have one, by sketch."""
        owners: Ints = self.about[self._taken(), OWNER] - 1
        return owners

    def _taken(self) -> Ints:
        return np.flatnonzero(self.about[:, OWNER])

    def move(self, moved: Slots) -> None:
        """Take over new slots."""
        self.about[self._taken(), OWNER] = moved[self.owners()] + 1

    def named(self, names: Hashes, slice_: int) -> bytes:
        """What is live when `slice_` is the slice of now, key by key."""
        parts = []
        taken, keys = self._taken(), names[self.owners()]
        for sketch in taken[np.argsort(keys)].tolist():
            now, codes = int(self.about[sketch, NOW]), self.codes[sketch].ravel()
            places = np.flatnonzero(codes)
            slices = now - (now % CODES + 1 - codes[places].astype(np.int64)) % CODES
            live = slices > slice_ - SLICES
            if live.any():
                key = names[self.about[sketch, OWNER] - 1]
                parts += [key.tobytes(), places[live].tobytes(), slices[live].tobytes()]
        return b"".join(parts)

    def dump(self) -> list[SketchState]:
        """All that are taken, in the order of `owners`."""
        states = []
        for sketch in self._taken().tolist():
            now, added_at = self.about[sketch, [NOW, ADDED_AT]].tolist()
            places = np.flatnonzero(self.codes[sketch])
            codes = self.codes[sketch].ravel()[places].astype(np.int64)
            states.append(SketchState(now, added_at, pack(places), pack(codes)))
        return states

    def load(self, owners: Slots, states: list[SketchState]) -> None:
        """Take over dumped sketches for these slots. The arrays are empty before."""
        self.grow(len(states))
        for sketch, state in enumerate(states):
            self.codes[sketch].ravel()[state.places.array()] = state.codes.array()
            self.about[sketch, [NOW, ADDED_AT]] = state.now, state.added_at
        self.about[:, OWNER] = owners.astype(np.int64) + 1
        count_all(self.codes, self.tops, self.counts, self.about)
