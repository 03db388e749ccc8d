"""Read what happened to subjects: rows of events and answers to deeds, in their order."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, select

from skywarden.kernel.ids import Cid, Did, UtcMicros
from skywarden.model.decision import Outcome
from skywarden.model.effect import NO_OPTIONS, EffectKind, EffectOptions
from skywarden.model.subject import Subject
from skywarden.moderation.acts import Wording, act_of
from skywarden.moderation.events import (
    AccountEvent,
    AgeAssuranceEvent,
    AgeAssuranceOverrideEvent,
    AgeAssurancePurgeEvent,
    IdentityEvent,
    ModEvent,
    ModEventEmail,
    ModEventTag,
    RecordEvent,
)
from skywarden.moderation.proposal import Proposal
from skywarden.moderation.undo.deeds import Deed
from skywarden.storage.tables import DECISION, EFFECT, MODERATION_EVENT, UNDO_ITEM

CAUSE = "undo:"
"""How the causes of what undo runs do begin."""

_EXPIRY = "expiry:"
_STANDING = frozenset(
    {
        *(EffectKind.LABEL, EffectKind.UNLABEL, EffectKind.TAG, EffectKind.UNTAG, EffectKind.MUTE, EffectKind.UNMUTE),
        *(EffectKind.TAKEDOWN, EffectKind.REVERSE_TAKEDOWN, EffectKind.ESCALATE, EffectKind.ACKNOWLEDGE),
    }
)
"""Kinds that ask for something that is held; a rule that found it there asks for it all the same."""

_BESIDE = frozenset(
    kind.type_name()
    for kind in (
        *(AccountEvent, IdentityEvent, RecordEvent, ModEventEmail),
        *(AgeAssuranceEvent, AgeAssuranceOverrideEvent, AgeAssurancePurgeEvent),
    )
)
"""Events that change nothing of what rules do."""

_KINDS = {kind.value: kind for kind in EffectKind}
_TAG = ModEventTag.type_name()
_EVENT = msgspec.json.Decoder(ModEvent)


@dataclass(frozen=True, slots=True)
class Answer:
    """One decision on what a rule proposed, as far as undoing it goes; `version` of the rule."""

    id: int
    kind: EffectKind
    value: str
    rule: str
    version: str
    applied: bool
    cid: Cid | None = None


@dataclass(frozen=True, slots=True)
class Past:
    """By subject: its deeds, the answers to rules, and the decisions that undo runs have removed."""

    deeds: Mapping[int, Sequence[Deed]]
    answers: Mapping[int, Mapping[int, Answer]]
    removed: Mapping[int, frozenset[int]]


def read_past(tx: Connection, subject_ids: Collection[int], service: Did) -> Past:
    """The whole past of some subjects; `service` is the labeler."""
    answers = _answers(tx, subject_ids)
    causes = {row.id: row.cause for row in answers}
    deeds = defaultdict[int, list[Deed]](list)
    of_subject: dict[int, Subject] = {}
    for row in _events(tx, subject_ids):
        of_subject[row.subject_id] = Subject(Did(row.did), row.uri, convo_id=row.convo_id)
        cause = causes.get(row.id, "")
        if not cause.startswith(CAUSE) and row.type not in _BESIDE:
            deeds[row.subject_id].append(_happened(row, cause, service))
    wishes = [row for row in answers if _is_wish(row) and row.subject_id in of_subject]
    options = _options(tx, [row.cause for row in wishes])
    for row in wishes:
        deeds[row.subject_id].append(_wished(row, of_subject[row.subject_id], options.get(row.cause, NO_OPTIONS)))
    for found in deeds.values():
        found.sort(key=lambda deed: deed.id)
    asked = defaultdict[int, dict[int, Answer]](dict)
    for row in answers:
        if row.rule is not None:
            asked[row.subject_id][row.id] = _answer(row)
    return Past(deeds, asked, _removed(tx, subject_ids))


def version_of(tool_json: str | None) -> str:
    """The rule's version that a decision names; "" when it names none."""
    return "" if tool_json is None else _TOOL.decode(tool_json).meta.version


class _Meta(msgspec.Struct, frozen=True):
    version: str = ""


class _Tool(msgspec.Struct, frozen=True):
    meta: _Meta = _Meta()


_TOOL = msgspec.json.Decoder(_Tool)


