"""The event: one row per repo operation, identity, account or sync message, as Arrow columns.

`SCHEMA` is what the log stores and everything downstream reads. A row's offset is not a column: it is the batch's
base offset plus the row number. All columns but `time_us`, `source`, `did` and `kind` are nullable; null means
"not present" or, in the stamp, "not known" (never zero, never false).
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from skywarden.kernel.ids import Offset


class Kind(IntEnum):
    """What an event is; the code stored in `kind`.

    The network sends the first four. Our own moderation appends the others: a report that was received, a decision,
    an event that is to be looked at again. Their `did` is the account concerned, `subject_uri` the record if there is
    one, `text` the comment.
    """

    COMMIT = 0
    IDENTITY = 1
    ACCOUNT = 2
    SYNC = 3
    REPORT = 4
    MODERATION = 5
    RECHECK = 6


NETWORK_KINDS = frozenset({Kind.COMMIT, Kind.IDENTITY, Kind.ACCOUNT, Kind.SYNC})


class Action(IntEnum):
    """What a commit's operation did; the code stored in `action`."""

    CREATE = 0
    UPDATE = 1
    DELETE = 2


_strings = pa.list_(pa.string())

EVENT_FIELDS: tuple[pa.Field, ...] = (
    pa.field("seq", pa.int64()),
    pa.field("source", pa.string(), nullable=False),
    pa.field("time_us", pa.int64(), nullable=False),
    pa.field("did", pa.string(), nullable=False),
    pa.field("kind", pa.int8(), nullable=False),
    pa.field("action", pa.int8()),
    pa.field("collection", pa.string()),
    pa.field("rkey", pa.string()),
    pa.field("cid", pa.string()),
    pa.field("rev", pa.string()),
    pa.field("created_at_us", pa.int64()),
    pa.field("text", pa.string()),
    pa.field("langs", _strings),
    pa.field("reply_parent_uri", pa.string()),
    pa.field("reply_parent_did", pa.string()),
    pa.field("reply_root_uri", pa.string()),
    pa.field("reply_root_did", pa.string()),
    pa.field("quote_uri", pa.string()),
    pa.field("quote_did", pa.string()),
    pa.field("links", _strings),
    pa.field("link_texts", _strings),
    pa.field("domains", _strings),
    pa.field("mentions", _strings),
    pa.field("mention_texts", _strings),
    pa.field("tags", _strings),
    pa.field("image_cids", _strings),
    pa.field("alt_texts", _strings),
    pa.field("video_cid", pa.string()),
    pa.field("embed_kind", pa.string()),
    pa.field("subject_uri", pa.string()),
    pa.field("subject_did", pa.string()),
    pa.field("display_name", pa.string()),
    pa.field("description", pa.string()),
    pa.field("avatar_cid", pa.string()),
    pa.field("banner_cid", pa.string()),
    pa.field("handle", pa.string()),
    pa.field("account_active", pa.bool_()),
    pa.field("account_status", pa.string()),
    pa.field("report_reason", pa.string()),
    pa.field("report_by", pa.string()),
    pa.field("moderation_event", pa.string()),
    pa.field("values_added", _strings),
    pa.field("values_removed", _strings),
    pa.field("moderation_by", pa.string()),
    pa.field("caused_by", _strings),
    pa.field("recheck_rules", _strings),
    pa.field("record", pa.string()),
)
"""Columns that decoding fills; `record` is the whole record as compact JSON (blobs, links, bytes as the data model
says). `domains` are registrable domains, in the order of `links` without repeats. `link_texts` and `mention_texts` are
parallel to `links` and `mentions`: the words of the post that carry them, null where no words do. `report_reason` to
`values_removed` are of reports and moderation events: `moderation_event` is the name of the tools.ozone event, the
values are the labels or tags that it put on or took off, `moderation_by` is who did it. `caused_by` are the rules whose
own effects led to the row, the last one first hand. `recheck_rules` are those that asked to look at a record again."""

STAMP_FIELDS: tuple[pa.Field, ...] = (
    pa.field("author_first_seen_us", pa.int64()),
    pa.field("author_created_us", pa.int64()),
    pa.field("author_handle", pa.string()),
    pa.field("author_pds_host", pa.string()),
    pa.field("author_display_name", pa.string()),
    pa.field("author_description", pa.string()),
    pa.field("author_has_avatar", pa.bool_()),
    pa.field("author_avatar_cid", pa.string()),
    pa.field("author_followers", pa.int64()),
    pa.field("author_follows", pa.int64()),
    pa.field("author_posts", pa.int64()),
    pa.field("author_labels", _strings),
    pa.field("author_tags", _strings),
    pa.field("previous_handle", pa.string()),
    pa.field("parent_follows_author", pa.bool_()),
    pa.field("root_follows_author", pa.bool_()),
    pa.field("subject_follows_author", pa.bool_()),
    pa.field("mentions_follow_author", pa.list_(pa.bool_())),
)
"""Columns that enrichment stamps once, before the event enters the log (INV-1). `mentions_follow_author` is parallel
to `mentions`. `previous_handle` is on identity events only: the handle that was looked up or claimed last before; all
the other columns say what was known before the event too, so on a change of profile they are the profile before."""

SCHEMA: pa.Schema = pa.schema([*EVENT_FIELDS, *STAMP_FIELDS])


def with_schema(rows: pa.RecordBatch) -> pa.RecordBatch:
    """Rows of a log, of this version or an older one, as rows of `SCHEMA`: columns that they lack are null."""
    if rows.schema.equals(SCHEMA):
        return rows
    held = frozenset(rows.schema.names)
    columns = [rows.column(field.name) if field.name in held else pa.nulls(len(rows), field.type) for field in SCHEMA]
    return pa.RecordBatch.from_arrays(columns, schema=SCHEMA)


@dataclass(frozen=True, slots=True)
class EventBatch:
    """Rows of `SCHEMA` in the order of one partition of the log.

    They are contiguous, unless `given` has the offset of each: then what lies between was left out. Given offsets
    ascend, and the first is `base`.
    """

    base: Offset
    rows: pa.RecordBatch
    given: pa.Int64Array | None = None

    @classmethod
    def scattered(cls, offsets: pa.Int64Array, rows: pa.RecordBatch, base: Offset) -> "EventBatch":
        """Rows with the offset of each; `base` is where a batch without rows stands."""
        return cls(Offset(offsets[0].as_py()) if len(offsets) else base, rows, offsets)

    def __len__(self) -> int:
        return int(self.rows.num_rows)

    @property
    def end(self) -> Offset:
        """Offset after the last row."""
        if self.given is not None and len(self.given):
            return Offset(self.given[-1].as_py() + 1)
        return Offset(self.base + self.rows.num_rows)

    def offsets(self) -> npt.NDArray[np.int64]:
        """Offset of each row. Shape: (len,)."""
        if self.given is not None:
            given: npt.NDArray[np.int64] = self.given.to_numpy()
            return given
        return np.arange(self.base, self.end, dtype=np.int64)

    def slice(self, start: int, stop: int) -> "EventBatch":
        """Rows start..stop (numbers within the batch) without copying."""
        rows = self.rows.slice(start, stop - start)
        if self.given is not None:
            return EventBatch.scattered(self.given.slice(start, stop - start), rows, self.base)
        return EventBatch(Offset(self.base + start), rows)
