"""Turn a rule's docstring into a reason template: text with {names} that the rule can see."""

import re

from skywarden.kernel.spans import SourceSpan
from skywarden.rules.catalog import NAMES
from skywarden.rules.check.context import Context
from skywarden.rules.check.scope import Scope
from skywarden.rules.core import Core, Slot
from skywarden.rules.problems import did_you_mean
from skywarden.rules.types import Form

_SLOT = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")

Template = tuple[str | Slot, ...]


def check_template(
    text: str, span: SourceSpan, scope: Scope, context: Context
) -> tuple[Template, list[tuple[str, Core]]]:
    """Split `text` at its {names}; also give the value of each name. `{{` and `}}` stand for braces."""
    parts: list[str | Slot] = []
    values: list[tuple[str, Core]] = []
    clean = " ".join(text.split())
    at = 0
    for match in _SLOT.finditer(clean):
        parts.append(clean[at : match.start()])
        at = match.end()
        name = match.group(1)
        if name is None:
            parts.append(_brace(match.group(0), span, context))
            continue
        core = _value(name.strip(), span, scope, context)
        if core is not None:
            parts.append(Slot(name.strip()))
            values.append((name.strip(), core))
    parts.append(clean[at:])
    return tuple(part for part in parts if part != ""), values


def _brace(found: str, span: SourceSpan, context: Context) -> str:
    if len(found) == 1:
        context.problem(span, "reason", f"a lone {found} in the reason", hint="write {{ or }} for a brace")
    return found[0]


def _value(name: str, span: SourceSpan, scope: Scope, context: Context) -> Core | None:
    core = scope.use(name)
    if core is None and name in NAMES:
        core = NAMES[name].make(span)
    if core is None:
        hint = did_you_mean(name, [*scope.names(), *NAMES])
        context.problem(span, "reason", f"unknown name {{{name}}} in the reason", hint=hint)
        return None
    if core.type.form is Form.SET:
        context.problem(span, "reason", f"{{{name}}} is a set", hint="show a value")
        return None
    return core
