"""`skywarden bench compile`: how long rules take to compile."""

from typing import Annotated

import typer

_RULES = typer.Option(help="Rules to compile.", min=1)
_FILES = typer.Option(help="Files that they stand in.", min=1)
_ROUNDS = typer.Option(help="Rounds; the figures are their medians.", min=1)


def compile_command(
    rules: Annotated[int, _RULES] = 1_000, files: Annotated[int, _FILES] = 100, rounds: Annotated[int, _ROUNDS] = 5
) -> None:
    """Compile a generated rule set, whole and after a change of one file; the last line is JSON."""
    import msgspec

    from skywarden.bench.compile import measure_compile

    if files > rules:
        raise typer.BadParameter("a file has at least one rule")
    figures = measure_compile(files=files, rules=rules, rounds=rounds)
    typer.echo(f"{figures.rules} rules in {figures.files} files, {figures.nodes} nodes in the plan; CPU time:")
    typer.echo(f"  whole rule set                {figures.compile_s:>8.3f} s")
    typer.echo(f"  one file of rules changed     {figures.reload_s:>8.3f} s")
    typer.echo(f"  a file all import changed     {figures.reload_shared_s:>8.3f} s")
    typer.echo(f"  nothing changed               {figures.unchanged_s:>8.3f} s")
    typer.echo(msgspec.json.encode(figures).decode())
