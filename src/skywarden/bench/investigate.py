"""Measure how long analysts wait: timelines, top values and searches over ten million events of history.

The events are a made-up month as the warehouse keeps it (see `bench/history`); every answer comes from the services
that the command line and the API ask. Processor time is told beside the time waited, which other work makes longer.
"""

import time
from collections.abc import Callable
from statistics import median

import msgspec

from skywarden.bench.history import MonthConfig, StoredMonth, stored_month
from skywarden.model.investigation import Investigator, Question, row_count

_DAY = "1d"
_MONTH = "30d"


class QuestionFigures(msgspec.Struct, frozen=True):
    """One question: medians of what was waited and of processor time, and how much it found."""

    question: str
    ms: float
    cpu_ms: float
    first_ms: float
    found: int


class InvestigateFigures(msgspec.Struct, frozen=True):
    """What was measured."""

    events: int
    timeline_ms: float
    timeline_cpu_ms: float
    top_day_ms: float
    top_day_cpu_ms: float
    substring_month_ms: float
    substring_month_cpu_ms: float
    questions: tuple[QuestionFigures, ...]


def measure_investigate(
    events: int, rounds: int, opened: Callable[[StoredMonth], Investigator], told: Callable[[str], None]
) -> InvestigateFigures:
    """Ask every question some times. `opened` gives whom to ask of a month; `told` is given each question's words."""
    month = stored_month(MonthConfig(events=events))
    asked = opened(month)
    account = str(month.truth.column("did")[0].as_py())
    found = []
    for name, question in _questions(asked, account).items():
        told(name)
        found.append(_measured(name, question, rounds))
    by_name = {one.question: one for one in found}
    timeline, top, part = (by_name[name] for name in ("timeline", "top domains of a day", "substring of a month"))
    return InvestigateFigures(
        events, timeline.ms, timeline.cpu_ms, top.ms, top.cpu_ms, part.ms, part.cpu_ms, tuple(found)
    )


def _questions(asked: Investigator, account: str) -> dict[str, Callable[[], int]]:
    """What analysts ask, each giving how much it found."""
    day_us, month_us = asked.moments(_DAY, "")[0], asked.moments(_MONTH, "")[0]
    posts, likes = ("post.created",), ("like.created",)
    young = "author.age < 7 * days and author.followers < 10"
    stateful = "count(by=author.did, over=1 * hour) >= 10"
    counted = "SELECT did, count(*) AS n FROM event WHERE part = 'post' GROUP BY did ORDER BY n DESC LIMIT 20"
    return {
        "timeline": lambda: sum(asked.timeline(account, since_us=month_us).counts.values()),
        "top domains of a day": lambda: asked.top(Question("", posts, day_us), ("post.domains",)).keys,
        "top domains, day before": lambda: (
            asked.top(Question("", posts, day_us), ("post.domains",), against="previous").keys
        ),
        "top likers of a day": lambda: asked.top(Question("", likes, day_us), ("author.did",)).keys,
        "substring of a month": lambda: (
            asked.histogram(Question('contains(post.text, "Copy Trading")', posts, month_us)).events
        ),
        "young authors of a month": lambda: asked.histogram(Question(young, posts, month_us)).events,
        "counting rule over a day": lambda: asked.histogram(Question(stateful, posts, day_us)).events,
        "newest events of a phrase": lambda: len(
            asked.events(Question('contains(post.text, "Copy Trading")', posts, month_us), {}).events
        ),
        "SQL: posts by account": lambda: row_count(asked.sql(counted)),
    }


def _measured(name: str, question: Callable[[], int], rounds: int) -> QuestionFigures:
    """The first time is told apart: it opens files and compiles what is not compiled yet."""
    waited, used, found = [], [], 0
    for _ in range(rounds + 1):
        began_s, began_cpu_s = time.perf_counter(), time.process_time()
        found = question()
        waited.append((time.perf_counter() - began_s) * 1e3)
        used.append((time.process_time() - began_cpu_s) * 1e3)
    return QuestionFigures(name, median(waited[1:]), median(used[1:]), waited[0], found)
