"""Say of each event whether its key has used up its tokens: a bucket a key, filled at an even rate.

A bucket is full at first. An event that adds takes one token; when there is none it is limited and takes nothing.
An event that only reads is limited when there is no token. All in whole numbers, so there is no rounding.
A key is forgotten when its bucket must be full again, which changes nothing; at the memory limit the key that was
silent for longest gets a full bucket before its time.
"""

import hashlib

import numpy as np

from skywarden.features.bucket_kernel import take_tokens
from skywarden.features.contract import Answers, Asked, FeatureSpec
from skywarden.features.order import KeyedEntries, Operations


class TokenBuckets:
    """`rate_limited`: params are tokens, the microseconds in which so many come, and what a bucket holds."""

    def __init__(self, spec: FeatureSpec) -> None:
        tokens, per_us, burst = (int(str(param)) for param in spec.params)
        full = burst * per_us
        self._rate = np.array([tokens, per_us, full, -(-full // tokens)], np.int64)
        self._name = f"buckets-1 {tokens} {per_us} {burst}"
        self._entries = KeyedEntries(spec.max_keys, {"levels": (np.int64, 0)})

    def observe(self, asked: Asked) -> Answers:
        """Do all operations; the answer is whether the event is limited."""
        answers = Answers(np.zeros(len(asked), np.bool_), np.ones(len(asked), np.bool_))
        operations, row = Operations.of(asked), 0
        while (row := self._take(operations, answers, row)) < len(asked):
            self._entries.grow()
        return answers

    def _take(self, operations: Operations, answers: Answers, first: int) -> int:
        entries = self._entries
        state = (entries.table, entries.order, entries.data["levels"])
        return take_tokens(*state, self._rate, *operations, answers.values, first)

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
        """Name the levels of all buckets that are not full at `now_us`."""
        tokens, _, full, fill_us = self._rate.tolist()
        numbers = self._entries.numbers()
        numbers = numbers[self._entries.order.used[numbers] > now_us - fill_us]
        levels = self._entries.data["levels"][numbers] + (now_us - self._entries.order.used[numbers]) * tokens
        short = levels < full
        named = hashlib.sha256(self._name.encode())
        named.update(self._entries.data["keys"][numbers][short].tobytes() + levels[short].tobytes())
        return named.digest()

    def dump(self) -> bytes:
        """The whole state."""
        return self._entries.dump(self._name)

    def load(self, data: bytes) -> None:
        """Take over a dumped state. Raises: Broken."""
        self._entries.load(self._name, data)
