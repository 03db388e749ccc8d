"""Every filter of queryStatuses and queryEvents tells subjects apart, and nothing else does."""

from typing import Any

import pytest

from moderation_events import RUDE
from proposals import make_service
from skywarden.kernel.clock import ManualClock
from skywarden.kernel.ids import Cid, Did
from skywarden.model.subject import Subject
from skywarden.moderation.events import (
    AccountEvent,
    AgeAssuranceEvent,
    ModEventAcknowledge,
    ModEventComment,
    ModEventLabel,
    ModEventMute,
    ModEventMuteReporter,
    ModEventPriorityScore,
    ModEventReport,
    ModEventTag,
    ModEventTakedown,
)
from skywarden.moderation.new_event import NewEvent
from skywarden.moderation.queries.events import EventFilter, event_page
from skywarden.moderation.queries.statuses import StatusFilter, status_page
from skywarden.storage import Database

ALICE, BOB = Subject.account(Did("did:plc:alice")), Subject.account(Did("did:plc:bob"))
POST = Subject.record(ALICE.did, "app.bsky.feed.post", "one", Cid("bafyone"))
LIST = Subject.record(ALICE.did, "app.bsky.graph.list", "two", Cid("bafytwo"))
CHAT = Subject.conversation(BOB.did, "convo", "message")
NAMES = {"alice": ALICE, "bob": BOB, "post": POST, "list": LIST, "chat": CHAT}
MODERATOR, OTHER = Did("did:plc:moderator"), Did("did:plc:other")
DEFS = "tools.ozone.moderation.defs#"
EARLY, MIDDLE, LATE = "2023-11-14T00:00:00Z", "2023-11-15T00:00:00Z", "2030-01-01T00:00:00Z"
THEN = "2023-11-15T11:00:00.000Z"


@pytest.fixture
def past(database: Database) -> Database:
    """A past in which each subject differs from the others."""
    clock = ManualClock()
    service = make_service(database, clock)

    def emit(name: str, event: Any, by: Did = MODERATOR, **more: Any) -> None:
        clock.advance(1)
        service.emit(NewEvent(event, NAMES[name], by, **more))

    tool = '{"name":"script","meta":{"batchId":"b1"}}'
    emit("alice", ModEventTakedown("gone", 24, policies=("hate speech",), strike_count=2))
    emit("alice", ModEventComment("remember this", True))
    emit("bob", ModEventMute(48))
    emit("bob", ModEventMuteReporter())
    emit("bob", AgeAssuranceEvent(THEN, "a", "pending"))
    emit("bob", AccountEvent(False, THEN, status="deleted"))
    emit("post", ModEventReport(RUDE, "bad"), OTHER)
    emit("post", ModEventTag(("a", "b"), ()))
    emit("post", ModEventPriorityScore(50), mod_tool_json=tool)
    emit("list", ModEventTag(("a",), ()))
    emit("list", ModEventAcknowledge(), OTHER)
    emit("list", ModEventLabel(("spam", "rude"), ()))
    emit("list", ModEventLabel((), ("spam",)))
    emit("list", ModEventTag((), ("a",)))
    emit("list", ModEventTag(("c",), ()))
    emit("chat", ModEventReport(RUDE), OTHER)
    return database


def found(database: Database, **asked: Any) -> str:
    names = {subject.uri: name for name, subject in NAMES.items()}
    with database.read() as tx:
        page = status_page(tx, StatusFilter(**{"include_muted": True, **asked}), ManualClock().now_us())
    return " ".join(sorted(names[row.uri] for row in page.rows))


