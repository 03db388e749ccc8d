"""Tell the rules that act by themselves from those that ask a person, and those from mere notes."""

from skywarden.rules.plan.nodes import Plan

_NOTES = frozenset({"tag"})
_QUESTIONS = _NOTES | {"report", "escalate", "acknowledge", "comment", "notify"}


def acting_rules(plan: Plan) -> frozenset[str]:
    """Rules with an effect that nobody confirms: a label, a takedown, a mute."""
    return _beyond(_QUESTIONS, plan)


def accusing_rules(plan: Plan) -> frozenset[str]:
    """Rules that do more than put a tag on somebody."""
    return _beyond(_NOTES, plan)


def _beyond(kinds: frozenset[str], plan: Plan) -> frozenset[str]:
    return frozenset(rule.name for rule in plan.rules if any(effect.kind not in kinds for effect in rule.effects))
