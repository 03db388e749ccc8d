"""Turn moments into what ordinary people do: post, answer, like, follow, correct themselves, join, rename."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

import msgspec

from skywarden.kernel.ids import Handle, RecordKey, UtcMicros
from skywarden.simulator import records
from skywarden.simulator.accounts import Account, Role
from skywarden.simulator.acts import Act, CommitAct, JoinAct, RenameAct, StatusAct, SyncAct, Write
from skywarden.simulator.composer import Composer
from skywarden.simulator.crowd import Crowd
from skywarden.simulator.customs import Customs
from skywarden.simulator.moments import SECOND_US
from skywarden.simulator.population import handle_label
from skywarden.simulator.records import PostRef
from skywarden.simulator.text import load_pool
from skywarden.simulator.world import World

_STARTER_PACK = 0.15


@dataclass(frozen=True, slots=True)
class FollowUp:
    """Something a person will do later because of what they do now."""

    at_us: UtcMicros
    act: Callable[[], Act | None]


class People:
    """The ordinary inhabitants. `act` gives one act, `take_follow_ups` what it leads to later."""

    def __init__(self, world: World, rng: Random) -> None:
        self._world = world
        self._rng = rng
        self._composer = Composer(world, rng)
        self._crowd = Crowd()
        self._later: list[FollowUp] = []
        for index in world.people():
            self._crowd.add(world.register[index])
        self._customs = Customs(world, rng, self._after, self._passer_by)
        self._habits: tuple[tuple[float, Callable[[Account], Act | None]], ...] = (
            (50.0, self._like),
            (9.0, self._post),
            (8.0, self._reply),
            (7.0, self._repost),
            (7.0, self._follow),
            (1.6, self._quote),
            (1.2, self._unfollow),
            (1.0, self._block),
            (0.5, self._new_profile),
            (0.12, self._rename),
            (0.15, self._pause),
            (0.25, self._join),
            (0.08, self._restate),
            *self._customs.habits,
        )
        self._weights = [weight for weight, _ in self._habits]

    def _passer_by(self) -> Account:
        """Somebody who is awake."""
        return self._world.register[self._crowd.draw(self._world.now_us, self._rng)]

    def act(self) -> Act | None:
        """What the next person does; None when the draw came to nothing."""
        account = self._passer_by()
        if not account.active:
            return None
        return self._rng.choices(self._habits, self._weights)[0][1](account)

    def take_follow_ups(self) -> list[FollowUp]:
        later, self._later = self._later, []
        return later

    def later(self, wait_s: float, act: Callable[[], Act | None]) -> None:
        """Have something done after a while."""
        self._later.append(FollowUp(UtcMicros(self._world.now_us + round(wait_s * SECOND_US)), act))

    def _after(self, low_s: float, high_s: float, act: Callable[[], Act | None]) -> None:
        self.later(self._rng.uniform(low_s, high_s), act)

    def saw(self, ref: PostRef) -> None:
        """React to a new post: its author may go on or take it back, others may answer.

        Abusers act by their campaign's plan only, and are seldom answered.
        """
        chance = self._rng.random()
        if self._world.register[ref.author].role is Role.ABUSER:
            if chance < 0.05:
                self._after(20, 400, lambda: self._answer(ref))
            return
        if ref.depth == 0 and chance < 0.07:
            self._after(5, 50, lambda: self._continue_thread(ref, self._rng.randrange(1, 5)))
        elif ref.depth == 0 and chance < 0.35:
            for _ in range(min(6, int(self._rng.paretovariate(1.1)))):
                self._after(15, 900, lambda: self._answer(ref))
        elif ref.depth == 1 and chance < 0.25:
            self._after(20, 400, lambda: self._answer(ref))
        elif chance > 0.97:
            self._after(8, 90, lambda: self._remove(ref.author, records.POST, ref.uri.rsplit("/", 1)[1]))

    # --- habits -----------------------------------------------------------------------------------------------------

    def _like(self, account: Account) -> Act:
        subject = self._world.recent_post(account.lang)
        write = self._world.create(records.LIKE, records.about_post(records.LIKE, subject, self._world.now_us))
        if self._rng.random() < 0.03:
            self._after(2, 40, lambda: self._remove(account.index, records.LIKE, write.rkey))
        return CommitAct(account.index, (write,))

    def _repost(self, account: Account) -> Act:
        subject = self._world.recent_post(account.lang)
        write = self._world.create(records.REPOST, records.about_post(records.REPOST, subject, self._world.now_us))
        return CommitAct(account.index, (write,))

    def _post(self, account: Account) -> Act:
        return CommitAct(account.index, (self._world.create(records.POST, self._composer.post(account)),))

    def _quote(self, account: Account) -> Act:
        subject = self._world.recent_post(account.lang)
        return CommitAct(account.index, (self._world.create(records.POST, self._composer.quote(account, subject)),))

    def _reply(self, account: Account) -> Act:
        parent = self._world.recent_post(account.lang)
        return CommitAct(account.index, (self._world.create(records.POST, self._composer.reply(account, parent)),))

    def _follow(self, account: Account) -> Act | None:
        target = self._world.register[self._world.recent_post(account.lang).author]
        if target.index == account.index or self._world.graph.rkey(account.index, target.index) is not None:
            return None
        if target.role is Role.ABUSER and self._rng.random() < 0.9:
            return None
        record = records.about_account(records.FOLLOW, target.did, self._world.now_us)
        return CommitAct(account.index, (self._world.create(records.FOLLOW, record),))

    def _unfollow(self, account: Account) -> Act | None:
        following = self._world.graph.following(account.index)
        if not following:
            return None
        rkey = self._world.graph.rkey(account.index, self._rng.choice(following))
        return None if rkey is None else self._remove(account.index, records.FOLLOW, rkey)

    def _block(self, account: Account) -> Act | None:
        target = self._world.register[self._world.recent_post().author]
        if target.index == account.index:
            return None
        record = records.about_account(records.BLOCK, target.did, self._world.now_us)
        return CommitAct(account.index, (self._world.create(records.BLOCK, record),))

    def _new_profile(self, account: Account) -> Act:
        changed = msgspec.structs.replace(account, description=load_pool(account.lang).bio(self._rng), has_avatar=True)
        self._world.register.put(changed)
        write = Write("update", records.PROFILE, records.SELF, self._world.founding.profile(changed))
        return CommitAct(account.index, (write,))

    def _rename(self, account: Account) -> Act:
        label = handle_label(account.display_name, self._rng)
        handle: Handle = self._world.population.free_handle(label, self._rng)
        return RenameAct(account.index, handle)

    def _pause(self, account: Account) -> Act:
        self._after(60, 1_800, lambda: StatusAct(account.index, active=True))
        return StatusAct(account.index, active=False, status="deactivated")

    def _restate(self, account: Account) -> Act:
        return SyncAct(account.index)

    def _join(self, _bystander: Account) -> Act:
        """Somebody new registers, follows a few accounts and says hello."""
        draft = self._world.population.draft(Role.PERSON, self._world.now_us, 0.0)
        account = self._world.population.enter(msgspec.structs.replace(draft, born_live=True), self._world.now_us)
        self._world.settle(account)
        self._crowd.add(account)
        for step in range(self._rng.randrange(3, 9)):
            self._after(20 + 30 * step, 60 + 40 * step, lambda: self._follow(account))
        self._after(90, 600, lambda: self._post(account))
        if self._rng.random() < _STARTER_PACK:
            self._customs.starter_pack(account)
        return JoinAct(account.index)

    # --- what follows -----------------------------------------------------------------------------------------------

    def _continue_thread(self, ref: PostRef, left: int) -> Act | None:
        """Answer oneself; the chain goes on below the newest part."""
        author = self._world.register[ref.author]
        newest = self._world.post_by(author)
        if newest is None or newest.root_uri != ref.root_uri:
            return None
        if left > 1:
            self._after(10, 80, lambda: self._continue_thread(ref, left - 1))
        return CommitAct(author.index, (self._world.create(records.POST, self._composer.thread(author, newest)),))

    def _answer(self, ref: PostRef) -> Act | None:
        """Somebody answers: the author of the post above, or a passer-by who is awake."""
        answerer = self._passer_by()
        if not answerer.active or answerer.index == ref.author or answerer.lang != ref.lang:
            return None
        return CommitAct(answerer.index, (self._world.create(records.POST, self._composer.reply(answerer, ref)),))

    def _remove(self, account: int, collection: str, rkey: str) -> Act:
        return CommitAct(account, (Write("delete", collection, RecordKey(rkey)),))
