"""Draw a uniform sample of each rule's hits, the same whatever the batches, the workers and the order they come in.

Every hit has a number that its rule, its offset and the seed decide, evenly spread over 64 bits; those with the
smallest numbers are the sample. Source: bottom-k sampling, Cohen and Kaplan, PODC 2007.
"""

import hashlib
from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from skywarden.engine.backtest.hits import Ints
from skywarden.engine.found import Found
from skywarden.model.hit import Hit

SAMPLES = 50


@dataclass(frozen=True, slots=True)
class SampledHit:
    """A hit as it would have been stored, and the text of its event."""

    hit: Hit
    text: str | None


class Sampler:
    """Keeps at most `most` hits a rule."""

    def __init__(self, most: int = SAMPLES, seed: int = 0) -> None:
        self._most = most
        self._seed = seed
        self._kept: defaultdict[str, list[tuple[int, SampledHit]]] = defaultdict(list)
        self._salts: dict[str, np.uint64] = {}

    def offer(self, found: Found) -> None:
        """Take in what of a chunk belongs to the sample so far."""
        for number, run in enumerate(found.runs):
            ranks = self._ranks(run.rule.name, found.offsets[run.rows])
            kept = self._kept[run.rule.name]
            if len(kept) == self._most:
                chosen = np.flatnonzero(ranks < np.uint64(kept[-1][0]))
            else:
                chosen = np.arange(len(ranks))
            if len(chosen) > self._most:
                chosen = chosen[np.argpartition(ranks[chosen], self._most)[: self._most]]
            if len(chosen):
                self._keep(kept, ranks[chosen].tolist(), found.part(number, np.sort(chosen)), np.argsort(chosen))

    def _keep(self, kept: list[tuple[int, SampledHit]], ranks: list[int], part: Found, order: Ints) -> None:
        hits: list[Hit] = []
        part.make(hits, [])
        texts = part.frame.rows.column("text").to_pylist()
        for place, hit, text in zip(order.tolist(), hits, texts, strict=True):
            kept.append((ranks[place], SampledHit(hit, text)))
        kept.sort(key=lambda one: (one[0], one[1].hit.offset))
        del kept[self._most :]

    def _ranks(self, rule: str, offsets: Ints) -> "np.ndarray[tuple[int], np.dtype[np.uint64]]":
        salt = self._salts.get(rule)
        if salt is None:
            digest = hashlib.sha256(f"{self._seed} {rule}".encode()).digest()
            salt = self._salts[rule] = np.uint64(int.from_bytes(digest[:8], "big"))
        return _mixed(offsets.astype(np.uint64) ^ salt)

    def samples(self) -> dict[str, list[SampledHit]]:
        """The sample of each rule that was true, in the order of the log."""
        return {
            rule: [one for _, one in sorted(kept, key=lambda ranked: ranked[1].hit.offset)]
            for rule, kept in self._kept.items()
        }


def _mixed(values: "np.ndarray[tuple[int], np.dtype[np.uint64]]") -> "np.ndarray[tuple[int], np.dtype[np.uint64]]":
    """Spread numbers evenly. Source: the finaliser of SplitMix64, Steele, Lea and Flood, OOPSLA 2014."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))
