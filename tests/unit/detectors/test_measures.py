"""What one text, link or name measures; none of the measures fails on any text."""

from collections.abc import Callable

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oracle import naive_functions as naive
from skywarden.detectors.distance.hashes import HashBank, hash_distance
from skywarden.detectors.distance.texts import best_likeness, edit_distance, likeness
from skywarden.detectors.text import measures, scripts
from skywarden.detectors.url import parts
from skywarden.engine.operators.each import MEASURES

NAMES = st.text(alphabet="abcdeé日😀-", max_size=12) | st.text(max_size=300)
HASHES = st.text(alphabet="0f3a", min_size=8, max_size=8) | st.sampled_from(["", "xyz", "0x12345678", "+1234567", "00"])
CONSTANTS = {"strip": ("a",), "replace": ("a", "bb"), "slice": (-3, 5), "split": (" ",), "query_value": ("q",)} | {
    "bucket": (7, "salt")
}


@pytest.mark.parametrize("op", MEASURES)
@settings(max_examples=40, deadline=None)
@given(text=st.text() | st.from_regex(r"https?://[a-z.\[\]@:]*(/\S*)?(\?q=\S*)?", fullmatch=True))
def test_no_text_is_too_odd_to_be_measured(op: str, text: str) -> None:
    found = MEASURES[op](text, *CONSTANTS.get(op, ()))
    if isinstance(found, str):
        found.encode()


@pytest.mark.parametrize(
    ("measure", "text", "expected"),
    [
        (measures.words, "Ünder the SEA, x2!", ["ünder", "the", "sea", "x2"]),
        (measures.line_count, "a\n \nb\r\nc", 3),
        (measures.emoji_count, "👨‍👩‍👧 🇩🇪🇫🇷 👍🏽 1️⃣ ☀️ abc é 12", 6),
        (measures.uppercase_share, "ABc 1", 2 / 3),
        (measures.uppercase_share, "日本 1", None),
        (measures.repeated_share, "buy buy BUY now", 0.5),
        (measures.repeated_share, "!!", None),
        (measures.longest_run, "yesss!!!!", 4),
        (measures.longest_run, "", 0),
        (measures.unleet, "V1AGR4", measures.unleet("viagra")),
        (measures.unleet, "fr33 m0n3yyyyy", measures.unleet("free money")),
        (measures.decoded_base64, "aGVsbG8", "hello"),
        (measures.decoded_base64, "hello!", None),
        (measures.whole_number, " -12 ", -12),
        (measures.whole_number, "1e3", None),
        (measures.whole_number, "9" * 19, None),
        (scripts.main_script, "日本語カナab", "Han"),
        (scripts.main_script, "12 !", None),
        (scripts.scripts, "pаy 日ーﾊ", ["Latin", "Cyrillic", "Han", "Katakana"]),
        (scripts.has_mixed_word, "pаypal", True),
        (scripts.has_mixed_word, "привет world 日本カナ", False),
        (parts.host, "HTTPS://User@WWW.Example.com:80/x", "www.example.com"),
        (parts.host, "not a host", None),
        (parts.domain, "alice.example.co.uk", "example.co.uk"),
        (parts.suffix, "https://a.b.co.uk", "co.uk"),
        (parts.subdomain, "a.b.example.com", "a.b"),
        (parts.subdomain, "example.com", ""),
        (parts.path, "https://x.y/a%20b?c", "/a b"),
        (parts.links_in, "see example.com/x, (http://a.co.uk/?q=1). node.js me@b.com", ["example.com/x", "http://a.co.uk/?q=1"]),
        (parts.domains_in, "a.example.com/x http://example.com", ["example.com"]),
        (parts.did_of, "at://did:plc:a/app.bsky.feed.post/k", "did:plc:a"),
        (parts.did_of, "at://alice.test/app.bsky.feed.post/k", None),
        (parts.rkey_of, "at://did:plc:a/app.bsky.feed.post/k", "k"),
        (parts.collection_of, "at://did:plc:a", None),
        (parts.did_method, "did:web:x.test", "web"),
        (parts.key_time, "self", None),
        (parts.key_time, "3jzfcijpj2z2a", 1_688_137_381_887_007),
    ],
)  # fmt: skip
def test_a_text_measures(measure: Callable[[str], object], text: str, expected: object) -> None:
    assert measure(text) == expected


def test_buckets_are_even_and_another_salt_deals_anew() -> None:
    dealt = [measures.bucket_of(f"did:plc:{number}", 4, "") for number in range(4_000)]
    assert all(900 < dealt.count(number) < 1_100 for number in range(4))
    again = [measures.bucket_of(f"did:plc:{number}", 4, "b") for number in range(4_000)]
    assert 800 < sum(a == b for a, b in zip(dealt, again, strict=True)) < 1_200


@settings(deadline=None)
@given(pairs=st.lists(st.tuples(NAMES, NAMES), min_size=1, max_size=8))
def test_names_are_compared_as_the_definitions_say(pairs: list[tuple[str, str]]) -> None:
    first, second = (pa.array([pair[side] for pair in pairs], pa.string()) for side in (0, 1))
    assert edit_distance(first, second).tolist() == [naive.edit_distance(a, b) for a, b in pairs]
    assert likeness(first, second).tolist() == pytest.approx([naive.likeness(a, b) for a, b in pairs])
    assert likeness(first, second[:1]).tolist() == pytest.approx([naive.likeness(a, pairs[0][1]) for a, _ in pairs])
    best = [max(naive.likeness(a, b) for _, b in pairs) for a, _ in pairs]
    assert best_likeness(first, second).tolist() == pytest.approx(best)


def test_known_likenesses_are_found() -> None:
    pairs = [("MARTHA", "MARHTA", 0.9611), ("DIXON", "DICKSONX", 0.8133), ("", "", 1.0), ("a", "", 0.0)]
    first, second = (pa.array([pair[side] for pair in pairs], pa.string()) for side in (0, 1))
    assert likeness(first, second).tolist() == pytest.approx([pair[2] for pair in pairs], abs=1e-4)


@settings(deadline=None)
@given(text=HASHES, other=HASHES, bank=st.lists(HASHES, max_size=6))
def test_hashes_are_compared_bit_by_bit(text: str, other: str, bank: list[str]) -> None:
    assert hash_distance(text, other) == naive.hash_distance(text, other)
    distances = [found for entry in bank if (found := naive.hash_distance(text, entry)) is not None]
    assert HashBank(bank).nearest(text) == min(distances, default=None)
