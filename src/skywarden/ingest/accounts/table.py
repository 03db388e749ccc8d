"""Turn events into account knowledge and account knowledge into stamps, in step with the log.

Order: `stamp` a batch, append it to the log, then `commit` its end. Retry: a stamped batch whose append failed is
appended again as it is. Crash: the file holds the counts of the log's rows before `applied_offset`, some thousand rows
behind the log at most; `catch_up` adds the rest, so nothing is counted twice. Two writers: one table a log; its methods
may be called from several threads.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from pathlib import Path

import pyarrow as pa
from msgspec.structs import replace

from skywarden.ingest.accounts.account import Account, LookedUp
from skywarden.ingest.accounts.effects import EventRow, apply_event, event_rows
from skywarden.ingest.accounts.follows import FollowBook
from skywarden.ingest.accounts.sqlite import AccountStore
from skywarden.ingest.accounts.stamp import Stamper, add_stamps
from skywarden.ingest.accounts.waiting import WaitingLine
from skywarden.ingest.contract import RepoState
from skywarden.kernel.errors import Broken
from skywarden.kernel.ids import Did, Offset
from skywarden.log.contract import LogReader
from skywarden.model.event import Kind, with_schema

DEFAULT_CACHED = 40_000
"""Accounts held in memory, about 1 KB each."""

SAVE_ROWS = 2_048
"""The file is written once for so many rows of the log, or when the stream pauses: a start adds them in a moment."""


class AccountTable:
    """The account table of one log.

    `complete=False` for a stream that is filtered: then no count is ever known from the stream alone.
    """

    def __init__(
        self, path: Path, *, cached: int = DEFAULT_CACHED, complete: bool = True, save_rows: int = SAVE_ROWS
    ) -> None:
        self._lock = threading.RLock()
        self._store = AccountStore(path)
        self._book = FollowBook(self._store)
        self._cached = cached
        self._save_rows = save_rows
        self._accounts: OrderedDict[Did, Account] = OrderedDict()
        self._numbers: dict[int, Account] = {}
        self._changed: dict[Did, Account] = {}
        self._repos: dict[Did, RepoState] = {}
        self._between_batches = True
        self._end = self._saved = self._store.applied_offset()
        self._last_number = self._store.last_number()
        self._complete = complete
        self._complete_since_us = self._store.fact("complete_since_us") if complete else None
        self.waiting = WaitingLine()

    def __len__(self) -> int:
        """Accounts in memory."""
        return len(self._accounts)

    def close(self) -> None:
        with self._lock:
            self.flush()
            self._store.close()

    def stamp(self, rows: pa.RecordBatch) -> pa.RecordBatch:
        """Fill `STAMP_FIELDS` and count the rows in, in memory only."""
        with self._lock:
            self._between_batches = False
            events = list(event_rows(rows))
            self._load(_named(events))
            self._start_clock(events)
            stamper = Stamper(self._accounts, self._book, self._complete_since_us)
            stamps = []
            for event in events:
                stamps.append(stamper.stamp(event))
                apply_event(event, self, self._book)
            self._enqueue(events)
            return add_stamps(rows, stamps)

    def commit(self, end: Offset, repos: Iterable[RepoState] = ()) -> None:
        """Take over what the log's rows before `end` have changed; call it when they are durable."""
        with self._lock:
            self._between_batches = True
            self._end = end
            self._repos.update((state.did, state) for state in repos)
            if end - self._saved >= self._save_rows:
                self._save()

    def catch_up(self, log: LogReader) -> int:
        """Count in the rows that the log has and the file has not; return how many. Call it before anything else.

        Raises `Broken` when the file is ahead of the log: then it belongs to another log.
        """
        start, end = self._end, log.end_offset()
        if start > end:
            raise Broken(
                f"{self._store.path}: expected at most offset {end} (end of the log), found {start}; "
                "the log was replaced: remove this file, it is rebuilt from the log"
            )
        for batch in log.read(start):
            self._replay(batch.rows, batch.end)
        self.flush()
        return end - start

    def note_gap(self, time_us: int) -> None:
        """A stretch of the stream is missing: accounts created before `time_us` are no longer known completely."""
        with self._lock:
            if self._complete:
                self._complete_since_us = time_us

    def apply_labels(self, did: Did, labels: Iterable[str], tags: Iterable[str]) -> None:
        """Set the labels and tags that decisions have put on an account; durable on return, in the stamps from now on.

        Both are whole lists, not changes, so calling again with the same lists changes nothing.
        """
        with self._lock:
            self._load([did])
            account = self.obtain(did)
            account.labels, account.tags = tuple(labels), tuple(tags)
            self._store.save_marks(account)

    def looked_up(self, found: Iterable[LookedUp]) -> None:
        """Take over what look-ups found; stored with the next `commit` or `flush`."""
        with self._lock:
            found = list(found)
            self._load([one.did for one in found])
            for one in found:
                account = self.obtain(one.did)
                _take_over(one, account)
                self.touch(account)

    def flush(self) -> None:
        """Store what is not stored yet; does nothing between `stamp` and `commit`, when counts are ahead of the log."""
        with self._lock:
            if self._between_batches and (self._changed or self._end > self._saved):
                self._save()

    def repo_state(self, did: Did) -> RepoState | None:
        """The repository state as of the last committed batch, for the gate."""
        with self._lock:
            return self._repos.get(did) or self._store.repo(did)

    def undated(self, dids: Iterable[Did]) -> list[Did]:
        """Those of the accounts whose creation time or server is not known."""
        with self._lock:
            wanted = list(dids)
            self._load(wanted)
            known = [self._accounts.get(did) for did in wanted]
        return [
            did
            for did, account in zip(wanted, known, strict=True)
            if account is None or account.created_us is None or account.pds_host is None
        ]

    def find(self, did: Did) -> Account | None:
        """What is known of an account now."""
        with self._lock:
            self._load([did])
            return self._accounts.get(did)

    def look(self, dids: Iterable[Did]) -> dict[Did, Account]:
        """What is known of accounts now, for people who look: nothing is kept in memory for them."""
        with self._lock:
            wanted = list(dids)
            held = {did: self._accounts[did] for did in wanted if did in self._accounts}
            stored = self._store.load([did for did in wanted if did not in held])
        return held | {account.did: account for account in stored}

    def obtain(self, did: Did) -> Account:
        account = self._accounts.get(did)
        if account is None:
            self._last_number += 1
            account = Account(self._last_number, did)
            self._hold(account)
        return account

    def by_number(self, number: int) -> Account | None:
        account = self._numbers.get(number)
        if account is None:
            account = self._store.load_number(number)
            if account is not None:
                self._hold(account)
        return account

    def touch(self, account: Account) -> None:
        self._changed[account.did] = account

    def _hold(self, account: Account) -> None:
        self._accounts[account.did] = account
        self._numbers[account.number] = account

    def _save(self) -> None:
        facts = {"applied_offset": int(self._end)}
        if self._complete_since_us is not None:
            facts["complete_since_us"] = self._complete_since_us
        self._store.save(self._changed.values(), self._book.drain(), self._repos.values(), facts)
        self._changed.clear()
        self._repos.clear()
        self._saved = self._end
        while len(self._accounts) > self._cached:
            _, account = self._accounts.popitem(last=False)
            del self._numbers[account.number]

    def _load(self, dids: Iterable[Did]) -> None:
        missing = []
        for did in dids:
            if did in self._accounts:
                self._accounts.move_to_end(did)
            else:
                missing.append(did)
        for account in self._store.load(missing):
            self._hold(account)

    def _start_clock(self, events: list[EventRow]) -> None:
        if self._complete and self._complete_since_us is None and events:
            self._complete_since_us = events[0].time_us

    def _enqueue(self, events: list[EventRow]) -> None:
        """Put those who act and are due for a look-up into the line, who acted last first."""
        last_act: dict[Did, int] = {}
        for event in reversed(events):
            last_act.setdefault(event.did, event.time_us)
        for did, time_us in reversed(last_act.items()):
            account = self._accounts[did]
            if not account.deleted and self.waiting.is_due(account.hydrated_us, time_us):
                self.waiting.add(did)

    def _replay(self, rows: pa.RecordBatch, end: Offset) -> None:
        with self._lock:
            events = list(event_rows(with_schema(rows)))
            self._load(_named(events))
            self._start_clock(events)
            repos: dict[Did, RepoState] = {}
            for event in events:
                apply_event(event, self, self._book)
                _replay_repo(event, repos, self.repo_state)
            self.commit(end, repos.values())


