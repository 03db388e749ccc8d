"""What moderation holds of a subject, and for how long: data that decisions read and make anew."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from skywarden.kernel.ids import UtcMicros
from skywarden.model.effect import EffectKind
from skywarden.moderation.review import ReviewState

Held = tuple[EffectKind, str, str]
"""Something that is held until it is taken back: the kind that gave it, its value, its cid ("": every version)."""

TAKEDOWN_LABEL, SUSPEND_LABEL = "!takedown", "!suspend"
TAKEDOWN_VALUES = frozenset({TAKEDOWN_LABEL, SUSPEND_LABEL})
"""Labels that only a takedown sets, so that the label and the takedown cannot part ways."""

TAKEN_DOWN: Held = (EffectKind.TAKEDOWN, "", "")
MUTED: Held = (EffectKind.MUTE, "", "")


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
    last_reported_us: UtcMicros | None = None
    last_appealed_us: UtcMicros | None = None
    tags: frozenset[str] = frozenset()
    labels: frozenset[tuple[str, str]] = frozenset()
    sets: frozenset[tuple[EffectKind, str]] = frozenset()
    open_reports: frozenset[tuple[str, str]] = frozenset()
    until: Mapping[Held, UtcMicros] = field(default_factory=dict)
    by_person: frozenset[Held] = frozenset()

    def holding(self, held: Held, ends_us: UtcMicros | None, *, person: bool) -> "SubjectStatus":
        """The status with how long something is held (None: for good), and whether by a person's will."""
        until = {other: ends for other, ends in self.until.items() if other != held}
        if ends_us is not None:
            until[held] = ends_us
        others = self.by_person - {held}
        return replace(self, until=until, by_person=others | {held} if person else others)

    def without(self, gone: frozenset[Held]) -> "SubjectStatus":
        """The status without the terms of what is no longer held."""
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
