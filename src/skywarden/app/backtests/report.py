"""What a backtest says, as it is stored and shown. Times are in microseconds since 1970; shares from 0 to 1."""

import msgspec

from skywarden.model.hit import Value


class Share(msgspec.Struct, frozen=True):
    """`yes` of `asked`, with the 95% interval of the share."""

    yes: int
    asked: int
    low: float
    high: float

    @property
    def share(self) -> float | None:
        return self.yes / self.asked if self.asked else None


class Common(msgspec.Struct, frozen=True):
    """Something that hits have in common: an account, a domain, a text."""

    what: str
    hits: int
    accounts: int


class Sample(msgspec.Struct, frozen=True):
    """One hit of a uniform sample, with the values that its rule saw."""

    offset: int
    time_us: int
    did: str
    uri: str
    reason: str
    values: dict[str, Value]
    text: str | None


class Example(msgspec.Struct, frozen=True):
    """An event on which only one of two versions was true."""

    offset: int
    time_us: int
    uri: str
    text: str | None


class RuleOverlap(msgspec.Struct, frozen=True):
    """Hits that the rule shares with those that another one stored in the same time."""

    rule: str
    version: str
    other: int
    both: int
    of_own: float
    of_other: float
    jaccard: float


class Effects(msgspec.Struct, frozen=True):
    """What the rule would propose a day of the span, against its limits; `held` would wait or be dropped by them.

    Repetitions that an effect's `every=` spares are counted, since only moderation knows what was done before.
    """

    kinds: tuple[str, ...]
    proposed: int
    mean_a_day: float
    peak_a_day: int
    per_day: int | None
    per_hour: int | None
    days_over: int
    held: int


class WindowUse(msgspec.Struct, frozen=True):
    """Memory of one stateful function at the end of the span."""

    name: str
    keys: int
    held_bytes: int
    evicted: int


class Difference(msgspec.Struct, frozen=True):
    """Events that only this version hits, only the other, and both; with some of them."""

    other: str
    only_own: int
    only_other: int
    both: int
    own_examples: tuple[Example, ...]
    other_examples: tuple[Example, ...]


class RuleReport(msgspec.Struct, frozen=True):
    """One rule. `series` has the time at which each hour with hits begins, and their number."""

    rule: str
    version: str
    file: str
    hits: int
    accounts: int
    series: tuple[tuple[int, int], ...]
    top_accounts: tuple[Common, ...]
    top_domains: tuple[Common, ...]
    top_texts: tuple[Common, ...]
    samples: tuple[Sample, ...]
    overlaps: tuple[RuleOverlap, ...]
    agreement: Share
    effects: Effects
    windows: tuple[WindowUse, ...]
    difference: Difference | None = None
    fault: str = ""


class BacktestReport(msgspec.Struct, frozen=True):
    """A run of some rules over a span of history. `events` of the span were read: where
    history is kept by kind, only those that a rule is on.

    `primed_us` is when memory began to be built; None: with the span.
    """

    since_us: int
    until_us: int
    primed_us: int | None
    first_offset: int
    end_offset: int
    events: int
    primed: int
    seconds: float
    against: str
    rules: tuple[RuleReport, ...]
