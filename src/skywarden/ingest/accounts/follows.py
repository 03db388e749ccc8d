"""Answer who follows whom, from the stored edges and those of the batch under way."""

from collections import OrderedDict

from skywarden.ingest.accounts.sqlite import AccountStore, FollowChanges

MOST_CACHED = 300_000
"""Edges held in memory, about 70 bytes each."""


class FollowBook:
    """Edges as of the event under way; changes stay in memory until `drain`, when their batch is durable.

    Whom an account follows is read once and kept, so that most questions cost no query.
    """

    def __init__(self, store: AccountStore, *, most_cached: int = MOST_CACHED) -> None:
        self._store = store
        self._most_cached = most_cached
        self._subjects: OrderedDict[int, set[int]] = OrderedDict()
        self._cached = 0
        self._changed: dict[tuple[int, str], int | None] = {}
        self._added: dict[tuple[int, int], set[str]] = {}
        self._removed_by: set[int] = set()
        self._forgotten: set[int] = set()

    def add(self, actor: int, rkey: str, subject: int) -> None:
        """`actor` follows `subject` by the record `rkey`."""
        self._changed[actor, rkey] = subject
        self._added.setdefault((actor, subject), set()).add(rkey)

    def remove(self, actor: int, rkey: str) -> int | None:
        """Take an edge away; return whom it followed, None when it was not known."""
        if (actor, rkey) in self._changed:
            subject = self._changed[actor, rkey]
        else:
            subject = None if actor in self._forgotten else self._store.followed(actor, rkey)
        self._changed[actor, rkey] = None
        self._removed_by.add(actor)
        if subject is not None:
            self._added.get((actor, subject), set()).discard(rkey)
        return subject

    def forget(self, actor: int) -> None:
        """Take all edges of a deleted account away."""
        self._forgotten.add(actor)
        for key in [key for key in self._changed if key[0] == actor]:
            del self._changed[key]
        for pair in [pair for pair in self._added if pair[0] == actor]:
            del self._added[pair]

    def follows(self, actor: int, subject: int) -> bool:
        """Is an edge known?"""
        if self._added.get((actor, subject)):
            return True
        if actor in self._forgotten or subject not in self._stored(actor):
            return False
        if actor not in self._removed_by:
            return True
        return any((actor, rkey) not in self._changed for rkey in self._store.rkeys(actor, subject))

    def drain(self) -> FollowChanges:
        """Changes since the last call, for the store."""
        edges = tuple((actor, rkey, subject) for (actor, rkey), subject in self._changed.items())
        changes = FollowChanges(tuple(self._forgotten), edges)
        for actor in {actor for actor, _, _ in edges} | self._forgotten:
            dropped = self._subjects.pop(actor, None)
            self._cached -= 0 if dropped is None else len(dropped) + 1
        self._changed.clear()
        self._added.clear()
        self._removed_by.clear()
        self._forgotten.clear()
        return changes

    def _stored(self, actor: int) -> set[int]:
        """Whom an account follows by stored records."""
        found = self._subjects.get(actor)
        if found is not None:
            self._subjects.move_to_end(actor)
            return found
        found = self._subjects[actor] = self._store.subjects(actor)
        self._cached += len(found) + 1
        while self._cached > self._most_cached and len(self._subjects) > 1:
            _, oldest = self._subjects.popitem(last=False)
            self._cached -= len(oldest) + 1
        return found
