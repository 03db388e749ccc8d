"""com.atproto.label.subscribeLabels over a raw WebSocket."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import libipld
import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidStatus

from api_server import SUBSCRIBE, ApiServer, make_services, receive_bytes, serving, stalled_subscriber, until
from databases import Stagger
from label_samples import KEY, ask, ask_many, make_labels
from proposals import make_effect, make_service
from skywarden.api.services import StreamLimits
from skywarden.atproto.cbor import encode, to_json
from skywarden.kernel.ids import Offset
from skywarden.labels import verify_label
from skywarden.labels.wire import label_from_json
from skywarden.observe.catalog import LABEL_SUBSCRIBERS, LABEL_SUBSCRIBERS_DROPPED
from skywarden.storage import Database, open_database


def split(frame: bytes) -> tuple[dict[str, object], dict[str, object]]:
    """Header and body, read by a foreign decoder that ends at the first object."""
    header, end = libipld.decode_dag_cbor_multi(frame)[0], 0
    for end in range(1, len(frame)):
        if encode(header) == frame[:end]:
            break
    return header, libipld.decode_dag_cbor(frame[end:])


async def seqs(socket: ClientConnection, count: int) -> list[int]:
    found: list[int] = []
    for _ in range(count):
        _, body = split(await receive_bytes(socket))
        assert isinstance(body["seq"], int)
        found.append(body["seq"])
    return found


def publish(api: ApiServer, count: int, *, first: int = 0) -> None:
    ask_many(api.services.database, count, first=first)
    while api.services.labels.publish_pending():
        pass


async def test_a_frame_is_a_header_and_one_signed_label_without_a_type(api: ApiServer) -> None:
    publish(api, 1)
    async with api.subscribe(0) as socket:
        header, body = split(await receive_bytes(socket))
    assert header == {"op": 1, "t": "#labels"}
    assert set(body) == {"seq", "labels"}
    labels = body["labels"]
    assert isinstance(labels, list)
    assert len(labels) == 1
    assert set(labels[0]) == {"ver", "src", "uri", "val", "cts", "sig"}
    assert isinstance(labels[0]["sig"], bytes)
    verify_label(label_from_json(to_json(labels[0])), KEY.public)


async def test_without_a_cursor_only_new_labels_come(api: ApiServer) -> None:
    publish(api, 3)
    async with api.subscribe() as socket:
        await asyncio.to_thread(publish, api, 2, first=3)
        assert await seqs(socket, 2) == [4, 5]


async def test_cursor_zero_begins_with_the_oldest(api: ApiServer) -> None:
    publish(api, 3)
    async with api.subscribe(0) as socket:
        assert await seqs(socket, 3) == [1, 2, 3]


async def test_cursor_zero_of_an_empty_stream_waits_for_the_first(api: ApiServer) -> None:
    async with api.subscribe(0) as socket:
        await asyncio.to_thread(publish, api, 1)
        assert await seqs(socket, 1) == [1]


async def test_a_cursor_within_the_stream_is_sent_again_itself(api: ApiServer) -> None:
    publish(api, 5)
    async with api.subscribe(3) as socket:
        assert await seqs(socket, 3) == [3, 4, 5]


async def test_replay_goes_over_into_live_without_gap_or_repeat(database: Database) -> None:
    limits = StreamLimits(page=7)
    async with serving(make_services(database, stream_limits=limits)) as api:
        publish(api, 200)

        def write() -> None:
            for step in range(30):
                publish(api, 10, first=200 + 10 * step)

        async with api.subscribe(0) as socket:
            writing = asyncio.create_task(asyncio.to_thread(write))
            assert await seqs(socket, 500) == list(range(1, 501))
            await writing


async def test_labels_that_were_replaced_are_not_replayed(api: ApiServer) -> None:
    for neg in (False, True):
        ask(api.services.database, "did:plc:a", neg=neg)
    ask(api.services.database, "did:plc:b")
    api.services.labels.publish_pending()
    # A restarted service has nothing in memory: this replay comes from the database.
    async with serving(make_services(api.services.database)) as restarted, restarted.subscribe(0) as socket:
        assert await seqs(socket, 2) == [2, 3]


async def test_a_cursor_of_the_future_is_an_error_and_the_end(api: ApiServer) -> None:
    publish(api, 3)
    async with api.subscribe(4) as socket:
        header, body = split(await receive_bytes(socket))
        with pytest.raises(ConnectionClosed):
            await socket.recv()
    assert (header, body["error"]) == ({"op": -1}, "FutureCursor")


async def test_a_cursor_that_another_process_gave_is_not_of_the_future(database: Database) -> None:
    ahead = make_labels(database)
    async with serving(make_services(database)) as behind:
        ask_many(database, 3)
        ahead.publish_pending()
        assert behind.services.labels.latest_seq() == 0
        async with behind.subscribe(3) as socket:
            assert await seqs(socket, 1) == [3]


async def test_a_cursor_from_before_a_loss_gets_a_notice_and_then_everything(api: ApiServer) -> None:
    publish(api, 3)
    api.services.labels.restart_above(1_000)
    publish(api, 2, first=3)
    async with api.subscribe(500) as socket:
        header, body = split(await receive_bytes(socket))
        assert (header, body["name"]) == ({"op": 1, "t": "#info"}, "OutdatedCursor")
        assert await seqs(socket, 2) == [1_001, 1_002]


async def test_a_malformed_cursor_is_refused_before_the_handshake(api: ApiServer) -> None:
    for cursor in ("-1", "abc", "1.5", "", "9007199254740992"):
        with pytest.raises(InvalidStatus) as caught:
            await api.subscribe(cursor)
        assert caught.value.response.status_code == 400
        assert b"InvalidRequest" in (caught.value.response.body or b"")


async def test_a_plain_get_is_told_to_upgrade(api: ApiServer) -> None:
    answer = await api.http.get(SUBSCRIBE)
    assert (answer.status_code, answer.headers["upgrade"]) == (426, "websocket")


async def test_a_post_is_not_allowed(api: ApiServer) -> None:
    answer = await api.http.post(SUBSCRIBE)
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")


async def test_one_subscriber_too_many_is_told_when_to_come_back(database: Database) -> None:
    limits = StreamLimits(subscribers=1)
    async with serving(make_services(database, stream_limits=limits)) as api, api.subscribe():
        with pytest.raises(InvalidStatus) as caught:
            await api.subscribe()
    assert caught.value.response.status_code == 429
    assert caught.value.response.headers["Retry-After"] == "30"


async def test_what_clients_say_is_passed_over(api: ApiServer) -> None:
    async with api.subscribe() as socket:
        for _ in range(100):
            await socket.send("hello")
            await socket.send(b"\xff")
        await asyncio.to_thread(publish, api, 1)
        assert await seqs(socket, 1) == [1]


async def test_who_leaves_is_counted_out(api: ApiServer) -> None:
    metrics = api.services.metrics
    async with api.subscribe() as first, api.subscribe():
        await asyncio.to_thread(publish, api, 1)
        await seqs(first, 1)
        assert metrics.value(LABEL_SUBSCRIBERS) == 2
    await until(lambda: metrics.value(LABEL_SUBSCRIBERS) == 0)
    # The next one hears of new labels all the same.
    async with api.subscribe() as socket:
        await asyncio.to_thread(publish, api, 1, first=1)
        assert await seqs(socket, 1) == [2]


async def test_a_stalled_subscriber_is_dropped_and_the_others_get_everything(database: Database) -> None:
    limits, total = StreamLimits(stall_s=0.2), 2_000
    services = make_services(database, stream_limits=limits)
    async with serving(services, send_buffer_bytes=8_192) as api:
        stalled = await stalled_subscriber(api.port)
        async with api.subscribe(0) as good:
            writing = asyncio.create_task(asyncio.to_thread(publish, api, total))
            assert await seqs(good, total) == list(range(1, total + 1))
            await writing
            await until(lambda: services.metrics.value(LABEL_SUBSCRIBERS_DROPPED))
        await until(lambda: services.metrics.value(LABEL_SUBSCRIBERS) == 0)
        stalled.close()


async def test_a_live_subscriber_too_far_behind_is_told_so(database: Database) -> None:
    limits = StreamLimits(behind=50, page=10)
    async with serving(make_services(database, stream_limits=limits)) as api, api.subscribe() as socket:
        ask_many(database, 200)
        api.services.labels.publish_pending(limit=200)  # in one step, before the event loop runs again
        header, body = split(await receive_bytes(socket))
        assert (header, body["error"]) == ({"op": -1}, "ConsumerTooSlow")
        with pytest.raises(ConnectionClosed) as caught:
            await socket.recv()
        assert caught.value.rcvd is not None
        assert caught.value.rcvd.code == 1008


async def test_64_writers_and_live_readers_skip_nothing(database: Database, database_url: str) -> None:
    staggered, total = open_database(database_url, seam=Stagger()), 64 * 4
    services = make_services(staggered)
    make_service(staggered).outbox.store([], [make_effect(offset) for offset in range(total)], Offset(total))
    start = threading.Barrier(64)

    def work(_: int) -> None:
        service = make_service(staggered)
        start.wait()
        while service.decide_pending(limit=2) + services.labels.publish_pending(limit=3):
            pass

    def run() -> None:
        with ThreadPoolExecutor(64) as pool:
            list(pool.map(work, range(64)))

    async with serving(services) as api, api.subscribe() as live, api.subscribe(0) as replaying:
        writing = asyncio.create_task(asyncio.to_thread(run))
        expected = list(range(1, total + 1))
        assert await seqs(live, total) == expected
        assert await seqs(replaying, total) == expected
        await writing
    staggered.close()
