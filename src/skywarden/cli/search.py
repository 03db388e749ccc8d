"""`skywarden search`: find posts and accounts by their words, make the index anew, say how it stands."""

import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

if TYPE_CHECKING:  # --help must not import Arrow
    from skywarden.app.data_folder import DataFolder
    from skywarden.search import SearchHit

_DATA = typer.Option(help="Data folder [default: .data].")
_CONFIG = typer.Option(help="TOML file with settings.")
_QUERY = typer.Argument(help='Words, "phrases", -not, and filters: from: lang: domain: tag: kind: since: until:.')
_SINCE = typer.Option(help="Witnessed since a day, a moment (UTC) or so long ago: 2026-11-01, 24h, 7d.")
_LIMIT = typer.Option(min=1, max=1_000, help="At most so many.")
_CURSOR = typer.Option(help="Go on where an earlier answer ended; it said how.")
_FORMAT = typer.Option("--format", help="table, or json: one object a line.")


class _SearchGroup(typer.core.TyperGroup):
    """`search QUERY` is `search find QUERY`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # the context's class is not public
        if args and args[0] not in (*self.commands, "--help"):
            args = ["find", *args]
        return super().parse_args(ctx, args)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(
        cls=_SearchGroup,
        help="Find posts and accounts by their words. `search 'QUERY'` is short for `search find 'QUERY'`.",
        no_args_is_help=True,
    )
    group.command("find")(find)
    group.command("rebuild")(rebuild)
    group.command("status")(status)
    app.add_typer(group, name="search")


def find(
    query: Annotated[list[str], _QUERY],
    data: Annotated[str | None, _DATA] = None,
    config: Annotated[Path | None, _CONFIG] = None,
    since: Annotated[str | None, _SINCE] = None,
    limit: Annotated[int, _LIMIT] = 20,
    rank: Annotated[Literal["newest", "score"], typer.Option(help="What comes first.")] = "newest",
    cursor: Annotated[str | None, _CURSOR] = None,
    output: Annotated[Literal["table", "json"], _FORMAT] = "table",
) -> None:
    """Search posts, alt texts, link hosts, tags, profiles and handles; beside a running platform too."""
    from skywarden.kernel.clock import SystemClock
    from skywarden.search import parse_query
    from skywarden.search.current import CurrentIndex
    from skywarden.search.folder import SearchFolder

    text = " ".join([*query, *([f"since:{since}"] if since else [])])
    asked = parse_query(text, SystemClock().now_us())
    index = CurrentIndex(SearchFolder(_folder(data, config).search))
    page = index.find(asked, limit=limit, rank=rank, cursor=cursor)
    for hit in page.hits:
        typer.echo(_as_json(hit) if output == "json" else _as_text(hit))
    if page.cursor is not None:
        typer.echo(f"more: --cursor {page.cursor}", err=True)
    elif not page.hits:
        typer.echo("nothing found", err=True)


def rebuild(data: Annotated[str | None, _DATA] = None, config: Annotated[Path | None, _CONFIG] = None) -> None:
    """Make the index anew from all of history, beside a running platform too, and then use it."""
    from rich.console import Console
    from rich.progress import Progress

    from skywarden.app.history import open_history
    from skywarden.kernel.clock import SystemClock
    from skywarden.log.sqlite import SqliteLog
    from skywarden.search.folder import SearchFolder
    from skywarden.search.follow import rebuild as make_anew

    folder = _folder(data, config)
    log = SqliteLog(folder.log, writable=False)
    try:
        with Progress(transient=True, console=Console(stderr=True)) as bar:
            task = bar.add_task("events", total=None)

            def progress(done: int, total: int) -> None:
                bar.update(task, completed=done, total=total)

            size = make_anew(open_history(folder, log, SystemClock()), SearchFolder(folder.search), progress)
    finally:
        log.close()
    typer.echo(f"{size:,} documents")


def status(
    data: Annotated[str | None, _DATA] = None,
    config: Annotated[Path | None, _CONFIG] = None,
    output: Annotated[Literal["table", "json"], _FORMAT] = "table",
) -> None:
    """Say how many documents the index has, how far behind the log it is, and how large."""
    from skywarden.log.sqlite import SqliteLog
    from skywarden.search.current import CurrentIndex
    from skywarden.search.folder import SearchFolder

    folder = _folder(data, config)
    search = SearchFolder(folder.search)
    index = CurrentIndex(search)
    log = SqliteLog(folder.log, writable=False)
    try:
        position, end = index.position(), log.end_offset()
    finally:
        log.close()
    path = search.current()
    size = sum(file.stat().st_size for file in path.iterdir() if file.is_file()) if path else 0
    facts = {"documents": index.size(), "position": position, "behind": max(end - position, 0), "bytes": size}
    if output == "json":
        typer.echo(json.dumps({**facts, "path": str(path)}))
        return
    for name, value in facts.items():
        typer.echo(f"{name:<10}{value:>16,}")
    typer.echo(f"{'path':<10}  {path}")


def _folder(data: str | None, config: Path | None) -> "DataFolder":
    from skywarden.app.data_folder import DataFolder
    from skywarden.settings import load_settings

    return DataFolder(Path(load_settings(config, os.environ, {"data": data}).data))


def _as_json(hit: "SearchHit") -> str:
    import msgspec

    return msgspec.json.encode(hit).decode()


def _as_text(hit: "SearchHit") -> str:
    """Time, kind and uri, then the snippet with what was found set off where the output is a terminal."""
    moment = datetime.fromtimestamp(hit.time_us / 1e6, UTC).strftime("%Y-%m-%d %H:%M:%S")
    text, at, shown = hit.snippet.text, 0, ""
    for start, end in hit.snippet.highlights:
        shown += _plain(text[at:start]) + _marked(_plain(text[start:end]))
        at = end
    return f"{moment}  {hit.kind}  {hit.uri}\n    {hit.snippet.part}: {shown}{_plain(text[at:])}"


def _marked(text: str) -> str:
    return typer.style(text, bold=True) if sys.stdout.isatty() else text


def _plain(text: str) -> str:
    """Text of strangers: one line, no control characters."""
    return "".join(letter if letter.isprintable() else " " for letter in text)
