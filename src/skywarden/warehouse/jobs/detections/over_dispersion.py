"""Turn daily counts of things that are shared into those shared too much, or by too few accounts too often."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from skywarden.detectors.statistics.baselines import Ints, baseline, calendar, or_population
from skywarden.detectors.statistics.discoveries import q_values
from skywarden.detectors.statistics.special import Floats
from skywarden.detectors.statistics.tails import beta_binomial_lower, beta_fit, upper_tail


@dataclass(frozen=True, slots=True)
class Limits:
    """`sharers`: who must have shared it on the day; `history`: days from which on a thing is compared with itself.

    `unusual`: the share of past days, those with the fewest sharers to their shares, that is not what is usual.
    """

    days: int
    q: float = 0.05
    sharers: int = 3
    history: int = 3
    unusual: float = 0.1


FIELDS = (
    pa.field("shares", pa.int64()),
    pa.field("sharers", pa.int64()),
    pa.field("expected", pa.float64()),
    pa.field("volume_q", pa.float64()),
    pa.field("density_q", pa.float64()),
    pa.field("flagged", pa.bool_()),
)


def statement(things: str) -> str:
    """Daily counts of `thing`; `things` selects did, time_us and thing."""
    return (
        "SELECT thing, (time_us - $start_us) // 86400000000 AS day, count(*) AS shares,"
        f" count(DISTINCT did) AS sharers FROM ({things}) GROUP BY thing, day ORDER BY thing, day"
    )


def measure(found: pa.Table, limits: Limits, name: str) -> pa.Table:
    """Test the things of the last day; rows of `FIELDS` behind the thing, which is called `name`."""
    things, thing = np.unique(np.array(found.column("thing").to_pylist(), dtype=object), return_inverse=True)
    day = found.column("day").to_numpy().astype(np.int64)
    shape = (len(things), limits.days)
    shares = calendar(thing, day, found.column("shares").to_numpy().astype(np.int64), shape)
    sharers = calendar(thing, day, found.column("sharers").to_numpy().astype(np.int64), shape)
    tested = np.flatnonzero(sharers[:, -1] >= limits.sharers)
    expected, volume = _volume(shares, tested, limits)
    density = _density(shares, sharers, tested, limits)
    flagged = (volume < limits.q) | (density < limits.q)
    columns = [
        pa.array([str(things[place]) for place in tested.tolist()], pa.string()),
        pa.array(shares[tested, -1]),
        pa.array(sharers[tested, -1]),
        *(pa.array(column) for column in (expected, volume, density, flagged)),
    ]
    return pa.table(columns, schema=pa.schema([pa.field(name, pa.string()), *FIELDS]))


def _volume(shares: Ints, tested: Ints, limits: Limits) -> tuple[Floats, Floats]:
    """Against the thing's own past, or that of all things on the days when they were shared at all."""
    past = shares[:, :-1]
    own = baseline(shares, limits.days - 1, limits.days - 1)
    lively = past[past > 0].astype(np.float64)
    mean, variance = (float(lively.mean()), float(lively.var())) if len(lively) else (1.0, 1.0)
    expected = or_population(own.mean, own.history, limits.history, mean)
    spread = or_population(own.variance, own.history, limits.history, variance)
    p = upper_tail(shares[tested, -1].astype(np.float64), expected[tested], spread[tested])
    return expected[tested], q_values(p)


def _density(shares: Ints, sharers: Ints, tested: Ints, limits: Limits) -> Floats:
    """Few accounts to many shares, against the shares of other days; of the same day where there are none.

    The sparsest part of the past is left out of what is usual: it is what is looked for.
    """
    many = sharers >= limits.sharers
    past = many[:, :-1]
    if past.sum() >= limits.history:
        few, all_ = sharers[:, :-1][past], shares[:, :-1][past]
    else:
        few, all_ = sharers[tested, -1], shares[tested, -1]
    if not len(few):
        return np.ones(len(tested))
    usual = few / all_ >= np.quantile(few / all_, limits.unusual)
    alpha, beta = beta_fit(few[usual].astype(np.float64), all_[usual].astype(np.float64))
    pairs = zip(sharers[tested, -1].tolist(), shares[tested, -1].tolist(), strict=True)
    return q_values(np.array([beta_binomial_lower(ones, times, alpha, beta) for ones, times in pairs], np.float64))
