"""Hostile rule texts get a clear error, quickly, and are never executed."""

import sys
from collections.abc import Callable

import pytest

from skywarden.rules import ParameterFile, Plan, RuleErrors, RuleFile, compile_rules
from skywarden.rules.core import Core
from skywarden.rules.limits import DEFAULT_LIMITS
from skywarden.rules.passes import fold
from skywarden.rules.passes.rewrite import Memo
from skywarden.rules.problems import Problem
from skywarden.rules.types import DURATION

HEAD = "from skywarden.lang import *\n"
RULE = HEAD + '@rule(on=post.created, then=label(post, "spam"))\ndef r():\n    """Because."""\n    return {}\n'

BAD: dict[str, tuple[str, str]] = {
    "attribute escape": ("().__class__.__mro__", "not in the rule language"),
    "power tower": ("10**10**9 > 1", "not in the rule language"),
    "text times number": ("'a' * 10000000000 == 'a'", "cannot be combined"),
    "statement after a semicolon": ("True; DROP", "without a condition"),
    "reading a file": ("read_csv('/etc/passwd')", "unknown function read_csv"),
    "calling eval": ("eval('1')", "unknown function eval"),
    "importing": ("__import__('os').system('true')", "cannot be called"),
    "a rule that calls itself": ("r()", "unknown function r"),
    "assignment within": ("(y := True)", "an assignment within an expression is not"),
    "lambda": ("(lambda: True)()", "a lambda is not"),
    "comprehension": ("[x for x in post.tags for y in post.tags]", "a list comprehension is not"),
    "two loops": ("any(x == y for x in post.tags for y in post.tags)", "more than one loop"),
    "f-string": ('contains(post.text, f"{author.did}")', "an f-string is not"),
    "bytes": ('contains(post.text, b"a")', "a bytes literal is not"),
    "starred": ("count(*[1])", "a starred argument is not"),
    "star star": ("count(**{})", "** in a call is not"),
    "ellipsis": ("...", "`...` is not"),
    "complex number": ("1j > 2", "a complex literal is not"),
    "infinite number": ("author.posts > 1e999", "number too large"),
    "not a number of TOML": ("author.posts > nan", "unknown name nan"),
    "nested repeats": (r'matches(post.text, "((a{100}){100}){100}")', "repetition"),
    "look-around": (r'matches(post.text, "(?<=a)b")', "cannot be used"),
    "deep parentheses": ("(" * 300 + "True" + ")" * 300, "not valid Python"),
    "deeper parentheses": ("(" * 20_000 + "True" + ")" * 20_000, "not valid Python"),
    "deep lists": ("[" * 150 + "]" * 150, "limit depth"),
    "deep calls": ("known(" * 150 + "1" + ")" * 150, "limit depth"),
    "deep attributes": ("a" + ".a" * 20_000, "limit depth"),
    "deep indexes": ("a" + "[0]" * 10_000, "limit depth"),
    "deep not": ("not " * 2_000 + "True", "nesting too large"),
    "deep minus": ("-" * 40_000 + "1 > 1", "too large"),
    "long sum": ("+".join(["1"] * 20_000) + " > 1", "too large"),
    "long chain": ("1" + "<1" * 20_000, "limit nodes_per_file"),
    "long conjunction": (" and ".join(["True"] * 14_000), "limit file_bytes"),
    "wide conjunction": (" and ".join(f"author.posts > {n}" for n in range(400)), "limit nodes_per_rule"),
    "many keywords": ("contains(" + ",".join(f"a{n}=1" for n in range(4_000)) + ")", "does not fit here"),
    "huge number": ("author.followers > " + "9" * 5_000, "not valid Python"),
    "huge hexadecimal number": ("author.followers > 0x" + "f" * 40_000, "number too large"),
    "number past 64 bits": ("author.followers > 9223372036854775808", "number too large"),
    "long text": ("contains(post.text, '" + "a" * 10_001 + "')", "limit text_chars"),
    "lone surrogate": ("contains(post.text, '\\ud800')", "cannot be encoded"),
    "null byte": ("True \x00", "not valid Python"),
}

