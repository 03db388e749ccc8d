"""Turn dotted names into columns and what is made of them."""

from skywarden.rules.catalog import EVENT_KINDS, NAMES, SUBJECTS
from skywarden.rules.catalog.names import NAMESPACES
from skywarden.rules.catalog.record_reads import RECORD_READS
from skywarden.rules.check.context import Context
from skywarden.rules.check.scope import Scope
from skywarden.rules.core import Core, Named
from skywarden.rules.problems import did_you_mean
from skywarden.rules.syntax.tree import Attribute, Name, Syntax


def dotted(node: Syntax) -> str | None:
    """`a.b.c` as text; None for anything else."""
    parts: list[str] = []
    while isinstance(node, Attribute):
        parts.append(node.name)
        node = node.target
    if not isinstance(node, Name):
        return None
    return ".".join([node.name, *reversed(parts)])


def check_path(node: Attribute, scope: Scope, context: Context) -> Core:
    """Resolve `author.age` and its like."""
    path = dotted(node)
    root = path.split(".", 1)[0] if path else ""
    if path is not None and root not in NAMESPACES and scope.find(root) is None:
        return context.problem(node.span, "name", f"unknown name {path}", hint=did_you_mean(path, tuple(NAMES)))
    if path is None or scope.find(root) is not None:
        hint = "names with dots begin with: " + ", ".join(sorted(NAMESPACES))
        return context.problem(node.span, "name", f".{node.name} of a value is not in the rule language", hint=hint)
    if path.startswith("record.") and path.removeprefix("record.") in RECORD_READS:
        return context.problem(node.span, "name", f"{path} is a function: call it", hint=f'{path}("path.to.field")')
    entry = NAMES.get(path)
    if entry is not None:
        return Named(node.span, entry.type, path, entry.make(node.span))
    if path in EVENT_KINDS:
        hint = "it belongs in @rule(on=...)"
        return context.problem(node.span, "name", f"{path} is a kind of event, not a value", hint=hint)
    inside = [known for known in NAMES if known.startswith(f"{path}.")]
    if inside or path in SUBJECTS:
        hint = "say which part: " + ", ".join(inside[:4])
        return context.problem(node.span, "name", f"{path} is not a value", hint=hint)
    return context.problem(node.span, "name", f"unknown name {path}", hint=did_you_mean(path, tuple(NAMES)))
