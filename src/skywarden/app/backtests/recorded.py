"""Read what happened while history was made: hits of live rules, and what people decided."""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from sqlalchemy import select

from skywarden.engine.backtest.hits import Ints
from skywarden.kernel.ids import Offset, UtcMicros
from skywarden.storage import Database
from skywarden.storage.tables import DECISION, HIT, MODERATION_EVENT, MODERATION_EVENT_WORD

_ACTS = ("modEventTakedown", "modEventMute")
_REVERSALS = ("modEventReverseTakedown", "modEventUnmute")
_DISMISSALS = ("modEventAcknowledge", "modEventResolveAppeal")
_LABEL = "modEventLabel"
_ROWS = 5_000


@dataclass(frozen=True, slots=True)
class LiveHits:
    """Where one version of a rule was true live. `offsets` ascend."""

    rule: str
    version: str
    offsets: Ints


def live_hits(db: Database, start: Offset, stop: Offset) -> list[LiveHits]:
    """Every hit of a span that acted, by rule and version; those in shadow are left out."""
    found: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    query = select(HIT.c.log_offset, HIT.c.rule, HIT.c.version).where(
        HIT.c.log_offset >= start, HIT.c.log_offset < stop, HIT.c.is_shadow.is_(False)
    )
    with db.read() as tx, tx.execution_options(yield_per=_ROWS).execute(query) as rows:
        for row in rows:
            found[row.rule, row.version].append(row.log_offset)
    return [
        LiveHits(rule, version, np.sort(np.array(offsets, np.int64)))
        for (rule, version), offsets in sorted(found.items())
    ]


def verdicts(db: Database, since_us: UtcMicros) -> dict[str, bool]:
    """What people made of each subject since then: did they act on it, or look and leave it alone?

    An act that was taken back is none. Who acts and then acknowledges has acted. What rules did is no verdict.
    """
    event = MODERATION_EVENT
    query = (
        select(event.c.id, event.c.type, event.c.uri)
        .outerjoin(DECISION, DECISION.c.id == event.c.id)
        .where(
            DECISION.c.id.is_(None),
            event.c.created_us >= since_us,
            event.c.type.in_((*_ACTS, *_REVERSALS, *_DISMISSALS, _LABEL)),
        )
        .order_by(event.c.id)
    )
    acted: dict[str, bool] = {}
    with db.read() as tx:
        labelled = _labelling(db, since_us)
        for row in tx.execute(query):
            if row.type in _ACTS or (row.type == _LABEL and row.id in labelled):
                acted[row.uri] = True
            elif row.type in _REVERSALS or row.type == _LABEL:
                acted[row.uri] = False
            else:
                acted.setdefault(row.uri, False)
    return acted


def _labelling(db: Database, since_us: UtcMicros) -> set[int]:
    """The events that put a label on something."""
    word, event = MODERATION_EVENT_WORD, MODERATION_EVENT
    query = (
        select(word.c.event_id)
        .join(event, event.c.id == word.c.event_id)
        .where(word.c.kind == "label+", event.c.created_us >= since_us)
    )
    with db.read() as tx:
        return set(tx.execute(query).scalars())
