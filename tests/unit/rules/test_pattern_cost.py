"""A pattern whose cost is out of line is refused, and the error says what it costs."""

import re
from time import thread_time

import pytest

from skywarden.rules import RuleFile
from skywarden.rules.compiler import Compiler
from skywarden.rules.limits import Limits
from skywarden.rules.patterns.cost import cost_in_usual_patterns
from skywarden.rules.problems import RuleErrors

HEAD = 'from skywarden.lang import *\n@rule(on=post.created, then=tag(author, "x"))\ndef r():\n    """."""\n'
DEAR = RuleFile("p.py", HEAD + '    return matches(post.text, r"\\C[ab].{200}c")\n')


@pytest.mark.parametrize(
    "pattern",
    [r"free\s+(crypto|nft)", r"\bclick\b", r"(?i)win\s+a\s+prize", "(?i)привет", r"https?://\S+", r"(a|b)foo(c|d)"],
)
def test_a_pattern_with_three_fixed_letters_is_usual_without_being_timed(pattern: str) -> None:
    assert cost_in_usual_patterns(pattern, thread_time) == 1


@pytest.mark.parametrize(
    "pattern",
    ["e", r"\d", "!{3,}", "(?i)[A-Z]{12,}", r"^\s*$", r"\w+@\w+", r"(a+)+$", r"^(\w+\s?)*$", r"[^\x00-\x7f]", r"\pL"],
)
def test_patterns_that_are_found_often_or_have_no_fixed_letters_are_within_the_limit(pattern: str) -> None:
    Compiler(clock=thread_time).compile([RuleFile("p.py", f"{HEAD}    return matches(post.text, {pattern!r})\n")])


def test_without_a_clock_no_pattern_is_too_dear() -> None:
    assert Compiler().compile([DEAR]).rules


def test_a_pattern_out_of_line_is_refused_with_its_cost() -> None:
    with pytest.raises(RuleErrors) as caught:
        Compiler(clock=thread_time).compile([DEAR])
    assert re.search(r"the pattern costs as much as [\d,]+ usual patterns", str(caught.value))
    assert "at most 25 (limit pattern_cost)" in str(caught.value)


def test_a_dear_pattern_within_the_limit_is_warned_of_with_its_cost() -> None:
    rule = RuleFile("p.py", f"{HEAD}    return matches(post.text, r'(?i)[A-Z]{{12,}}')\n")
    compiler = Compiler(Limits(pattern_cost=1_000, pattern_cost_unwarned=2), thread_time)
    compiler.compile([rule])
    messages = [re.sub(r"\d+", "N", problem.message) for problem in compiler.warnings if problem.code == "cost"]
    assert messages == ["the pattern costs as much as N usual patterns"]


def test_a_pattern_has_one_cost() -> None:
    pattern = r"[aeiou]{3}\d"
    assert cost_in_usual_patterns(pattern, thread_time) == cost_in_usual_patterns(pattern, thread_time)
