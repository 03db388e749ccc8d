"""The tables that the warehouse keeps of the log and of moderation."""

import pyarrow as pa

from skywarden.model.event import SCHEMA
from skywarden.warehouse.spec import TableSpec

_OFFSET = pa.field("offset", pa.int64(), nullable=False)
_URI = "CASE WHEN rkey IS NULL OR collection IS NULL THEN did ELSE concat('at://', did, '/', collection, '/', rkey) END"

CONTENT = (
    "text",
    "links",
    "link_texts",
    "domains",
    "mentions",
    "mention_texts",
    "tags",
    "image_cids",
    "alt_texts",
    "video_cid",
    "quote_uri",
    "quote_did",
    "display_name",
    "description",
    "avatar_cid",
    "banner_cid",
    "handle",
    "record",
    "author_handle",
    "author_display_name",
    "author_description",
    "author_avatar_cid",
    "previous_handle",
)
"""Columns of an event that hold what its author wrote, showed or was called."""

EVENT = TableSpec(
    name="event",
    about="Every row of the log with what was known of the account, in the order of the log.",
    columns=pa.schema([_OFFSET, *SCHEMA]),
    key="offset",
    time="time_us",
    sort=("offset",),
    content=CONTENT,
    computed=(("uri", _URI),),
    few_values=frozenset(
        {
            "source",
            "collection",
            "langs",
            "embed_kind",
            "account_status",
            "report_reason",
            "moderation_event",
            "moderation_by",
            "author_pds_host",
            "author_labels",
            "author_tags",
        }
    ),
)

_SHOWN = ("time_us", "kind", "action", "collection", "rkey", "text", "subject_uri", "subject_did", "handle")

ACCOUNT_EVENT = TableSpec(
    name="account_event",
    about="The same events in the order of accounts, with what a timeline shows: looks one account up.",
    columns=pa.schema(
        [pa.field("did", pa.string(), nullable=False), _OFFSET, *(SCHEMA.field(name) for name in _SHOWN)]
    ),
    key="offset",
    time="time_us",
    sort=("did", "offset"),
    content=("text", "handle"),
    computed=(("uri", _URI),),
    row_group=16_384,
    few_values=frozenset({"collection"}),
)

_text, _number = pa.string(), pa.int64()


def _fields(**types: pa.DataType) -> pa.Schema:
    return pa.schema([pa.field(name, kind) for name, kind in types.items()])


HIT = TableSpec(
    name="hit",
    about="Every event on which a rule version was true, with the values seen.",
    columns=_fields(
        offset=_number,
        rule=_text,
        version=_text,
        time_us=_number,
        did=_text,
        uri=_text,
        reason=_text,
        values_json=_text,
        is_shadow=pa.bool_(),
    ),
    key="offset",
    time="time_us",
    sort=("offset", "rule", "version"),
    content=("reason", "values_json"),
    few_values=frozenset({"rule", "version"}),
)

EFFECT = TableSpec(
    name="effect",
    about="Everything that rules proposed.",
    columns=_fields(
        number=_number,
        effect_id=_text,
        rule=_text,
        version=_text,
        offset=_number,
        time_us=_number,
        kind=_text,
        value=_text,
        did=_text,
        uri=_text,
        cid=_text,
        reason=_text,
        values_json=_text,
        options_json=_text,
        due_us=_number,
    ),
    key="number",
    time="time_us",
    sort=("number",),
    content=("reason", "values_json"),
    few_values=frozenset({"rule", "version", "kind", "value", "options_json"}),
)

DECISION = TableSpec(
    name="decision",
    about="What moderation answered to every proposal of rules.",
    columns=_fields(
        id=_number,
        cause=_text,
        kind=_text,
        value=_text,
        outcome=_text,
        why=_text,
        did=_text,
        uri=_text,
        cid=_text,
        created_by=_text,
        created_us=_number,
        rule=_text,
        comment=_text,
        event_us=_number,
        expires_us=_number,
        caused_by_json=_text,
    ),
    key="id",
    time="created_us",
    sort=("id",),
    content=("comment",),
    few_values=frozenset({"kind", "value", "outcome", "why", "created_by", "rule"}),
)

MODERATION_EVENT = TableSpec(
    name="moderation_event",
    about="Everything that happened to a subject, by rules and by people.",
    columns=_fields(
        id=_number,
        type=_text,
        did=_text,
        uri=_text,
        cid=_text,
        created_by=_text,
        created_us=_number,
        comment=_text,
        event_json=_text,
        batch_id=_text,
        external_id=_text,
        expires_us=_number,
        report_type=_text,
        rule=_text,
    ),
    key="id",
    time="created_us",
    sort=("id",),
    content=("comment",),
    few_values=frozenset({"type", "created_by", "report_type", "rule"}),
)

LABEL = TableSpec(
    name="label",
    about="Every label that was published, negations included.",
    columns=_fields(
        seq=_number,
        cause=_text,
        src=_text,
        uri=_text,
        cid=_text,
        did=_text,
        val=_text,
        neg=pa.bool_(),
        created_us=_number,
        expires_us=_number,
    ),
    key="seq",
    time="created_us",
    sort=("seq",),
    few_values=frozenset({"src", "val"}),
)

TABLES: tuple[TableSpec, ...] = (EVENT, ACCOUNT_EVENT, HIT, EFFECT, DECISION, MODERATION_EVENT, LABEL)
