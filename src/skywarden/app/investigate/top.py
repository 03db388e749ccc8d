"""Turn a query with groups into the keys that have most events, now and in the stretch of time before."""

from collections.abc import Sequence

import pyarrow as pa

from skywarden.app.investigate.cells import shown
from skywarden.app.investigate.reading import Reading
from skywarden.app.investigate.run import Span, matches_of
from skywarden.app.investigate.spans import length_us, offsets_of
from skywarden.app.investigate.tally import Tally
from skywarden.model.hit import Value
from skywarden.model.investigation import Checkpoint, Top, TopRow, go_on
from skywarden.rules.query import Query

PREVIOUS = "previous"


def top_of(
    query: Query,
    reading: Reading,
    span: Span,
    *,
    limit: int,
    against: str = "",
    pushdown: bool = True,
    checkpoint: Checkpoint = go_on,
) -> Top:
    """Count by the query's values. `against` is `previous`, or how far back the stretch to compare with lies."""
    before_span = _before(span, against) if against else None
    now = _tally(query, reading, span, pushdown=pushdown, checkpoint=checkpoint)
    counted = now.table()
    chosen = counted.slice(0, limit)
    keys = _keys(chosen, query)
    if before_span is None:
        return Top(
            _rows(chosen, keys, now.events, None), counted.num_rows, now.events, None, span.since_us, span.until_us
        )
    then = _tally(query, reading, before_span, pushdown=pushdown, checkpoint=checkpoint)
    rows = _rows(chosen, keys, now.events, _counts(then.table(), chosen, query))
    return Top(rows, counted.num_rows, now.events, then.events, span.since_us, span.until_us, before_span.since_us)


def _before(span: Span, against: str) -> Span:
    shift = span.length_us if against == PREVIOUS else length_us(against, "against")
    return Span(span.since_us - shift, span.until_us - shift)


def _tally(query: Query, reading: Reading, span: Span, *, pushdown: bool, checkpoint: Checkpoint) -> Tally:
    start, stop = offsets_of(reading, span)
    found = matches_of(query, reading, start, stop, pushdown=pushdown, checkpoint=checkpoint)
    return Tally([name for name, _ in query.values]).add_all(found)


def _keys(table: pa.Table, query: Query) -> list[tuple[Value, ...]]:
    """Keys for people, one a row."""
    if not table.num_rows:
        return []
    columns = [
        shown(table.column(f"k{number}").combine_chunks(), core.type) for number, (_, core) in enumerate(query.values)
    ]
    return list(zip(*columns, strict=True))


def _counts(then: pa.Table, chosen: pa.Table, query: Query) -> list[int]:
    """How many events each of the chosen keys had."""
    names = [f"k{number}" for number in range(len(query.values))]
    if not then.num_rows or not chosen.num_rows:
        return [0] * chosen.num_rows
    wanted = set(zip(*(chosen.column(name).to_pylist() for name in names), strict=True))
    keys = zip(*(then.column(name).to_pylist() for name in names), strict=True)
    found = {key: count for key, count in zip(keys, then.column("count").to_pylist(), strict=True) if key in wanted}
    return [found.get(key, 0) for key in zip(*(chosen.column(name).to_pylist() for name in names), strict=True)]


def _rows(
    table: pa.Table, keys: Sequence[tuple[Value, ...]], events: int, before: Sequence[int] | None
) -> tuple[TopRow, ...]:
    counts, accounts = table.column("count").to_pylist(), table.column("accounts").to_pylist()
    rows = []
    for at, (key, count) in enumerate(zip(keys, counts, strict=True)):
        then = None if before is None else before[at]
        change = (count - then) / then if then else None
        rows.append(TopRow(key, count, accounts[at], count / events, then, change))
    return tuple(rows)
