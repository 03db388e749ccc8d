"""Score how far a key's events of now are above its own baseline, in compiled code.

Floating point, with one fixed order of operations, of which each is exact to the last bit on any machine.
"""

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from skywarden.features.order_kernel import NOBODY, Order, Table, add_key, drop_past, find, has_room, renew
from skywarden.kernel.compiled import entry, kernel

FLOOR = 5
"""Fewer events than this are never above the usual."""
ALARM = 4.0
"""A period that scores more is left out of the baseline."""
MIN_PERIODS = 5
"""The baseline is known after so many periods."""

CURRENT, BEFORE, PERIODS, FROZEN = range(4)
"""Columns of `Trends.counts`: events of the newest period and the one before it, periods learnt, periods left out."""
MEAN, VARIANCE = range(2)


class Trends(NamedTuple):
    """What is kept for each entry; `Order.used` is the number of its newest period."""

    counts: npt.NDArray[np.int32]
    baseline: npt.NDArray[np.float64]


@entry
def score_trends(
    table: Table,
    order: Order,
    trends: Trends,
    scale: npt.NDArray[np.int64],
    keys: npt.NDArray[np.uint64],
    times_us: npt.NDArray[np.int64],
    adds: npt.NDArray[np.bool_],
    scores: npt.NDArray[np.float64],
    known: npt.NDArray[np.bool_],
    first: int,
) -> int:
    """Do the operations from `first` on; return the one that needs more room, or how many there are.

    Shape: `scale` is the length of a period in microseconds, and the number of periods that the baseline remembers.
    """
    over_us, memory = scale[0], scale[1]
    state = np.zeros(6, np.float64)
    for row in range(first, len(keys)):
        period = times_us[row] // over_us
        drop_past(table, order, period - memory - 1)
        number = find(table, keys[row])
        if number == NOBODY and adds[row] and not has_room(order):
            return row
        _read(trends, order, number, period, memory, state)
        if adds[row]:
            state[CURRENT] += 1.0
            if number == NOBODY:
                number = add_key(table, order, keys[row], period)
            else:
                renew(order, number, period)
            for column in range(4):
                trends.counts[number, column] = np.int32(state[column])
            trends.baseline[number, MEAN], trends.baseline[number, VARIANCE] = state[4], state[5]
        known[row] = state[PERIODS] >= MIN_PERIODS
        scores[row] = _score(state, np.float64(over_us - times_us[row] % over_us) / np.float64(over_us))
    return len(keys)


@kernel
def _read(trends: Trends, order: Order, number: int, period: int, memory: int, state: npt.NDArray[np.float64]) -> None:
    """The state of an entry as of a period: the periods that have ended since are in its baseline."""
    state[:] = 0.0
    if number == NOBODY:
        return
    for column in range(4):
        state[column] = np.float64(trends.counts[number, column])
    state[4], state[5] = trends.baseline[number, MEAN], trends.baseline[number, VARIANCE]
    passed = period - order.used[number]
    if passed > 0:
        _learn(state, state[CURRENT], memory)
        state[BEFORE] = state[CURRENT] if passed == 1 else 0.0
        state[CURRENT] = 0.0
        _learn_silence(state, passed - 1, memory)


@kernel
def _learn(state: npt.NDArray[np.float64], count: float, memory: int) -> None:
    """Take a period's count into the baseline, unless it is an alarm; what lasts as long as the memory is no alarm."""
    mean, variance = state[4], state[5]
    alarm = state[PERIODS] >= MIN_PERIODS and count >= FLOOR and _deviations(count, mean, variance) > ALARM
    if alarm and state[FROZEN] < memory:
        state[FROZEN] += 1.0
        return
    if not alarm:
        state[FROZEN] = 0.0
    share = max(2.0 / (memory + 1.0), 1.0 / (state[PERIODS] + 1.0))
    apart = count - mean
    state[4] = mean + share * apart
    state[5] = (1.0 - share) * (variance + share * (apart * apart))
    state[PERIODS] = min(state[PERIODS] + 1.0, np.float64(memory))


@kernel
def _learn_silence(state: npt.NDArray[np.float64], periods: int, memory: int) -> None:
    """Take so many periods without an event into the baseline, as `_learn` of one after another does, at once.

    While all periods weigh the same it is the mean of them and of zeros; later each takes the same share away.
    """
    if periods == 0:
        return
    state[FROZEN] = 0.0
    learnt = state[PERIODS]
    even = min(periods, max(0, (memory + 1) // 2 - int(learnt)))
    if even > 0:
        total = learnt + even
        square = state[4] * state[4]
        state[5] = (learnt / total) * (state[5] + square * (even / total))
        state[4] = state[4] * (learnt / total)
    left, keep = periods - even, 1.0
    if left > 0:
        rest = 1.0 - 2.0 / (memory + 1.0)
        keep = _power(rest, left)
        state[5] = keep * (state[5] + (state[4] * state[4]) * (1.0 - keep))
        state[4] = state[4] * keep
    state[PERIODS] = min(learnt + np.float64(periods), np.float64(memory))


@kernel
def _power(factor: float, times: int) -> float:
    """A factor times itself, by squaring: the same order of multiplications everywhere."""
    product = 1.0
    while times > 0:
        if times & 1:
            product *= factor
        factor *= factor
        times >>= 1
    return product


@kernel
def _deviations(count: float, mean: float, variance: float) -> float:
    """Standard deviations above the mean; counts vary at least as chance makes them vary."""
    return (count - mean) / math.sqrt(max(variance, mean) + 1.0)


@kernel
def _score(state: npt.NDArray[np.float64], left: float) -> float:
    """`left` is the part of the newest period that is still to come: so much of the one before counts too."""
    count = state[CURRENT] + state[BEFORE] * left
    score = _deviations(count, state[4], state[5])
    return min(score, 0.0) if count < FLOOR else score
