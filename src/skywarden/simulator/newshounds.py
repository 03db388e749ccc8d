"""Turn the headlines of each day into links that a few people post all day long: many share them, and nobody agreed to.

They are why sharing the same pages is not yet coordination.
"""

from functools import partial
from random import Random

from skywarden.kernel.ids import UtcMicros
from skywarden.simulator.acts import Act, CommitAct
from skywarden.simulator.hours import activity_at
from skywarden.simulator.moments import DAY_US, SECOND_US
from skywarden.simulator.people import People
from skywarden.simulator.records import POST, RichText, post
from skywarden.simulator.text import load_pool
from skywarden.simulator.text.links import page_of, small_site
from skywarden.simulator.world import World

_PAPERS = 60
_HEADLINES_A_DAY = 40
_LINKS_A_DAY = 6
_POPULAR = 1.5
"""Exponent of how much more the first headlines are read than the last."""


class Newshounds:
    """Plans each of them a day ahead; each reads with a taste of their own."""

    def __init__(self, world: World, rng: Random, number: int) -> None:
        self._world = world
        self._rng = rng
        self._hounds = rng.sample(world.people(), min(number, len(world.people())))
        self._papers = [small_site(rng) for _ in range(_PAPERS)]
        self._headlines: list[str] = []

    def begin(self, people: People) -> None:
        """Plan the first day; each day plans the next."""
        self._people = people
        self._plan()

    def _plan(self) -> None:
        self._headlines = [page_of(self._rng.choice(self._papers), self._rng) for _ in range(_HEADLINES_A_DAY)]
        for hound in self._hounds:
            for _ in range(self._rng.randrange(1, 2 * _LINKS_A_DAY)):
                at_s = self._awake_s(hound)
                self._people.later(at_s, partial(self._share, hound, self._headline()))
        self._people.later(DAY_US / SECOND_US, self._next_day)

    def _next_day(self) -> Act | None:
        self._plan()
        return None

    def _headline(self) -> str:
        return self._headlines[int(len(self._headlines) * self._rng.random() ** _POPULAR)]

    def _awake_s(self, hound: int) -> float:
        """A moment of the coming day at which this person is up."""
        offset = self._world.register[hound].utc_offset_h
        while True:
            at_s = self._rng.uniform(0, DAY_US / SECOND_US)
            moment = UtcMicros(self._world.now_us + round(at_s * SECOND_US))
            if self._rng.random() * 1.2 < activity_at(moment, offset):
                return at_s

    def _share(self, hound: int, link: str) -> Act | None:
        account = self._world.register[hound]
        if not account.active:
            return None
        body = RichText(load_pool(account.lang).post(self._rng)).link(link)
        return CommitAct(hound, (self._world.create(POST, post(body, self._world.now_us, account.lang)),))
