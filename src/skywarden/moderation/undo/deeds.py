"""Play what happened to a subject again, with or without some of it, to the status that it leads to; pure.

What people did is done again whatever came before it: they decided it. What a rule did is decided anew where something
is left out, so that a rule that found its label there already sets it where the other rule's label never was.
"""

from collections.abc import Iterable, Set
from dataclasses import dataclass

from skywarden.kernel.ids import Did, UtcMicros
from skywarden.model.subject import Subject
from skywarden.moderation.actions import ACTIONS
from skywarden.moderation.decide import decide
from skywarden.moderation.events import (
    ModEventAcknowledge,
    ModEventEscalate,
    ModEventLabel,
    ModEventMute,
    ModEventReport,
    ModEventResolveAppeal,
    ModEventReverseTakedown,
    ModEventTag,
    ModEventTakedown,
    ModEventUnmute,
)
from skywarden.moderation.proposal import Proposal, expiry_of
from skywarden.moderation.put_back import COUNTS, MUTE, REVIEW, TAKEDOWN, Facet, Part
from skywarden.moderation.status import TAKEDOWN_VALUES, HeldKind, SubjectStatus


@dataclass(frozen=True, slots=True)
class Deed:
    """One event of a subject, or (not `applied`) a rule's wish for what it found so already; `id` orders them."""

    id: int
    at_us: UtcMicros
    proposal: Proposal
    applied: bool = True

    @property
    def by_person(self) -> bool:
        return self.proposal.by_person

    def touches(self, facet: Facet) -> bool:
        """Say whether the facet is as it is by this deed, among others."""
        act = self.proposal.act
        if facet.part is Part.LABEL:
            return isinstance(act, ModEventLabel) and _labels(act, self.proposal.subject.cid or "", facet)
        if facet.part is Part.TAG:
            return isinstance(act, ModEventTag) and facet.word in (*act.add, *act.remove)
        return facet in _TOUCHED.get(type(act), ())

    def main_facets(self) -> tuple[Facet, ...]:
        """What the deed is about; what else it touches follows from it."""
        act = self.proposal.act
        if isinstance(act, ModEventLabel):
            cid = self.proposal.subject.cid or ""
            return tuple(Facet(Part.LABEL, val, cid) for val in (*act.create_label_vals, *act.negate_label_vals))
        if isinstance(act, ModEventTag):
            return tuple(Facet(Part.TAG, tag) for tag in (*act.add, *act.remove))
        return _TOUCHED.get(type(act), ())[:1]

    def closes_tickets(self) -> bool:
        """Say whether it answers every report on its subject."""
        return self.applied and isinstance(self.proposal.act, (ModEventAcknowledge, ModEventTakedown))


_TOUCHED: dict[type, tuple[Facet, ...]] = {
    ModEventTakedown: (TAKEDOWN, REVIEW, COUNTS),
    ModEventReverseTakedown: (TAKEDOWN, REVIEW),
    ModEventMute: (MUTE,),
    ModEventUnmute: (MUTE,),
    ModEventReport: (REVIEW, COUNTS),
    ModEventEscalate: (REVIEW, COUNTS),
    ModEventAcknowledge: (REVIEW,),
    ModEventResolveAppeal: (REVIEW,),
}


def _labels(act: ModEventLabel, cid: str, facet: Facet) -> bool:
    if facet.word in act.create_label_vals and facet.cid == cid:
        return True
    # A negation without a version is about every version, one with a version about the unversioned label too.
    return facet.word in act.negate_label_vals and (not cid or facet.cid in ("", cid))


def replay(
    status: SubjectStatus, deeds: Iterable[Deed], without: Set[int], now_us: UtcMicros, service: Did
) -> SubjectStatus:
    """The status `now_us`, after the deeds but for those `without`, of a subject that had `status` before them.

    `service` is the labeler, in whose name terms end.
    """
    subject = None
    for deed in deeds:
        subject = deed.proposal.subject
        if deed.id not in without:
            status = _after(_ended(status, subject, deed.at_us, service), deed, anew=bool(without))
    return status if subject is None else _ended(status, subject, now_us, service)


def _after(status: SubjectStatus, deed: Deed, *, anew: bool) -> SubjectStatus:
    proposal = deed.proposal
    if proposal.expired:
        return status  # `_ended` has seen to it, where it had not been renewed
    if anew and proposal.rule is not None and not isinstance(proposal.act, ModEventReport):
        return decide(proposal, status, "", deed.at_us).status
    # A rule's report is kept from repetition by its open ticket, of which the status does not know.
    return ACTIONS[type(proposal.act)].change(proposal, status, deed.at_us) if deed.applied else status


def _ended(status: SubjectStatus, subject: Subject, at_us: UtcMicros, service: Did) -> SubjectStatus:
    """End what has reached its end, as the first that then looks at the subject does."""
    if not status.until:
        return status
    for held, ends_us in sorted(status.until.items()):
        if ends_us <= at_us and not (held[0] is HeldKind.LABEL and held[1] in TAKEDOWN_VALUES):
            end = expiry_of(held, subject, ends_us, service)
            status = ACTIONS[type(end.act)].change(end, status, at_us)
    return status
