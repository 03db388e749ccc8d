"""Turn stored rows of hits, effects, answers, events and labels into values, found by what people name them by."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Select, func, select

from skywarden.kernel.ids import Cid, Did, Offset, Seq, UtcMicros
from skywarden.model.effect import Effect
from skywarden.model.hit import Hit, Value
from skywarden.model.subject import Subject
from skywarden.moderation.desk.option_values import POLICIES, Policies, read_policies
from skywarden.moderation.events import ModEventReport
from skywarden.moderation.outbox import effect_of
from skywarden.moderation.save_marks import label_cause
from skywarden.storage.tables import (
    DECISION,
    EFFECT,
    FORGET_REQUEST,
    HIT,
    LABEL,
    MODERATION_EVENT,
    SETTING_OPTION,
    SUBJECT,
    TOMBSTONE,
)

_REPORT = ModEventReport.type_name()
MOST_AFTER = 200
"""So many events after a decision are looked at for what became of it."""


@dataclass(frozen=True, slots=True)
class HitFound:
    """A stored hit."""

    hit: Hit
    is_shadow: bool


@dataclass(frozen=True, slots=True)
class EffectFound:
    """A stored proposal; `due_us` is when it was to be decided, 0 for at once."""

    effect: Effect
    due_us: int
    decided: bool


@dataclass(frozen=True, slots=True)
class DecisionFound:
    """A stored answer, with its row's columns as they are."""

    id: int
    cause: str
    rule: str | None
    subject: Subject
    subject_id: int
    columns: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class EventFound:
    """A stored moderation event, with its row's columns as they are."""

    id: int
    type: str
    subject: Subject
    created_by: Did
    created_us: UtcMicros
    columns: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class LabelFound:
    """A published label."""

    seq: Seq
    cause: str
    src: Did
    uri: str
    cid: str
    val: str
    neg: bool
    cts: str
    exp: str | None


