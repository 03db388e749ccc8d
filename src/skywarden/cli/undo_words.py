"""Say for people how decisions end in an undo."""

from collections.abc import Iterable

from rich.table import Table

from skywarden.moderation.undo import ItemCount, ItemState, Why

_STATES = {
    ItemState.WAITING: "waits",
    ItemState.DONE: "taken back",
    ItemState.SPARED: "spared",
    ItemState.GONE: "nothing left of it",
    ItemState.FINAL: "cannot be taken back",
    ItemState.CANCELLED: "called off",
    ItemState.ASKED: "had found it so",
}
_WHY = {
    Why.NONE: "",
    Why.PERSON_KEEPS: "a person decided the same",
    Why.RULE_KEEPS: "another rule asks for it",
    Why.IN_WORK: "somebody works on its report",
    Why.UNEXPLAINED: "its present state has another cause",
    Why.PERSON_ENDED: "a person ended it",
    Why.RULE_ENDED: "another rule ended it",
    Why.TERM_ENDED: "its term is over",
}


def counts_table(counts: Iterable[ItemCount], *, again: bool) -> Table:
    """How many decisions of each kind end how."""
    table = Table("kind", "outcome", "why", "decisions", box=None, pad_edge=False)
    for count in counts:
        table.add_row(count.kind, state_text(count.state, again=again), _WHY[count.why], f"{count.count:,}")
    return table


def state_text(state: ItemState, *, again: bool) -> str:
    """One state; of an undo that puts back when `again`."""
    return "put back" if again and state is ItemState.DONE else _STATES[state]


def outcome_text(state: ItemState, why: Why, kept_by: int | None, *, again: bool) -> str:
    """How one decision ends, and by which other decision."""
    said = state_text(state, again=again)
    said = f"{said}: {_WHY[why]}" if why else said
    return said if kept_by is None else f"{said} (decision {kept_by})"
