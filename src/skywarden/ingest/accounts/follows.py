"""Answer who follows whom, from the stored edges and those of the batch under way."""

from skywarden.ingest.accounts.sqlite import AccountStore, FollowChanges


class FollowBook:
    """Edges as of the event under way; changes stay in memory until `drain`, when their batch is durable."""

    def __init__(self, store: AccountStore) -> None:
        self._store = store
        self._changed: dict[tuple[int, str], int | None] = {}
        self._added: dict[tuple[int, int], set[str]] = {}
        self._forgotten: set[int] = set()

    def add(self, actor: int, rkey: str, subject: int) -> None:
        """`actor` follows `subject` by the record `rkey`; an update of that record replaces the old edge."""
        self.remove(actor, rkey)
        self._changed[actor, rkey] = subject
        self._added.setdefault((actor, subject), set()).add(rkey)

    def remove(self, actor: int, rkey: str) -> int | None:
        """Take an edge away; return whom it followed, None when it was not known."""
        if (actor, rkey) in self._changed:
            subject = self._changed[actor, rkey]
        else:
            subject = None if actor in self._forgotten else self._store.followed(actor, rkey)
        self._changed[actor, rkey] = None
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
        if actor in self._forgotten:
            return False
        return any((actor, rkey) not in self._changed for rkey in self._store.rkeys(actor, subject))

    def drain(self) -> FollowChanges:
        """Changes since the last call, for the store."""
        edges = tuple((actor, rkey, subject) for (actor, rkey), subject in self._changed.items())
        changes = FollowChanges(tuple(self._forgotten), edges)
        self._changed.clear()
        self._added.clear()
        self._forgotten.clear()
        return changes
