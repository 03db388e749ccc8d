"""Look at some decisions with all that is known of their subjects: what becomes of each, and what has to be written.

The same look serves a dry run and the run itself; only the run locks what it reads.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection

from skywarden.kernel.ids import Did, UtcMicros
from skywarden.model.subject import Subject
from skywarden.moderation.put_back import PutBack
from skywarden.moderation.status import SubjectStatus
from skywarden.moderation.undo.beside import (
    BESIDE,
    SETS,
    Entry,
    entries_again,
    entries_back,
    messages,
    read_sets,
    wishers_of,
)
from skywarden.moderation.undo.items import Found, events_of
from skywarden.moderation.undo.judge import Case, Finding, Item, ItemState, Judgement, Why, judge
from skywarden.moderation.undo.past import Answer, Past, read_past
from skywarden.moderation.undo.tickets import (
    TICKETED,
    TicketMove,
    Tickets,
    moves_again,
    moves_back,
    read_subject_tickets,
)
from skywarden.storage import Database


@dataclass(frozen=True, slots=True)
class Known:
    """A subject and its present status."""

    subject: Subject
    status: SubjectStatus


@dataclass(frozen=True, slots=True)
class Look:
    """How to look: `of_run` says whose work is put back (None: decisions are taken back), `lock` that it is written."""

    now_us: UtcMicros
    service: Did
    of_run: int | None = None
    lock: bool = False

    @property
    def back(self) -> bool:
        """Whether decisions are taken back."""
        return self.of_run is None


@dataclass(slots=True)
class Survey:
    """What was found, by decision. `kept` still count as made; `uncalled` were called off before they were decided."""

    subjects: Mapping[int, Known]
    findings: dict[int, Finding] = field(default_factory=dict)
    answers: dict[int, Answer] = field(default_factory=dict)
    subject_of: dict[int, int] = field(default_factory=dict)
    put_backs: dict[int, PutBack] = field(default_factory=dict)
    kept: set[int] = field(default_factory=set)
    uncalled: list[int] = field(default_factory=list)
    moves: list[TicketMove] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    set_ids: Mapping[str, int] = field(default_factory=dict)


def look_at(db: Database, tx: Connection, look: Look, items: Sequence[Found], subjects: Mapping[int, Known]) -> Survey:
    """Find what becomes of the items; those of one subject must all be among them."""
    past = read_past(tx, subjects, look.service)
    survey = Survey(subjects)
    mine = defaultdict[int, list[Answer]](list)
    for found in items:
        answer = past.answers.get(found.subject_id, {}).get(found.item.decision)
        survey.subject_of[found.item.decision] = found.subject_id
        if answer is None:
            survey.uncalled.append(found.item.decision)
        else:
            survey.answers[answer.id] = answer
            mine[found.subject_id].append(answer)
    ticketed = [number for number, asked in mine.items() if any(one.kind in TICKETED for one in asked)]
    tickets = read_subject_tickets(tx, ticketed, lock=look.lock) if ticketed else {}
    events = {} if look.of_run is None else events_of(tx, look.of_run, list(survey.answers))
    wishers: dict[tuple[str, str], int] = {}
    for number, asked in mine.items():
        after = _look_at_subject(survey, look, number, asked, past, tickets.get(number, Tickets()), events)
        wishers |= wishers_of(past.answers[number].values(), subjects[number].subject.uri, after)
    _look_beside(db, tx, survey, look, wishers, events)
    return survey


def _look_at_subject(
    survey: Survey,
    look: Look,
    number: int,
    asked: Sequence[Answer],
    past: Past,
    tickets: Tickets,
    events: Mapping[int, int],
) -> frozenset[int]:
    """Judge one subject; return the decisions that count as never made from now on."""
    before, deeds = past.removed.get(number, frozenset()), past.deeds.get(number, ())
    kept = tickets.kept(asked) if look.back else frozenset[int]()
    own = frozenset(answer.id for answer in asked) - kept
    after = before | own if look.back else before - own
    items = [Item(one.id, one.kind, one.applied) for one in asked if one.id not in kept and one.kind not in BESIDE]
    judgement = judge(Case(deeds, items, before, after, survey.subjects[number].status), look.now_us, look.service)
    moves = moves_back(tickets, asked, deeds, after) if look.back else moves_again(tickets, asked, events, deeds, after)
    _note(survey, judgement, moves)
    survey.kept |= kept
    survey.findings |= dict.fromkeys(kept, Finding(ItemState.SPARED, Why.IN_WORK))
    return after


def _note(survey: Survey, judgement: Judgement, moves: Sequence[TicketMove]) -> None:
    moved = {move.decision for move in moves}
    for decision, finding in judgement.findings.items():
        if decision in moved and finding.state is not ItemState.DONE:
            finding = replace(finding, state=ItemState.DONE, why=Why.NONE, kept_by=None)
        survey.findings[decision] = finding
        if finding.facets or decision in moved:
            survey.put_backs[decision] = judgement.put_back(finding.facets)
    survey.moves += moves


def _look_beside(
    db: Database,
    tx: Connection,
    survey: Survey,
    look: Look,
    wishers: Mapping[tuple[str, str], int],
    events: Mapping[int, int],
) -> None:
    """Find what becomes of entries, messages and comments."""
    for number, answer in survey.answers.items():
        if answer.kind in SETS:
            survey.entries.append(Entry(answer, survey.subjects[survey.subject_of[number]].subject.uri))
    names = {entry.name for entry in survey.entries}
    survey.set_ids = read_sets(db, tx, names, look.now_us, lock=look.lock)
    if look.back:
        found = entries_back(tx, survey.entries, wishers, survey.set_ids)
    else:
        found = entries_again(tx, survey.entries, events, survey.set_ids)
    said = [one.id for one in survey.answers.values() if one.kind in BESIDE and one.kind not in SETS]
    found |= messages(tx, said, look.now_us, back=look.back, write=look.lock)
    survey.findings |= found
    survey.kept.update(number for number, finding in found.items() if finding.state is ItemState.FINAL)
    survey.findings |= dict.fromkeys(survey.uncalled, Finding(ItemState.DONE))
