"""Turn a plan into text for people and for golden tests."""

from skywarden.rules.core import Slot
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
    limit = "" if rule.limit_per_day is None else f", at most {rule.limit_per_day} a day"
    lines = [f"  rule {rule.name} if %{rule.root}{limit}"]
    lines += [f"    {effect.kind} {effect.value} on {effect.subject.text}" for effect in rule.effects]
    reason = "".join(f"{{{part.name}}}" if isinstance(part, Slot) else part for part in rule.template)
    lines.append(f"    because {reason}")
    lines += [f"    {name} = %{number}" for name, number in rule.values]
    return lines
