"""Operators on times, by the calendar of UTC."""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from skywarden.engine.columns import Column, Flat
from skywarden.engine.operators.contract import Frame, Operator, flat
from skywarden.rules.plan.nodes import Node

_HOUR_US, _DAY_US = 3_600_000_000, 86_400_000_000
_EPOCH_WEEKDAY = 3
"""1 January 1970 was a Thursday; Monday is 0."""
Times = npt.NDArray[np.int64]


def _of_time(function: Callable[[Times], Times]) -> Operator:
    def run(node: Node, args: Sequence[Column], frame: Frame) -> Column:
        times = flat(args[0])
        return Flat(function(times.values), times.valid)

    return run


def _time_bucket(node: Node, args: Sequence[Column], frame: Frame) -> Column:
    """The begin of the stretch that a time is in; stretches are counted from 1970."""
    width, times = node.params[0], flat(args[0])
    assert isinstance(width, int)
    return Flat(times.values // width * width, times.valid)


TIMES: dict[str, Operator] = {
    "hour_of_day": _of_time(lambda times: times % _DAY_US // _HOUR_US),
    "weekday": _of_time(lambda times: (times // _DAY_US + _EPOCH_WEEKDAY) % 7),
    "time_bucket": _time_bucket,
}
