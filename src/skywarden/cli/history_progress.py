"""Show on standard error how many events of history were run."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def history_progress() -> Iterator[Callable[[int], None]]:
    """Give what is to be told of rows; the bar is gone afterwards."""
    from rich.console import Console
    from rich.progress import Progress

    with Progress(transient=True, console=Console(stderr=True)) as bar:
        task = bar.add_task("Replaying history", total=None)
        yield lambda rows: bar.advance(task, rows)
