"""Turn the report of a backtest into tables for a terminal."""

import io
from math import ceil
from typing import TYPE_CHECKING

from skywarden.app.backtests.charts import HEIGHT, WIDTH, Chart, hits_chart, time_words
from skywarden.app.backtests.words import bytes_text, share_text, value_text

if TYPE_CHECKING:
    from rich.console import Console

    from skywarden.app.backtests import BacktestReport, RuleReport
    from skywarden.app.backtests.report import Common, Difference

_TOP = 5
_SAMPLES = 5
_WIDTH = 140
_BLOCKS = " ▁▂▃▄▅▆▇█"
_CHARS = 100
_COLUMNS = 80


def report_text(report: "BacktestReport") -> str:
    """Every rule of a report; of long lists the first few."""
    from rich.console import Console

    out = io.StringIO()
    console = Console(file=out, width=_WIDTH, highlight=False)
    primed = f", memory from {report.primed:,} events before" if report.primed else ", memory begins empty"
    console.print(
        f"{time_words(report.since_us)} to {time_words(report.until_us)} UTC: {report.events:,} events{primed}; "
        f"{report.seconds:,.1f} s"
    )
    _summary(report, console)
    for rule in report.rules:
        _rule(rule, report, console)
    return out.getvalue()


def _summary(report: "BacktestReport", console: "Console") -> None:
    from rich.table import Table

    table = Table(
        "rule", "version", "hits", "accounts", "effects a day", "at most", "beyond limits", "agreed", "memory"
    )
    for rule in report.rules:
        effects, agreed = rule.effects, rule.agreement
        judged = f"{share_text(agreed.share)} of {agreed.asked}" if agreed.asked else "-"
        table.add_row(
            rule.rule,
            rule.version,
            f"{rule.hits:,}",
            f"{rule.accounts:,}",
            f"{effects.mean_a_day:,.1f}",
            f"{effects.peak_a_day:,}",
            f"{effects.held:,}",
            judged,
            bytes_text(sum(use.held_bytes for use in rule.windows)),
        )
    console.print(table)


def _rule(rule: "RuleReport", report: "BacktestReport", console: "Console") -> None:
    if rule.fault:
        console.print(f"[red]{rule.rule} failed and was left out from there on: {_plain(rule.fault)}[/]")
    if not rule.hits and rule.difference is None:
        return
    console.print(f"\n[bold]{rule.rule}[/]")
    chart = hits_chart(rule.series, report.since_us, report.until_us)
    if chart.bars:
        console.print(f"  {_line(chart)}  at most {chart.peak:,} by {chart.step}")
    if rule.agreement.asked:
        low, high = share_text(rule.agreement.low), share_text(rule.agreement.high)
        console.print(f"  people acted on {rule.agreement.yes} of {rule.agreement.asked} judged, 95%: {low} to {high}")
    for title, rows in (("accounts", rule.top_accounts), ("domains", rule.top_domains), ("texts", rule.top_texts)):
        _common(title, rows, console)
    for one in rule.overlaps[:_TOP]:
        shares = f"{share_text(one.of_own)} of this, {share_text(one.of_other)} of it, Jaccard {one.jaccard:.3f}"
        console.print(f"  shares {one.both:,} hits with {one.rule} {one.version}: {shares}")
    if rule.difference is not None:
        _difference(rule.difference, console)
    for sample in rule.samples[:_SAMPLES]:
        values = ", ".join(f"{name} {value_text(value)}" for name, value in sample.values.items())
        console.print(f"  [dim]{time_words(sample.time_us)}[/] {_plain(sample.uri)}")
        console.print(f"      {_plain(sample.reason)} [dim]{_plain(values)}[/]")


def _plain(text: str) -> str:
    """What others wrote, without characters that move the cursor or turn the line round, and without markup."""
    from rich import markup

    return markup.escape("".join(letter if letter.isprintable() else "\ufffd" for letter in text))


def _line(chart: "Chart") -> str:
    """The chart in a line of blocks; where several bars fall on one, the highest."""
    heights = [0.0] * _COLUMNS
    for bar in chart.bars:
        at = min(int(bar.x * _COLUMNS / WIDTH), _COLUMNS - 1)
        heights[at] = max(heights[at], bar.height)
    return "".join(_BLOCKS[ceil(height * (len(_BLOCKS) - 1) / HEIGHT)] for height in heights)


def _common(title: str, rows: "tuple[Common, ...]", console: "Console") -> None:
    if rows:
        console.print(f"  {title}")
    for row in rows[:_TOP]:
        console.print(f"    {row.hits:>8,}  {_plain(' '.join(row.what.split())[:_CHARS])}")


def _difference(found: "Difference", console: "Console") -> None:
    console.print(
        f"  both {found.both:,}, only this version {found.only_own:,}, only {_plain(found.other)} {found.only_other:,}"
    )
    for sign, rows in (("+", found.own_examples), ("-", found.other_examples)):
        for row in rows[:_TOP]:
            words = " ".join((row.text or "").split())[:_CHARS]
            console.print(f"    {sign} {_plain(row.uri)}  {_plain(words)}")
