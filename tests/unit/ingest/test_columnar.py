"""The batch path gives the rows of the live path, column by column, for good frames and bad ones."""

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest_frames import POST, commit_frame, post
from shared_data import ROOT, frames_of, present
from skywarden.atproto.cid import cid_bytes_of
from skywarden.atproto.node import Link
from skywarden.ingest.columnar.batch import ColumnarDecoder, ColumnarReader, Frames
from skywarden.ingest.columnar.gather_kernel import split_recording
from skywarden.ingest.contract import Admission, RepoStep, SourceChunk, Verdict
from skywarden.ingest.decode.chunk import DecodeCounts
from skywarden.ingest.decode.firehose import FirehoseDecoder
from skywarden.kernel.clock import ManualClock

pytestmark = pytest.mark.timeout(600)  # the first test of a fresh checkout compiles the kernels

RECORDING = Path(__file__).parents[2] / "data/pds_recorded.frames"


@cache
def recorded() -> list[bytes]:
    return list(frames_of(RECORDING))


def batch(frames: list[bytes]) -> tuple[list[SourceChunk], DecodeCounts]:
    reader = ColumnarReader("relay", clock=ManualClock())
    ends = np.cumsum([len(frame) for frame in frames])
    starts = ends - [len(frame) for frame in frames]
    buf = np.frombuffer(b"".join(frames), np.uint8)
    return list(reader.read(Frames(buf, starts, ends))), reader.counts


def live(frames: list[bytes]) -> tuple[SourceChunk, DecodeCounts]:
    decoder = FirehoseDecoder("relay", clock=ManualClock())
    at = 0
    for frame in frames:
        decoder.add(frame, str(at))
        at += len(frame)
    return decoder.take(), decoder.counts


def assert_same(frames: list[bytes]) -> None:
    chunks, counts = batch(frames)
    expected, expected_counts = live(frames)
    rows = pa.Table.from_batches([chunk.rows for chunk in chunks])
    for name in rows.column_names:
        assert rows.column(name).to_pylist() == expected.rows.column(name).to_pylist(), name
    rows.validate(full=True)
    assert [entry for chunk in chunks for entry in chunk.quarantine] == list(expected.quarantine)
    assert counts == expected_counts


def test_a_recorded_pds_gives_the_same_rows() -> None:
    assert_same(recorded())


def test_the_production_relay_gives_the_same_rows() -> None:
    assert_same(list(frames_of(present(ROOT / "firehose/relay.frames"))))


CID = Link(cid_bytes_of(b"x", 0x55))
REF = {"uri": "at://did:plc:44ybard66vv44zksje25o7dz/app.bsky.feed.post/3jui7kd54zh2y", "cid": "bafy"}
BLOB = {"$type": "blob", "ref": CID, "mimeType": "image/png", "size": 9}
IMAGES = {"$type": "app.bsky.embed.images", "images": [{"alt": "a", "image": BLOB}, {"alt": "", "image": BLOB}]}
VIDEO = {"$type": "app.bsky.embed.video", "video": BLOB, "alt": "moving"}
QUOTE = {"$type": "app.bsky.embed.record", "record": REF}


def facet(*features: object) -> dict[str, object]:
    return {"index": {"byteStart": 0, "byteEnd": 2}, "features": list(features)}


FEATURES = [
    {"$type": "app.bsky.richtext.facet#link", "uri": "https://www.example.co.uk/a"},
    {"$type": "app.bsky.richtext.facet#tag", "tag": "katze"},
    {"$type": "app.bsky.richtext.facet#mention", "did": "did:plc:ewvi7nxzyoun6zhxrhs64oiz"},
]

LINK_FEATURE, TAG_FEATURE, MENTION_FEATURE = FEATURES
TARGETS = [{**LINK_FEATURE, "uri": f"https://example.org/{number}"} for number in range(10)]
TARGETS += [MENTION_FEATURE, {**TARGETS[0]}, {**TARGETS[8]}]
STARTS: list[object] = [4, 16, 5, 4, 6, 28, 0, 33, 2, -1, 4, 0, 0]
ENDS: list[object] = [12, 28, 6, 6, 8, 33, 999, 33, "3", 3, 12, 3, 3]

