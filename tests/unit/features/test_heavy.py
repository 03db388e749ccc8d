"""Heavy hitters: few slots, sure counts, a window that slides."""

from collections import Counter

import numpy as np

from skywarden.features.contract import Asked, FeatureSpec
from skywarden.features.heavy import HeavyHitters

HOUR_US = 3_600_000_000


def add_all(feature: HeavyHitters, keys: list[int], times_us: list[int]) -> list[int]:
    """Add an event of each key; the answers."""
    asked = Asked(np.array(keys, np.uint64), np.array(times_us, np.int64), np.ones(len(keys), np.bool_))
    return [int(answer) for answer in feature.observe(asked).values]


def read(feature: HeavyHitters, key: int, now_us: int) -> int:
    """The answer for a key, adding nothing."""
    asked = Asked(np.array([key], np.uint64), np.array([now_us], np.int64), np.zeros(1, np.bool_))
    return int(feature.observe(asked).values[0])


def heavy(slots: int) -> HeavyHitters:
    return HeavyHitters(FeatureSpec("t", "heavy", HOUR_US, params=(slots,)))


def test_the_frequent_keys_of_a_long_tail_lack_at_most_one_event_in_slots_of_all() -> None:
    rng = np.random.default_rng(5)
    keys = rng.zipf(1.3, 200_000)
    feature = heavy(200)
    add_all(feature, keys.tolist(), (np.arange(len(keys)) * (HOUR_US // 2 // len(keys))).tolist())
    for key, count in Counter(keys.tolist()).most_common(50):
        assert count - len(keys) / 200 <= read(feature, key, HOUR_US // 2) <= count


def test_while_there_are_slots_counts_are_exact() -> None:
    assert add_all(heavy(3), [1, 2, 1, 3, 1], [0, 1, 2, 3, 4]) == [1, 1, 2, 1, 3]


def test_a_key_that_takes_a_slot_over_is_sure_of_its_own_events_only() -> None:
    assert add_all(heavy(2), [1, 1, 2, 3, 3, 1], [0] * 6) == [1, 2, 1, 1, 2, 3]


def test_of_equal_counts_the_longest_unchanged_is_replaced() -> None:
    feature = heavy(2)
    add_all(feature, [1, 2, 3], [0, 0, 0])
    assert [read(feature, key, 0) for key in (1, 2, 3)] == [0, 1, 1]


def test_a_twelfth_of_the_window_is_forgotten_as_a_whole() -> None:
    feature, part_us = heavy(5), HOUR_US // 12
    add_all(feature, [1, 1, 1], [0, part_us - 1, part_us])
    assert [read(feature, 1, now_us) for now_us in (11 * part_us, 12 * part_us, 13 * part_us)] == [3, 1, 0]


def test_memory_does_not_grow_with_the_keys() -> None:
    feature = heavy(10)
    before = feature.held_bytes()
    add_all(feature, list(range(5_000)), list(range(5_000)))
    assert feature.held_bytes() == before
    assert feature.keys() <= 120
