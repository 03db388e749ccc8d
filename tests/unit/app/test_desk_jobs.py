"""Names of the team and verifications of issuers follow what the network says."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pytest

from skywarden.app.jobs import verifications
from skywarden.app.jobs.verifications import keep_verifications, logged_verifications_job, streamed_verifications_job
from skywarden.ingest.contract import ROW_SCHEMA, SourceChunk
from skywarden.kernel.clock import ManualClock
from skywarden.kernel.ids import Did
from skywarden.log import SqliteLog
from skywarden.model.event import SCHEMA, Action, Kind
from skywarden.moderation.desk.verifications import COLLECTION, VerificationQuery, VerificationService
from skywarden.moderation.jobs import Turn
from skywarden.storage import Database

ISSUER, OTHER, ALICE = Did("did:plc:issuer"), Did("did:plc:other"), Did("did:plc:alice")
CID = "bafyreidfayvfuwqa7qlnopdjiqrxzs6blmoeu4rujcjtnci5beludirz2a"
RECORD = {"subject": ALICE, "handle": "alice.example", "displayName": "Alice", "createdAt": "2026-01-02T03:04:05Z"}


def row(rkey: str, action: Action = Action.CREATE, *, did: Did = ISSUER, record: object = RECORD) -> dict[str, Any]:
    return {
        "source": "test",
        "time_us": 1,
        "did": did,
        "kind": Kind.COMMIT,
        "action": action,
        "collection": COLLECTION,
        "rkey": rkey,
        "cid": None if action is Action.DELETE else CID,
        "record": None if action is Action.DELETE else msgspec.json.encode(record).decode(),
    }


def batch(*rows: dict[str, Any], schema: pa.Schema = ROW_SCHEMA) -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist(list(rows), schema=schema)


def kept(service: VerificationService) -> list[tuple[str, bool]]:
    found = service.list(VerificationQuery(direction="asc")).rows
    return [(one.record.uri.rpartition("/")[2], one.revoked_us is not None) for one in found]


def test_only_the_verifications_of_the_issuers_are_kept(database: Database) -> None:
    service = VerificationService(database, ManualClock())
    rows = batch(row("a"), row("b", did=OTHER), {**row("c"), "collection": "app.bsky.feed.post"})
    assert keep_verifications(service, rows, {ISSUER}) == 1
    (found,) = service.list(VerificationQuery()).rows
    assert found.record.uri == f"at://{ISSUER}/{COLLECTION}/a"
    assert (found.record.verified.subject, found.record.verified.display_name) == (ALICE, "Alice")


def test_a_deletion_revokes_what_came_before_it_and_not_what_came_after(database: Database) -> None:
    service = VerificationService(database, ManualClock())
    keep_verifications(service, batch(row("a"), row("b"), row("a", Action.DELETE), row("c")), {ISSUER})
    assert kept(service) == [("a", True), ("b", False), ("c", False)]


def test_what_is_read_twice_is_kept_once(database: Database) -> None:
    service = VerificationService(database, ManualClock())
    for _ in range(2):
        keep_verifications(service, batch(row("a"), row("a", Action.DELETE)), {ISSUER})
    assert kept(service) == [("a", True)]


@pytest.mark.parametrize(
    "record",
    [
        {},
        [],
        {**RECORD, "createdAt": "yesterday"},
        {**RECORD, "handle": 7},
        {**RECORD, "handle": "älice.example"},
        {**RECORD, "subject": "alice.example"},
    ],
)
def test_a_record_that_cannot_be_read_is_passed_over(database: Database, record: object) -> None:
    service = VerificationService(database, ManualClock())
    keep_verifications(service, batch(row("a", record=record), row("b")), {ISSUER})
    assert kept(service) == [("b", False)]


async def test_the_log_is_read_on_from_where_the_last_run_ended(database: Database, tmp_path: Path) -> None:
    service, log = VerificationService(database, ManualClock()), SqliteLog(tmp_path / "log")
    job = logged_verifications_job(service, log, {ISSUER})
    log.append(batch(row("a"), row("b"), schema=SCHEMA), {})
    first = await job.step(Turn(ManualClock().now_us()))
    assert (first.done, first.more, first.cursor_json) == (2, False, "2")
    log.append(batch(row("c"), schema=SCHEMA), {})
    second = await job.step(Turn(ManualClock().now_us(), first.cursor_json))
    log.close()
    assert (second.done, second.cursor_json) == (1, "3")
    assert [name for name, _ in kept(service)] == ["a", "b", "c"]


async def test_a_stream_is_listened_to_and_goes_on_at_its_cursor(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verifications, "LISTEN_S", 0.5)
    service, asked = VerificationService(database, ManualClock()), list[str | None]()

    async def listen(cursor: str | None) -> AsyncIterator[SourceChunk]:
        asked.append(cursor)
        yield SourceChunk(batch(row("a" if cursor is None else "b")), "17" if cursor is None else "18")
        await asyncio.Event().wait()

    job = streamed_verifications_job(service, listen, {ISSUER})
    first = await job.step(Turn(ManualClock().now_us()))
    second = await job.step(Turn(ManualClock().now_us(), first.cursor_json))
    assert (asked, second.cursor_json) == ([None, "17"], '"18"')
    assert kept(service) == [("a", False), ("b", False)]
