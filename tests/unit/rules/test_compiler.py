"""A compiler that remembers gives what a new one gives, whatever changed in between."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skywarden.rules import Compiler, ParameterFile, Plan, RuleErrors, RuleFile, Sets
from skywarden.rules.problems import Problem

HEAD = "from skywarden.lang import *\n"
SHARED = [
    "YOUNG = 14 * days\nyoung = author.age < YOUNG\n",
    "YOUNG = 7 * days\nyoung = author.age < YOUNG\n",
    "\nYOUNG = 14 * days\nyoung = author.age < YOUNG\n",
    "young = author.posts < 3\n",
    "from .other import young as old\nyoung = not old\n",
    "young = author.agee < 3\n",
]
OTHER = ["", "young = author.age < 3 * days\n", "from .shared import young\nold = not young\n"]
RULE = '@rule(on=post.created, then=tag(author, "x"))\ndef {name}():\n    """."""\n    return {condition}\n'
CONDITIONS = [
    "young",
    "young and count(by=author.did, over=1 * hour, where=young) > 3",
    'young and contains_any(post.text, wordlist("shops"))',
    "young and author.posts > MANY",
    'any(contains(x, "a") for x in post.tags) and young',
    "nothing",
]
WORDS = ["a shop", "b shop"]
PARAMETERS = ["", "[a]\nmany = 4\n", "[a]\nmony = 4\n"]


@st.composite
def rule_sets(draw: st.DrawFn) -> tuple[list[RuleFile], Sets, list[ParameterFile]]:
    files = [RuleFile("shared.py", HEAD + draw(st.sampled_from(SHARED)))]
    files.append(RuleFile("other.py", HEAD + draw(st.sampled_from(OTHER))))
    for name in draw(st.lists(st.sampled_from("abc"), unique=True, min_size=1)):
        many = f'from .shared import young\nMANY = parameter("many", {draw(st.integers(2, 3))})\n'
        body = RULE.format(name=draw(st.sampled_from([name, "d"])), condition=draw(st.sampled_from(CONDITIONS)))
        files.append(RuleFile(f"{name}.py", HEAD + many + body))
    sets = Sets({"shops": frozenset({draw(st.sampled_from(WORDS))})})
    return draw(st.permutations(files)), sets, [ParameterFile("p.toml", draw(st.sampled_from(PARAMETERS)))]


def outcome(
    compiler: Compiler, files: list[RuleFile], sets: Sets, parameters: list[ParameterFile]
) -> tuple[Plan, tuple[Problem, ...]] | str:
    try:
        return compiler.compile(files, Sets(sets.entries), parameters), compiler.warnings
    except RuleErrors as errors:
        return errors.text()


@settings(max_examples=60, deadline=None)
@given(st.lists(rule_sets(), min_size=2, max_size=6))
def test_a_compiler_gives_what_a_new_one_gives_after_any_changes(
    steps: list[tuple[list[RuleFile], Sets, list[ParameterFile]]],
) -> None:
    compiler = Compiler()
    for files, sets, parameters in steps:
        assert outcome(compiler, files, sets, parameters) == outcome(Compiler(), files, sets, parameters)


FILES = [
    RuleFile("shared.py", HEAD + SHARED[0]),
    RuleFile("a.py", HEAD + "from .shared import young\n" + RULE.format(name="a", condition="young")),
    RuleFile("b.py", HEAD + RULE.format(name="b", condition="author.age < 3 * days")),
]


def test_a_file_that_did_not_change_is_not_checked_again() -> None:
    compiler = Compiler()
    before = {rule.name: rule for rule in compiler.check(FILES)}
    after = {rule.name: rule for rule in compiler.check([*FILES[:2], replace(FILES[2], text=FILES[2].text + "\n")])}
    assert after["a"] is before["a"]
    assert after["b"] is not before["b"]


def test_a_changed_definition_reaches_the_files_that_import_it_and_no_others() -> None:
    compiler = Compiler()
    before = {rule.name: rule for rule in compiler.check(FILES)}
    changed = replace(FILES[0], text=HEAD + SHARED[1])
    after = {rule.name: rule for rule in compiler.check([changed, *FILES[1:]])}
    assert after["a"] is not before["a"]
    assert after["b"] is before["b"]


def test_after_an_error_the_next_good_state_compiles() -> None:
    compiler = Compiler()
    compiler.compile(FILES)
    with pytest.raises(RuleErrors):
        compiler.compile([replace(FILES[0], text=HEAD + SHARED[5]), *FILES[1:]])
    assert compiler.compile(FILES) == Compiler().compile(FILES)


def test_what_a_compiler_keeps_is_bounded_by_the_rules_that_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("skywarden.rules.plan.optimise._KEPT_AT_LEAST", 10)
    compiler = Compiler()
    for turn in range(40):
        files = [replace(file, text=file.text + "\n" * turn) for file in FILES]
        assert compiler.compile(files) == Compiler().compile(files)
        assert len(compiler._builder._optimiser._rules) <= 10 + 4 * 2