RECORDS: dict[str, tuple[str, dict[str, object]]] = {
    "every field of a post": (
        POST,
        post(
            'quotes " \\ and \b\f\n\r\t\x01\x1f\x7f and ü € 😀',
            langs=["en", "de", "en"],
            reply={"parent": REF, "root": {"uri": "at://alice.test/a/b", "cid": "bafy"}},
            facets=[facet(*FEATURES), facet(*FEATURES)],
            tags=["hund", "katze"],
            embed={"$type": "app.bsky.embed.external", "external": {"uri": "https://example.org/"}},
        ),
    ),
    "links and mentions with their words": (
        POST,
        post(
            "see günther at good.example 😀",
            facets=[
                {"index": {"byteStart": start, "byteEnd": end}, "features": [feature]}
                for feature, start, end in zip(TARGETS, STARTS, ENDS, strict=True)
            ],
            embed={"$type": "app.bsky.embed.external", "external": {"uri": "https://example.org/8"}},
        ),
    ),
    "a facet without an index": (POST, post(facets=[{"features": FEATURES}])),
    "images": (POST, post(embed=IMAGES)),
    "a video": (POST, post(embed=VIDEO)),
    "a video without alt": (POST, post(embed={"$type": "app.bsky.embed.video", "video": BLOB})),
    "a quote": (POST, post(embed=QUOTE)),
    "a quote with images": (
        POST,
        post(embed={"$type": "app.bsky.embed.recordWithMedia", "record": QUOTE, "media": IMAGES}),
    ),
    "a gallery": (POST, post(embed={"$type": "app.bsky.embed.gallery", "items": IMAGES["images"]})),
    "an unknown embed": (POST, post(embed={"$type": "com.example.embed"})),
    "wrong types": (POST, {"text": 7, "langs": "en", "reply": [], "facets": {}, "embed": "x", "createdAt": 1}),
    "nothing": (POST, {}),
    "seventy tags": (POST, post(tags=[str(number) for number in range(70)])),
    "odd times": (POST, post(createdAt="2026-07-04T16:38:08+02:00")),
    "no time": (POST, post(createdAt="yesterday")),
    "a leap day": (POST, post(createdAt="2024-02-29T23:59:59.999Z")),
    "a day that is none": (POST, post(createdAt="2023-02-29T23:59:59.999Z")),
    "1969": (POST, post(createdAt="1969-12-31T23:59:59.999Z")),
    "a like": ("app.bsky.feed.like/a", {"subject": REF, "createdAt": "2026-07-04T14:38:08.420Z", "via": REF}),
    "a follow": ("app.bsky.graph.follow/a", {"subject": "did:web:example.org"}),
    "a follow of nobody": ("app.bsky.graph.follow/a", {"subject": 7}),
    "a list block": ("app.bsky.graph.listblock/a", {"subject": REF["uri"]}),
    "a profile": ("app.bsky.actor.profile/self", {"displayName": "Ann", "avatar": BLOB, "banner": BLOB}),
    "a profile of old": ("app.bsky.actor.profile/self", {"avatar": {"cid": "bafy", "mimeType": "image/png"}}),
    "a list": ("app.bsky.graph.list/a", {"name": "friends", "description": "", "avatar": BLOB}),
    "a starter pack": ("app.bsky.graph.starterpack/a", {"name": "start", "list": REF["uri"]}),
    "two names": ("app.bsky.feed.generator/a", {"name": "a", "displayName": "b"}),
    "anything": (
        "com.example.thing/a.b~c:d",
        {"int": [0, 1, -1, 23, 24, 255, 256, 2**53, -(2**53), 2**63 - 1, -(2**63)], "b": b"\x00\x01\xfe", "e": b"",
         "deep": {"a": [[], {}, [None, True, False, {"l": CID}]]}, "": "", "k\n\"é": "v"},
    ),
    "sixteen levels and more": ("com.example.thing/a", {"a": [[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]}),
}  # fmt: skip


@pytest.mark.parametrize("case", RECORDS)
def test_a_record_gives_the_same_row(case: str) -> None:
    path, record = RECORDS[case]
    assert_same([commit_frame({path: record}), recorded()[0], commit_frame({path: record, POST + "a": post()})])


def test_a_record_that_its_cid_does_not_name_is_quarantined_as_by_the_live_path() -> None:
    good = commit_frame({POST: post()})
    assert_same([good, good.replace(b"hello", b"hallo"), good])


def test_room_that_runs_out_splits_the_batch_between_frames() -> None:
    many = commit_frame({f"app.bsky.feed.post/{number}": post(tags=["a", "b"] * 20) for number in range(16)})
    chunks, _ = batch([many] * 40)
    assert len(chunks) > 1
    assert_same([many] * 40)


def test_a_recording_is_split_into_its_whole_frames() -> None:
    data = np.fromfile(RECORDING, np.uint8)
    starts, ends = np.empty(3_000, np.int64), np.empty(3_000, np.int64)
    frames, end = split_recording(data, starts, ends)
    assert (frames, end) == (2_001, len(data))
    assert data[starts[7] : ends[7]].tobytes() == recorded()[7]
    assert split_recording(data[:-1], starts, ends)[0] == 2_000
    assert split_recording(data, starts[:5], ends[:5])[0] == 5


@dataclass
class Choosy:
    """A gate that notes every step and treats each third commit as the last word of its account."""

    steps: list[RepoStep] = field(default_factory=list)

    def admit(self, step: RepoStep) -> Admission:
        self.steps.append(step)
        verdict = (Verdict.PASS, Verdict.PASS, Verdict.IGNORE, Verdict.PASS, Verdict.REJECT)[len(self.steps) % 5]
        return Admission(verdict, "rev-in-future", step.did)


def test_one_by_one_and_through_a_gate_it_does_what_the_firehose_decoder_does() -> None:
    gates = Choosy(), Choosy()
    decoders = (
        ColumnarDecoder("relay", gate=gates[0], clock=ManualClock()),
        FirehoseDecoder("relay", gate=gates[1], clock=ManualClock()),
    )
    chunks = []
    for decoder in decoders:
        for number, frame in enumerate([b"\xff", *recorded()]):
            decoder.add(frame, str(number))
        assert decoder.pending() == 2_002
        chunks.append(decoder.take())
    assert gates[0].steps == gates[1].steps
    assert chunks[0].rows.equals(chunks[1].rows)
    assert (chunks[0].quarantine, chunks[0].cursor) == (chunks[1].quarantine, chunks[1].cursor)
    assert decoders[0].counts == decoders[1].counts


def test_nothing_pending_is_an_empty_chunk() -> None:
    chunk = ColumnarDecoder("relay").take()
    assert (chunk.rows.num_rows, chunk.cursor, chunk.quarantine) == (0, None, ())


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_frames_with_changed_bytes_give_what_the_live_path_gives(data: st.DataObject) -> None:
    frame = bytearray(data.draw(st.sampled_from(recorded())))
    for _ in range(data.draw(st.integers(1, 3))):
        frame[data.draw(st.integers(0, len(frame) - 1))] = data.draw(st.integers(0, 255))
    assert_same([recorded()[4], bytes(frame), recorded()[5]])


@given(st.lists(st.binary(max_size=200), max_size=5))
@settings(max_examples=100, deadline=None)
def test_random_bytes_give_what_the_live_path_gives(tails: list[bytes]) -> None:
    assert_same([recorded()[4], *(recorded()[4][:20] + tail for tail in tails), *tails, recorded()[5]])
