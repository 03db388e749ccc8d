"""Word lists are found in texts as a whole only, many lists at once, as a plain search for each term says."""

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from naive_words import any_stands_in
from skywarden.detectors.text.words import WordLists


def found_in(terms: list[str], text: str) -> bool:
    return bool(WordLists([terms]).found_in(pa.array([text.casefold()]))[0, 0])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("cheap watches", True),
        ("a watch", True),
        ("WATCH", True),
        ("watchman", False),
        ("mywatch", False),
        ("watch_", False),
        ("watch.", True),
        ("buy now!", True),
        ("buy nowhere", False),
        ("a buy now", True),
        ("abuy now", False),
        ("buy  now", False),
        ("buy buy now", True),
        ("#gold", True),
        ("##gold", True),
        ("#golden", False),
        ("gold", False),
        ("STRASSE", True),
        ("straße!", True),
        ("éwatch", False),
        ("watché", False),
        ("watch😀", True),
        ("x💰💰y", True),
        ("💰", False),
        ("c++", True),
        ("c+", False),
        ("rock'n'roll", True),
        ("rock'n'rolls", False),
    ],
)
def test_words_and_phrases_are_found_as_a_whole_only(text: str, found: bool) -> None:
    terms = ["Watch", "watches", "buy now", "#gold", "Straße", "💰💰", "C++", "Rock'n'Roll"]
    assert found_in(terms, text) is found
    assert any_stands_in(terms, text) is found


WORDS = st.sampled_from(
    ["a", "b", "ab", "gold", "é", "ß", "SS", "İ", "я", "😀", "_", "1", "x" * 9, "\u0301", "٣", "中"]
)
GAPS = st.sampled_from([" ", "", "-", "!", "\n", "😀", "\x00", "  "])
TEXTS = st.lists(st.tuples(WORDS, GAPS), max_size=8).map(lambda parts: "".join(word + gap for word, gap in parts))


@settings(max_examples=300, deadline=None)
@given(
    lists=st.lists(st.lists(TEXTS, max_size=6), min_size=1, max_size=4), texts=st.lists(TEXTS, min_size=1, max_size=6)
)
def test_each_list_is_found_where_one_of_its_terms_stands(lists: list[list[str]], texts: list[str]) -> None:
    folded = [text.casefold() for text in texts]
    found = WordLists(lists).found_in(pa.array(folded))
    expected = [[any_stands_in(terms, text) for text in texts] for terms in lists]
    assert found.tolist() == expected


def test_a_hundred_lists_are_told_apart_in_one_pass() -> None:
    lists = [[f"word{number}", f"two words{number}", "shared"] for number in range(100)]
    texts = pa.array(["word7", "xx two words99.", "shared", "word700", None, "x" * 200 + " word3"])
    found = WordLists(lists).found_in(texts.slice(0))
    assert [found[:, row].nonzero()[0].tolist() for row in (0, 1, 3, 5)] == [[7], [99], [], [3]]
    assert found[:, 2].all()


def test_no_list_and_no_term_find_nothing() -> None:
    assert not WordLists([[], [""]]).found_in(pa.array(["", "a"])).any()
    assert WordLists([["a"]]).found_in(pa.array([], pa.string())).shape == (1, 0)
