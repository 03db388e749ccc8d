"""`skywarden rules explain`: why a rule was true for an event, or not."""

import os
from pathlib import Path
from time import thread_time
from typing import TYPE_CHECKING

import typer

from skywarden.cli.rule_compile import PARAMETERS, Format, chosen
from skywarden.kernel.errors import Rejected

if TYPE_CHECKING:  # the engine's imports are heavy, and --help must be quick
    from skywarden.engine.explain import Explanation
    from skywarden.rules.core import CheckedRule

EXPLAIN_HELP = """Explain why RULE was true for EVENT, or not.

EVENT is an offset of the log, or the at-uri of a record (at://DID/COLLECTION/RKEY).

Shown are the rule's values, the outcome of each part of its condition, and for each of its windows the key, the
answer and the newest events that it held at that moment. The log is replayed to get there, from a snapshot of the
engine where one serves; the platform may be running meanwhile.

Example: skywarden rules explain copy_wave at://did:plc:abc/app.bsky.feed.post/3k2a --data .data
"""

_PATHS = typer.Option(None, "--rules", help="Rule file or folder; without it: the rule set that is shipped.")
_DATA = typer.Option(Path(".data"), help="Data folder of the platform, with its log.")
_FORMAT = typer.Option(Format.TEXT, "--format", help="For people or for programs.")


def explain(
    rule: str = typer.Argument(help="Name of the rule."),
    event: str = typer.Argument(help="Offset in the log, or at-uri of a record."),
    rules: Path | None = _PATHS,
    data: Path = _DATA,
    style: Format = _FORMAT,
    parameters: Path | None = PARAMETERS,
) -> None:
    from rich.console import Console
    from rich.progress import Progress

    from skywarden.app.data_folder import DataFolder
    from skywarden.app.history import open_history
    from skywarden.app.list_extensions import extended_lists
    from skywarden.cli.explanation_output import show_explanation
    from skywarden.engine.explain import explain_rule, find_event
    from skywarden.engine.snapshot import SnapshotFolder
    from skywarden.kernel.clock import SystemClock
    from skywarden.log import SqliteLog
    from skywarden.rules import Compiler
    from skywarden.rules.folder import read_sources
    from skywarden.settings import load_settings

    sources = read_sources(chosen([rules] if rules else None), parameters)
    lists = extended_lists(load_settings(None, os.environ, {"data": str(data)}), sources.sets)
    compiler = Compiler(clock=thread_time)
    checked = _named(rule, compiler.check(sources.files, lists, sources.parameters))
    log = SqliteLog(data / "log.db", writable=False)
    history = open_history(DataFolder(data), log, SystemClock())
    with Progress(transient=True, console=Console(stderr=True)) as bar:
        at = find_event(history, event)
        task = bar.add_task("Replaying the log", total=None)
        found = explain_rule(
            checked,
            compiler.sources,
            lists.entries,
            history,
            at,
            snapshots=SnapshotFolder(data / "engine"),
            progress=lambda rows: bar.advance(task, rows),
        )
    log.close()
    if style is Format.JSON:
        typer.echo(_json(found))
    else:
        show_explanation(found, Console())


def _named(name: str, rules: "list[CheckedRule]") -> "CheckedRule":
    from skywarden.rules.problems import did_you_mean

    found = next((rule for rule in rules if rule.name == name), None)
    if found is None:
        hint = did_you_mean(name, [rule.name for rule in rules]) or "see: skywarden rules list"
        raise Rejected("unknown rule", found=name, hint=hint)
    return found


def _json(found: "Explanation") -> str:
    import msgspec

    return msgspec.json.encode(found).decode()
