"""One account as it is known now; None everywhere means "not known", never zero and never false."""

from dataclasses import dataclass

from skywarden.kernel.ids import Did, UtcMicros


@dataclass(slots=True)
class Account:
    """What the stream and the look-ups have said of one account.

    A count is `*_base + *_seen`: `seen` is what this log showed (creates minus deletes), `base` what a look-up found
    beyond that. Without a look-up the count is known only for an account that was created after the stream began.
    A known account without a display name or description has "" there.
    """

    number: int
    did: Did
    first_seen_us: int | None = None
    created_us: int | None = None
    handle: str | None = None
    pds_host: str | None = None
    display_name: str | None = None
    description: str | None = None
    has_avatar: bool | None = None
    avatar_cid: str | None = None
    followers_base: int | None = None
    follows_base: int | None = None
    posts_base: int | None = None
    followers_seen: int = 0
    follows_seen: int = 0
    posts_seen: int = 0
    labels: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    hydrated_us: int | None = None
    deleted: bool = False
    last_handle: str | None = None
    """Looked up or only claimed; `handle` is void after a claim until it is looked up."""

    def is_complete(self, complete_since_us: int | None) -> bool:
        """Has everything this account ever did passed through this log?"""
        return self.created_us is not None and complete_since_us is not None and self.created_us >= complete_since_us

    def forget_profile(self) -> None:
        """Drop what the account published of itself (PROTOCOL.md 55)."""
        self.handle = self.display_name = self.description = self.has_avatar = self.avatar_cid = None
        self.pds_host = self.last_handle = None
        self.followers_base = self.follows_base = self.posts_base = None


@dataclass(frozen=True, slots=True)
class LookedUp:
    """What a look-up found; None: it did not say. `at_us` is None when not everybody answered: ask again soon."""

    did: Did
    at_us: UtcMicros | None
    created_us: int | None = None
    handle: str | None = None
    pds_host: str | None = None
    display_name: str | None = None
    description: str | None = None
    has_avatar: bool | None = None
    avatar_cid: str | None = None
    followers: int | None = None
    follows: int | None = None
    posts: int | None = None
