"""What was quarantined can be taken in later, once, and no less strictly than the stream."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from ingest_frames import DID, KEY, commit_frame, post
from reading import NOW
from skywarden.atproto.identity.document import DidDocument
from skywarden.atproto.identity.resolver import StaticResolver
from skywarden.atproto.keys import PrivateKey
from skywarden.ingest.accounts.table import AccountTable
from skywarden.ingest.contract import RepoState
from skywarden.ingest.decode.firehose import FirehoseDecoder
from skywarden.ingest.quarantine import QuarantineRetry, Retried, find_entries
from skywarden.ingest.verify import CommitVerifier, VerifyMode
from skywarden.kernel.clock import ManualClock
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Offset
from skywarden.log.contract import QuarantineEntry
from skywarden.log.memory import MemoryLog

GOOD = "app.bsky.feed.post/3migo7fijwi2k"
OTHER = "app.bsky.feed.post/3migo7fijwi2m"


@dataclass(slots=True)
class Desk:
    """A log with a quarantine, and who works on it."""

    log: MemoryLog
    accounts: AccountTable
    clock: ManualClock
    key: PrivateKey = KEY

    def put(self, *entries: QuarantineEntry) -> None:
        self.log.append(self.accounts.stamp(FirehoseDecoder("relay").take().rows), {}, entries)

    def take_in(self, frame: bytes) -> None:
        """As the stream would: good operations become rows, the others go to the quarantine."""
        decoder = FirehoseDecoder("relay", clock=self.clock)
        decoder.add(frame, "1")
        chunk = decoder.take()
        self.log.append(self.accounts.stamp(chunk.rows), {}, chunk.quarantine)
        self.accounts.commit(self.log.end_offset())

    async def retry(self, *numbers: int) -> list[Retried]:
        resolver = StaticResolver({DID: document(self.key)})
        usual, full = CommitVerifier(VerifyMode.OFF), CommitVerifier(VerifyMode.FULL, resolver)
        worker = QuarantineRetry(self.log, self.accounts, self.clock, usual=usual, full=full)
        return await worker.retry(find_entries(self.log, numbers))

    def texts(self) -> list[str]:
        return [text for batch in self.log.read(Offset(0)) for text in batch.rows.column("text").to_pylist()]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    accounts = AccountTable(tmp_path / "accounts.db")
    yield Desk(MemoryLog(), accounts, ManualClock(at_us=NOW))
    accounts.close()


def document(key: PrivateKey) -> DidDocument:
    method = f'{{"id":"#atproto","type":"Multikey","controller":"{DID}","publicKeyMultibase":"{key.public.multibase}"}}'
    return DidDocument.from_json(DID, f'{{"id":"{DID}","verificationMethod":[{method}]}}'.encode())


def entry(data: bytes, reason: str = "record-cbor") -> QuarantineEntry:
    return QuarantineEntry("relay", "1", reason, "it was bad", data, NOW)


async def test_what_is_good_now_is_appended_and_resolved(desk: Desk) -> None:
    desk.put(entry(commit_frame({GOOD: post("late")})))
    assert await desk.retry() == [Retried(1, 1)]
    assert desk.texts() == ["late"]
    assert desk.log.quarantine_count() == 0


async def test_a_second_retry_appends_nothing(desk: Desk) -> None:
    frame = commit_frame({GOOD: post("late")})
    desk.put(entry(frame), entry(frame))
    assert await desk.retry() == [Retried(1, 1), Retried(2, 0)]
    assert await desk.retry(1) == []
    assert desk.texts() == ["late"]


async def test_operations_that_were_taken_beside_the_bad_one_are_not_taken_again(desk: Desk) -> None:
    desk.take_in(commit_frame({GOOD: post("fine"), OTHER: b"\xff"}))
    assert desk.texts() == ["fine"]
    assert [(one.rows, bool(one.reason)) for one in await desk.retry()] == [(0, True)]
    assert desk.texts() == ["fine"]
    assert desk.log.quarantine_count() == 1


async def test_what_is_still_bad_stays_with_its_reason(desk: Desk) -> None:
    desk.put(entry(b"\xff\xff"), entry(commit_frame({GOOD: post("late")})))
    results = await desk.retry()
    assert [(one.number, one.rows) for one in results] == [(1, 0), (2, 1)]
    assert "cbor" in results[0].reason
    assert [stored.number for stored in desk.log.quarantined()] == [1]


async def test_a_bad_signature_is_checked_again_although_the_stream_is_not(desk: Desk) -> None:
    desk.put(entry(commit_frame({GOOD: post("late")}), reason="commit-signature"))
    right, desk.key = desk.key, PrivateKey.from_hex("33" * 32)
    assert (await desk.retry())[0].reason
    desk.key = right
    assert await desk.retry() == [Retried(1, 1)]


async def test_posts_of_an_account_that_is_gone_stay_out(desk: Desk) -> None:
    desk.put(entry(commit_frame({GOOD: post("late")})))
    desk.accounts.commit(desk.log.end_offset(), [RepoState(DID, active=False, status="deleted")])
    assert await desk.retry() == [Retried(1, 0)]
    assert desk.texts() == []


async def test_a_jetstream_message_is_told_by_its_form(desk: Desk) -> None:
    account = b'{"did":"did:plc:a","time_us":1,"kind":"account","account":{"active":true,"did":"did:plc:a","seq":1}}'
    desk.put(replace(entry(account), source="js"))
    assert await desk.retry() == [Retried(1, 1)]


async def test_only_the_named_entries_are_retried(desk: Desk) -> None:
    desk.put(entry(commit_frame({GOOD: post("one")})), entry(commit_frame({OTHER: post("two")})))
    assert await desk.retry(2) == [Retried(2, 1)]
    assert desk.texts() == ["two"]


async def test_a_number_that_is_not_there_is_refused_by_name(desk: Desk) -> None:
    with pytest.raises(Rejected, match="found 7, 9"):
        await desk.retry(9, 7)


async def test_an_empty_quarantine_is_no_error(desk: Desk) -> None:
    assert await desk.retry() == []
