"""Find what files import from one another: the order in which to check them, and the named values that each gets."""

import os.path
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath

from skywarden.kernel.spans import SourceSpan
from skywarden.rules.check.context import Checks, poison
from skywarden.rules.check.definitions import name_is_free
from skywarden.rules.check.scope import Scope
from skywarden.rules.core import Core
from skywarden.rules.problems import Problem, did_you_mean
from skywarden.rules.syntax.tree import FileTree, Import, Imported


def module_key(file: str) -> str:
    """One name for a file, however its path is written."""
    return os.path.normpath(file)


@dataclass(frozen=True, slots=True)
class Module:
    """What a file lends to others. `whole` is false where the parser met problems: a missing name is no news."""

    file: str
    exports: Mapping[str, Core]
    imported: Mapping[str, str]
    rules: frozenset[str]
    whole: bool


@dataclass(frozen=True, slots=True)
class ImportOrder:
    """Files after those that they import; `cut` are the imports (importer, imported) that would close a circle."""

    files: tuple[str, ...]
    cut: frozenset[tuple[str, str]]
    problems: tuple[Problem, ...]


def order_by_imports(trees: Mapping[str, FileTree]) -> ImportOrder:
    """Order files by a walk in depth; each import of a file that is being walked closes a circle."""
    order: list[str] = []
    cut: set[tuple[str, str]] = set()
    problems: list[Problem] = []
    done: set[str] = set()
    for start in sorted(trees):
        path: dict[str, list[Import]] = {}
        _enter(start, trees, path, done)
        while path:
            file = next(reversed(path))
            if not path[file]:
                del path[file]
                done.add(file)
                order.append(file)
                continue
            node = path[file].pop(0)
            if node.file in path:
                cut.add((file, node.file))
                problems.append(_circle(node, list(path), trees))
            else:
                _enter(node.file, trees, path, done)
    return ImportOrder(tuple(order), frozenset(cut), tuple(problems))


def _enter(file: str, trees: Mapping[str, FileTree], path: dict[str, list[Import]], done: set[str]) -> None:
    if file in trees and file not in done:
        path[file] = list(trees[file].imports)


def _circle(node: Import, path: list[str], trees: Mapping[str, FileTree]) -> Problem:
    """Name the files of a circle, from the one that is imported back to itself."""
    within = [*path[path.index(node.file) :], node.file]
    names = " -> ".join(PurePath(trees[file].file).name for file in within)
    hint = "move what they share to a file that imports neither"
    return Problem(node.span, "import", f"files that import each other: {names}", hint=hint)


def import_names(
    tree: FileTree, modules: Mapping[str, Module], order: ImportOrder, scope: Scope, checks: Checks
) -> None:
    """Make the imported names of a file known; what cannot be imported gets its problem."""
    for node in tree.imports:
        module = modules.get(node.file)
        circular = (module_key(tree.file), node.file) in order.cut
        if module is None and not circular:
            checks.context.problem(node.span, "import", f"no rule file {node.file}", hint=_near(node, order))
        for name in node.names:
            value = poison(name.span) if module is None or circular else _imported(name, module, checks)
            if name_is_free(name.known_as, name.span, scope, checks):
                scope.give(name.known_as, value, name.span)
                if value.type.is_error:
                    scope.use(name.known_as)  # it has its problem already


def _near(node: Import, order: ImportOrder) -> str:
    folder = PurePath(node.file).parent
    beside = [PurePath(file).stem for file in order.files if PurePath(file).parent == folder]
    return did_you_mean(PurePath(node.file).stem, beside) or "rule files are found from the folder of the importing one"


def _imported(name: Imported, module: Module, checks: Checks) -> Core:
    value = module.exports.get(name.name)
    if value is not None:
        return value
    if name.name in module.rules:
        return _refuse(name, checks, f"{name.name} is a rule of {_short(module)}", "only named values can be imported")
    if name.name in module.imported:
        hint = f"import it from {PurePath(module.imported[name.name]).name}, where it is defined"
        return _refuse(name, checks, f"{name.name} is imported by {_short(module)}, not defined there", hint)
    if not module.whole:
        return poison(name.span)
    hint = did_you_mean(name.name, tuple(module.exports))
    return _refuse(name, checks, f"no {name.name} in {_short(module)}", hint)


def _short(module: Module) -> str:
    return PurePath(module.file).name


def _refuse(name: Imported, checks: Checks, message: str, hint: str) -> Core:
    span: SourceSpan = name.span
    return checks.context.problem(span, "import", message, hint=hint)
