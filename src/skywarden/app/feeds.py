"""Turn what moderation did, and what rules want to see again, into rows that the log's one writer appends.

Each row is in the log once: its place in the database is the cursor that is stored with it.
"""

from dataclasses import dataclass

import pyarrow as pa

from skywarden.ingest.contract import ROW_SCHEMA, FeedChunk
from skywarden.kernel.clock import Clock
from skywarden.kernel.errors import Broken
from skywarden.kernel.ids import Offset
from skywarden.log.contract import LogReader
from skywarden.model.event import Kind, with_schema
from skywarden.moderation.history import REPORT, Happened, History
from skywarden.moderation.rechecks import Recheck, RecheckSchedule

_AT_ONCE = 500
_NOT_AGAIN = ("seq", "rev")
"""Columns that belong to the source's own stream; a second look at a record has none."""


@dataclass(frozen=True, slots=True)
class DecisionFeed:
    """Reports received and decisions, as rows of Kind.REPORT and Kind.MODERATION."""

    history: History
    name: str = "moderation"

    def after(self, cursor: str | None) -> FeedChunk | None:
        before = int(cursor or 0)
        happened, number = self.history.after(before, _AT_ONCE)
        if number == before:
            return None
        rows = [_row(one, self.name) for one in happened]
        return FeedChunk(pa.RecordBatch.from_pylist(rows, schema=ROW_SCHEMA), str(number))


@dataclass(frozen=True, slots=True)
class RecheckFeed:
    """Records that are due for another look, as rows of Kind.RECHECK with the columns of the record's own row."""

    schedule: RecheckSchedule
    log: LogReader
    clock: Clock
    name: str = "recheck"

    def after(self, cursor: str | None) -> FeedChunk | None:
        place = int(cursor or 0)
        self.schedule.forget(place)
        due = self.schedule.due(place, self.clock.now_us(), _AT_ONCE)
        if not due:
            return None
        rows = [self._again(recheck) for recheck in due]
        return FeedChunk(pa.Table.from_batches(rows).combine_chunks().to_batches()[0], str(due[-1].place))

    def _again(self, recheck: Recheck) -> pa.RecordBatch:
        found = next(self.log.read(recheck.offset, Offset(recheck.offset + 1)), None)
        if found is None:
            raise Broken(f"recheck of offset {recheck.offset}: the log has no such row; it was cut or is another one")
        first = with_schema(found.rows)
        changed = {
            "source": self.name,
            "kind": int(Kind.RECHECK),
            "recheck_rules": list(recheck.rules),
            **dict.fromkeys(_NOT_AGAIN),
        }
        columns = [
            pa.array([changed[field.name]], field.type) if field.name in changed else first.column(field.name)
            for field in ROW_SCHEMA
        ]
        return pa.RecordBatch.from_arrays(columns, schema=ROW_SCHEMA)


def _row(happened: Happened, source: str) -> dict[str, object]:
    """What `ROW_SCHEMA` does not find here is null."""
    subject = happened.subject
    row: dict[str, object] = {
        "source": source,
        "time_us": happened.at_us,
        "did": subject.did,
        "subject_did": subject.did,
        "subject_uri": None if subject.is_account else subject.uri,
        "text": happened.comment,
        "values_added": list(happened.added),
        "values_removed": list(happened.removed),
        "caused_by": list(happened.caused_by) or None,
    }
    if happened.event == REPORT:
        return row | {"kind": int(Kind.REPORT), "report_reason": happened.reason, "report_by": happened.by}
    return row | {"kind": int(Kind.MODERATION), "moderation_event": happened.event, "moderation_by": happened.by}
