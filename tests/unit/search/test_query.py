"""What a person types, as a query or as an error that says what to type instead."""

import pytest

from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import UtcMicros
from skywarden.search.query import Filter, SearchQuery, parse_query

NOW_US = UtcMicros(1_750_000_000_000_000)
DAY_US = 86_400 * 1_000_000


def parse(text: str) -> SearchQuery:
    return parse_query(text, NOW_US)


def test_words_phrases_and_filters_are_told_apart() -> None:
    query = parse(
        'cheap "rolex watch" -"not this" -that from:@Bob.Example -lang:DE tag:#Art tag:music https://x.example/y'
    )
    assert [phrase.text for phrase in query.phrases] == ["cheap", "rolex watch", "https://x.example/y"]
    assert [phrase.text for phrase in query.excluded] == ["not this", "that"]
    assert query.filters == (
        Filter("from", ("bob.example",)),
        Filter("lang", ("de",), negated=True),
        Filter("tag", ("art", "music")),
    )


def test_times_are_days_moments_or_so_long_ago() -> None:
    assert parse("a since:2d").since_us == NOW_US - 2 * DAY_US
    assert parse("a since:2025-06-15").since_us == 1_749_945_600_000_000
    assert parse("a until:2025-06-15T00:00").until_us == 1_749_945_600_000_000
    assert parse("a until:2025-06-15T02:00:00+02:00").until_us == 1_749_945_600_000_000


def test_a_did_and_a_domain_are_taken_as_written() -> None:
    assert parse("from:did:plc:AbC").filters == (Filter("from", ("did:plc:AbC",)),)
    assert parse("domain:https://Spam.Example/").filters == (Filter("domain", ("spam.example",)),)


@pytest.mark.parametrize(
    "text, said",
    [
        ("", "query is empty; write words"),
        ('a "b', 'column 3: quote is not closed; expected a second "; found "b'),
        ("a form:bob", "column 3: unknown filter; expected from:, lang:.*did you mean from:"),
        ("note:x", "unknown filter.*put it into quotes"),
        ("did:plc:abc", "a DID is not a word; found did:plc:abc; write from:did:plc:abc"),
        ("from: bob", "filter has no value; found from:; write it without a space"),
        ("a !!!", "column 3: nothing to search for; found !!!; letters, digits and emoji"),
        ("since:yesterday", "not a time; expected 2026-11-01.*24h, 7d"),
        ("-since:1d", "time cannot be used so"),
        ("since:1d since:2d", "time cannot be used so.*stand once"),
        ("since:12x", "not a time"),
        ("kind:dog", "unknown kind; expected post, profile"),
        ("a " * 50, "too many parts; expected at most 40"),
        ("a" * 2_000, "too long; expected at most 1000 characters; found 2000"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_what_to_write(text: str, said: str) -> None:
    with pytest.raises(Rejected, match=said):
        parse(text)
