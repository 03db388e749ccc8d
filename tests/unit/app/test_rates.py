"""Rates are differences of a total over real steps."""

import os

from skywarden.app.rates import KEPT, STEP_S, RateHistory
from skywarden.app.resident import resident_mb
from skywarden.kernel.clock import ManualClock


def test_a_rate_is_added_once_a_step_has_passed() -> None:
    clock = ManualClock()
    history = RateHistory(clock)
    history.sample(100)
    clock.advance(STEP_S / 2)
    history.sample(150)
    assert history.rates() == []
    clock.advance(STEP_S / 2)
    history.sample(200)
    assert history.rates() == [100 / STEP_S]


def test_old_rates_are_forgotten() -> None:
    clock = ManualClock()
    history = RateHistory(clock)
    for i in range(KEPT + 10):
        history.sample(i)
        clock.advance(STEP_S)
    assert len(history.rates()) == KEPT


def test_a_process_that_has_ended_holds_nothing() -> None:
    assert resident_mb([2**22 + 1]) == 0
    assert resident_mb([os.getpid(), 2**22 + 1]) > 10
