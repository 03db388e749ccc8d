"""What everybody in the simulated network can see: the time, the accounts, recent posts, who follows whom."""

from collections import deque
from random import Random

from skywarden.kernel.ids import AtUri, Cid, RecordKey, UtcMicros
from skywarden.simulator.accounts import Account, AccountRegister, Role
from skywarden.simulator.acts import Write
from skywarden.simulator.founding import Founding
from skywarden.simulator.graph import FollowGraph
from skywarden.simulator.moments import TidCounter
from skywarden.simulator.population import Population
from skywarden.simulator.records import FOLLOW, POST, PostRef, Record

RECENT_POSTS = 3_000
_ACTOR_CLOCK_ID = 5
_ABUSE_SEEN = 0.2


class World:
    """Shared state of all actors; only the network moves its time."""

    def __init__(
        self, rng: Random, register: AccountRegister, population: Population, founding: Founding, now_us: UtcMicros
    ) -> None:
        self.rng = rng
        self.now_us = now_us
        self.register = register
        self.population = population
        self.founding = founding
        self.graph = FollowGraph()
        self.posts: deque[PostRef] = deque(maxlen=RECENT_POSTS)
        self._latest: dict[int, PostRef] = {}
        self._rkeys = TidCounter(_ACTOR_CLOCK_ID, now_us)
        self._people = [account.index for account in register if account.role in (Role.PERSON, Role.NOTABLE)]

    def next_rkey(self) -> RecordKey:
        return self._rkeys.next_rkey(self.now_us)

    def create(self, collection: str, record: Record) -> Write:
        """Plan the creation of a record under a fresh key."""
        return Write("create", collection, self.next_rkey(), record)

    def settle(self, account: Account) -> None:
        """Count a newcomer among the people."""
        self._people.append(account.index)

    def some_person(self) -> Account:
        """Any ordinary person, equally likely; active when one is easily found."""
        account = self.register[self.rng.choice(self._people)]
        for _ in range(5):
            if account.active:
                break
            account = self.register[self.rng.choice(self._people)]
        return account

    def people(self) -> list[int]:
        return self._people

    def note_post(self, ref: PostRef) -> None:
        """Make a post known; few people get to see those of abusers."""
        self._latest[ref.author] = ref
        if self.register[ref.author].role is not Role.ABUSER or self.rng.random() < _ABUSE_SEEN:
            self.posts.append(ref)

    def forget_post(self, uri: AtUri) -> None:
        """Stop offering a deleted post; it stays in the list of recent ones until newer push it out."""
        author = self.register.by_did(uri.split("/")[2])
        if author is not None and author.index in self._latest and self._latest[author.index].uri == uri:
            del self._latest[author.index]

    def post_by(self, account: Account) -> PostRef | None:
        """The account's latest post."""
        return self._latest.get(account.index) or self.founding.first_post(account)

    def recent_post(self, lang: str | None = None) -> PostRef:
        """A recent post, newer ones more likely, of this language where one of a few tries finds it."""
        found = self._recent()
        for _ in range(4):
            if lang is None or found.lang == lang:
                break
            found = self._recent()
        return found

    def _recent(self) -> PostRef:
        if self.posts and self.rng.random() < min(0.95, len(self.posts) / 100):
            back = int(len(self.posts) * self.rng.random() ** 2.2) + 1
            return self.posts[-back]
        found = None
        while found is None:
            found = self.post_by(self.some_person())
        return found

    def note_write(self, account: Account, write: Write, cid: Cid | None) -> PostRef | None:
        """Learn from what an account has written; give back the post if it made one."""
        uri = AtUri(f"at://{account.did}/{write.path}")
        if write.collection == FOLLOW:
            self._note_follow(account, write)
        if write.collection == POST and write.action == "delete":
            self.forget_post(uri)
        if write.collection != POST or write.action != "create" or write.record is None or cid is None:
            return None
        ref = post_ref(uri, cid, account, write.record)
        self.note_post(ref)
        return ref

    def _note_follow(self, account: Account, write: Write) -> None:
        if write.action == "delete":
            self.graph.remove_rkey(account.index, write.rkey)
        elif write.record is not None:
            target = self.register.by_did(str(write.record["subject"]))
            if target is not None:
                self.graph.add(account.index, target.index, write.rkey)


def post_ref(uri: AtUri, cid: Cid, author: Account, record: Record) -> PostRef:
    """Refer to a post from its record."""
    reply = record.get("reply")
    if not isinstance(reply, dict):
        return PostRef(uri, cid, author.index, author.lang, uri, cid)
    root = reply["root"]
    return PostRef(uri, cid, author.index, author.lang, AtUri(root["uri"]), Cid(root["cid"]), depth=1)
