"""Passes change how a tree is written, never what it means."""

from skywarden.kernel.spans import SourceSpan
from skywarden.rules import RuleFile, compile_rules
from skywarden.rules.core import Apply, Column, Const
from skywarden.rules.passes import Sharing
from skywarden.rules.passes.fold import constant_of, fold_constants
from skywarden.rules.plan.dump import dump_plan
from skywarden.rules.types import BOOL, DURATION, INT, Type

HERE = SourceSpan("x.py", 1, 1, 1, 2)
HEAD = 'from skywarden.lang import *\n@rule(on=post.created, then=tag(author, "x"))\n'
RULE = HEAD + 'def r():\n    """."""\n    return {}\n'


def whole(value: int) -> Const:
    return Const(HERE, INT, value)


def apply(op: str, *args: Const | Column | Apply, kind: Type = INT) -> Apply:
    return Apply(HERE, kind, op, args)


def avatar() -> Column:
    return Column(HERE, BOOL, "author_has_avatar")


def plan_text(expression: str) -> str:
    return dump_plan(compile_rules([RuleFile("x.py", RULE.replace("{}", expression))]))


def test_arithmetic_on_constants_is_done_at_compile_time() -> None:
    assert (
        constant_of(apply("mul", whole(14), Const(HERE, DURATION, 86_400_000_000), kind=DURATION)) == 1_209_600_000_000
    )
    assert constant_of(apply("floordiv", whole(-7), whole(2))) == -4


def test_what_overflows_or_divides_by_zero_is_left_to_be_unknown() -> None:
    assert constant_of(apply("mul", whole(2**62), whole(2))) is None
    assert constant_of(apply("mod", whole(1), whole(0))) is None


def test_true_leaves_a_conjunction_and_false_ends_it() -> None:
    true, false = Const(HERE, BOOL, True), Const(HERE, BOOL, False)
    column = avatar()
    assert fold_constants(apply("and", column, true, kind=BOOL), {}) is column
    assert constant_of(apply("and", column, false, kind=BOOL)) is False
    assert fold_constants(apply("or", column, false, kind=BOOL), {}) is column
    assert constant_of(apply("or", column, true, kind=BOOL)) is True


def test_equal_parts_of_different_trees_become_one_node() -> None:
    sharing = Sharing()
    first = sharing.share(apply("not", avatar(), kind=BOOL))
    second = sharing.share(apply("and", apply("not", avatar(), kind=BOOL), avatar(), kind=BOOL))
    assert isinstance(second, Apply)
    assert second.args[0] is first


def test_true_and_one_are_not_the_same_constant() -> None:
    sharing = Sharing()
    assert sharing.share(Const(HERE, BOOL, True)) is not sharing.share(Const(HERE, INT, 1))


def test_a_text_is_folded_once_for_all_searches_in_it() -> None:
    text = plan_text(
        'contains(post.text, "Gold") or starts_with(post.text, "Buy") or contains(post.text, "X", exact_case=True)'
    )
    assert text.count("= fold(") == 1
    assert "'gold'" in text
    assert "'X'" in text


def test_two_windows_over_one_key_share_its_hash() -> None:
    text = plan_text("count(by=author.did, over=1 * hour) > 1 and count(by=author.did, over=1 * day) > 1")
    assert text.count("= hash(") == 1
    assert text.count("= key(") == 1
    assert text.count("= count(") == 2
