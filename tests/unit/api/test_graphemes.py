"""A limit in graphemes counts what people see."""

import pytest

from skywarden.api.graphemes import count_graphemes


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("hello", 5),
        ("e\u0301", 1),
        ("\u0301", 1),
        ("\r\n", 1),
        ("\n\n", 2),
        ("\U0001f469\u200d\U0001f469\u200d\U0001f467", 1),
        ("\U0001f44d\U0001f3fd", 1),
        ("\u2764\ufe0f", 1),
        ("\U0001f1e9\U0001f1ea\U0001f1eb\U0001f1f7", 2),
        ("\u1112\u1161\u11ab", 1),
        ("\u0928\u093f", 1),
        ("\u65e5\u672c", 2),
    ],
)
def test_what_looks_like_one_character_counts_as_one(text: str, count: int) -> None:
    assert count_graphemes(text) == count
