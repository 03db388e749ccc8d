"""Let one platform read one stream to its end and keep what came of it."""

from dataclasses import dataclass
from pathlib import Path

from servers.frame_relay import FrameRelay, running_relay
from servers.log_rows import EventIdentity, logged_events
from servers.platform import Platform, running_platform
from skywarden.log.contract import QuarantineEntry
from skywarden.log.sqlite import SqliteLog
from skywarden.observe.catalog import ENGINE_POSITION


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the stream left behind. `grown_bytes`: how far the peak of memory rose after the quiet part."""

    events: list[EventIdentity]
    quarantine: list[QuarantineEntry]
    connections: int
    grown_bytes: int

    def kept(self, *data: bytes) -> list[QuarantineEntry]:
        """Quarantine entries that hold any of these bytes."""
        return [entry for entry in self.quarantine if entry.data in data]


def read_stream(relay: FrameRelay, scheme: str, data: Path, *, quiet: tuple[int, int], rows: int) -> Outcome:
    """Run a platform on `data` until the log holds `rows`; `quiet` is how many messages give how many rows first.

    `scheme` is what the source URL has before ws://, such as "jetstream+".
    """
    with running_relay(relay), running_platform(Platform(data, scheme + relay.url)) as platform:
        relay.release(quiet[0])
        _wait_for_rows(platform, quiet[1])
        _wait_for_rules(platform, quiet[1])  # what they are made of is loaded when they first run
        before = platform.running.peak_bytes()
        relay.release(len(relay.messages))
        _wait_for_rows(platform, rows)
        grown = platform.running.peak_bytes() - before
        assert platform.running.stop(timeout_s=10) == 0
    return Outcome(logged_events(data), _quarantined(data), len(relay.asked), grown)


def _wait_for_rows(platform: Platform, rows: int) -> None:
    platform.running.wait_until(lambda: platform.logged_rows() >= rows, 60, f"{rows} rows in the log")


def _wait_for_rules(platform: Platform, rows: int) -> None:
    done = f"{rows} rows seen by the rules"
    platform.running.wait_until(lambda: platform.metric(ENGINE_POSITION.name) >= rows, 90, done)


def _quarantined(data: Path) -> list[QuarantineEntry]:
    log = SqliteLog(data / "log.db", writable=False)
    try:
        return [stored.entry for stored in log.quarantined(limit=1_000)]
    finally:
        log.close()
