"""Events, top values and histograms of a small history."""

import pytest

from event_rows import SECOND_US, START_US, Row, post
from histories import history_of
from skywarden.app.investigate.histogram import histogram_of
from skywarden.app.investigate.reading import HistoryReading
from skywarden.app.investigate.run import Span
from skywarden.app.investigate.stream import event_page
from skywarden.app.investigate.top import top_of
from skywarden.kernel.errors import Rejected
from skywarden.model.event import Action
from skywarden.model.investigation import EventPage, Top
from skywarden.rules.query import QueryText, compile_query

HOUR_US = 3_600 * SECOND_US
ALL = Span(START_US, START_US + HOUR_US)


def _posts(count: int) -> list[Row]:
    """Every third is by bob; the tens share a domain."""
    return [
        post(
            n,
            did=f"did:plc:{'bob' if n % 3 == 0 else 'alice'}",
            text=f"text {n}",
            domains=[f"d{n // 10}.example", "x.example"],
        )
        for n in range(count)
    ]


def _page(
    rows: list[Row], condition: str, *on: str, limit: int = 5, cursor: str | None = None, **values: str
) -> EventPage:
    query = compile_query(QueryText(condition, on, tuple(values.items())))
    return event_page(query, HistoryReading(history_of(rows)), ALL, limit=limit, cursor=cursor)


def _top(rows: list[Row], condition: str, *group: str, span: Span = ALL, limit: int = 5, against: str = "") -> Top:
    text = QueryText(condition, ("post.created",), tuple((f"g{n}", one) for n, one in enumerate(group)))
    return top_of(compile_query(text), HistoryReading(history_of(rows)), span, limit=limit, against=against)


def test_events_come_newest_first_and_the_cursor_leads_to_all_of_them() -> None:
    rows, seen, cursor = _posts(30), [], None
    while True:
        page = _page(rows, 'author.did == "did:plc:bob"', "post.created", cursor=cursor, limit=4)
        seen += [event.offset for event in page.events]
        cursor = page.cursor
        if cursor is None:
            break
    assert seen == list(range(27, -1, -3))


def test_an_event_is_shown_with_its_kind_text_and_what_was_asked_of_it() -> None:
    [event] = _page(_posts(4), 'contains(post.text, "TEXT 2")', "post.created", words="word_count(post.text)").events
    assert (event.what, event.did, event.uri) == (
        "post.created",
        "did:plc:alice",
        "at://did:plc:alice/app.bsky.feed.post/r2",
    )
    assert (event.text, event.values) == ("text 2", {"words": 2})


def test_a_stateful_condition_is_true_where_it_would_have_been_live() -> None:
    condition = "count(by=author.did, over=1 * minute) >= 3"
    assert [event.offset for event in _page(_posts(9), condition, "post.created").events] == [8, 7, 6, 5, 4]


def test_what_came_before_the_stretch_counts_for_memory_and_is_not_shown() -> None:
    query = compile_query(QueryText("count(by=author.did, over=1 * minute) >= 3", ("post.created",)))
    span = Span(START_US + 7 * SECOND_US, START_US + HOUR_US)
    page = event_page(query, HistoryReading(history_of(_posts(9))), span, limit=10)
    assert [event.offset for event in page.events] == [8, 7]


def test_a_record_of_an_unknown_lexicon_is_named_by_its_collection() -> None:
    rows = [post(0, collection="com.example.thing", action=int(Action.DELETE), text=None)]
    assert _page(rows, "").events[0].what == 'record.deleted("com.example.thing")'


def test_a_cursor_that_nobody_gave_is_refused() -> None:
    with pytest.raises(Rejected, match="cursor"):
        _page(_posts(2), "", cursor="x")


def test_the_top_of_a_list_counts_each_element_once_an_event() -> None:
    rows = [post(0, domains=["a.example", "a.example", "b.example"]), post(1, did="did:plc:bob", domains=["a.example"])]
    top = _top(rows, "", "post.domains")
    assert [(row.key, row.count, row.accounts, row.share) for row in top.rows] == [
        (("a.example",), 2, 2, 1.0),
        (("b.example",), 1, 1, 0.5),
    ]
    assert (top.keys, top.events) == (2, 2)


def test_groups_may_be_several_and_any_expression() -> None:
    top = _top(_posts(6), "", "author.did", "word_count(post.text) > 1")
    assert [(row.key, row.count) for row in top.rows] == [(("did:plc:alice", True), 4), (("did:plc:bob", True), 2)]


def test_events_of_which_the_value_is_unknown_are_a_group_of_their_own() -> None:
    assert [row.key for row in _top([post(0, author_handle=None)], "", "author.handle").rows] == [(None,)]


def test_a_duration_is_a_group_in_words() -> None:
    rows = [post(0, author_created_us=START_US - 2 * HOUR_US)]
    assert [row.key for row in _top(rows, "", "author.age").rows] == [("2h",)]


def test_the_top_is_compared_with_the_stretch_before() -> None:
    rows = [post(n, domains=["a.example"] if n < 12 else ["a.example", "b.example"]) for n in range(18)]
    span = Span(START_US + 12 * SECOND_US, START_US + 18 * SECOND_US)
    top = _top(rows, "", "post.domains", span=span, against="previous")
    assert [(row.key[0], row.count, row.before, row.change) for row in top.rows] == [
        ("a.example", 6, 6, 0.0),
        ("b.example", 6, 0, None),
    ]
    assert (top.before, top.before_since_us) == (6, START_US + 6 * SECOND_US)


def test_the_top_may_be_compared_with_an_earlier_stretch() -> None:
    rows = [post(n, domains=["a.example"]) for n in (0, 10, 11)]
    span = Span(START_US + 10 * SECOND_US, START_US + 13 * SECOND_US)
    [row] = _top(rows, "", "post.domains", span=span, against="10s").rows
    assert (row.count, row.before, row.change) == (2, 1, 1.0)


def test_a_histogram_has_a_bucket_for_every_stretch_also_an_empty_one() -> None:
    rows = [post(n) for n in (0, 1, 2, 40)]
    query = compile_query(QueryText("", ("post.created",)))
    span = Span(START_US, START_US + 60 * SECOND_US)
    found = histogram_of(query, HistoryReading(history_of(rows)), span, bucket_us=20 * SECOND_US)
    assert found.counts[:3] == (3, 0, 1)
    assert found.events == 4


def test_a_histogram_takes_a_fitting_bucket_and_refuses_too_many() -> None:
    query = compile_query(QueryText("", ("post.created",)))
    reading = HistoryReading(history_of([post(0)]))
    assert histogram_of(query, reading, ALL).bucket_us == 60 * SECOND_US
    with pytest.raises(Rejected, match="too many buckets"):
        histogram_of(query, reading, ALL, bucket_us=1_000)


def test_nothing_held_gives_empty_answers() -> None:
    assert _page([], "").events == ()
    assert _top([], "", "author.did").rows == ()
