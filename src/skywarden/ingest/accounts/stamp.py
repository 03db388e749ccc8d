"""Turn what is known of accounts into the stamp columns of events (`STAMP_FIELDS`).

Promise: a row's stamp is what was known just before the row, rows of the same batch included, in log order. Only
`author_first_seen_us` counts the row itself: an author never seen before was first seen now. What is not known is null.
"""

from collections.abc import Sequence

import pyarrow as pa

from skywarden.ingest.accounts.account import Account
from skywarden.ingest.accounts.effects import EventRow
from skywarden.ingest.accounts.follows import FollowBook
from skywarden.kernel.ids import Did
from skywarden.model.event import SCHEMA, STAMP_FIELDS, Kind

Stamp = tuple[object, ...]
"""One row's values in the order of `STAMP_FIELDS`."""


class Stamper:
    """Writes stamps; `known` are the accounts in memory, those that a batch names included."""

    def __init__(self, known: dict[Did, Account], book: FollowBook, complete_since_us: int | None) -> None:
        self._known = known
        self._book = book
        self._complete_since_us = complete_since_us

    def stamp(self, row: EventRow) -> Stamp:
        """Values for one row, before the row itself is applied."""
        author = self._known.get(row.did)
        relations = self._relations(row, author)
        if author is None:
            return (row.time_us, *(None,) * 10, [], [], None, *relations)
        complete = author.is_complete(self._complete_since_us)
        return (
            row.time_us if author.first_seen_us is None else author.first_seen_us,
            author.created_us,
            author.handle,
            author.pds_host,
            author.display_name,
            author.description,
            author.has_avatar,
            author.avatar_cid,
            _count(complete, author.followers_base, author.followers_seen),
            _count(complete, author.follows_base, author.follows_seen),
            _count(complete, author.posts_base, author.posts_seen),
            author.labels,
            author.tags,
            author.last_handle if row.kind == Kind.IDENTITY else None,
            *relations,
        )

    def _relations(self, row: EventRow, author: Account | None) -> Stamp:
        mentions = row.mentions
        return (
            self._follows(row.reply_parent_did, author),
            self._follows(row.reply_root_did, author),
            self._follows(row.subject_did, author),
            None if mentions is None else [self._follows(did, author) for did in mentions],
        )

    def _follows(self, did: Did | None, author: Account | None) -> bool | None:
        """Does `did` follow the author? False only where every follow of `did` passed through this log."""
        other = None if did is None else self._known.get(did)
        if other is None:
            return None
        if author is not None and self._book.follows(other.number, author.number):
            return True
        return False if other.is_complete(self._complete_since_us) else None


def _count(complete: bool, looked_up: int | None, seen: int) -> int | None:
    if complete:
        return max(seen, 0)
    return None if looked_up is None else max(looked_up + seen, 0)


def add_stamps(rows: pa.RecordBatch, stamps: Sequence[Stamp]) -> pa.RecordBatch:
    """Rows of `EVENT_FIELDS` and their stamps -> rows of `SCHEMA`."""
    columns = zip(*stamps, strict=True) if stamps else ([] for _ in STAMP_FIELDS)
    made = [pa.array(list(column), field.type) for column, field in zip(columns, STAMP_FIELDS, strict=True)]
    return pa.RecordBatch.from_arrays([*rows.columns, *made], schema=SCHEMA)
