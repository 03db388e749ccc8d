"""The moderation stage's step: decide, publish labels, tell the account table."""

from dataclasses import dataclass

from skywarden.ingest.accounts.table import AccountTable
from skywarden.labels.service import LabelService
from skywarden.moderation.marks import MarkFeed
from skywarden.moderation.service import ModerationService

_MARKS = 500


@dataclass(frozen=True, slots=True)
class DecisionStep:
    """Each part is durable by itself and says after a crash what it still has to do, so their order is no promise."""

    moderation: ModerationService
    labels: LabelService
    marks: MarkFeed
    accounts: AccountTable

    def __call__(self) -> int:
        """Do one round; return how much was done."""
        decided = self.moderation.decide_pending()
        published = self.labels.publish_pending()
        return decided + published + self._forward_marks()

    def _forward_marks(self) -> int:
        before = self.marks.heard()
        marks, place = self.marks.pending(_MARKS)
        for mark in marks:
            self.accounts.apply_labels(mark.did, mark.labels, mark.tags)
        if place == before:
            return 0
        self.marks.done(place)
        return place - before
