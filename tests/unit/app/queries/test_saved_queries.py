"""Questions are kept on every kind of database."""

import pytest

from skywarden.app.investigate.saved import SavedQueryService
from skywarden.kernel.clock import ManualClock
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Did
from skywarden.model.investigation import QueryRun
from skywarden.moderation.audit import recent_changes, verify_audit
from skywarden.storage import Database

ANN, BEN = Did("did:plc:ann"), Did("did:plc:ben")
ASKED = '{"condition":"True"}'


@pytest.fixture
def queries(database: Database) -> SavedQueryService:
    return SavedQueryService(database, ManualClock())


def test_a_query_is_kept_under_its_owner_s_name(queries: SavedQueryService) -> None:
    queries.save(ANN, " new   domains 🜲", ASKED, about="At noon.")
    queries.save(BEN, "new domains 🜲", '{"sql":"SELECT 1"}')
    found = queries.named(ANN, "new domains 🜲")
    assert (found.owner, found.about, found.request_json) == (ANN, "At noon.", ASKED)


def test_one_that_is_saved_again_is_replaced_and_keeps_its_number(queries: SavedQueryService) -> None:
    first = queries.save(ANN, "x", ASKED)
    second = queries.save(ANN, "x", '{"sql":"SELECT 1"}', is_shared=True)
    assert (second.id, second.is_shared, second.request_json) == (first.id, True, '{"sql":"SELECT 1"}')


def test_only_what_is_shared_is_seen_by_others(queries: SavedQueryService) -> None:
    queries.save(ANN, "mine", ASKED)
    queries.save(ANN, "ours", ASKED, is_shared=True)
    assert [one.name for one in queries.visible(BEN)] == ["ours"]
    assert [one.name for one in queries.visible(ANN)] == ["mine", "ours"]
    assert queries.named(BEN, "ours", ANN).name == "ours"
    with pytest.raises(Rejected, match="NotFound"):
        queries.named(BEN, "mine", ANN)


def test_names_differ_by_case(queries: SavedQueryService) -> None:
    queries.save(ANN, "Gold", ASKED)
    queries.save(ANN, "gold", ASKED)
    assert len(queries.visible(ANN)) == 2


def test_what_is_forgotten_is_gone_and_cannot_be_forgotten_again(queries: SavedQueryService) -> None:
    queries.save(ANN, "x", ASKED)
    queries.delete(ANN, "x")
    assert queries.visible(ANN) == []
    with pytest.raises(Rejected, match="NotFound"):
        queries.delete(ANN, "x")


@pytest.mark.parametrize(("name", "request_json"), [("", ASKED), ("x" * 101, ASKED), ("x", "{"), ("x", '{"drop":1}')])
def test_a_wrong_name_or_question_is_refused(queries: SavedQueryService, name: str, request_json: str) -> None:
    with pytest.raises(Rejected, match="InvalidRequest"):
        queries.save(ANN, name, request_json)


def test_every_change_is_in_the_audit_chain(queries: SavedQueryService, database: Database) -> None:
    queries.save(ANN, "x", ASKED)
    queries.delete(ANN, "x")
    changes = [row.change for row in recent_changes(database, 10)]
    assert [(one.actor, one.action, one.target) for one in changes] == [
        (ANN, "query.delete", "query:x"),
        (ANN, "query.save", "query:x"),
    ]
    assert verify_audit(database) == 2


def test_what_was_asked_is_remembered_for_ninety_days(queries: SavedQueryService) -> None:
    day_us = 86_400_000_000
    for number in (1, 50, 95):
        queries.note(QueryRun(0, ANN, "events", ASKED, number * day_us, 5, number, "ok"))
    queries.note(QueryRun(0, BEN, "sql", ASKED, 96 * day_us, 5, 0, "SqlTooSlow"))
    assert [run.rows for run in queries.recent(ANN)] == [95, 50]
    assert [run.outcome for run in queries.recent(BEN)] == ["SqlTooSlow"]
