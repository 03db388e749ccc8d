"""Decide rules one event at a time, slowly and plainly: the engine must agree (INV-3, INV-4).

Reads the checked tree before any pass, so the passes, the plan, the operators and the windows are all under test.
None is unknown. Only the text measures themselves are shared with the engine.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import re2

from naive_words import any_stands_in
from oracle.naive_functions import KNOWN, compute
from oracle.naive_records import RECORD_READS
from oracle.naive_windows import WINDOWS, Memory, Plain, Scalar, Seen
from skywarden.detectors.text.copies import same_text_key
from skywarden.detectors.text.names import name_key
from skywarden.detectors.text.normal import normalise
from skywarden.detectors.text.skeleton import skeleton
from skywarden.detectors.text.words import LookalikeFinder
from skywarden.detectors.url.misleading import is_misleading
from skywarden.rules.catalog import known_kind
from skywarden.rules.core import (
    Apply,
    CheckedRule,
    Column,
    Const,
    Core,
    Element,
    Named,
    Quantify,
    Window,
)
from skywarden.rules.source import SetRef
from skywarden.rules.types import DURATION, FLOAT

Event = Mapping[str, object]

_INT64 = 2**63
_ACTIONS = ("create", "update", "delete")


@dataclass(slots=True)
class NaiveRule:
    """One rule with all the events that its windows have ever seen."""

    rule: CheckedRule
    sets: Mapping[str, frozenset[str]]
    past: dict[int, list[Seen]] = field(default_factory=dict)
    now_us: int = 0
    event: Event = field(default_factory=dict)
    _answers: dict[int, Plain] = field(default_factory=dict)

    def decide(self, event: Event, now_us: int) -> tuple[bool, dict[str, Plain]] | None:
        """Is the rule true for the event, and with which values? None: it is not on such events."""
        if not any(_is_of_kind(event, path) for path in self.rule.on):
            return None
        self.event, self.now_us, self._answers = event, now_us, {}
        values = {name: self.value(core) for name, core in self.rule.values}
        return self.value(self.rule.condition) is True, values

    def value(self, node: Core, element: Scalar = None) -> Plain:
        """The value of a tree for the current event."""
        match node:
            case Const(value=value):
                return value
            case Column(name="time_us"):
                return self.now_us
            case Column(name=name):
                return _plain(self.event[name])
            case Element():
                return element
            case Named(target=target):
                return self.value(target, element)
            case Quantify():
                return self._quantify(node)
            case Window():
                return self._window(node)
            case Apply():
                return self._apply(node, element)

    def _apply(self, node: Apply, element: Scalar) -> Plain:
        if node.op == "set":
            return None
        args = [self.value(arg, element) for arg in node.args]
        if node.op in RECORD_READS:
            return RECORD_READS[node.op](args[0], node.params[0])
        special = _SPECIAL.get(node.op)
        if special is not None:
            return special(args)
        if node.op == "choose":
            return None if args[0] is None else _as(node, args[1 if args[0] else 2])
        if any(arg is None for arg in args):
            return None
        if node.op in KNOWN:
            return compute(node.op, args, node.params, self.sets)
        if node.op in _TEXTS:
            return _TEXTS[node.op](str(args[0]))
        if node.op in _LOOKUPS:
            param = node.params[0]
            entries = self.sets[param.name] if isinstance(param, SetRef) else frozenset(_texts(param))
            return _LOOKUPS[node.op](str(args[0]), entries)
        if node.op in _SEARCHES:
            return _search(node, str(args[0]))
        return _compute(node, args)

    def _quantify(self, node: Quantify) -> Plain:
        items = self.value(node.items)
        if not isinstance(items, list):
            return None
        outcomes = [self.value(node.condition, item) for item in items]
        unknown = any(outcome is None for outcome in outcomes)
        if node.op == "any":
            return True if True in outcomes else (None if unknown else False)
        if node.op == "all":
            return False if False in outcomes else (None if unknown else True)
        return None if unknown else sum(outcome is True for outcome in outcomes)

    def _window(self, node: Window) -> Plain:
        if id(node) not in self._answers:
            self._answers[id(node)] = self._observe(node)
        return self._answers[id(node)]

    def _observe(self, node: Window) -> Plain:
        keys = _combinations([self.value(key) for key in node.keys])
        adds = node.where is None or self.value(node.where) is True
        members: list[Scalar] = [None]
        if node.value is not None:
            value = self.value(node.value)
            members = [member for member in (value if isinstance(value, list) else [value]) if member is not None]
        whose = None if node.member is None else self.value(node.member)
        assert not isinstance(whose, list)
        adds = adds and (node.member is None or whose is not None)
        asked = Seen(self.now_us, keys, members, whose)
        past = self.past.setdefault(id(node), [])
        if adds and keys:
            past.append(asked)
        answers = [WINDOWS[node.op](Memory(node, past, key, asked, adds)) for key in keys]
        known = [answer for answer in answers if answer is not None]
        return (min if node.op == "first_seen" else max)(known, default=None)


def run_naively(
    rules: Sequence[CheckedRule], sets: Mapping[str, frozenset[str]], events: Sequence[Event]
) -> list[tuple[int, str, bool, dict[str, Plain]]]:
    """Every rule's outcome and values on every event it is on."""
    naive = [NaiveRule(rule, sets) for rule in rules]
    found = []
    clock_us = 0
    for offset, event in enumerate(events):
        time_us = event["time_us"]
        assert isinstance(time_us, int)
        clock_us = max(clock_us, time_us)
        for rule in naive:
            outcome = rule.decide(event, clock_us)
            if outcome is not None:
                found.append((offset, rule.rule.name, *outcome))
    return found


