"""Every window keeps the promises of features/contract.py, and agrees with a list of all events."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.plain_windows import Operation, answer
from skywarden.features.contract import Asked, Feature, FeatureSpec
from skywarden.features.distinct_kernel import DISTINCT_EXACT
from skywarden.features.index import KeyIndex
from skywarden.features.keyed_kernel import SUM_LARGEST
from skywarden.features.open import open_feature
from skywarden.kernel.errors import Broken

MINUTE_US = 60_000_000
HOUR_US = 60 * MINUTE_US
OPS = ["count", "sum", "distinct", "first_seen", "last_seen"]
EVERY = pytest.mark.parametrize("op", OPS)
COUNTING = pytest.mark.parametrize("op", ["count", "distinct"])


def hour(op: str, *, exact: bool = False, max_keys: int = 1000) -> FeatureSpec:
    return FeatureSpec(f"test.{op}", op, HOUR_US, exact, max_keys=max_keys)


def asked(op: str, operations: Sequence[Operation]) -> Asked:
    kinds = {"distinct": np.uint64, "sum": np.int64}
    values = np.array([one.value for one in operations], kinds[op]) if op in kinds else None
    return Asked(
        np.array([one.key for one in operations], np.uint64),
        np.array([one.time_us for one in operations], np.int64),
        np.array([one.adds for one in operations], np.bool_),
        values,
    )


def ask(feature: Feature, op: str, *operations: Operation) -> list[int | None]:
    """Do operations in one call; None is unknown."""
    answers = feature.observe(asked(op, operations))
    return [int(value) if known else None for value, known in zip(answers.values, answers.valid, strict=True)]


def in_parts(feature: Feature, op: str, operations: Sequence[Operation], cuts: Sequence[int]) -> list[int | None]:
    """Do operations in as many calls as there are parts between cuts."""
    edges = sorted({0, len(operations), *(cut for cut in cuts if cut < len(operations))})
    parts = [operations[start:stop] for start, stop in pairwise(edges)]
    return [found for part in parts for found in ask(feature, op, *part)]


STEPS_US = [0, 1, MINUTE_US - 1, MINUTE_US, 30 * MINUTE_US, HOUR_US - MINUTE_US, HOUR_US, 10_000 * HOUR_US]
KEYS = [0, 1, 2, 1 + (1 << 40), 1 + (2 << 40)]
"""Key 0 marks empty slots in tables; the last ones fall on the slot of key 1 in every table."""


@st.composite
def streams(draw: st.DrawFn, max_size: int = 40) -> list[Operation]:
    """Operations whose times stand still, move within slices, reach their edges and jump far ahead."""
    steps = st.tuples(st.sampled_from(KEYS), st.sampled_from(STEPS_US), st.booleans(), st.integers(0, 4))
    now_us, operations = draw(st.sampled_from([0, 1_750_000_000_000_000])), []
    for key, step_us, adds, value in draw(st.lists(steps, max_size=max_size)):
        now_us += step_us
        operations.append(Operation(key, now_us, adds, value))
    return operations


CUTS = st.lists(st.integers(0, 40), max_size=3)
QUICK = settings(max_examples=100, deadline=None)


@EVERY
@QUICK
@given(operations=streams(), cuts=CUTS, exact=st.booleans())
def test_windows_agree_with_a_list_of_all_events_however_calls_are_split(
    op: str, operations: list[Operation], cuts: list[int], exact: bool
) -> None:
    spec = hour(op, exact=exact)
    expected = [answer(spec, operations[: at + 1]) for at in range(len(operations))]
    assert in_parts(open_feature(spec), op, operations, cuts) == expected


@EVERY
@QUICK
@given(operations=streams(), cuts=CUTS, cut=st.integers(0, 40), max_keys=st.integers(1, 4), exact=st.booleans())
def test_neither_splits_nor_snapshots_change_what_a_limit_leaves(
    op: str, operations: list[Operation], cuts: list[int], cut: int, max_keys: int, exact: bool
) -> None:
    spec = hour(op, max_keys=max_keys, exact=exact)
    whole, split, restored = open_feature(spec), open_feature(spec), open_feature(spec)
    expected = ask(whole, op, *operations) if operations else []
    assert in_parts(split, op, operations[:cut], cuts) == expected[:cut]
    restored.load(split.dump())
    assert in_parts(restored, op, operations[cut:], cuts) == expected[cut:]
    now_us = operations[-1].time_us if operations else 0
    assert restored.digest(now_us) == whole.digest(now_us)
    assert (restored.keys(), restored.evicted()) == (whole.keys(), whole.evicted())
    assert whole.keys() <= max_keys


@QUICK
@given(operations=streams(), cuts=CUTS, group=st.lists(st.sampled_from(OPS), min_size=2, max_size=4))
def test_windows_that_share_their_table_of_keys_do_not_touch_one_another(
    operations: list[Operation], cuts: list[int], group: list[str]
) -> None:
    index = KeyIndex()
    shared = [open_feature(replace(hour(op), over_us=HOUR_US // (1 + at)), index) for at, op in enumerate(group)]
    alone = [open_feature(replace(hour(op), over_us=HOUR_US // (1 + at))) for at, op in enumerate(group)]
    for start in range(0, len(operations), 7):
        keys = np.array([one.key for one in operations[start : start + 7]], np.uint64)
        for at, op in enumerate(group):
            # Every window adds other events than the one before it.
            part = [replace(one, adds=one.adds != bool(at % 2)) for one in operations[start : start + 7]]
            found = shared[at].observe(replace(asked(op, part), keys=keys))
            expected = ask(alone[at], op, *part)
            assert [int(v) if known else None for v, known in zip(found.values, found.valid, strict=True)] == expected


@COUNTING
def test_the_current_event_counts(op: str) -> None:
    assert ask(open_feature(hour(op)), op, Operation(1, 0)) == [1]


@EVERY
def test_an_event_that_is_only_read_changes_nothing(op: str) -> None:
    window = open_feature(hour(op))
    before = window.digest(0)
    ask(window, op, Operation(1, 0, False), Operation(0, 0, False))
    assert (window.keys(), window.digest(0)) == (0, before)


@COUNTING
def test_an_event_leaves_an_exact_window_exactly_at_its_edge(op: str) -> None:
    window = open_feature(hour(op, exact=True))
    reads = Operation(1, HOUR_US - 1, False), Operation(1, HOUR_US, False)
    assert ask(window, op, Operation(1, 0), *reads) == [1, 1, 0]


@COUNTING
def test_an_event_older_than_the_window_never_counts_and_a_young_one_always(op: str) -> None:
    window = open_feature(hour(op))
    inside, outside = HOUR_US - 1, HOUR_US
    reads = Operation(1, inside, False), Operation(1, outside, False)
    assert ask(window, op, Operation(1, MINUTE_US - 1), *reads) == [1, 1, 0]


@EVERY
def test_forgotten_keys_take_no_room(op: str) -> None:
    window = open_feature(hour(op, max_keys=100_000))
    empty = window.held_bytes()
    ask(window, op, *[Operation(key, key) for key in range(50_000)])
    assert window.keys() == 50_000
    full = window.held_bytes()
    ask(window, op, Operation(9999, 200 * MINUTE_US))
    assert window.keys() == 1
    assert window.held_bytes() < empty + full // 10


@EVERY
def test_tables_grow_and_move_within_a_call(op: str) -> None:
    spec = hour(op, max_keys=100_000)
    rng = np.random.default_rng(5)
    keys = rng.integers(0, 20_000, 30_000).tolist()
    operations = [Operation(key, at * 100_000, value=key % 3) for at, key in enumerate(keys)]
    window = open_feature(spec)
    found = ask(window, op, *operations)
    assert found == in_parts(open_feature(spec), op, operations, [10, 5_000, 5_001, 29_000])
    for at in range(0, 30_000, 997):
        assert found[at] == answer(spec, operations[: at + 1])


@EVERY
def test_the_digest_does_not_depend_on_what_was_dropped_already(op: str) -> None:
    kept, swept = open_feature(hour(op)), open_feature(hour(op))
    now_us = 61 * MINUTE_US
    ask(kept, op, Operation(1, 0))
    ask(swept, op, Operation(1, 0), Operation(1, now_us, False))
    assert kept.digest(now_us) == swept.digest(now_us)
    assert kept.digest(0) != swept.digest(0)


@EVERY
def test_the_digest_tells_states_apart(op: str) -> None:
    first, second = open_feature(hour(op)), open_feature(hour(op))
    ask(first, op, Operation(1, 0))
    ask(second, op, Operation(2, 0))
    assert first.digest(0) != second.digest(0)


@EVERY
def test_a_dump_of_another_window_is_refused(op: str) -> None:
    with pytest.raises(Broken, match="another window"):
        open_feature(hour(op, exact=True)).load(open_feature(hour(op)).dump())
    with pytest.raises(Broken, match="cannot be read"):
        open_feature(hour(op)).load(b"\xc1rubbish")


@EVERY
def test_a_loaded_window_has_room_for_more(op: str) -> None:
    window, again = open_feature(hour(op)), open_feature(hour(op))
    ask(window, op, *[Operation(key, 5) for key in range(700)])
    again.load(window.dump())
    later = [Operation(key, 6, value=2) for key in range(1_400)]
    assert ask(again, op, *later) == ask(window, op, *later)
    assert again.digest(6) == window.digest(6)


@EVERY
def test_at_its_limit_a_window_forgets_the_key_that_was_silent_for_longest(op: str) -> None:
    window = open_feature(hour(op, max_keys=2))
    ask(window, op, *[Operation(key, minute * MINUTE_US) for key, minute in ((1, 1), (2, 2), (1, 3), (3, 4))])
    assert (window.keys(), window.evicted()) == (2, 2)  # the older of key 1's two entries, and that of key 2
    found = ask(window, op, *[Operation(key, 5 * MINUTE_US, False) for key in (1, 2, 3)])
    assert found[1] in (0, None)
    assert found[0] not in (0, None)


@EVERY
def test_a_busy_key_cannot_make_a_window_larger_than_its_limit(op: str) -> None:
    window = open_feature(hour(op, exact=True, max_keys=100))
    ask(window, op, *[Operation(1, at, value=at) for at in range(20_000)])
    assert window.held_bytes() < 100_000


def test_numbers_beyond_the_largest_are_not_added() -> None:
    window = open_feature(hour("sum"))
    values = [SUM_LARGEST, SUM_LARGEST + 1, -SUM_LARGEST - 1, -SUM_LARGEST, -(1 << 63)]
    found = ask(window, "sum", *[Operation(1, 0, value=value) for value in values])
    assert found == [SUM_LARGEST, SUM_LARGEST, SUM_LARGEST, 0, 0]


def test_a_value_seen_again_stays_for_a_whole_window_from_then() -> None:
    window = open_feature(hour("distinct"))
    ask(window, "distinct", Operation(1, 0, value=7), Operation(1, MINUTE_US, value=8))
    ask(window, "distinct", Operation(1, 30 * MINUTE_US, value=7))
    reads = [Operation(1, minute * MINUTE_US, False) for minute in (61, 89, 90)]
    assert ask(window, "distinct", *reads) == [1, 1, 0]


def visits(key: int, start_us: int, members: range, step_us: int = 1) -> Asked:
    """Each member once, with the same key."""
    count = len(members)
    times_us = start_us + np.arange(count, dtype=np.int64) * step_us
    return Asked(np.full(count, key, np.uint64), times_us, np.ones(count, np.bool_), np.array(members, np.uint64))


def cut_at(asked: Asked, *cuts: int) -> list[Asked]:
    assert asked.values is not None
    edges = pairwise([0, *cuts, len(asked)])
    return [Asked(asked.keys[a:b], asked.times_us[a:b], asked.adds[a:b], asked.values[a:b]) for a, b in edges]


@pytest.mark.parametrize("members", [5_000, 30_000, 300_000])
def test_many_members_are_estimated_within_five_percent(members: int) -> None:
    window = open_feature(hour("distinct", max_keys=1_000_000))
    seen = np.arange(1, members + 1)
    found = window.observe(visits(7, 0, range(members))).values
    assert (found[:DISTINCT_EXACT] == seen[:DISTINCT_EXACT]).all()
    assert (abs(found - seen) / seen).max() < 0.05
    again = window.observe(visits(7, MINUTE_US, range(members))).values
    assert abs(again[-1] - members) / members < 0.05


def test_an_estimate_forgets_with_the_window() -> None:
    """A hundred new members a second over two hours: after the first, always an hour's worth."""
    window = open_feature(hour("distinct", max_keys=1_000_000))
    found = window.observe(visits(7, 0, range(720_000), 10_000)).values
    within = 354_000, 360_000
    assert found[360_000:].min() > within[0] * 0.95
    assert found[360_000:].max() < within[1] * 1.05


