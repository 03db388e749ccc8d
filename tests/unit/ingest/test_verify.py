"""Commits are verified as the mode asks; what fails is quarantined and the others pass."""

import asyncio
import json
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ingest_frames import DID, KEY, POST, commit_frame, post
from shared_data import ROOT, frames_of, present
from skywarden.atproto.car import read_car
from skywarden.atproto.frames import CommitMessage, parse_frame
from skywarden.atproto.identity.document import DidDocument
from skywarden.atproto.identity.resolver import IdentityResolver, StaticResolver
from skywarden.atproto.keys import PrivateKey
from skywarden.ingest.contract import Admission, RepoStep, SourceChunk, Verdict
from skywarden.ingest.decode.chunk import DecodeCounts
from skywarden.ingest.decode.firehose import FirehoseDecoder
from skywarden.ingest.verify import CommitVerifier, VerifyMode
from skywarden.kernel.clock import ManualClock
from skywarden.kernel.errors import Rejected, Retryable
from skywarden.kernel.ids import Did

FIREHOSE = ROOT / "firehose"


def document(key: PrivateKey, did: Did = DID) -> DidDocument:
    method = {"id": f"{did}#atproto", "type": "Multikey", "controller": did, "publicKeyMultibase": key.public.multibase}
    return DidDocument.from_json(did, json.dumps({"id": did, "verificationMethod": [method]}).encode())


@dataclass
class RotatedKey:
    """Gives an old document until it is asked for a fresh one."""

    old: DidDocument
    new: DidDocument
    refreshed: list[Did] = field(default_factory=list)

    async def resolve(self, did: Did) -> DidDocument:
        return self.new if self.refreshed else self.old

    async def refresh(self, did: Did) -> DidDocument:
        self.refreshed.append(did)
        return self.new

    def purge(self, did: Did) -> None:
        """Nothing is kept."""


class Unreachable:
    """A directory that is down."""

    async def resolve(self, did: Did) -> DidDocument:
        raise Retryable("plc.directory: no answer")

    async def refresh(self, did: Did) -> DidDocument:
        raise Retryable("plc.directory: no answer")

    def purge(self, did: Did) -> None:
        """Nothing is kept."""


def decode(
    frames: list[bytes], resolver: IdentityResolver, mode: VerifyMode = VerifyMode.FULL
) -> tuple[SourceChunk, DecodeCounts]:
    decoder = FirehoseDecoder("relay", verifier=CommitVerifier(mode, resolver), clock=ManualClock())
    for frame in frames:
        decoder.add(frame, "")
    asyncio.run(decoder.settle())
    return decoder.take(), decoder.counts


def production() -> tuple[list[bytes], StaticResolver]:
    frames = list(frames_of(FIREHOSE / "relay.frames"))
    return frames, StaticResolver.from_file(present(FIREHOSE / "did_docs.json"))


def test_every_commit_of_the_production_relay_verifies() -> None:
    frames, resolver = production()
    chunk, counts = decode(frames, resolver)
    assert (chunk.rows.num_rows, counts.verified, chunk.quarantine) == (77, 75, ())


def flipped(frame: bytes, at: int) -> bytes:
    return frame[:at] + bytes((frame[at] ^ 1,)) + frame[at + 1 :]


@pytest.mark.parametrize("part", ["signature", "record", "tree node", "commit"])
def test_one_flipped_byte_quarantines_that_commit_and_no_other(part: str) -> None:
    frames, resolver = production()
    message = parse_frame(frames[40])
    assert isinstance(message, CommitMessage)
    blocks = read_car(message.blocks).blocks
    record = message.ops[0].cid
    chosen = {
        "signature": message.commit,
        "commit": message.commit,
        "record": record,
        "tree node": next(cid for cid in blocks if cid not in (message.commit, record)),
    }[part]
    assert chosen is not None
    block = blocks[chosen]
    at = frames[40].index(block) + (block.index(b"csigX@") + 20 if part == "signature" else 12)
    broken = flipped(frames[40], at)
    chunk, counts = decode([*frames[:40], broken, *frames[41:]], resolver)
    assert [(entry.position, entry.data) for entry in chunk.quarantine] == [(str(message.seq), broken)]
    assert counts.verified == 74
    assert chunk.rows.num_rows == 77 - len(message.ops)


