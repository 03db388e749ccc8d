"""`skywarden explain`: why a label, a decision, an effect or a hit is there, from the event to what followed."""

import os
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from skywarden.cli.history_progress import history_progress

if TYPE_CHECKING:  # the engine's imports are heavy, and --help must be quick
    from sqlalchemy import Connection

    from skywarden.app.why import Answer, Entry
    from skywarden.app.why.opened import Why
    from skywarden.app.why.statement import Statement
    from skywarden.settings.schema import StatementConfig


class Style(StrEnum):
    """How an explanation is written."""

    TEXT = "text"
    JSON = "json"
    HTML = "html"


_WORDS = typer.Argument(
    metavar="WHAT...",
    help="decision ID, effect ID, hit OFFSET/RULE, label SEQ, label URI VALUE, or the URI of a subject.",
)
_CONFIG = typer.Option(help="TOML file with settings.")
_DATA = typer.Option(help="Data folder of the platform [default: .data].")
_DATABASE = typer.Option(help="Database URL [default: a SQLite file in the data folder].")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(explain)


def explain(
    words: Annotated[list[str], _WORDS],
    style: Annotated[Style, typer.Option("--format", help="For people, for programs, or a page.")] = Style.TEXT,
    statement: Annotated[
        bool, typer.Option("--statement", help="Write the statement of reasons for the affected user.")
    ] = False,
    lang: Annotated[str, typer.Option(help="Language of the statement.")] = "en",
    out: Annotated[Path | None, typer.Option(help="Write to this file.")] = None,
    config: Annotated[Path | None, _CONFIG] = None,
    data: Annotated[str | None, _DATA] = None,
    database: Annotated[str | None, _DATABASE] = None,
) -> None:
    """Say why something was decided: label, decision, effect, hit and event, with the rule as its text was then.

    The rule is run once more at that event: each value, each part of its condition, and what its windows held at that
    moment. Shown too: how its limits stood, and what people, rules and undo runs made of the decision since.
    For the URI of a record or account, what can be explained about it. The platform may be running meanwhile.

    With --statement: what the affected user is to be told of a label or takedown, as a letter (Markdown) or as JSON
    with the fields of the DSA Transparency Database. It names no moderator, no rule, and none of its values.
    """
    from skywarden.app.why.opened import open_why
    from skywarden.settings import load_settings

    settings = load_settings(config, os.environ, {"data": data, "database.url": database})
    with open_why(settings) as why:
        with why.database.read() as tx, history_progress() as progress:
            found = _find(why, tx, words, progress)
            stated = _state(tx, found, settings.statement) if statement else None
        if stated is None:
            text = _written(found, style, width=None if out is None else 120)
        else:
            text = _letter(why, stated, style, settings.statement, lang)
    if out is None:
        typer.echo(text, nl=False)
    else:
        out.write_text(text, encoding="utf-8")


def _find(why: "Why", tx: "Connection", words: list[str], progress: Callable[[int], None]) -> "Answer | list[Entry]":
    from skywarden.app.why import about, find_label
    from skywarden.kernel.errors import Rejected

    match words:
        case ["decision", number] if number.isdecimal():
            return why.explain.decision(tx, int(number), progress)
        case ["effect", effect_id]:
            return why.explain.effect(tx, effect_id, progress)
        case ["hit", name]:
            return why.explain.hit(tx, name, progress)
        case ["label", *named]:
            return why.explain.label(tx, find_label(tx, tuple(named)), progress)
        case [uri] if uri.startswith(("at://", "did:")):
            return about(tx, why.history, uri)
    expected = "decision ID, effect ID, hit OFFSET/RULE, label SEQ, label URI VALUE, or a URI"
    raise Rejected("what shall be explained?", found=" ".join(words), expected=expected)


def _written(found: "Answer | list[Entry]", style: Style, width: int | None) -> str:
    import msgspec

    if style is Style.JSON:
        return msgspec.json.encode(found).decode() + "\n"
    if style is Style.HTML:
        from skywarden.app.why.page import answer_page, entries_page

        return entries_page(found) if isinstance(found, list) else answer_page(found)
    from io import StringIO

    from rich.console import Console

    from skywarden.cli.answer_output import show_answer, show_entries

    terminal = Console(width=width)
    console = Console(file=StringIO(), force_terminal=width is None and terminal.is_terminal, width=terminal.width)
    with console.capture() as written:
        if isinstance(found, list):
            show_entries(found, console)
        else:
            show_answer(found, console)
    return written.get()


def _state(tx: "Connection", found: "Answer | list[Entry]", config: "StatementConfig") -> "Statement":
    from skywarden.app.why.statement import Words, statement_of
    from skywarden.kernel.errors import Rejected
    from skywarden.moderation.evidence import Evidence

    if isinstance(found, list) or found.decision is None:
        raise Rejected("no statement", expected="a decision, or a label that a decision asked for")
    evidence, decision = Evidence(tx), found.decision
    words = Words(config.appeal, config.redress, config.tells_values)
    reported = evidence.was_reported(decision.id, decision.subject)
    return statement_of(found, evidence.policies(), words, reported=reported)


def _letter(why: "Why", stated: "Statement", style: Style, config: "StatementConfig", lang: str) -> str:
    import msgspec

    from skywarden.app.why.letter import letter
    from skywarden.kernel.clock import SystemClock
    from skywarden.kernel.errors import Rejected
    from skywarden.moderation.desk.templates import TemplateService

    if style is Style.JSON:
        return msgspec.json.encode(stated).decode() + "\n"
    if style is Style.HTML:
        raise Rejected("no page of a statement", place="--format", expected="text (Markdown) or json")
    return letter(stated, TemplateService(why.database, SystemClock()).list(), config.template, lang)
