"""What every feature promises: memory across events, by key, in event time. The contract tests run over each one.

Order: operations are given in log order; the answer of each is the state just after it.
Time: only the times given count (INV-4). They never go back; the caller clamps them.
Split: any split of the same operations into calls gives the same answers and the same digest (INV-3); so what a memory
limit drops is chosen at an operation, never at the end of a call.
Crash: `load(dump())` is the same feature.
Two writers: none; one thread at a time calls a feature.
"""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

Hashes = npt.NDArray[np.uint64]
Times = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Numbers = npt.NDArray[Any]

MAX_KEYS = 10_000_000
"""Keys that a feature holds unless its spec says otherwise."""


@dataclass(frozen=True, slots=True)
class FeatureSpec:
    """One stateful function of a plan. `name` is for people: the rules that use it.

    `params` are the constants of the op after its window, in the order of `core.Window.params`.
    `has_member`: operations come with `Asked.members`.
    `max_keys`: past it the keys that were silent for longest are forgotten first, and counted by `evicted`.
    """

    name: str
    op: str
    over_us: int
    exact: bool = False
    params: tuple[object, ...] = ()
    max_keys: int = MAX_KEYS
    has_member: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """One operation a row, all arrays of one length and never written to: add where `adds`, then read.

    `values`: what is added, by op. distinct: uint64 hashes; sum: int64; similar: uint64 signatures, rows x words;
    other ops: None. `members`: hashes of the different values that `similar` counts, or None.
    Two calls with the very same `keys` array mean the same keys: where a key is in a table need be found only once.
    """

    keys: Hashes
    times_us: Times
    adds: Flags
    values: Numbers | None = None
    members: Hashes | None = None

    def __len__(self) -> int:
        return len(self.keys)


@dataclass(frozen=True, slots=True)
class Answers:
    """One answer an operation; `values` mean nothing where `valid` is false: that answer is unknown."""

    values: Numbers
    valid: Flags


class Feature(Protocol):
    """The memory of one stateful function."""

    def observe(self, asked: Asked) -> Answers:
        """Do all operations, in their order."""
        ...

    def keys(self) -> int:
        """How many keys are held; some may be past their time."""
        ...

    def held_bytes(self) -> int:
        """Memory of the state, roughly."""
        ...

    def evicted(self) -> int:
        """How often something was forgotten before its time, because of a memory limit."""
        ...

    def digest(self, now_us: int) -> bytes:
        """Name what is within its window at `now_us`, whatever was dropped already that is not."""
        ...

    def dump(self) -> bytes:
        """The whole state."""
        ...

    def load(self, data: bytes) -> None:
        """Take over a dumped state. Raises: Broken where it is none of this feature's."""
        ...
