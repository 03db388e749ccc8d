"""Small simulated networks for tests, at a fixed time, without a wall clock."""

from dataclasses import dataclass
from pathlib import Path

import msgspec

from skywarden.atproto.frames import CommitMessage, Message, SyncMessage, parse_frame
from skywarden.atproto.keys import PublicKey
from skywarden.kernel.ids import UtcMicros
from skywarden.simulator.config import SimulatorConfig
from skywarden.simulator.emitter import TruthLine
from skywarden.simulator.network import Network
from skywarden.simulator.opening import open_network
from skywarden.simulator.sqlite import SimulatorStore, StoredFrame

LIVE_US = UtcMicros(1_767_614_400_000_000)

SMALL = SimulatorConfig(seed=7, people=400, backlog_events=1_500)


@dataclass(frozen=True, slots=True)
class Run:
    """A network and the frames it has emitted."""

    network: Network
    frames: list[StoredFrame]


def small_network(config: SimulatorConfig = SMALL, path: Path | None = None, now_us: UtcMicros = LIVE_US) -> Network:
    """Open a network in memory, or in a file."""
    return open_network(config, SimulatorStore(path, retained_frames=config.retained_frames), now_us)


def live_to(network: Network, seconds: float) -> list[StoredFrame]:
    """Live so many seconds past the start of the live stream, the backlog included."""
    return network.advance(UtcMicros(LIVE_US + round(seconds * 1_000_000)))


def messages(frames: list[StoredFrame]) -> list[Message]:
    return [parse_frame(stored.frame) for stored in frames]


def commits(frames: list[StoredFrame]) -> list[CommitMessage]:
    return [message for message in messages(frames) if isinstance(message, CommitMessage)]


def key_of(network: Network, did: str) -> PublicKey:
    """The key that the PLC directory names for a DID."""
    log = network.parts.plc.audit_log(did)
    assert log is not None
    return PublicKey.from_did_key(log[-1].operation.verification_methods["atproto"])


def truth_of(network: Network) -> list[TruthLine]:
    return [msgspec.json.decode(line, type=TruthLine) for line in network.parts.store.truth()]


def assert_chained(frames: list[StoredFrame], heads: dict[str, str] | None = None) -> dict[str, str]:
    """Check that each commit follows the one before it in its repository; give back the last rev by DID.

    `heads` are the revs before the first frame, where they are known.
    """
    revs: dict[str, str] = dict(heads or {})
    for message in messages(frames):
        if isinstance(message, CommitMessage):
            known = revs.get(message.repo)
            assert known is None or message.since == known, f"seq {message.seq} does not follow rev {known}"
            assert message.since is not None
            assert message.rev > message.since
            revs[message.repo] = message.rev
        elif isinstance(message, SyncMessage):
            revs[message.did] = message.rev
    return revs
