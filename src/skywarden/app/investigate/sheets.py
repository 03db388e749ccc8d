"""Turn any answer into rows with names, and these into CSV that no spreadsheet runs, Parquet or JSON."""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq

from skywarden.engine.values import time_text
from skywarden.model.investigation import EventPage, Histogram, Link, Linked, SqlAnswer, Timeline, Top

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NUMBERS = (int, float)


@dataclass(frozen=True, slots=True)
class Sheet:
    """Rows of values under names. Times end in `_us`, and have a column of ISO 8601 beside them."""

    columns: tuple[str, ...]
    rows: Sequence[tuple[object, ...]]


def csv_text(sheet: Sheet) -> str:
    """Comma-separated values. A text that a spreadsheet would take for a formula begins with an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([_cell(name) for name in sheet.columns])
    writer.writerows([_cell(value) for value in row] for row in sheet.rows)
    return out.getvalue()


def _cell(value: object) -> str:
    """Numbers may begin with a minus; nothing else may."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, _NUMBERS):
        return str(value)
    text = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    return f"'{text}" if text.startswith(_FORMULA) or text.lstrip(" \u00a0\ufeff\n").startswith(_FORMULA) else text


def parquet_bytes(sheet: Sheet) -> bytes:
    """One Parquet file; a column of mixed values becomes text."""
    names = _different(sheet.columns)
    columns = [_column([row[at] for row in sheet.rows]) for at in range(len(names))]
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table(columns, names=names), sink, compression="zstd")
    return bytes(sink.getvalue())


def _different(names: Sequence[str]) -> list[str]:
    """A SELECT may give two columns one name; a file may not."""
    found: list[str] = []
    for name in names:
        number, free = 1, name
        while free in found:
            number += 1
            free = f"{name}_{number}"
        found.append(free)
    return found


def _column(values: Sequence[object]) -> pa.Array:
    try:
        array = pa.array(values)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return pa.array([None if value is None else str(value) for value in values], pa.string())
    return array.cast(pa.string()) if pa.types.is_null(array.type) else array


def json_text(sheet: Sheet) -> str:
    """One JSON object a line."""
    names = _different(sheet.columns)
    return "".join(json.dumps(dict(zip(names, row, strict=True)), default=str) + "\n" for row in sheet.rows)


def events_sheet(page: EventPage) -> Sheet:
    """An event a row, with what was asked of it."""
    names = tuple(page.events[0].values) if page.events else ()
    fixed = ("offset", "time_us", "time", "did", "handle", "what", "uri", "text", "subject")
    rows = [
        (
            *(one.offset, one.time_us, time_text(one.time_us), one.did, one.handle, one.what, one.uri),
            *(one.text, one.subject, *one.values.values()),
        )
        for one in page.events
    ]
    return Sheet((*fixed, *names), rows)


def top_sheet(top: Top, group: Sequence[str]) -> Sheet:
    """A key a row."""
    fixed = ("count", "accounts", "share", "before", "change")
    return Sheet(
        (*group, *fixed), [(*row.key, row.count, row.accounts, row.share, row.before, row.change) for row in top.rows]
    )


def histogram_sheet(histogram: Histogram) -> Sheet:
    """A bucket a row."""
    starts = [histogram.since_us + number * histogram.bucket_us for number in range(len(histogram.counts))]
    rows = [(start, time_text(start), count) for start, count in zip(starts, histogram.counts, strict=True)]
    return Sheet(("time_us", "time", "count"), rows)


def timeline_sheet(timeline: Timeline) -> Sheet:
    """An entry a row."""
    rows = [
        (one.time_us, time_text(one.time_us), one.source, one.what, one.did, one.uri, one.detail, one.number)
        for one in timeline.entries
    ]
    return Sheet(("time_us", "time", "source", "what", "did", "uri", "detail", "number"), rows)


def links_sheet(links: Sequence[Link]) -> Sheet:
    """A way a row."""
    rows = [(one.relation, one.meaning, one.entities, one.events) for one in links]
    return Sheet(("relation", "meaning", "entities", "events"), rows)


def linked_sheet(linked: Sequence[Linked]) -> Sheet:
    """A thing a row."""
    rows = [(one.entity, one.events, time_text(one.first_us), time_text(one.last_us)) for one in linked]
    return Sheet(("entity", "events", "first", "last"), rows)


def sql_sheet(answer: SqlAnswer) -> Sheet:
    """What a SELECT gave."""
    return Sheet(answer.columns, answer.rows)
