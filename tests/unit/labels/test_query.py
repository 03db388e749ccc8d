"""Queries find labels by patterns, page by page, and only those that hold."""

import pytest
from sqlalchemy import text

from label_samples import START_US, ask, ask_many, make_labels
from skywarden.kernel.clock import ManualClock
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import UtcMicros
from skywarden.labels import LabelQuery, LabelService
from skywarden.labels.query import select_labels
from skywarden.storage import Database

POST = "at://did:plc:abc/app.bsky.feed.post/1"

on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])
"""Its plans depend on the query alone; those of the servers on how many rows there are."""


def found(labels: LabelService, *patterns: str, sources: tuple[str, ...] = ()) -> list[str]:
    return [item.label.uri for item in labels.query(LabelQuery(patterns, sources)).labels]


@pytest.fixture
def labels(database: Database) -> LabelService:
    for uri in (
        "did:plc:abc",
        POST,
        "did:plc:abcd",
        "did:web:a_b.example",
        "did:web:axb.example",
        "at://did:plc:xyz/a.b.c/2",
    ):
        ask(database, uri)
    service = make_labels(database)
    service.publish_pending()
    return service


def test_a_full_uri_matches_only_itself(labels: LabelService) -> None:
    assert found(labels, "did:plc:abc") == ["did:plc:abc"]
    assert found(labels, POST) == [POST]
    assert found(labels, "did:plc:nobody") == []


def test_patterns_are_joined_by_or_without_repeats(labels: LabelService) -> None:
    assert found(labels, POST, "did:plc:abc", "did:plc:ab*") == ["did:plc:abc", POST, "did:plc:abcd"]


def test_an_at_prefix_of_a_did_means_the_account_and_its_records(labels: LabelService) -> None:
    assert found(labels, "at://did:plc:abc*") == ["did:plc:abc", POST, "did:plc:abcd"]
    assert found(labels, "at://did:plc:abc/*") == [POST]


def test_a_star_alone_means_everything(labels: LabelService) -> None:
    assert len(found(labels, "*")) == len(found(labels, "at://*")) == 6


def test_percent_and_underscore_are_only_characters(labels: LabelService) -> None:
    assert found(labels, "did:web:a_b*") == ["did:web:a_b.example"]
    assert found(labels, "did:%*") == []


@pytest.mark.parametrize("pattern", ["at://*/app.bsky.feed.post/1", "**", "a*b", "*a"])
def test_a_star_before_the_end_is_an_invalid_request(labels: LabelService, pattern: str) -> None:
    with pytest.raises(Rejected, match="InvalidRequest"):
        found(labels, pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        "did:plc:\u00e9*",
        "did:\U0010ffff*",
        "did:plc:\x00*",
        "did:plc:\u00e9",
        "did:plc:\U0001f6e1",
        "did:plc:abc\x00",
        "did:plc:abc ",
    ],
)
def test_a_pattern_no_uri_can_match_finds_nothing(labels: LabelService, pattern: str) -> None:
    assert found(labels, pattern) == []


def test_only_the_sources_asked_for_are_found(labels: LabelService) -> None:
    assert len(found(labels, "*", sources=("did:plc:labeler", "did:plc:other"))) == 6
    assert found(labels, "*", sources=("did:plc:other",)) == []


def test_pages_are_complete_and_end_without_a_cursor(database: Database) -> None:
    ask_many(database, 23)
    labels = make_labels(database)
    labels.publish_pending()
    seen: list[int] = []
    cursor: int | None = 0
    while cursor is not None:
        page = labels.query(LabelQuery(("*",), limit=5, after=cursor))
        seen.extend(item.seq for item in page.labels)
        cursor = page.cursor
    assert seen == list(range(1, 24))


def test_a_page_that_ends_exactly_at_the_limit_has_no_cursor(database: Database) -> None:
    ask_many(database, 5)
    labels = make_labels(database)
    labels.publish_pending()
    assert labels.query(LabelQuery(("*",), limit=5)).cursor is None


def test_negated_and_expired_labels_are_not_found(database: Database) -> None:
    clock = ManualClock(UtcMicros(START_US))
    labels = make_labels(database, clock)
    ask(database, "did:plc:a")
    ask(database, "did:plc:a", neg=True)
    ask(database, "did:plc:b", expires_us=START_US + 1_000_000)
    labels.publish_pending()
    assert found(labels, "*") == ["did:plc:b"]
    clock.advance(1)
    assert found(labels, "*") == []


@on_sqlite
@pytest.mark.parametrize(
    "pattern", ["did:plc:account7", "did:plc:acc*", "at://did:plc:account7*", "at://did:plc:abc/*"]
)
def test_a_narrow_query_is_served_by_the_index_on_uri(database: Database, pattern: str) -> None:
    plan = plan_of(database, pattern, "did:plc:other")
    assert "SEARCH label USING COVERING INDEX ix_label_uri_seq (uri" in plan


@on_sqlite
@pytest.mark.parametrize("pattern", ["*", "at://*", "did:plc:*", "did:plc:ab*", "at://did:web:*"])
def test_a_broad_query_walks_along_the_stream_without_sorting(database: Database, pattern: str) -> None:
    plan = plan_of(database, pattern, "did:plc:other")
    assert plan == "SEARCH label USING INTEGER PRIMARY KEY (rowid>?)"


def plan_of(database: Database, *patterns: str) -> str:
    query = select_labels(LabelQuery(patterns), UtcMicros(0))
    sql = str(query.compile(database.engine, compile_kwargs={"literal_binds": True}))
    with database.read() as tx:
        return " ".join(row[3] for row in tx.execute(text(f"EXPLAIN QUERY PLAN {sql}")))
