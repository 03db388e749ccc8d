"""Parameter files put values in the place of defaults: the rule set's own first, the operator's last."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skywarden.rules import Compiler, ParameterFile, RuleErrors, RuleFile, compile_rules
from skywarden.rules.parameters import duration_of, shown
from skywarden.rules.types import DURATION

TEXT = '''"""Replies."""
from skywarden.lang import *

YOUNG = parameter("young", 14 * days, doc="Accounts younger than this.")
MANY = parameter("many", 20, least=2)


@rule(on=post.created, then=tag(author, "x"))
def young_ones():
    """."""
    return author.age < YOUNG


@rule(on=post.created, then=tag(author, "y"))
def many_posts():
    """."""
    return author.posts > MANY
'''
FILE = RuleFile("set/replies.py", TEXT, root="set")
OWN = ParameterFile("set/parameters.toml", '[replies]\nyoung = "7 days"\nmany = 30\n', root="set")
OPERATOR = ParameterFile("tuned.toml", "[replies]\nmany = 40\n")


def values(*parameters: ParameterFile) -> dict[str, object]:
    compiler = Compiler()
    compiler.compile([FILE], parameters=parameters)
    return {tunable.name: tunable.value for tunable in compiler.tunables}


def versions(*parameters: ParameterFile) -> dict[str, str]:
    return compile_rules([FILE], parameters=parameters).versions


def test_the_operators_value_comes_after_the_rule_sets_and_that_after_the_default() -> None:
    assert values() == {"young": 14 * 86_400_000_000, "many": 20}
    assert values(OWN) == {"young": 7 * 86_400_000_000, "many": 30}
    assert values(OPERATOR, OWN) == {"young": 7 * 86_400_000_000, "many": 40}


def test_a_changed_parameter_changes_the_version_of_the_rules_that_use_it_only() -> None:
    assert versions(OPERATOR)["many_posts"] != versions()["many_posts"]
    assert versions(OPERATOR)["young_ones"] == versions()["young_ones"]


def test_a_parameter_at_its_default_is_the_constant_itself() -> None:
    plain = RuleFile(FILE.name, TEXT.replace('parameter("many", 20, least=2)', "20"), root="set")
    assert compile_rules([plain]).versions == versions()


def test_parameters_of_another_rule_set_do_not_reach_a_file_of_the_same_name() -> None:
    other = ParameterFile("other/parameters.toml", "[replies]\nmany = 50\n", root="other")
    neighbour = RuleFile("other/replies.py", TEXT.replace("def ", "def other_"), root="other")
    compiler = Compiler()
    compiler.compile([FILE, neighbour], parameters=[other])
    assert [tunable.value for tunable in compiler.tunables if tunable.name == "many"] == [20, 50]


def test_of_one_file_compiled_alone_sections_of_the_others_are_let_be() -> None:
    alone = RuleFile(FILE.name, TEXT, root="set", whole=False)
    beside = ParameterFile(OWN.name, OWN.text + "\n[words]\nmost = 3\n", root="set")
    assert compile_rules([alone], parameters=[beside]).rules
    with pytest.raises(RuleErrors, match=r"no rule file for parameter words\.most"):
        compile_rules([FILE], parameters=[beside])


@pytest.mark.parametrize(
    ("text", "seconds"), [("14 days", 1_209_600), ("1 hour 30 minutes", 5_400), ("0.5 seconds", 0.5), ("1day", 86_400)]
)
def test_a_duration_is_written_with_its_units(text: str, seconds: float) -> None:
    assert duration_of(text) == round(seconds * 1_000_000)


@pytest.mark.parametrize("text", ["", " ", "14", "days", "14 dayz", "-1 day", "1 day,", "999999999999 days"])
def test_what_is_no_duration_is_none(text: str) -> None:
    assert duration_of(text) is None


@given(st.integers(1, 10**13))
def test_a_duration_is_shown_as_it_can_be_written(micros: int) -> None:
    assert duration_of(shown(micros, DURATION).strip('"')) == micros
