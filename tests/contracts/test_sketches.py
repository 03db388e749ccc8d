"""Token buckets, trends, heavy hitters and near copies keep the promises of features/contract.py, and agree with
replays in plain Python."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oracle.naive_sketches import Text, heavy_count, similar_count, trend_score
from skywarden.features.contract import MAX_KEYS, Asked, Feature, FeatureSpec
from skywarden.features.open import open_feature
from skywarden.kernel.errors import Broken

MINUTE_US = 60_000_000
HOUR_US = 60 * MINUTE_US
SPECS = {
    "rate_limited": FeatureSpec("t", "rate_limited", HOUR_US, params=(7, HOUR_US, 2)),
    "trending": FeatureSpec("t", "trending", 10 * MINUTE_US, params=(70 * MINUTE_US,)),
    "heavy": FeatureSpec("t", "heavy", HOUR_US, params=(2,)),
    "similar": FeatureSpec("t", "similar", HOUR_US, params=(0.5,)),
    "similar-distinct": FeatureSpec("t", "similar", HOUR_US, params=(0.75,), has_member=True),
}
EVERY = pytest.mark.parametrize("name", [*SPECS])

Operation = tuple[int, int, bool, int, int]
"""Key, time, adds, text, member."""


def signature(text: int) -> bytes:
    """Made-up signatures: of 64 bytes, texts next to each other have 48 in common, those two apart 32."""
    return bytes(((text + place // 16) // 4 * 16 + place % 16) % 256 for place in range(64))


def open_one(name: str, most: int = MAX_KEYS) -> Feature:
    """An empty feature of a kind."""
    spec = SPECS[name]
    return open_feature(
        FeatureSpec(spec.name, spec.op, spec.over_us, params=spec.params, max_keys=most, has_member=spec.has_member)
    )


def ask(feature: Feature, *operations: Operation) -> list[object]:
    """Do operations in one call; None is unknown."""
    keys, times, adds, texts, members = zip(*operations, strict=True)
    signatures = np.array([np.frombuffer(signature(text), np.uint64) for text in texts])
    asked = Asked(
        np.array(keys, np.uint64), np.array(times, np.int64), np.array(adds), signatures, np.array(members, np.uint64)
    )
    answers = feature.observe(asked)
    return [
        value if known else None for value, known in zip(answers.values.tolist(), answers.valid.tolist(), strict=True)
    ]


def add(key: int, time_us: int) -> Operation:
    """One event of a key, with a text of its own."""
    return (key, time_us, True, 4 * key % 64, 1)


@EVERY
def test_an_event_that_is_only_read_changes_nothing(name: str) -> None:
    feature, untouched = open_one(name), open_one(name)
    ask(feature, *[(key, key, False, key, 1) for key in range(50)])
    assert feature.keys() == 0
    assert feature.digest(100) == untouched.digest(100)


@EVERY
def test_a_loaded_dump_is_the_same_feature(name: str) -> None:
    feature, again = open_one(name), open_one(name)
    ask(feature, *[add(number % 5, number * 4 * MINUTE_US) for number in range(40)])
    again.load(feature.dump())
    later = [add(number % 7, (160 + number) * MINUTE_US) for number in range(30)]
    assert again.keys() == feature.keys()
    assert ask(again, *later) == ask(feature, *later)
    assert again.digest(190 * MINUTE_US) == feature.digest(190 * MINUTE_US)
    assert again.dump() == feature.dump()


@EVERY
def test_a_dump_of_another_feature_is_refused(name: str) -> None:
    feature = open_one(name)
    other = open_feature(FeatureSpec("t", "rate_limited", HOUR_US, params=(9, HOUR_US, 9)))
    with pytest.raises(Broken, match="another window"):
        feature.load(other.dump())
    with pytest.raises(Broken, match="cannot be read"):
        feature.load(b"\xc1rubbish")


@EVERY
def test_keys_past_their_time_take_no_room_and_are_not_in_the_digest(name: str) -> None:
    feature, fresh = open_one(name), open_one(name)
    ask(feature, *[add(key, 0) for key in range(8)])
    before = feature.digest(0)
    assert before != fresh.digest(0)
    now_us = 100 * HOUR_US
    assert feature.digest(now_us) == fresh.digest(now_us)
    ask(feature, (9, now_us, False, 0, 1))
    assert feature.keys() == 0
    assert feature.digest(now_us) == fresh.digest(now_us)


@EVERY
def test_what_was_added_to_is_held_and_named(name: str) -> None:
    feature, other = open_one(name), open_one(name)
    ask(feature, add(1, 0), add(2, 1))
    ask(other, add(1, 0), add(3, 1))
    assert feature.keys() == 2
    assert feature.held_bytes() > 0
    assert feature.digest(1) != other.digest(1)


LIMITED = pytest.mark.parametrize("name", ["rate_limited", "trending", "similar", "similar-distinct"])


@LIMITED
@settings(max_examples=30, deadline=None)
@given(numbers=st.lists(st.integers(0, 6), min_size=1, max_size=60), cut=st.integers(0, 60))
def test_a_memory_limit_forgets_the_longest_unused_first_however_calls_are_split(
    name: str, numbers: list[int], cut: int
) -> None:
    operations = [add(number, at) for at, number in enumerate(numbers)]
    whole, split = open_one(name, most=3), open_one(name, most=3)
    expected = ask(whole, *operations)
    parts = [part for part in (operations[:cut], operations[cut:]) if part]
    assert [answer for part in parts for answer in ask(split, *part)] == expected
    assert whole.digest(60) == split.digest(60)
    assert whole.keys() == min(3, len(set(numbers)))
    assert whole.evicted() == _evicted(numbers, most=3)


def _evicted(numbers: Sequence[int], most: int) -> int:
    held: list[int] = []
    evicted = 0
    for number in numbers:
        if number in held:
            held.remove(number)
        elif len(held) == most:
            del held[0]
            evicted += 1
        held.append(number)
    return evicted


@LIMITED
def test_a_feature_holds_many_keys_and_finds_each(name: str) -> None:
    feature = open_one(name)
    rng = np.random.default_rng(3)
    keys = np.unique(rng.integers(1, 2**63, 3_000, dtype=np.uint64))
    signatures = rng.integers(0, 2**63, (len(keys), 8), dtype=np.uint64)
    ones = np.ones(len(keys), np.uint64)
    first = Asked(keys, np.zeros(len(keys), np.int64), ones == 1, signatures, ones)
    once = feature.observe(first)
    assert feature.keys() == len(keys)
    more = feature.observe(first)
    if name == "similar":
        assert (once.values == 1).all()
        assert (more.values == 2).all()
    assert feature.keys() == len(keys)
    assert feature.evicted() == 0


STEPS_US = [0, 1, MINUTE_US, 5 * MINUTE_US, 10 * MINUTE_US, 59 * MINUTE_US, 3 * HOUR_US]
OPERATIONS = st.lists(
    st.tuples(
        st.integers(1, 3),
        st.sampled_from(STEPS_US),
        st.integers(1, 6),
        st.sampled_from([True, True, True, False]),
        st.integers(0, 6),
        st.integers(1, 3),
    ),
    max_size=24,
)


@EVERY
@settings(max_examples=60, deadline=None)
@given(steps=OPERATIONS, cut=st.integers(0, 100))
def test_features_agree_with_a_replay_of_all_events_however_calls_are_split(
    name: str, steps: list[tuple[int, int, int, bool, int, int]], cut: int
) -> None:
    now_us, operations = 0, []
    for key, step_us, times, adds, text, member in steps:
        now_us += step_us
        operations += [(key, now_us, adds, text, member)] * times
    feature, whole = open_one(name), open_one(name)
    parts = [part for part in (operations[:cut], operations[cut:]) if part]
    answers = [answer for part in parts for answer in ask(feature, *part)]
    assert answers == [_naive(name, operations[: at + 1]) for at in range(len(operations))]
    if operations:
        ask(whole, *operations)
    assert whole.digest(now_us) == feature.digest(now_us)


def _naive(name: str, operations: Sequence[Operation]) -> object:
    """The answer of the last operation, from all of them."""
    spec = SPECS[name]
    added = [operation for operation in operations if operation[2]]
    key, now_us, adds, text, member = operations[-1]
    times_us = [time_us for other, time_us, *_ in added if other == key]
    match name:
        case "rate_limited":
            return _limited(times_us, now_us, adds=adds)
        case "trending":
            return trend_score(times_us, now_us, spec.over_us, int(str(spec.params[0])))
        case "heavy":
            return heavy_count([(time_us, other) for other, time_us, *_ in added], key, now_us, spec.over_us, slots=2)
    texts = [Text(time_us, other, signature(what), whose) for other, time_us, _, what, whose in added]
    asked = Text(now_us, key, signature(text), member)
    threshold = float(str(spec.params[0]))
    return similar_count(texts, asked, spec.over_us, threshold, adds=adds, distinct=spec.has_member)


def _limited(times_us: Sequence[int], now_us: int, *, adds: bool) -> bool:
    """Two tokens at most, seven an hour; a token has `HOUR_US` parts."""
    level, last_us, limited = 2 * HOUR_US, 0, False
    for time_us, takes in [*((time_us, True) for time_us in times_us), *([] if adds else [(now_us, False)])]:
        level, last_us = min(2 * HOUR_US, level + 7 * (time_us - last_us)), time_us
        limited = level < HOUR_US
        level -= HOUR_US if takes and not limited else 0
    return limited