def _answers(tx: Connection, subject_ids: Collection[int]) -> Sequence[Row[*tuple[Any, ...]]]:
    columns = DECISION.c
    query = select(
        *(columns.id, columns.subject_id, columns.cause, columns.kind, columns.value, columns.outcome),
        *(columns.cid, columns.rule, columns.created_us, columns.created_by, columns.tool_json),
    )
    standing = columns.outcome.in_([Outcome.APPLIED.value, Outcome.ALREADY.value])
    return tx.execute(query.where(columns.subject_id.in_(subject_ids), standing)).all()


def _events(tx: Connection, subject_ids: Collection[int]) -> Sequence[Row[*tuple[Any, ...]]]:
    columns = MODERATION_EVENT.c
    query = select(
        *(columns.id, columns.subject_id, columns.type, columns.did, columns.uri, columns.cid, columns.convo_id),
        *(columns.event_json, columns.created_by, columns.created_us, columns.expires_us, columns.rule),
        *(columns.blob_cids_json, columns.tool_json),
    )
    return tx.execute(query.where(columns.subject_id.in_(subject_ids)).order_by(columns.id)).all()


def _happened(row: Row[*tuple[Any, ...]], cause: str, service: Did) -> Deed:
    options = NO_OPTIONS
    if row.rule is not None and row.expires_us is not None:
        options = EffectOptions(expires_us=row.expires_us - row.created_us)
    blobs = () if row.blob_cids_json is None else msgspec.json.decode(row.blob_cids_json, type=tuple[str, ...])
    proposal = Proposal(
        act=_EVENT.decode(row.event_json),
        subject=Subject(Did(row.did), row.uri, None if row.cid is None else Cid(row.cid), row.convo_id),
        created_by=row.created_by,
        actor="",
        rule=row.rule,
        options=options,
        expired=cause.startswith(_EXPIRY),
        blob_cids=tuple(map(Cid, blobs)),
        # A report's own tags; a person who acts as the labeler names a tool.
        automatic=row.type == _TAG and row.created_by == service and row.tool_json is None,
    )
    return Deed(row.id, UtcMicros(row.created_us), proposal)


def _is_wish(row: Row[*tuple[Any, ...]]) -> bool:
    return row.outcome == Outcome.ALREADY.value and row.rule is not None and row.kind in _STANDING


def _wished(row: Row[*tuple[Any, ...]], subject: Subject, options: EffectOptions) -> Deed:
    kind = _KINDS[row.kind]
    proposal = Proposal(
        act=act_of(kind, row.value, Wording()),
        subject=subject.version(None if row.cid is None else Cid(row.cid)),
        created_by=row.created_by,
        actor="",
        asked=(kind, row.value),
        rule=row.rule,
        options=options,
    )
    return Deed(row.id, UtcMicros(row.created_us), proposal, applied=False)


class _Options(msgspec.Struct, frozen=True):
    options: EffectOptions = NO_OPTIONS


def _options(tx: Connection, causes: Sequence[str]) -> dict[str, EffectOptions]:
    """The terms that rules asked for, by the effects' names."""
    if not causes:
        return {}
    query = select(EFFECT.c.effect_id, EFFECT.c.options_json).where(EFFECT.c.effect_id.in_(causes))
    return {
        row.effect_id: msgspec.json.decode(row.options_json, type=_Options).options
        for row in tx.execute(query)
        if row.options_json != "{}"
    }


def _answer(row: Row[*tuple[Any, ...]]) -> Answer:
    return Answer(
        id=row.id,
        kind=_KINDS[row.kind],
        value=row.value,
        rule=row.rule,
        version=version_of(row.tool_json),
        applied=row.outcome == Outcome.APPLIED.value,
        cid=None if row.cid is None else Cid(row.cid),
    )


def _removed(tx: Connection, subject_ids: Collection[int]) -> dict[int, frozenset[int]]:
    columns = UNDO_ITEM.c
    query = select(columns.subject_id, columns.decision_id).where(
        columns.subject_id.in_(subject_ids), columns.is_removed.is_(True)
    )
    found = defaultdict[int, set[int]](set)
    for row in tx.execute(query):
        found[row.subject_id].add(row.decision_id)
    return {subject: frozenset(decisions) for subject, decisions in found.items()}
