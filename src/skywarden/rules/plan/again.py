"""Turn a rule that looks again into two: the rule itself, on later looks too, and a hidden one that asks for them.

The hidden rule is true where the rule is unknown at first; its one effect puts the record into the log again, with what
is known by then. On that row the rule is asked only if it was the one that asked, and windows read without counting.
"""

from dataclasses import replace

from skywarden.kernel.spans import SourceSpan
from skywarden.model.effect import NO_LIMITS, EffectKind
from skywarden.rules.catalog.events import AGAIN
from skywarden.rules.catalog.names import SUBJECTS
from skywarden.rules.core import Apply, CheckedRule, Column, Const, Core, EffectTerm, Window
from skywarden.rules.passes.rewrite import Memo, rewrite
from skywarden.rules.types import BOOL, STR, list_of

_COLUMN = "recheck_rules"


class LaterLooks:
    """Makes the two rules of each rule with `after=` once, so that the trees of a rule that stays are the same."""

    def __init__(self) -> None:
        self._made: dict[int, tuple[CheckedRule, tuple[CheckedRule, ...]]] = {}

    def expand(self, rules: list[CheckedRule]) -> list[CheckedRule]:
        """All rules, each rule with `after=` as its two."""
        kept = {id(rule): self._made.get(id(rule)) or (rule, _two(rule)) for rule in rules if rule.after_us is not None}
        self._made = kept
        return [one for rule in rules for one in (kept[id(rule)][1] if id(rule) in kept else (rule,))]


def _two(rule: CheckedRule) -> tuple[CheckedRule, ...]:
    memo: Memo = {}
    span = rule.span
    condition = rewrite(rule.condition, memo, _only_first)
    values = tuple((name, rewrite(core, memo, _only_first)) for name, core in rule.values)
    on = (*rule.on, *(f"{path}{AGAIN}" for path in rule.on))
    asked = Apply(span, BOOL, "list_has", (_rules(span), Const(span, STR, rule.name)))
    may = Apply(span, BOOL, "or_else", (asked, Const(span, BOOL, True)))
    known = Apply(span, BOOL, "known", (condition,))
    unknown = Apply(span, BOOL, "and", (_is_first(span), Apply(span, BOOL, "not", (known,))))
    looks = replace(rule, on=on, values=values, condition=Apply(span, BOOL, "and", (may, condition)))
    ask = EffectTerm(EffectKind.RECHECK.value, f"{rule.after_us} {rule.name}", SUBJECTS["author"])
    asks = replace(
        rule, name=rule.name + AGAIN, on=on, condition=unknown, values=(), template=(), effects=(ask,), limits=NO_LIMITS
    )
    return looks, asks


def _only_first(node: Core) -> Core:
    """A window counts a record when it comes, not when it is looked at again."""
    if not isinstance(node, Window):
        return node
    first = _is_first(node.span)
    where = first if node.where is None else Apply(node.span, BOOL, "and", (first, node.where))
    return replace(node, where=where)


def _is_first(span: SourceSpan) -> Core:
    return Apply(span, BOOL, "not", (Apply(span, BOOL, "known", (_rules(span),)),))


def _rules(span: SourceSpan) -> Core:
    return Column(span, list_of(STR), _COLUMN)
