"""A Jetstream that mixes every kind of bad message into good ones: the good arrive, the bad are kept, memory stays."""

import pytest

from servers.bad_frames import BadInput, made_up_did
from servers.bad_json import bad_messages, on_the_wire, post_message
from servers.frame_relay import JETSTREAM, FrameRelay, StreamMessage
from servers.stream_trial import Outcome, read_stream

MEGABYTE = 1024 * 1024
FIRST_US = 1_767_225_600_000_000
QUIET = 100
GOOD_TIMES = range(FIRST_US, FIRST_US + 200 * 1_000, 1_000)
BAD_TIMES = range(FIRST_US + QUIET * 1_000 + 500, FIRST_US + 200 * 1_000, 2_000)
BAD = bad_messages(BAD_TIMES)

pytestmark = pytest.mark.timeout(180)


def mixed_stream() -> list[StreamMessage]:
    """Good posts every millisecond, after the quiet part a bad message between every second pair of them."""
    good = [StreamMessage(time_us, post_message(made_up_did(time_us), time_us)) for time_us in GOOD_TIMES]
    bad = [StreamMessage(time_us, on_the_wire(each)) for time_us, each in zip(BAD_TIMES, BAD, strict=False)]
    return sorted([*good, *bad], key=lambda message: message.cursor)


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    data = tmp_path_factory.mktemp("bad-jetstream") / "data"
    relay = FrameRelay(mixed_stream(), path=JETSTREAM)
    return read_stream(relay, "jetstream+", data, quiet=(QUIET, QUIET), rows=len(GOOD_TIMES))


def test_every_good_post_arrives_once_and_in_order(outcome: Outcome) -> None:
    assert [did for _, _, did, _, _ in outcome.events] == [made_up_did(time_us) for time_us in GOOD_TIMES]


@pytest.mark.parametrize("bad", BAD, ids=[bad.name for bad in BAD])
def test_a_bad_message_is_kept_with_its_bytes_and_its_reason(outcome: Outcome, bad: BadInput) -> None:
    [entry] = outcome.kept(bad.frame)
    assert entry.reason
    assert entry.detail


def test_nothing_else_is_quarantined(outcome: Outcome) -> None:
    ours = {bad.frame for bad in BAD}
    assert [entry.detail for entry in outcome.quarantine if entry.data not in ours] == []


def test_bad_input_does_not_cost_a_connection_each(outcome: Outcome) -> None:
    assert outcome.connections <= 3


def test_memory_does_not_follow_the_nesting_of_a_message(outcome: Outcome) -> None:
    assert outcome.grown_bytes < 100 * MEGABYTE