def test_every_filter_of_statuses_tells_subjects_apart(past: Database) -> None:
    cases: list[tuple[dict[str, Any], str]] = [
        ({}, "alice bob chat list post"),
        ({"include_muted": False}, "alice chat list post"),
        ({"only_muted": True}, "bob"),
        ({"subject": POST.uri}, "post"),
        ({"subject": ALICE.did, "include_all_user_records": True}, "alice list post"),
        (
            {"subject": ALICE.did, "include_all_user_records": True, "collections": ("app.bsky.graph.list",)},
            "list",
        ),
        ({"subject_type": "account"}, "alice bob"),
        ({"subject_type": "account", "collections": ("app.bsky.feed.post",)}, "alice bob"),
        ({"subject_type": "record"}, "list post"),
        ({"subject_type": "conversation"}, "chat"),
        ({"collections": ("app.bsky.feed.post",)}, "post"),
        ({"collections": ("app.bsky.feed",)}, ""),
        ({"comment": "REMEMBER"}, "alice"),
        ({"comment": "nothing || this"}, "alice"),
        ({"comment": "%"}, ""),
        ({"reported_after": EARLY}, "chat post"),
        ({"reported_before": EARLY}, ""),
        ({"reviewed_after": EARLY, "last_reviewed_by": OTHER}, "list"),
        ({"reviewed_before": EARLY}, ""),
        ({"hosting_statuses": ("deleted",)}, "bob"),
        ({"hosting_deleted_after": MIDDLE, "hosting_deleted_before": LATE}, "bob"),
        ({"hosting_updated_after": LATE}, ""),
        ({"hosting_updated_before": LATE}, "bob"),
        ({"review_state": f"{DEFS}reviewClosed"}, "alice list"),
        ({"review_state": f"{DEFS}reviewOpen"}, "chat post"),
        ({"ignore_subjects": (POST.uri, ALICE.did)}, "bob chat list"),
        ({"takendown": True}, "alice"),
        ({"appealed": True}, ""),
        ({"tags": ("a",)}, "post"),
        ({"tags": ("a && c", "b")}, "post"),
        ({"tags": ("a && b", "c")}, "list post"),
        ({"exclude_tags": ("b", "c")}, "alice bob chat"),
        ({"min_account_suspend_count": 1}, "alice list post"),
        ({"min_reported_records_count": 1}, "alice list post"),
        ({"min_takendown_records_count": 1}, ""),
        ({"min_priority_score": 50}, "post"),
        ({"min_strike_count": 2}, "alice list post"),
        ({"min_strike_count": 3}, ""),
        ({"age_assurance_state": "pending"}, "bob"),
    ]
    assert [(asked, found(past, **asked)) for asked, _ in cases] == cases


def test_every_filter_of_events_tells_events_apart(past: Database) -> None:
    cases: list[tuple[dict[str, Any], list[int]]] = [
        ({"types": (f"{DEFS}modEventReport",)}, [7, 16]),
        ({"created_by": OTHER}, [7, 11, 16]),
        ({"created_after": LATE}, []),
        ({"created_before": EARLY}, []),
        ({"subject": LIST.uri}, [10, 11, 12, 13, 14, 15]),
        ({"subject": BOB.did, "include_all_user_records": True}, [3, 4, 5, 6, 16]),
        ({"subject_type": "conversation"}, [16]),
        ({"collections": ("app.bsky.feed.post",)}, [7, 8, 9]),
        ({"has_comment": True}, [1, 2, 7]),
        ({"comment": "gone || bad"}, [1, 7]),
        ({"added_labels": ("spam", "rude")}, [12]),
        ({"added_labels": ("spam", "other")}, []),
        ({"removed_labels": ("spam",)}, [13]),
        ({"added_tags": ("a", "b")}, [8]),
        ({"added_tags": ("a",)}, [8, 10]),
        ({"removed_tags": ("a",)}, [14]),
        ({"report_types": (RUDE,)}, [7, 16]),
        ({"policies": ("hate speech", "other")}, [1]),
        ({"mod_tool": ("script",)}, [9]),
        ({"batch_id": "b1"}, [9]),
        ({"age_assurance_state": "pending"}, [5]),
        ({"with_strike": True}, [1]),
        ({"limit": 2, "cursor": "14"}, [15, 16]),
    ]
    with past.read() as tx:
        for asked, numbers in cases:
            page = event_page(tx, EventFilter(sort_direction="asc", **asked))
            assert ([row.id for row in page.rows], asked) == (numbers, asked)
        newest = event_page(tx, EventFilter(added_tags=("a",)))
        assert [row.id for row in newest.rows] == [10, 8]
