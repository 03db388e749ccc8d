"""Turn an ordinary person's whim into what resembles abuse and is none: crazes, stories, fans, parties, busy newcomers.

Detectors that cannot tell these from campaigns lose their precision here, as they would among real people.
"""

from collections.abc import Callable
from functools import partial
from random import Random

from skywarden.simulator import records
from skywarden.simulator.accounts import Account, Role
from skywarden.simulator.acts import Act, CommitAct, Write
from skywarden.simulator.records import PostRef, RichText
from skywarden.simulator.text import CUSTOMS, load_pool
from skywarden.simulator.text.links import page_of, small_site
from skywarden.simulator.world import World

Deed = Callable[[], Act | None]
After = Callable[[float, float, Deed], None]
Habit = Callable[[Account], Act | None]

_MINUTE_S = 60.0
_HOUR_S = 3_600.0
_FRIENDS_A_POST = 4


class Customs:
    """Each habit starts something that goes on by later deeds; `after` plans a deed, `passer_by` gives who is awake."""

    def __init__(self, world: World, rng: Random, after: After, passer_by: Callable[[], Account]) -> None:
        self._world = world
        self._rng = rng
        self._after = after
        self._passer_by = passer_by
        self.habits: tuple[tuple[float, Habit], ...] = (
            (0.012, self._craze),
            (0.012, self._puzzle),
            (0.012, self._story),
            (0.010, self._fans),
            (0.010, self._birthday),
            (0.020, self._gathering),
            (0.015, self._greeter),
            (0.020, self._chatty),
            (0.015, self._own_blog),
            (0.010, self._tidy_up),
        )

    def starter_pack(self, newcomer: Account) -> None:
        """Somebody new follows a whole list of people within minutes, and lets go of a few."""
        for _ in range(self._rng.randrange(40, 130)):
            self._after(30, 12 * _MINUTE_S, lambda: self._follow_somebody(newcomer))
        for _ in range(self._rng.randrange(6)):
            self._after(13 * _MINUTE_S, 30 * _MINUTE_S, lambda: self._unfollow_somebody(newcomer))

    # --- many people, one thing ------------------------------------------------------------------------------------

    def _craze(self, _account: Account) -> None:
        """A phrase that everybody repeats for an hour."""
        text = self._script("catchphrase")
        for _ in range(self._rng.randrange(15, 60)):
            tail = self._rng.choice(("", "", "!", " 😂", " (please)"))
            self._after(5, _HOUR_S, partial(self._somebody_says, RichText(text + tail)))

    def _puzzle(self, _account: Account) -> None:
        """The results of a daily puzzle: one sentence, other numbers."""
        for _ in range(self._rng.randrange(30, 90)):
            self._after(5, 2 * _HOUR_S, partial(self._somebody_says, RichText(self._script("puzzle"))))

    def _story(self, _account: Account) -> None:
        """A small site has a story that everybody links to."""
        site = small_site(self._rng)
        pages = [page_of(site, self._rng) for _ in range(self._rng.choice((1, 1, 2)))]
        for _ in range(self._rng.randrange(10, 45)):
            link = self._rng.choice(pages)
            self._after(5, _HOUR_S, partial(self._somebody_says, RichText(self._script("story")).link(link)))

    def _fans(self, _account: Account) -> None:
        """The fans of a known account repost its news, round after round."""
        stars = [account for account in self._world.register if account.role is Role.NOTABLE]
        star, fans = self._rng.choice(stars), [self._passer_by() for _ in range(self._rng.randrange(10, 30))]
        for turn in range(self._rng.randrange(2, 5)):
            self._after(turn * 900 + 1, turn * 900 + 60, lambda: self._news(star, fans))

    def _news(self, star: Account, fans: list[Account]) -> Act | None:
        for fan in fans:
            if self._rng.random() < 0.6:
                self._after(5, 600, partial(self._repost_newest, fan, star))
        return self._say(star, RichText(load_pool(star.lang).post(self._rng)))

    def _birthday(self, account: Account) -> None:
        """Everybody congratulates one person."""
        for _ in range(self._rng.randrange(8, 25)):
            self._after(5, _HOUR_S, partial(self._somebody_says, self._mention(account, "birthday")))

    # --- one person, many things -----------------------------------------------------------------------------------

    def _gathering(self, account: Account) -> None:
        """One person calls friends together, four to a post."""
        friends = [self._world.register[index] for index in self._world.graph.following(account.index)][:20]
        for start in range(0, len(friends), _FRIENDS_A_POST):
            self._after(5, _HOUR_S, partial(self._invite, account, friends[start : start + _FRIENDS_A_POST]))

    def _invite(self, account: Account, friends: list[Account]) -> Act | None:
        body = RichText(self._script("invitation"))
        for friend in friends:
            body.mention(friend.handle, friend.did)
        return self._say(account, body)

    def _greeter(self, account: Account) -> None:
        """One person welcomes many."""
        for _ in range(self._rng.randrange(8, 25)):
            self._after(5, _HOUR_S, lambda: self._answer(account, RichText(self._script("greeting"))))

    def _chatty(self, account: Account) -> None:
        """One person answers everybody for an hour."""
        for _ in range(self._rng.randrange(12, 30)):
            self._after(5, _HOUR_S, lambda: self._answer(account, RichText(load_pool(account.lang).reply(self._rng))))

    def _own_blog(self, account: Account) -> None:
        """One person's blog posts its own links, at full quarters of an hour."""
        site = small_site(self._rng)
        for turn in range(self._rng.randrange(5, 20)):
            at_s = turn * 15 * _MINUTE_S
            self._after(at_s, at_s + 5, lambda: self._say(account, self._blog_post(site)))

    def _blog_post(self, site: str) -> RichText:
        return RichText(self._script("own_blog")).link(page_of(site, self._rng))

    def _tidy_up(self, account: Account) -> None:
        """One person lets go of most whom they follow."""
        for _ in range(self._rng.randrange(10, 80)):
            self._after(5, 900, lambda: self._unfollow_somebody(account))

    # --- deeds -----------------------------------------------------------------------------------------------------

    def _script(self, name: str) -> str:
        return load_pool(CUSTOMS).script(name, self._rng)

    def _mention(self, friend: Account, script: str) -> RichText:
        return RichText().mention(friend.handle, friend.did).plain(" " + self._script(script))

    def _say(self, account: Account, body: RichText, parent: PostRef | None = None) -> Act | None:
        if not account.active or account.role is Role.CANARY:
            return None
        record = records.post(body, self._world.now_us, account.lang, parent=parent)
        return CommitAct(account.index, (self._world.create(records.POST, record),))

    def _somebody_says(self, body: RichText) -> Act | None:
        return self._say(self._passer_by(), body)

    def _answer(self, account: Account, body: RichText) -> Act | None:
        return self._say(account, body, self._world.recent_post(account.lang))

    def _repost_newest(self, fan: Account, star: Account) -> Act | None:
        newest = self._world.post_by(star)
        if newest is None or not fan.active:
            return None
        record = records.about_post(records.REPOST, newest, self._world.now_us)
        return CommitAct(fan.index, (self._world.create(records.REPOST, record),))

    def _follow_somebody(self, account: Account) -> Act | None:
        target = self._world.some_person()
        if target.index == account.index or self._world.graph.rkey(account.index, target.index) is not None:
            return None
        record = records.about_account(records.FOLLOW, target.did, self._world.now_us)
        return CommitAct(account.index, (self._world.create(records.FOLLOW, record),))

    def _unfollow_somebody(self, account: Account) -> Act | None:
        following = self._world.graph.following(account.index)
        rkey = self._world.graph.rkey(account.index, self._rng.choice(following)) if following else None
        return None if rkey is None else CommitAct(account.index, (Write("delete", records.FOLLOW, rkey),))
