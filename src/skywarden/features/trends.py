"""Score each event's key against its own past: standard deviations above what is usual for the key.

Time is cut into periods of `over`, aligned to the epoch; a key's count is that of the period of now, and of the one
before by the part of it that lies within `over`. The baseline is the mean and variance of the counts of the key's
whole periods from its first event on, silent ones being zeros: all weigh the same at first, then the older the less,
by 2 / (against / over + 1). The score is (count - mean) / sqrt(max(variance, mean) + 1), before the period of now is
learnt; with fewer than 5 events it is at most 0. It is unknown until the baseline has 5 periods. A period that ends
with a score above 4 is not learnt; but what lasts for `against` is the new usual, and is learnt from then on.
A key is forgotten after `against` without an event; at the memory limit, the one that was silent for longest.
"""

import hashlib

import numpy as np

from skywarden.features.contract import Answers, Asked, FeatureSpec
from skywarden.features.order import KeyedEntries, Operations
from skywarden.features.trend_kernel import Trends, score_trends


class TrendBaselines:
    """`trending`: params are `against`, in microseconds."""

    def __init__(self, spec: FeatureSpec) -> None:
        against_us = int(str(spec.params[0]))
        self._scale = np.array([spec.over_us, against_us // spec.over_us], np.int64)
        self._name = f"trends-1 {spec.over_us} {against_us}"
        self._entries = KeyedEntries(spec.max_keys, {"counts": (np.int32, 4), "baseline": (np.float64, 2)})

    def observe(self, asked: Asked) -> Answers:
        """Do all operations; the answer is the score."""
        answers = Answers(np.zeros(len(asked), np.float64), np.zeros(len(asked), np.bool_))
        operations, row = Operations.of(asked), 0
        while (row := self._score(operations, answers, row)) < len(asked):
            self._entries.grow()
        return answers

    def _score(self, operations: Operations, answers: Answers, first: int) -> int:
        entries = self._entries
        trends = Trends(entries.data["counts"], entries.data["baseline"])
        state = (entries.table, entries.order, trends, self._scale)
        return score_trends(*state, *operations, answers.values, answers.valid, first)

    def keys(self) -> int:
        """How many keys are held."""
        return self._entries.held

    def held_bytes(self) -> int:
        """Memory of the state."""
        return self._entries.held_bytes()

    def evicted(self) -> int:
        """How many keys were forgotten at the memory limit."""
        return self._entries.evicted

    def digest(self, now_us: int) -> bytes:
        """Name the baselines of all keys that had an event within `against`."""
        over_us, memory = self._scale.tolist()
        entries = self._entries
        numbers = entries.numbers()
        numbers = numbers[entries.order.used[numbers] > now_us // over_us - memory - 1]
        named = hashlib.sha256(self._name.encode())
        for column in (entries.order.used, *entries.data.values()):
            named.update(column[numbers].tobytes())
        return named.digest()

    def dump(self) -> bytes:
        """The whole state."""
        return self._entries.dump(self._name)

    def load(self, data: bytes) -> None:
        """Take over a dumped state. Raises: Broken."""
        self._entries.load(self._name, data)
