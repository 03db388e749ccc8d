"""Let the simulated network live from moment to moment; what happened is durable before anybody sees it."""

from collections.abc import Callable
from dataclasses import dataclass

from skywarden.kernel.ids import UtcMicros
from skywarden.simulator.abuse import Director
from skywarden.simulator.accounts import AccountRegister, Role
from skywarden.simulator.acts import Act, SyncAct
from skywarden.simulator.config import SimulatorConfig
from skywarden.simulator.emitter import CUT_TO, Emitter
from skywarden.simulator.ledger import Ledger
from skywarden.simulator.moments import SECOND_US
from skywarden.simulator.people import People
from skywarden.simulator.plc import PlcDirectory
from skywarden.simulator.repositories import Repositories
from skywarden.simulator.sqlite import SimulatorStore, StoredFrame
from skywarden.simulator.timeline import Timeline
from skywarden.simulator.world import World

_ACTS_A_FLUSH = 256
_MEMORY_EVERY_US = 5 * SECOND_US

MEMORY_FACT = "director"


@dataclass(frozen=True, slots=True)
class Parts:
    """What a network is joined from."""

    config: SimulatorConfig
    store: SimulatorStore
    register: AccountRegister
    plc: PlcDirectory
    ledger: Ledger
    world: World
    repositories: Repositories
    emitter: Emitter
    people: People
    director: Director
    timeline: Timeline
    live_us: UtcMicros


class Network:
    """The simulated network. Deterministic for a configuration and a time of founding, until it is restarted.

    Crash: it goes on after the last frame that was stored, with every account, key and repository as they were then.
    What people had in mind for later is lost; campaigns go on from where they stood a few seconds before.
    """

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self._remembered_us = int(parts.world.now_us)

    @property
    def now_us(self) -> UtcMicros:
        """How far the network has lived."""
        return self.parts.world.now_us

    @property
    def register(self) -> AccountRegister:
        return self.parts.register

    def advance(
        self, until_us: UtcMicros, *, enough: Callable[[int], bool] = lambda frames: False
    ) -> list[StoredFrame]:
        """Live until a moment, or until `enough` of the frames so far; give back what was stored, in order."""
        frames: list[StoredFrame] = []
        timeline, world = self.parts.timeline, self.parts.world
        acts = 0
        while timeline.next_us <= until_us and not enough(len(frames) + len(self.parts.ledger.batch.frames)):
            world.now_us = max(world.now_us, timeline.next_us)
            act = timeline.act()
            if act is not None:
                self.carry_out(act)
            acts += 1
            if acts % _ACTS_A_FLUSH == 0:
                frames += self.flush()
        return frames + self.flush()

    def skip_to(self, now_us: UtcMicros) -> None:
        """Jump over time that was not lived through."""
        delta_us = now_us - self.parts.timeline.next_us
        if delta_us > 0:
            self.parts.timeline.skip(delta_us)

    def carry_out(self, act: Act) -> None:
        """Put an act on the wire and let the people react to it."""
        for ref in self.parts.emitter.emit(act):
            if self.parts.register[ref.author].role is not Role.CANARY:
                self.parts.people.saw(ref)
        for index in self.parts.emitter.take_oversized():
            self.parts.emitter.emit(SyncAct(index, keep=CUT_TO))
        self.parts.timeline.collect()

    def flush(self) -> list[StoredFrame]:
        """Make durable what happened; give back its frames."""
        if self.now_us - self._remembered_us >= _MEMORY_EVERY_US:
            self._remember()
        frames = self.parts.ledger.flush()
        self.parts.repositories.shed()
        return frames

    def _remember(self) -> None:
        self._remembered_us = int(self.now_us)
        self.parts.ledger.batch.facts[MEMORY_FACT] = self.parts.director.remember()

    def close(self) -> None:
        """Store everything and let go of the file."""
        self._remember()
        self.flush()
        self.parts.store.close()
