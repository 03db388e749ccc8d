"""Make moderation events, and room on subjects and reports for all that they change."""

import json
import zlib
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

from skywarden.storage.columns import INT64, ROW_NUMBER, code_text, prose
from skywarden.storage.migrations.rebuild import rebuild

revision = "m0009"
down_revision = "m0008"

_FLAG = sa.Boolean(create_constraint=False)
_SUBJECT: tuple[tuple[str, sa.types.TypeEngine[Any], str | None], ...] = (
    ("convo_id", code_text(128), ""),
    ("message_id", code_text(128), ""),
    ("collection", code_text(317), ""),
    ("shard", INT64, "0"),
    ("last_reviewed_by", code_text(2048), None),
    ("last_reviewed_us", INT64, None),
    ("takedown_by_person", _FLAG, "0"),
    ("mute_by_person", _FLAG, "0"),
    ("mute_reporting_until_us", INT64, None),
    ("comment", prose(), None),
    ("priority_score", sa.Integer(), "0"),
    ("blob_cids_json", prose(), None),
    ("tags_json", prose(), None),
    ("report_count", sa.Integer(), "0"),
    ("appeal_count", sa.Integer(), "0"),
    ("escalate_count", sa.Integer(), "0"),
    ("suspend_count", sa.Integer(), "0"),
    ("takedown_count", sa.Integer(), "0"),
    ("hosting_status", code_text(32), None),
    ("hosting_created_us", INT64, None),
    ("hosting_updated_us", INT64, None),
    ("hosting_deleted_us", INT64, None),
    ("hosting_deactivated_us", INT64, None),
    ("hosting_reactivated_us", INT64, None),
    ("age_assurance_state", code_text(32), None),
    ("age_assurance_by", code_text(16), None),
)
_SUBJECT_INDEXES = (
    ("mute_reporting_until_us",),
    ("last_reported_us", "id"),
    ("last_reviewed_us", "id"),
    ("priority_score", "id"),
)
_REPORT: tuple[tuple[str, sa.types.TypeEngine[Any], str | None], ...] = (
    ("did", code_text(2048), ""),
    ("comment", prose(), None),
    ("queue_id", INT64, None),
    ("queued_us", INT64, None),
    ("updated_us", INT64, "0"),
    ("closed_us", INT64, None),
    ("is_muted", _FLAG, "0"),
    ("action_event_ids_json", prose(), None),
    ("action_note", prose(), None),
    ("assigned_to", code_text(2048), None),
)
_REPORT_INDEXES = (("did", "id"), ("reported_by", "id"), ("queue_id", "state", "id"))
_STATS = (
    "report_count",
    "appeal_count",
    "suspend_count",
    "escalate_count",
    "takedown_count",
    "total_reports",
    "reported",
    "escalated",
    "appealed",
    "subjects",
    "pending",
    "processed",
    "takendown",
)
_FAMILY = ("subject", "subject_tag", "subject_label", "decision", "report")
_OLD_KEY, _NEW_KEY = "UNIQUE (did, record_path)", "UNIQUE (did, record_path, convo_id)"
_OLD_NAME, _NEW_NAME = "uq_subject_did_record_path", "uq_subject_did_record_path_convo_id"
_DECISION_KEY = "CONSTRAINT fk_report_decision_id FOREIGN KEY(decision_id) REFERENCES decision (id)"
_REPORT_KEY = "CONSTRAINT fk_report_subject_id FOREIGN KEY(subject_id) REFERENCES subject (id)"


def upgrade() -> None:
    for name, kind, default in _SUBJECT:
        _add("subject", name, kind, default)
    for table in ("subject_tag", "subject_label"):
        _add(table, "by_person", _FLAG, "0")
    for name, kind, default in _REPORT:
        _add("report", name, kind, default)
    if op.get_bind().dialect.name == "sqlite":
        rebuild(
            _FAMILY,
            {
                "subject": ((_OLD_NAME, _NEW_NAME), (_OLD_KEY, _NEW_KEY)),
                "report": ((f"{_DECISION_KEY}, ", ""),),
            },
        )
    else:
        op.create_unique_constraint(_NEW_NAME, "subject", ["did", "record_path", "convo_id"])
        op.drop_constraint(_OLD_NAME, "subject", type_="unique")
        op.drop_constraint("fk_report_decision_id", "report", type_="foreignkey")
    for columns in _SUBJECT_INDEXES:
        op.create_index(f"ix_subject_{'_'.join(columns)}", "subject", list(columns))
    for names in _REPORT_INDEXES:
        op.create_index(f"ix_report_{'_'.join(names)}", "report", list(names))
    _make_accounts()
    _make_events()
    _fill_subjects()
    _fill_events()
    for name in ("takedown_decision_id", "mute_decision_id"):
        op.drop_column("subject", name)


