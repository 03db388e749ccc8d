"""Compare pairs of texts letter by letter, in compiled code: edit distance and Jaro-Winkler likeness."""

import numpy as np
import numpy.typing as npt

from skywarden.kernel.compiled import entry, kernel

Bytes = npt.NDArray[np.uint8]
Offsets = npt.NDArray[np.int32]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

MAX_LETTERS = 256
"""Letters of a text that are compared; names are shorter, and the work grows with the square."""
_PREFIX = 4
_PREFIX_WEIGHT = 0.1


@kernel
def _letters(data: Bytes, start: int, end: int, out: Ints) -> int:
    """Decode UTF-8 (which Arrow has checked) into code points; how many."""
    used = 0
    at = start
    while at < end and used < MAX_LETTERS:
        first = np.int64(data[at])
        more = 0 if first < 0x80 else (1 if first < 0xE0 else (2 if first < 0xF0 else 3))
        point = first if more == 0 else first & (0x3F >> more)
        for offset in range(1, more + 1):
            point = (point << 6) | (np.int64(data[at + offset]) & 0x3F)
        out[used] = point
        used += 1
        at += more + 1
    return used


@kernel
def _edits(a: Ints, a_size: int, b: Ints, b_size: int, row: Ints) -> int:
    """Insertions, deletions and replacements that make `b` of `a` (Levenshtein 1966)."""
    for j in range(b_size + 1):
        row[j] = j
    for i in range(1, a_size + 1):
        corner = row[0]
        row[0] = i
        for j in range(1, b_size + 1):
            above = row[j]
            replaced = corner + (0 if a[i - 1] == b[j - 1] else 1)
            row[j] = min(replaced, above + 1, row[j - 1] + 1)
            corner = above
    return row[b_size]  # type: ignore[no-any-return]  # what numba calls int


@kernel
def _jaro(a: Ints, a_size: int, b: Ints, b_size: int, taken_a: Flags, taken_b: Flags) -> float:
    """Share of letters that both have near the same place, less for those out of order (Jaro 1989)."""
    if a_size == 0 or b_size == 0:
        return 1.0 if a_size == b_size else 0.0
    reach = max(max(a_size, b_size) // 2 - 1, 0)
    taken_a[:a_size] = False
    taken_b[:b_size] = False
    common = 0
    for i in range(a_size):
        for j in range(max(0, i - reach), min(b_size, i + reach + 1)):
            if not taken_b[j] and a[i] == b[j]:
                taken_a[i] = True
                taken_b[j] = True
                common += 1
                break
    if common == 0:
        return 0.0
    swapped = 0
    j = 0
    for i in range(a_size):
        if taken_a[i]:
            while not taken_b[j]:
                j += 1
            if a[i] != b[j]:
                swapped += 1
            j += 1
    return (common / a_size + common / b_size + (common - swapped / 2) / common) / 3


@kernel
def _winkler(a: Ints, a_size: int, b: Ints, b_size: int, taken_a: Flags, taken_b: Flags) -> float:
    """Jaro's measure, more for texts that begin alike (Winkler 1990)."""
    found = _jaro(a, a_size, b, b_size, taken_a, taken_b)
    same = 0
    while same < min(_PREFIX, a_size, b_size) and a[same] == b[same]:
        same += 1
    return found + same * _PREFIX_WEIGHT * (1 - found)


@entry
def edit_distances(a: Bytes, a_at: Offsets, a_step: int, b: Bytes, b_at: Offsets, b_step: int, out: Ints) -> None:
    """Fill the edit distance of each pair; a step of 0 stays at the first text."""
    first, second = np.empty(MAX_LETTERS, np.int64), np.empty(MAX_LETTERS, np.int64)
    row = np.empty(MAX_LETTERS + 1, np.int64)
    for pair in range(len(out)):
        i, j = pair * a_step, pair * b_step
        a_size = _letters(a, a_at[i], a_at[i + 1], first)
        b_size = _letters(b, b_at[j], b_at[j + 1], second)
        out[pair] = _edits(first, a_size, second, b_size, row)


@entry
def likenesses(a: Bytes, a_at: Offsets, a_step: int, b: Bytes, b_at: Offsets, b_step: int, out: Floats) -> None:
    """Fill the likeness of each pair, 0 to 1; a step of 0 stays at the first text."""
    first, second = np.empty(MAX_LETTERS, np.int64), np.empty(MAX_LETTERS, np.int64)
    taken_a, taken_b = np.empty(MAX_LETTERS, np.bool_), np.empty(MAX_LETTERS, np.bool_)
    for pair in range(len(out)):
        i, j = pair * a_step, pair * b_step
        a_size = _letters(a, a_at[i], a_at[i + 1], first)
        b_size = _letters(b, b_at[j], b_at[j + 1], second)
        out[pair] = _winkler(first, a_size, second, b_size, taken_a, taken_b)


@entry
def best_likenesses(texts: Bytes, text_at: Offsets, names: Bytes, name_at: Offsets, out: Floats) -> None:
    """Fill the likeness of each text to the name that is most like it; 0 where there are no names."""
    first, second = np.empty(MAX_LETTERS, np.int64), np.empty(MAX_LETTERS, np.int64)
    taken_a, taken_b = np.empty(MAX_LETTERS, np.bool_), np.empty(MAX_LETTERS, np.bool_)
    for text in range(len(out)):
        best = 0.0
        size = _letters(texts, text_at[text], text_at[text + 1], first)
        for name in range(len(name_at) - 1):
            name_size = _letters(names, name_at[name], name_at[name + 1], second)
            best = max(best, _winkler(first, size, second, name_size, taken_a, taken_b))
        out[text] = best
