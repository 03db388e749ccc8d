"""What moderation answered to a proposal."""

from dataclasses import dataclass
from enum import StrEnum

from skywarden.kernel.ids import Did, UtcMicros
from skywarden.model.subject import Subject


class Outcome(StrEnum):
    """How a proposal ended; every proposal ends in exactly one of them."""

    APPLIED = "applied"
    ALREADY = "already"
    SUPPRESSED = "suppressed"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Decision:
    """One answered proposal. `why` is "" when it was applied; `rule` is None when a person proposed it.

    `kind` is an effect's kind; for what a person did, the name of its event in the lexicon.
    """

    id: int
    cause: str
    kind: str
    value: str
    outcome: Outcome
    why: str
    subject: Subject
    created_by: Did
    created_us: UtcMicros
    rule: str | None
    comment: str
