"""Check, test and list rule files: `skywarden rules check|test|list|stubs`."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from skywarden.kernel.errors import Rejected

if TYPE_CHECKING:  # the engine's imports are heavy, and --help must be quick
    from skywarden.engine.cases import CaseResult, RuleReport
    from skywarden.rules import Plan

_CHECK_HELP = """Check rule files: syntax, names, types, limits. Nothing is executed.

Every problem of every file is shown at once, underlined, with a suggestion.

Exit code 0: all is well; 1: there are problems; 2: a file cannot be read.

Example: skywarden rules check my-rules/ --format json
"""
_TEST_HELP = """Run the cases beside the rules through the real engine.

FILE.cases.toml holds the cases of FILE.py: short stories of events, each with the expected outcome.

    [[case]]
    rule = "reply_flood"
    expect = "hit"
    [[case.events]]
    repeat = 40
    every = "1 minute"
    author = "mallory"
    author_age = "2 days"
    text = "hello {n}"
    reply_to = "stranger{n}"

A rule needs at least one hit and one miss. Exit code 0: every case holds; 1: some do not.
"""
_LIST_HELP = """List rules with their events, effects, limits and versions (content hashes)."""

_PATHS = typer.Argument(None, help="Rule files or folders; without any: the rule set that is shipped.")


class Format(StrEnum):
    TEXT = "text"
    JSON = "json"


def register(app: typer.Typer) -> None:
    rules = typer.Typer(name="rules", help="Check, test and list detection rules.", no_args_is_help=True)
    app.add_typer(rules)

    @rules.command("check", help=_CHECK_HELP)
    def check(
        paths: list[Path] | None = _PATHS,
        style: Format = typer.Option(Format.TEXT, "--format", help="For people or for editors."),
    ) -> None:
        plan = _compile(paths, style)
        if style is Format.JSON:
            typer.echo("[]")
        else:
            typer.echo(f"{len(plan.rules)} rules, no problems")

    @rules.command("test", help=_TEST_HELP)
    def test(
        paths: list[Path] | None = _PATHS,
        rule: str = typer.Option("", help="Only the cases of this rule."),
        verbose: bool = typer.Option(False, "--verbose", "-v", help="Show the values seen of every case."),
    ) -> None:
        from skywarden.engine.cases import read_cases, run_cases

        plan = _compile(paths, Format.TEXT)
        cases = [case for path in _chosen(paths) for case in read_cases(path)]
        reports = [report for report in run_cases(plan, cases) if rule in ("", report.rule)]
        if rule and not reports:
            raise Rejected("unknown rule", found=rule, hint="see: skywarden rules list")
        _show_reports(reports, verbose=verbose)
        if not all(report.passed for report in reports):
            raise typer.Exit(1)

    @rules.command("list", help=_LIST_HELP)
    def list_rules(paths: list[Path] | None = _PATHS) -> None:
        _show_rules(_compile(paths, Format.TEXT))

    @rules.command("stubs", hidden=True)
    def stubs() -> None:
        """Print the typed stubs of skywarden.lang."""
        from skywarden.rules.reference.stubs import stub_text

        typer.echo(stub_text(), nl=False)


def _chosen(paths: list[Path] | None) -> list[Path]:
    from skywarden.rulesets import BLUESKY

    return paths or [BLUESKY]


def _compile(paths: list[Path] | None, style: Format) -> "Plan":
    """All rules of the paths as one plan; problems are shown and end the command with exit code 1."""
    from skywarden.rules import RuleErrors
    from skywarden.rules.folder import load_paths

    try:
        return load_paths(_chosen(paths))
    except RuleErrors as errors:
        if style is Format.JSON:
            typer.echo(errors.json())
        else:
            typer.echo(errors.text(), err=True)
            typer.echo(f"{len(errors.problems)} problems", err=True)
        raise typer.Exit(1) from errors


def _show_reports(reports: "list[RuleReport]", *, verbose: bool) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("rule", "case", "events", "expected", "found", "")
    for report in reports:
        for result in report.results:
            mark = "[green]holds[/]" if result.passed else "[red]fails[/]"
            cells = (report.rule, result.case.about, str(result.events), result.expected, result.found, mark)
            table.add_row(*cells)
        for word in report.lacking:
            table.add_row(report.rule, f"no {word} case", "", word, "", "[red]lacks[/]")
    console = Console()
    console.print(table)
    results = [result for report in reports for result in report.results]
    for result in results:
        if verbose or not result.passed:
            typer.echo(_values_text(result))
    failed = sum(not report.passed for report in reports)
    typer.echo(f"{len(results)} cases of {len(reports)} rules; {failed} rules fail")


def _values_text(result: "CaseResult") -> str:
    """What a case expected and found, and the values that the rule saw."""
    lines = [
        f"\n{result.case.place}: {result.case.rule}, {result.case.about}",
        f"  - expected {result.expected}",
        f"  + found    {result.found}, values at event {result.at_event} of {result.events}:",
    ]
    lines += [f"      {name} = {'unknown' if value is None else value}" for name, value in result.values.items()]
    if result.reason:
        lines.append(f"    {result.reason}")
    return "\n".join(lines)


def _show_rules(plan: "Plan") -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("rule", "on", "then", "a day", "version", "file")
    for scope in plan.scopes:
        for rule in scope.rules:
            then = ", ".join(f"{effect.kind} {effect.value.split('#')[-1]}" for effect in rule.effects)
            limit = "" if rule.limit_per_day is None else str(rule.limit_per_day)
            table.add_row(rule.name, ", ".join(scope.on), then, limit, rule.version, Path(rule.file).name)
    Console().print(table)
    typer.echo(f"{len(plan.rules)} rules")
