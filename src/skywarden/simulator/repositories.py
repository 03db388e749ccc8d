"""Find the repositories of accounts: in memory, in the store, or made on first use; keep memory bounded."""

from collections import OrderedDict

from skywarden.atproto import cbor
from skywarden.atproto.car import write_car
from skywarden.atproto.cid import cid_bytes_of
from skywarden.atproto.tid import tid_of
from skywarden.kernel.errors import Broken
from skywarden.simulator.accounts import Account
from skywarden.simulator.founding import Founding
from skywarden.simulator.keyring import KeyRing
from skywarden.simulator.ledger import Ledger
from skywarden.simulator.moments import HOUR_US
from skywarden.simulator.repository import Repository
from skywarden.simulator.sqlite import SimulatorStore

MAX_RECORDS_IN_MEMORY = 100_000
"""Above so many records the repositories used longest ago are dropped from memory; about 350 bytes each."""

_FOUNDING_CLOCK_ID = 4


class Repositories:
    """Repositories by account index."""

    def __init__(self, store: SimulatorStore, ledger: Ledger, keys: KeyRing, founding: Founding) -> None:
        self._store = store
        self._ledger = ledger
        self._keys = keys
        self._founding = founding
        self._open: OrderedDict[int, Repository] = OrderedDict()

    def open(self, account: Account) -> Repository:
        """Give an account's repository; one that is made on the spot goes into the ledger."""
        repository = self._open.get(account.index)
        if repository is None:
            repository = self._restore(account) or self._found(account)
            self._open[account.index] = repository
        self._open.move_to_end(account.index)
        return repository

    def _restore(self, account: Account) -> Repository | None:
        head = self._store.head(account.index)
        if head is None:
            return None
        records = dict(self._store.record_cids(account.index))
        repository = Repository.restore(account.did, self._keys.signing(account.index), records, head)
        if not repository.is_consistent:
            raise Broken(f"{account.did}: the stored records are not those of the stored commit {head.rev}")
        return repository

    def _found(self, account: Account) -> Repository:
        blocks = {path: cbor.encode(record) for path, record in self._founding.records(account).items()}
        cids = {path: cid_bytes_of(block) for path, block in blocks.items()}
        at_us = account.created_us if account.born_live else account.created_us + 2 * HOUR_US
        rev = tid_of(at_us, _FOUNDING_CLOCK_ID)
        repository = Repository.found(account.did, self._keys.signing(account.index), cids, rev)
        batch = self._ledger.batch
        batch.heads[account.index] = repository.head
        for path, block in blocks.items():
            batch.records[account.index, path] = (cids[path], block)
        return repository

    def drop(self, account: Account) -> None:
        """Forget a deleted account's repository."""
        self._open.pop(account.index, None)

    def shed(self) -> None:
        """Free memory; call it when the ledger is flushed, for what is dropped is read back from the store."""
        total = sum(repository.size for repository in self._open.values())
        while total > MAX_RECORDS_IN_MEMORY and len(self._open) > 1:
            _, oldest = self._open.popitem(last=False)
            total -= oldest.size

    def car(self, account: Account) -> bytes:
        """The whole repository as a CAR."""
        repository = self.open(account)
        self._ledger.flush()
        commit = repository.commit_cid
        blocks = [(commit, repository.head.commit_block), *repository.tree_blocks()]
        return write_car(commit, [*blocks, *self._store.record_blocks(account.index)])
