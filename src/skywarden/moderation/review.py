"""Say what each kind of act does to a subject's review state; tables only."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class ReviewState(StrEnum):
    """Where a subject stands in review; values as tools.ozone.moderation.defs names them."""

    NONE = "reviewNone"
    OPEN = "reviewOpen"
    ESCALATED = "reviewEscalated"
    CLOSED = "reviewClosed"


class Act(StrEnum):
    """What happened to a subject, as far as its review state cares."""

    LABELED = "labeled"
    TAGGED = "tagged"
    REPORTED = "reported"
    APPEALED = "appealed"
    ESCALATED = "escalated"
    ACKNOWLEDGED = "acknowledged"
    TAKEN_DOWN = "taken_down"


_UNCHANGED = MappingProxyType({state: state for state in ReviewState})

REVIEW_AFTER: Mapping[Act, Mapping[ReviewState, ReviewState]] = MappingProxyType(
    {
        Act.LABELED: _UNCHANGED,
        Act.TAGGED: _UNCHANGED,
        # An escalated subject stays so: only closing takes it out.
        Act.REPORTED: MappingProxyType(
            dict.fromkeys(ReviewState, ReviewState.OPEN) | {ReviewState.ESCALATED: ReviewState.ESCALATED}
        ),
        Act.APPEALED: MappingProxyType(dict.fromkeys(ReviewState, ReviewState.ESCALATED)),
        Act.ESCALATED: MappingProxyType(dict.fromkeys(ReviewState, ReviewState.ESCALATED)),
        Act.ACKNOWLEDGED: MappingProxyType(dict.fromkeys(ReviewState, ReviewState.CLOSED)),
        Act.TAKEN_DOWN: MappingProxyType(dict.fromkeys(ReviewState, ReviewState.CLOSED)),
    }
)
"""Total: every act has an answer for every state. A subject that nobody acted on before is in NONE."""