class Evidence:
    """What the database of moderation holds, as one transaction sees it."""

    def __init__(self, tx: Connection) -> None:
        self.tx = tx

    def hits(self, offset: Offset, rule: str | None = None) -> list[HitFound]:
        """Hits at an event, of one rule where given."""
        query = select(HIT).where(HIT.c.log_offset == offset).order_by(HIT.c.rule, HIT.c.version)
        if rule is not None:
            query = query.where(HIT.c.rule == rule)
        return [_hit(row) for row in self.tx.execute(query)]

    def effect(self, effect_id: str) -> EffectFound | None:
        """A proposal by its name."""
        return next(self._effects(select(EFFECT).where(EFFECT.c.effect_id == effect_id)), None)

    def effects(self, offset: Offset, rule: str, version: str) -> list[EffectFound]:
        """What a hit proposed."""
        of_hit = (EFFECT.c.log_offset == offset, EFFECT.c.rule == rule, EFFECT.c.version == version)
        return list(self._effects(select(EFFECT).where(*of_hit).order_by(EFFECT.c.number)))

    def decision(self, number: int) -> DecisionFound | None:
        """An answer by its id."""
        return next(self._decisions(_DECISIONS.where(DECISION.c.id == number)), None)

    def answer_to(self, cause: str) -> DecisionFound | None:
        """The answer to a proposal, by the name of the proposal."""
        return next(self._decisions(_DECISIONS.where(DECISION.c.cause == cause)), None)

    def decisions_on(self, uri: str, limit: int) -> list[DecisionFound]:
        """The newest answers about a subject, newest first."""
        query = _DECISIONS.where(DECISION.c.subject_id == _subject_of(uri)).order_by(DECISION.c.id.desc())
        return list(self._decisions(query.limit(limit)))

    def event(self, number: int) -> EventFound | None:
        """A moderation event by its id."""
        row = self.tx.execute(select(MODERATION_EVENT).where(MODERATION_EVENT.c.id == number)).one_or_none()
        return None if row is None else _event(row)

    def events_on(self, uri: str, limit: int) -> list[EventFound]:
        """The newest events about a subject, newest first."""
        columns = MODERATION_EVENT.c
        query = select(MODERATION_EVENT).where(columns.subject_id == _subject_of(uri))
        return [_event(row) for row in self.tx.execute(query.order_by(columns.id.desc()).limit(limit))]

    def events_after(self, number: int, subject_id: int) -> list[EventFound]:
        """What happened to a subject after an event, oldest first."""
        columns = MODERATION_EVENT.c
        query = select(MODERATION_EVENT).where(columns.subject_id == subject_id, columns.id > number)
        return [_event(row) for row in self.tx.execute(query.order_by(columns.id).limit(MOST_AFTER))]

    def label(self, seq: int) -> LabelFound | None:
        """A label by its place in the stream."""
        row = self.tx.execute(select(LABEL).where(LABEL.c.seq == seq)).one_or_none()
        return None if row is None else _label(row)

    def labels_on(self, uri: str, val: str | None = None) -> list[LabelFound]:
        """The labels of a subject, newest first; those of one value where given."""
        query = select(LABEL).where(LABEL.c.uri == uri).order_by(LABEL.c.seq.desc())
        if val is not None:
            query = query.where(LABEL.c.val == val)
        return [_label(row) for row in self.tx.execute(query)]

    def event_of_label(self, label: LabelFound) -> int | None:
        """The event that asked for a label; None for one that came from elsewhere, as by an import."""
        columns = MODERATION_EVENT.c
        query = select(columns.id).where(columns.subject_id == _subject_of(label.uri)).order_by(columns.id.desc())
        for number in self.tx.execute(query).scalars():
            if label_cause(number, label.uri, label.val, label.cid, neg=label.neg) == label.cause:
                return int(number)
        return None

    def labels_of(self, number: int, uri: str) -> list[LabelFound]:
        """The labels that an event asked for and that are published."""
        return [
            one
            for one in reversed(self.labels_on(uri))
            if label_cause(number, one.uri, one.val, one.cid, neg=one.neg) == one.cause
        ]

    def was_reported(self, before: int, uri: str) -> bool:
        """Users reported a subject before an event."""
        columns = MODERATION_EVENT.c
        reports = (columns.subject_id == _subject_of(uri), columns.type == _REPORT, columns.rule.is_(None))
        return self.tx.execute(select(columns.id).where(*reports, columns.id < before).limit(1)).first() is not None

    def is_forgotten(self, number: int) -> bool:
        """What an answer was about had to be forgotten."""
        query = select(TOMBSTONE.c.decision_id).where(TOMBSTONE.c.decision_id == number)
        return self.tx.execute(query.limit(1)).first() is not None

    def forgotten_since(self, time_us: UtcMicros) -> int:
        """How many accounts and records were forgotten after a time: whatever saw them before cannot see them again."""
        query = select(func.count()).select_from(FORGET_REQUEST).where(FORGET_REQUEST.c.done_us >= time_us)
        return int(self.tx.execute(query).scalar_one())

    def policies(self) -> Policies:
        """The policies that actions may name."""
        columns = SETTING_OPTION.c
        query = select(columns.value_json).where(columns.scope == "instance", columns.key == POLICIES)
        found = self.tx.execute(query.order_by(columns.id.desc()).limit(1)).scalar_one_or_none()
        return {} if found is None else read_policies(found)

    def _effects(self, query: Select[Any]) -> Iterator[EffectFound]:
        for row in self.tx.execute(query):
            yield EffectFound(effect_of(row), row.due_us, bool(row.decided))

    def _decisions(self, query: Select[Any]) -> Iterator[DecisionFound]:
        for row in self.tx.execute(query):
            subject = Subject(Did(row.did), row.uri, None if row.cid is None else Cid(row.cid), row.convo_id)
            columns = {column.name: getattr(row, column.name) for column in DECISION.columns}
            yield DecisionFound(row.id, row.cause, row.rule, subject, row.subject_id, columns)


_DECISIONS = select(DECISION, SUBJECT.c.did, SUBJECT.c.uri, SUBJECT.c.convo_id).join(
    SUBJECT, DECISION.c.subject_id == SUBJECT.c.id
)


def _subject_of(uri: str) -> Any:
    return select(SUBJECT.c.id).where(SUBJECT.c.uri == uri).scalar_subquery()


def _hit(row: Row[Any]) -> HitFound:
    values = msgspec.json.decode(row.values_json, type=dict[str, Value])
    hit = Hit(
        row.rule,
        row.version,
        Offset(row.log_offset),
        UtcMicros(row.time_us),
        Did(row.did),
        row.uri,
        values,
        row.reason,
    )
    return HitFound(hit, bool(row.is_shadow))


def _event(row: Row[Any]) -> EventFound:
    subject = Subject(Did(row.did), row.uri, None if row.cid is None else Cid(row.cid), row.convo_id, row.message_id)
    columns = {column.name: getattr(row, column.name) for column in MODERATION_EVENT.columns}
    return EventFound(row.id, row.type, subject, Did(row.created_by), UtcMicros(row.created_us), columns)


def _label(row: Row[Any]) -> LabelFound:
    return LabelFound(
        Seq(row.seq), row.cause, Did(row.src), row.uri, row.cid or "", row.val, bool(row.neg), row.cts, row.exp
    )
