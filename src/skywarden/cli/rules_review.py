"""`skywarden rules review`: judge sampled hits of rules in shadow without knowing which rule they are of."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from skywarden.cli.releases import ACTOR, CONFIG, DATA, DATABASE, opened, person

if TYPE_CHECKING:  # imported within: --help must be quick
    from skywarden.app.review_desk import ReviewDesk, Shown

REVIEW_HELP = """Judge hits of rules in shadow, drawn evenly from all of them, before you are told which rule it was.

Each is shown as what happened: y - rightly found, n - wrongly found, u - unsure, s - skip, q - stop.
With RULE only its hits are shown; still not the values that it saw.

Scripts give one verdict: --sample NUMBER --verdict right; --list prints what waits as JSON, one a line.

Example: skywarden rules review --data .data"""

_KEYS = {"y": "right", "n": "wrong", "u": "unsure"}


def review(
    rule: Annotated[str | None, typer.Argument(help="Only hits of this rule.", show_default=False)] = None,
    again: Annotated[bool, typer.Option("--again", help="Hits that others have judged: how far do you agree?")] = False,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 50,
    listed: Annotated[bool, typer.Option("--list", help="Print what waits as JSON, and judge nothing.")] = False,
    sample: Annotated[int | None, typer.Option(help="Judge this one.", show_default=False)] = None,
    verdict: Annotated[str, typer.Option(help="right, wrong or unsure, for --sample.")] = "",
    actor: Annotated[str, ACTOR] = "",
    config: Annotated[Path | None, CONFIG] = None,
    data: Annotated[str | None, DATA] = None,
    database: Annotated[str | None, DATABASE] = None,
) -> None:
    with _desk(config, data, database) as desk:
        reviewer = person(actor)
        if sample is not None:
            _judge(desk, sample, verdict, reviewer)
            return
        waiting = desk.waiting(reviewer, rule, again=again, limit=limit)
        if listed:
            _list(waiting)
            return
        done = _ask(desk, waiting, reviewer)
        typer.echo(f"{done} judged; {len(waiting) - done} of these wait")
        for name, version, precision in desk.standing(rule):
            typer.echo(f"{name} {version}: {precision.text() or 'nothing judged yet'}")
            for overlap in desk.overlaps(name, version)[:3]:
                told = f"{overlap.of_tried:.0%} of it found by {overlap.rule}, {overlap.of_live:.0%} of that by it"
                typer.echo(f"    {told} (accounts and days)")


def _ask(desk: "ReviewDesk", waiting: "list[Shown]", reviewer: str) -> int:
    """Show one after the other; how many were judged."""
    from skywarden.moderation.releases.precision import Verdict

    done = 0
    for number, shown in enumerate(waiting, 1):
        typer.echo(f"\n[{number} of {len(waiting)}] {shown.text}")
        key = typer.prompt("rightly found? y/n/u, s skip, q stop", default="s").strip().lower()[:1]
        if key == "q":
            break
        if key in _KEYS:
            told = desk.judge(shown.sampled.number, Verdict(_KEYS[key]), reviewer)
            typer.echo(f"  {told.rule} {told.version}: {told.reason}")
            typer.echo("  " + ", ".join(f"{name} = {value}" for name, value in told.values.items()))
            done += 1
    return done


def _judge(desk: "ReviewDesk", sample: int, verdict: str, reviewer: str) -> None:
    import json

    from skywarden.kernel.errors import Rejected
    from skywarden.moderation.releases.precision import Verdict

    if verdict not in list(Verdict):
        raise Rejected("bad verdict", place="--verdict", expected="right, wrong or unsure", found=verdict)
    told = desk.judge(sample, Verdict(verdict), reviewer)
    typer.echo(json.dumps({"rule": told.rule, "version": told.version, "reason": told.reason}))


def _list(waiting: "list[Shown]") -> None:
    import json

    for shown in waiting:
        one = shown.sampled
        typer.echo(json.dumps({"sample": one.number, "offset": one.offset, "did": one.did, "uri": one.uri}))


@contextmanager
def _desk(config: Path | None, data: str | None, database: str | None) -> "Iterator[ReviewDesk]":
    from skywarden.app.data_folder import DataFolder
    from skywarden.app.history import open_history
    from skywarden.app.review_desk import ReviewDesk
    from skywarden.kernel.clock import SystemClock
    from skywarden.log import SqliteLog

    with opened(config, data, database) as (settings, db):
        folder = DataFolder(Path(settings.data))
        log = SqliteLog(folder.log, writable=False) if folder.log.exists() else None
        try:
            history = None if log is None else open_history(folder, log, SystemClock())
            yield ReviewDesk(db, SystemClock(), history)
        finally:
            if log is not None:
                log.close()
