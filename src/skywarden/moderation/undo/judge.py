"""Say of each decision that is taken back, or put back again, what that changes and what is spared; pure.

The subject's history is played twice: with the decisions and without them. What the two ends differ in is what the
decisions did and nobody else holds; a facet that is not as history says it should be is left alone.
"""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from enum import StrEnum

from skywarden.kernel.ids import Did, UtcMicros
from skywarden.model.effect import EffectKind
from skywarden.moderation.put_back import COUNTS, REVIEW, TIMES, Facet, PutBack, differing, is_there, look
from skywarden.moderation.review import PENDING, ReviewState
from skywarden.moderation.status import SubjectStatus
from skywarden.moderation.undo.deeds import Deed, replay


class ItemState(StrEnum):
    """How one decision of a run ended.

    DONE: its effect was taken back (or put back again). SPARED: somebody else keeps it. GONE: nothing of it was left.
    FINAL: what was said cannot be unsaid. CANCELLED: it had not happened yet. ASKED: it only found it so already.
    """

    WAITING = "waiting"
    DONE = "done"
    SPARED = "spared"
    GONE = "gone"
    FINAL = "final"
    CANCELLED = "cancelled"
    ASKED = "asked"


class Why(StrEnum):
    """Why an effect was spared, or was gone; "" for neither."""

    NONE = ""
    PERSON_KEEPS = "person_keeps"
    RULE_KEEPS = "rule_keeps"
    IN_WORK = "in_work"
    UNEXPLAINED = "unexplained"
    PERSON_ENDED = "person_ended"
    RULE_ENDED = "rule_ended"
    TERM_ENDED = "term_ended"


@dataclass(frozen=True, slots=True)
class Item:
    """A decision of the run; `applied` is False for one that found its effect there already."""

    decision: int
    kind: EffectKind
    applied: bool = True


@dataclass(frozen=True, slots=True)
class Finding:
    """What becomes of one item: the facets that its event puts back, or why not and which decision keeps it so."""

    state: ItemState
    why: Why = Why.NONE
    kept_by: int | None = None
    facets: frozenset[Facet] = frozenset()


@dataclass(frozen=True, slots=True)
class Case:
    """One subject: its deeds in order, the decisions of the run on it, and its present status.

    `before` are the decisions that count as never made until now, `after` those that do from now on.
    """

    deeds: Sequence[Deed]
    items: Sequence[Item]
    before: Set[int]
    after: Set[int]
    actual: SubjectStatus


@dataclass(frozen=True, slots=True)
class Judgement:
    """The findings by decision, and the two ends of history that its events bring the subject between."""

    findings: Mapping[int, Finding]
    base: SubjectStatus = SubjectStatus()
    target: SubjectStatus = SubjectStatus()
    times: frozenset[Facet] = frozenset()

    def put_back(self, facets: frozenset[Facet]) -> PutBack:
        """What an event does that puts these facets back."""
        return PutBack(self.target, self.base, facets | self.times)


def judge(case: Case, now_us: UtcMicros, service: Did) -> Judgement:
    """Decide one subject; `service` is the labeler."""
    base, target = _ends(case, now_us, service)
    parted = list(differing(base, target))
    # Counts move by a difference, whatever they are.
    explained = [facet for facet in parted if facet == COUNTS or look(case.actual, facet) == look(base, facet)]
    odd = frozenset(parted) - frozenset(explained)
    owned = _owners(case, [facet for facet in explained if facet != TIMES])
    deeds = {deed.id: deed for deed in case.deeds}
    findings: dict[int, Finding] = {}
    for item in case.items:
        facets, deed = owned.get(item.decision, frozenset()), deeds.get(item.decision)
        finding = Finding(ItemState.DONE)
        if not facets - {COUNTS}:
            finding = _left_alone(item, deed, case, odd)
            if finding == _NOTHING_LEFT and facets:
                finding = Finding(ItemState.DONE)  # such as a report that only counts any more
        findings[item.decision] = replace(finding, facets=facets)
    return Judgement(findings, base, target, frozenset({TIMES}) & frozenset(explained))


_NOTHING_LEFT = Finding(ItemState.GONE)


def _ends(case: Case, now_us: UtcMicros, service: Did) -> tuple[SubjectStatus, SubjectStatus]:
    """The status with `before` and with `after` left out; what comes before the first difference is played once."""
    parting = case.before ^ case.after
    first = next((place for place, deed in enumerate(case.deeds) if deed.id in parting), len(case.deeds))
    past, rest = case.deeds[:first], case.deeds[first:]
    common = replay(SubjectStatus(), past, case.before, rest[0].at_us if rest else now_us, service)
    if not rest:
        return common, common
    return replay(common, rest, case.before, now_us, service), replay(common, rest, case.after, now_us, service)


def _owners(case: Case, facets: Iterable[Facet]) -> dict[int, frozenset[Facet]]:
    """Which decision's event puts each facet back: the last one of the run that touched it."""
    mine = {item.decision for item in case.items}
    deeds = [deed for deed in case.deeds if deed.id in mine]
    found: dict[int, frozenset[Facet]] = {}
    for facet in facets:
        owner = next((deed for deed in reversed(deeds) if deed.touches(facet)), deeds[-1] if deeds else None)
        if owner is not None:
            found[owner.id] = found.get(owner.id, frozenset()) | {facet}
    return found


def _left_alone(item: Item, deed: Deed | None, case: Case, odd: frozenset[Facet]) -> Finding:
    """Why nothing of an item is to be changed."""
    if not item.applied or deed is None:
        return Finding(ItemState.ASKED)
    facets = deed.main_facets()
    if odd.intersection(facets):
        return Finding(ItemState.SPARED, Why.UNEXPLAINED)
    stays = any(_as_wanted(item.kind, case.actual, facet) for facet in facets)
    others = [
        other
        for other in case.deeds
        if other.id not in case.after and other.id != deed.id and any(other.touches(facet) for facet in facets)
    ]
    last = next((other for other in reversed(others) if other.id > deed.id or stays), None)
    if last is None:
        return Finding(ItemState.GONE, Why.TERM_ENDED if deed.proposal.options.expires_us is not None else Why.NONE)
    if last.proposal.expired:
        return Finding(ItemState.GONE, Why.TERM_ENDED, last.id)
    by_rule = last.proposal.rule is not None
    if stays:
        return Finding(ItemState.SPARED, Why.RULE_KEEPS if by_rule else Why.PERSON_KEEPS, last.id)
    return Finding(ItemState.GONE, Why.RULE_ENDED if by_rule else Why.PERSON_ENDED, last.id)


_WANTED_REVIEW = {
    EffectKind.REPORT: PENDING,
    EffectKind.ESCALATE: frozenset({ReviewState.ESCALATED}),
    EffectKind.ACKNOWLEDGE: frozenset({ReviewState.CLOSED}),
}
_TAKES_OFF = frozenset({EffectKind.UNLABEL, EffectKind.UNTAG, EffectKind.REVERSE_TAKEDOWN, EffectKind.UNMUTE})


def _as_wanted(kind: EffectKind, status: SubjectStatus, facet: Facet) -> bool:
    """Say whether the facet is as an effect of this kind makes it."""
    if facet == REVIEW:
        return status.review in _WANTED_REVIEW.get(kind, frozenset())
    return is_there(status, facet) != (kind in _TAKES_OFF)
