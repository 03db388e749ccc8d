"""Turn a seed into a recorded stream: a file of frames, its ground truth, accounts, DID documents and faults."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import msgspec

from skywarden.kernel.ids import UtcMicros
from skywarden.simulator.answers import account_line
from skywarden.simulator.config import SimulatorConfig
from skywarden.simulator.faults import Disconnect, FaultPlan, FaultyWire
from skywarden.simulator.moments import HOUR_US
from skywarden.simulator.network import Network
from skywarden.simulator.opening import open_network
from skywarden.simulator.sqlite import SimulatorStore, StoredFrame

RECORDING_LIVE_US = UtcMicros(1_767_614_400_000_000)
"""2026-01-05T12:00:00Z: recordings do not depend on the day they are made."""

_SLICE = 500
_RETAINED = 4_000
_FOREVER_US = UtcMicros(RECORDING_LIVE_US + 100_000 * HOUR_US)


@dataclass(frozen=True, slots=True)
class Recording:
    """What was written."""

    frames: int
    abusive: int
    files: tuple[Path, ...]


def record(
    config: SimulatorConfig, out: Path, events: int, *, progress: Callable[[int], None] = lambda frames: None
) -> Recording:
    """Write `events` frames (u32 LE length + frame, repeated) and, beside them, what is true about them.

    Shape: `x.frames` comes with `x.truth.jsonl`, `x.accounts.jsonl`, `x.did_docs.json` and `x.faults.json`. With faults
    the file holds the frames as the faulty wire would carry them; a disconnect leaves no trace.
    """
    plan = FaultPlan(config.seed, config.faults)
    with tempfile.TemporaryDirectory() as folder:
        store = SimulatorStore(Path(folder) / "simulator.db", retained_frames=_RETAINED)
        network = open_network(config, store, RECORDING_LIVE_US)
        out.parent.mkdir(parents=True, exist_ok=True)
        with out.open("wb") as file:
            written = _write_frames(network, FaultyWire(plan), file, events, progress)
        files = _write_truth(network, plan, out, written)
        network.close()
    return Recording(written, files[1], (out, *files[0]))


def _write_frames(
    network: Network, wire: FaultyWire, file: BinaryIO, events: int, progress: Callable[[int], None]
) -> int:
    written = 0
    while written < events:
        wanted = min(_SLICE, events - written)
        frames = network.advance(_FOREVER_US, enough=wanted.__le__)
        _write(wire, frames[: events - written], file)
        written += min(len(frames), events - written)
        progress(written)
    for frame in wire.finish():
        _write_one(frame, file)
    return written


def _write(wire: FaultyWire, frames: list[StoredFrame], file: BinaryIO) -> None:
    for item in wire.carry(frames):
        if not isinstance(item, Disconnect):
            _write_one(item, file)


def _write_one(frame: bytes, file: BinaryIO) -> None:
    file.write(len(frame).to_bytes(4, "little") + frame)


def _write_truth(network: Network, plan: FaultPlan, out: Path, last_seq: int) -> tuple[list[Path], int]:
    """Write the files beside the frames; count the abusive operations."""
    parts = network.parts
    truth, accounts, documents, faults = (
        out.with_suffix(suffix) for suffix in (".truth.jsonl", ".accounts.jsonl", ".did_docs.json", ".faults.json")
    )
    abusive = 0
    with truth.open("wb") as file:
        for line in parts.store.truth():
            if msgspec.json.decode(line)["seq"] <= last_seq:
                file.write(line + b"\n")
                abusive += 1
    accounts.write_bytes(b"".join(account_line(account) + b"\n" for account in parts.register))
    known = {account.did: parts.plc.document(account.did) for account in parts.register}
    documents.write_bytes(msgspec.json.encode(known))
    faults.write_bytes(msgspec.json.encode(plan.report()))
    return [truth, accounts, documents, faults], abusive
