"""Turn the relay's good frames into what a bad relay would send: each fault drawn by seed and seq, counted, reported.

Gaps, bad signatures, duplicates and reordering belong to a frame: every subscriber and every replay meets them again.
A malformed frame is sent beside a good one, and a disconnect comes after one, only once each in the life of the
process, so that a subscriber that reconnects gets past them.
"""

import hashlib
from collections.abc import Iterable, Iterator

from skywarden.atproto import cbor
from skywarden.atproto.car import read_car, write_car
from skywarden.atproto.cid import cid_bytes_of
from skywarden.atproto.frames import build_frame, read_frame
from skywarden.atproto.node import Link
from skywarden.simulator.config import FaultKind
from skywarden.simulator.sqlite import StoredFrame

_REMEMBERED = 100_000

_ORDER = (
    FaultKind.GAPS,
    FaultKind.BAD_SIGNATURES,
    FaultKind.REORDERING,
    FaultKind.DUPLICATES,
    FaultKind.MALFORMED,
    FaultKind.DISCONNECTS,
)
"""A frame suffers one fault at most: the first of these that its draw hits."""


class Disconnect:
    """In a stream of frames: the connection breaks here."""


DISCONNECT = Disconnect()


class FaultPlan:
    """Says which frame suffers what, and keeps account of what was really sent."""

    def __init__(self, seed: int, rates: dict[FaultKind, float]) -> None:
        self._seed = seed
        self._rates = {kind: rates[kind] for kind in _ORDER if rates.get(kind, 0.0) > 0}
        self._fired: dict[FaultKind, dict[int, None]] = {kind: {} for kind in self._rates}
        self._counts: dict[FaultKind, int] = dict.fromkeys(self._rates, 0)

    @property
    def is_empty(self) -> bool:
        return not self._rates

    def draw(self, stored: StoredFrame) -> FaultKind | None:
        """The fault of this frame; the same for the same seed and seq."""
        for kind, rate in self._rates.items():
            digest = hashlib.blake2b(f"{self._seed}-{kind}-{stored.seq}".encode(), digest_size=8).digest()
            if int.from_bytes(digest) / 2**64 < rate:
                fits = kind is not FaultKind.BAD_SIGNATURES or is_commit(stored.frame)
                return kind if fits else None
        return None

    def has_fired(self, kind: FaultKind, seq: int) -> bool:
        return seq in self._fired[kind]

    def fire(self, kind: FaultKind, seq: int) -> None:
        """Note that a subscriber was sent this fault."""
        fired = self._fired[kind]
        self._counts[kind] += 1
        fired[seq] = None
        if len(fired) > _REMEMBERED:
            del fired[next(iter(fired))]

    def report(self) -> dict[str, dict[str, object]]:
        """What `/faults.json` answers: for each kind how often it was sent, and at which frames."""
        return {
            kind.value: {"rate": rate, "sent": self._counts[kind], "seqs": sorted(self._fired[kind])}
            for kind, rate in self._rates.items()
        }


class FaultyWire:
    """One subscriber's line. Holds back at most one frame, the first of a swapped pair."""

    def __init__(self, plan: FaultPlan) -> None:
        self._plan = plan
        self._held: StoredFrame | None = None

    def carry(self, frames: Iterable[StoredFrame]) -> Iterator[bytes | Disconnect]:
        """Give what goes over the wire for these frames."""
        if self._plan.is_empty:
            yield from (stored.frame for stored in frames)
            return
        for stored in frames:
            yield from self._carry_one(stored)

    def finish(self) -> Iterator[bytes]:
        """Give what is still held back, at the end of a recording."""
        if self._held is not None:
            yield self._held.frame
            self._held = None

    def _carry_one(self, stored: StoredFrame) -> Iterator[bytes | Disconnect]:
        fault = self._plan.draw(stored)
        held, self._held = self._held, None
        if fault is FaultKind.REORDERING and held is None:
            self._held = stored
            return
        if fault in (FaultKind.MALFORMED, FaultKind.DISCONNECTS) and self._plan.has_fired(fault, stored.seq):
            fault = None
        if held is not None:
            fault = None
            self._plan.fire(FaultKind.REORDERING, held.seq)
        elif fault is not None:
            self._plan.fire(fault, stored.seq)
        yield from _suffer(stored, fault)
        if held is not None:
            yield held.frame


def _suffer(stored: StoredFrame, fault: FaultKind | None) -> Iterator[bytes | Disconnect]:
    """What is sent in place of one frame."""
    if fault is FaultKind.GAPS:
        return
    if fault is FaultKind.BAD_SIGNATURES:
        yield with_bad_signature(stored.frame)
        return
    if fault is FaultKind.MALFORMED:
        yield malformed(stored)
    yield stored.frame
    if fault is FaultKind.DUPLICATES:
        yield stored.frame
    if fault is FaultKind.DISCONNECTS:
        yield DISCONNECT


def is_commit(frame: bytes) -> bool:
    return read_frame(frame).t == "#commit"


def with_bad_signature(frame: bytes) -> bytes:
    """Flip one bit of a commit's signature and name the commit anew, so that only the signature is wrong."""
    body: dict[str, object] = dict(read_frame(frame).body)
    blocks = body["blocks"]
    assert isinstance(blocks, bytes)
    car = read_car(blocks, verify_hashes=False)
    root = car.roots[0]
    commit = cbor.decode_map(car.blocks[root])
    signature = commit["sig"]
    assert isinstance(signature, bytes)
    forged = cbor.encode({**commit, "sig": signature[:9] + bytes((signature[9] ^ 1,)) + signature[10:]})
    cid = cid_bytes_of(forged)
    others = [(name, block) for name, block in car.blocks.items() if name != root]
    body["commit"], body["blocks"] = Link(cid), write_car(cid, [(cid, forged), *others])
    return build_frame("#commit", body)


def malformed(stored: StoredFrame) -> bytes:
    """Bytes that are no frame, of five sorts in turn."""
    frame = stored.frame
    sorts = (
        frame[: len(frame) // 2],
        b"\xff" + frame,
        frame + b"\x00",
        cbor.encode({"op": 1, "t": "#commit"}),
        cbor.encode({"op": 1, "t": "#commit"}) + b"\xa1\x63seq\xfb\x7f\xf8\x00\x00\x00\x00\x00\x00",
    )
    return sorts[stored.seq % len(sorts)]
