"""Turn answers into what a terminal shows: tables, bars, sparklines. Texts of strangers carry no control characters."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from skywarden.engine.values import duration_text
from skywarden.model.investigation import (
    Answer,
    EventPage,
    FindRequest,
    Histogram,
    Link,
    Linked,
    SqlAnswer,
    Timeline,
    Top,
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_BAR = 24
_EIGHTHS = " ▏▎▍▌▋▊▉█"
_SPARKS = "▁▂▃▄▅▆▇█"
_MOST_BUCKETS = 60
_CELL = 200


def show_answer(request: FindRequest, found: Answer) -> None:
    """Show what `query find` found."""
    console = Console()
    match found:
        case EventPage():
            _show_events(console, found)
        case Top():
            _show_top(console, request, found)
        case Histogram():
            _show_histogram(console, found)
        case SqlAnswer():
            _show_sql(console, found)


def _show_events(console: Console, page: EventPage) -> None:
    names = list(page.events[0].values) if page.events else []
    table = Table(
        Column("time", no_wrap=True), "account", "event", Column("text", ratio=1, overflow="ellipsis"), *names, box=None
    )
    for one in page.events:
        cells = (_time(one.time_us), one.handle or one.did, one.what, one.text or one.subject)
        table.add_row(*map(_plain, cells), *(_plain(_word(one.values[name])) for name in names))
    console.print(table)
    more = f"; more: --cursor {page.cursor}" if page.cursor else ""
    console.print(f"{len(page.events):,} events of {page.read:,} looked at{more}", style="dim")


def _show_top(console: Console, request: FindRequest, top: Top) -> None:
    compares = top.before is not None
    columns = [Column(_plain(name), overflow="fold") for name in request.group]
    table = Table(*columns, Column("events", justify="right"), "", Column("share", justify="right"), box=None)
    table.add_column("accounts", justify="right")
    if compares:
        table.add_column("before", justify="right")
        table.add_column("change", justify="right")
    most = max((row.count for row in top.rows), default=1)
    for row in top.rows:
        cells = [_plain(_word(value)) for value in row.key]
        cells += [Text(f"{row.count:,}"), Text(bar(row.count / most), "cyan"), Text(f"{row.share:.1%}")]
        cells.append(Text(f"{row.accounts:,}"))
        if compares:
            cells += [Text(f"{row.before or 0:,}"), _change(row.before, row.change)]
        table.add_row(*cells)
    console.print(table)
    before = f", {top.before:,} before" if top.before is not None else ""
    console.print(f"{len(top.rows):,} of {top.keys:,} groups of {top.events:,} events{before}", style="dim")


def _change(before: int | None, change: float | None) -> Text:
    if not before or change is None:
        return Text("new", "bold yellow")
    return Text(f"{change:+.0%}", "red" if change > 0 else "green" if change < 0 else "dim")


def _show_histogram(console: Console, found: Histogram) -> None:
    counts = found.counts
    if len(counts) > _MOST_BUCKETS:
        console.print(sparkline(counts))
        most = max(counts, default=0)
        console.print(f"most in one bucket: {most:,}", style="dim")
    else:
        table = Table(Column("from", no_wrap=True), Column("events", justify="right"), "", box=None)
        most = max(max(counts, default=0), 1)
        for number, count in enumerate(counts):
            start_us = found.since_us + number * found.bucket_us
            table.add_row(_time(start_us), f"{count:,}", Text(bar(count / most, 50), "cyan"))
        console.print(table)
    console.print(f"{found.events:,} events in buckets of {duration_text(found.bucket_us)}", style="dim")


def _show_sql(console: Console, answer: SqlAnswer) -> None:
    table = Table(*(Column(_plain(name), overflow="fold") for name in answer.columns), box=None)
    for row in answer.rows:
        table.add_row(*(_plain(_word(cell)) for cell in row))
    console.print(table)
    cut = " (there are more: --limit)" if answer.is_cut else ""
    console.print(f"{len(answer.rows):,} rows in {answer.seconds:.2f} s{cut}", style="dim")


_COLOURS = {"hit": "yellow", "decision": "red", "label": "magenta", "report": "cyan"}


def show_timeline(found: Timeline) -> None:
    """Show what `query timeline` found."""
    console = Console()
    counts = ", ".join(f"{count:,} {source}s" for source, count in found.counts.items())
    console.print(Text.assemble((found.entity, "bold"), f": {counts}"))
    table = Table(Column("time", no_wrap=True), "", "what", Column("", ratio=1, overflow="ellipsis"), box=None)
    for one in found.entries:
        source = Text(one.source, _COLOURS.get(one.source, ""))
        table.add_row(_time(one.time_us), source, _plain(one.what), _plain(f"{one.detail}  {one.uri}".strip()))
    console.print(table)
    if found.cursor:
        console.print(f"more: --cursor {found.cursor}", style="dim")


def show_links(links: Sequence[Link]) -> None:
    """Show the ways from a thing."""
    table = Table(
        "relation", "meaning", Column("how many", justify="right"), Column("events", justify="right"), box=None
    )
    for one in links:
        table.add_row(one.relation, one.meaning, f"{one.entities:,}", f"{one.events:,}")
    Console().print(table)


def show_linked(linked: Sequence[Linked]) -> None:
    """Show the things at the end of one way."""
    table = Table(Column("entity", overflow="fold"), Column("events", justify="right"), "", "first", "last", box=None)
    most = max((one.events for one in linked), default=1)
    for one in linked:
        bars = Text(bar(one.events / most), "cyan")
        table.add_row(_plain(one.entity), f"{one.events:,}", bars, _time(one.first_us), _time(one.last_us))
    Console().print(table)


def bar(share: float, width: int = _BAR) -> str:
    """A bar as long as a share of the width, to an eighth of a character."""
    eighths = round(max(0.0, min(share, 1.0)) * width * 8)
    return "█" * (eighths // 8) + (_EIGHTHS[eighths % 8] if eighths % 8 else "")


def sparkline(counts: Sequence[int]) -> str:
    """One character a bucket, as high as its share of the largest."""
    most = max(max(counts, default=0), 1)
    return "".join(" " if not count else _SPARKS[min(len(_SPARKS) * count // (most + 1), 7)] for count in counts)


def _word(value: object) -> str:
    if value is None:
        return "unknown"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def _plain(text: str) -> Text:
    """One line without markup or control characters."""
    return Text("".join(letter if letter.isprintable() else " " for letter in text[:_CELL]), overflow="ellipsis")


def _time(micros: int) -> str:
    return f"{_EPOCH + timedelta(microseconds=micros):%Y-%m-%d %H:%M:%S}"
