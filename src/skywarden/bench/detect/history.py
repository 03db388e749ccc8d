"""Turn a seed into hours of stamped events of a simulated network, and the truth about its abusers.

No time is waited for: the network lives as fast as it can be computed, and every time is the event's own.
"""

import hashlib
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import msgspec
import pyarrow as pa

import skywarden
from skywarden.ingest.accounts.account import LookedUp
from skywarden.ingest.accounts.table import AccountTable
from skywarden.ingest.decode.firehose import FirehoseDecoder
from skywarden.ingest.event_time import EventClock
from skywarden.kernel.clock import SECOND_US, ManualClock
from skywarden.kernel.errors import Broken
from skywarden.kernel.ids import Did, Offset, UtcMicros
from skywarden.model.event import SCHEMA
from skywarden.simulator.answers import profile_view
from skywarden.simulator.canary import CANARY_EVERY_S
from skywarden.simulator.config import SimulatorConfig
from skywarden.simulator.emitter import TruthLine
from skywarden.simulator.moments import HOUR_US, MINUTE_US
from skywarden.simulator.network import Network
from skywarden.simulator.opening import open_network
from skywarden.simulator.recording import RECORDING_LIVE_US
from skywarden.simulator.sqlite import SimulatorStore, StoredFrame

_BACKLOG_MINUTES = 60.0
_RETAINED_FRAMES = 1_000
_SOURCES = ("simulator", "ingest", "model", "bench/detect/history.py")
"""Code that decides what a history holds: kept histories of other code are not read."""


@dataclass(frozen=True, slots=True)
class HistoryConfig:
    """What a history is made of.

    Units: `rate` in events a second, of which `abuse_share` are abuse; `slice_s` of event time, after which the
    accounts that acted are looked up; `lookups_per_s` as the live hydrator asks the PLC directory at most.
    `patient`, `newshounds` and `canary_every_s` as the simulator has them.
    """

    seed: int = 1
    hours: float = 6.0
    people: int = 4_000
    rate: float = 3.0
    abuse_share: float = 0.06
    slice_s: float = 10.0
    lookups_per_s: float = 8.0
    patient: int = 0
    newshounds: int = 0
    canary_every_s: float = CANARY_EVERY_S


@dataclass(frozen=True, slots=True)
class History:
    """Events as the log would hold them, and the truth: abusive acts, and which accounts are abusers."""

    config: HistoryConfig
    rows: pa.RecordBatch
    truth: tuple[TruthLine, ...]


def simulated_history(config: HistoryConfig, keep: Path | None = None) -> History:
    """Live through a network's hours; with `keep`, read the history from that folder where it is already there.

    Stamps are as a live platform would write them: an account is unknown when it first acts, is looked up with others
    at the end of that slice, who acted last first, and the network answers as of then.
    """
    if keep is None:
        return _live(config)
    folder = keep / _name(config)
    if not (folder / "truth.jsonl").exists():
        _write(_live(config), folder)
    return _read(config, folder)


def _live(config: HistoryConfig) -> History:
    simulated = SimulatorConfig(
        seed=config.seed,
        rate=config.rate,
        people=config.people,
        abuse_share=config.abuse_share,
        backlog_minutes=_BACKLOG_MINUTES,
        backlog_events=round(_BACKLOG_MINUTES * 60 * config.rate),
        patient=config.patient,
        newshounds=config.newshounds,
        canary_every_s=config.canary_every_s,
    )
    store = SimulatorStore(None, retained_frames=_RETAINED_FRAMES)
    network = open_network(simulated, store, RECORDING_LIVE_US)
    accounts = AccountTable(Path(":memory:"), cached=10**6)
    try:
        batches = _slices(config, network, accounts)
        rows = pa.Table.from_batches(batches, SCHEMA).combine_chunks().to_batches()[0]
        truth = tuple(msgspec.json.decode(line, type=TruthLine) for line in store.truth())
    finally:
        accounts.close()
        network.close()
    return History(config, rows, truth)


def _slices(config: HistoryConfig, network: Network, accounts: AccountTable) -> list[pa.RecordBatch]:
    start_us = RECORDING_LIVE_US - round(_BACKLOG_MINUTES * MINUTE_US)
    end_us, step_us = start_us + round(config.hours * HOUR_US), round(config.slice_s * SECOND_US)
    clock, decoder = EventClock(ManualClock(UtcMicros(end_us)), None), FirehoseDecoder("simulator")
    batches: list[pa.RecordBatch] = []
    offset = 0
    for until_us in range(start_us + step_us, end_us + 1, step_us):
        rows = _decode(decoder, network.advance(UtcMicros(until_us)))
        batches.append(accounts.stamp(clock.clamp(rows)))
        offset += rows.num_rows
        accounts.commit(Offset(offset))
        _look_up(network, accounts, round(config.slice_s * config.lookups_per_s))
    return batches


def _decode(decoder: FirehoseDecoder, frames: list[StoredFrame]) -> pa.RecordBatch:
    for stored in frames:
        decoder.add(stored.frame, str(stored.seq))
    chunk = decoder.take()
    if chunk.quarantine:
        raise Broken(f"simulated frames: expected none in quarantine, found {len(chunk.quarantine)}")
    return chunk.rows


def _look_up(network: Network, accounts: AccountTable, most: int) -> None:
    dids = accounts.waiting.take(most)
    accounts.looked_up([_looked_up(network, did) for did in dids])
    accounts.waiting.done(dids)


def _looked_up(network: Network, did: Did) -> LookedUp:
    """What the network's AppView and directory answer now."""
    account = network.register.by_did(did)
    if account is None or account.status == "deleted":
        return LookedUp(did, network.now_us)
    profile = profile_view(network, account)
    return LookedUp(
        did=did,
        at_us=network.now_us,
        created_us=account.created_us,
        handle=account.handle,
        pds_host=account.host,
        display_name=account.display_name,
        description=account.description,
        has_avatar=account.has_avatar,
        followers=_number(profile["followersCount"]),
        follows=_number(profile["followsCount"]),
        posts=_number(profile["postsCount"]),
    )


def _number(value: object) -> int:
    assert isinstance(value, int)
    return value


# --- kept histories -------------------------------------------------------------------------------------------------


def _name(config: HistoryConfig) -> str:
    """Name a history by what decides it: its numbers and the code that lives it."""
    digest = hashlib.sha256(repr(config).encode())
    root = Path(skywarden.__file__).parent
    for source in _SOURCES:
        place = root / source
        files = [place] if place.is_file() else sorted(islice(place.rglob("*"), 10_000))
        for file in files:
            if file.suffix in (".py", ".toml"):
                digest.update(file.read_bytes())
    return f"seed{config.seed}-{digest.hexdigest()[:12]}"


def _write(history: History, folder: Path) -> None:
    """Write the truth last: a folder without it is not whole."""
    folder.mkdir(parents=True, exist_ok=True)
    with pa.OSFile(str(folder / "events.arrow"), "wb") as file, pa.ipc.new_file(file, SCHEMA) as writer:
        writer.write_batch(history.rows)
    (folder / "truth.jsonl").write_bytes(b"".join(msgspec.json.encode(line) + b"\n" for line in history.truth))


def _read(config: HistoryConfig, folder: Path) -> History:
    with pa.OSFile(str(folder / "events.arrow"), "rb") as file:
        rows = pa.ipc.open_file(file).read_all().combine_chunks().to_batches()[0]
    lines = (folder / "truth.jsonl").read_bytes().splitlines()
    return History(config, rows, tuple(msgspec.json.decode(line, type=TruthLine) for line in lines))
