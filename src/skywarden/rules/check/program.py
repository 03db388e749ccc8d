"""Check all files of a compile: every file's definitions, then its rules; rule names are unique over all files."""

from collections.abc import Sequence

from skywarden.rules.check.context import Context
from skywarden.rules.check.definitions import define
from skywarden.rules.check.expressions import ExpressionChecker
from skywarden.rules.check.rules import check_rule
from skywarden.rules.check.scope import Scope
from skywarden.rules.core import CheckedRule
from skywarden.rules.syntax.tree import FileTree


def check_program(files: Sequence[FileTree], context: Context) -> list[CheckedRule]:
    """Type every rule; problems go into the context."""
    rules: dict[str, CheckedRule] = {}
    for file in files:
        scope = Scope(later=frozenset(definition.name.name for definition in file.definitions))
        checker = ExpressionChecker(context)
        for definition in file.definitions:
            define(definition, scope, checker)
        for rule in file.rules:
            checked = check_rule(rule, file.file, scope, context)
            first = rules.setdefault(rule.name, checked)
            if first is not checked:
                hint = f"the other one: {first.span}"
                context.problem(rule.span, "name", f"a second rule {rule.name}", hint=hint)
    return list(rules.values())
