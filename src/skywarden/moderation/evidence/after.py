"""Turn what happened to a subject after a decision into what that means for the decision: kept, reversed, appealed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

import msgspec
from sqlalchemy import select

from skywarden.kernel.ids import UtcMicros
from skywarden.model.effect import EffectKind
from skywarden.moderation.evidence.rows import DecisionFound, EventFound, Evidence
from skywarden.moderation.reasons import APPEALS
from skywarden.storage.tables import DECISION, REPORT, UNDO_ITEM, UNDO_RUN


class Sense(StrEnum):
    """What something later says of a decision."""

    CONFIRMED = "confirmed"
    REVERSED = "reversed"
    APPEALED = "appealed"
    APPEAL_ANSWERED = "appeal answered"
    ANSWERED = "answered"
    UNDONE = "undone"
    SPARED = "spared by an undo"
    LATER = "later"


@dataclass(frozen=True, slots=True)
class Followed:
    """Something later: its event, whose it was (a DID, `rule:NAME`, `expiry`, `undo`), what it was and what it says."""

    id: int
    at_us: UtcMicros
    by: str
    what: str
    sense: Sense
    comment: str = ""


_REVERSED_BY: Mapping[str, str] = {
    EffectKind.TAKEDOWN.value: "modEventReverseTakedown",
    EffectKind.MUTE.value: "modEventUnmute",
    EffectKind.REVERSE_TAKEDOWN.value: "modEventTakedown",
    EffectKind.UNMUTE.value: "modEventMute",
}
_REPEATED_BY: Mapping[str, str] = {
    EffectKind.TAKEDOWN.value: "modEventTakedown",
    EffectKind.MUTE.value: "modEventMute",
    EffectKind.ESCALATE.value: "modEventEscalate",
    EffectKind.ACKNOWLEDGE.value: "modEventAcknowledge",
}
_KINDS: Mapping[str, str] = {name: kind for kind, name in _REPEATED_BY.items()} | {
    "modEventReverseTakedown": EffectKind.REVERSE_TAKEDOWN.value,
    "modEventUnmute": EffectKind.UNMUTE.value,
    "modEventReport": EffectKind.REPORT.value,
}
_ANSWERS = frozenset({"modEventAcknowledge", "modEventTakedown", "modEventLabel"})
_ASKS = frozenset({EffectKind.REPORT.value, EffectKind.ESCALATE.value})


def followed(evidence: Evidence, event: EventFound, kind: str, value: str) -> list[Followed]:
    """What came after a decision that was applied, oldest first."""
    number, subject_id = event.id, event.columns["subject_id"]
    later = evidence.events_after(number, subject_id)
    actors = _actors(evidence, later)
    found = [_followed(one, actors.get(one.id, one.created_by), kind, value) for one in later]
    return sorted([*found, *_ticket(evidence, number), *_undone(evidence, number)], key=lambda one: one.at_us)


def _followed(event: EventFound, by: str, kind: str, value: str) -> Followed:
    columns = event.columns
    sense = Sense.LATER
    if event.type == "modEventReport" and columns["report_type"] in APPEALS:
        sense = Sense.APPEALED
    elif event.type == "modEventResolveAppeal":
        sense = Sense.APPEAL_ANSWERED
    elif _takes_back(event, kind, value):
        sense = Sense.REVERSED
    elif by.startswith("did:"):
        sense = _of_person(event, kind, value)
    return Followed(event.id, event.created_us, by, _what(event), sense, columns["comment"] or "")


def _takes_back(event: EventFound, kind: str, value: str) -> bool:
    words = _words(event)
    if kind in (EffectKind.LABEL, EffectKind.TAG):
        return value in words.negate_label_vals or value in words.remove
    if kind in (EffectKind.UNLABEL, EffectKind.UNTAG):
        return value in words.create_label_vals or value in words.add
    return _REVERSED_BY.get(kind) == event.type


def _of_person(event: EventFound, kind: str, value: str) -> Sense:
    words = _words(event)
    if value in words.create_label_vals or value in words.add or _REPEATED_BY.get(kind) == event.type:
        return Sense.CONFIRMED
    return Sense.ANSWERED if kind in _ASKS and event.type in _ANSWERS else Sense.LATER


class _Words(msgspec.Struct, frozen=True, rename="camel"):
    create_label_vals: tuple[str, ...] = ()
    negate_label_vals: tuple[str, ...] = ()
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


_WORDS = msgspec.json.Decoder(_Words)


def _words(event: EventFound) -> _Words:
    return _WORDS.decode(event.columns["event_json"])


def _what(event: EventFound) -> str:
    words = _words(event)
    signs = (("+", words.create_label_vals), ("-", words.negate_label_vals), ("+", words.add), ("-", words.remove))
    said = [f"{sign}{word}" for sign, group in signs for word in group]
    reason = event.columns["report_type"]
    return " ".join([event.type, *said, *([reason.rpartition("#")[2]] if reason else [])])


def _actors(evidence: Evidence, events: list[EventFound]) -> dict[int, str]:
    """Who is behind the events that no person decided."""
    columns = DECISION.c
    query = select(columns.id, columns.cause, columns.rule).where(columns.id.in_([event.id for event in events]))
    return {row.id: _actor(row.cause, row.rule) for row in evidence.tx.execute(query)}


def _actor(cause: str, rule: str | None) -> str:
    return f"rule:{rule}" if rule is not None else cause.partition(":")[0]


def _ticket(evidence: Evidence, number: int) -> Iterator[Followed]:
    """How the report that the decision made ended."""
    row = evidence.tx.execute(select(REPORT).where(REPORT.c.decision_id == number)).one_or_none()
    if row is not None and row.closed_us is not None:
        what = f"report {row.id} closed" + (
            f" by event {row.action_event_ids_json}" if row.action_event_ids_json else ""
        )
        yield Followed(
            number, UtcMicros(row.closed_us), row.closed_by or "", what, Sense.ANSWERED, row.action_note or ""
        )


def _undone(evidence: Evidence, number: int) -> Iterator[Followed]:
    """What undo runs made of the decision."""
    runs = {row.id: row for row in evidence.tx.execute(select(UNDO_RUN))}
    items = select(UNDO_ITEM).where(UNDO_ITEM.c.run_id.in_(runs), UNDO_ITEM.c.decision_id == number)
    for item in evidence.tx.execute(items):
        run = runs[item.run_id]
        what = f"undo {run.id}: {item.state}" + (f", {item.why}" if item.why else "")
        sense = _SENSES.get(item.state, Sense.LATER)
        yield Followed(item.event_id or number, UtcMicros(run.updated_us), run.created_by, what, sense, run.reason)


_SENSES = {"done": Sense.UNDONE, "cancelled": Sense.UNDONE, "spared": Sense.SPARED}


def kind_and_value(decision: DecisionFound | None, event: EventFound | None) -> tuple[str, str]:
    """What was decided, in the words of effects where a rule proposed it, else by the event's name."""
    if decision is not None:
        return str(decision.columns["kind"]), str(decision.columns["value"])
    assert event is not None
    words = _words(event)
    for kind, found in (
        (EffectKind.LABEL, words.create_label_vals),
        (EffectKind.UNLABEL, words.negate_label_vals),
        (EffectKind.TAG, words.add),
        (EffectKind.UNTAG, words.remove),
    ):
        if found:
            return kind.value, found[0]
    return _KINDS.get(event.type, event.type), str(event.columns["report_type"] or "")
