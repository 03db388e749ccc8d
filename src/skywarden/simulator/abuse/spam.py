"""Spam: the same text from many young accounts, and links through domains that rotate."""

import msgspec

from skywarden.simulator import records
from skywarden.simulator.abuse.campaign import Course
from skywarden.simulator.abuse.scene import Scene
from skywarden.simulator.acts import Act
from skywarden.simulator.records import RichText
from skywarden.simulator.text import lightly_varied
from skywarden.simulator.text.links import spam_domain, spam_link

_LINKS_A_DOMAIN = 5


class CopyPasteWave(msgspec.Struct, kw_only=True, tag="copy-paste-wave"):
    """One text, from every member again and again; `varied` changes a few characters each time."""

    course: Course
    text: str
    varied: bool
    as_replies: bool

    def play(self, scene: Scene) -> Act:
        member = scene.rng.choice(self.course.members)
        text = lightly_varied(self.text, scene.rng) if self.varied else self.text
        parent = scene.world.recent_post() if self.as_replies else None
        return self.course.commit(member, scene.post(RichText(text), parent=parent))


class LinkSpam(msgspec.Struct, kw_only=True, tag="link-spam"):
    """Links to a domain that is thrown away after a few posts."""

    course: Course
    domain: str = ""
    posted: int = 0

    def play(self, scene: Scene) -> Act:
        if self.posted % _LINKS_A_DOMAIN == 0:
            self.domain = spam_domain(scene.rng)
        self.posted += 1
        member = scene.rng.choice(self.course.members)
        link = spam_link(self.domain, scene.rng)
        words = scene.pool.script("link_spam", scene.rng, url="").strip()
        as_card = scene.rng.random() < 0.4
        body = RichText(words) if as_card else RichText(words).link(link)
        embed = records.external(link, words, "") if as_card else None
        return self.course.commit(member, scene.post(body, embed=embed))


class DripBot(msgspec.Struct, kw_only=True, tag="drip-bot"):
    """A few patient accounts that post by the clock, seldom enough to pass every hourly limit."""

    course: Course
    domains: list[str]
    turn: int = 0

    def play(self, scene: Scene) -> Act:
        member = self.course.members[self.turn % len(self.course.members)]
        self.turn += 1
        link = spam_link(scene.rng.choice(self.domains), scene.rng)
        words = scene.pool.script("drip", scene.rng, url="").strip()
        return self.course.commit(member, scene.post(RichText(words).link(link)))
