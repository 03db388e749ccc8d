"""What every window promises; the contract tests run over each implementation.

Order: operations are given in log order; the answer of each is the state just after it.
Time: only the times given count (INV-4). They never go back; the caller clamps them.
Split: any split of the same operations into calls gives the same answers and the same digest (INV-3).
Crash: `load(dump())` is the same window.
"""

from typing import Protocol

import numpy as np
import numpy.typing as npt

Hashes = npt.NDArray[np.uint64]
Times = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Counts = npt.NDArray[np.int64]


class Window(Protocol):
    """Numbers kept by key over a stretch of event time."""

    def observe(self, keys: Hashes, times_us: Times, add: Flags, members: Hashes | None) -> Counts:
        """Do one operation a row: add where `add`, then read. Shape: all arrays of one length, and the answer too."""
        ...

    def keys(self) -> int:
        """How many keys are held; some may be past their time."""
        ...

    def digest(self, now_us: int) -> bytes:
        """Name what is still within the window at `now_us`, whatever was evicted already."""
        ...

    def dump(self) -> bytes:
        """The whole state."""
        ...

    def load(self, data: bytes) -> None:
        """Take over a dumped state. Raises: Broken where it is none of this window's."""
        ...
