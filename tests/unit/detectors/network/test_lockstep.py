"""Lockstep by hours, joined into days, is the Jaccard index of the whole day's tuples."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skywarden.detectors.network.lockstep import Alike, groups, joined, lockstep_hour

USERS = 5
hours = st.lists(st.lists(st.tuples(st.integers(0, USERS - 1), st.integers(0, 5)), max_size=15), min_size=1, max_size=4)


@given(hours)
@settings(deadline=None)
def test_hours_join_to_the_index_of_the_day(of: list[list[tuple[int, int]]]) -> None:
    parts = []
    for hour in of:
        rows = np.array(hour, np.int64).reshape(-1, 2)
        parts.append(lockstep_hour(rows[:, 0], rows[:, 1], USERS, most=100))
    graph = joined(parts, USERS, Alike(index=0.0, common=1))
    found = dict(zip(zip(graph.left.tolist(), graph.right.tolist(), strict=True), graph.weight.tolist(), strict=True))
    own = {user: {(h, t) for h, hour in enumerate(of) for u, t in hour if u == user} for user in range(USERS)}
    expected = {
        (a, b): len(own[a] & own[b]) / len(own[a] | own[b]) for a, b in combinations(range(USERS), 2) if own[a] & own[b]
    }
    assert found == pytest.approx(expected)


def test_a_ring_is_a_group_and_passers_by_are_not() -> None:
    ring = [(user, tuple_) for user in (0, 1, 2) for tuple_ in range(6)]
    passers = [(3, 0), (4, 1), (3, 7), (4, 8)]
    rows = np.array(ring + passers)
    graph = joined([lockstep_hour(rows[:, 0], rows[:, 1], 5, most=100)], 5, Alike())
    assert [group.tolist() for group in groups(graph, 3)] == [[0, 1, 2]]


def test_what_everybody_does_makes_no_pair() -> None:
    rows = np.array([(user, tuple_) for user in range(5) for tuple_ in range(6)])
    hour = lockstep_hour(rows[:, 0], rows[:, 1], 5, most=5)
    assert len(hour.left) == 0
    assert hour.tuples.tolist() == [6] * 5
