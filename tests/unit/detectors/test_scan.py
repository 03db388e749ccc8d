"""A scan for many patterns finds in each text what google-re2 finds in it."""

from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa
import pytest
import re2
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from random_patterns import PATTERNS, TEXTS
from skywarden.detectors.text.scan import PatternScanner

QUIET = re2.Options()
QUIET.log_errors = False


def accepted(pattern: str) -> bool:
    try:
        re2.compile(pattern, QUIET)
    except re2.error:
        return False
    return True


def by_re2(patterns: list[str], texts: list[str]) -> list[list[bool]]:
    return [[re2.search(pattern, text, QUIET) is not None for text in texts] for pattern in patterns]


@settings(max_examples=200, deadline=None)
@given(patterns=st.lists(PATTERNS, min_size=1, max_size=3), texts=TEXTS)
def test_random_patterns_mean_what_re2_says(patterns: list[str], texts: list[str]) -> None:
    patterns = [pattern for pattern in patterns if accepted(pattern)]
    assume(patterns)
    assert PatternScanner(patterns).matches(pa.array(texts)).tolist() == by_re2(patterns, texts)


_NASTY = r"""
    ^ $ ^$ \A\z x* ^^a a$$ a^b (?:^|\s)foo foo(?:\s|$) (?:^|a)(?:$|b) ^\s*$ \s*$ (?m)^foo$ (?m)$\n^a (?m)^$ a$|^b
    \bfoo\b foo\B \b \B é\b (?i)kelvin|strasse (?i)[k-s]{2} (?i)[^k] (?i)\W [^\n]$ (?s).$ .$ \x00 [^a] a\x00b (^|b)?a
    [\x00-\x20]+foo \C{3} (a{1,40}){1,20}b [^\x00-\x7f]{2} \p{Lu}\p{Ll}+ (?U)fo+ \v
"""
NASTY = _NASTY.split()
_WORDS = "a b ab fo foo KELVIN \u212aELVIN Straße STRASSE \u017ftrasse é éa Éé 😀😀"
_LINES = [" foo ", "a foo", "foo\n", "\nfoo", "x\nfoo\ny", "\n", "\n\n", "a\n", "ab\n", "\nb", "\x0b", "\r\n", "\u2028"]
_ZEROS = ["\x00", "a\x00b", "foo\x00", "\x00\x00a"]
TEXTS_OF_ALL_SORTS = ["", *_WORDS.split(), *_LINES, *_ZEROS, "x" * 17, " " * 31, "aaaa" * 30 + "b"]


@pytest.mark.parametrize("pattern", NASTY)
def test_nasty_patterns_mean_what_re2_says(pattern: str) -> None:
    for texts in (TEXTS_OF_ALL_SORTS, TEXTS_OF_ALL_SORTS[::-1], ["", ""], TEXTS_OF_ALL_SORTS * 3):
        assert PatternScanner([pattern]).matches(pa.array(texts)).tolist() == by_re2([pattern], texts)


def test_all_nasty_patterns_are_found_by_one_scan() -> None:
    found = PatternScanner(NASTY).matches(pa.array(TEXTS_OF_ALL_SORTS))
    assert found.tolist() == by_re2(NASTY, TEXTS_OF_ALL_SORTS)


def test_a_match_that_ends_with_the_whole_buffer_is_found() -> None:
    texts = ["a aaa", "bbaa", "aaaaca"]  # seventeen bytes with what is between them
    assert PatternScanner(["c{1,3}[a-c]+"]).matches(pa.array(texts)).tolist() == [[False, False, True]]


def test_a_pattern_does_not_match_across_two_texts() -> None:
    scanner = PatternScanner([r"free\s*gift", r"(?s)free.*gift", r"[^x]{8}"])
    assert not scanner.matches(pa.array(["free", "gift", "free\n", " gift"])).any()


def test_a_pattern_found_everywhere_is_matched_row_by_row_with_the_same_answer() -> None:
    texts = pa.array([f"{number:04} eeeee" for number in range(6_000)])
    scanner = PatternScanner(["e", r"\b0*7\b"])
    assert scanner.scanned == {0, 1}
    first = scanner.matches(texts)
    assert scanner.scanned == {1}
    assert scanner.matches(texts).tolist() == first.tolist()
    assert first.sum(axis=1).tolist() == [6_000, 1]


def test_one_odd_text_changes_no_plan() -> None:
    scanner = PatternScanner(["!"])
    assert scanner.matches(pa.array(["!" * 3_000, "a"])).tolist() == [[True, False]]
    assert scanner.scanned == {0}


def test_unknown_texts_and_slices_of_columns_are_scanned() -> None:
    texts = pa.array(["foo", None, "a foo", "x", None, "foo"])
    found = PatternScanner([r"^foo", "x"]).matches(texts.slice(2))
    assert found.tolist() == [[False, False, False, True], [False, True, False, False]]


def test_two_threads_scan_two_columns_at_once() -> None:
    texts = [[f"{number} {'gold' if number % size == 0 else 'sand'}" for number in range(5_000)] for size in (3, 7)]
    scanner = PatternScanner([r"\bgold\b", r"^\d*5 "])
    with ThreadPoolExecutor(2) as threads:
        found = list(threads.map(lambda rows: scanner.matches(pa.array(rows)).tolist(), texts * 8))
    assert found == [by_re2([r"\bgold\b", r"^\d*5 "], rows) for rows in texts] * 8
