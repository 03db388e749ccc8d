"""Turn a plan into text for people and for golden tests."""

from skywarden.rules.core import EffectTerm, Slot
from skywarden.rules.plan.nodes import Node, Plan, RulePlan
from skywarden.rules.source import SetRef


def dump_plan(plan: Plan) -> str:
    """Write every scope, node and rule, one a line."""
    lines: list[str] = []
    for scope in plan.scopes:
        lines.append(f"on {', '.join(scope.on)}")
        lines += [f"  %{number} = {_node(node)}" for number, node in enumerate(scope.nodes)]
        for rule in scope.rules:
            lines += _rule(rule)
    return "\n".join(lines) + "\n"


def _node(node: Node) -> str:
    args = [f"%{arg}" for arg in node.args] + [_param(param) for param in node.params]
    return f"{node.op}({', '.join(args)}): {node.type} x {node.shape}"


def _param(param: object) -> str:
    return f"set:{param.name}" if isinstance(param, SetRef) else repr(param)


def _rule(rule: RulePlan) -> list[str]:
    limits = f", at most {rule.limits.text()}" if rule.limits.text() else ""
    lines = [f"  rule {rule.name} if %{rule.root}{limits}"]
    lines += [f"    {_effect(effect)}" for effect in rule.effects]
    reason = "".join(f"{{{part.name}}}" if isinstance(part, Slot) else part for part in rule.template)
    lines.append(f"    because {reason}")
    lines += [f"    {name} = %{number}" for name, number in rule.values]
    return lines


def _effect(effect: EffectTerm) -> str:
    words = [effect.kind, effect.value, f"on {effect.subject.text}", *effect.options.words()]
    return " ".join(word for word in words if word)
