"""Turn the chain from an event to a label into text on a terminal."""

from rich.console import Console
from rich.markup import escape
from rich.syntax import Syntax
from rich.table import Column, Table

from skywarden.app.why import Answer, Entry
from skywarden.app.why.answers import DecisionSeen, EffectSeen, EventSeen, HitSeen, RuleSeen
from skywarden.app.why.labels import named_text
from skywarden.cli.explanation_output import show_explanation, shown
from skywarden.engine.values import time_text
from skywarden.moderation.evidence.after import Followed, Sense

_COLOURS = {"applied": "green", "suppressed": "yellow", "refused": "red", "already": "blue"}
_LONG = 160


def show_answer(answer: Answer, console: Console) -> None:
    """Print everything that is known, from the end of the chain to its beginning."""
    console.rule(escape(answer.name))
    for label in answer.labels:
        _line(console, "label", f"{label.seq}: {named_text(label)} on {label.uri}, {label.cts}")
    if answer.decision is not None:
        _show_decision(answer.decision, console)
    if answer.effect is not None:
        _show_effect(answer.effect, console)
    if answer.hit is not None:
        _show_hit(answer.hit, console)
    if answer.event is not None:
        _show_event(answer.event, console)
    if answer.rule is not None:
        _show_rule(answer.rule, console)
    if answer.explanation is not None:
        console.rule("how it was decided")
        show_explanation(answer.explanation, console)
    if answer.followed:
        _show_followed(answer.followed, console)
    for one in answer.missing:
        console.print(f"[yellow]not known:[/] {escape(one)}")


def show_entries(entries: list[Entry], console: Console) -> None:
    """Print what can be explained, and how to ask for it."""
    table = Table(Column("time", no_wrap=True), Column("ask for", no_wrap=True), Column("what", overflow="fold"))
    for entry in entries:
        table.add_row(time_text(entry.at_us), escape(entry.name), escape(entry.text))
    console.print(table)


def _line(console: Console, name: str, text: str) -> None:
    console.print(f"[bold]{name:<9}[/] {escape(text)}")


def _show_decision(decision: DecisionSeen, console: Console) -> None:
    colour = _COLOURS.get(decision.outcome, "white")
    by = "automatic" if decision.automatic else decision.by
    console.print(
        f"[bold]{'decision':<9}[/] {decision.id}: {escape(decision.kind)} {escape(decision.value)} on "
        f"{escape(decision.subject)}: [{colour}]{decision.outcome}[/], {by}, {time_text(decision.at_us)}"
    )
    if decision.why:
        _line(console, "", f"because {decision.why}")
    if decision.ends_us is not None:
        _line(console, "", f"until {time_text(decision.ends_us)}")
    for limit in decision.limits:
        stopped = ": it stopped this" if limit.stopped else ""
        _line(console, "", f"limit of {limit.scope}: {limit.used} of {limit.most} used in its {limit.span}{stopped}")


def _show_effect(effect: EffectSeen, console: Console) -> None:
    said = [*effect.options, *([f"limit {effect.limits}"] if effect.limits else [])]
    due = "" if effect.due_us is None else f", due {time_text(effect.due_us)}"
    _line(console, "effect", f"{effect.effect_id}: {effect.kind} {effect.value} ({', '.join(said) or 'plain'}){due}")
    if effect.caused_by:
        _line(console, "", f"led to by rules: {', '.join(effect.caused_by)}")


def _show_hit(hit: HitSeen, console: Console) -> None:
    mode = " in shadow, without effects" if hit.is_shadow else ""
    _line(console, "hit", f"{hit.rule}@{hit.version} at offset {hit.offset}, {time_text(hit.time_us)}{mode}")
    _line(console, "", hit.reason)
    for name, value in hit.values.items():
        _line(console, "", f"{name} = {shown(value)}")


def _show_event(event: EventSeen, console: Console) -> None:
    table = Table("column", Column("value", overflow="fold"), title=f"event {event.offset}", title_justify="left")
    for name, cell in event.columns.items():
        text = str(cell)
        table.add_row(escape(name), escape(text if len(text) <= _LONG else f"{text[:_LONG]}..."))
    console.print(table)


def _show_rule(rule: RuleSeen, console: Console) -> None:
    by = f", by {rule.author}, now {rule.state}" if rule.author else ""
    console.rule(escape(f"{rule.rule}@{rule.version} ({rule.file}{by})"))
    if rule.note:
        console.print(f"[yellow]{escape(rule.note)}[/]")
    console.print(Syntax(rule.definition, "python", background_color="default", word_wrap=True))


def _show_followed(followed: tuple[Followed, ...], console: Console) -> None:
    table = Table(Column("time", no_wrap=True), "who", "what", "meaning", title="what followed", title_justify="left")
    for one in followed:
        sense = "" if one.sense is Sense.LATER else one.sense.value
        said = f"{one.what}: {one.comment}" if one.comment else one.what
        table.add_row(time_text(one.at_us), escape(one.by), escape(said), sense)
    console.print(table)
