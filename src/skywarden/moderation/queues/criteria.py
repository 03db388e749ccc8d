"""Match reports to the queues that take them, and tell queues that would take the same report. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

UNMATCHED = -1
"""Queue id of a report that no queue takes."""

RECORD = "record"
SUBJECT_TYPES = frozenset({"account", RECORD, "message", "conversation"})


@dataclass(frozen=True, slots=True)
class Criteria:
    """Which reports a queue takes. No subject types or no report types: none, moderators put reports there.

    `collection` narrows records only; without one, records of every collection are taken.
    """

    subject_types: frozenset[str] = frozenset()
    collection: str | None = None
    report_types: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Target:
    """A queue that reports may be routed to."""

    id: int
    criteria: Criteria


@dataclass(frozen=True, slots=True)
class Facts:
    """What routing needs to know of a report; `wanted` is the queue that the reporter's tool named."""

    subject_type: str
    collection: str | None
    report_type: str
    wanted: int | None = None


def takes(criteria: Criteria, facts: Facts) -> bool:
    """Say whether a queue takes a report."""
    if facts.subject_type not in criteria.subject_types or facts.report_type not in criteria.report_types:
        return False
    return facts.subject_type != RECORD or criteria.collection in (None, facts.collection)


def overlap(one: Criteria, other: Criteria) -> bool:
    """Say whether some report fits both equally well.

    A queue for one collection and a queue for every collection do not overlap: the first is the better fit.
    """
    if not one.report_types & other.report_types:
        return False
    shared = one.subject_types & other.subject_types
    return bool(shared - {RECORD}) or (RECORD in shared and one.collection == other.collection)


def queue_for(facts: Facts, targets: Sequence[Target]) -> int:
    """The id of the queue that a report belongs to, UNMATCHED when there is none.

    A queue that the tool named is the answer, or nothing is: guessing another would hide the tool's mistake. Queues
    that overlap (made by another service) are taken oldest first.
    """
    if facts.wanted is not None:
        return facts.wanted if any(target.id == facts.wanted for target in targets) else UNMATCHED
    fitting = [target for target in targets if takes(target.criteria, facts)]
    if not fitting:
        return UNMATCHED
    return min(fitting, key=lambda target: (_general(target.criteria, facts), target.id)).id


def _general(criteria: Criteria, facts: Facts) -> bool:
    return facts.subject_type == RECORD and criteria.collection is None


def conflicting(criteria: Criteria, targets: Iterable[Target]) -> int | None:
    """The id of a queue that takes reports which `criteria` would take as well."""
    return next((target.id for target in targets if overlap(criteria, target.criteria)), None)
