"""The engine turns true rows into hits and effects, and a faulty rule never harms another."""

from collections.abc import Sequence

import numpy as np
import pytest

from event_rows import Row, batch, post
from skywarden.engine import Engine, EngineConfig, EngineResult
from skywarden.engine.columns import Column, Flat
from skywarden.engine.operators import OPERATORS
from skywarden.engine.operators.contract import Frame
from skywarden.kernel.errors import Broken
from skywarden.kernel.ids import Offset
from skywarden.model.effect import EffectKind
from skywarden.rules import Plan, RuleFile, compile_rules
from skywarden.rules.plan.nodes import Node

HEAD = "from skywarden.lang import *\n"


def rule(
    condition: str,
    *,
    on: str = "post.created",
    then: str = 'label(post, "spam")',
    name: str = "r",
    doc: str = "Because.",
) -> str:
    return f'@rule(on={on}, then={then})\ndef {name}():\n    """{doc}"""\n    return {condition}\n'


def plan_of(*rules: str) -> Plan:
    return compile_rules([RuleFile("test.py", HEAD + "\n".join(rules))])


def run(plan: Plan, *rows: Row) -> EngineResult:
    return Engine(plan).process(batch(rows))


def hit_rows(condition: str, *rows: Row) -> list[int]:
    return [int(hit.offset) for hit in run(plan_of(rule(condition)), *rows).hits]


def test_hits_are_counted_before_they_are_made_and_after() -> None:
    result = run(plan_of(rule("author.posts > 1"), rule("author.posts > 2", name="s")), *[post(n) for n in range(5)])
    before = result.hit_count
    assert before == len(result.hits) == len(result.effects) == result.hit_count


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("author.has_avatar", [0]),
        ("not author.has_avatar", [1]),
        ("author.has_avatar or known(author.has_avatar)", [0, 1]),
        ("author.has_avatar or not author.has_avatar", [0, 1]),
        ("not known(author.has_avatar)", [2]),
        ("author.has_avatar.or_else(True)", [0, 2]),
        ("author.has_avatar and post.is_reply", []),
    ],
)
def test_a_rule_fires_on_true_only_and_unknown_is_not_true(condition: str, expected: list[int]) -> None:
    rows = [post(n, author_has_avatar=value) for n, value in enumerate([True, False, None])]
    assert hit_rows(condition, *rows) == expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("author.followers / author.follows > 1", [0]),
        ("known(author.followers / author.follows)", [0]),
        ("known(author.followers * 4611686018427387904)", [1]),
        ("author.followers % 2 == 1", [0]),
        ("-author.followers // 2 == -2", [0]),
    ],
)
def test_division_by_zero_and_overflow_are_unknown(condition: str, expected: list[int]) -> None:
    rows = [post(0, author_followers=3, author_follows=2), post(1, author_followers=0, author_follows=0)]
    assert hit_rows(condition, *rows) == expected


def test_an_unknown_age_is_neither_young_nor_old() -> None:
    assert hit_rows("author.age < 1 * day or author.age >= 1 * day", post()) == []


def test_a_hit_names_its_event_its_values_and_its_reason() -> None:
    plan = plan_of(rule("contains(post.text, 'gold')", doc="{author.handle} of {author.age} wrote {post.text} {{}}"))
    row = post(7, text="Gold!", author_handle="al.example", author_created_us=1_749_990_000_000_000)
    (hit,) = run(plan, row).hits
    assert (hit.rule, hit.version, hit.offset, hit.uri) == (
        "r",
        plan.versions["r"],
        0,
        "at://did:plc:alice/app.bsky.feed.post/r7",
    )
    assert hit.reason == "al.example of 2h 46min wrote Gold! {}"
    assert hit.values == {"author.handle": "al.example", "author.age": "2h 46min", "post.text": "Gold!"}


@pytest.mark.parametrize(
    ("on", "subject", "fields", "expected"),
    [
        ("post.created", "author", {}, "did:plc:alice"),
        ("post.created", "post", {}, "at://did:plc:alice/app.bsky.feed.post/r0"),
        ("post.created", "record", {}, "at://did:plc:alice/app.bsky.feed.post/r0"),
        (
            "post.created",
            "post.parent",
            {"reply_parent_uri": "at://did:plc:bob/app.bsky.feed.post/p"},
            "at://did:plc:bob/app.bsky.feed.post/p",
        ),
        ("post.created", "post.parent", {"reply_parent_uri": "at://bob.example/app.bsky.feed.post/p"}, None),
        ("post.created", "post.quote", {}, None),
        ("follow.created", "subject", {"subject_did": "did:plc:bob"}, "did:plc:bob"),
        (
            "like.created",
            "subject",
            {"subject_did": "did:plc:bob", "subject_uri": "at://did:plc:bob/x/y"},
            "at://did:plc:bob/x/y",
        ),
        (
            "like.created",
            "subject.author",
            {"subject_did": "did:plc:bob", "subject_uri": "at://did:plc:bob/x/y"},
            "did:plc:bob",
        ),
    ],
)
def test_an_effect_is_about_the_party_that_the_rule_names(
    on: str, subject: str, fields: dict[str, object], expected: str | None
) -> None:
    collections = {"follow.created": "app.bsky.graph.follow", "like.created": "app.bsky.feed.like"}
    row = post(0) | fields
    row["collection"] = collections.get(on, row["collection"])
    effects = run(plan_of(rule("True", on=on, then=f'tag({subject}, "x")')), row).effects
    assert [effect.subject.uri for effect in effects] == ([] if expected is None else [expected])


