"""`skywarden bench search`: how fast posts are indexed and found."""

from typing import Annotated

import typer

_EVENTS = typer.Option(help="Length of the history in posts; it is made once and kept in the temporary folder.", min=1)
_ROUNDS = typer.Option(help="Times that each query is asked; the figures are medians.", min=1)


def search(events: Annotated[int, _EVENTS] = 500_000, rounds: Annotated[int, _ROUNDS] = 15) -> None:
    """Index a history of posts and ask for common and rare words; the last line is JSON."""
    # Imported here: numba is slow to load and --help does not need it.
    import msgspec
    from rich.console import Console
    from rich.progress import Progress

    from skywarden.bench.search import measure_search

    with Progress(transient=True, console=Console(stderr=True)) as bar:
        task = bar.add_task("posts indexed", total=events)
        figures = measure_search(
            events, rounds=rounds, progress=lambda done, total: bar.update(task, completed=done, total=total)
        )
    for query in figures.queries:
        typer.echo(
            f"{query.query:<44}{query.rank:<8}{query.hits:>4} hits{query.ms:>9.2f} ms{query.thread_ms:>9.2f} cpu"
        )
    typer.echo(
        f"{figures.documents:,} documents, {figures.documents_per_s:,.0f}/s in, {figures.cpu_us:.0f} us CPU each"
    )
    typer.echo(f"{figures.index_mb:,.0f} MB on disk, {figures.rss_mb:,.0f} MB in memory at most")
    typer.echo(msgspec.json.encode(figures).decode())
