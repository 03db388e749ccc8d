"""Turn a label, decision, effect or hit into the chain that led to it and what became of it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import msgspec
from sqlalchemy import Connection

from skywarden.app.why.answers import Answer, DecisionSeen, EffectSeen, EventSeen, HitSeen, LimitSeen, RuleSeen
from skywarden.app.why.rule_texts import RuleText, RuleTexts
from skywarden.app.why.targets import Target, target_of_decision, target_of_effect, target_of_hit
from skywarden.engine.explain import Explanation, explain_rule
from skywarden.engine.past import Progress, event_at
from skywarden.engine.snapshot import SnapshotFolder
from skywarden.kernel.errors import Broken, Rejected, SkywardenError
from skywarden.kernel.ids import Offset
from skywarden.model.decision import Outcome
from skywarden.model.history import EventHistory
from skywarden.moderation.basis import decode_basis
from skywarden.moderation.evidence import DecisionFound, EffectFound, EventFound, Evidence, HitFound, LabelFound
from skywarden.moderation.evidence.after import followed, kind_and_value
from skywarden.moderation.releases.rows import find_version


class ExplainService:
    """Explains over the history and the database of one platform; it writes nothing."""

    def __init__(self, history: EventHistory, texts: RuleTexts, snapshots: SnapshotFolder | None) -> None:
        self._history = history
        self._texts = texts
        self._snapshots = snapshots

    def decision(self, tx: Connection, number: int, progress: Progress = lambda rows: None) -> Answer:
        """Why a decision was made. Raises: Rejected, where there is none of this id."""
        return self._answer(Evidence(tx), target_of_decision(Evidence(tx), number), progress)

    def effect(self, tx: Connection, effect_id: str, progress: Progress = lambda rows: None) -> Answer:
        """Why an effect was proposed. Raises: Rejected, where there is none of this id."""
        return self._answer(Evidence(tx), target_of_effect(Evidence(tx), effect_id), progress)

    def hit(self, tx: Connection, name: str, progress: Progress = lambda rows: None) -> Answer:
        """Why a rule was true: OFFSET/RULE. Raises: Rejected, where it was not."""
        return self._answer(Evidence(tx), target_of_hit(Evidence(tx), name), progress)

    def label(self, tx: Connection, named: LabelFound, progress: Progress = lambda rows: None) -> Answer:
        """Why a label was published."""
        evidence, name = Evidence(tx), f"label {named.seq}"
        number = evidence.event_of_label(named)
        if number is None:
            return Answer(name, (named,), missing=("the label came from elsewhere: no decision here asked for it",))
        found = self._answer(evidence, target_of_decision(evidence, number), progress)
        return replace(found, name=name, labels=(named, *(one for one in found.labels if one.seq != named.seq)))

    def _answer(self, evidence: Evidence, target: Target, progress: Progress) -> Answer:
        missing: list[str] = []
        text = self._text(target, missing)
        decision, event = target.decision, target.event
        if decision is not None and evidence.is_forgotten(decision.id):
            missing.append("what it was about was deleted and had to be forgotten; the hash of it is kept")
        kind, value = ("", "") if decision is None and event is None else kind_and_value(decision, event)
        applied = event is not None and (decision is None or decision.columns["outcome"] == Outcome.APPLIED.value)
        return Answer(
            target.name,
            tuple(evidence.labels_of(event.id, event.subject.uri)) if event is not None and applied else (),
            None if decision is None and event is None else _decision(decision, event, kind, value),
            None if target.effect is None else _effect(target.effect),
            None if target.hit is None else _hit(target.hit),
            None if text is None else _rule(evidence, target, text),
            self._event(target, missing),
            self._explanation(target, text, missing, progress),
            tuple(followed(evidence, event, kind, value)) if event is not None and applied else (),
            tuple(missing),
        )

    def _text(self, target: Target, missing: list[str]) -> RuleText | None:
        if target.origin is None:
            if target.decision is not None and target.decision.rule is not None:
                missing.append("the effect that led to it is no longer stored")
            return None
        rule, version, _ = target.origin
        try:
            return self._texts.of(rule, version)
        except SkywardenError as error:
            missing.append(f"the text of {rule}@{version}: {error}")
            return None

    def _event(self, target: Target, missing: list[str]) -> EventSeen | None:
        if target.origin is None:
            return None
        offset = target.origin[2]
        first, end = self._history.span()
        if not first <= offset < end:
            missing.append(f"the event at offset {offset}; history is from {first} to {end}")
            return None
        try:
            cells = event_at(self._history, offset).rows.to_pylist()[0]
        except Broken as error:
            missing.append(f"the event at offset {offset}: {error}")
            return None
        held = {name: cell for name, cell in cells.items() if cell is not None and cell != []}
        return EventSeen(int(offset), int(cells["time_us"]), held)

    def _explanation(
        self, target: Target, text: RuleText | None, missing: list[str], progress: Progress
    ) -> Explanation | None:
        if target.origin is None or text is None:
            return None
        rule, version, offset = target.origin
        first, end = self._history.span()
        if not first <= offset < end:
            return None
        try:
            found = explain_rule(
                text.rule,
                text.texts,
                text.sets,
                self._history,
                Offset(offset),
                snapshots=self._snapshots,
                progress=progress,
            )
        except (Broken, Rejected) as error:
            missing.append(f"{rule}@{version} cannot be run again at offset {offset}: {error}")
            return None
        if found.gone is not None:
            missing.append(f"history from {found.gone[0]} to {found.gone[1]}, which the rule's windows saw")
        return found


def _decision(decision: DecisionFound | None, event: EventFound | None, kind: str, value: str) -> DecisionSeen:
    """The answer, with the event that it became; a person's decision is the event alone."""
    of_event: Mapping[str, Any] = {} if event is None else event.columns
    told: Mapping[str, Any] = of_event if decision is None else decision.columns
    subject = decision.subject if decision is not None else None
    if subject is None:
        assert event is not None
        subject = event.subject
    body = of_event.get("event_json")
    return DecisionSeen(
        id=int(told["id"]),
        kind=kind,
        value=value,
        outcome=str(told.get("outcome", Outcome.APPLIED.value)),
        why=str(told.get("why", "")),
        subject=subject.uri,
        cid=subject.cid,
        by=str(told["created_by"]),
        automatic=decision is not None,
        at_us=int(told["created_us"]),
        ends_us=told["expires_us"],
        comment=told["comment"] or "",
        event=None if body is None else msgspec.json.decode(body),
        limits=() if decision is None else _limits(decision),
    )


