"""`skywarden replay`: make past decisions once more, and say whether they come out the same."""

import os
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from skywarden.cli.history_progress import history_progress
from skywarden.cli.rule_compile import Format

if TYPE_CHECKING:  # the engine's imports are heavy, and --help must be quick
    from skywarden.app.why import Replayed
    from skywarden.app.why.targets import Target
    from skywarden.moderation.evidence import Evidence

_AT_ONCE = 20_000
"""Targets for which history is read together."""

_CONFIG = typer.Option(help="TOML file with settings.")
_DATA = typer.Option(help="Data folder of the platform [default: .data].")
_DATABASE = typer.Option(help="Database URL [default: a SQLite file in the data folder].")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(replay)


def replay(
    decision: Annotated[int | None, typer.Option(help="The id of a decision.")] = None,
    effect: Annotated[str | None, typer.Option(help="The id of an effect.")] = None,
    hit: Annotated[str | None, typer.Option(help="A hit, OFFSET/RULE.")] = None,
    rule: Annotated[str | None, typer.Option(help="Every answer to this rule.")] = None,
    since: Annotated[str | None, typer.Option(help="With --rule: from this time on, such as 30d or a date.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every decision.")] = False,
    sample: Annotated[int | None, typer.Option(min=1, help="With --all: about so many, drawn by chance.")] = None,
    seed: Annotated[int, typer.Option(help="Of the draw.")] = 1,
    style: Annotated[Format, typer.Option("--format", help="For people or for programs (one object a line).")] = (
        Format.TEXT
    ),
    config: Annotated[Path | None, _CONFIG] = None,
    data: Annotated[str | None, _DATA] = None,
    database: Annotated[str | None, _DATABASE] = None,
) -> None:
    """Make past decisions once more, from history, rule version and snapshot: identical, or the first difference.

    The rule of that version is run over history with the memory that it had, the effect is proposed again, and
    moderation decides on what it decided on then, with its breakers counted anew. What was not kept is said to be
    unknown. The platform may be running meanwhile. Exit code 1 when anything is different.
    """
    from skywarden.app.why.opened import open_why
    from skywarden.kernel.errors import Rejected
    from skywarden.moderation.evidence import Evidence
    from skywarden.settings import load_settings

    if sum([decision is not None, effect is not None, hit is not None, rule is not None, everything]) != 1:
        raise Rejected("what shall be replayed?", expected="one of --decision, --effect, --hit, --rule and --all")
    with open_why(load_settings(config, os.environ, {"data": data, "database.url": database})) as why:
        counts: Counter[str] = Counter()
        with why.database.read() as tx:
            evidence = Evidence(tx)
            targets = _one(evidence, decision, effect, hit) or _many(evidence, rule, since, sample, seed)
            while some := list(islice(targets, _AT_ONCE)):
                with history_progress() as progress:
                    for found in why.replay.replay(tx, some, progress):
                        counts[found.verdict.value] += 1
                        _tell(found, style, alone=rule is None and not everything)
    if (rule is not None or everything) and style is Format.TEXT:
        typer.echo(", ".join(f"{counts[name]:,} {name}" for name in ("identical", "different", "unknown")))
    if counts["different"]:
        raise typer.Exit(1)


def _one(evidence: "Evidence", decision: int | None, effect: str | None, hit: str | None) -> "Iterator[Target] | None":
    from skywarden.app.why.targets import target_of_decision, target_of_effect, target_of_hit

    if decision is not None:
        return iter([target_of_decision(evidence, decision)])
    if effect is not None:
        return iter([target_of_effect(evidence, effect)])
    return None if hit is None else iter([target_of_hit(evidence, hit)])


def _many(
    evidence: "Evidence", rule: str | None, since: str | None, sample: int | None, seed: int
) -> "Iterator[Target]":
    from skywarden.app.why.targets import decisions_of_rule, every_decision, sampled, target_of_decision
    from skywarden.cli.moment import read_moment
    from skywarden.kernel.clock import SystemClock
    from skywarden.kernel.ids import UtcMicros

    if rule is not None:
        since_us = UtcMicros(0) if since is None else read_moment(since, SystemClock().now_us(), "--since")
        return (target_of_decision(evidence, number) for number in decisions_of_rule(evidence, rule, since_us))
    numbers = every_decision(evidence) if sample is None else sampled(evidence, sample, seed)
    return (target_of_decision(evidence, number) for number in numbers)


def _tell(found: "Replayed", style: Format, *, alone: bool) -> None:
    import msgspec

    if style is Format.JSON:
        typer.echo(msgspec.json.encode(found).decode())
        return
    if not alone and found.verdict.value == "identical":
        return
    typer.echo(f"{found.name}: {found.verdict.value}" + (f" ({found.why})" if found.why else ""))
    if found.differences:
        first, more = found.differences[0], len(found.differences) - 1
        typer.echo(f"  first difference: {first.field}\n    then: {first.then}\n    now:  {first.now}")
        if more:
            typer.echo(f"  and {more} more: {', '.join(one.field for one in found.differences[1:9])}")
    if alone and found.start is not None:
        typer.echo(f"  made again: {', '.join(found.compared)}; {found.events:,} events from offset {found.start:,} on")
