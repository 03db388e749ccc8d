"""What the catalogue says of one dotted name, and the ways to make a value from the event's columns."""

from collections.abc import Callable
from dataclasses import dataclass

from skywarden.kernel.spans import SourceSpan
from skywarden.rules.core import Apply, Column, Const, Core
from skywarden.rules.types import BOOL, DID, DURATION, INT, STR, TIME, URI, Type, list_of

Maker = Callable[[SourceSpan], Core]


@dataclass(frozen=True, slots=True)
class NameEntry:
    """One name. `groups` are the event groups that carry it (empty: every event); `content`: not on deletes."""

    path: str
    type: Type
    doc: str
    make: Maker
    groups: frozenset[str] = frozenset()
    content: bool = False


def column(name: str, kind: Type) -> Maker:
    """The column as it is; null is unknown."""
    return lambda span: Column(span, kind, name)


def content_list(name: str, kind: Type) -> Maker:
    """A list of the record: absent is empty; unknown only where the event has no record."""
    return lambda span: Apply(span, kind, "record_list", (Column(span, kind, name), _action(span)))


def present(name: str, kind: Type = STR) -> Maker:
    """Whether the record has the field; unknown only where the event has no record."""
    return lambda span: Apply(span, BOOL, "present", (Column(span, kind, name), _action(span)))


def field(op: str, kind: Type, *path: str) -> Maker:
    """A field of the record that has no column of its own."""
    return lambda span: Apply(span, kind, op, (Column(span, STR, "record"),), (path,))


def since(name: str) -> Maker:
    """Time from the column to the event."""
    return lambda span: Apply(span, DURATION, "sub", (Column(span, TIME, "time_us"), Column(span, TIME, name)))


def length_of(maker: Maker) -> Maker:
    """How many elements a list has."""
    return lambda span: Apply(span, INT, "list_length", (maker(span),))


def pair_of(op: str, kind: Type, first: Maker, second: Maker) -> Maker:
    """What an operator makes of two lists that are parallel."""
    return lambda span: Apply(span, kind, op, (first(span), second(span)))


def self_thread(span: SourceSpan) -> Core:
    """Parent and root of the reply are by the author; False for posts that are no replies."""
    author = Column(span, DID, "did")
    parent = Apply(span, BOOL, "text_eq", (Column(span, DID, "reply_parent_did"), author))
    root = Apply(span, BOOL, "text_eq", (Column(span, DID, "reply_root_did"), author))
    both = Apply(span, BOOL, "and", (parent, root))
    return Apply(span, BOOL, "or_else", (both, Const(span, BOOL, False)))


def record_uri(span: SourceSpan) -> Core:
    """The at-uri of the event's own record."""
    parts = (Column(span, DID, "did"), Column(span, STR, "collection"), Column(span, STR, "rkey"))
    return Apply(span, URI, "record_uri", parts)


def action_name(span: SourceSpan) -> Core:
    """create, update or delete."""
    return Apply(span, STR, "action_name", (_action(span),))


def _action(span: SourceSpan) -> Core:
    return Column(span, INT, "action")


STRS, DIDS, BOOLS = list_of(STR), list_of(DID), list_of(BOOL)
