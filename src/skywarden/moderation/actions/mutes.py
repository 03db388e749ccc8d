"""Keep subjects out of the queues for a time, and have reporters count for nothing."""

from dataclasses import replace

from skywarden.kernel.ids import UtcMicros
from skywarden.moderation.actions.action import Action, accounts_only, held_by_person, reviewed
from skywarden.moderation.events import (
    ModEventMute,
    ModEventMuteReporter,
    ModEventUnmute,
    ModEventUnmuteReporter,
)
from skywarden.moderation.proposal import Proposal
from skywarden.moderation.status import MUTED, REPORTER_MUTED, SubjectStatus


def _muted_already(proposal: Proposal, status: SubjectStatus, now_us: UtcMicros) -> str | None:
    if status.muted and not status.outlasted_by(MUTED, proposal.ends_us(now_us), now_us):
        return "the subject is muted"
    return None


def _mute(proposal: Proposal, status: SubjectStatus, now_us: UtcMicros) -> SubjectStatus:
    status = reviewed(proposal, replace(status, muted=True), None, now_us)
    return status.holding(MUTED, proposal.ends_us(now_us), person=proposal.by_person)


def _refuse_unmute(proposal: Proposal, status: SubjectStatus, _now_us: UtcMicros) -> str | None:
    return held_by_person(proposal, status, MUTED)


def _not_muted(_proposal: Proposal, status: SubjectStatus, _now_us: UtcMicros) -> str | None:
    return None if status.muted else "the subject is not muted"


def _unmute(proposal: Proposal, status: SubjectStatus, now_us: UtcMicros) -> SubjectStatus:
    return reviewed(proposal, replace(status, muted=False).without(frozenset({MUTED})), None, now_us)


def _mute_reporter(proposal: Proposal, status: SubjectStatus, now_us: UtcMicros) -> SubjectStatus:
    status = reviewed(proposal, replace(status, reporter_muted=True), None, now_us)
    return status.holding(REPORTER_MUTED, proposal.ends_us(now_us), person=True)


def _not_reporter_muted(_proposal: Proposal, status: SubjectStatus, _now_us: UtcMicros) -> str | None:
    return None if status.reporter_muted else "the reporter is not muted"


def _unmute_reporter(proposal: Proposal, status: SubjectStatus, now_us: UtcMicros) -> SubjectStatus:
    status = replace(status, reporter_muted=False).without(frozenset({REPORTER_MUTED}))
    return reviewed(proposal, status, None, now_us)


ACTIONS: dict[type, Action] = {
    ModEventMute: Action(already=_muted_already, change=_mute),
    ModEventUnmute: Action(_refuse_unmute, _not_muted, _unmute),
    ModEventMuteReporter: Action(refuse=accounts_only, change=_mute_reporter),
    ModEventUnmuteReporter: Action(accounts_only, _not_reporter_muted, _unmute_reporter),
}
