"""A relay that mixes every kind of bad frame into good ones: the good ones arrive, the bad ones are kept, memory stays.

One platform reads one stream; each test looks at one side of what came of it.
"""

import pytest

from servers.bad_frames import BadInput, bad_inputs
from servers.frame_relay import FrameRelay, StreamMessage
from servers.recording import PDS_RECORDING, build_frame, expected_events, read_body, read_frames
from servers.stream_trial import Outcome, read_stream

MEGABYTE = 1024 * 1024
QUIET = 200
"""So many good frames pass before the first bad one."""

pytestmark = pytest.mark.timeout(180)


def is_one_new_post(frame: bytes) -> bool:
    kind, body = read_body(frame)
    return kind == "#commit" and [op["path"].split("/")[0] for op in body["ops"]] == ["app.bsky.feed.post"]


def spread(frames: list[bytes]) -> list[bytes]:
    """The frames with ten times their seq: 10, 20, 30..., so that there is room between them."""
    return [build_frame(kind, {**body, "seq": body["seq"] * 10}) for kind, body in map(read_body, frames)]


GOOD = spread(read_frames(PDS_RECORDING)[:600])
BAD_SEQS = range(QUIET * 10 + 5, len(GOOD) * 10, 30)
TEXT = "a text message where frames are binary"
BAD = [*bad_inputs(next(filter(is_one_new_post, GOOD)), BAD_SEQS), BadInput(TEXT, TEXT.encode(), TEXT.encode())]
UNKNOWN = [build_frame("#weather", {"seq": 1_001, "sky": "clear"}), build_frame("#commits", {"seq": 1_002, "ops": []})]


def mixed_stream() -> list[StreamMessage]:
    """Good frames and those of unknown type at their seq, bad ones at theirs, whatever they say themselves."""
    good = [StreamMessage(read_body(frame)[1]["seq"], frame) for frame in [*GOOD, *UNKNOWN]]
    frames = [TEXT if each.name == TEXT else each.frame for each in BAD]
    bad = [StreamMessage(seq, frame) for seq, frame in zip(BAD_SEQS, frames, strict=False)]
    return sorted([*good, *bad], key=lambda message: message.cursor)


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    data = tmp_path_factory.mktemp("bad-input") / "data"
    quiet = QUIET + len(UNKNOWN), len(expected_events(GOOD[:QUIET]))
    return read_stream(FrameRelay(mixed_stream()), "", data, quiet=quiet, rows=len(expected_events(GOOD)))


def test_every_good_event_arrives_once_and_in_order(outcome: Outcome) -> None:
    assert outcome.events == [(e.seq, e.kind, e.did, e.action, e.path) for e in expected_events(GOOD)]


@pytest.mark.parametrize("bad", BAD, ids=[bad.name for bad in BAD])
def test_a_bad_input_is_kept_with_its_bytes_and_its_reason(outcome: Outcome, bad: BadInput) -> None:
    [entry] = outcome.kept(bad.frame, bad.piece)
    assert entry.reason
    assert entry.detail


def test_nothing_else_is_quarantined(outcome: Outcome) -> None:
    ours = {data for bad in BAD for data in (bad.frame, bad.piece)}
    assert [entry.detail for entry in outcome.quarantine if entry.data not in ours] == []


def test_bad_input_does_not_cost_a_connection_each(outcome: Outcome) -> None:
    assert outcome.connections <= 3


def test_memory_does_not_follow_what_a_bad_input_claims(outcome: Outcome) -> None:
    assert outcome.grown_bytes < 100 * MEGABYTE
