"""Let rules and people act on one database, and take back what a rule did."""

from collections.abc import Sequence

from sqlalchemy import select

from proposals import LABELER, NOON_US, make_effect
from skywarden.kernel.clock import ManualClock
from skywarden.kernel.ids import Did, Offset, UtcMicros
from skywarden.model.effect import NO_OPTIONS, Effect, EffectKind, EffectOptions
from skywarden.model.subject import Subject
from skywarden.moderation.events import ModEvent
from skywarden.moderation.new_event import NewEvent, StoredEvent
from skywarden.moderation.pushes import APPVIEW, PDS
from skywarden.moderation.service import ModerationService
from skywarden.moderation.status import SubjectStatus
from skywarden.moderation.undo import ItemState, Preview, RunView, Selection, UndoRun, UndoService
from skywarden.observe.metrics import Metrics
from skywarden.storage import Database
from skywarden.storage.tables import REPORT

ANN = Did("did:plc:ann")
"""A moderator."""
HOUR_US = 3_600_000_000
SPAM = "com.atproto.moderation.defs#reasonSpam"


class Desk:
    """Moderation with a webhook and a PDS, an hour after noon, and its undo."""

    def __init__(self, db: Database, clock: ManualClock | None = None) -> None:
        self.db = db
        self.clock = clock or ManualClock(at_us=NOON_US)
        self.service = ModerationService(
            db,
            LABELER,
            clock=self.clock,
            metrics=Metrics(),
            hooks=frozenset({"hook"}),
            push_targets=frozenset({PDS, APPVIEW}),
        )
        self.undo = UndoService(db, self.service, LABELER, clock=self.clock, metrics=Metrics())
        self._offset = 0

    def effect(
        self,
        subject: Subject,
        kind: EffectKind = EffectKind.LABEL,
        value: str = "spam",
        *,
        rule: str = "waves",
        options: EffectOptions = NO_OPTIONS,
    ) -> Effect:
        """What a rule proposes, of an event of this moment."""
        self._offset += 1
        return make_effect(
            self._offset, subject, kind=kind, value=value, rule=rule, options=options, time_us=self.clock.now_us()
        )

    def propose(self, effects: Sequence[Effect]) -> None:
        self.service.outbox.store([], effects, Offset(self._offset))

    def act(
        self,
        subject: Subject,
        kind: EffectKind = EffectKind.LABEL,
        value: str = "spam",
        *,
        rule: str = "waves",
        options: EffectOptions = NO_OPTIONS,
    ) -> None:
        """A rule proposes something and moderation answers; a minute passes."""
        self.propose([self.effect(subject, kind, value, rule=rule, options=options)])
        self.decide()

    def decide(self) -> None:
        while self.service.decide_pending():
            continue
        self.clock.advance(60)

    def person(self, subject: Subject, event: ModEvent, by: Did = ANN) -> StoredEvent:
        """A moderator acts; a minute passes."""
        stored = self.service.emit(NewEvent(event, subject, by))
        self.clock.advance(60)
        return stored

    def status(self, subject: Subject) -> SubjectStatus:
        return self.service.status(subject.uri)

    def everything(self, rule: str = "waves", version: str | None = None) -> Selection:
        """All that a rule ever did."""
        return Selection(rule, UtcMicros(0), UtcMicros(self.clock.now_us() + 1), version)

    def finish(self) -> None:
        """Work until no run is left."""
        while self.undo.step() is not None:
            continue

    def take_back(self, asked: Selection | None = None, reason: str = "") -> UndoRun:
        """Take back all that the rule `waves` ever did, or what is asked for; a minute passes."""
        run = self.undo.take_back(asked or self.everything(), "cli", reason)
        self.finish()
        self.clock.advance(60)
        return self.undo.run(run.id).run

    def put_back(self, run: UndoRun) -> UndoRun:
        """Put back what a run took back; a minute passes."""
        again = self.undo.put_back(run.id, "cli")
        self.finish()
        self.clock.advance(60)
        return self.undo.run(again.id).run

    def tickets(self, subject: Subject) -> list[str]:
        """States of the reports on a subject's account, oldest first."""
        with self.db.read() as tx:
            query = select(REPORT.c.state).where(REPORT.c.did == subject.did).order_by(REPORT.c.id)
            return list(tx.execute(query).scalars())


def outcomes(view: RunView | Preview) -> dict[tuple[str, str], int]:
    """How many items of a kind ended how; `spared:person_keeps` where there is a reason."""
    return {
        (count.kind, f"{count.state}:{count.why}" if count.why else str(count.state)): count.count
        for count in view.counts
        if count.state is not ItemState.ASKED
    }
