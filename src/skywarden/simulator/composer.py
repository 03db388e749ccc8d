"""Turn an author and an occasion into a post: words, tags, links, mentions, pictures."""

from random import Random

from skywarden.simulator import records
from skywarden.simulator.accounts import Account
from skywarden.simulator.records import PostRef, Record, RichText
from skywarden.simulator.text import load_pool
from skywarden.simulator.text.links import ordinary_link
from skywarden.simulator.world import World


class Composer:
    """Writes what ordinary people write."""

    def __init__(self, world: World, rng: Random) -> None:
        self._world = world
        self._rng = rng

    def post(self, author: Account) -> Record:
        """A post of its own, sometimes with tags, a link card, pictures or a mention."""
        rng, pool = self._rng, load_pool(author.lang)
        body = RichText(pool.post(rng))
        embed: Record | None = None
        extra = rng.random()
        if extra < 0.16:
            embed = records.images([self._alt(author) for _ in range(rng.choice((1, 1, 1, 2, 3, 4)))], rng)
        elif extra < 0.30:
            link = ordinary_link(rng)
            embed = records.external(link, pool.fill(rng.choice(pool.sentences), rng), "")
            if rng.random() < 0.6:
                body.link(link)
        elif extra < 0.35:
            self._mention(body, author)
        if rng.random() < 0.15:
            for tag in rng.sample(pool.tags, rng.choice((1, 1, 2, 3))):
                body.tag(tag)
        return records.post(body, self._world.now_us, author.lang, embed=embed)

    def _alt(self, author: Account) -> str:
        return load_pool(author.lang).alt(self._rng) if self._rng.random() < 0.65 else ""

    def _mention(self, body: RichText, author: Account) -> None:
        circle = self._world.graph.following(author.index)
        if circle:
            friend = self._world.register[self._rng.choice(circle)]
            body.mention(friend.handle, friend.did)

    def reply(self, author: Account, parent: PostRef) -> Record:
        """An answer in the author's own language."""
        body = RichText(load_pool(author.lang).reply(self._rng))
        embed = records.images([self._alt(author)], self._rng) if self._rng.random() < 0.04 else None
        return records.post(body, self._world.now_us, author.lang, parent=parent, embed=embed)

    def thread(self, author: Account, parent: PostRef) -> Record:
        """The next part of an author's own thread."""
        body = RichText(load_pool(author.lang).post(self._rng))
        return records.post(body, self._world.now_us, author.lang, parent=parent)

    def quote(self, author: Account, subject: PostRef) -> Record:
        """A comment above somebody else's post."""
        body = RichText(load_pool(author.lang).reply(self._rng))
        return records.post(body, self._world.now_us, author.lang, embed=records.quote(subject))
