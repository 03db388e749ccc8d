"""Turn the patterns of queryLabels into one SQL query over published labels."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, or_, select, true

from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import UtcMicros
from skywarden.storage.tables import LABEL

_AT = "at://"


@dataclass(frozen=True, slots=True)
class LabelQuery:
    """What to find: labels whose uri matches any pattern, from any of `sources` (empty: all), after seq `after`."""

    patterns: tuple[str, ...]
    sources: tuple[str, ...] = ()
    limit: int = 50
    after: int = 0


def select_labels(query: LabelQuery, now_us: UtcMicros) -> Select[tuple[object, ...]]:
    """Labels that hold now, in stream order; one more than the limit, to tell whether there is a next page.

    Negated, overwritten and expired labels do not hold.
    Raises: Rejected InvalidRequest, when a pattern has a `*` before its end.
    """
    conditions = [
        LABEL.c.seq > query.after,
        LABEL.c.superseded_by.is_(None),
        LABEL.c.neg.is_(False),
        or_(LABEL.c.expires_us.is_(None), LABEL.c.expires_us > now_us),
        _any_pattern(query.patterns),
    ]
    if query.sources:
        conditions.append(LABEL.c.src.in_(query.sources))
    return select(LABEL).where(*conditions).order_by(LABEL.c.seq).limit(query.limit + 1)


def _any_pattern(patterns: Sequence[str]) -> ColumnElement[bool]:
    exact = [pattern for pattern in patterns if "*" not in pattern]
    conditions: list[ColumnElement[bool]] = [LABEL.c.uri.in_(exact)] if exact else []
    for pattern in patterns:
        if "*" in pattern:
            conditions.extend(_starts_with(prefix) for prefix in _prefixes(pattern))
    return or_(*conditions)


def _prefixes(pattern: str) -> list[str]:
    prefix = pattern[:-1]
    if "*" in prefix or not pattern.endswith("*"):
        raise Rejected("InvalidRequest", place="uriPatterns", expected="a * at the end only", found=repr(pattern[:200]))
    rest = prefix.removeprefix(_AT)
    if prefix.startswith(_AT) and "/" not in rest:
        # An account's label is on its DID, without at://, but whoever asks for at://did* means the account as well.
        return [prefix, rest or "did:"]
    return [prefix]


def _starts_with(prefix: str) -> ColumnElement[bool]:
    """A range instead of LIKE: an index serves it, and `%` and `_` are only characters."""
    if not prefix:
        return true()
    if not (prefix.isascii() and prefix.isprintable()):
        return LABEL.c.uri == prefix  # no uri has such characters: this finds nothing
    return and_(LABEL.c.uri >= prefix, LABEL.c.uri < prefix[:-1] + chr(ord(prefix[-1]) + 1))
