"""Turn what a decision was made on into text and back, so that it can be made once more.

Kept is what rules are answered by; what people wrote of the subject, and its age assurance, is not.
"""

from dataclasses import dataclass

import msgspec

from skywarden.kernel.ids import UtcMicros
from skywarden.model.effect import EffectKind
from skywarden.moderation.docket import Ruling
from skywarden.moderation.proposal import Breaker
from skywarden.moderation.review import ReviewState
from skywarden.moderation.status import HeldKind, SubjectStatus


@dataclass(frozen=True, slots=True)
class Basis:
    """The subject before the decision, each breaker with what it had counted, and why settings refused the proposal."""

    status: SubjectStatus = SubjectStatus()
    breakers: tuple[tuple[Breaker, int], ...] = ()
    refused: str = ""


class _Stored(msgspec.Struct, frozen=True, omit_defaults=True):
    """What `decision.basis_json` holds."""

    review: str = ReviewState.NONE.value
    appealed: bool = False
    takendown: bool = False
    muted: bool = False
    reporter_muted: bool = False
    tags: list[str] = []
    labels: list[tuple[str, str]] = []
    sets: list[tuple[str, str]] = []
    open_reports: list[tuple[str, str]] = []
    until: list[tuple[str, str, str, int]] = []
    by_person: list[tuple[str, str, str]] = []
    breakers: list[tuple[str, str, int, int, int]] = []
    refused: str = ""


_DECODER = msgspec.json.Decoder(_Stored)


def basis_of(ruling: Ruling) -> Basis:
    """What a ruling was made on."""
    proposal = ruling.proposal
    counted = tuple(zip(proposal.breakers, ruling.used, strict=True))
    return Basis(ruling.before, counted, proposal.refused)


def encode_basis(basis: Basis) -> str:
    """The text that is stored; the same basis has the same text."""
    status = basis.status
    stored = _Stored(
        review=status.review.value,
        appealed=status.appealed,
        takendown=status.takendown,
        muted=status.muted,
        reporter_muted=status.reporter_muted,
        tags=sorted(status.tags),
        labels=sorted(status.labels),
        sets=sorted((kind.value, name) for kind, name in status.sets),
        open_reports=sorted(status.open_reports),
        until=sorted((*held, ends_us) for held, ends_us in status.until.items()),
        by_person=sorted(status.by_person),
        breakers=[(one.scope, one.span, one.period, one.limit, used) for one, used in basis.breakers],
        refused=basis.refused,
    )
    return msgspec.json.encode(stored).decode()


def decode_basis(text: str) -> Basis:
    """Read what `encode_basis` wrote. Raises: msgspec.DecodeError or ValueError, when it was altered."""
    stored = _DECODER.decode(text)
    status = SubjectStatus(
        review=ReviewState(stored.review),
        appealed=stored.appealed,
        takendown=stored.takendown,
        muted=stored.muted,
        reporter_muted=stored.reporter_muted,
        tags=frozenset(stored.tags),
        labels=frozenset(stored.labels),
        sets=frozenset((EffectKind(kind), name) for kind, name in stored.sets),
        open_reports=frozenset(stored.open_reports),
        until={(HeldKind(kind), value, cid): UtcMicros(at_us) for kind, value, cid, at_us in stored.until},
        by_person=frozenset((HeldKind(kind), value, cid) for kind, value, cid in stored.by_person),
    )
    breakers = tuple(
        (Breaker(scope, span, period, limit), used) for scope, span, period, limit, used in stored.breakers
    )
    return Basis(status, breakers, stored.refused)
