"""`skywarden rules backtest` and `skywarden rules backtests`: run rules over history before they are allowed to act."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from skywarden.cli.rule_compile import PARAMETERS, compile_paths
from skywarden.kernel.errors import Rejected

if TYPE_CHECKING:  # the engine's imports are heavy, and --help must be quick
    from skywarden.app.backtests import BacktestReport, Period
    from skywarden.rules import Plan
    from skywarden.storage import Database

BACKTEST_HELP = """Run rules over history exactly as they would have run live, and report what they would have done.

FILE is a rule file or a folder. Hits are those that a live engine would have found which began where the run begins;
--primed builds windows from the time before, whose hits are not counted. Spans count back from the newest event.

Shown are hits over time, accounts, domains and texts, a sample with the values seen, the overlap with what live rules
found, the agreement with what people decided, the effects a day against the limits, and the memory that windows take.
With --against also what differs from another version: a content hash of the rule, `live`, or another file.

The report is kept in the platform's database, where there is one; the platform may be running meanwhile.

Example: skywarden rules backtest waves.py --since 30d --primed 7d --against live --format html --out waves.html
"""
BACKTESTS_HELP = """List the backtests that were kept, newest first."""

_FILE = typer.Argument(help="Rule file or folder.", show_default=False)
_SINCE = typer.Option(help="Begin so long before the newest event (12h, 30d, 2w), or at this time.")
_UNTIL = typer.Option(help="End so long before the newest event, or at this time [default: the newest event].")
_PRIMED = typer.Option(help="Build memory from so long before --since, or from this time on.")
_AGAINST = typer.Option(help="Compare with this version: a content hash, `live`, or a rule file or folder.")
_OUT = typer.Option(help="Write the report to this file.", show_default=False)
_SHOW = typer.Option(help="Show the kept backtest of this number instead of running one.", show_default=False)
_CONFIG = typer.Option(help="TOML file with settings.")
_DATA = typer.Option(help="Data folder of the platform [default: .data].")
_DATABASE = typer.Option(help="Database URL [default: a SQLite file in the data folder].")
_SEED = typer.Option(help="Seed of the sample.")


class ReportFormat(StrEnum):
    TEXT = "text"
    JSON = "json"
    HTML = "html"


_FORMAT = typer.Option("--format", help="For people, for programs, or a page that needs nothing else.")


def backtest(
    file: Annotated[Path | None, _FILE] = None,
    since: Annotated[str, _SINCE] = "30d",
    until: Annotated[str, _UNTIL] = "",
    primed: Annotated[str, _PRIMED] = "",
    against: Annotated[str, _AGAINST] = "",
    style: Annotated[ReportFormat, _FORMAT] = ReportFormat.TEXT,
    out: Annotated[Path | None, _OUT] = None,
    show: Annotated[int | None, _SHOW] = None,
    seed: Annotated[int, _SEED] = 0,
    config: Annotated[Path | None, _CONFIG] = None,
    data: Annotated[str | None, _DATA] = None,
    database: Annotated[str | None, _DATABASE] = None,
    parameters: Path | None = PARAMETERS,
) -> None:
    from skywarden.app.backtests import Backtests
    from skywarden.kernel.clock import SystemClock

    with _stored({"data": data, "database.url": database}, config, needed=show is not None) as db:
        if show is not None:
            assert db is not None
            _give(Backtests(db, SystemClock()).report(show), style, out)
            return
        if file is None:
            raise typer.BadParameter("a rule file or folder, or --show NUMBER", param_hint="FILE")
        plan, _ = compile_paths([file], parameters)
        other = _other(against, plan, db, parameters) if against else None
        report = _run(plan, other, against, (since, until, primed, seed), _folder(config, data), db)
        if db is not None:
            number = Backtests(db, SystemClock()).add(report, "cli")
            typer.echo(f"kept as backtest {number}", err=True)
    _give(report, style, out)


def backtests(
    rule: Annotated[str, typer.Option(help="Only those of this rule.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 50,
    config: Annotated[Path | None, _CONFIG] = None,
    data: Annotated[str | None, _DATA] = None,
    database: Annotated[str | None, _DATABASE] = None,
) -> None:
    from rich.console import Console
    from rich.table import Table

    from skywarden.app.backtests import Backtests
    from skywarden.app.backtests.charts import time_words
    from skywarden.kernel.clock import SystemClock

    table = Table("number", "when (UTC)", "by", "from", "to", "events", "rules and hits")
    with _stored({"data": data, "database.url": database}, config, needed=True) as db:
        assert db is not None
        for one in Backtests(db, SystemClock()).newest(limit, rule=rule):
            hits = ", ".join(f"{name} {version}: {count:,}" for name, version, count in one.rules)
            times = [time_words(time) for time in (one.created_us, one.since_us, one.until_us)]
            table.add_row(str(one.number), times[0], one.created_by, *times[1:], f"{one.events:,}", hits)
    Console().print(table)


def _run(
    plan: "Plan",
    other: "Plan | None",
    against: str,
    asked: tuple[str, str, str, int],
    folder: Path,
    db: "Database | None",
) -> "BacktestReport":
    from skywarden.app.backtests import Apart, BacktestRequest
    from skywarden.app.backtests import backtest as run
    from skywarden.app.backtests.request import find_period
    from skywarden.app.data_folder import DataFolder
    from skywarden.app.history import open_history, open_stored_history
    from skywarden.kernel.clock import SystemClock
    from skywarden.log import SqliteLog

    since, until, primed, seed = asked
    log = SqliteLog(DataFolder(folder).log, writable=False)
    try:
        history = open_history(DataFolder(folder), log, SystemClock())
        period = find_period(history, since, until, primed)
        request = BacktestRequest(plan, period, other, against, seed)
        with _progress(period, 1 if other is None else 2) as tell:
            return run(request, history, db, tell, Apart(partial(open_stored_history, folder), os.cpu_count() or 1))
    finally:
        log.close()


@contextmanager
def _progress(period: "Period", runs: int) -> "Iterator[Callable[[int], None]]":
    """Show how far the run is, how quick, and how long it will take."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text(f"{task.speed or 0:,.0f} events/s")

    first = period.start if period.primed is None else period.primed
    size, passed, last = period.stop - first, 0, int(first)
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:.0f}%"), Rate())
    with Progress(*columns, TimeRemainingColumn(), transient=True, console=Console(stderr=True)) as bar:
        task = bar.add_task("Running over history", total=runs * size)

        def tell(offset: int) -> None:
            nonlocal passed, last
            passed += size if offset < last else 0  # the second run began
            last = offset
            bar.update(task, completed=passed + offset - first)

        yield tell


