"""Tables of moderation events, the answers to what rules proposed, and report tickets."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, Table, UniqueConstraint

from skywarden.storage.columns import (
    DID_BYTES,
    INT64,
    NSID_BYTES,
    RECORD_PATH_BYTES,
    ROW_NUMBER,
    URI_BYTES,
    code_text,
    prose,
)
from skywarden.storage.tables.metadata import METADATA

MODERATION_EVENT = Table(
    "moderation_event",
    METADATA,
    Column("id", ROW_NUMBER, primary_key=True, autoincrement=False),
    Column("type", code_text(64), nullable=False),
    Column("subject_id", ROW_NUMBER, ForeignKey("subject.id"), nullable=False),
    Column("did", code_text(DID_BYTES), nullable=False),
    Column("record_path", code_text(RECORD_PATH_BYTES), nullable=False),
    Column("convo_id", code_text(128), nullable=False),
    Column("message_id", code_text(128), nullable=False),
    Column("uri", code_text(URI_BYTES), nullable=False),
    Column("cid", code_text(128)),
    Column("blob_cids_json", prose()),
    Column("created_by", code_text(DID_BYTES), nullable=False),
    Column("created_us", INT64, nullable=False),
    Column("comment", prose()),
    Column("event_json", prose(), nullable=False),
    Column("tool_json", prose()),
    Column("tool_name", code_text(256)),
    Column("batch_id", code_text(256)),
    Column("external_id", code_text(512)),
    Column("expires_us", INT64),
    Column("report_type", code_text(256)),
    Column("severity_level", code_text(256)),
    Column("strike_count", Integer),
    Column("strike_expires_us", INT64),
    Column("age_assurance_state", code_text(32)),
    Column("rule", code_text(200)),
    UniqueConstraint("subject_id", "type", "external_id"),
    Index(None, "subject_id", "id"),
    Index(None, "did", "id"),
    Index(None, "created_by", "id"),
    Index(None, "type", "id"),
    Index(None, "created_us"),
    Index(None, "batch_id"),
    Index(None, "message_id"),
    Index(None, "rule", "id"),
)
"""Everything that happened to a subject, in commit order of `id`; `type` is the lexicon's name, such as modEventLabel.

`event_json` is the lexicon's body with its `$type`, as answers carry it; the other columns are what filters ask for.
`tool_name`, `batch_id`, `external_id` and `severity_level` hold `word_of` their text.
"""

MODERATION_EVENT_WORD = Table(
    "moderation_event_word",
    METADATA,
    Column("event_id", ROW_NUMBER, ForeignKey("moderation_event.id"), primary_key=True),
    Column("kind", code_text(8), primary_key=True),
    Column("word", code_text(256), primary_key=True),
    Index(None, "kind", "word", "event_id"),
)
"""Labels and tags that an event added and removed, and its policies: kinds label+ label- tag+ tag- policy."""

DECISION = Table(
    "decision",
    METADATA,
    Column("id", ROW_NUMBER, primary_key=True, autoincrement=False),
    Column("cause", code_text(128), nullable=False),
    Column("kind", code_text(32), nullable=False),
    Column("value", prose(), nullable=False),
    Column("outcome", code_text(16), nullable=False),
    Column("why", prose(), nullable=False),
    Column("subject_id", ROW_NUMBER, ForeignKey("subject.id"), nullable=False),
    Column("cid", code_text(128)),
    Column("created_by", code_text(DID_BYTES), nullable=False),
    Column("created_us", INT64, nullable=False),
    Column("rule", code_text(200)),
    Column("comment", prose(), nullable=False),
    Column("tool_json", prose()),
    Column("event_us", INT64),
    Column("expires_us", INT64),
    Column("caused_by_json", prose()),
    Column("basis_json", prose()),
    UniqueConstraint("cause"),
    Index(None, "subject_id", "id"),
    Index(None, "subject_id", "event_us"),
    Index(None, "rule", "id"),
)
"""One row per proposal that moderation answered, whatever the answer; `cause` is the effect's or the end's name.

An applied one has the same id as its moderation event. What a person did has an event and no row here.
`event_us` is the time of the event that a rule fired on, `caused_by_json` the rules whose effects led to that event,
`basis_json` what it was decided on: the subject as it was before, and the breakers with what they had counted.
"""

REPORT = Table(
    "report",
    METADATA,
    Column("id", ROW_NUMBER, primary_key=True, autoincrement=False),
    Column("decision_id", ROW_NUMBER, nullable=False),
    Column("subject_id", ROW_NUMBER, ForeignKey("subject.id"), nullable=False),
    Column("did", code_text(DID_BYTES), nullable=False),
    Column("reason_type", code_text(256), nullable=False),
    Column("reported_by", code_text(DID_BYTES), nullable=False),
    Column("comment", prose()),
    Column("rule", code_text(200)),
    Column("state", code_text(16), nullable=False),
    Column("queue_id", INT64),
    Column("queued_us", INT64),
    Column("created_us", INT64, nullable=False),
    Column("updated_us", INT64, nullable=False),
    Column("closed_us", INT64),
    Column("is_muted", Boolean(create_constraint=False), nullable=False),
    Column("action_event_ids_json", prose()),
    Column("action_note", prose()),
    Column("assigned_to", code_text(DID_BYTES)),
    Column("assigned_us", INT64),
    Column("closed_by", code_text(DID_BYTES)),
    Column("subject_type", code_text(16), nullable=False, default="account"),
    Column("collection", code_text(NSID_BYTES), nullable=False, default=""),
    Column("wanted_queue_id", INT64),
    Column("is_automated", Boolean(create_constraint=False), nullable=False, default=False),
    UniqueConstraint("decision_id"),
    Index(None, "subject_id", "state"),
    Index(None, "state", "created_us"),
    Index(None, "state", "updated_us"),
    Index(None, "did", "id"),
    Index(None, "reported_by", "id"),
    Index(None, "assigned_to", "state"),
    Index(None, "queue_id", "state", "created_us"),
    Index(None, "created_us"),
    Index(None, "closed_us"),
)
"""Report tickets; `decision_id` is the id of the modEventReport. `queue_id` is null until routed, -1 when unmatched.

`assigned_to` has it permanently, since `assigned_us`. `wanted_queue_id` is the queue that the reporter's tool named.
"""
