"""Type `record.text("embed.external.uri")` and its like."""

import re

from skywarden.rules.catalog.names import NAMES
from skywarden.rules.catalog.record_reads import RECORD_READS, RecordRead
from skywarden.rules.check.context import Checks, poison
from skywarden.rules.core import Apply, Core, Named
from skywarden.rules.syntax.tree import Call, Literal
from skywarden.rules.types import STR

_JSON = "record.json"
_KEY = re.compile(r"[A-Za-z_$][A-Za-z0-9_$-]{0,127}|[0-9]{1,4}")


def check_record_read(checks: Checks, node: Call, name: str) -> Core:
    """Type one read of the record."""
    read = RECORD_READS[name]
    match node:
        case Call(arguments=(Literal(value=str(path)) as literal,), keywords=()):
            parts = tuple(path.split("."))
        case _:
            expected = f'record.{name}("path.to.field")'
            return checks.context.problem(node.span, "argument", f"wrong arguments of record.{name}", expected=expected)
    problem = _problem(parts, read, checks.context.limits.path_parts)
    if problem:
        checks.context.problem(literal.span, "path", f"wrong path: {problem}", hint=_hint(read))
        return poison(node.span)
    json = Named(node.span, STR, _JSON, NAMES[_JSON].make(node.span))
    return Apply(node.span, read.result, read.op, (json,), (parts,))


def _problem(parts: tuple[str, ...], read: RecordRead, limit: int) -> str:
    if len(parts) > limit:
        return f"more than {limit} parts (limit path_parts)"
    for part in parts:
        if part == "*" and not read.many:
            return "* stands for every element only in record.texts"
        if part != "*" and not _KEY.fullmatch(part):
            return f"{part!r} is neither a key nor the number of an element"
    return "it begins with *" if parts[0] == "*" else ""


def _hint(read: RecordRead) -> str:
    example = "facets.*.features.*.tag" if read.many else "embed.images.0.alt"
    return f'keys and numbers of elements, joined by dots: record.{read.name}("{example}")'