def _is_of_kind(event: Event, path: str) -> bool:
    kind = known_kind(path)
    return (
        event["kind"] == kind.kind
        and (not kind.actions or event["action"] in kind.actions)
        and kind.collection in (None, event["collection"])
        and (kind.present is None or event[kind.present] is not None)
        and (kind.changed is None or _differ(*(event[name] for name in kind.changed)))
    )


def _differ(new: object, old: object) -> bool:
    return new is not None and old is not None and new != old


def _plain(value: object) -> Plain:
    assert value is None or isinstance(value, bool | int | float | str | list)
    return value


def _texts(param: object) -> list[str]:
    assert isinstance(param, tuple)
    return [str(entry) for entry in param]


def _combinations(parts: Sequence[Plain]) -> list[tuple[Scalar, ...]]:
    """The keys of an event: one, or one for each different element of its list; none where a part is unknown."""
    keys: list[tuple[Scalar, ...]] = [()]
    for part in parts:
        options = part if isinstance(part, list) else [part]
        keys = [(*key, option) for key in keys for option in options if option is not None]
    return list(dict.fromkeys(keys))


def _and(args: list[Plain]) -> Plain:
    return False if False in args else (None if None in args else True)


def _or(args: list[Plain]) -> Plain:
    return True if True in args else (None if None in args else False)


def _list_has(args: list[Plain]) -> Plain:
    """As any(x == value for x in items): nothing is in an empty list, whatever is asked for."""
    items, value = args
    if not isinstance(items, list):
        return None
    if value is None or value not in items:
        return None if items and (value is None or None in items) else False
    return True


def _has_record(action: Plain) -> bool:
    return action in (0, 1)


def _partners(args: list[Plain], keep: Callable[[Scalar, Scalar], bool], alone: bool = True) -> Plain:
    """Elements of the first list by their partner in the second; those without one stay or go alike."""
    first, second = args
    if not isinstance(first, list):
        return None
    if not isinstance(second, list) or len(second) != len(first):
        return first if alone else []
    return [item for item, mark in zip(first, second, strict=True) if keep(item, mark)]


def _misleads(link: Scalar, words: Scalar) -> bool:
    return isinstance(link, str) and isinstance(words, str) and is_misleading(link, words)


_SPECIAL: dict[str, Callable[[list[Plain]], Plain]] = {
    "and": _and,
    "or": _or,
    "list_has": _list_has,
    "known": lambda args: args[0] is not None,
    "or_else": lambda args: args[1] if args[0] is None else args[0],
    "present": lambda args: args[0] is not None if _has_record(args[1]) else None,
    "record_list": lambda args: [] if args[0] is None and _has_record(args[1]) else args[0],
    "without_true": lambda args: _partners(args, lambda item, mark: mark is not True),
    "misleading_links": lambda args: _partners(args, _misleads, alone=False),
    "action_name": lambda args: None if not isinstance(args[0], int) else _ACTIONS[args[0]],
}

_TEXTS: dict[str, Callable[[str], Plain]] = {
    "fold": str.casefold,
    "normalise": normalise,
    "skeleton": skeleton,
    "same_text": same_text_key,
    "name_key": name_key,
    "length": len,
}

_LOOKUPS: dict[str, Callable[[str, frozenset[str]], bool]] = {
    "in_set": lambda text, entries: text in entries,
    "in_values": lambda text, entries: text in entries,
    "contains_any": lambda text, entries: any_stands_in(entries, text),
    "looks_like_any": lambda text, entries: LookalikeFinder(entries).found_in(text),
}

_SEARCHES = frozenset({"contains", "starts_with", "ends_with", "matches"})


def _search(node: Apply, text: str) -> bool:
    part = str(node.params[0])
    if node.op == "matches":
        return bool(re2.search(part, text))
    if not node.params[1]:
        text, part = text.casefold(), part.casefold()
    if node.op == "contains":
        return part in text
    return text.startswith(part) if node.op == "starts_with" else text.endswith(part)


def _compute(node: Apply, args: list[Plain]) -> Plain:
    match node.op, args:
        case "not", [value]:
            return not value
        case "list_length", [list() as items]:
            return len(items)
        case "record_uri", [did, collection, rkey]:
            return f"at://{did}/{collection}/{rkey}"
        case "neg", [int() | float() as value]:
            return -value
        case op, [left, right] if op.removeprefix("text_") in _COMPARISONS:
            return _COMPARISONS[op.removeprefix("text_")](left, right)
        case op, [int() | float() as left, int() | float() as right]:
            return _arithmetic(node, left, right)
    raise AssertionError(f"the naive interpreter does not know {node.op} of {args}")


_COMPARISONS: dict[str, Callable[[object, object], bool]] = {
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
    "lt": lambda a, b: a < b,  # type: ignore[operator]  # the checker has seen to the types
    "le": lambda a, b: a <= b,  # type: ignore[operator]
    "gt": lambda a, b: a > b,  # type: ignore[operator]
    "ge": lambda a, b: a >= b,  # type: ignore[operator]
}


def _as(node: Apply, value: Plain) -> Plain:
    return float(value) if node.type == FLOAT and isinstance(value, int) else value


def _arithmetic(node: Apply, left: int | float, right: int | float) -> Scalar:
    if node.op in ("div", "floordiv", "mod") and right == 0:
        return None
    results: dict[str, Callable[[], int | float]] = {
        "add": lambda: left + right,
        "sub": lambda: left - right,
        "mul": lambda: left * right,
        "div": lambda: left / right,
        "floordiv": lambda: left // right,
        "mod": lambda: left % right,
        "minimum": lambda: min(left, right),
        "maximum": lambda: max(left, right),
    }
    result = results[node.op]()
    if node.type == FLOAT:
        return float(result)
    if node.type == DURATION:
        result = round(result)
    return int(result) if -_INT64 < result < _INT64 else None