def _limits(decision: DecisionFound) -> tuple[LimitSeen, ...]:
    """Its breakers as they stood; one that had counted its most stopped it, where a limit did."""
    text = decision.columns["basis_json"]
    if text is None:
        return ()
    stopped = decision.columns["outcome"] == Outcome.SUPPRESSED.value
    seen = []
    for breaker, used in decode_basis(text).breakers:
        full = stopped and used >= breaker.limit and decision.columns["why"].startswith(f"{breaker.scope} reached")
        seen.append(LimitSeen(breaker.scope, breaker.span, used, breaker.limit, full))
    return tuple(seen)


def _effect(found: EffectFound) -> EffectSeen:
    effect = found.effect
    return EffectSeen(
        effect.effect_id,
        effect.kind.value,
        effect.value,
        effect.subject.uri,
        tuple(effect.options.words()),
        effect.limits.text(),
        found.due_us or None,
        found.decided,
        effect.caused_by,
    )


def _hit(found: HitFound) -> HitSeen:
    hit = found.hit
    return HitSeen(
        hit.rule, hit.version, hit.offset, hit.time_us, hit.did, hit.uri, hit.reason, hit.values, found.is_shadow
    )


def _rule(evidence: Evidence, target: Target, text: RuleText) -> RuleSeen:
    assert target.origin is not None
    rule, version, _ = target.origin
    kept = find_version(evidence.tx, rule, version)
    return RuleSeen(
        rule,
        version,
        text.rule.file,
        text.definition,
        text.note,
        dict(text.texts),
        "" if kept is None else kept.author,
        "" if kept is None else kept.state.value,
    )
