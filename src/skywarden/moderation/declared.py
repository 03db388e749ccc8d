"""Refuse labels that the labeler does not declare: clients would show them under no name, or not at all."""

from collections.abc import Iterable, Set
from dataclasses import replace

from skywarden.model.label import GLOBAL_VALUES
from skywarden.moderation.events import ModEventLabel
from skywarden.moderation.proposal import Proposal


def only_declared(proposals: Iterable[Proposal], declared: Set[str] | None) -> list[Proposal]:
    """The proposals, those that would add an undeclared label marked as refused.

    `declared` None: nobody knows what is declared. Global values need no declaration; any label may be taken back.
    """
    if declared is None:
        return list(proposals)
    return [_checked(proposal, declared) for proposal in proposals]


def _checked(proposal: Proposal, declared: Set[str]) -> Proposal:
    if proposal.refused or not isinstance(proposal.act, ModEventLabel):
        return proposal
    unknown = sorted(set(proposal.act.create_label_vals) - declared - GLOBAL_VALUES)
    if not unknown:
        return proposal
    why = f"label {unknown[0][:128]!r} is not declared by this labeler; declare it, then `skywarden label setup`"
    return replace(proposal, refused=why)
