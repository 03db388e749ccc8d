"""Turn the patterns of queryLabels into one SQL query over published labels."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, false, or_, select, true, union_all

from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import UtcMicros
from skywarden.storage.tables import LABEL

_AT = "at://"
_NARROW_CHARS = 3


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
        _matches(query),
    ]
    if query.sources:
        conditions.append(LABEL.c.src.in_(query.sources))
    return select(LABEL).where(*conditions).order_by(LABEL.c.seq).limit(query.limit + 1)


def _matches(query: LabelQuery) -> ColumnElement[bool]:
    """Narrow patterns are looked up by uri; a broad one is met so often that walking along seq finds a page sooner."""
    exact = [pattern for pattern in query.patterns if "*" not in pattern and _is_plain(pattern)]
    prefixes = [prefix for pattern in query.patterns if "*" in pattern for prefix in _prefixes(pattern)]
    if not exact and not prefixes:
        return false()
    if all(_is_narrow(prefix) for prefix in prefixes):
        conditions = [_starts_with(LABEL.c.uri, prefix) for prefix in prefixes]
        if exact:
            conditions.append(LABEL.c.uri.in_(exact))
        found = [select(LABEL.c.seq).where(condition, LABEL.c.seq > query.after) for condition in conditions]
        # A table of its own, for MariaDB would look for each label of the stream whether a bare union has it.
        matches = union_all(*found).subquery("matches")
        return LABEL.c.seq.in_(select(matches.c.seq))
    uri = LABEL.c.uri + ""  # an expression, which no database answers from the index on uri
    return or_(uri.in_(exact), *(_starts_with(uri, prefix) for prefix in prefixes))


def _prefixes(pattern: str) -> list[str]:
    prefix = pattern[:-1]
    if "*" in prefix or not pattern.endswith("*"):
        raise Rejected("InvalidRequest", place="uriPatterns", expected="a * at the end only", found=repr(pattern[:200]))
    rest = prefix.removeprefix(_AT)
    if prefix.startswith(_AT) and "/" not in rest:
        # An account's label is on its DID, without at://, but whoever asks for at://did* means the account as well.
        return [prefix, rest or "did:"]
    return [prefix]


def _is_narrow(prefix: str) -> bool:
    """Say whether a prefix names so much of a DID that few labels can match, one in 32,768 for three characters."""
    parts = prefix.removeprefix(_AT).split(":", 2)
    return len(parts) == len(("did", "method", "name")) and len(parts[2]) >= _NARROW_CHARS


def _starts_with(uri: ColumnElement[str], prefix: str) -> ColumnElement[bool]:
    """A range instead of LIKE: an index serves it, and `%` and `_` are only characters."""
    if not prefix:
        return true()
    if not _is_plain(prefix):
        return false()
    return and_(uri >= prefix, uri < prefix[:-1] + chr(ord(prefix[-1]) + 1))


def _is_plain(text: str) -> bool:
    """Whether a uri may have these characters at all; some databases refuse even to compare others."""
    return text.isascii() and text.isprintable()
