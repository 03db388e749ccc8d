"""Estimate how many keys each window would hold on a busy network, and refuse what no memory holds.

The estimate is an assumption written down, not a measurement: `Limits` says how many events a second and how many
active accounts it reckons with, the tables below how they fall on kinds of events and values.
"""

import math
from collections.abc import Sequence

from skywarden.rules.catalog import EventKind
from skywarden.rules.catalog.events import known_kind
from skywarden.rules.check.context import Context
from skywarden.rules.check.wording import in_words
from skywarden.rules.core import Apply, Column, Const, Core, Window, children, every_node, unnamed
from skywarden.rules.types import BOOL, Base

SHARES: dict[str, float] = {
    "like": 0.4,
    "follow": 0.2,
    "post": 0.1,
    "repost": 0.08,
    "block": 0.05,
    "profile": 0.02,
    "identity": 0.02,
    "account": 0.01,
    "report": 0.001,
    "moderation": 0.001,
    "record": 1.0,
}
"""The part of all events that a group of kinds is; any other group is one in a hundred."""

_OTHER_SHARE = 0.01
_BY_ACTION = {"updated": 0.02, "deleted": 0.1}

VALUES: dict[str, int] = {
    "action": 3,
    "collection": 300,
    "embed_kind": 20,
    "source": 100,
    "langs": 300,
    "account_status": 10,
    "report_reason": 100,
    "moderation_event": 50,
    "author_pds_host": 10_000,
    "domains": 500_000,
    "author_labels": 1_000,
    "author_tags": 1_000,
}
"""How many different values a column has, however long one waits."""

_OF_AUTHOR = frozenset({"did", "time_us", "handle", "previous_handle", "display_name", "description"})
_FEW, _OF_ONE = 1_000, 4
"""Of a value with few forms (a language, a collection) one account is reckoned with four."""

_WHERE_SHARE = 0.1
_BOUNDED = frozenset({"heavy"})  # by its slots


def check_state(on: Sequence[str], nodes: Sequence[Core], context: Context) -> None:
    """Note each window whose keys would be more than a feature may hold."""
    rate = context.limits.events_per_s * min(1.0, sum(_share(known_kind(path)) for path in on))
    for node in nodes:
        if isinstance(node, Window) and node.op not in _BOUNDED:
            _check_window(node, rate, context)


def _check_window(node: Window, rate: float, context: Context) -> None:
    limit = context.limits.feature_keys
    events = rate * node.over_us / 1_000_000 * (1.0 if node.where is None else _WHERE_SHARE)
    if node.op == "similar":
        parts: tuple[Core, ...] = ()
        keys = events
    else:
        parts = node.keys
        keys = min(events, _together(parts, context))
    if keys <= limit:
        return
    by = ", ".join(in_words(part) for part in parts) or "text"
    context.problem(
        node.span,
        "state",
        f"{node.op} would remember too much",
        expected=f"at most {limit:,} keys (limit feature_keys)",
        found=f"about {_rounded(keys)} within {_stretch(node.over_us)}: one for each {by}",
        hint=_hint(node, keys, limit),
    )


def _hint(node: Window, keys: float, limit: int) -> str:
    """The longest window that fits, and the condition that helps."""
    fits_us = int(node.over_us * limit / keys)
    parts = [f"a window of {_stretch(fits_us)} fits"]
    if node.where is None:
        parts.append("or let only some events count: where=..., taken as one event in ten")
    return ", ".join(parts)


def _share(kind: EventKind) -> float:
    action = kind.path.split("(")[0].rpartition(".")[2]
    return SHARES.get(kind.group, _OTHER_SHARE) * _BY_ACTION.get(action, 1.0)


def _together(parts: Sequence[Core], context: Context) -> float:
    """How many combinations of values there are; an author has one handle at a time."""
    of_author = [part for part in parts if _is_of_author(part)]
    others = [part for part in parts if not _is_of_author(part)]
    authors = min(math.prod(_different(part, context) for part in of_author), context.limits.active_accounts)
    found = [_different(part, context) for part in others]
    if of_author:
        found = [min(number, _OF_ONE) if number <= _FEW else number for number in found]
    return authors * math.prod(found)


def _is_of_author(node: Core) -> bool:
    columns = [part.name for part in every_node([node]) if isinstance(part, Column) and not _is_action(part)]
    return bool(columns) and all(name in _OF_AUTHOR or name.startswith("author_") for name in columns)


def _different(node: Core, context: Context) -> float:
    """How many values a key can have; unbounded where it grows with the events."""
    node = unnamed(node)
    if isinstance(node, Const):
        return 1
    if node.type == BOOL:
        return 2
    if isinstance(node, Column):
        if node.name in VALUES:
            return VALUES[node.name]
        of_accounts = node.type.base is Base.DID or _is_of_author(node)
        return context.limits.active_accounts if of_accounts else math.inf
    operands = [part for part in children(node) if not _is_action(part)]
    if not isinstance(node, Apply) or node.op == "record_uri" or not operands:
        return math.inf
    return _together(operands, context)


def _is_action(node: Core) -> bool:
    """The column that only tells whether the record is there."""
    return isinstance(node, Column) and node.name == "action"


def _rounded(number: float) -> str:
    return f"{number / 1e6:,.0f} million" if number < 1e9 else f"{number / 1e9:,.1f} billion"


def _stretch(micros: int) -> str:
    seconds = micros // 1_000_000
    for size, unit in ((86_400, "days"), (3_600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} seconds"