@pytest.mark.parametrize("exact", [False, True])
def test_an_estimate_depends_on_neither_splits_nor_snapshots(exact: bool) -> None:
    spec = hour("distinct", exact=exact, max_keys=10_000)
    whole, split = open_feature(spec), open_feature(spec)
    operations = visits(7, 0, range(12_000), HOUR_US // 5_000)
    expected = whole.observe(operations).values
    assert expected.max() > DISTINCT_EXACT
    found = []
    for part in cut_at(operations, DISTINCT_EXACT, DISTINCT_EXACT + 1, 7_000, 7_001):
        found += split.observe(part).values.tolist()
        restored = open_feature(spec)
        restored.load(split.dump())
        split = restored
    assert found == expected.tolist()
    now_us = int(operations.times_us[-1])
    for later_us in (now_us, now_us + 30 * MINUTE_US, now_us + 2 * HOUR_US):
        assert split.digest(later_us) == whole.digest(later_us)
    assert whole.digest(now_us) != whole.digest(now_us + 30 * MINUTE_US)


def test_a_key_is_counted_exactly_again_when_it_was_silent_for_a_window() -> None:
    window = open_feature(hour("distinct", max_keys=10_000))
    window.observe(visits(7, 0, range(6_000)))
    assert ask(window, "distinct", Operation(7, 59 * MINUTE_US, False))[0] not in (0, 6_000)
    assert ask(window, "distinct", Operation(7, HOUR_US, False)) == [0]
    assert window.keys() == 0
    assert window.observe(visits(7, HOUR_US, range(3_000))).values[-1] == 3_000


def test_a_window_out_of_sketches_takes_that_of_the_most_silent_key() -> None:
    window = open_feature(hour("distinct", max_keys=10_000))
    window.observe(visits(1, 0, range(5_000)))
    window.observe(visits(2, MINUTE_US, range(5_000)))
    assert (window.keys(), window.evicted()) == (1, 1)
    found = ask(window, "distinct", Operation(1, MINUTE_US, False), Operation(2, MINUTE_US, False))
    assert found[0] == 0
    assert abs((found[1] or 0) - 5_000) < 250
