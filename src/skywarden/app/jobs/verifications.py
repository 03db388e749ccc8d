"""The job that keeps the verifications of the configured issuers: from our own log, or from a Jetstream server.

Retry: a record that is known stays as it is, and a deletion is noted once. Crash: what was read since the last end of a
run is read again. Two writers: the job's lease.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import aclosing
from itertools import groupby

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from skywarden.app.jobs.job_set import threaded
from skywarden.atproto.syntax.datetime import datetime_micros
from skywarden.atproto.syntax.did import parse_did
from skywarden.atproto.syntax.handle import parse_handle
from skywarden.ingest.contract import SourceChunk
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import AtUri, Cid, Did, Offset
from skywarden.log.contract import LogReader
from skywarden.model.event import Action, Kind
from skywarden.moderation.desk.verifications import COLLECTION, IssuedRecord, VerificationService, Verified
from skywarden.moderation.jobs import Job, Ran, Turn
from skywarden.observe.catalog import VERIFICATION_SKIPPED
from skywarden.observe.logs import Logger

NAME = "verifications"
DOES = "keeps the verifications that the configured issuers grant and delete"

LOG_EVERY_S = 30.0
LOG_ROWS = 50_000
"""Rows of the log that one run reads: a second's work, so that the end of the process need not wait for it."""

LISTEN_S = 300.0
"""How long one run listens to a Jetstream server; the next one goes on where it ended."""

Listen = Callable[[str | None], AsyncIterator[SourceChunk]]
"""A cursor to what the issuers did after it."""


class _Record(msgspec.Struct, frozen=True, rename="camel"):
    subject: str
    handle: str
    display_name: str
    created_at: str


def logged_verifications_job(service: VerificationService, log: LogReader, issuers: Collection[str]) -> Job:
    """Reads our own log, from its beginning."""

    def read(turn: Turn) -> Ran:
        start = int(turn.cursor_json or "0")
        stop = min(log.end_offset(), start + LOG_ROWS)
        done = 0
        for batch in log.read(Offset(start), Offset(stop)):
            done += keep_verifications(service, batch.rows, issuers)
        return Ran(done, more=stop < log.end_offset(), cursor_json=str(stop))

    return Job(NAME, LOG_EVERY_S, DOES, threaded(read))


def streamed_verifications_job(service: VerificationService, listen: Listen, issuers: Collection[str]) -> Job:
    """Listens to a server that sends the issuers' verifications only."""

    async def hear(turn: Turn) -> Ran:
        cursor, done = None if turn.cursor_json is None else str(msgspec.json.decode(turn.cursor_json)), 0
        try:
            async with asyncio.timeout(LISTEN_S), aclosing(listen(cursor)) as chunks:  # type: ignore[type-var]  # a generator
                async for chunk in chunks:
                    done += await asyncio.to_thread(keep_verifications, service, chunk.rows, issuers)
                    cursor = chunk.cursor or cursor
        except TimeoutError:
            pass
        return Ran(done, more=True, cursor_json=None if cursor is None else msgspec.json.encode(cursor).decode())

    return Job(NAME, LOG_EVERY_S, DOES, hear, lasting=True)


def keep_verifications(service: VerificationService, rows: pa.RecordBatch, issuers: Collection[str]) -> int:
    """Keep what the rows say of verifications by these issuers, in their order; return how many records that were."""
    wanted = pc.and_(
        pc.equal(rows.column("collection"), COLLECTION),
        pc.is_in(rows.column("did"), value_set=pa.array(sorted(issuers), pa.string())),
    )
    found = rows.filter(wanted).select(("did", "kind", "action", "rkey", "cid", "record")).to_pylist()
    commits = [row for row in found if row["kind"] == Kind.COMMIT]
    for gone, group in groupby(commits, key=lambda row: row["action"] == Action.DELETE):
        same = list(group)
        if gone:
            service.mark_revoked([_uri(row["did"], row["rkey"]) for row in same], None)
            continue
        for issuer, issued in groupby(same, key=lambda row: str(row["did"])):
            records = [record for row in issued if (record := _issued(row)) is not None]
            if records:
                service.add(records, Did(issuer))
    return len(commits)


def _issued(row: dict[str, str]) -> IssuedRecord | None:
    """Read a record; None for one that says nothing that could be kept."""
    issuer, uri = Did(row["did"]), _uri(row["did"], row["rkey"])
    try:
        record = msgspec.json.decode(row["record"], type=_Record)
        subject, created_us = parse_did(record.subject), datetime_micros(record.created_at)
        parse_handle(record.handle)
    except (msgspec.DecodeError, Rejected) as error:
        Logger("jobs").warning(VERIFICATION_SKIPPED, uri=uri, detail=str(error))
        return None
    verified = Verified(subject, record.handle, record.display_name, record.created_at, created_us)
    return IssuedRecord(uri, Cid(row["cid"]), issuer, verified)


def _uri(did: str, rkey: str) -> AtUri:
    return AtUri(f"at://{did}/{COLLECTION}/{rkey}")