MANY_RULES = "".join(f"{RULE.replace('{}', 'a')[len(HEAD) :]}".replace("def r", f"def r{n}") for n in range(200))
BAD_FILES: dict[str, tuple[str, str]] = {
    "null bytes": ("\x00" * 40_000, "not valid Python"),
    "ten million characters": ("#" * 10_000_000, "limit file_bytes"),
    "thousands of unknown names": (
        HEAD + "\n".join(f"x{n} = authr.agge{n}" for n in range(2_000)),
        "limit problems_per_file",
    ),
    "thousands of foreign statements": (HEAD + "lambda: 1\n" * 4_900, "limit problems_per_file"),
    "thousands of names in the reason": (
        RULE.replace("{}", "True").replace("Because", " ".join(f"{{a{n}}}" for n in range(1_000))),
        "limit problems_per_file",
    ),
    "a long reason": (RULE.replace("{}", "True").replace("Because", "{" * 12_000), "limit text_chars"),
    "format tricks in the reason": (
        RULE.replace("{}", "True").replace("Because", "{author.did.__class__.__mro__}{0}{!r}{a:>{w}}"),
        "unknown name {author.did.__class__.__mro__}",
    ),
    "a large value in many rules": (
        HEAD + "a = " + " and ".join(f"author.posts > {n}" for n in range(200)) + "\n" + MANY_RULES,
        "limit nodes_through_names",
    ),
    "a name of itself": (HEAD + "x = x and True\n", "x is used before it is defined"),
    "names of each other": (HEAD + "x = y\ny = x\n", "y is used before it is defined"),
    "a file that imports itself": (HEAD + "from .bad import x\nx = True\n", "files that import each other"),
    "an import from far above": (HEAD + f"from {'.' * 1_000}a import x\ny = x\n", "no rule file"),
    "thousands of decorators": (HEAD + "@rule\n" * 5_000 + "def f(): pass\n", "a function that is not a rule"),
    "a default that computes": (HEAD + "def f(x=().__class__.__bases__): pass\n", "a function that is not a rule"),
    "an annotation that computes": (
        RULE.replace("{}", "True").replace("r():", "r() -> f('x'):"),
        "this annotation is not",
    ),
    "tabs and spaces": (HEAD + "if True:\n\tx\n        y\n", "not valid Python"),
    "raising": ("raise SystemExit(3)\n", "raise is not in the rule language"),
    "leaving": ("import os\nos._exit(3)\n", "a bare expression is not in the rule language"),
}

BAD_TOML: dict[str, tuple[str, str]] = {
    "deep arrays": ("a = " + "[" * 20_000, "not valid TOML"),
    "a number of many digits": ("[bad]\na = " + "9" * 5_000, "not valid TOML"),
    "ten million characters": ("#" * 10_000_000, "limit file_bytes"),
    "a section of itself": ("[bad]\n[bad]\n", "not valid TOML"),
    "deep sections": (f"[{'.'.join(['a'] * 2_000)}]\nb = 1", "no rule file for parameter"),
}


def problems_of(text: str) -> tuple[Problem, ...]:
    with pytest.raises(RuleErrors) as raised:
        compile_rules([RuleFile("bad.py", text)])
    assert raised.value.text()
    return raised.value.problems


MOST_CALLS = 600_000
"""Python and C calls that take under 100 ms; counted, so that a busy machine does not fail a test."""


def calls(run: Callable[[], object]) -> int:
    """How many calls a run makes: the same number every time."""
    made = 0

    def count(frame: object, event: str, argument: object) -> None:
        nonlocal made
        made += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        run()
    finally:
        sys.setprofile(None)
    return made


EVERY = {name: (RULE.replace("{}", text), sentence) for name, (text, sentence) in BAD.items()} | BAD_FILES


