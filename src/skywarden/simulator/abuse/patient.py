"""Patience: campaigns that last for days, each act of them harmless; what gives them away is who does what together."""

import msgspec

from skywarden.kernel.ids import UtcMicros
from skywarden.simulator import records
from skywarden.simulator.abuse.campaign import Course
from skywarden.simulator.abuse.scene import Scene
from skywarden.simulator.acts import Act, JoinAct
from skywarden.simulator.moments import SECOND_US
from skywarden.simulator.records import PostRef, RichText
from skywarden.simulator.text.links import page_of, small_site

_QUICK_US = 40 * SECOND_US
_SLOW_US = 600 * SECOND_US


class UrlRing(msgspec.Struct, kw_only=True, tag="url-ring"):
    """Round by round, the members post links to one page of a site; not all of them join in every round."""

    course: Course
    site: str = ""
    page: str = ""
    waiting: list[int] = []

    def play(self, scene: Scene) -> Act:
        if not self.waiting:
            self.site = self.site or small_site(scene.rng)
            self.page = page_of(self.site, scene.rng)
            self.waiting = _most_of(self.course.members, scene)
        words = scene.pool.script("drip", scene.rng, url="").strip()
        return self.course.commit(self.waiting.pop(), scene.post(RichText(words).link(self.page)))


class QuoteRing(msgspec.Struct, kw_only=True, tag="quote-ring"):
    """Round by round, the members quote one post of a stranger."""

    course: Course
    target: PostRef | None = None
    waiting: list[int] = []

    def play(self, scene: Scene) -> Act:
        if not self.waiting or self.target is None:
            self.target = scene.world.recent_post()
            self.waiting = _most_of(self.course.members, scene)
        words = scene.pool.script("taunt", scene.rng)
        embed = records.quote(self.target)
        return self.course.commit(self.waiting.pop(), scene.post(RichText(words), embed=embed))


class LikeRing(msgspec.Struct, kw_only=True, tag="like-ring"):
    """Now and then, the members like one customer's posts within minutes."""

    course: Course
    target: PostRef | None = None
    waiting: list[int] = []

    def play(self, scene: Scene) -> Act:
        if not self.waiting or self.target is None:
            self.target = scene.post_of_stranger(set())
            self.waiting = _most_of(self.course.members, scene)
        member = self.waiting.pop()
        if self.waiting:  # the pause of the campaign is that between rounds
            pause_us = scene.rng.expovariate(1 / _QUICK_US)
            self.course.next_us = UtcMicros(scene.world.now_us + round(pause_us) + 1)
        like = records.about_post(records.LIKE, self.target, scene.world.now_us)
        return self.course.commit(member, scene.world.create(records.LIKE, like))


class SlowBot(msgspec.Struct, kw_only=True, tag="slow-bot"):
    """Accounts that post by the clock, day and night, far below every limit and with nothing to object to."""

    course: Course
    turn: int = 0

    def play(self, scene: Scene) -> Act:
        member = self.course.members[self.turn % len(self.course.members)]
        self.turn += 1
        return self.course.commit(member, scene.post(RichText(scene.pool.script("promo", scene.rng))))


class SignupWave(msgspec.Struct, kw_only=True, tag="signup-wave"):
    """Accounts arrive on one small host, one after the other; then, some minutes apart, one of them says something."""

    course: Course
    host: str
    arrivals: int

    def play(self, scene: Scene) -> Act:
        if len(self.course.members) < self.arrivals:
            account = scene.recruit(self.course.kind, self.course.name, 0.0, host=self.host)
            self.course.members.append(account.index)
            return JoinAct(account.index, self.course.truth)
        self.course.next_us = UtcMicros(scene.world.now_us + round(scene.rng.expovariate(1 / _SLOW_US)) + 1)
        member = self.course.members[self.course.left % self.arrivals]
        return self.course.commit(member, scene.post(RichText(scene.pool.script("promo", scene.rng))))


def _most_of(members: list[int], scene: Scene) -> list[int]:
    """At least two of the members, most of them, in any order."""
    joining = [member for member in members if scene.rng.random() < _JOINS_IN]
    return joining if len(joining) > 1 else scene.rng.sample(members, 2)


_JOINS_IN = 0.8
