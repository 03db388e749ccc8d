"""Turn a repository export, asked for since a rev, into the rows that the stream had left out."""

from collections.abc import Iterator

from skywarden.atproto.cid import cid_text
from skywarden.atproto.repo_car import RepoCar
from skywarden.atproto.tid import is_tid, tid_micros
from skywarden.ingest.contract import OpenGate, SourceChunk
from skywarden.ingest.decode.chunk import ChunkBuilder
from skywarden.ingest.decode.record_json import record_of_block, record_text
from skywarden.ingest.normalize import normalize
from skywarden.kernel.clock import Clock
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import UtcMicros
from skywarden.model.event import Action


def missed_rows(repo: RepoCar, since: str | None, source: str, clock: Clock) -> SourceChunk:
    """Rows of records that came after rev `since`; their time is now, when they were witnessed.

    A server that keeps to `since` sends only newer records. One that sends everything is held to the record keys: only
    those made after `since` count, so that nothing is taken twice. Deletions leave no trace in an export.
    """
    chunk = ChunkBuilder(source, gate=OpenGate(), clock=clock)
    now_us = clock.now_us()
    for path, cid in _newer(repo, since):
        try:
            _add(chunk, repo, path, cid, since, now_us)
        except Rejected as error:
            chunk.reject(repo.blocks.get(cid, cid), path, error)
    return chunk.take(None)


def _newer(repo: RepoCar, since: str | None) -> Iterator[tuple[str, bytes]]:
    if since is None:
        return
    everything = _is_whole(repo)
    for path, cid in repo.entries(partial=True):
        if not everything or _is_made_after(path, since):
            yield path, cid


def _is_whole(repo: RepoCar) -> bool:
    """Does the export hold every record of the repository?"""
    try:
        return all(cid in repo.blocks for _, cid in repo.entries())
    except Rejected:
        return False


def _is_made_after(path: str, since: str) -> bool:
    rkey = path.partition("/")[2]
    return is_tid(rkey) and tid_micros(rkey) > tid_micros(since)


def _add(chunk: ChunkBuilder, repo: RepoCar, path: str, cid: bytes, since: str | None, now_us: UtcMicros) -> None:
    record = record_of_block(repo.record(path, cid).block)
    collection, _, rkey = path.partition("/")
    chunk.rows.add_operation(
        seq=None,
        time_us=now_us,
        did=repo.commit.did,
        action=Action.CREATE if since is None or _is_made_after(path, since) else Action.UPDATE,
        collection=collection,
        rkey=rkey,
        rev=repo.commit.rev,
        cid=cid_text(cid),
        record=record_text(record),
        columns=normalize(collection, record),
    )
