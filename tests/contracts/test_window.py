"""Every window keeps the promises of features/contract.py."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skywarden.features.contract import Asked, Feature, FeatureSpec
from skywarden.features.distinct import MAX_MEMBERS, SlicedDistinct
from skywarden.features.open import open_feature
from skywarden.features.slices import Slices
from skywarden.kernel.errors import Broken

MINUTE_US = 60_000_000
HOUR = Slices.over(60 * MINUTE_US)
EXACT_HOUR = Slices.over(60 * MINUTE_US, exact=True)


def sliced_counts(slices: Slices) -> Feature:
    return open_feature(FeatureSpec("x", "count", slices.width_us * slices.count, slices.width_us == 1))


Make = Callable[[Slices], Feature]
WINDOWS = pytest.mark.parametrize("make", [sliced_counts, SlicedDistinct], ids=["counts", "distinct"])


def ask(window: Feature, *operations: tuple[int, int, bool, int]) -> list[int]:
    """Do operations (key, time, adds, member) in one call."""
    keys, times, adds, members = zip(*operations, strict=True)
    arrays = (
        np.array(keys, np.uint64),
        np.array(times, np.int64),
        np.array(adds, np.bool_),
        np.array(members, np.uint64),
    )
    return [int(answer) for answer in window.observe(Asked(*arrays)).values]


@WINDOWS
def test_the_current_event_counts(make: Make) -> None:
    assert ask(make(HOUR), (1, 0, True, 7)) == [1]


@WINDOWS
def test_an_event_that_is_only_read_changes_nothing(make: Make) -> None:
    window = make(HOUR)
    assert ask(window, (1, 0, False, 7), (1, 0, True, 8), (1, 0, False, 9)) == [0, 1, 1]
    assert window.keys() == 1


@WINDOWS
def test_keys_do_not_mix(make: Make) -> None:
    assert ask(make(HOUR), (1, 0, True, 7), (2, 0, True, 7), (1, 1, True, 8)) == [1, 1, 2]


@WINDOWS
def test_an_event_leaves_an_exact_window_exactly_at_its_edge(make: Make) -> None:
    over_us = 60 * MINUTE_US
    window = make(EXACT_HOUR)
    assert ask(window, (1, 0, True, 7), (1, over_us - 1, False, 0), (1, over_us, False, 0)) == [1, 1, 0]


@WINDOWS
def test_an_event_older_than_the_window_never_counts_and_a_young_one_always(make: Make) -> None:
    window = make(HOUR)
    late_in_slice = 59_999_999
    inside, outside = 59 * MINUTE_US + 59_999_999, 60 * MINUTE_US
    assert ask(window, (1, late_in_slice, True, 7), (1, inside, False, 0), (1, outside, False, 0)) == [1, 1, 0]


@WINDOWS
def test_forgotten_keys_take_no_room(make: Make) -> None:
    window = make(HOUR)
    ask(window, *[(key, key, True, 1) for key in range(500)])
    assert window.keys() == 500
    ask(window, (9999, 200 * MINUTE_US, True, 1))
    assert window.keys() == 1


@WINDOWS
def test_the_digest_does_not_depend_on_what_was_evicted_already(make: Make) -> None:
    kept, swept = make(HOUR), make(HOUR)
    ask(kept, (1, 0, True, 7))
    now_us = 61 * MINUTE_US
    ask(swept, (1, 0, True, 7), (1, now_us, False, 0))
    assert kept.digest(now_us) == swept.digest(now_us)
    assert kept.digest(0) != swept.digest(0)


@WINDOWS
def test_a_loaded_dump_is_the_same_window(make: Make) -> None:
    window, again = make(HOUR), make(HOUR)
    ask(window, (1, 0, True, 7), (2, 5, True, 8), (1, 9 * MINUTE_US, True, 9))
    again.load(window.dump())
    later = (1, 60 * MINUTE_US, True, 10)
    assert ask(again, later) == ask(window, later)
    assert again.digest(60 * MINUTE_US) == window.digest(60 * MINUTE_US)


@WINDOWS
def test_a_dump_of_another_window_is_refused(make: Make) -> None:
    with pytest.raises(Broken, match="another window"):
        make(EXACT_HOUR).load(make(HOUR).dump())
    with pytest.raises(Broken, match="cannot be read"):
        make(HOUR).load(b"\xc1rubbish")


OPERATIONS = st.lists(
    st.tuples(st.integers(1, 3), st.sampled_from([0, 1, MINUTE_US, 30 * MINUTE_US]), st.booleans(), st.integers(1, 4)),
    max_size=40,
)


@WINDOWS
@settings(max_examples=60, deadline=None)
@given(steps=OPERATIONS, cut=st.integers(0, 40), exact=st.booleans())
def test_windows_agree_with_a_list_of_all_events_however_calls_are_split(
    make: Make, steps: list[tuple[int, int, bool, int]], cut: int, exact: bool
) -> None:
    now_us, operations = 0, []
    for key, step_us, adds, member in steps:
        now_us += step_us
        operations.append((key, now_us, adds, member))
    slices = EXACT_HOUR if exact else HOUR
    expected = []
    for at, (key, now, _, _) in enumerate(operations):
        live = [
            member
            for other, then, added, member in operations[: at + 1]
            if other == key and added and then // slices.width_us > now // slices.width_us - slices.count
        ]
        expected.append(len(live) if make is sliced_counts else len(set(live)))
    window = make(slices)
    parts = [part for part in (operations[:cut], operations[cut:]) if part]
    assert [answer for part in parts for answer in ask(window, *part)] == expected


def test_a_value_seen_again_stays_for_a_whole_window_from_then() -> None:
    window = SlicedDistinct(HOUR)
    ask(window, (1, 0, True, 7), (1, MINUTE_US, True, 8), (1, 30 * MINUTE_US, True, 7))
    assert ask(window, (1, 61 * MINUTE_US, False, 0), (1, 89 * MINUTE_US, False, 0)) == [1, 1]
    assert ask(window, (1, 90 * MINUTE_US, False, 0)) == [0]


def test_different_values_are_counted_up_to_a_limit_and_no_further() -> None:
    window = SlicedDistinct(HOUR)
    answers = ask(window, *[(1, 0, True, member) for member in range(MAX_MEMBERS + 3)])
    assert answers[-4:] == [MAX_MEMBERS] * 4
