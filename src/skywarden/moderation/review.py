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


class Review(StrEnum):
    """What happened to a subject, as far as its review state cares; all else leaves it as it is."""

    REPORTED = "reported"
    APPEALED = "appealed"
    ESCALATED = "escalated"
    CLOSED = "closed"


PENDING = frozenset({ReviewState.OPEN, ReviewState.ESCALATED})
"""States of a subject that waits for somebody."""

REVIEW_AFTER: Mapping[Review, Mapping[ReviewState, ReviewState]] = MappingProxyType(
    {
        # An escalated subject stays so: only closing takes it out.
        Review.REPORTED: MappingProxyType(
            dict.fromkeys(ReviewState, ReviewState.OPEN) | {ReviewState.ESCALATED: ReviewState.ESCALATED}
        ),
        Review.APPEALED: MappingProxyType(dict.fromkeys(ReviewState, ReviewState.ESCALATED)),
        Review.ESCALATED: MappingProxyType(dict.fromkeys(ReviewState, ReviewState.ESCALATED)),
        Review.CLOSED: MappingProxyType(dict.fromkeys(ReviewState, ReviewState.CLOSED)),
    }
)
"""Total: every act has an answer for every state. A subject that nobody acted on before is in NONE."""
