"""Say which rules never fire or always do, and which parts of them can never be true."""

from collections.abc import Sequence

from skywarden.rules.check.context import Context
from skywarden.rules.check.reachable import Never
from skywarden.rules.core import Apply, Core, Window

UNREACHABLE = "unreachable"
ALWAYS = "always"
_NOW = " (at the values that parameters have now)"


def check_reach(
    condition: Core, nodes: Sequence[Core], context: Context, never_so: str = "this rule can never fire"
) -> None:
    """Note a condition that is never true or never false, and the same of each `where=` and conjunction."""
    reach = context.reach
    never = reach.never_true(condition)
    if never is not None:
        _note(context, condition, f"{never_so}: {_why(never)}", never)
        return
    always = reach.never_false(condition)
    if always is not None:
        hint = "a condition that is never false fires on every event where its values are known"
        context.warning(condition.span, ALWAYS, f"this condition is never false: {_why_not(always)}", hint=hint)
    for node in nodes:
        if isinstance(node, Window) and node.where is not None:
            _check_where(node.op, node.where, context)
        elif isinstance(node, Apply) and node.op == "and":
            _check_part(node, context)


def _check_where(op: str, where: Core, context: Context) -> None:
    never, always = context.reach.never_true(where), context.reach.never_false(where)
    if never is not None:
        _note(context, where, f"nothing is ever counted by {op}: {_why(never)}", never)
    elif always is not None:
        context.warning(where.span, ALWAYS, f"where= is never false: {_why_not(always)}", hint="leave it out")


def _check_part(node: Apply, context: Context) -> None:
    """A conjunction that clashes by itself; that the rule can fire all the same makes it a warning."""
    never = context.reach.never_true(node)
    if never is not None and not never.constant and not any(context.reach.never_true(arg) for arg in node.args):
        context.warning(node.span, UNREACHABLE, f"this part is never true: {_why(never)}")


def _why(never: Never) -> str:
    return f"it is {never.needs}" if never.constant else f"it needs {never.needs}"


def _why_not(always: Never) -> str:
    return f"it is {always.needs}" if always.constant else f"to be false it needs {always.needs}"


def _note(context: Context, node: Core, message: str, never: Never) -> None:
    if never.tunable:
        context.warning(node.span, UNREACHABLE, message + _NOW)
    else:
        context.problem(node.span, UNREACHABLE, message)
