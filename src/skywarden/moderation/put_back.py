"""Bring parts of a subject's status into the state that they would have without some events; pure.

A part that nobody names stays as it is, so that what history does not explain is never overwritten.
"""

from collections.abc import Iterator, Set
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any, NamedTuple

from skywarden.kernel.ids import UtcMicros
from skywarden.moderation.status import (
    MUTED,
    TAKEDOWN_VALUES,
    TAKEN_DOWN,
    Counts,
    Held,
    HeldKind,
    SubjectStatus,
)


class Part(StrEnum):
    """What of a status can be put back by itself."""

    LABEL = "label"
    TAG = "tag"
    TAKEDOWN = "takedown"
    MUTE = "mute"
    REVIEW = "review"
    COUNTS = "counts"
    TIMES = "times"


class Facet(NamedTuple):
    """One part; of labels one value with its cid ("": every version), of tags one tag."""

    part: Part
    word: str = ""
    cid: str = ""


TAKEDOWN, MUTE, REVIEW, COUNTS, TIMES = map(Facet, (Part.TAKEDOWN, Part.MUTE, Part.REVIEW, Part.COUNTS, Part.TIMES))


@dataclass(frozen=True, slots=True)
class PutBack:
    """Have the `facets` of a status as `target` has them; counts move by what parts `target` from `base`."""

    target: SubjectStatus
    base: SubjectStatus
    facets: frozenset[Facet]

    def applied_to(self, status: SubjectStatus) -> SubjectStatus:
        """The status with these facets put back."""
        if not self.facets:
            return status
        parts, target = {facet.part for facet in self.facets}, self.target
        held = {_held(facet) for facet in self.facets if facet.part in _TERMED}
        if Part.TAKEDOWN in parts:
            held |= _TAKEDOWN_LABELS
        labels = {held[1:] for held in held if held[0] is HeldKind.LABEL}
        tags = {held[1] for held in held if held[0] is HeldKind.TAG}
        until = {one: ends for one, ends in status.until.items() if one not in held}
        until |= {one: ends for one, ends in target.until.items() if one in held}
        return replace(
            status,
            labels=(status.labels - labels) | (target.labels & labels),
            tags=(status.tags - tags) | (target.tags & tags),
            until=until,
            by_person=(status.by_person - held) | (target.by_person & held),
            **_whole(parts, status, self.base, target),
        )

    @property
    def ends_us(self) -> UtcMicros | None:
        """When what is put back ends by itself."""
        held = (_held(facet) for facet in sorted(self.facets) if facet.part in _TERMED)
        return next((self.target.until[one] for one in held if one in self.target.until), None)


def differing(one: SubjectStatus, other: SubjectStatus) -> Iterator[Facet]:
    """The facets in which two statuses differ."""
    same_terms = one.until == other.until and one.by_person == other.by_person
    found: list[Facet] = []
    if not same_terms or one.labels != other.labels:
        labels = one.labels | other.labels
        found += [Facet(Part.LABEL, val, cid) for val, cid in sorted(labels) if val not in TAKEDOWN_VALUES]
        found.append(TAKEDOWN)
    if not same_terms or one.tags != other.tags:
        found += [Facet(Part.TAG, tag) for tag in sorted(one.tags | other.tags)]
    if not same_terms or one.muted != other.muted:
        found.append(MUTE)
    for facet in (*found, REVIEW, COUNTS, TIMES):
        if look(one, facet) != look(other, facet):
            yield facet


def look(status: SubjectStatus, facet: Facet) -> object:
    """What a status has there; equal for statuses that agree."""
    match facet.part:
        case Part.LABEL:
            return ((facet.word, facet.cid) in status.labels, *_term(status, _held(facet)))
        case Part.TAG:
            return (facet.word in status.tags, *_term(status, _held(facet)))
        case Part.TAKEDOWN:
            own = frozenset(label for label in status.labels if label[0] in TAKEDOWN_VALUES)
            return (status.takendown, own, *_term(status, TAKEN_DOWN))
        case Part.MUTE:
            return (status.muted, *_term(status, MUTED))
        case Part.REVIEW:
            return status.review, status.appealed
        case Part.COUNTS:
            return status.counts
        case Part.TIMES:
            return tuple(getattr(status, name) for name in _TIMES)


def is_there(status: SubjectStatus, facet: Facet) -> bool:
    """Say whether a status carries the label or tag, is taken down or muted; False for other facets."""
    seen = look(status, facet)
    return facet.part in _TERMED and isinstance(seen, tuple) and bool(seen[0])


_TIMES = ("last_reported_us", "last_appealed_us", "last_reviewed_us", "last_reviewed_by")
_TAKEDOWN_LABELS: frozenset[Held] = frozenset((HeldKind.LABEL, val, "") for val in TAKEDOWN_VALUES)
_TERMED = frozenset({Part.LABEL, Part.TAG, Part.TAKEDOWN, Part.MUTE})


_HELD_KINDS = {part: HeldKind(part.value) for part in _TERMED}


def _held(facet: Facet) -> Held:
    return _HELD_KINDS[facet.part], facet.word, facet.cid


def _term(status: SubjectStatus, held: Held) -> tuple[UtcMicros | None, bool]:
    return status.until.get(held), held in status.by_person


def _whole(
    parts: Set[Part], status: SubjectStatus, base: SubjectStatus, target: SubjectStatus
) -> dict[str, Any]:  # fields of SubjectStatus
    """The fields of the parts that are put back as a whole."""
    found: dict[str, Any] = {}
    if Part.TAKEDOWN in parts:
        found["takendown"] = target.takendown
    if Part.MUTE in parts:
        found["muted"] = target.muted
    if Part.REVIEW in parts:
        found |= {"review": target.review, "appealed": target.appealed}
    if Part.COUNTS in parts:
        found["counts"] = _moved(status.counts, base.counts, target.counts)
    if Part.TIMES in parts:
        found |= {name: getattr(target, name) for name in _TIMES}
    return found


def _moved(counts: Counts, base: Counts, target: Counts) -> Counts:
    names = [field.name for field in fields(Counts)]
    return Counts(*(max(0, getattr(counts, name) + getattr(target, name) - getattr(base, name)) for name in names))
