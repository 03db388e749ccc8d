"""Check one file of a compile, given what the files that it imports lend it."""

from collections.abc import Mapping
from dataclasses import dataclass

from skywarden.rules.check.context import Context, EnoughProblems
from skywarden.rules.check.definitions import define, name_is_free
from skywarden.rules.check.expressions import ExpressionChecker
from skywarden.rules.check.loops import Feeding, feedings
from skywarden.rules.check.modules import ImportOrder, Module, import_names
from skywarden.rules.check.rules import check_rule
from skywarden.rules.check.scope import Scope
from skywarden.rules.check.unused import unused_imports
from skywarden.rules.core import CheckedRule
from skywarden.rules.parameters import Tunable
from skywarden.rules.problems import Problem, Severity, more_problems
from skywarden.rules.source import SetRef
from skywarden.rules.syntax.tree import FileTree


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """All that a check of a file found. `used` are the named values that it uses itself."""

    tree: FileTree
    module: Module
    rules: tuple[CheckedRule, ...]
    tunables: tuple[Tunable, ...]
    problems: tuple[Problem, ...]
    sets: Mapping[str, SetRef]
    used: frozenset[str]
    feedings: tuple[Feeding, ...]

    @property
    def is_sound(self) -> bool:
        """Nothing in the file is an error."""
        return all(problem.severity is not Severity.ERROR for problem in self.problems)


def check_file(
    tree: FileTree,
    unread: list[Problem],
    modules: Mapping[str, Module],
    order: ImportOrder,
    context: Context,
    *,
    for_names: bool,
) -> CheckedFile:
    """Type a file. `unread` is what the parser could not read; the rules of a file `for_names` are let be."""
    context.problems += unread
    scope = Scope(later=frozenset(definition.name.name for definition in tree.definitions))
    rules: list[CheckedRule] = []
    try:
        _check(tree, modules, order, scope, context, rules, for_names=for_names)
    except EnoughProblems:
        context.problems.append(more_problems(tree.file, context.limits))
    imported = {name.known_as: node.file for node in tree.imports for name in node.names}
    exports = {name: value for name, value in scope.values.items() if name not in imported}
    names = frozenset(rule.name for rule in tree.rules)
    module = Module(
        tree.file,
        exports,
        imported,
        names,
        whole=not unread and len(context.problems) <= context.limits.problems_per_file,
    )
    return CheckedFile(
        tree,
        module,
        tuple(rules),
        tuple(context.tunables),
        _told(context.problems),
        context.set_refs,
        frozenset(scope.used),
        feedings(rules),
    )


def _check(
    tree: FileTree,
    modules: Mapping[str, Module],
    order: ImportOrder,
    scope: Scope,
    context: Context,
    rules: list[CheckedRule],
    *,
    for_names: bool,
) -> None:
    """Fill the scope with the file's names, and `rules` with its rules."""
    checker = ExpressionChecker(context)
    import_names(tree, modules, order, scope, checker)
    for definition in tree.definitions:
        define(definition, scope, checker)
    for rule in () if for_names else tree.rules:
        name_is_free(rule.name, rule.span, scope, checker)
        rules.append(check_rule(rule, tree.file, scope, context))
    if not for_names:
        unused_imports(tree, scope, context)


def _told(problems: list[Problem]) -> tuple[Problem, ...]:
    """Errors come first: what is unused or never true is told once there are none."""
    errors = tuple(problem for problem in problems if problem.severity is Severity.ERROR)
    return errors or tuple(problems)
