"""Turn one event into changes of the accounts that it touches; live stamping and replay share it."""

from collections.abc import Iterator
from typing import NamedTuple, Protocol

import pyarrow as pa

from skywarden.ingest.accounts.account import Account
from skywarden.ingest.accounts.follows import FollowBook
from skywarden.kernel.ids import Did
from skywarden.model.event import NETWORK_KINDS, Action, Kind

POST = "app.bsky.feed.post"
FOLLOW = "app.bsky.graph.follow"
PROFILE = "app.bsky.actor.profile"


class EventRow(NamedTuple):
    """The columns of one event that accounts care for."""

    time_us: int
    did: Did
    kind: int
    action: int | None
    collection: str | None
    rkey: str | None
    rev: str | None
    reply_parent_did: Did | None
    reply_root_did: Did | None
    subject_did: Did | None
    mentions: list[Did] | None
    display_name: str | None
    description: str | None
    avatar_cid: str | None
    handle: str | None
    account_active: bool | None
    account_status: str | None


class Accounts(Protocol):
    """Where accounts are found; a new one gets a number."""

    def obtain(self, did: Did) -> Account: ...

    def by_number(self, number: int) -> Account | None: ...

    def touch(self, account: Account) -> None:
        """Mark an account as changed."""
        ...


def event_rows(rows: pa.RecordBatch) -> Iterator[EventRow]:
    """Read the columns row by row."""
    columns = [rows.column(name).to_pylist() for name in EventRow._fields]
    return map(EventRow._make, zip(*columns, strict=True))


def apply_event(row: EventRow, accounts: Accounts, book: FollowBook) -> None:
    """Count one event in; call it once an event, in log order. Rows of our own making say nothing new of an account."""
    author = accounts.obtain(row.did)
    accounts.touch(author)
    if row.kind not in NETWORK_KINDS:
        return
    if author.first_seen_us is None:
        author.first_seen_us = row.time_us
    if row.kind == Kind.COMMIT:
        _apply_operation(row, author, accounts, book)
    elif row.kind == Kind.IDENTITY:
        # The handle in the message is a claim (PROTOCOL.md 56): what was looked up before is void until the next time.
        author.handle = author.pds_host = author.hydrated_us = None
        author.last_handle = row.handle or author.last_handle
    elif row.kind == Kind.ACCOUNT:
        _apply_status(row, author, book)


def _apply_status(row: EventRow, author: Account, book: FollowBook) -> None:
    author.deleted = row.account_active is False and row.account_status == "deleted"
    if author.deleted:
        author.forget_profile()
        author.posts_seen = author.follows_seen = 0
        book.forget(author.number)


def _apply_operation(row: EventRow, author: Account, accounts: Accounts, book: FollowBook) -> None:
    if row.collection == POST:
        author.posts_seen += {Action.CREATE: 1, Action.DELETE: -1}.get(Action(row.action or 0), 0)
    elif row.collection == FOLLOW:
        _apply_follow(row, author, accounts, book)
    elif row.collection == PROFILE and row.rkey == "self":
        _apply_profile(row, author)


def _apply_profile(row: EventRow, author: Account) -> None:
    author.display_name = row.display_name or ""
    author.description = row.description or ""
    author.has_avatar, author.avatar_cid = row.avatar_cid is not None, row.avatar_cid


def _apply_follow(row: EventRow, author: Account, accounts: Accounts, book: FollowBook) -> None:
    rkey = row.rkey or ""
    if row.action != Action.CREATE:
        author.follows_seen -= 1
        _count_follower(book.remove(author.number, rkey), -1, accounts)
    if row.action != Action.DELETE:
        author.follows_seen += 1
        if row.subject_did is not None:
            subject = accounts.obtain(row.subject_did)
            book.add(author.number, rkey, subject.number)
            _count_follower(subject.number, 1, accounts)


def _count_follower(number: int | None, change: int, accounts: Accounts) -> None:
    account = None if number is None else accounts.by_number(number)
    if account is not None:
        account.followers_seen += change
        accounts.touch(account)
