"""Turn an import statement into the file and the names that it means; rule files lend one another definitions."""

import ast
import os.path
from pathlib import PurePath

from skywarden.rules.problems import Problem
from skywarden.rules.syntax.spans import SpanMaker
from skywarden.rules.syntax.tree import Import, Imported

LANGUAGE_MODULE = "skywarden.lang"
_LANGUAGE_LINE = f"from {LANGUAGE_MODULE} import *"
_EXAMPLE = f"write: {_LANGUAGE_LINE}; for names of a rule file beside this one: from .file import name"


def is_language_import(node: ast.stmt) -> bool:
    """`from skywarden.lang import *`, the one star import there is."""
    return isinstance(node, ast.ImportFrom) and node.module == LANGUAGE_MODULE and _names(node) == ["*"]


def read_import(node: ast.Import | ast.ImportFrom, spans: SpanMaker) -> Import | Problem:
    """Read `from .module import name, other as alias`."""
    if isinstance(node, ast.Import):
        return _refused(node, spans, "an import of a whole module", _EXAMPLE)
    if node.module == LANGUAGE_MODULE:
        return _refused(node, spans, "an import of single names of the language", f"write: {_LANGUAGE_LINE}")
    if node.level == 0:
        return _refused(node, spans, f"an import of {node.module}", _EXAMPLE)
    if node.module is None:
        return _refused(node, spans, "an import of a whole module", f"write: from .{node.names[0].name} import name")
    written = "." * node.level + node.module
    if "*" in _names(node):
        return _refused(node, spans, "an import of every name of a module", f"name them: from {written} import name")
    names = tuple(Imported(spans.of(alias), alias.name, alias.asname or alias.name) for alias in node.names)
    return Import(spans.of(node), written, _file(spans.file, node.level, node.module), names)


def _names(node: ast.ImportFrom) -> list[str]:
    return [alias.name for alias in node.names]


def _file(importer: str, level: int, module: str) -> str:
    """The file that a relative import means: `.` is the folder of the importing file, each further dot one above."""
    folder = PurePath(importer).parent.joinpath(*[".."] * (level - 1))
    return os.path.normpath(folder.joinpath(*module.split(".")).with_suffix(".py"))


def _refused(node: ast.stmt, spans: SpanMaker, what: str, hint: str) -> Problem:
    return Problem(spans.of(node), "import", f"{what} is not in the rule language", hint=hint)
