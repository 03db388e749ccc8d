"""What is said never to be true, or never false, is so on every event, known or unknown."""

import operator
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from skywarden.rules import Compiler, RuleErrors, RuleFile

HEAD = "from skywarden.lang import *\n"
RULE = '@rule(on=post.created, then=tag(author, "x"))\ndef r():\n    """."""\n    return {}\n'
NAMES = ("author.posts", "author.followers", "author.has_avatar")
EVENTS = [
    dict(zip(NAMES, values, strict=True))
    for values in product((None, 0, 1, 2, 3, 4), (None, 1, 2, 3), (None, True, False))
]
COMPARE: dict[str, Callable[[int, int], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
Kleene = bool | None


@dataclass(frozen=True)
class Condition:
    """A condition as rule text, and what it is on each of EVENTS."""

    text: str
    outcomes: tuple[Kleene, ...]


def comparison(name: str, sign: str, constant: int, swapped: bool) -> Condition:
    values = [event[name] for event in EVENTS]
    compare = COMPARE[sign]
    if swapped:
        outcomes = [None if value is None else compare(constant, value) for value in values]
        return Condition(f"{constant} {sign} {name}", tuple(outcomes))
    return Condition(
        f"{name} {sign} {constant}", tuple(None if value is None else compare(value, constant) for value in values)
    )


def negation(part: Condition) -> Condition:
    return Condition(f"not ({part.text})", tuple(None if value is None else not value for value in part.outcomes))


def combination(word: str, parts: list[Condition]) -> Condition:
    ends = word == "or"
    outcomes = [
        ends if ends in values else (None if None in values else not ends)
        for values in zip(*(part.outcomes for part in parts), strict=True)
    ]
    return Condition(f" {word} ".join(f"({part.text})" for part in parts), tuple(outcomes))


def fallback(part: Condition, value: bool) -> Condition:
    outcomes = tuple(value if outcome is None else outcome for outcome in part.outcomes)
    return Condition(f"({part.text}).or_else({value})", outcomes)


LEAVES = st.one_of(
    st.builds(comparison, st.sampled_from(NAMES[:2]), st.sampled_from(list(COMPARE)), st.integers(1, 3), st.booleans()),
    st.just(Condition(NAMES[2], tuple(None if event[NAMES[2]] is None else bool(event[NAMES[2]]) for event in EVENTS))),
    st.booleans().map(lambda value: Condition(str(value), (value,) * len(EVENTS))),
)
CONDITIONS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(negation, inner),
        st.builds(combination, st.sampled_from(["and", "or"]), st.lists(inner, min_size=2, max_size=3)),
        st.builds(fallback, inner, st.booleans()),
    ),
    max_leaves=8,
)


def codes(text: str) -> set[str]:
    compiler = Compiler()
    try:
        compiler.compile([RuleFile("r.py", HEAD + RULE.format(text))])
    except RuleErrors as errors:
        return {problem.code for problem in errors.problems}
    return {problem.code for problem in compiler.warnings if "condition" in problem.message}


@settings(max_examples=300, deadline=None)
@given(CONDITIONS)
def test_a_rule_that_is_said_never_to_fire_does_not_and_one_said_always_to_is_never_false(condition: Condition) -> None:
    found = codes(condition.text)
    assert "unreachable" not in found or True not in condition.outcomes
    assert "always" not in found or False not in condition.outcomes


@given(st.integers(1, 3), st.integers(1, 3))
def test_two_bounds_of_one_number_are_told_exactly_when_nothing_fits_between(low: int, high: int) -> None:
    """The grid holds every whole number around the bounds, so it decides."""
    both = combination("and", [comparison(NAMES[0], ">", low, False), comparison(NAMES[0], "<", high, False)])
    assert ("unreachable" in codes(both.text)) == (True not in both.outcomes)
