"""What reading leaves out for a query changes no answer."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from event_rows import Row, post
from histories import history_of
from skywarden.app.investigate.pushdown import demands_of, parts_of
from skywarden.app.investigate.reading import Demand, HistoryReading
from skywarden.app.investigate.run import matches_of
from skywarden.kernel.ids import Offset
from skywarden.model.event import Action, Kind
from skywarden.rules import RuleErrors
from skywarden.rules.query import Query, QueryText, compile_query

_DIDS = ("did:plc:alice", "did:plc:bob", "did:plc:carol")
_COLLECTIONS = ("app.bsky.feed.post", "app.bsky.feed.like", "com.example.thing", None)
_CONDITIONS = (
    'author.did == "did:plc:bob"',
    '"did:plc:alice" == author.did and event.rkey in ["r1", "r2", "r5"]',
    'post.uri == "at://did:plc:bob/app.bsky.feed.post/r4"',
    'contains(post.text, "GOLD")',
    'contains(post.text, "Gold", exact_case=True) and author.did != "did:plc:bob"',
    '"a.example" in post.domains',
    'author.handle == "bob.example" or author.did == "did:plc:carol"',
    'not (author.did == "did:plc:bob")',
    'event.collection == "app.bsky.feed.post" and (author.did == "did:plc:bob" or contains(post.text, "gold"))',
    'author.did == "did:plc:bob" and count(by=author.did, over=1 * minute) >= 2',
    'any(d == "a.example" for d in post.domains)',
    "",
)
_KINDS = (
    (),
    ("post.created",),
    ("reply.created", "like.created"),
    ("record.deleted", "account.changed"),
    ("post.deleted",),
)


@st.composite
def _rows(draw: st.DrawFn) -> list[Row]:
    found = []
    for number in range(draw(st.integers(0, 25))):
        collection = draw(st.sampled_from(_COLLECTIONS))
        row = post(
            number,
            did=draw(st.sampled_from(_DIDS)),
            text=draw(st.sampled_from(["gold", "GOLD here", "Gold", "nothing", "ɢold", None])),
            domains=draw(st.sampled_from([None, [], ["a.example"], ["b.example", "a.example"]])),
            author_handle=draw(st.sampled_from([None, "bob.example"])),
            reply_parent_uri=draw(st.sampled_from([None, "at://did:plc:bob/app.bsky.feed.post/r1"])),
            collection=collection,
            action=draw(st.sampled_from(list(Action))),
        )
        if collection is None:
            kind = draw(st.sampled_from([Kind.ACCOUNT, Kind.IDENTITY, Kind.REPORT, Kind.SYNC]))
            row |= {"kind": int(kind), "action": None, "rkey": None}
        found.append({name: int(value) if isinstance(value, Action) else value for name, value in row.items()})
    return found


def _found(query: Query, reading: HistoryReading, start: int, *, pushdown: bool) -> list[int]:
    _, end = reading.span()
    chunks = matches_of(query, reading, Offset(min(start, end)), end, pushdown=pushdown)
    return [offset for chunk in chunks for offset in chunk.offsets.tolist()]


def _query(condition: str, on: tuple[str, ...]) -> Query | None:
    """The query; None where the kinds have none of its names."""
    try:
        return compile_query(QueryText(condition, on))
    except RuleErrors:
        return None


_QUERIES = [query for condition in _CONDITIONS for on in _KINDS if (query := _query(condition, on)) is not None]


@settings(max_examples=150, deadline=None)
@given(rows=_rows(), query=st.sampled_from(_QUERIES), start=st.integers(0, 10))
def test_pushdown_gives_the_same_events(rows: list[Row], query: Query, start: int) -> None:
    reading = HistoryReading(history_of(rows))
    assert _found(query, reading, start, pushdown=True) == _found(query, reading, start, pushdown=False)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ('author.did == "did:plc:bob"', [Demand("did", ("did:plc:bob",))]),
        ('event.rkey in ["b", "a"]', [Demand("rkey", ("a", "b"))]),
        ('contains(post.text, "Gold")', []),
        ('author.did == "x" or author.did == "y"', []),
        ('not (author.did == "x")', []),
        ('author.did == "x" and count(by=author.did, over=1 * hour) > 1', None),
    ],
)
def test_only_what_must_be_true_is_tested_while_reading(condition: str, expected: list[Demand] | None) -> None:
    query = compile_query(QueryText(condition, ("post.created",)))
    kind = [Demand("collection", ("app.bsky.feed.post",))]
    assert list(demands_of(query)) == ([] if expected is None else expected + kind)


def test_only_the_parts_that_hold_the_kinds_are_read() -> None:
    assert parts_of(compile_query(QueryText("", ("post.created", "like.deleted")))) == {"post", "deleted"}
    assert parts_of(compile_query(QueryText("", ("record.created",)))) >= {"post", "like", "other", "list"}
    assert parts_of(compile_query(QueryText(""))) == parts_of(compile_query(QueryText(""))) >= {"deleted", "identity"}


def test_the_first_rows_may_all_be_left_out() -> None:
    rows = [post(n, did="did:plc:alice" if n < 6 else "did:plc:bob") for n in range(9)]
    query = compile_query(QueryText('author.did == "did:plc:bob"', ("post.created",)))
    assert _found(query, HistoryReading(history_of(rows)), 0, pushdown=True) == [6, 7, 8]
