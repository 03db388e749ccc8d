"""What a campaign can see and do: the world, its own dice, recruits, strangers to bother."""

from random import Random

import msgspec

from skywarden.kernel.ids import Handle
from skywarden.simulator import records
from skywarden.simulator.accounts import Account, Role
from skywarden.simulator.acts import Write
from skywarden.simulator.records import PostRef, RichText
from skywarden.simulator.text import ABUSE, load_pool
from skywarden.simulator.text.grammar import Pool
from skywarden.simulator.world import World

_BOUGHT_FOLLOWERS_EVERY = 7


class Scene:
    """The world as the abusers use it."""

    def __init__(self, world: World, rng: Random) -> None:
        self.world = world
        self.rng = rng

    @property
    def pool(self) -> Pool:
        return load_pool(ABUSE)

    def recruit(
        self,
        kind: str,
        campaign: str,
        age_days: float,
        *,
        handle: Handle | None = None,
        likeness: Account | None = None,
        host: str | None = None,
    ) -> Account:
        """Register an account for a campaign; age 0 means that it is still to be announced.

        `likeness`: the account whose name and biography it copies.
        """
        draft = self.world.population.draft(Role.ABUSER, self.world.now_us, age_days, lang="en")
        draft = msgspec.structs.replace(
            draft,
            abuse_kind=kind,
            campaign=campaign,
            activity=0.0,
            born_live=age_days == 0.0,
            outside_followers=_followers(draft.index, self.rng.randrange(6)),
            outside_posts=self.rng.randrange(4),
            has_avatar=self.rng.random() < 0.4,
        )
        if host is not None:
            draft = msgspec.structs.replace(draft, host=host)
        if handle is not None:
            draft = msgspec.structs.replace(draft, handle=handle)
        if likeness is not None:
            draft = msgspec.structs.replace(
                draft, display_name=likeness.display_name, description=likeness.description, has_avatar=True
            )
        return self.world.population.enter(draft, self.world.now_us)

    def stranger(self, seen: set[int]) -> Account:
        """An ordinary person who is not in `seen`, and is then; anybody when all are."""
        for _ in range(200):
            person = self.world.some_person()
            if person.index not in seen:
                seen.add(person.index)
                return person
        return self.world.some_person()

    def post_of_stranger(self, seen: set[int]) -> PostRef:
        """A post by somebody who was not bothered yet."""
        found = None
        while found is None:
            found = self.world.post_by(self.stranger(seen))
        return found

    def post(self, body: RichText, *, parent: PostRef | None = None, embed: records.Record | None = None) -> Write:
        """Plan a post or a reply."""
        return self.world.create(records.POST, records.post(body, self.world.now_us, "en", parent=parent, embed=embed))


def _followers(index: int, few: int) -> int:
    """Hardly anybody follows an abuser, but for every seventh, who has bought followers."""
    return few if index % _BOUGHT_FOLLOWERS_EVERY else 40 * (few + 1)
