"""The relay that other tests lean on gives what a real one gives."""

from collections.abc import Iterator

import libipld
import pytest
from websockets.sync.client import ClientConnection, connect

from servers.frame_relay import SUBSCRIBE_REPOS, FrameRelay, StreamMessage, running_relay
from servers.recording import PDS_RECORDING, created_records, expected_events, read_frames, stream_of

TEN = [StreamMessage(cursor=seq * 10, data=f"message {seq}") for seq in range(1, 11)]


@pytest.fixture
def relay() -> Iterator[FrameRelay]:
    with running_relay(FrameRelay(TEN)) as running:
        yield running


def subscribe(relay: FrameRelay, cursor: int | None) -> ClientConnection:
    query = "" if cursor is None else f"?cursor={cursor}"
    return connect(f"{relay.url}{SUBSCRIBE_REPOS}{query}", compression=None)


def test_a_cursor_gives_its_own_message_again(relay: FrameRelay) -> None:
    relay.release(10)
    with subscribe(relay, 30) as stream:
        assert [stream.recv(timeout=5) for _ in range(8)] == [f"message {seq}" for seq in range(3, 11)]
    assert relay.asked == [30]


def test_an_exclusive_relay_begins_after_the_cursor() -> None:
    with running_relay(FrameRelay(TEN, inclusive=False)) as relay:
        relay.release(10)
        with subscribe(relay, 30) as stream:
            assert stream.recv(timeout=5) == "message 4"


def test_nothing_passes_beyond_what_was_released(relay: FrameRelay) -> None:
    relay.release(2)
    with subscribe(relay, 0) as stream:
        assert [stream.recv(timeout=5) for _ in range(2)] == ["message 1", "message 2"]
        with pytest.raises(TimeoutError):
            stream.recv(timeout=0.1)
        relay.release(3)
        assert stream.recv(timeout=5) == "message 3"
    assert relay.wait_sent(3, timeout_s=5)
    assert not relay.wait_sent(4, timeout_s=0)


def test_without_a_cursor_only_what_comes_is_given(relay: FrameRelay) -> None:
    relay.release(4)
    with subscribe(relay, None) as stream:
        assert relay.wait_asked(1, timeout_s=5)
        with pytest.raises(TimeoutError):
            stream.recv(timeout=0.1)
        relay.release(5)
        assert stream.recv(timeout=5) == "message 5"


def test_a_future_cursor_is_an_error_and_a_close(relay: FrameRelay) -> None:
    with subscribe(relay, 101) as stream:
        frame = stream.recv(timeout=5)
        assert isinstance(frame, bytes)
        header, body = libipld.decode_dag_cbor_multi(frame)
        assert (header["op"], body["error"]) == (-1, "FutureCursor")


def test_the_recording_says_what_is_in_it() -> None:
    frames = read_frames(PDS_RECORDING)
    assert [message.cursor for message in stream_of(frames)] == list(range(1, 2_002))
    events = expected_events(frames)
    assert len(events) == len(set(events)) == 2_079
    assert len(created_records(frames, "app.bsky.feed.post")) == 736