def test_effects_carry_the_rules_limit_and_are_named_by_what_they_propose() -> None:
    text = (
        HEAD + '@rule(on=post.created, then=[label(post, "spam"), report(author, reason="rude")], limit=per_day(7))\n'
    )
    plan = compile_rules([RuleFile("a.py", text + 'def r():\n    """."""\n    return True\n')])
    first, second = run(plan, post()).effects
    assert (first.kind, first.value, first.limits.per_day) == (EffectKind.LABEL, "spam", 7)
    assert (second.kind, second.value) == (EffectKind.REPORT, "com.atproto.moderation.defs#reasonRude")
    assert first.effect_id != second.effect_id
    assert [effect.effect_id for effect in run(plan, post()).effects] == [first.effect_id, second.effect_id]


def test_rules_see_only_events_of_their_kinds() -> None:
    plan = plan_of(rule("count(by=author.did, over=1 * hour) == 2"))
    deleted = post(1) | {"action": 2, "text": None}
    like = post(2) | {"collection": "app.bsky.feed.like"}
    assert [hit.offset for hit in run(plan, post(0), deleted, like, post(3)).hits] == [3]


def test_a_late_event_is_taken_at_the_partitions_clock() -> None:
    plan = plan_of(rule("count(by=author.did, over=1 * minute, exact=True) == 2"))
    hits = run(plan, post(100), post(30)).hits
    assert [(hit.offset, hit.time_us) for hit in hits] == [(1, post(100)["time_us"])]


def _raise(node: Node, args: Sequence[Column], frame: Frame) -> Column:
    raise RuntimeError("out of order")


def test_a_rule_that_raises_is_disabled_by_name_and_the_others_hits_are_unchanged() -> None:
    rules = [
        rule("contains(post.text, 'e')", name="sound"),
        rule("length(post.text) > 1", name="faulty"),
        rule("count(by=author.did, over=1 * hour) > 1", name="counting"),
    ]
    rows = [post(n) for n in range(4)]
    whole = Engine(plan_of(*rules), EngineConfig(operators={**OPERATORS, "length": _raise}))
    first = whole.process(batch(rows[:2]))
    assert [fault.rule for fault in first.faults] == ["faulty"]
    second = whole.process(batch(rows[2:], base=2))
    assert second.faults == []
    assert whole.disabled == {"faulty": whole.plan.versions["faulty"]}
    sound = run(plan_of(rules[0], rules[2]), *rows)
    assert first.hits + second.hits == sound.hits


def test_a_disabled_rule_stays_disabled_after_a_restart_until_it_is_changed() -> None:
    operators = {**OPERATORS, "length": _raise}
    engine = Engine(plan_of(rule("length(post.text) > 1")), EngineConfig(operators=operators))
    engine.process(batch([post()]))
    assert Engine.restore(engine.plan, engine.snapshot()).process(batch([post(1)], base=1)).hits == []
    mended = plan_of(rule("length(post.text) > 2"))
    assert len(Engine.restore(mended, engine.snapshot()).process(batch([post(1)], base=1)).hits) == 1


def test_rows_that_are_not_the_next_are_refused() -> None:
    with pytest.raises(Broken, match="expected offset 0, found 5"):
        Engine(plan_of(rule("True"))).process(batch([post()], base=5))


def test_an_empty_batch_changes_nothing() -> None:
    engine = Engine(plan_of(rule("True")), position=Offset(3))
    before = engine.state_hash()
    assert engine.process(batch([], base=3)).hits == []
    assert engine.state_hash() == before


def test_a_changed_plan_keeps_the_windows_that_it_still_has() -> None:
    counting = "count(by=author.did, over=1 * hour)"
    engine = Engine(plan_of(rule(f"{counting} > 100")))
    engine.process(batch([post(n) for n in range(3)]))
    again = Engine.restore(plan_of(rule(f"{counting} == 4"), rule("True", name="other")), engine.snapshot())
    hits = again.process(batch([post(3)], base=3)).hits
    assert sorted(hit.rule for hit in hits) == ["other", "r"]


def test_every_operator_gives_columns_for_constants_too() -> None:
    plan = plan_of(rule("skeleton('G0ld') == 'goid' and length('abc') == 3 and contains('abc', 'B')"))
    assert len(run(plan, post(0), post(1)).hits) == 2


def test_a_flat_column_of_one_value_stands_for_every_row() -> None:
    true = Flat(np.ones(1, np.bool_), np.ones(1, np.bool_))

    def constant(node: Node, args: Sequence[Column], frame: Frame) -> Column:
        return true

    engine = Engine(plan_of(rule("length(post.text) > 1")), EngineConfig(operators={**OPERATORS, "gt": constant}))
    assert len(engine.process(batch([post(n) for n in range(3)])).hits) == 3