def downgrade() -> None:
    """What only the new tables can hold (conversations, people's events) goes with them."""
    for name in ("takedown_decision_id", "mute_decision_id"):
        op.add_column("subject", sa.Column(name, INT64, nullable=True))
    _run("DELETE FROM report WHERE decision_id NOT IN (SELECT id FROM decision)")
    for table in ("subject_tag", "subject_label", "report", "decision", "moderation_event_word", "moderation_event"):
        key = "event_id" if table == "moderation_event_word" else "subject_id"
        source = "moderation_event" if table == "moderation_event_word" else "subject"
        convo = (
            "subject_id IN (SELECT id FROM subject WHERE convo_id <> '')" if source != "subject" else "convo_id <> ''"
        )
        _run(f"DELETE FROM {table} WHERE {key} IN (SELECT id FROM {source} WHERE {convo})")
    _run("DELETE FROM subject WHERE convo_id <> ''")
    for table in ("moderation_event_word", "moderation_event", "account_strike", "account_stat"):
        op.drop_table(table)
    for table, indexes in (("report", _REPORT_INDEXES), ("subject", _SUBJECT_INDEXES)):
        for columns in indexes:
            op.drop_index(f"ix_{table}_{'_'.join(columns)}", table)
    if op.get_bind().dialect.name == "sqlite":
        rebuild(
            _FAMILY,
            {
                "subject": ((_NEW_NAME, _OLD_NAME), (_NEW_KEY, _OLD_KEY)),
                "report": ((_REPORT_KEY, f"{_DECISION_KEY}, {_REPORT_KEY}"),),
            },
        )
    else:
        op.create_unique_constraint(_OLD_NAME, "subject", ["did", "record_path"])
        op.drop_constraint(_NEW_NAME, "subject", type_="unique")
        op.create_foreign_key("fk_report_decision_id", "report", "decision", ["decision_id"], ["id"])
    for table in ("subject_tag", "subject_label"):
        op.drop_column(table, "by_person")
    for name, _, _ in reversed(_REPORT):
        op.drop_column("report", name)
    for name, _, _ in reversed(_SUBJECT):
        op.drop_column("subject", name)


def _add(table: str, name: str, kind: sa.types.TypeEngine[Any], default: str | None) -> None:
    if default is None:
        op.add_column(table, sa.Column(name, kind, nullable=True))
        return
    flag = sa.false() if isinstance(kind, sa.Boolean) else default
    op.add_column(table, sa.Column(name, kind, nullable=False, server_default=flag))


