"""Turn the configured rates into whose turn it is: ordinary people, abusers, the drill."""

import heapq
from random import Random

from skywarden.kernel.ids import UtcMicros
from skywarden.simulator.abuse import Director
from skywarden.simulator.accounts import Role
from skywarden.simulator.acts import Act, CommitAct
from skywarden.simulator.canary import canary_text
from skywarden.simulator.config import SimulatorConfig
from skywarden.simulator.moments import MINUTE_US, SECOND_US
from skywarden.simulator.people import FollowUp, People
from skywarden.simulator.records import POST, RichText, post
from skywarden.simulator.world import World

_ORDINARY_BACKLOG_SHARE = 0.7
_TRIES = 6


class Timeline:
    """Gives acts in the order of their times. Before `live_us` the backlog's sparser rate holds."""

    def __init__(
        self,
        config: SimulatorConfig,
        world: World,
        people: People,
        director: Director,
        rng: Random,
        live_us: UtcMicros,
    ) -> None:
        self._world = world
        self._people = people
        self._director = director
        self._rng = rng
        self._live_us = live_us
        self._live_gap_us = SECOND_US / (config.rate * (1 - config.abuse_share))
        backlog = max(1.0, config.backlog_events * _ORDINARY_BACKLOG_SHARE)
        self._backlog_gap_us = config.backlog_minutes * MINUTE_US / backlog
        self._later: list[tuple[int, int, FollowUp]] = []
        self._numbered = 0
        self._canary = next(account.index for account in world.register if account.role is Role.CANARY)
        self._canaries = 0
        self._canary_gap_us = round(config.canary_every_s * SECOND_US)
        self._next_canary_us = int(world.now_us)
        self._next_ordinary_us = int(world.now_us)

    @property
    def next_us(self) -> UtcMicros:
        """When something happens next."""
        return UtcMicros(min(self._next_ordinary_us, self._next_canary_us, self._director.next_us))

    def skip(self, delta_us: int) -> None:
        """Put off everything: the time between was not lived through."""
        self._next_ordinary_us += delta_us
        self._next_canary_us += delta_us
        self._director.skip(delta_us)

    def act(self) -> Act | None:
        """Do what is due first, at the world's time."""
        now_us = self._world.now_us
        if self._next_canary_us <= now_us:
            self._next_canary_us += self._canary_gap_us
            return self._drill()
        if self._director.next_us <= now_us:
            return self._director.act()
        self._next_ordinary_us = self._after(self._next_ordinary_us)
        return self._ordinary()

    def _after(self, at_us: int) -> int:
        """Draw the time of the next ordinary act; a gap of the backlog ends where the live stream begins."""
        if at_us < self._live_us:
            next_us = at_us + round(self._rng.expovariate(1 / self._backlog_gap_us)) + 1
            if next_us < self._live_us:
                return next_us
            at_us = self._live_us
        return at_us + round(self._rng.expovariate(1 / self._live_gap_us)) + 1

    def _ordinary(self) -> Act | None:
        """A follow-up that is due, or something new; a few draws may come to nothing."""
        found = None
        for _ in range(_TRIES):
            if self._later and self._later[0][0] <= self._world.now_us:
                found = heapq.heappop(self._later)[2].act()
            else:
                found = self._people.act()
            self.collect()
            if found is not None:
                break
        return found

    def collect(self) -> None:
        """Take over what the people mean to do later."""
        for follow_up in self._people.take_follow_ups():
            self._numbered += 1
            heapq.heappush(self._later, (follow_up.at_us, self._numbered, follow_up))

    def _drill(self) -> Act:
        self._canaries += 1
        record = post(RichText(canary_text(self._canaries)), self._world.now_us, "en")
        return CommitAct(self._canary, (self._world.create(POST, record),))
