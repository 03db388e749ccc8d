"""Kernels that make keys of whole columns say what the functions of one text say."""

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skywarden.detectors.text.copies import same_text_key, same_text_keys
from skywarden.detectors.text.normal import normalise, normalise_texts

PLANES_IN_USE = (range(0xD800), range(0xE000, 0x40000), range(0xE0000, 0xE1000), range(0x40000, 0x110000, 251))
"""Every assigned character, and some of the planes where none is."""
EVERY_CHARACTER = [chr(code) for plane in PLANES_IN_USE for code in plane]
LONG = "abcdefghijklmnop"
PARTS = (
    *("http", "https", "://", "https://", "www", "www.", ".", "@", "#", "/", "|", "-", "_", "a", "h", "w", "s", "A"),
    *(" ", "  ", "\n", "\x00", "\x1f", "\xa0", "\u3000", "\u200b", "\ufe0f", "\U000e0041", "1", "²", "٣", "co", "x.y"),
    *("é", "İ", "ß", "ς", "μ", "ﬃ", "Ω", "´", "½", "\u0301", "\u0345", "\u1161", "\u11a8", "가", "日本", "กำ"),
    *("😀", "👨\u200d👩\u200d👧", "👍🏽", "🇩🇪", "1\ufe0f\u20e3", "раураl", "\U00031350", "Paypal", "quiet shop", LONG),
)
"""What links, mentions, domains and hard texts are made of."""
TEXTS = st.lists(st.sampled_from(PARTS), max_size=14).map("".join) | st.text(max_size=40)
COLUMNS = st.lists(st.none() | TEXTS | TEXTS.map(lambda text: text + LONG), max_size=20)


def column(texts: list[str | None]) -> pa.StringArray:
    return pa.array(texts, pa.string())


def forms(texts: list[str | None]) -> list[str | None]:
    return [None if text is None else normalise(text) for text in texts]


def keys(texts: list[str | None]) -> list[str | None]:
    return [None if text is None else same_text_key(text) for text in texts]


@pytest.mark.parametrize(("before", "after"), [("abcdefgh", "ijklm nop"), ("e", " a")])
def test_every_character_of_unicode_has_the_form_and_key_that_python_finds(before: str, after: str) -> None:
    texts: list[str | None] = [f"{before}{char}{after}" for char in EVERY_CHARACTER]
    assert normalise_texts(column(texts)).to_pylist() == forms(texts)
    assert same_text_keys(column(texts)).to_pylist() == keys(texts)


@settings(deadline=None)
@given(texts=COLUMNS, start=st.integers(0, 5))
def test_a_column_has_the_normal_forms_of_its_texts(texts: list[str | None], start: int) -> None:
    made = normalise_texts(column(texts).slice(start))
    made.validate(full=True)
    assert made.to_pylist() == forms(texts[start:])


@settings(deadline=None)
@given(texts=COLUMNS, start=st.integers(0, 5))
def test_a_column_has_the_keys_of_its_texts(texts: list[str | None], start: int) -> None:
    made = same_text_keys(column(texts).slice(start))
    made.validate(full=True)
    assert made.to_pylist() == keys(texts[start:])


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("1http://a b", "b"),
        ("xhttps://a.b c", "x c"),
        ("https:// a", "https a"),
        ("--www.a)b c", "c"),
        ("--wwww.a)b c", "b c"),
        ("xwww.&a b", "x b"),
        ("a.b..c", "c"),
        ("---.abc", "abc"),
        ("a.b/c d", "d"),
        ("foo@bar.com", "foo"),
        ("@ a", "a"),
        ("a.b@c d", "d"),
    ],
)
def test_links_mentions_and_domains_end_where_the_pattern_ends(text: str, key: str) -> None:
    texts: list[str | None] = [f"{text} {LONG}"]
    assert same_text_keys(column(texts)).to_pylist() == keys(texts) == [f"{key} {LONG}"]


@pytest.mark.parametrize("text", ["ΐ" * 50, "ﬃ" * 9, "a" * 7 + "½" * 30, "㍿" * 20, "ŉ" * 40])
def test_texts_that_grow_in_their_normal_form_have_room(text: str) -> None:
    assert normalise_texts(column([text, text])).to_pylist() == [normalise(text)] * 2


def test_a_null_stays_null_whatever_bytes_are_under_it() -> None:
    _, offsets, data = column([LONG, LONG]).buffers()
    hidden = pa.StringArray.from_buffers(2, offsets, data, pa.py_buffer(b"\x01"))
    assert normalise_texts(hidden).to_pylist() == same_text_keys(hidden).to_pylist() == [LONG, None]
