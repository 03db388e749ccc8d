"""The default `skywarden up` with its simulated network as a child: killed alone, it leaves neither child nor gap."""

import sqlite3
from collections import Counter
from pathlib import Path

import psutil
import pytest

from servers.label_reader import reading_labels
from servers.log_rows import EventIdentity, logged_events
from servers.platform import Platform, running_platform
from servers.recording import expected_events

LIVES = 2
ROWS_A_LIFE = 300


@pytest.mark.timeout(240)
def test_a_killed_platform_takes_its_network_along_and_goes_on_without_a_gap(tmp_path: Path) -> None:
    platform = Platform(tmp_path / "data", "simulator", {"SKYWARDEN_SIMULATOR_RATE": "200"})
    for life in range(LIVES):
        with running_platform(platform):
            wait_for_rows(platform, (life + 1) * ROWS_A_LIFE)
            kill_without_its_children(platform)
    with running_platform(platform):
        wait_for_rows(platform, (LIVES + 1) * ROWS_A_LIFE)
        with reading_labels(platform.url) as reader:
            platform.running.wait_until(lambda: len(reader.received) > 0, 60, "a label of simulated abuse")
            assert platform.running.stop(timeout_s=10) == 0

    logged = logged_events(platform.data)
    assert logged == journal(platform.data)[: len(logged)]
    twice = Counter((label["uri"], label.get("cid"), label["val"], label.get("neg")) for _, label in reader.received)
    assert set(twice.values()) == {1}


def wait_for_rows(platform: Platform, rows: int) -> None:
    platform.running.wait_until(lambda: platform.logged_rows() >= rows, 60, f"{rows} rows in the log")


def kill_without_its_children(platform: Platform) -> None:
    """kill -9 the platform's own process; its child must notice and end."""
    process = platform.running.process
    children = psutil.Process(process.pid).children(recursive=True)
    assert children, "the simulated network is not a child"
    process.kill()
    process.wait(10)
    _, alive = psutil.wait_procs(children, timeout=10)
    assert alive == []


def journal(data: Path) -> list[EventIdentity]:
    """What the simulated network has sent in all its lives, by its own journal."""
    with sqlite3.connect(f"file:{data / 'simulator' / 'simulator.db'}?mode=ro", uri=True) as db:
        frames = [row[0] for row in db.execute("SELECT frame FROM frames ORDER BY seq")]
    db.close()
    return [(e.seq, e.kind, e.did, e.action, e.path) for e in expected_events(frames)]
