"""A function of one text over a column: few texts and many, alike and different, say the same."""

import pyarrow as pa
import pytest

from skywarden.engine.operators.once import once_a_text

TEXTS = ["a", None, "bb", "a", ""]


def size(text: str) -> int | None:
    return len(text) or None


@pytest.mark.parametrize("times", [0, 1, 3, 4, 100])
def test_each_text_has_its_own_result_and_a_null_has_none(times: int) -> None:
    found = once_a_text(size, pa.array(TEXTS * times, pa.string()), pa.int64())
    assert found.type == pa.int64()
    assert found.to_pylist() == [1, None, 2, 1, None] * times


def test_among_many_texts_each_different_one_is_asked_of_once() -> None:
    asked: list[str] = []
    once_a_text(lambda text: asked.append(text), pa.array(["a", "b"] * 50, pa.string()), pa.null())
    assert asked == ["a", "b"]
