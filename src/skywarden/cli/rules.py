"""Check, test and list rule files and their parameters: `skywarden rules check|test|list|parameters|stubs`."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from skywarden.cli.releases import register_releases
from skywarden.cli.rule_compile import PARAMETERS, PATHS, Format, chosen, compile_paths
from skywarden.cli.rules_backtest import BACKTEST_HELP, BACKTESTS_HELP, backtest, backtests
from skywarden.cli.rules_explain import EXPLAIN_HELP, explain
from skywarden.cli.rules_review import REVIEW_HELP, review
from skywarden.kernel.errors import Rejected

if TYPE_CHECKING:  # the engine's imports are heavy, and --help must be quick
    from skywarden.engine.cases import CaseResult, RuleReport
    from skywarden.rules import Plan
    from skywarden.rules.parameters import Tunable

_CHECK_HELP = """Check rule files: syntax, names, types, limits, rules that can never be true. Nothing is executed.

Every problem of every file is shown at once, underlined, with a suggestion.

A warning (an unused name, a rule that is always true) does not keep rules from running, unless --strict is given.

Of a single file, the files that it imports are checked too, without their rules.

Exit code 0: no errors (with --strict: no warnings either); 1: there are some; 2: a file cannot be read.

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

_PARAMETERS_HELP = """List what may be tuned: the parameters of rule files, with default and value in force.

FILE.py declares YOUNG = parameter("young", 14 * days); parameters.toml beside the rules sets it:

    [FILE]
    young = "7 days"
"""


def register(app: typer.Typer) -> None:
    rules = typer.Typer(name="rules", help="Check, test and list detection rules.", no_args_is_help=True)
    app.add_typer(rules)

    @rules.command("check", help=_CHECK_HELP)
    def check(
        paths: list[Path] | None = PATHS,
        style: Format = typer.Option(Format.TEXT, "--format", help="For people or for editors."),
        strict: bool = typer.Option(False, "--strict", help="Warnings count as errors."),
        parameters: Path | None = PARAMETERS,
    ) -> None:
        plan, compiler = compile_paths(paths, parameters, style=style, strict=strict, tells=True)
        if style is Format.TEXT:
            typer.echo(f"{len(plan.rules)} rules, " + ("no errors" if compiler.warnings else "no problems"))

    @rules.command("test", help=_TEST_HELP)
    def test(
        paths: list[Path] | None = PATHS,
        rule: str = typer.Option("", help="Only the cases of this rule."),
        verbose: bool = typer.Option(False, "--verbose", "-v", help="Show the values seen of every case."),
        parameters: Path | None = PARAMETERS,
    ) -> None:
        from skywarden.engine.cases import read_cases, run_cases

        plan, _ = compile_paths(paths, parameters)
        cases = [case for path in chosen(paths) for case in read_cases(path)]
        reports = [report for report in run_cases(plan, cases) if rule in ("", report.rule)]
        if rule and not reports:
            raise Rejected("unknown rule", found=rule, hint="see: skywarden rules list")
        _show_reports(reports, verbose=verbose)
        if not all(report.passed for report in reports):
            raise typer.Exit(1)

    rules.command("explain", help=EXPLAIN_HELP)(explain)
    rules.command("backtest", help=BACKTEST_HELP)(backtest)
    rules.command("backtests", help=BACKTESTS_HELP)(backtests)
    register_releases(rules)
    rules.command("review", help=REVIEW_HELP)(review)

    @rules.command("list", help=_LIST_HELP)
    def list_rules(paths: list[Path] | None = PATHS, parameters: Path | None = PARAMETERS) -> None:
        _show_rules(compile_paths(paths, parameters)[0])

    @rules.command("parameters", help=_PARAMETERS_HELP)
    def list_parameters(paths: list[Path] | None = PATHS, parameters: Path | None = PARAMETERS) -> None:
        _show_parameters(compile_paths(paths, parameters)[1].tunables)

    @rules.command("stubs", hidden=True)
    def stubs() -> None:
        """Print the typed stubs of skywarden.lang."""
        from skywarden.rules.reference.stubs import stub_text

        typer.echo(stub_text(), nl=False)


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

    from skywarden.rules.catalog.events import AGAIN

    table = Table("rule", "on", "then", "at most", "version", "file")
    shown = {rule.name for rule in plan.rules}
    for scope in plan.scopes:
        for rule in scope.rules:
            if rule.name not in shown:
                continue
            on = ", ".join(path for path in scope.on if not path.endswith(AGAIN))
            then = ", ".join(f"{effect.kind} {effect.value.split('#')[-1]}".strip() for effect in rule.effects)
            table.add_row(rule.name, on, then, rule.limits.text(), rule.version, Path(rule.file).name)
    Console().print(table)
    typer.echo(f"{len(plan.rules)} rules")


def _show_parameters(tunables: "tuple[Tunable, ...]") -> None:
    from rich.console import Console
    from rich.table import Table

    from skywarden.rules.parameters import shown

    table = Table("file", "parameter", "type", "default", "in force", "least", "most", "meaning")
    for each in tunables:
        value = shown(each.value, each.type)
        bounds = ["" if bound is None else shown(bound, each.type) for bound in (each.least, each.most)]
        changed = f"[bold]{value}[/]" if each.value != each.default else value
        default = shown(each.default, each.type)
        table.add_row(each.section, each.name, str(each.type), default, changed, *bounds, each.doc)
    Console().print(table)
    typer.echo(f"{len(tunables)} parameters")