@pytest.mark.parametrize("name", EVERY)
def test_a_hostile_file_is_refused_with_a_clear_sentence(name: str) -> None:
    text, sentence = EVERY[name]
    found = problems_of(text)
    assert any(sentence in problem.sentence() for problem in found), [problem.sentence() for problem in found]
    assert len(found) <= DEFAULT_LIMITS.problems_per_file + 5


@pytest.mark.parametrize("name", EVERY)
def test_a_hostile_file_is_refused_before_it_costs_much(name: str) -> None:
    text = EVERY[name][0]
    assert calls(lambda: problems_of(text)) < MOST_CALLS


@pytest.mark.parametrize("name", BAD_TOML)
def test_a_hostile_parameter_file_is_refused_with_a_clear_sentence(name: str) -> None:
    text, sentence = BAD_TOML[name]
    with pytest.raises(RuleErrors) as raised:
        compile_rules([RuleFile("bad.py", "")], parameters=[ParameterFile("parameters.toml", text)])
    assert any(sentence in problem.sentence() for problem in raised.value.problems)


def test_a_constant_is_folded_once_however_many_windows_name_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted, not timed: so many folds as there are definitions, not as there are uses."""
    folded: list[Core] = []
    whole = fold.fold_constants

    def counted(node: Core, memo: Memo) -> Core:
        folded.append(node)
        return whole(node, memo)

    monkeypatch.setattr(fold, "fold_constants", counted)
    windows = " or ".join(f"count(by=author.did, over=LONG) > {n}" for n in range(100))
    compile_rules([RuleFile("a.py", HEAD + "LONG = 3 * hours\n" + RULE.replace("{}", windows)[len(HEAD) :])])
    assert sum(node.type == DURATION for node in folded) <= 3


def test_names_that_double_each_other_are_refused_before_they_grow() -> None:
    lines = ["x0 = author.has_avatar"] + [f"x{n} = x{n - 1} and x{n - 1}" for n in range(1, 300)]
    text = (
        HEAD
        + "\n".join(lines)
        + '\n@rule(on=post.created, then=tag(author, "x"))\ndef r():\n    """."""\n    return x299\n'
    )
    assert calls(lambda: problems_of(text)) < MOST_CALLS
    assert any("limit depth_through_names" in problem.sentence() for problem in problems_of(text))


def test_names_that_double_each_other_less_deep_stay_small() -> None:
    lines = ["x0 = author.has_avatar"] + [f"x{n} = x{n - 1} or x{n - 1}" for n in range(1, 40)]
    text = (
        HEAD
        + "\n".join(lines)
        + '\n@rule(on=post.created, then=tag(author, "x"))\ndef r():\n    """."""\n    return x39\n'
    )
    plan: Plan = compile_rules([RuleFile("doubling.py", text)])
    assert len(plan.scopes[0].nodes) < 100


@pytest.mark.parametrize("pattern", [r"(a+)+$", r"^(\w+\s?)*$"])
def test_patterns_that_explode_elsewhere_are_legal_since_matching_is_linear(pattern: str) -> None:
    assert compile_rules([RuleFile("linear.py", RULE.replace("{}", f"matches(post.text, r'{pattern}')"))]).rules


def test_problems_of_all_files_come_together_in_their_order() -> None:
    files = [RuleFile(f"{name}.py", RULE.replace("{}", "nothing")) for name in ("b", "a")]
    with pytest.raises(RuleErrors) as raised:
        compile_rules(files)  # the second file has a rule of the same name, too
    places = [(problem.span.file, problem.span.line) for problem in raised.value.problems]
    assert places == [("a.py", 3), ("a.py", 5), ("b.py", 5)]


def test_problems_point_at_characters_not_bytes() -> None:
    (problem,) = problems_of(RULE.replace("{}", "contains(post.text, 'ä😀ä') and nothing"))
    assert (problem.span.line, problem.span.column, problem.span.end_column) == (5, 43, 50)
