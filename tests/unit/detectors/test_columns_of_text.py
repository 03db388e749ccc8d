"""Kernels over columns of texts say what Python says of each text: case folding, hashes, membership."""

import os
import subprocess
import sys
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skywarden.detectors.text.casefold import fold_texts
from skywarden.detectors.text.compare import character_counts, equal_texts
from skywarden.detectors.text.hashing import DEFAULT_KEY, HashKey, hash_pairs, hash_texts, hash_values
from skywarden.detectors.text.members import Members

EVERY_CHARACTER = [chr(code) for code in range(sys.maxunicode + 1) if not 0xD800 <= code <= 0xDFFF]
COLUMNS = st.lists(st.none() | st.text(max_size=40), max_size=20)


SAME_LENGTH = [char for char in EVERY_CHARACTER if len(char.casefold().encode()) == len(char.encode())]


def column(texts: Sequence[str | None]) -> pa.StringArray:
    return pa.array(texts, pa.string())


def test_every_character_of_unicode_folds_as_python_folds_it() -> None:
    assert fold_texts(column([*EVERY_CHARACTER])).to_pylist() == [char.casefold() for char in EVERY_CHARACTER]


@settings(deadline=None)
@given(texts=COLUMNS, start=st.integers(0, 5))
def test_a_column_folds_as_each_of_its_texts_does(texts: list[str | None], start: int) -> None:
    folded = fold_texts(column(texts).slice(start))
    folded.validate(full=True)
    assert folded.to_pylist() == [None if text is None else text.casefold() for text in texts[start:]]


@pytest.mark.parametrize("text", ["STRASSE", "Straße", "ΐ" * 50, "aΐ" * 30, "A" * 7 + "É", "\u0130stanbul", "ﬃ" * 9])
def test_texts_that_grow_when_folded_have_room(text: str) -> None:
    assert fold_texts(column([text, text])).to_pylist() == [text.casefold()] * 2


def test_hashes_are_siphash_as_python_itself_computes_it() -> None:
    texts = ["a" * size + "é" * (size % 3) for size in range(1, 70)]
    shown = f"print([hash(text.encode()) % 2**64 for text in {texts!r}])"
    if sys.hash_info.algorithm != "siphash13":
        pytest.skip(f"this Python hashes by {sys.hash_info.algorithm}")
    environment = {**os.environ, "PYTHONHASHSEED": "0"}  # Python's key is all zeros then
    said = subprocess.run([sys.executable, "-c", shown], env=environment, capture_output=True, text=True, check=True)
    assert str(hash_texts(column([*texts]), HashKey.of(bytes(16))).tolist()) == said.stdout.strip()


def test_another_key_gives_other_hashes_and_another_name() -> None:
    other = HashKey.of(b"0123456789abcdef")
    texts, numbers = column(["a", "b"]), np.array([1, 2])
    assert not set(hash_texts(texts, DEFAULT_KEY).tolist()) & set(hash_texts(texts, other).tolist())
    assert not set(hash_values(numbers, DEFAULT_KEY).tolist()) & set(hash_values(numbers, other).tolist())
    assert other.name != DEFAULT_KEY.name


def test_a_key_of_the_wrong_length_is_refused() -> None:
    with pytest.raises(ValueError, match="expected 16 bytes, found 3"):
        HashKey.of(b"abc")


def test_a_pair_has_another_hash_than_the_pair_turned_round() -> None:
    left, right = hash_values(np.arange(100), DEFAULT_KEY), hash_values(np.arange(100, 200), DEFAULT_KEY)
    pairs = {*hash_pairs(left, right, DEFAULT_KEY).tolist(), *hash_pairs(right, left, DEFAULT_KEY).tolist()}
    assert len(pairs) == 200


@settings(deadline=None)
@given(entries=st.frozensets(st.text(max_size=12), max_size=30), texts=COLUMNS)
def test_a_text_is_a_member_exactly_when_it_is_an_entry(entries: frozenset[str], texts: list[str | None]) -> None:
    asked = [*texts, *sorted(entries)]
    array = column(asked)
    found = Members([entries], DEFAULT_KEY).sets_of(array, hash_texts(array, DEFAULT_KEY)) == 1
    known = [index for index, text in enumerate(asked) if text is not None]
    assert [bool(found[index]) for index in known] == [asked[index] in entries for index in known]


def test_texts_that_share_a_hash_are_told_apart_by_their_bytes() -> None:
    array = column(["entry", "other", "entry "])
    same = np.full(3, hash_texts(array, DEFAULT_KEY)[0])
    assert Members([["entry"]], DEFAULT_KEY).sets_of(array, same).tolist() == [1, 0, 0]


def test_a_set_of_a_hundred_thousand_has_all_its_entries_and_no_others() -> None:
    array = column([f"did:plc:{number}" for number in range(200_000)])
    even, third = ([f"did:plc:{number}" for number in range(0, 200_000, step)] for step in (2, 3))
    members = Members([even, third], DEFAULT_KEY)
    numbers = np.arange(200_000)
    expected = (numbers % 2 == 0) + 2 * (numbers % 3 == 0)
    assert np.array_equal(members.sets_of(array, hash_texts(array, DEFAULT_KEY)), expected)


@pytest.mark.parametrize("shift", range(9))
def test_every_character_that_folds_to_as_many_bytes_is_folded_in_place(shift: int) -> None:
    text = "x" * shift + "".join(SAME_LENGTH)
    assert fold_texts(column(["before", text, "Z"]).slice(1)).to_pylist() == [text.casefold(), "z"]


@settings(max_examples=200, deadline=None)
@given(texts=st.lists(st.text(max_size=30), min_size=1), start=st.integers(0, 2))
def test_characters_are_counted_as_python_counts_them(texts: list[str], start: int) -> None:
    found = character_counts(column(texts).slice(start))
    assert found.tolist() == [len(text) for text in texts[start:]]


@settings(max_examples=200, deadline=None)
@given(pairs=st.lists(st.tuples(st.text("ab", max_size=17), st.text("ab", max_size=17), st.booleans())))
def test_texts_are_the_same_byte_for_byte(pairs: list[tuple[str, str, bool]]) -> None:
    left, right = [one for one, _, _ in pairs], [one if same else other for one, other, same in pairs]
    assert equal_texts(column(left), column(right)).tolist() == [a == b for a, b in zip(left, right, strict=True)]
