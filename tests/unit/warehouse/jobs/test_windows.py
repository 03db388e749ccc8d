"""Windows are whole hours and days that are over."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skywarden.kernel.errors import Rejected
from skywarden.warehouse.jobs.windows import DAY_US, HOUR_US, Grain, due_windows, read_window, window_at

grains = st.sampled_from(list(Grain))


@given(st.integers(0, 4 * 10**15), grains)
def test_a_window_is_found_again_by_its_name(time_us: int, grain: Grain) -> None:
    window = window_at(time_us, grain)
    assert window.start_us <= time_us < window.stop_us
    assert read_window(window.name, grain) == window
    assert window.day == window.name[:10]


@given(st.integers(0, 300), st.integers(0, 300), grains, st.integers(1, 40), st.data())
def test_what_is_due_is_closed_not_done_and_the_newest(
    first: int, length: int, grain: Grain, most: int, data: st.DataObject
) -> None:
    first_us, closed_us = first * HOUR_US + 7, (first + length) * HOUR_US + 9
    everything = due_windows(grain, first_us, closed_us, set(), 10_000)
    done = set(data.draw(st.lists(st.sampled_from(everything)))) if everything else set()
    due = due_windows(grain, first_us, closed_us, done, most)
    assert due == sorted(set(everything) - done)[-most:]
    assert all(window.stop_us <= closed_us for window in everything)


def test_the_day_that_has_not_ended_is_not_due() -> None:
    [yesterday] = due_windows(Grain.DAY, DAY_US, 2 * DAY_US + 5, set(), 9)
    assert yesterday.start_us == DAY_US


@pytest.mark.parametrize("text", ["yesterday", "2026-13-01", "2026-03-08T05"])
def test_a_day_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(Rejected, match="a day such as"):
        read_window(text, Grain.DAY)
