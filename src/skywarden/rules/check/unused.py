"""Say which names nothing refers to: imports and local names within a file, definitions over all files."""

from collections.abc import Iterable, Iterator

from skywarden.rules.check.context import Context
from skywarden.rules.check.scope import Scope
from skywarden.rules.problems import Problem, Severity
from skywarden.rules.syntax.tree import FileTree

CODE = "unused"


def unused_imports(tree: FileTree, scope: Scope, context: Context) -> None:
    """Note each imported name that the file does not use."""
    imported = {name.known_as for node in tree.imports for name in node.names}
    for name, place in scope.unused():
        if name in imported:
            context.warning(place, CODE, f"{name} is imported and not used", hint="leave it out")


def unused_locals(scope: Scope, context: Context) -> None:
    """Note each name of a rule that neither its condition nor its reason uses."""
    for name, place in scope.unused():
        hint = f"use it in the condition or as {{{name}}} in the reason, or leave it out"
        context.warning(place, CODE, f"{name} is defined and not used", hint=hint)


def unused_definitions(tree: FileTree, used: Iterable[str]) -> Iterator[Problem]:
    """Each definition of a file that neither it nor a file that imports from it uses."""
    names = frozenset(used)
    for definition in tree.definitions:
        name = definition.name.name
        if name not in names:
            yield Problem(
                definition.name.span,
                CODE,
                f"{name} is defined and not used",
                hint="leave it out",
                severity=Severity.WARNING,
            )
