"""Turn a query into counts over time."""

import numpy as np

from skywarden.app.investigate.reading import Reading
from skywarden.app.investigate.run import Span, matches_of
from skywarden.app.investigate.spans import offsets_of
from skywarden.kernel.clock import SECOND_US
from skywarden.kernel.errors import Rejected
from skywarden.model.investigation import Checkpoint, Histogram, go_on
from skywarden.rules.query import Query

MOST_BUCKETS = 10_000
_FITTING = 80
_STEPS_S = (1, 5, 15, 30, 60, 300, 900, 1_800, 3_600, 10_800, 21_600, 43_200, 86_400, 604_800, 2_592_000)


def fitting_us(length_us: int) -> int:
    """The shortest round length of which at most `_FITTING` fill a stretch."""
    steps = [step * SECOND_US for step in _STEPS_S]
    return next((step for step in steps if length_us <= _FITTING * step), steps[-1])


def histogram_of(
    query: Query,
    reading: Reading,
    span: Span,
    *,
    bucket_us: int | None = None,
    pushdown: bool = True,
    checkpoint: Checkpoint = go_on,
) -> Histogram:
    """Count events in buckets that begin at whole multiples of their length. Raises: Rejected for too many."""
    width = bucket_us or fitting_us(span.length_us)
    first = span.since_us // width
    buckets = (span.until_us - 1) // width - first + 1
    if buckets > MOST_BUCKETS:
        raise Rejected(
            "too many buckets", expected=f"at most {MOST_BUCKETS:,}", found=f"{buckets:,}", hint="take longer ones"
        )
    counts = np.zeros(buckets, np.int64)
    start, stop = offsets_of(reading, span)
    for one in matches_of(query, reading, start, stop, pushdown=pushdown, checkpoint=checkpoint):
        counts += np.bincount(one.times_us // width - first, minlength=buckets)
    return Histogram(first * width, width, tuple(counts.tolist()))
