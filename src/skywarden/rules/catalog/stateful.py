"""The functions that remember earlier events: what each takes, gives and means."""

from dataclasses import dataclass
from enum import Enum

from skywarden.rules.catalog.function import Function
from skywarden.rules.types import BOOL, FLOAT, INT, TIME


class Value(Enum):
    """What stands before `by=`."""

    NOTHING = "nothing"
    KEY = "a text, whole number or bool, or a list of texts"
    NUMBER = "a whole number"
    TEXT = "a text"


@dataclass(frozen=True, slots=True)
class Stateful:
    """One function over time: `needs` are keywords that must be given, `may` those that can be."""

    function: Function
    op: str
    value: Value
    needs: tuple[str, ...]
    may: tuple[str, ...] = ("where",)

    @property
    def keywords(self) -> tuple[str, ...]:
        return self.needs + self.may


SIMILAR_THRESHOLD = 0.5
"""Finds copies with a fifth of the words changed (decision 0054)."""

_BY_OVER = ("by", "over")

_ENTRIES: tuple[Stateful, ...] = (
    Stateful(
        Function(
            "count",
            (),
            INT,
            "With by= and over=: how many events of the rule's kinds, this one included, had the same key within "
            "`over`; with where=: only those for which it was true. "
            "With a generator: for how many elements of a list the condition is true.",
            signature="count(by=key, over=duration, where=condition, exact=False) -> Int",
        ),
        "count",
        Value.NOTHING,
        _BY_OVER,
        ("where", "exact"),
    ),
    Stateful(
        Function(
            "distinct",
            (),
            INT,
            "How many different values were seen with the same key within `over`, this event included. "
            "A list as value adds each element; a list as key counts for each element and gives the largest.",
            signature="distinct(value, by=key, over=duration, where=condition, exact=False) -> Int",
        ),
        "distinct",
        Value.KEY,
        _BY_OVER,
        ("where", "exact"),
    ),
    Stateful(
        Function(
            "sum",
            (),
            INT,
            "The sum of a whole number over the events with the same key within `over`, this one included.",
            signature="sum(number, by=key, over=duration, where=condition) -> Int",
        ),
        "sum",
        Value.NUMBER,
        _BY_OVER,
    ),
    Stateful(
        Function(
            "rate",
            (),
            FLOAT,
            "How many events with the same key there were in each `per`, on average over `over`.",
            signature="rate(by=key, over=duration, per=1 * hour, where=condition) -> Float",
        ),
        "count",
        Value.NOTHING,
        _BY_OVER,
        ("per", "where"),
    ),
    Stateful(
        Function(
            "first_seen",
            (),
            TIME,
            "When the key's first event was, this one included; a key is forgotten after `over` without an event.",
            signature="first_seen(by=key, over=duration, where=condition) -> Time",
        ),
        "first_seen",
        Value.NOTHING,
        _BY_OVER,
    ),
    Stateful(
        Function(
            "last_seen",
            (),
            TIME,
            "When the key's previous event was, this one not included; unknown where there was none within `over`.",
            signature="last_seen(by=key, over=duration, where=condition) -> Time",
        ),
        "last_seen",
        Value.NOTHING,
        _BY_OVER,
    ),
    Stateful(
        Function(
            "rate_limited",
            (),
            BOOL,
            "The key has no token left. It has `burst` tokens at first (as many as the rate's number unless given), "
            "gets new ones at the rate, and each event takes one, unless none is left.",
            signature="rate_limited(by=key, rate=per_hour(20), burst=n, where=condition) -> Bool",
        ),
        "rate_limited",
        Value.NOTHING,
        ("by", "rate"),
        ("burst", "where"),
    ),
    Stateful(
        Function(
            "trending",
            (),
            FLOAT,
            "How far the key's count in `over` is above what is usual for this key over `against`, "
            "in standard deviations; at most 0 for fewer than 5 events. "
            "Unknown until the key has been there for 5 such periods.",
            signature="trending(by=key, over=1 * hour, against=7 * days, where=condition) -> Float",
        ),
        "trending",
        Value.NOTHING,
        ("by",),
        ("over", "against", "where"),
    ),
    Stateful(
        Function(
            "similar",
            (),
            INT,
            "How many events within `over`, this one included, had nearly this text: the size of its cluster of "
            "near copies; with distinct=: how many different values of that they had. Copies have at least `threshold` "
            "of all their words in common; 0.5 is one word in three changed. Links, mentions, digits, emoji, accents "
            "and case do not count. Unknown for texts below 20 letters or four different words.",
            signature="similar(text, over=duration, by=key, distinct=value, threshold=0.5, where=condition) -> Int",
        ),
        "similar",
        Value.TEXT,
        ("over",),
        ("by", "distinct", "threshold", "where"),
    ),
    Stateful(
        Function(
            "heavy",
            (),
            INT,
            "At least how many events the key had within `over`, when it is among the most frequent keys, else 0. "
            "Only `slots` keys are remembered for each twelfth of `over`, so keys may be anything; what is left out "
            "of a count is at most one event in `slots` of all.",
            signature="heavy(by=key, over=duration, slots=1000, where=condition) -> Int",
        ),
        "heavy",
        Value.NOTHING,
        _BY_OVER,
        ("slots", "where"),
    ),
)

STATEFUL: dict[str, Stateful] = {entry.function.name: entry for entry in _ENTRIES}

RATES: dict[str, int] = {
    "per_second": 1_000_000,
    "per_minute": 60_000_000,
    "per_hour": 3_600_000_000,
    "per_day": 86_400_000_000,
}
"""What `rate=` takes, and how many microseconds each is over."""
