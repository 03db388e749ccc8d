"""Name what may propose under the lock of events, with the statuses in sight: an undo, one chunk at a time."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from sqlalchemy import Connection

from skywarden.kernel.ids import UtcMicros
from skywarden.model.subject import Subject
from skywarden.moderation.audit import Change
from skywarden.moderation.proposal import Proposal
from skywarden.moderation.status import SubjectStatus


class TakingBack(Protocol):
    """One chunk. The three are called in this order, in one transaction, after which all of it is durable."""

    def subjects(self, tx: Connection, now_us: UtcMicros) -> Sequence[Subject]:
        """The subjects to lock; what has reached its end on them ends first, and then the chunk is begun anew."""
        ...

    def proposals(
        self, tx: Connection, statuses: Mapping[str, SubjectStatus], ids: Mapping[str, int], now_us: UtcMicros
    ) -> Sequence[Proposal]:
        """What to propose, given the subjects' statuses and row ids by uri."""
        ...

    def finish(self, tx: Connection, first: int, now_us: UtcMicros) -> Sequence[Change]:
        """Write what goes with the proposals, which are numbered from `first` in their order."""
        ...
