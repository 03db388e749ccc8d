"""What this installation knows by itself: its account table, and the records that its rules fired on, from its log."""

from collections.abc import Collection, Mapping
from typing import Protocol

import msgspec
from sqlalchemy import select

from skywarden.api.directory.account_info import OwnAccount
from skywarden.api.directory.record_info import RecordInfo, record_info
from skywarden.atproto.syntax.at_uri import parse_at_uri
from skywarden.atproto.syntax.datetime import datetime_text
from skywarden.ingest.accounts.table import AccountTable
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Did, Offset
from skywarden.log.contract import LogReader
from skywarden.storage import Database
from skywarden.storage.tables import DECISION, EFFECT, SUBJECT

_LOOKS = 5
"""Newest effects of a record whose rows are looked at: a row may be a deletion, which has no record."""

_COLUMNS = ("did", "collection", "rkey", "cid", "record", "time_us")


class OwnAccounts(Protocol):
    """Accounts that we have seen ourselves. Blocks: call it in a thread."""

    def accounts(self, dids: Collection[Did]) -> Mapping[Did, OwnAccount]: ...


class OwnRecords(Protocol):
    """Records that we have kept ourselves. Blocks: call it in a thread."""

    def records(self, uris: Collection[str]) -> Mapping[str, RecordInfo]: ...


class Nothing:
    """A process that reads no stream has seen nothing itself."""

    def accounts(self, dids: Collection[Did]) -> Mapping[Did, OwnAccount]:
        return {}

    def records(self, uris: Collection[str]) -> Mapping[str, RecordInfo]:
        return {}


class SeenAccounts:
    """The account table that the stream keeps."""

    def __init__(self, table: AccountTable) -> None:
        self._table = table

    def accounts(self, dids: Collection[Did]) -> Mapping[Did, OwnAccount]:
        return {
            did: OwnAccount(
                did,
                account.handle or account.last_handle,
                account.first_seen_us,
                account.display_name or "",
                account.description or "",
            )
            for did, account in self._table.look(dids).items()
            if not account.deleted
        }


class LoggedRecords:
    """Records that a rule of ours acted on, as they were then: their effect says where in the log they are."""

    def __init__(self, database: Database, log: LogReader) -> None:
        self._database = database
        self._log = log

    def records(self, uris: Collection[str]) -> Mapping[str, RecordInfo]:
        found = {uri: self._newest(uri, offsets) for uri, offsets in self._offsets(uris).items()}
        return {uri: record for uri, record in found.items() if record is not None}

    def _offsets(self, uris: Collection[str]) -> dict[str, list[Offset]]:
        """Where in the log the newest events are that led to effects on these records; every step uses an index."""
        query = (
            select(SUBJECT.c.uri, EFFECT.c.log_offset)
            .join(DECISION, DECISION.c.subject_id == SUBJECT.c.id)
            .join(EFFECT, EFFECT.c.effect_id == DECISION.c.cause)
            .order_by(DECISION.c.id.desc())
            .limit(_LOOKS)
        )
        offsets: dict[str, list[Offset]] = {}
        with self._database.read() as tx:
            for uri in uris:
                rows = tx.execute(query.where(SUBJECT.c.uri == uri))
                offsets[uri] = list(dict.fromkeys(Offset(row.log_offset) for row in rows))
        return offsets

    def _newest(self, uri: str, offsets: list[Offset]) -> RecordInfo | None:
        parts = parse_at_uri(uri)
        for offset in offsets:
            for batch in self._log.read(offset, Offset(offset + 1)):
                did, collection, rkey, cid, record, time_us = (batch.rows.column(name)[0].as_py() for name in _COLUMNS)
                if (
                    record is None
                    or cid is None
                    or (did, collection, rkey)
                    != (
                        parts.authority,
                        parts.collection,
                        parts.rkey,
                    )
                ):
                    continue
                try:
                    return record_info(uri, cid, msgspec.Raw(record.encode()), datetime_text(time_us))
                except Rejected:  # kept as it came; what cannot be shown is not shown
                    continue
        return None
