"""Turn a query's condition into what reading can leave out: parts of history, and demands of single columns.

Each demand holds of every event that the condition is true of, so that leaving out the others changes no answer.
What a text contains is no demand: the engine looks for that as quickly as a reading could.
A stateful function sees all events of its kinds: then only parts are left out.
"""

from collections.abc import Iterator

import pyarrow as pa

from skywarden.app.investigate.reading import Demand
from skywarden.model.event import Action, Kind
from skywarden.model.partition import PARTS, part_codes
from skywarden.rules.catalog import EventKind
from skywarden.rules.core import Apply, Column, Core, unnamed
from skywarden.rules.passes.fold import constant_of
from skywarden.rules.query import Query


def parts_of(query: Query) -> frozenset[str]:
    """The parts of history that hold the kinds of events a query is on."""
    return frozenset(part for kind in query.kinds for part in _parts(kind))


def _parts(kind: EventKind) -> frozenset[str]:
    """One row of each sort that the kind may be, asked for its part."""
    actions = kind.actions or tuple(Action)
    if kind.kind is not Kind.COMMIT:
        return frozenset({_part(kind.kind, None, None)})
    if kind.collection is not None:
        return frozenset(_part(kind.kind, kind.collection, action) for action in actions)
    deletions = {_part(Kind.COMMIT, None, Action.DELETE)} if Action.DELETE in actions else frozenset()
    written = _WRITTEN if set(actions) - {Action.DELETE} else frozenset()
    return frozenset(written | deletions)


def _part(kind: Kind, collection: str | None, action: Action | None) -> str:
    row = pa.RecordBatch.from_pydict(
        {
            "kind": pa.array([int(kind)], pa.int8()),
            "action": pa.array([None if action is None else int(action)], pa.int8()),
            "collection": pa.array([collection], pa.string()),
        }
    )
    return PARTS[int(part_codes(row)[0])]


_WRITTEN = frozenset(PARTS) - {
    _part(Kind.COMMIT, None, Action.DELETE),
    *(_part(kind, None, None) for kind in Kind if kind is not Kind.COMMIT),
}
"""Parts of records that are there."""


def demands_of(query: Query) -> tuple[Demand, ...]:
    """Tests that every event passes of which the condition is true."""
    if query.is_stateful:
        return ()
    collections = sorted({kind.collection or "" for kind in query.kinds})
    demands = [demand for part in _conjuncts(query.condition) for demand in _demands(part)]
    if len(collections) == 1 and collections[0]:
        demands.append(Demand("collection", (collections[0],)))
    return tuple(dict.fromkeys(demands))


def _conjuncts(node: Core) -> Iterator[Core]:
    node = unnamed(node)
    if isinstance(node, Apply) and node.op == "and":
        for arg in node.args:
            yield from _conjuncts(arg)
    else:
        yield node


def _demands(node: Core) -> list[Demand]:
    match node:
        case Apply(op="text_eq", args=(left, right)):
            return _equal(left, right) or _equal(right, left)
        case Apply(op="in_values", args=(item,), params=(tuple(texts),)):
            return [Demand(name, texts) for name in _column(item)]
    return []


def _equal(left: Core, right: Core) -> list[Demand]:
    value = constant_of(right)
    if not isinstance(value, str):
        return []
    return [Demand(name, (value,)) for name in _column(left)] or _uri_demands(unnamed(left), value)


def _uri_demands(node: Core, uri: str) -> list[Demand]:
    """An at-uri is its three parts."""
    parts = uri.removeprefix("at://").split("/")
    if not (
        isinstance(node, Apply) and node.op == "record_uri" and uri.startswith("at://") and len(parts) == len(node.args)
    ):
        return []
    return [Demand(name, (part,)) for column, part in zip(node.args, parts, strict=True) for name in _column(column)]


def _column(node: Core) -> list[str]:
    """The column that a text is, if it is one."""
    node = unnamed(node)
    return [node.name] if isinstance(node, Column) else []
