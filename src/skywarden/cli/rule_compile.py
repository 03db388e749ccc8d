"""Turn the paths of a `skywarden rules` command into compiled rules, or show what is wrong and end with exit code 1."""

from enum import StrEnum
from pathlib import Path
from time import thread_time
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:  # imported within: --help must be quick
    from collections.abc import Iterable, Mapping

    from skywarden.rules import Compiler, Plan
    from skywarden.rules.problems import Problem

PATHS = typer.Argument(None, help="Rule files or folders; without any: the rule set that is shipped.")
PARAMETERS = typer.Option(None, help="TOML file that tunes parameters, over the parameters.toml beside the rules.")


class Format(StrEnum):
    TEXT = "text"
    JSON = "json"


def chosen(paths: list[Path] | None) -> list[Path]:
    """The paths of the command, or the shipped rule set."""
    from skywarden.rulesets import BLUESKY

    return paths or [BLUESKY]


def compile_paths(
    paths: list[Path] | None,
    parameters: Path | None = None,
    *,
    style: Format = Format.TEXT,
    strict: bool = False,
    tells: bool = False,
) -> "tuple[Plan, Compiler]":
    """All rules of the paths as one plan. `tells` shows warnings; with `strict` a warning is an error."""
    from skywarden.rules import Compiler, RuleErrors
    from skywarden.rules.folder import read_sources

    compiler, sources = Compiler(clock=thread_time), read_sources(chosen(paths), parameters)
    try:
        plan = compiler.compile(sources.files, sources.sets, sources.parameters)
    except RuleErrors as errors:
        _show(errors.problems, errors.sources, style)
        raise typer.Exit(1) from errors
    if tells and (compiler.warnings or style is Format.JSON):
        _show(compiler.warnings, compiler.sources, style)
    if strict and compiler.warnings:
        raise typer.Exit(1)
    return plan, compiler


def _show(problems: "Iterable[Problem]", sources: "Mapping[str, str]", style: Format) -> None:
    from skywarden.rules.problems import Severity, problems_json, problems_text

    if style is Format.JSON:
        typer.echo(problems_json(problems, sources))
        return
    found = list(problems)
    warnings = sum(problem.severity is Severity.WARNING for problem in found)
    typer.echo(problems_text(found, sources), err=True)
    counts = [_count(len(found) - warnings, "problem"), _count(warnings, "warning")]
    typer.echo(", ".join(count for count in counts if count), err=True)


def _count(number: int, word: str) -> str:
    return "" if not number else f"{number} {word}" + ("" if number == 1 else "s")
