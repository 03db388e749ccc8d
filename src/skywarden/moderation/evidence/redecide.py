"""Make a stored decision once more, by the pure core over what it was made on, and tell where the answers differ."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import msgspec
from sqlalchemy import select

from skywarden.kernel.ids import UtcMicros
from skywarden.model.decision import Outcome
from skywarden.model.difference import Difference, differences
from skywarden.model.effect import Effect, Limits
from skywarden.moderation.acts import HOUR_US
from skywarden.moderation.basis import Basis, decode_basis
from skywarden.moderation.docket import ActKey, BreakerKey, Docket, Ruling, act_key, breaker_key
from skywarden.moderation.event_rows import event_row
from skywarden.moderation.evidence.rows import DecisionFound, EventFound, Evidence
from skywarden.moderation.proposal import ALL_RULES, DAY_US, Breaker, Proposal, proposal_of
from skywarden.moderation.save import decision_row
from skywarden.storage.tables import DECISION

_BY_OTHERS = frozenset({"strike_expires_us"})
"""Columns of an event that later or earlier events of the subject have a say in."""


@dataclass(frozen=True, slots=True)
class Redecided:
    """What differs; `unknown` says why the decision could not be made again at all."""

    differences: tuple[Difference, ...] = ()
    unknown: str = ""


def redecide(evidence: Evidence, stored: DecisionFound, effect: Effect | None) -> Redecided:
    """Make a decision again on what it was made on; `effect` is the proposal, None for the end of a term."""
    text = stored.columns["basis_json"]
    if text is None:
        return Redecided(unknown="what it was decided on was not kept: it was made by an earlier release")
    try:
        basis = decode_basis(text)
    except (msgspec.DecodeError, ValueError) as error:
        return Redecided((Difference("decision.basis", "what was stored with it", str(error)),))
    now_us = UtcMicros(stored.columns["created_us"])
    proposal = _proposal(stored, effect, basis, now_us)
    if proposal is None:
        return Redecided((Difference("decision.cause", stored.cause, "nothing that the subject held ended then"),))
    docket = _docket(evidence, stored, proposal, basis)
    ruling = next(one for one in docket.decide_all([proposal], now_us) if one.proposal is proposal)
    return Redecided((*_counts(basis, docket, ruling), *_rows(evidence, stored, ruling, now_us)))


def _proposal(stored: DecisionFound, effect: Effect | None, basis: Basis, now_us: UtcMicros) -> Proposal | None:
    service = stored.columns["created_by"]
    if effect is None:
        docket = Docket(statuses={stored.subject.uri: basis.status})
        ended = docket.expiries([stored.subject], service, now_us)
        return next((one for one in ended if one.cause == stored.cause), None)
    shared = {one.span: one.limit for one, _ in basis.breakers if one.scope == ALL_RULES}
    limits = Limits(shared.get("hour"), shared.get("day"))
    proposal = proposal_of(effect, service, frozenset({effect.value}), limits)
    return replace(proposal, refused=proposal.refused or basis.refused)


def _docket(evidence: Evidence, stored: DecisionFound, proposal: Proposal, basis: Basis) -> Docket:
    """The subject as it was stored; breakers and intervals counted anew from the decisions before."""
    used = {breaker_key(one): _count(evidence, stored.id, one) for one in proposal.breakers}
    return Docket({proposal.subject.uri: basis.status}, used, _acts(evidence, stored, proposal))


def _count(evidence: Evidence, before: int, breaker: Breaker) -> int:
    """How many decisions had counted for a breaker by then: those of its scope that were made under it."""
    length_us = HOUR_US if breaker.span == "hour" else DAY_US
    columns = DECISION.c
    query = select(columns.basis_json).where(
        columns.rule.is_not(None)
        if breaker.scope == ALL_RULES
        else columns.rule == breaker.scope.removeprefix("rule:"),
        columns.id < before,
        columns.outcome == Outcome.APPLIED.value,
        columns.event_us.between(breaker.period * length_us, (breaker.period + 1) * length_us - 1),
    )
    key = breaker_key(breaker)
    return sum(_counts_for(text, key) for text in evidence.tx.execute(query).scalars())


def _counts_for(basis_json: str | None, key: BreakerKey) -> bool:
    if basis_json is None:
        return True
    return any(breaker_key(one) == key for one, _ in decode_basis(basis_json).breakers)


def _acts(evidence: Evidence, stored: DecisionFound, proposal: Proposal) -> dict[ActKey, list[UtcMicros]]:
    every_us, event_us = proposal.options.every_us, proposal.event_us
    if every_us is None or event_us is None or proposal.asked is None:
        return {}
    columns = DECISION.c
    query = select(columns.event_us, columns.value).where(
        columns.subject_id == stored.subject_id,
        columns.event_us.between(event_us - every_us, event_us + every_us),
        columns.id < stored.id,
        columns.outcome == Outcome.APPLIED.value,
        columns.rule == proposal.rule,
        columns.kind == proposal.asked[0].value,
    )
    same = [row.event_us for row in evidence.tx.execute(query) if row.value == proposal.asked[1]]
    return {act_key(proposal): [UtcMicros(at_us) for at_us in same]}


def _counts(basis: Basis, docket: Docket, ruling: Ruling) -> Iterable[Difference]:
    """Breakers that had counted something else than the decisions before say."""
    was = {breaker_key(one): (one.limit, used) for one, used in basis.breakers}
    counted = zip(ruling.proposal.breakers, ruling.used, strict=True)
    now = {breaker_key(one): (one.limit, used) for one, used in counted}
    return differences("breaker", _named(was), _named(now))


def _named(counts: Mapping[BreakerKey, tuple[int, int]]) -> dict[str, object]:
    return {f"{scope} {span} {period}": f"{used} of {most}" for (scope, span, period), (most, used) in counts.items()}


def _rows(evidence: Evidence, stored: DecisionFound, ruling: Ruling, now_us: UtcMicros) -> Iterable[Difference]:
    """The rows of the decision and of its event, as they would be written now."""
    ids = {ruling.proposal.subject.uri: stored.subject_id}
    written = decision_row(stored.id, ruling, ids, now_us) if ruling.proposal.subject.uri == stored.subject.uri else {}
    written.pop("basis_json", None)
    held = {name: value for name, value in stored.columns.items() if name != "basis_json"}
    yield from differences("decision", held, written)
    event = evidence.event(stored.id)
    if ruling.applied and ruling.proposal.is_event:
        made = event_row(stored.id, ruling, stored.subject_id, now_us)
        yield from differences("event", _columns(event), {k: v for k, v in made.items() if k not in _BY_OTHERS})
    elif event is not None:
        yield Difference("event", event.type, "none: it was not applied")


def _columns(event: EventFound | None) -> dict[str, object]:
    held = {} if event is None else event.columns
    return {name: value for name, value in held.items() if name not in _BY_OTHERS}
