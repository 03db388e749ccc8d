"""What moderation holds of a subject, and for how long: data that decisions read and make anew."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from skywarden.kernel.ids import Cid, Did, UtcMicros
from skywarden.model.effect import EffectKind
from skywarden.moderation.review import ReviewState


class HeldKind(StrEnum):
    """What a subject can hold for a time."""

    LABEL = "label"
    TAG = "tag"
    TAKEDOWN = "takedown"
    MUTE = "mute"
    REPORTER_MUTE = "reporter_mute"


Held = tuple[HeldKind, str, str]
"""Something that is held until it is taken back: its kind, its value, its cid ("": every version)."""

TAKEDOWN_LABEL, SUSPEND_LABEL = "!takedown", "!suspend"
TAKEDOWN_VALUES = frozenset({TAKEDOWN_LABEL, SUSPEND_LABEL})
"""Labels that only a takedown sets, so that the label and the takedown cannot part ways."""

TAKEN_DOWN: Held = (HeldKind.TAKEDOWN, "", "")
MUTED: Held = (HeldKind.MUTE, "", "")
REPORTER_MUTED: Held = (HeldKind.REPORTER_MUTE, "", "")


@dataclass(frozen=True, slots=True)
class Hosting:
    """What the network said of the account's or record's hosting, and when."""

    status: str | None = None
    created_us: UtcMicros | None = None
    updated_us: UtcMicros | None = None
    deleted_us: UtcMicros | None = None
    deactivated_us: UtcMicros | None = None
    reactivated_us: UtcMicros | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """How many events of some kinds a subject has had."""

    report: int = 0
    appeal: int = 0
    escalate: int = 0
    suspend: int = 0
    takedown: int = 0


@dataclass(frozen=True, slots=True)
class SubjectStatus:
    """What moderation holds of a subject. `labels` are (value, cid or ""), `open_reports` (rule, reason type).

    `sets` are the (ADD_TO_SET or ADD_TO_LIST, name) that it is in. `until` says when what is held ends by itself;
    `by_person` is what no rule may take back.
    """

    review: ReviewState = ReviewState.NONE
    appealed: bool = False
    takendown: bool = False
    muted: bool = False
    reporter_muted: bool = False
    last_reported_us: UtcMicros | None = None
    last_appealed_us: UtcMicros | None = None
    last_reviewed_us: UtcMicros | None = None
    last_reviewed_by: Did | None = None
    comment: str | None = None
    priority: int = 0
    blob_cids: tuple[Cid, ...] = ()
    age_assurance: str | None = None
    age_assurance_by: str | None = None
    hosting: Hosting = Hosting()
    counts: Counts = Counts()
    tags: frozenset[str] = frozenset()
    labels: frozenset[tuple[str, str]] = frozenset()
    sets: frozenset[tuple[EffectKind, str]] = frozenset()
    open_reports: frozenset[tuple[str, str]] = frozenset()
    until: Mapping[Held, UtcMicros] = field(default_factory=dict)
    by_person: frozenset[Held] = frozenset()

    def holding(self, held: Held, ends_us: UtcMicros | None, *, person: bool) -> "SubjectStatus":
        """The status with how long something is held (None: for good), and whether by a person's will."""
        if self.until.get(held) == ends_us and (held in self.by_person) == person:
            return self
        until = {other: ends for other, ends in self.until.items() if other != held}
        if ends_us is not None:
            until[held] = ends_us
        others = self.by_person - {held}
        return replace(self, until=until, by_person=others | {held} if person else others)

    def without(self, gone: frozenset[Held]) -> "SubjectStatus":
        """The status without the terms of what is no longer held."""
        if gone.isdisjoint(self.until) and gone.isdisjoint(self.by_person):
            return self
        until = {held: ends for held, ends in self.until.items() if held not in gone}
        return replace(self, until=until, by_person=self.by_person - gone)

    def outlasted_by(self, held: Held, ends_us: UtcMicros | None, now_us: UtcMicros) -> bool:
        """Say whether holding it until `ends_us` is worth a new decision.

        It is when the new term is without end, or longer by at least half of itself: a subject that offends every
        minute has its term renewed, but not every minute.
        """
        held_until = self.until.get(held)
        if held_until is None:
            return False
        return ends_us is None or 2 * (ends_us - held_until) >= ends_us - now_us

    def at(self, now_us: UtcMicros) -> "SubjectStatus":
        """The status without what has reached its end, before the event that says so."""
        gone = frozenset(held for held, ends_us in self.until.items() if ends_us <= now_us)
        if not gone:
            return self
        return replace(
            self.without(gone),
            takendown=self.takendown and TAKEN_DOWN not in gone,
            muted=self.muted and MUTED not in gone,
            reporter_muted=self.reporter_muted and REPORTER_MUTED not in gone,
            tags=frozenset(tag for tag in self.tags if (HeldKind.TAG, tag, "") not in gone),
            labels=frozenset((val, cid) for val, cid in self.labels if (HeldKind.LABEL, val, cid) not in gone),
        )
