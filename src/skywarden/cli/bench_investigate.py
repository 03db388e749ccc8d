"""`skywarden bench investigate`: how long analysts wait for answers from ten million events."""

from typing import Annotated

import typer

_LONGEST_S = 3_600
"""A machine that does other things may take its time: the figures tell."""

_EVENTS = typer.Option(help="Events of the month; ten million take some minutes to make, once.", min=10_000)
_ROUNDS = typer.Option(help="Times that each question is asked after the first; the figures are medians.", min=1)


def investigate(events: Annotated[int, _EVENTS] = 10_000_000, rounds: Annotated[int, _ROUNDS] = 5) -> None:
    """Ask a month of events for timelines, top values and words; the last line is JSON."""
    # Imported here: numba is slow to load and --help does not need it.
    import msgspec

    from skywarden.app.investigate.investigator import Caps
    from skywarden.app.investigate.opening import investigator_of
    from skywarden.bench.history import StoredMonth
    from skywarden.bench.investigate import measure_investigate
    from skywarden.kernel.clock import SystemClock
    from skywarden.model.investigation import Investigator
    from skywarden.warehouse import Store

    def opened(month: StoredMonth) -> Investigator:
        return investigator_of(Store(month.folder, SystemClock()), month.history, caps=Caps(seconds=_LONGEST_S))

    figures = measure_investigate(events, rounds, opened, lambda name: typer.echo(f"asking: {name}", err=True))
    for one in figures.questions:
        typer.echo(f"{one.question:<28}{one.ms:>10,.0f} ms{one.cpu_ms:>10,.0f} ms CPU{one.found:>12,} found")
    typer.echo(msgspec.json.encode(figures).decode())
