"""A network that was stopped or killed goes on as if it had only been silent."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from websockets.asyncio.client import connect

from simulated import LIVE_US, SMALL, assert_chained, commits, key_of, live_to, messages, small_network
from skywarden.atproto.car import read_car
from skywarden.atproto.commit import check_commit, read_commit
from skywarden.atproto.frames import AccountMessage, read_frame
from skywarden.kernel.errors import Broken, Rejected
from skywarden.kernel.ids import UtcMicros
from skywarden.simulator.network import Network
from skywarden.simulator.opening import open_network
from skywarden.simulator.sqlite import SimulatorStore

HOUR_US = 3_600_000_000
CONFIG = replace(SMALL, people=100, backlog_minutes=10.0, backlog_events=300)


def crash(network: Network) -> None:
    """Let go of the file as a killed process does: nothing more is stored."""
    network.parts.store.close()


def test_after_a_crash_numbers_keys_and_repositories_go_on(tmp_path: Path) -> None:
    path = tmp_path / "simulator.db"
    before = small_network(CONFIG, path)
    first = live_to(before, 20)
    keys = {account.did: key_of(before, account.did) for account in before.register}
    crash(before)

    after = small_network(CONFIG, path, UtcMicros(LIVE_US + HOUR_US))
    after.advance(UtcMicros(LIVE_US + HOUR_US + 20_000_000))
    second = after.parts.store.frames_from(first[-1].seq + 1, 10_000)

    assert len(second) > 500
    assert [stored.seq for stored in second] == list(range(first[-1].seq + 1, first[-1].seq + 1 + len(second)))
    assert {did: key_of(after, did) for did in keys} == keys
    assert_chained(second, assert_chained(first))
    for message in commits(second):
        check_commit(message, key_of(after, message.repo))
    after.close()


def test_after_a_crash_the_campaigns_go_on_with_their_accounts(tmp_path: Path) -> None:
    path = tmp_path / "simulator.db"
    before = small_network(CONFIG, path)
    live_to(before, 20)
    members = {account.did for account in before.register if account.abuse_kind == "reply-flood"}
    crash(before)

    after = small_network(CONFIG, path, UtcMicros(LIVE_US + HOUR_US))
    second = after.advance(UtcMicros(LIVE_US + HOUR_US + 30_000_000))

    assert members & {message.repo for message in commits(second)}
    after.close()


def test_a_stop_after_each_of_many_moments_leaves_a_repository_that_its_head_names(tmp_path: Path) -> None:
    path = tmp_path / "simulator.db"
    heads: dict[str, str] = {}
    for moment in range(8):
        network = small_network(CONFIG, path, UtcMicros(LIVE_US + moment * HOUR_US))
        heads = assert_chained(network.advance(UtcMicros(LIVE_US + moment * HOUR_US + moment * 700_000)), heads)
        crash(network)
    network = small_network(CONFIG, path, UtcMicros(LIVE_US + 9 * HOUR_US))
    for account in list(network.register)[:60]:
        if account.active:
            car = read_car(network.parts.repositories.car(account))
            commit = read_commit(car.block(car.roots[0]))
            assert commit.did == account.did
            assert heads.get(account.did, commit.rev) == commit.rev
            assert key_of(network, account.did).verify(commit.signed_bytes, commit.sig)
    network.close()


def test_a_pause_that_ended_while_nobody_lived_there_is_ended(tmp_path: Path) -> None:
    path = tmp_path / "simulator.db"
    before = small_network(CONFIG, path)
    before.advance(UtcMicros(LIVE_US + 40_000_000))
    paused = {account.did for account in before.register if account.status == "deactivated"}
    assert paused
    crash(before)

    after = small_network(CONFIG, path, UtcMicros(LIVE_US + HOUR_US))
    stream = messages(after.parts.store.frames_from(1, 100_000))
    woken = {message.did for message in stream if isinstance(message, AccountMessage) and message.active}

    assert paused <= woken
    assert all(account.status != "deactivated" for account in after.register)
    after.close()


def test_another_seed_is_refused_for_the_same_folder(tmp_path: Path) -> None:
    small_network(CONFIG, tmp_path / "simulator.db").close()
    store = SimulatorStore(tmp_path / "simulator.db", retained_frames=10)

    with pytest.raises(Rejected, match="simulator-seed"):
        open_network(replace(CONFIG, seed=8), store, LIVE_US)
    store.close()


def test_a_second_process_on_the_same_folder_is_refused(tmp_path: Path) -> None:
    network = small_network(CONFIG, tmp_path / "simulator.db")

    with pytest.raises(Broken, match="is another one using it"):
        SimulatorStore(tmp_path / "simulator.db", retained_frames=10, lock_wait_s=0.05)
    network.close()


@contextmanager
def served(folder: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A simulator in a process of its own, and its port."""
    options = ["--data", str(folder), "--port", "0", "--people", "150", "--backlog-events", "600", "--rate", "300"]
    process = subprocess.Popen(
        [sys.executable, "-m", "skywarden.simulator.serve", *options],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert process.stdout is not None
    try:
        yield process, int(json.loads(process.stdout.readline())["port"])
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


async def test_kill_9_loses_and_repeats_nothing_that_a_subscriber_saw(tmp_path: Path) -> None:
    seen: dict[int, bytes] = {}
    for _ in range(4):
        with served(tmp_path) as (process, port):
            cursor = max(seen, default=0)
            url = f"ws://127.0.0.1:{port}/xrpc/com.atproto.sync.subscribeRepos?cursor={cursor}"
            async with connect(url, max_size=None, close_timeout=0.1) as socket:
                for _ in range(500):
                    frame = await socket.recv()
                    assert isinstance(frame, bytes)
                    seq = read_frame(frame).body["seq"]
                    assert isinstance(seq, int)
                    assert seq not in seen
                    seen[seq] = frame
                process.send_signal(signal.SIGKILL)
    store = SimulatorStore(tmp_path / "simulator.db", retained_frames=100_000)
    stored = store.frames_from(1, 100_000)
    store.close()

    assert len(seen) == 2_000
    assert {frame.seq: frame.frame for frame in stored if frame.seq in seen} == seen
    assert [frame.seq for frame in stored] == list(range(1, len(stored) + 1))
    assert_chained(stored)
