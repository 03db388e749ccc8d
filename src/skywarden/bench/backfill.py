"""Measure how many repositories and records a second become stored rows, as strictly as can be chosen.

Exports are those of a simulated network, many small ones, and one large repository of posts. Downloads are not part of
it: a host allows some a second, which is less. Seconds are those of the processor; figures are medians of rounds.
"""

import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from skywarden.atproto import cbor
from skywarden.atproto.car import write_car
from skywarden.atproto.cid import cid_bytes_of
from skywarden.atproto.keys import PrivateKey, PublicKey
from skywarden.atproto.tid import tid_of
from skywarden.ingest.backfill.export import Export, Strictness, read_export
from skywarden.ingest.backfill.run import PARCEL_ROWS
from skywarden.ingest.backfill.state import SOURCE, BackfillState, Parcel
from skywarden.kernel.clock import SystemClock
from skywarden.kernel.ids import Did, UtcMicros
from skywarden.log.sqlite import SqliteLog
from skywarden.simulator.config import SimulatorConfig
from skywarden.simulator.opening import open_network
from skywarden.simulator.repository import Repository
from skywarden.simulator.sqlite import SimulatorStore

_AT_US = UtcMicros(1_767_614_400_000_000)
_LARGE = Did("did:plc:largerepository222222222")


class StrictnessFigures(msgspec.Struct, frozen=True):
    """What was measured of one strictness; storing is part of it."""

    small_repos_per_s: float
    small_records_per_s: float
    large_records_per_s: float


class BackfillFigures(msgspec.Struct, frozen=True):
    """What was measured, and of how much."""

    small_repos: int
    small_records: int
    large_records: int
    by_strictness: dict[str, StrictnessFigures]


@dataclass(frozen=True, slots=True)
class _Made:
    """A downloaded export, and who signed it."""

    path: Path
    did: Did
    key: PublicKey


def measure_backfill(people: int, large_records: int, rounds: int) -> BackfillFigures:
    """Make the exports, then read and store them over and over."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        small, large = _small(folder, people), _large(folder, large_records)
        records, figures = 0, {}
        for strictness in Strictness:
            several = [_store(folder, small, strictness) for _ in range(rounds)]
            one = [_store(folder, [large], strictness) for _ in range(rounds)]
            records = several[0][0]
            small_s, large_s = (statistics.median(spent for _, spent in taken) for taken in (several, one))
            figures[strictness.value] = StrictnessFigures(
                small_repos_per_s=len(small) / small_s,
                small_records_per_s=records / small_s,
                large_records_per_s=large_records / large_s,
            )
    return BackfillFigures(len(small), records, large_records, figures)


def _store(folder: Path, exports: Sequence[_Made], strictness: Strictness) -> tuple[int, float]:
    """Read exports into an empty log, in parcels as a run does; give its rows and the seconds that it took."""
    with tempfile.TemporaryDirectory(dir=folder) as name:
        log, clock = SqliteLog(Path(name) / "history.db"), SystemClock()
        state, parcel, waiting, records = BackfillState(log, clock), Parcel(), 0, 0
        began = time.process_time()
        for made in exports:
            key = made.key if strictness is Strictness.FULL else None
            for chunk, held in read_export(Export(made.path, made.did, f"{SOURCE}bench", strictness, key), clock):
                parcel.chunks.append(chunk)
                parcel.held[made.did] = held
                waiting += chunk.rows.num_rows
                if waiting >= PARCEL_ROWS:
                    records += state.store(parcel)
                    parcel, waiting = Parcel(), 0
        records += state.store(parcel)
        spent = time.process_time() - began
        log.close()
    return records, spent


def _small(folder: Path, people: int) -> list[_Made]:
    config = SimulatorConfig(seed=1, people=people, backlog_events=10 * people)
    network = open_network(config, SimulatorStore(None, retained_frames=config.retained_frames), _AT_US)
    network.advance(_AT_US)
    made = []
    for account in [account for account in network.parts.register if account.active]:
        path = folder / f"{account.index}.car"
        path.write_bytes(network.parts.repositories.car(account))
        log = network.parts.plc.audit_log(account.did)
        assert log is not None
        made.append(_Made(path, account.did, PublicKey.from_did_key(log[-1].operation.verification_methods["atproto"])))
    return made


def _large(folder: Path, records: int) -> _Made:
    """A repository of posts."""
    key = PrivateKey.generate()
    blocks = {}
    for number in range(records):
        post = {"$type": "app.bsky.feed.post", "text": f"post number {number} " * 5, "langs": ["en"]}
        stamped: dict[str, object] = {**post, "createdAt": "2026-01-05T12:00:00.000Z"}
        blocks[f"app.bsky.feed.post/{tid_of(UtcMicros(_AT_US - number * 1_000_000), 0)}"] = cbor.encode(stamped)
    cids = {path: cid_bytes_of(block) for path, block in blocks.items()}
    repository = Repository.found(_LARGE, key, cids, tid_of(_AT_US, 0))
    held = [(cids[path], block) for path, block in blocks.items()]
    commit = (repository.commit_cid, repository.head.commit_block)
    path = folder / "large.car"
    path.write_bytes(write_car(repository.commit_cid, [commit, *repository.tree_blocks(), *held]))
    return _Made(path, _LARGE, PublicKey.from_did_key(key.did_key))
