"""Many messages in one write are the messages that a WebSocket client takes one by one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient
from websockets.client import ClientProtocol
from websockets.frames import Frame
from websockets.protocol import State
from websockets.uri import parse_uri

from api_server import ApiServer, make_services
from label_samples import ask_many
from skywarden.api.app import make_api
from skywarden.api.label_stream import SharedPages
from skywarden.api.socket_batch import binary_messages
from skywarden.kernel.ids import Seq
from skywarden.labels.recent import StreamFrame
from skywarden.storage import Database


def read_by_a_foreign_client(data: bytes) -> list[bytes]:
    protocol = ClientProtocol(parse_uri("ws://localhost/"), state=State.OPEN, max_size=None)
    protocol.receive_data(data)
    frames = protocol.events_received()
    assert all(isinstance(frame, Frame) and frame.fin for frame in frames)
    return [bytes(frame.data) for frame in frames if isinstance(frame, Frame)]


@given(st.lists(st.binary(max_size=300)))
def test_a_foreign_client_reads_each_message(payloads: list[bytes]) -> None:
    assert read_by_a_foreign_client(binary_messages(payloads)) == payloads


@pytest.mark.parametrize("size", [0, 1, 125, 126, 1_023, 1_024, 65_535, 65_536, 70_000])
def test_every_size_of_message_has_its_head(size: int) -> None:
    assert read_by_a_foreign_client(binary_messages([b"x" * size, b"end"])) == [b"x" * size, b"end"]


def test_those_at_the_head_share_one_page_and_those_behind_keep_none() -> None:
    pages, frames = SharedPages(), [StreamFrame(Seq(number), b"%d" % number) for number in (1, 2, 3)]
    assert pages.wire(frames, Seq(3)) is pages.wire(list(frames), Seq(3))
    assert pages.wire(frames, Seq(9)) is not pages.wire(frames, Seq(9))
    for latest in range(4, 100):
        pages.wire([StreamFrame(Seq(latest), b"x")], Seq(latest))
    assert len(pages._held) == 4


async def test_our_server_takes_batches(api: ApiServer) -> None:
    ask_many(api.services.database, 700)
    while api.services.labels.publish_pending():
        pass
    async with api.subscribe(0) as socket:
        reads = [len(await socket.recv()) for _ in range(700)]
    assert min(reads) > 100


def test_under_any_other_server_messages_go_out_one_by_one(database: Database) -> None:
    services = make_services(database)
    ask_many(database, 3)
    services.labels.publish_pending()
    app = make_api(services)
    with TestClient(app).websocket_connect("/xrpc/com.atproto.label.subscribeLabels?cursor=0") as socket:
        assert [socket.receive_bytes() for _ in range(3)] == [
            frame.data for frame in services.labels.stored_frames(1, 3)
        ]