def _make_accounts() -> None:
    op.create_table(
        "account_stat",
        sa.Column("did", code_text(2048), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in _STATS),
        sa.PrimaryKeyConstraint("did", name="pk_account_stat"),
    )
    for name in ("reported", "takendown"):
        op.create_index(f"ix_account_stat_{name}", "account_stat", [name])
    op.create_table(
        "account_strike",
        sa.Column("did", code_text(2048), nullable=False),
        sa.Column("active", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("first_us", INT64, nullable=True),
        sa.Column("last_us", INT64, nullable=True),
        sa.Column("next_expiry_us", INT64, nullable=True),
        sa.PrimaryKeyConstraint("did", name="pk_account_strike"),
    )
    for name in ("active", "next_expiry_us"):
        op.create_index(f"ix_account_strike_{name}", "account_strike", [name])


def _make_events() -> None:
    op.create_table(
        "moderation_event",
        sa.Column("id", ROW_NUMBER, autoincrement=False, nullable=False),
        sa.Column("type", code_text(64), nullable=False),
        sa.Column("subject_id", ROW_NUMBER, nullable=False),
        sa.Column("did", code_text(2048), nullable=False),
        sa.Column("record_path", code_text(830), nullable=False),
        sa.Column("convo_id", code_text(128), nullable=False),
        sa.Column("message_id", code_text(128), nullable=False),
        sa.Column("uri", code_text(2884), nullable=False),
        sa.Column("cid", code_text(128), nullable=True),
        sa.Column("blob_cids_json", prose(), nullable=True),
        sa.Column("created_by", code_text(2048), nullable=False),
        sa.Column("created_us", INT64, nullable=False),
        sa.Column("comment", prose(), nullable=True),
        sa.Column("event_json", prose(), nullable=False),
        sa.Column("tool_json", prose(), nullable=True),
        sa.Column("tool_name", code_text(256), nullable=True),
        sa.Column("batch_id", code_text(256), nullable=True),
        sa.Column("external_id", code_text(512), nullable=True),
        sa.Column("expires_us", INT64, nullable=True),
        sa.Column("report_type", code_text(256), nullable=True),
        sa.Column("severity_level", code_text(256), nullable=True),
        sa.Column("strike_count", sa.Integer(), nullable=True),
        sa.Column("strike_expires_us", INT64, nullable=True),
        sa.Column("age_assurance_state", code_text(32), nullable=True),
        sa.Column("rule", code_text(200), nullable=True),
        sa.ForeignKeyConstraint(["subject_id"], ["subject.id"], name="fk_moderation_event_subject_id"),
        sa.PrimaryKeyConstraint("id", name="pk_moderation_event"),
        sa.UniqueConstraint(
            "subject_id", "type", "external_id", name="uq_moderation_event_subject_id_type_external_id"
        ),
    )
    for keys in (
        ("subject_id", "id"),
        ("did", "id"),
        ("created_by", "id"),
        ("type", "id"),
        ("created_us",),
        ("batch_id",),
        ("rule", "id"),
    ):
        op.create_index(f"ix_moderation_event_{'_'.join(keys)}", "moderation_event", list(keys))
    op.create_table(
        "moderation_event_word",
        sa.Column("event_id", ROW_NUMBER, nullable=False),
        sa.Column("kind", code_text(8), nullable=False),
        sa.Column("word", code_text(256), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["moderation_event.id"], name="fk_moderation_event_word_event_id"),
        sa.PrimaryKeyConstraint("event_id", "kind", "word", name="pk_moderation_event_word"),
    )
    op.create_index(
        "ix_moderation_event_word_kind_word_event_id", "moderation_event_word", ["kind", "word", "event_id"]
    )


def _run(query: str, **values: object) -> None:
    op.get_bind().execute(sa.text(query), values)


def _rows(query: str) -> list[Any]:
    return list(op.get_bind().execute(sa.text(query)))


def _fill_subjects() -> None:
    """Who put things there, the sorted tags, and the parts of each subject that were computed before."""
    persons = "SELECT id FROM decision WHERE rule IS NULL AND kind NOT LIKE 'un%'"
    for table in ("subject_tag", "subject_label"):
        _run(f"UPDATE {table} SET by_person = :yes WHERE decision_id IN ({persons})", yes=True)
    for what in ("takedown", "mute"):
        _run(f"UPDATE subject SET {what}_by_person = :yes WHERE {what}_decision_id IN ({persons})", yes=True)
    tags: dict[object, list[str]] = {}
    for row in _rows("SELECT subject_id, tag FROM subject_tag ORDER BY subject_id, tag"):
        tags.setdefault(row[0], []).append(str(row[1]))
    reports = {row[0]: row[1] for row in _rows("SELECT subject_id, count(*) FROM report GROUP BY subject_id")}
    for row in _rows("SELECT id, did, record_path FROM subject"):
        _run(
            "UPDATE subject SET shard = :shard, collection = :collection, tags_json = :tags, report_count = :reports"
            " WHERE id = :id",
            id=row[0],
            shard=zlib.crc32(str(row[1]).encode()) & 0x7FFFFFFF,
            collection=str(row[2]).split("/")[0],
            tags=json.dumps(tags[row[0]], separators=(",", ":")) if row[0] in tags else None,
            reports=reports.get(row[0], 0),
        )
    _run("UPDATE report SET did = (SELECT did FROM subject WHERE subject.id = report.subject_id)")
    _run("UPDATE report SET updated_us = created_us")
    _fill_stats()


def _fill_stats() -> None:
    record = "CASE WHEN record_path = '' THEN 0 ELSE 1 END"
    reported = "CASE WHEN report_count > 0 THEN 1 ELSE 0 END"
    pending = "CASE WHEN review IN ('reviewOpen', 'reviewEscalated') THEN 1 ELSE 0 END"
    down = f"CASE WHEN takendown THEN {record} ELSE 0 END"
    sums = (
        f"sum((1 - {record}) * report_count), 0, 0, 0, 0, sum({record} * report_count), sum({record} * {reported}),"
        f" 0, 0, sum({record}), sum({record} * {pending}), sum({record} * (1 - {pending})), sum({down})"
    )
    _run(f"INSERT INTO account_stat (did, {', '.join(_STATS)}) SELECT did, {sums} FROM subject GROUP BY did")


_LABEL, _TAG = ("createLabelVals", "negateLabelVals"), ("add", "remove")
_LISTS = {
    "label": ("modEventLabel", _LABEL, 0),
    "unlabel": ("modEventLabel", _LABEL, 1),
    "tag": ("modEventTag", _TAG, 0),
    "untag": ("modEventTag", _TAG, 1),
}
_NAMES = {
    "report": "modEventReport",
    "escalate": "modEventEscalate",
    "acknowledge": "modEventAcknowledge",
    "takedown": "modEventTakedown",
    "reverse_takedown": "modEventReverseTakedown",
    "mute": "modEventMute",
    "unmute": "modEventUnmute",
    "comment": "modEventComment",
} | {kind: name for kind, (name, _, _) in _LISTS.items()}


_EVENT_COLUMNS = (
    "id",
    "type",
    "subject_id",
    "did",
    "record_path",
    "convo_id",
    "message_id",
    "uri",
    "cid",
    "created_by",
    "created_us",
    "comment",
    "event_json",
    "tool_json",
    "expires_us",
    "report_type",
    "rule",
)


def _fill_events() -> None:
    """Tell what was applied before as events, so that their history begins where the decisions' does."""
    values = ", ".join(f":{name}" for name in _EVENT_COLUMNS)
    insert = f"INSERT INTO moderation_event ({', '.join(_EVENT_COLUMNS)}) VALUES ({values})"
    for event, words in _events():
        _run(insert, **event)
        for kind, word in words:
            _run(
                "INSERT INTO moderation_event_word (event_id, kind, word) VALUES (:id, :kind, :word)",
                id=event["id"],
                kind=kind,
                word=word,
            )


def _events() -> Iterator[tuple[dict[str, object], list[tuple[str, str]]]]:
    query = (
        "SELECT d.id, d.kind, d.value, d.subject_id, s.did, s.record_path, s.uri, d.cid, d.created_by, d.created_us,"
        " d.comment, d.tool_json, d.expires_us, d.rule FROM decision d JOIN subject s ON s.id = d.subject_id"
        " WHERE d.outcome = 'applied' ORDER BY d.id"
    )
    for row in op.get_bind().execute(sa.text(query)):
        if row.kind not in _NAMES:
            continue
        comment = row.value if row.kind == "comment" else row.comment
        event = {**row._mapping, "type": _NAMES[row.kind], "convo_id": "", "message_id": "", "comment": comment or None}
        event["report_type"] = row.value if row.kind == "report" else None
        event["event_json"] = json.dumps(_body(row, comment), ensure_ascii=False, separators=(",", ":"))
        words = []
        if row.kind in _LISTS:
            words = [(f"{row.kind.removeprefix('un')}{'+-'[_LISTS[row.kind][2]]}", row.value)]
        yield {name: value for name, value in event.items() if name not in ("kind", "value")}, words


def _body(row: sa.Row[Any], comment: str) -> dict[str, object]:
    body: dict[str, object] = {"$type": f"tools.ozone.moderation.defs#{_NAMES[row.kind]}"}
    if comment:
        body["comment"] = comment
    if row.kind in _LISTS:
        _, fields, given = _LISTS[row.kind]
        body |= {name: [row.value] if at == given else [] for at, name in enumerate(fields)}
    if row.kind == "report":
        body["reportType"] = row.value
    if row.kind in ("mute", "takedown", "label", "tag") and row.expires_us is not None:
        body["durationInHours"] = max(1, round((row.expires_us - row.created_us) / 3_600_000_000))
    elif row.kind == "mute":
        body["durationInHours"] = 24
    return body
