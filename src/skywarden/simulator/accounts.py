"""The accounts of the simulated network: what each one is, and the register that finds them."""

from collections.abc import Iterable, Iterator
from enum import StrEnum

import msgspec

from skywarden.kernel.ids import Did, Handle, UtcMicros


class Role(StrEnum):
    """Why an account exists."""

    PERSON = "person"
    NOTABLE = "notable"
    ABUSER = "abuser"
    CANARY = "canary"


class Account(msgspec.Struct, frozen=True):
    """One account as it is now. `index` never changes and decides its keys; everything else may be replaced.

    An account that is `born_live` starts with an empty repository; others have one from before the simulation.
    `outside_*` are counts from before the simulation and from people whom it does not show.
    """

    index: int
    did: Did
    handle: Handle
    host: str
    role: Role
    created_us: UtcMicros
    lang: str
    utc_offset_h: int
    activity: float
    display_name: str
    description: str
    has_avatar: bool
    outside_followers: int = 0
    outside_follows: int = 0
    outside_posts: int = 0
    born_live: bool = False
    abuse_kind: str | None = None
    campaign: str | None = None
    active: bool = True
    status: str | None = None


class AccountRegister:
    """All accounts by index, DID and handle; remembers which changed since the last `take_changed`."""

    def __init__(self, accounts: Iterable[Account] = ()) -> None:
        self._by_index: dict[int, Account] = {}
        self._by_did: dict[Did, int] = {}
        self._by_handle: dict[Handle, int] = {}
        self._changed: set[int] = set()
        for account in accounts:
            self._enter(account)

    def __len__(self) -> int:
        return len(self._by_index)

    def __iter__(self) -> Iterator[Account]:
        return iter(self._by_index.values())

    def __getitem__(self, index: int) -> Account:
        return self._by_index[index]

    @property
    def next_index(self) -> int:
        return len(self._by_index)

    def by_did(self, did: str) -> Account | None:
        index = self._by_did.get(Did(did))
        return None if index is None else self._by_index[index]

    def by_handle(self, handle: str) -> Account | None:
        index = self._by_handle.get(Handle(handle))
        return None if index is None else self._by_index[index]

    def put(self, account: Account) -> None:
        """Enter a new account, or what an account has become."""
        self._enter(account)
        self._changed.add(account.index)

    def _enter(self, account: Account) -> None:
        old = self._by_index.get(account.index)
        if old is not None and old.handle != account.handle:
            del self._by_handle[old.handle]
        self._by_index[account.index] = account
        self._by_did[account.did] = account.index
        self._by_handle[account.handle] = account.index

    def take_changed(self) -> list[Account]:
        """Accounts that changed since the last call."""
        changed = [self._by_index[index] for index in sorted(self._changed)]
        self._changed.clear()
        return changed
