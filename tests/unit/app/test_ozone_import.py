"""An Ozone's database becomes ours: everything, under the same numbers, resumable, counted."""

import json
from collections.abc import Iterator

import pytest
from sqlalchemy import Table, select, update

from databases import KINDS
from servers.database_pool import pool_of
from servers.ozone_tables import ALICE, BOB, DID, MODERATOR, POST, fill_ozone, make_ozone
from skywarden.app.ozone_import import Count, import_ozone, open_ozone
from skywarden.atproto.keys import PrivateKey
from skywarden.kernel.clock import ManualClock
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Did, UtcMicros
from skywarden.labels import LabelQuery, LabelService, verify_label
from skywarden.observe.metrics import Metrics
from skywarden.storage import Database
from skywarden.storage.tables import (
    ACCOUNT_STAT,
    ACCOUNT_STRIKE,
    LABEL,
    MODERATION_EVENT,
    MODERATION_EVENT_WORD,
    REPORT,
    SAFELINK_RULE,
    SETTING_OPTION,
    SUBJECT,
    SUBJECT_LABEL,
    SUBJECT_TAG,
    TEAM_MEMBER,
    VALUE_SET,
)

NOW = UtcMicros(1_780_000_000_000_000)
KEY = PrivateKey.from_hex("5a" * 32)


@pytest.fixture
def ozone() -> Iterator[Database]:
    with pool_of("postgresql").empty() as url:
        db = open_ozone(url)
        with db.write("test") as tx:
            make_ozone(tx)
            fill_ozone(tx, KEY.did_key, b"s" * 64)
        yield db
        db.close()


def move(ozone: Database, database: Database) -> list[Count]:
    return import_ozone(ozone, "public", database, Did(DID), NOW, lambda _table, _done, _total: None)


def rows(database: Database, table: Table) -> list[dict[str, object]]:
    with database.read() as tx:
        return [dict(row._mapping) for row in tx.execute(select(table).order_by(*table.primary_key.columns))]


@pytest.mark.parametrize("database_kind", KINDS)
def test_every_table_arrives_and_both_sides_are_counted(ozone: Database, database: Database) -> None:
    counts = move(ozone, database)
    assert all(count.agrees for count in counts), counts
    assert {count.table: count.ours for count in counts}["moderation_event"] == 5
    assert all(count.ours for count in counts)


def test_events_keep_their_numbers_bodies_and_words(ozone: Database, database: Database) -> None:
    move(ozone, database)
    events = {event["id"]: event for event in rows(database, MODERATION_EVENT)}
    assert list(events) == [1, 2, 3, 4, 5]
    takedown = json.loads(str(events[4]["event_json"]))
    assert takedown == {
        "$type": "tools.ozone.moderation.defs#modEventTakedown",
        "durationInHours": 24,
        "acknowledgeAccountSubjects": True,
        "policies": ["spam", "abuse"],
        "severityLevel": "sev-2",
        "strikeCount": 2,
        "strikeExpiresAt": "2099-01-01T00:00:00.000Z",
    }
    assert (events[3]["batch_id"], events[4]["external_id"]) == ("batch-1", "case-1")
    words = {(word["event_id"], word["kind"], word["word"]) for word in rows(database, MODERATION_EVENT_WORD)}
    assert {(3, "label+", "spam"), (3, "label-", "porn"), (2, "tag+", "lang:en"), (4, "policy", "abuse")} <= words