def _named(events: Iterable[EventRow]) -> set[Did]:
    """Every account that the events name."""
    named: set[Did | None] = set()
    for event in events:
        named.update((event.did, event.reply_parent_did, event.reply_root_did, event.subject_did))
        named.update(event.mentions or ())
    named.discard(None)
    return named  # type: ignore[return-value]  # None is out


def _take_over(found: LookedUp, account: Account) -> None:
    """Fill in what a look-up says; what it does not say stays. The stream's own profile is newer than any look-up's."""
    if found.at_us is not None:
        account.hydrated_us = found.at_us
    for name in ("created_us", "handle", "pds_host"):
        value = getattr(found, name)
        if value is not None:
            setattr(account, name, value)
    account.last_handle = found.handle or account.last_handle
    if account.has_avatar is None:
        account.avatar_cid = found.avatar_cid
    for name in ("display_name", "description", "has_avatar"):
        if getattr(account, name) is None:
            setattr(account, name, getattr(found, name))
    for name in ("followers", "follows", "posts"):
        value = getattr(found, name)
        if value is not None:
            setattr(account, f"{name}_base", value - getattr(account, f"{name}_seen"))


def _replay_repo(event: EventRow, repos: dict[Did, RepoState], load: Callable[[Did], RepoState | None]) -> None:
    """Bring an account's repository state up to one stored row; the rows hold revs, not roots."""
    state = repos.get(event.did) or load(event.did) or RepoState(event.did)
    if event.kind == Kind.ACCOUNT:
        active = True if event.account_active is None else event.account_active
        state = replace(state, active=active, status=event.account_status)
    elif event.rev is not None and event.rev > (state.rev or ""):
        state = replace(state, rev=event.rev, data=None)
    repos[event.did] = state
