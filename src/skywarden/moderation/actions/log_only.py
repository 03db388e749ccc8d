"""What is kept as an event and changes nothing of the subject's status, and what rules add to sets."""

from dataclasses import replace

from skywarden.kernel.ids import UtcMicros
from skywarden.model.effect import EffectKind
from skywarden.moderation.actions.action import Action, accounts_only
from skywarden.moderation.acts import Notice, SetAddition, SetRemoval
from skywarden.moderation.events import (
    CancelScheduledTakedownEvent,
    ModEventEmail,
    RevokeAccountCredentialsEvent,
    ScheduleTakedownEvent,
)
from skywarden.moderation.proposal import Proposal
from skywarden.moderation.status import SubjectStatus

NAME_CHARACTERS = 128


def _refuse_set(proposal: Proposal, _status: SubjectStatus, _now_us: UtcMicros) -> str | None:
    act = proposal.the(SetAddition)
    if not 0 < len(act.name) <= NAME_CHARACTERS or not act.name.isascii():
        return f"name {act.name[:40]!r} is not 1 to {NAME_CHARACTERS} ASCII characters"
    if act.kind is EffectKind.ADD_TO_LIST and not proposal.subject.is_account:
        return "a list holds accounts only"
    return None


def _in_set_already(proposal: Proposal, status: SubjectStatus, _now_us: UtcMicros) -> str | None:
    act = proposal.the(SetAddition)
    return f"it is in {act.name!r}" if (act.kind, act.name) in status.sets else None


def _add_to_set(proposal: Proposal, status: SubjectStatus, _now_us: UtcMicros) -> SubjectStatus:
    act = proposal.the(SetAddition)
    return replace(status, sets=status.sets | {(act.kind, act.name)})


ACTIONS: dict[type, Action] = {
    ModEventEmail: Action(),
    RevokeAccountCredentialsEvent: Action(refuse=accounts_only),
    ScheduleTakedownEvent: Action(refuse=accounts_only),
    CancelScheduledTakedownEvent: Action(refuse=accounts_only),
    Notice: Action(),
    SetRemoval: Action(),
    SetAddition: Action(_refuse_set, _in_set_already, _add_to_set),
}
