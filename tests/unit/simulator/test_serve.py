"""The server keeps its pace with the clock and its promises to supervisors."""

import json
import signal
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from simulated import LIVE_US, SMALL
from skywarden.kernel.clock import ManualClock
from skywarden.kernel.errors import Retryable
from skywarden.kernel.ids import UtcMicros
from skywarden.simulator.serve import Address, Simulator, listen, main

CONFIG = replace(SMALL, people=60, backlog_minutes=5.0, backlog_events=300)


@dataclass(slots=True)
class WearyClock(ManualClock):
    """Work takes time: each look at the stopwatch costs 4 ms."""

    def monotonic_s(self) -> float:
        self.at_s += 0.004
        return self.at_s


def test_a_tick_lives_up_to_the_clock_and_no_further(tmp_path: Path) -> None:
    clock = ManualClock(LIVE_US)
    simulator = Simulator(CONFIG, tmp_path, clock)
    simulator.tick()
    for _ in range(5):
        clock.advance(0.5)
        simulator.tick()
        assert clock.now_us() - 500_000 < simulator.network.now_us <= clock.now_us()
    simulator.close()


def test_a_tick_ends_after_its_slice_and_the_next_goes_on(tmp_path: Path) -> None:
    clock = WearyClock(LIVE_US)
    simulator = Simulator(CONFIG, tmp_path, clock)

    assert simulator.tick() > 0
    first = simulator.journal.newest_seq
    simulator.tick()
    assert 0 < first < 100
    assert simulator.journal.newest_seq > first
    simulator.close()


def test_time_that_cannot_be_lived_through_is_skipped(tmp_path: Path) -> None:
    clock = WearyClock(LIVE_US)
    simulator = Simulator(CONFIG, tmp_path, clock)
    while simulator.tick() > 0:
        pass
    clock.advance(1)
    simulator.tick()
    before = simulator.journal.newest_seq
    clock.advance(3_600)
    simulator.tick()
    simulator.tick()

    assert simulator.network.now_us >= UtcMicros(clock.now_us() - 1_000_000)
    assert simulator.journal.newest_seq - before < 200
    simulator.close()


def test_a_clock_that_steps_back_stops_nothing_and_repeats_nothing(tmp_path: Path) -> None:
    clock = ManualClock(LIVE_US)
    simulator = Simulator(CONFIG, tmp_path, clock)
    simulator.tick()
    newest = simulator.journal.newest_seq
    clock.advance(-60)
    simulator.tick()
    assert simulator.journal.newest_seq == newest
    clock.advance(62)
    simulator.tick()
    assert simulator.journal.newest_seq > newest
    simulator.close()


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with listen(Address(port=0)) as taken, pytest.raises(Retryable, match="choose another --port"):
        listen(Address(port=taken.getsockname()[1]))


def test_bad_options_end_with_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--data", str(tmp_path), "--fault", "holes=1"]) == 2
    assert "fault-syntax" in capsys.readouterr().err


def test_the_process_says_when_it_is_ready_and_ends_in_order(tmp_path: Path) -> None:
    options = ["--data", str(tmp_path), "--port", "0", "--people", "60", "--backlog-minutes", "1"]
    process = subprocess.Popen(
        [sys.executable, "-m", "skywarden.simulator.serve", *options],
        stdout=subprocess.PIPE,
        text=True,
        env={"PYTHONPATH": ":".join(sys.path)},
    )
    assert process.stdout is not None
    ready = json.loads(process.stdout.readline())
    process.send_signal(signal.SIGTERM)

    assert ready["ready"] is True
    assert ready["port"] > 0
    assert process.wait(timeout=30) == 0
    process.stdout.close()
