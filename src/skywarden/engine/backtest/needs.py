"""Turn a plan into what of history must be read for it: columns of events, and parts."""

from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa

from skywarden.model.event import Action, Kind
from skywarden.model.partition import PARTS, part_codes
from skywarden.rules.catalog import EventKind, known_kind
from skywarden.rules.plan.nodes import Plan, RulePlan

_ALWAYS = ("time_us", "did", "kind", "action", "collection")
"""What chooses rows, keeps time and names the account of a hit."""

SHOWN = ("rkey", "cid", "text", "domains", "caused_by")
"""What a hit is shown with, whatever its rule asks for."""


@dataclass(frozen=True, slots=True)
class Needs:
    """Columns in the order of the schema's names, and parts by name."""

    columns: tuple[str, ...]
    parts: frozenset[str]


def needs_of(plan: Plan) -> Needs:
    """What the rules of a plan look at, and what their hits show."""
    columns = {*_ALWAYS, *SHOWN}
    parts: set[str] = set()
    for scope in plan.scopes:
        columns |= {str(node.params[0]) for node in scope.nodes if node.op == "column"}
        columns |= {name for rule in scope.rules for name in _subject_columns(rule)}
        for kind in map(known_kind, scope.on):
            columns |= set(_choosing(kind))
            parts |= _parts_of(kind)
    return Needs(tuple(sorted(columns)), frozenset(parts))


def _subject_columns(rule: RulePlan) -> Iterator[str]:
    for term in rule.effects:
        yield from (name for name in (term.subject.uri_column, term.subject.did_column) if name is not None)


def _choosing(kind: EventKind) -> Iterator[str]:
    """Columns that decide whether a row is of the kind."""
    if kind.present is not None:
        yield kind.present
    if kind.changed is not None:
        yield from kind.changed


def _parts_of(kind: EventKind) -> set[str]:
    """The parts that rows of a kind of event are in."""
    if kind.kind is not Kind.COMMIT:
        return {_part(kind.kind, None, None)}
    actions: tuple[Action, ...] = kind.actions or tuple(Action)
    if kind.collection is not None:
        return {_part(kind.kind, kind.collection, action) for action in actions}
    others = {_part(other, None, None) for other in Kind if other is not Kind.COMMIT}
    deleted = _part(Kind.COMMIT, None, Action.DELETE)
    found = set(PARTS) - others - {deleted} if set(actions) - {Action.DELETE} else set()
    return found | ({deleted} if Action.DELETE in actions else set())


def _part(kind: Kind, collection: str | None, action: Action | None) -> str:
    columns = {
        "kind": pa.array([int(kind)], pa.int8()),
        "action": pa.array([None if action is None else int(action)], pa.int8()),
        "collection": pa.array([collection], pa.string()),
    }
    return PARTS[int(part_codes(pa.RecordBatch.from_pydict(columns))[0])]
