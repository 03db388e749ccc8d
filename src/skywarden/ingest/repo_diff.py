"""Turn a repository export, asked for since a rev, into the rows that the stream had left out."""

from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa

from skywarden.atproto.repo_car import RepoCar
from skywarden.atproto.tid import is_tid, tid_micros
from skywarden.ingest.contract import SourceChunk
from skywarden.ingest.decode.chunk import ChunkBuilder
from skywarden.ingest.decode.repo_record import add_record, block_of
from skywarden.kernel.clock import Clock
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Did
from skywarden.model.event import Action

LAST_REV = "jzzzzzzzzzzzz"
"""The greatest TID: a hole without an end."""


@dataclass(frozen=True, slots=True)
class Hole:
    """What is missing of an account's history: the commits after rev `since` and before rev `until`."""

    did: Did
    since: str
    until: str


def missed_rows(repo: RepoCar, hole: Hole, source: str, clock: Clock) -> SourceChunk:
    """Rows of records that were made within the hole; their time is now, when they were witnessed.

    An export says what is there, not when it came. A server that keeps to `since` sends only newer records; what its
    keys date after the hole will come by the stream. One that sends everything is held to the keys alone. Records
    without a date in their key (profiles) are taken as they are now. Deletions leave no trace in an export.
    """
    chunk = ChunkBuilder(source, clock=clock)
    now_us = clock.now_us()
    for path, cid in within(repo, hole):
        try:
            action = Action.CREATE if is_tid(path.partition("/")[2]) else Action.UPDATE
            add_record(chunk.rows, repo, path, cid, time_us=now_us, action=action)
        except Rejected as error:
            chunk.reject(block_of(repo, cid), path, error)
    return chunk.take(None)


def without(rows: pa.RecordBatch, taken: pa.RecordBatch) -> pa.RecordBatch:
    """Rows whose record is not among those taken: the messages that waited bring their own."""
    known = set(_paths(taken))
    return rows.filter(pa.array([path not in known for path in _paths(rows)], pa.bool_()))


def _paths(rows: pa.RecordBatch) -> Iterator[tuple[object, ...]]:
    return zip(*(rows.column(name).to_pylist() for name in ("did", "collection", "rkey")), strict=True)


def within(repo: RepoCar, hole: Hole) -> Iterator[tuple[str, bytes]]:
    """Paths and CIDs of the records that were made within the hole, as far as an export can tell."""
    everything = _is_whole(repo)
    for path, cid in repo.entries(partial=True):
        rkey = path.partition("/")[2]
        if not is_tid(rkey):
            fits = not everything
        else:
            made_us = tid_micros(rkey)
            fits = made_us <= tid_micros(hole.until) and (not everything or made_us > tid_micros(hole.since))
        if fits:
            yield path, cid


def _is_whole(repo: RepoCar) -> bool:
    """Does the export hold every record of the repository?"""
    try:
        return all(cid in repo.blocks for _, cid in repo.entries())
    except Rejected:
        return False
