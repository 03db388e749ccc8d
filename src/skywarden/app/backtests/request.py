"""What is asked of a backtest: rules, the version they are compared with, and a span of history in words."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from skywarden.kernel.clock import SECOND_US
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Offset, UtcMicros
from skywarden.model.history import EventHistory
from skywarden.rules.plan.nodes import Plan

_SPAN = re.compile(r"(\d+(?:\.\d+)?)\s*(m|h|d|w)")
_UNITS_US = {"m": 60 * SECOND_US, "h": 3_600 * SECOND_US, "d": 86_400 * SECOND_US, "w": 604_800 * SECOND_US}
_EXPECTED = "a span such as 12h, 30d or 2w, or a time such as 2026-07-04 or 2026-07-04T12:00:00Z"


@dataclass(frozen=True, slots=True)
class Period:
    """Offsets of history and the times they stand for; memory is built from `primed`, where it is given, on."""

    start: Offset
    stop: Offset
    since_us: UtcMicros
    until_us: UtcMicros
    primed: Offset | None = None
    primed_us: UtcMicros | None = None


@dataclass(frozen=True, slots=True)
class BacktestRequest:
    """`against` is compared with rule by rule; `against_name` is what people call it."""

    plan: Plan
    period: Period
    against: Plan | None = None
    against_name: str = ""
    seed: int = 0


def find_period(history: EventHistory, since: str, until: str = "", primed: str = "") -> Period:
    """Find what of history is meant; spans count back from the newest event, that of `primed` from `since`.

    Raises: Rejected for words that name no time, and where history has nothing in the span.
    """
    first, end = history.span()
    if first == end:
        raise Rejected("no history", expected="events in the log or the warehouse", hint="see --data")
    last_us = _time_at(history, Offset(end - 1))
    until_us = UtcMicros(last_us + 1) if not until else _moment(until, last_us, "--until")
    since_us = _moment(since, last_us, "--since")
    start, stop = history.offset_at(since_us), history.offset_at(until_us) if until else end
    if start >= stop:
        raise Rejected(
            "nothing to run over", place="--since, --until", expected="a span with events", found=f"{since} {until}"
        )
    since_us = max(since_us, _time_at(history, start))
    if not primed:
        return Period(start, stop, since_us, until_us)
    primed_us = _moment(primed, since_us, "--primed")
    return Period(start, stop, since_us, until_us, history.offset_at(primed_us), primed_us)


def _moment(words: str, now_us: UtcMicros, option: str) -> UtcMicros:
    span = _SPAN.fullmatch(words.strip())
    if span is not None:
        return UtcMicros(now_us - round(float(span.group(1)) * _UNITS_US[span.group(2)]))
    try:
        moment = datetime.fromisoformat(words.strip())
    except ValueError as error:
        raise Rejected("time", place=option, expected=_EXPECTED, found=words) from error
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return UtcMicros(round(aware.timestamp() * SECOND_US))


def _time_at(history: EventHistory, offset: Offset) -> UtcMicros:
    for batch in history.batches(offset, Offset(offset + 1), columns=("time_us",)):
        if len(batch):
            return UtcMicros(batch.rows.column("time_us")[0].as_py())
    raise Rejected("no event", place=f"offset {offset}", expected="an event of history")
