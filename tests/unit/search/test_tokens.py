"""Text of any script as tokens, and what is asked as terms."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skywarden.search.tokens import MAX_TEXT_CHARS, MAX_TOKEN_CHARS, Term, search_form, terms, token_spans, tokens


@pytest.mark.parametrize(
    "text, expected",
    [
        ("Hello, World! it's 3.5€", ["hello", "world", "it", "s", "3", "5"]),
        ("CAFÉ Ærø Straße ﬁne ＡＢＣ", ["cafe", "ærø", "strasse", "fine", "abc"]),
        ("z\u200be\u00adro w\u202ei", ["zero", "wi"]),
        ("東京タワー", ["東京", "京タ", "タワ", "ワー", "ー"]),
        ("iPhone用ケース", ["iphone", "用ケ", "ケー", "ース", "ス"]),
        ("ﾊﾞﾅﾅ", ["バナ", "ナナ", "ナ"]),
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("العَرَبِيَّة", ["العربية"]),
        ("한국어는", ["한국", "국어", "어는", "는"]),
        ("ab👍🏽👩\u200d💻", ["ab", "👍", "👩", "💻"]),
        ("@alice.bsky.social #tag_1", ["alice", "bsky", "social", "tag_1"]),
        ("...!?", []),
    ],
)
def test_text_becomes_tokens(text: str, expected: list[str]) -> None:
    assert tokens(text) == expected


def test_long_words_and_long_texts_are_cut() -> None:
    assert tokens("x" * 1_000) == ["x" * MAX_TOKEN_CHARS]
    assert len(tokens("字" * 100_000)) == MAX_TEXT_CHARS
    assert len(tokens("\ufdfa" * 100_000)) <= MAX_TEXT_CHARS  # one character that is eighteen in its plain form


def test_the_last_character_of_a_run_is_left_open() -> None:
    assert terms("東京都") == (Term(0, "東京"), Term(1, "京都"))
    assert terms("京") == (Term(0, "京", is_open=True),)
    assert terms("東京 tower") == (Term(0, "東京"), Term(1, "京"), Term(2, "tower"))
    assert terms("#!") == ()


@given(st.text())
def test_no_text_breaks_tokens_apart_from_their_places(text: str) -> None:
    form = search_form(text[:MAX_TEXT_CHARS])[:MAX_TEXT_CHARS]
    assert [token for token, _, _ in token_spans(form)] == tokens(text)
    assert not any(token.isspace() or " " in token for token in tokens(text))


@given(st.text(), st.text(), st.text())
def test_a_text_is_found_within_a_longer_one_between_spaces(before: str, text: str, after: str) -> None:
    asked = terms(text)
    held = tokens(f"{before} {text} {after}")
    ends = range(len(held) - asked[-1].place) if asked else [0]
    assert any(all(term.matches(held[at + term.place]) for term in asked) for at in ends)
