"""TIDs: sortable moments that only grow."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_data import INTEROP, line_cases
from skywarden.atproto.tid import TidClock, is_tid, tid_micros, tid_of
from skywarden.kernel.clock import ManualClock
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import UtcMicros

moments = st.integers(0, 2**53 - 1)


@given(moments, st.integers(0, 1023))
def test_a_tid_tells_its_moment(us: int, clock_id: int) -> None:
    tid = tid_of(us, clock_id)
    assert is_tid(tid)
    assert tid_micros(tid) == us


@given(moments, moments)
def test_tids_sort_as_their_moments(first: int, second: int) -> None:
    assert (tid_of(first, 0) < tid_of(second, 0)) == (first < second)


def test_a_clock_that_stands_still_or_steps_back_gives_growing_tids() -> None:
    clock = ManualClock()
    tids = TidClock(clock, 7)
    first, second = tids.next(), tids.next()
    clock.at_us = UtcMicros(clock.at_us - 1_000_000)
    third = tids.next()
    clock.advance(5)
    assert first < second < third < tids.next()


@pytest.mark.parametrize("us, clock_id", [(-1, 0), (2**53, 0), (0, 1024)])
def test_a_moment_out_of_range_is_refused(us: int, clock_id: int) -> None:
    with pytest.raises(Rejected):
        tid_of(us, clock_id)


@pytest.mark.parametrize("text", line_cases(INTEROP / "syntax" / "tid_syntax_valid.txt"))
def test_official_valid_tids_are_taken(text: str) -> None:
    assert is_tid(text)


@pytest.mark.parametrize("text", line_cases(INTEROP / "syntax" / "tid_syntax_invalid.txt"))
def test_official_invalid_tids_are_refused(text: str) -> None:
    assert not is_tid(text)
    with pytest.raises(Rejected):
        tid_micros(text)
