"""The step to moderation events keeps what a database from before it holds, and gives it back on the way down."""

import msgspec
from sqlalchemy import text

from skywarden.moderation.history import History
from skywarden.storage import Database, migrate, migrate_down, open_database

DID = "did:plc:alice"
POST = f"at://{DID}/app.bsky.feed.post/3k"
DECISIONS = (
    (1, "label", "spam", "applied", 1, "waves"),
    (2, "tag", "flood", "applied", 2, "waves"),
    (3, "label", "spam", "already", 1, "waves"),
    (4, "report", "com.atproto.moderation.defs#reasonRude", "applied", 2, None),
    (5, "takedown", "", "applied", 1, None),
)


def fill(db: Database) -> None:
    """What one rule and one person did, as it was kept before."""
    subject = (
        "INSERT INTO subject (id, did, record_path, uri, review, appealed, takendown, takedown_decision_id, created_us,"
        " updated_us) VALUES (:id, :did, :path, :uri, 'reviewOpen', :no, :down, :decision, 1, 1)"
    )
    decision = (
        "INSERT INTO decision (id, cause, kind, value, outcome, why, subject_id, created_by, created_us, rule, comment)"
        " VALUES (:id, :cause, :kind, :value, :outcome, '', :subject, 'did:plc:by', 5, :rule, 'why')"
    )
    with db.write("test") as tx:
        base = {"did": DID, "no": False}
        tx.execute(text(subject), base | {"id": 1, "path": "", "uri": DID, "down": True, "decision": 5})
        post = {"id": 2, "path": "app.bsky.feed.post/3k", "uri": POST, "down": False, "decision": None}
        tx.execute(text(subject), base | post)
        for number, kind, value, outcome, about, rule in DECISIONS:
            row = {"id": number, "cause": f"c{number}", "kind": kind, "value": value, "outcome": outcome}
            tx.execute(text(decision), row | {"subject": about, "rule": rule})
        tx.execute(text("INSERT INTO subject_tag (subject_id, tag, added_us, decision_id) VALUES (2, 'flood', 1, 2)"))
        label = "INSERT INTO subject_label (subject_id, val, cid, decision_id) VALUES (1, :val, '', :decision)"
        tx.execute(text(label), [{"val": "spam", "decision": 1}, {"val": "!takedown", "decision": 5}])
        tx.execute(
            text(
                "INSERT INTO report (id, decision_id, subject_id, reason_type, reported_by, state, created_us)"
                " VALUES (1, 4, 2, 'com.atproto.moderation.defs#reasonRude', 'did:plc:by', 'open', 5)"
            )
        )


def rows(db: Database, query: str) -> list[tuple[object, ...]]:
    with db.read() as tx:
        return [tuple(row) for row in tx.execute(text(query))]


def test_what_was_decided_before_is_told_as_events(empty_database_url: str) -> None:
    db = open_database(empty_database_url)
    migrate(db, "m0008")
    fill(db)
    migrate(db)
    happened, last = History(db).after(0, 10)
    assert [(one.event, one.added, one.comment) for one in happened] == [
        ("modEventLabel", ("spam",), "why"),
        ("modEventTag", ("flood",), "why"),
        ("modEventReport", (), "why"),
        ("modEventTakedown", ("!takedown",), "why"),
    ]
    assert last == 5
    [(body,)] = rows(db, "SELECT event_json FROM moderation_event WHERE id = 1")
    assert msgspec.json.decode(str(body))["createLabelVals"] == ["spam"]
    assert rows(db, "SELECT kind, word FROM moderation_event_word ORDER BY event_id") == [
        ("label+", "spam"),
        ("tag+", "flood"),
    ]
    assert rows(db, "SELECT collection, tags_json, report_count FROM subject ORDER BY id") == [
        ("", None, 0),
        ("app.bsky.feed.post", '["flood"]', 1),
    ]
    by_person = rows(db, "SELECT val, by_person FROM subject_label ORDER BY val")
    assert [(val, bool(person)) for val, person in by_person] == [("!takedown", True), ("spam", False)]
    assert rows(db, "SELECT subjects, reported, total_reports, pending FROM account_stat") == [(1, 1, 1, 1)]
    db.close()


def test_on_the_way_down_nothing_is_lost_that_the_older_tables_can_hold(empty_database_url: str) -> None:
    db = open_database(empty_database_url)
    migrate(db, "m0008")
    fill(db)
    kept = ("SELECT id, uri, takendown FROM subject ORDER BY id", "SELECT id, kind, value FROM decision ORDER BY id")
    before = [rows(db, query) for query in (*kept, "SELECT id, decision_id, state FROM report")]
    migrate(db)
    migrate_down(db, "m0008")
    assert [rows(db, query) for query in (*kept, "SELECT id, decision_id, state FROM report")] == before
    db.close()
