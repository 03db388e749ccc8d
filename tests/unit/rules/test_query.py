"""An expression of the rule language is a query, checked as rules are."""

from dataclasses import replace

import pytest

from skywarden.rules import RuleErrors, Sets
from skywarden.rules.query import ANY_EVENT, QueryText, compile_query

SETS = Sets({"shops": frozenset({"sticker-shop.example"})})


def _text(condition: str, *on: str, **values: str) -> str:
    with pytest.raises(RuleErrors) as raised:
        compile_query(QueryText(condition, on, tuple(values.items())), SETS)
    return raised.value.text()


def test_a_condition_becomes_a_plan_of_one_rule() -> None:
    query = compile_query(QueryText("author.age < 1 * days", ("post.created",)))
    assert [rule.name for rule in query.plan.rules] == ["query"]
    assert query.columns >= {"author_created_us", "time_us", "did"}
    assert "text" not in query.columns
    assert not query.is_stateful


def test_a_misspelt_name_is_underlined_with_a_suggestion() -> None:
    assert _text("author.agee < 1 * days", "post.created") == (
        "query:1:1: unknown name author.agee [name]\n"
        "    1 | author.agee < 1 * days\n"
        "      | ^^^^^^^^^^^\n"
        "      = did you mean author.age?"
    )


def test_a_condition_must_be_a_bool() -> None:
    assert "expected bool, found int" in _text("author.followers", "post.created")


def test_a_name_that_the_events_never_carry_is_refused() -> None:
    text = _text('post.text == "a"', "like.created")
    assert "post.text is never present on like.created (query)" in text


def test_on_any_event_a_name_of_one_kind_may_stand() -> None:
    query = compile_query(QueryText('post.text == "a"'))
    assert query.on == ANY_EVENT


def test_an_unknown_kind_of_event_is_underlined_where_it_stands() -> None:
    text = _text("True", "post.created", "pots.created")
    assert "on:1:15: unknown kind of event pots.created" in text
    assert "did you mean post.created?" in text


def test_several_things_wrong_are_told_at_once() -> None:
    text = _text("author.agee < 1 * days", "post.created", group="post.txt")
    assert "author.agee" in text
    assert "post.txt" in text


@pytest.mark.parametrize(
    "condition", ["x = 1", "import os", "(", "a; b", "lambda: 1", "f'{author.did}'", "__import__('os')"]
)
def test_what_is_no_expression_of_the_language_is_refused(condition: str) -> None:
    assert "query:1:" in _text(condition)


def test_what_can_be_true_of_no_event_is_refused() -> None:
    text = _text("author.posts > 5 and author.posts < 3", "post.created")
    assert "this is true of no event" in text


def test_no_condition_takes_every_event() -> None:
    assert compile_query(QueryText("", ("post.created",))).plan.rules


def test_a_stateful_function_says_how_far_it_looks_back() -> None:
    query = compile_query(QueryText("count(by=author.did, over=1 * hour) > 3", ("post.created",)))
    assert query.is_stateful
    assert 3_600_000_000 < query.memory_us < 3_700_000_000


def test_a_query_reads_the_columns_that_tell_its_kinds_of_events_apart() -> None:
    assert "reply_parent_uri" in compile_query(QueryText("", ("reply.created",))).columns


def test_word_lists_are_those_of_the_rules_and_only_those_used_are_in_the_plan() -> None:
    sets = Sets({**SETS.entries, "other": frozenset({"x"})})
    asked = QueryText('any(d in wordlist("shops") for d in post.domains)', ("post.created",))
    assert set(compile_query(asked, sets).plan.sets) == {"shops"}
    with pytest.raises(RuleErrors, match="shop"):
        compile_query(replace(asked, condition='any(d in wordlist("shop") for d in post.domains)'), sets)


def test_a_query_too_large_is_refused() -> None:
    assert "limit" in _text(" or ".join(f'post.text == "{number}"' for number in range(3_000)), "post.created")
