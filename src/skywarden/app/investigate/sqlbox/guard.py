"""Hold a parsed SELECT to what analysts may do: known tables, known functions, nothing that the parser knows besides.

Everything is an allow-list: a node, table or function that is not named here is refused with its place underlined.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches

from skywarden.app.investigate.sqlbox.functions import FUNCTIONS, TABLE_FUNCTIONS
from skywarden.kernel.errors import Rejected

REFUSED = "SqlRefused"

Node = Mapping[str, object]

_QUERIES = frozenset({"SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE"})
_MODIFIERS = frozenset({"ORDER_MODIFIER", "LIMIT_MODIFIER", "LIMIT_PERCENT_MODIFIER", "DISTINCT_MODIFIER"})
_ORDERS = frozenset({"ASCENDING", "DESCENDING", "ORDER_DEFAULT"})
_TABLES = frozenset({"BASE_TABLE", "SUBQUERY", "JOIN", "EMPTY", "EXPRESSION_LIST", "TABLE_FUNCTION"})
_EXPRESSIONS = frozenset(
    {"COLUMN_REF", "CONSTANT", "FUNCTION", "CONJUNCTION", "COMPARISON", "OPERATOR", "CAST", "CASE", "BETWEEN"}
    | {"SUBQUERY", "STAR", "WINDOW", "LAMBDA", "LAMBDA_REF", "POSITIONAL_REFERENCE", "TYPE"}
)
_WITHOUT_CLASS = _QUERIES | _MODIFIERS | _ORDERS | _TABLES
_WORDS = {
    "SHOW_REF": "DESCRIBE, SHOW and SUMMARIZE",
    "PIVOT": "PIVOT",
    "PARAMETER": "a parameter",
    "DEFAULT": "DEFAULT",
}
_CTE_NAME = re.compile(r"(?!duckdb_|pragma_|sqlite_|pg_|information_schema)[a-z_][a-z0-9_]{0,62}", re.ASCII)


def check_statement(text: str, parsed: str, tables: Iterable[str]) -> None:
    """Check one statement; `parsed` is what `json_serialize_sql` made of `text`.

    Raises: Rejected, saying what is not allowed and where it stands.
    """
    found = json.loads(parsed)
    if found["error"]:
        raise _unparsed(text, found)
    if len(found["statements"]) != 1:
        raise Rejected(REFUSED, expected="one SELECT", found=f"{len(found['statements'])} statements")
    nodes = list(_nodes(found["statements"][0]["node"]))
    own = frozenset(name for node in nodes for name in _named_queries(node, text))
    known = frozenset(tables) | own
    of_tables = {id(node["function"]) for node in nodes if node.get("type") == "TABLE_FUNCTION"}
    for node in nodes:
        _check_kind(node, text)
        if "function_name" in node:
            _check_function(node, text, TABLE_FUNCTIONS if id(node) in of_tables else FUNCTIONS)
        elif node.get("type") == "BASE_TABLE":
            _check_table(node, known, text)


def _unparsed(text: str, found: Node) -> Rejected:
    """Something that is no SELECT, or no SQL."""
    if found.get("error_type") == "not implemented":
        return Rejected(
            REFUSED, expected="one SELECT", found="another kind of statement", hint="data is only read here"
        )
    position = found.get("position")
    message = str(found.get("error_message", "")).splitlines()[0]
    place = underlined(text, int(str(position))) if position is not None else ""
    return Rejected("SqlSyntax", found=message, hint=place)


def _nodes(root: object) -> Iterator[Node]:
    """Every object of the tree, whatever it hangs on."""
    todo = [root]
    while todo:
        node = todo.pop()
        if isinstance(node, dict):
            yield node
            todo.extend(node.values())
        elif isinstance(node, list):
            todo.extend(node)


def _named_queries(node: Node, text: str) -> list[str]:
    """The names that a WITH gives. A name that could be read as a file or a table of the system is none."""
    named = node.get("cte_map")
    entries = named.get("map") if isinstance(named, dict) else None
    names = [str(entry["key"]).lower() for entry in entries or ()]
    for name in names:
        if not _CTE_NAME.fullmatch(name):
            raise Rejected(REFUSED, expected="a plain name after WITH", found=repr(name[:60]))
    return names


def _check_kind(node: Node, text: str) -> None:
    kind, sort = node.get("class"), node.get("type")
    if isinstance(kind, str):
        if kind not in _EXPRESSIONS:
            raise _refused(node, text, _WORDS.get(kind, kind.lower()))
    elif isinstance(sort, str) and sort not in _WITHOUT_CLASS:
        raise _refused(node, text, _WORDS.get(sort, sort.lower()))


def _check_function(node: Node, text: str, known: frozenset[str]) -> None:
    name = str(node["function_name"]).lower()
    if name in known and not (node.get("schema") or node.get("catalog")):
        return
    near = get_close_matches(name, known, n=1)
    full = ".".join(str(part) for part in (node.get("catalog"), node.get("schema"), name) if part)
    raise _refused(node, text, f"the function {full}", f"did you mean {near[0]}?" if near else "")


def _check_table(node: Node, known: frozenset[str], text: str) -> None:
    name = str(node["table_name"]).lower()
    if name in known and not (node.get("schema_name") or node.get("catalog_name") or node.get("at_clause")):
        return
    full = ".".join(str(node[part]) for part in ("catalog_name", "schema_name", "table_name") if node.get(part))
    raise _refused(node, text, f"the table {full[:80]}", "there are: " + ", ".join(sorted(known)))


def _refused(node: Node, text: str, what: str, hint: str = "") -> Rejected:
    position = node.get("query_location")
    place = underlined(text, position) if isinstance(position, int) else ""
    return Rejected(REFUSED, found=f"{what}, which is not allowed here", hint="\n".join(filter(None, [hint, place])))


def underlined(text: str, position: int) -> str:
    """The line of a byte position, with a mark below it; nothing where it lies outside of the text."""
    raw = text.encode(errors="replace")
    if not 0 <= position < len(raw):
        return ""
    before = raw[:position].decode(errors="ignore")
    start = before.rfind("\n") + 1
    line = text[start:].split("\n", 1)[0][:160]
    return f"\n  {line}\n  {' ' * (len(before) - start)}^"
