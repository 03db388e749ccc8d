"""The piece of a document that shows why it was found."""

from hypothesis import given
from hypothesis import strategies as st

from skywarden.kernel.ids import UtcMicros
from skywarden.search.query import Phrase, parse_query
from skywarden.search.snippet import MAX_CHARS, find_spans, make_snippet
from skywarden.search.tokens import terms


def asked(text: str) -> tuple[Phrase, ...]:
    return parse_query(text, UtcMicros(0)).phrases


def marked(text: str, query: str) -> list[str]:
    return [text[start:end] for start, end in find_spans(text, asked(query))]


def test_places_are_those_of_the_text_as_it_was_written() -> None:
    assert marked("Ein CAFE\u0301 bar", "café") == ["CAFE\u0301"]
    assert marked("ﬁne Straße", "fine strasse") == ["ﬁne", "Straße"]
    assert marked("x ﾊﾞﾅﾅ y", "バナナ") == ["ﾊﾞﾅﾅ"]
    assert marked("in 東京都 and 京", "京") == ["京", "京"]
    assert marked("iPhone用ケース", '"iphone用"') == ["iPhone用"]
    assert marked("free Money, free money!", '"free money"') == ["free Money", "free money"]


def test_a_long_text_is_cut_around_the_first_word() -> None:
    text = "lorem " * 100 + "needle" + " ipsum" * 100
    snippet = make_snippet([("text", text)], asked("needle"))
    assert len(snippet.text) <= MAX_CHARS
    assert [snippet.text[start:end] for start, end in snippet.highlights] == ["needle"]


def test_the_part_with_the_word_is_shown_or_else_the_first() -> None:
    parts = [("text", "hello"), ("alt", "a needle")]
    assert make_snippet(parts, asked("needle")).part == "alt"
    assert make_snippet(parts, ()).text == "hello"
    assert make_snippet([], ()).text == ""


@given(st.text(max_size=60), st.text(min_size=1, max_size=8))
def test_places_are_in_order_within_the_text_and_hold_what_was_asked(text: str, query: str) -> None:
    phrase = Phrase(query, terms(query) or terms("a"))
    at = 0
    for start, end in find_spans(f"{text} {query} {text}", [phrase]):
        assert at <= start < end <= len(text) * 2 + len(query) + 2
        at = end