def _other(against: str, plan: "Plan", db: "Database | None", parameters: Path | None) -> "Plan":
    """The plan to compare with: of a file, or of stored versions of the rules that are run."""
    from skywarden.app.backtests.versions import stored_plan

    if Path(against).exists():
        return compile_paths([Path(against)], parameters)[0]
    if db is None:
        raise Rejected("no such version", found=against, expected="a file, or a platform that ran here", hint="--data")
    return stored_plan(db, plan, against)


@contextmanager
def _stored(overrides: dict[str, str | None], config: Path | None, *, needed: bool) -> "Iterator[Database | None]":
    """The platform's database; None where there is none and none is needed."""
    from skywarden.app.stored import open_stored
    from skywarden.settings import load_settings

    opened = open_stored(load_settings(config, os.environ, overrides))
    try:
        db = opened.__enter__()
    except Rejected:
        if needed:
            raise
        yield None
        return
    try:
        yield db
    finally:
        opened.__exit__(None, None, None)


def _folder(config: Path | None, data: str | None) -> Path:
    from skywarden.settings import load_settings

    return Path(load_settings(config, os.environ, {"data": data}).data)


def _give(report: "BacktestReport", style: ReportFormat, out: Path | None) -> None:
    """Write a report to a file, or to stdout."""
    import msgspec

    from skywarden.app.backtests.page import page_of
    from skywarden.cli.backtest_text import report_text

    made = {
        ReportFormat.TEXT: lambda: report_text(report),
        ReportFormat.JSON: lambda: msgspec.json.format(msgspec.json.encode(report)).decode() + "\n",
        ReportFormat.HTML: lambda: page_of(report),
    }[style]()
    if out is None:
        typer.echo(made, nl=False)
    else:
        out.write_text(made, encoding="utf-8")
        typer.echo(f"written to {out}", err=True)
