"""Turn a thing into the things around it: first how many there are by each way, then those of one way."""

from collections.abc import Callable, Iterator
from functools import partial

from skywarden.app.investigate.entities import Entity, EntityKind
from skywarden.app.investigate.near_texts import everything, near
from skywarden.app.investigate.reading import Reading
from skywarden.app.investigate.relations import COPIES, Relation, literal, relations_of
from skywarden.app.investigate.run import Matches, Span, matches_of
from skywarden.app.investigate.spans import offsets_of
from skywarden.app.investigate.tally import Tally
from skywarden.kernel.errors import Rejected
from skywarden.model.investigation import Checkpoint, Link, Linked, go_on
from skywarden.rules.problems import did_you_mean
from skywarden.rules.query import Query, QueryText, compile_query

_MOST_TEXTS = 500
"""Of an account that posts more different texts than these, the ones that it posts most are looked for."""

Compile = Callable[[QueryText], Query]


def links_of(
    entity: Entity, reading: Reading, span: Span, compiled: Compile = compile_query, checkpoint: Checkpoint = go_on
) -> tuple[Link, ...]:
    """Every way with what is at its end; ways that lead nowhere are left out."""
    found = []
    for relation in relations_of(entity.kind):
        table = _tally(entity, relation, reading, span, compiled, checkpoint).table()
        keys, counts = table.column("k0").to_pylist(), table.column("count").to_pylist()
        others = [count for key, count in zip(keys, counts, strict=True) if _is_other(key, entity, relation)]
        if others:
            found.append(Link(relation.name, relation.meaning, len(others), sum(others)))
    return tuple(found)


def linked_by(
    entity: Entity,
    name: str,
    reading: Reading,
    span: Span,
    limit: int,
    compiled: Compile = compile_query,
    checkpoint: Checkpoint = go_on,
) -> tuple[Linked, ...]:
    """The things at the end of one way, those with most events first. Raises: Rejected, when there is no such way."""
    relation = _named(entity, name)
    table = _tally(entity, relation, reading, span, compiled, checkpoint).table()
    columns = (table.column(column).to_pylist() for column in ("k0", "count", "first_us", "last_us"))
    rows = zip(*columns, strict=True)
    found = [Linked(_shown(row[0], relation), *row[1:]) for row in rows if _is_other(row[0], entity, relation)]
    return tuple(found[:limit])


def _named(entity: Entity, name: str) -> Relation:
    known = {relation.name: relation for relation in relations_of(entity.kind)}
    if name not in known:
        hint = did_you_mean(name, list(known)) or "there are: " + ", ".join(known)
        raise Rejected("unknown relation", place=entity.name, found=name, hint=hint)
    return known[name]


def _is_other(key: str | None, entity: Entity, relation: Relation) -> bool:
    return key is not None and not (relation.target is entity.kind and key == entity.value)


def _shown(value: str, relation: Relation) -> str:
    return Entity(relation.target, value).name


def _tally(
    entity: Entity, relation: Relation, reading: Reading, span: Span, compiled: Compile, checkpoint: Checkpoint
) -> Tally:
    tally = Tally(["other"])
    text = relation.query(entity)
    if relation is COPIES:
        copies = _copies(entity, reading, span, compiled, checkpoint)
        if copies is None:
            return tally
        text = copies
    return tally.add_all(found_in(entity, compiled(text), reading, span, checkpoint))


def found_in(
    entity: Entity,
    query: Query,
    reading: Reading,
    span: Span,
    checkpoint: Checkpoint,
    also: frozenset[str] = frozenset(),
) -> Iterator[Matches]:
    """The events of a query about a thing: of a text, those with a near copy of it."""
    start, stop = offsets_of(reading, span)
    keep = near(entity.value) if entity.kind is EntityKind.TEXT else everything
    also |= {"text"} if entity.kind is EntityKind.TEXT else set()
    return keep(matches_of(query, reading, start, stop, also=also, checkpoint=checkpoint))


def _copies(
    entity: Entity, reading: Reading, span: Span, compiled: Compile, checkpoint: Checkpoint
) -> QueryText | None:
    """Posts of others with a text of this account; None where it has none long enough to compare."""
    own = QueryText(f"author.did == {literal(entity.value)}", COPIES.on, (("key", "same_text(post.text)"),))
    run = partial(found_in, entity, compiled(own), reading, span, checkpoint)
    keys = [key for key in Tally(["key"]).add_all(run()).table().column("k0").to_pylist() if key is not None]
    if not keys:
        return None
    texts = ", ".join(literal(key) for key in keys[:_MOST_TEXTS])
    condition = f"author.did != {literal(entity.value)} and same_text(post.text) in [{texts}]"
    return QueryText(condition, COPIES.on, (("other", COPIES.group),))
