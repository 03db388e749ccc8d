"""Tables of what moderation holds of each subject, and what it counts of each account."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, Table, UniqueConstraint

from skywarden.storage.columns import (
    DID_BYTES,
    INT64,
    LABEL_VALUE_BYTES,
    NSID_BYTES,
    RECORD_PATH_BYTES,
    ROW_NUMBER,
    URI_BYTES,
    code_text,
    prose,
)
from skywarden.storage.tables.metadata import METADATA

SUBJECT = Table(
    "subject",
    METADATA,
    Column("id", ROW_NUMBER, primary_key=True, autoincrement=True),
    Column("did", code_text(DID_BYTES), nullable=False),
    Column("record_path", code_text(RECORD_PATH_BYTES), nullable=False),
    Column("convo_id", code_text(128), nullable=False),
    Column("message_id", code_text(128), nullable=False),
    Column("uri", code_text(URI_BYTES), nullable=False),
    Column("cid", code_text(128)),
    Column("collection", code_text(NSID_BYTES), nullable=False),
    Column("shard", INT64, nullable=False),
    Column("review", code_text(32), nullable=False),
    Column("appealed", Boolean(create_constraint=False), nullable=False),
    Column("takendown", Boolean(create_constraint=False), nullable=False),
    Column("last_reported_us", INT64),
    Column("last_appealed_us", INT64),
    Column("last_reviewed_by", code_text(DID_BYTES)),
    Column("last_reviewed_us", INT64),
    Column("takedown_until_us", INT64),
    Column("takedown_by_person", Boolean(create_constraint=False), nullable=False),
    Column("muted_until_us", INT64),
    Column("mute_by_person", Boolean(create_constraint=False), nullable=False),
    Column("mute_reporting_until_us", INT64),
    Column("comment", prose()),
    Column("priority_score", Integer, nullable=False),
    Column("blob_cids_json", prose()),
    Column("tags_json", prose()),
    Column("report_count", Integer, nullable=False),
    Column("appeal_count", Integer, nullable=False),
    Column("escalate_count", Integer, nullable=False),
    Column("suspend_count", Integer, nullable=False),
    Column("takedown_count", Integer, nullable=False),
    Column("hosting_status", code_text(32)),
    Column("hosting_created_us", INT64),
    Column("hosting_updated_us", INT64),
    Column("hosting_deleted_us", INT64),
    Column("hosting_deactivated_us", INT64),
    Column("hosting_reactivated_us", INT64),
    Column("age_assurance_state", code_text(32)),
    Column("age_assurance_by", code_text(16)),
    Column("created_us", INT64, nullable=False),
    Column("updated_us", INT64, nullable=False),
    UniqueConstraint("did", "record_path", "convo_id"),
    Index(None, "uri"),
    Index(None, "takedown_until_us"),
    Index(None, "muted_until_us"),
    Index(None, "mute_reporting_until_us"),
    Index(None, "review", "last_reported_us"),
    Index(None, "review", "priority_score", "id"),
    Index(None, "last_reported_us", "id"),
    Index(None, "last_reviewed_us", "id"),
    Index(None, "priority_score", "id"),
    sqlite_autoincrement=True,
)
"""What moderation holds of an account, a record or a conversation; an account's `uri` is its DID.

`record_path` is "" for accounts and conversations, `convo_id` "" for all but conversations. `message_id` is the last
message of the conversation that an event was about. `tags_json` is the sorted copy of subject_tag, null without tags.
`shard` is a hash of `did` below 2^31 that queues are cut by. The counts are of events on this very subject.
"""

SUBJECT_TAG = Table(
    "subject_tag",
    METADATA,
    Column("subject_id", ROW_NUMBER, ForeignKey("subject.id"), primary_key=True),
    Column("tag", code_text(256), primary_key=True),
    Column("added_us", INT64, nullable=False),
    Column("expires_us", INT64),
    Column("decision_id", INT64),
    Column("by_person", Boolean(create_constraint=False), nullable=False),
    Index(None, "tag"),
    Index(None, "expires_us"),
)

SUBJECT_LABEL = Table(
    "subject_label",
    METADATA,
    Column("subject_id", ROW_NUMBER, ForeignKey("subject.id"), primary_key=True),
    Column("val", code_text(LABEL_VALUE_BYTES), primary_key=True),
    Column("cid", code_text(128), primary_key=True),
    Column("decision_id", INT64, nullable=False),
    Column("expires_us", INT64),
    Column("by_person", Boolean(create_constraint=False), nullable=False),
    Index(None, "expires_us"),
)
"""Labels that moderation decided and has not taken back; `cid` "" means every version of the subject.

`by_person` (here, on tags and on the subject itself): a person put it there, so no rule takes it off.
"""

ACCOUNT_STAT = Table(
    "account_stat",
    METADATA,
    Column("did", code_text(DID_BYTES), primary_key=True),
    Column("report_count", Integer, nullable=False),
    Column("appeal_count", Integer, nullable=False),
    Column("suspend_count", Integer, nullable=False),
    Column("escalate_count", Integer, nullable=False),
    Column("takedown_count", Integer, nullable=False),
    Column("total_reports", Integer, nullable=False),
    Column("reported", Integer, nullable=False),
    Column("escalated", Integer, nullable=False),
    Column("appealed", Integer, nullable=False),
    Column("subjects", Integer, nullable=False),
    Column("pending", Integer, nullable=False),
    Column("processed", Integer, nullable=False),
    Column("takendown", Integer, nullable=False),
    Index(None, "reported"),
    Index(None, "takendown"),
)
"""Counts per account: the first five are of events on the account itself, the others of its records."""

ACCOUNT_STRIKE = Table(
    "account_strike",
    METADATA,
    Column("did", code_text(DID_BYTES), primary_key=True),
    Column("active", Integer, nullable=False),
    Column("total", Integer, nullable=False),
    Column("first_us", INT64),
    Column("last_us", INT64),
    Column("next_expiry_us", INT64),
    Index(None, "next_expiry_us"),
    Index(None, "active"),
)
"""Strikes per account, summed from its events; `active` leaves out those that expired. `next_expiry_us` is when it
must be summed again, null when none of its strikes will expire."""