def test_subjects_keep_their_standing_tags_and_labels(ozone: Database, database: Database) -> None:
    move(ozone, database)
    subjects = {subject["uri"]: subject for subject in rows(database, SUBJECT)}
    assert set(subjects) == {ALICE, POST, BOB}
    assert (subjects[POST]["review"], subjects[POST]["report_count"]) == ("reviewOpen", 1)
    assert (subjects[ALICE]["takendown"], subjects[ALICE]["suspend_count"]) == (True, 1)
    tags = {tag["tag"]: tag["expires_us"] for tag in rows(database, SUBJECT_TAG)}
    assert tags == {"lang:en": 4_070_908_800_000_000, "report:spam": None}
    assert {label["val"] for label in rows(database, SUBJECT_LABEL)} == {"spam", "!suspend"}
    [strike] = rows(database, ACCOUNT_STRIKE)
    assert (strike["did"], strike["active"], strike["total"]) == (ALICE, 2, 2)
    stats = {stat["did"]: stat for stat in rows(database, ACCOUNT_STAT)}
    assert (stats[ALICE]["reported"], stats[ALICE]["pending"], stats[ALICE]["suspend_count"]) == (1, 1, 1)


def test_labels_keep_their_numbers_and_are_signed_by_the_key_that_signs_now(
    ozone: Database, database: Database
) -> None:
    move(ozone, database)
    assert [label["seq"] for label in rows(database, LABEL)] == [7, 9]
    new_key = PrivateKey.from_hex("6b" * 32)
    labels = LabelService(database, new_key, Did(DID), clock=ManualClock(NOW), metrics=Metrics())
    assert labels.latest_seq() == 9
    for numbered in labels.query(LabelQuery(("*",))).labels:
        verify_label(numbered.label, new_key.public)


def test_reports_queues_and_what_a_team_keeps_at_hand_arrive(ozone: Database, database: Database) -> None:
    move(ozone, database)
    [report] = rows(database, REPORT)
    assert (report["id"], report["queue_id"], report["state"], report["reported_by"]) == (11, 3, "closed", BOB)
    assert (report["subject_type"], report["collection"]) == ("record", "app.bsky.feed.post")
    assert report["closed_by"] == MODERATOR
    [member] = rows(database, TEAM_MEMBER)
    assert (member["did"], member["role"]) == (MODERATOR, "admin")
    [named] = rows(database, VALUE_SET)
    assert (named["name"], named["size"]) == ("bad-domains", 2)
    [option] = rows(database, SETTING_OPTION)
    assert json.loads(str(option["value_json"])) == {"vip": {"roles": []}}
    [rule] = rows(database, SAFELINK_RULE)
    assert rule["url"] == "bad.example"


def test_an_import_that_was_broken_off_goes_on_where_it_was(ozone: Database, database: Database) -> None:
    class BrokenOff(Exception):
        pass

    def break_off(table: str, _done: int, _total: int) -> None:
        if table == "moderation_event":
            raise BrokenOff

    with pytest.raises(BrokenOff):
        import_ozone(ozone, "public", database, Did(DID), NOW, break_off)
    assert not rows(database, LABEL)
    assert all(count.agrees for count in move(ozone, database))
    assert all(count.agrees for count in move(ozone, database))


def test_a_version_without_tickets_gets_them_made_of_its_reports(database: Database) -> None:
    later = frozenset({"report", "report_queue", "report_activity", "moderator_assignment", "scheduled_action"})
    with pool_of("postgresql").empty() as url:
        db = open_ozone(url)
        with db.write("test") as tx:
            make_ozone(tx)
            fill_ozone(tx, KEY.did_key, b"s" * 64)
            for table in later:
                tx.exec_driver_sql(f"DROP TABLE {table}")
        assert all(count.agrees for count in move(db, database))
        db.close()
    [report] = rows(database, REPORT)
    assert (report["decision_id"], report["state"]) == (1, "open")


def test_what_is_no_ozone_and_what_is_not_empty_is_refused(ozone: Database, database: Database) -> None:
    with pytest.raises(Rejected, match="not_an_ozone"):
        import_ozone(ozone, "information_schema", database, Did(DID), NOW, lambda *_: None)
    move(ozone, database)
    with database.write("test") as tx:
        tx.exec_driver_sql("DELETE FROM counter WHERE name = 'import:begun'")
        tx.execute(update(SUBJECT).values(comment="somebody works here"))
    with pytest.raises(Rejected, match="not_empty"):
        move(ozone, database)
