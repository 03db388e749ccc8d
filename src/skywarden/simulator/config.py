"""What a simulated network is made of: numbers that, with the seed, decide everything it emits."""

from dataclasses import dataclass, field
from enum import StrEnum

from skywarden.kernel.errors import Rejected
from skywarden.simulator.canary import CANARY_EVERY_S


class FaultKind(StrEnum):
    """Faults that the relay can be asked for."""

    GAPS = "gaps"
    DUPLICATES = "duplicates"
    REORDERING = "reordering"
    MALFORMED = "malformed"
    BAD_SIGNATURES = "bad-signatures"
    DISCONNECTS = "disconnects"


@dataclass(frozen=True, slots=True)
class SimulatorConfig:
    """Everything that shapes the network.

    Units: rates in events a second; `abuse_share` of all events (0..1); `strength` multiplies how much an abusive
    campaign does; fault rates are probabilities a frame. `patient`: campaigns of each kind that takes days;
    `newshounds`: ordinary people who link to the headlines of the day all day long, as many do at once.
    """

    seed: int = 1
    rate: float = 50.0
    people: int = 2_000
    abuse_share: float = 0.12
    strength: float = 1.0
    backlog_minutes: float = 30.0
    backlog_events: int = 4_000
    retained_frames: int = 100_000
    faults: dict[FaultKind, float] = field(default_factory=dict)
    patient: int = 0
    newshounds: int = 0
    canary_every_s: float = CANARY_EVERY_S


def parse_faults(texts: list[str]) -> dict[FaultKind, float]:
    """Read `name=probability` texts. Raises: Rejected for an unknown name or a probability outside 0..1."""
    faults = {}
    for text in texts:
        name, _, value = text.partition("=")
        try:
            kind, probability = FaultKind(name), float(value)
        except ValueError as error:
            names = ", ".join(FaultKind)
            raise Rejected("fault-syntax", expected=f"NAME=PROBABILITY with a name of {names}", found=text) from error
        if not 0 <= probability <= 1:
            raise Rejected("fault-range", expected="a probability from 0 to 1", found=text)
        faults[kind] = probability
    return faults