def test_a_rotated_key_is_looked_up_once_more() -> None:
    resolver = RotatedKey(document(PrivateKey.from_hex("22" * 32)), document(KEY))
    chunk, counts = decode([commit_frame({POST: post()})] * 3, resolver)
    assert (chunk.rows.num_rows, counts.verified, resolver.refreshed) == (3, 3, [DID])


def test_a_signature_by_another_key_is_quarantined() -> None:
    chunk, _ = decode([commit_frame({POST: post()})], StaticResolver({DID: document(PrivateKey.from_hex("22" * 32))}))
    assert [entry.reason for entry in chunk.quarantine] == ["commit-signature"]


def test_a_directory_that_is_down_quarantines_and_does_not_raise() -> None:
    chunk, _ = decode([commit_frame({POST: post()})], Unreachable())
    assert [entry.reason for entry in chunk.quarantine] == ["identity-unavailable"]


def test_an_account_without_a_document_is_quarantined() -> None:
    chunk, _ = decode([commit_frame({POST: post()})], StaticResolver({}))
    assert [entry.reason for entry in chunk.quarantine] == ["did-not-found"]


def test_a_sample_is_the_same_each_time_and_about_its_share() -> None:
    verifier = CommitVerifier(VerifyMode.SAMPLED, StaticResolver({}), sample_one_in=10)
    recorded = frames_of(Path(__file__).parents[2] / "data/pds_recorded.frames")
    commits = [message for frame in recorded if isinstance(message := parse_frame(frame), CommitMessage)]
    picked = [verifier.wants(message) for message in commits]
    assert picked == [verifier.wants(message) for message in commits]
    assert 0.05 < sum(picked) / len(picked) < 0.2


def test_off_wants_nothing_and_the_others_need_a_resolver() -> None:
    message = parse_frame(commit_frame({POST: post()}))
    assert isinstance(message, CommitMessage)
    assert not CommitVerifier(VerifyMode.OFF).wants(message)
    with pytest.raises(Rejected, match="verify=off"):
        CommitVerifier(VerifyMode.FULL)


@dataclass
class NotedSteps:
    """Notes what the gate is asked and gives one answer to all."""

    answer: Verdict
    steps: list[RepoStep] = field(default_factory=list)

    def admit(self, step: RepoStep) -> Admission:
        self.steps.append(step)
        return Admission(self.answer, "rev-in-future")


@pytest.mark.parametrize(
    ("answer", "rows", "quarantined", "ignored"),
    [(Verdict.PASS, 1, 0, 0), (Verdict.IGNORE, 0, 0, 1), (Verdict.REJECT, 0, 1, 0)],
)
def test_the_gate_is_asked_about_verified_commits(answer: Verdict, rows: int, quarantined: int, ignored: int) -> None:
    frame = commit_frame({POST: post()})
    message = parse_frame(frame)
    assert isinstance(message, CommitMessage)
    gate = NotedSteps(answer)
    verifier = CommitVerifier(VerifyMode.FULL, StaticResolver({DID: document(KEY)}))
    decoder = FirehoseDecoder("relay", verifier=verifier, gate=gate, clock=ManualClock())
    decoder.add(frame, "")
    asyncio.run(decoder.settle())
    chunk = decoder.take()
    assert (chunk.rows.num_rows, len(chunk.quarantine), decoder.counts.ignored) == (rows, quarantined, ignored)
    (step,) = gate.steps
    assert (step.did, step.rev, step.since, step.raw) == (DID, message.rev, message.since, frame)
    assert step.prev_data == message.prev_data
    assert step.data is not None
