"""Turn what a person types into a search box into a query.

    "exact words" word -word from:alice.example lang:en domain:spam.example tag:art kind:post since:7d until:2026-11-01

Words and phrases must all be there; a minus says must not. Of several filters of one name one must hold.
Raises: Rejected for what cannot be meant, with its place, what was expected and what to write instead.
"""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from difflib import get_close_matches

from skywarden.kernel.clock import SECOND_US
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import UtcMicros
from skywarden.search.tokens import Term, search_form, terms

MAX_CHARS = 1_000
MAX_ITEMS = 40
KINDS = ("post", "profile", "account", "list", "starterpack", "feed")
FILTERS = ("from", "lang", "domain", "tag", "kind", "since", "until")

_ITEM = re.compile(
    r'\s*(?P<minus>-?)(?:(?P<name>[A-Za-z]+):(?!//))?(?:"(?P<quoted>[^"]*)(?P<end>"?)|(?P<word>[^\s"]+))?'
)
_AGO = re.compile(r"(\d{1,6})(m|h|d|w)")
_UNIT_S = {"m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_EXAMPLE = 'write words, "a phrase", -not, or a filter like from:alice.example since:7d'


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that stand together in this order, as they were asked for and as tokens."""

    text: str
    terms: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Filter:
    """One of `values` (or none of them) is the document's `name`."""

    name: str
    values: tuple[str, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """What a document must and must not have; times are those at which it was witnessed, [since_us, until_us)."""

    phrases: tuple[Phrase, ...] = ()
    excluded: tuple[Phrase, ...] = ()
    filters: tuple[Filter, ...] = ()
    since_us: UtcMicros | None = None
    until_us: UtcMicros | None = None


@dataclass(slots=True)
class _Reading:
    """What has been read so far."""

    now_us: UtcMicros
    phrases: list[Phrase] = field(default_factory=list)
    excluded: list[Phrase] = field(default_factory=list)
    filters: dict[tuple[str, bool], list[str]] = field(default_factory=dict)
    times: dict[str, UtcMicros] = field(default_factory=dict)


def parse_query(text: str, now_us: UtcMicros) -> SearchQuery:
    """Read a query; `now_us` is what since:7d counts back from. Raises: Rejected."""
    if len(text) > MAX_CHARS:
        raise Rejected("query is too long", expected=f"at most {MAX_CHARS} characters", found=str(len(text)))
    reading, at, count = _Reading(now_us), 0, 0
    while match := _next(text, at):
        _read(match, reading)
        at, count = match.end(), count + 1
        if count > MAX_ITEMS:
            raise Rejected("query has too many parts", expected=f"at most {MAX_ITEMS} words and filters")
    if not count:
        raise Rejected("query is empty", hint=_EXAMPLE)
    filters = tuple(Filter(name, tuple(values), negated) for (name, negated), values in reading.filters.items())
    since, until = reading.times.get("since"), reading.times.get("until")
    return SearchQuery(tuple(reading.phrases), tuple(reading.excluded), filters, since, until)


def _next(text: str, at: int) -> re.Match[str] | None:
    """The next word, phrase or filter; None at the end."""
    match = _ITEM.match(text, at)
    return match if match is not None and match[0].strip() else None


def _read(match: re.Match[str], reading: _Reading) -> None:
    place = f"column {match.end() - len(match[0].lstrip()) + 1}"
    if match["quoted"] is not None and not match["end"]:
        raise Rejected("quote is not closed", place=place, expected='a second "', found=match[0].strip())
    value = match["quoted"] if match["quoted"] is not None else match["word"] or ""
    negated, name = bool(match["minus"]), match["name"]
    if name is not None:
        _read_filter(name, value, negated, place, reading)
        return
    found = terms(value)
    if not found:
        hint = "letters, digits and emoji can be searched, punctuation alone cannot"
        raise Rejected("nothing to search for", place=place, found=match[0].strip(), hint=hint)
    (reading.excluded if negated else reading.phrases).append(Phrase(value, found))


def _read_filter(name: str, value: str, negated: bool, place: str, reading: _Reading) -> None:
    lowered = name.lower()
    if lowered == "did":
        hint = f"write from:{name}:{value} for the account, or put it into quotes to search texts"
        raise Rejected("a DID is not a word", place=place, found=f"{name}:{value}", hint=hint)
    if lowered not in FILTERS:
        near = get_close_matches(lowered, FILTERS, 1)
        meant = f"did you mean {near[0]}:? " if near else ""
        hint = f"{meant}put it into quotes to search for the text itself"
        expected = ", ".join(f"{known}:" for known in FILTERS)
        raise Rejected("unknown filter", place=place, expected=expected, found=f"{name}:", hint=hint)
    if not value:
        raise Rejected("filter has no value", place=place, found=f"{name}:", hint=f"write it without a space: {name}:X")
    if lowered in ("since", "until"):
        if negated or lowered in reading.times:
            hint = "since: and until: stand once, and never with a minus"
            raise Rejected("time cannot be used so", place=place, found=f"{name}:{value}", hint=hint)
        reading.times[lowered] = _time(value, reading.now_us, place)
        return
    reading.filters.setdefault((lowered, negated), []).append(_value(lowered, value, place))


def _value(name: str, value: str, place: str) -> str:
    """A filter's value as the index spells it."""
    if name == "from":
        return value if value.startswith("did:") else value.removeprefix("@").lower()
    if name == "tag":
        return search_form(value.removeprefix("#"))
    if name == "domain":
        return value.lower().removeprefix("http://").removeprefix("https://").rstrip("/").rstrip(".")
    lowered = value.lower()
    if name == "kind" and lowered not in KINDS:
        raise Rejected("unknown kind", place=place, expected=", ".join(KINDS), found=value)
    return lowered


def _time(value: str, now_us: UtcMicros, place: str) -> UtcMicros:
    """A day, a moment (UTC where it names no zone) or so long ago. Units: microseconds."""
    if ago := _AGO.fullmatch(value):
        return UtcMicros(now_us - int(ago[1]) * _UNIT_S[ago[2]] * SECOND_US)
    try:
        moment = datetime.fromisoformat(value)
    except ValueError as error:
        expected = "2026-11-01, 2026-11-01T10:30, or so long ago: 30m, 24h, 7d, 4w"
        raise Rejected("not a time", place=place, expected=expected, found=value) from error
    return UtcMicros(round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * SECOND_US))
