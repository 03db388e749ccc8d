"""Turn why a rule was true, or not, into tables on a terminal."""

from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from skywarden.engine.explain import Explanation, WindowSeen
from skywarden.engine.values import time_text
from skywarden.model.hit import Value


def show_explanation(found: Explanation, console: Console) -> None:
    """Print the outcome, the parts of the condition, the values and the windows."""
    outcome = "[green]true[/]" if found.fired else "[yellow]not true[/]"
    console.print(f"{escape(found.rule)} was {outcome} at offset {found.offset}, {time_text(found.time_us)}")
    if found.reason:
        console.print(escape(found.reason))
    parts = Table("condition", "value", title="How it was decided", title_justify="left")
    for part, value in found.parts:
        parts.add_row("  " * part.depth + escape(part.text), _marked(value))
    values = Table("value", "", title="Values seen", title_justify="left")
    for name, value in found.values.items():
        values.add_row(escape(name), escape(shown(value)))
    console.print(parts, values)
    for window in found.windows:
        _show_window(window, console)


def _show_window(window: WindowSeen, console: Console) -> None:
    key = ", ".join(shown(value) for value in window.key.values())
    console.print(f"\n{escape(window.text)} = [bold]{escape(shown(window.answer))}[/]")
    console.print(f"key {escape(key)}: {window.events} events after {time_text(window.since_us)}")
    held = Table("offset", Column("time", no_wrap=True), Column("event", overflow="fold"), "value")
    for one in reversed(window.newest):
        value = "" if one.value is None else shown(one.value)
        held.add_row(str(one.offset), time_text(one.time_us), escape(one.uri), escape(value))
    if window.newest:
        console.print(held)


def _marked(value: Value) -> str:
    if value is True:
        return "[green]true[/]"
    if value is False:
        return "[red]false[/]"
    return "[yellow]unknown[/]" if value is None else escape(shown(value))


def shown(value: Value) -> str:
    """A value for people; None is unknown."""
    if value is None:
        return "unknown"
    return ", ".join(value) if isinstance(value, list) else str(value)
