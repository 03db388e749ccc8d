"""Read and lock what keeps rules in their limits: breaker counts, and when they last did the same."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, bindparam, select, tuple_, update

from skywarden.kernel.ids import UtcMicros
from skywarden.model.decision import Outcome
from skywarden.moderation.docket import ActKey, BreakerKey, Docket, Ruling, act_key, breaker_key
from skywarden.moderation.proposal import Proposal
from skywarden.storage import Database
from skywarden.storage.tables import BREAKER, DECISION

_USE = (
    update(BREAKER)
    .where(
        BREAKER.c.scope == bindparam("of_scope"),
        BREAKER.c.span == bindparam("of_span"),
        BREAKER.c.period == bindparam("of_period"),
    )
    .values(used=bindparam("now_used"))
)


def read_acts(tx: Connection, proposals: Sequence[Proposal], ids: Mapping[str, int]) -> dict[ActKey, list[UtcMicros]]:
    """Event times of what the rules did before, as far as an interval of the proposals reaches."""
    acts = defaultdict[ActKey, list[UtcMicros]](list)
    asked = [(p, p.event_us, p.options.every_us) for p in proposals if p.options.every_us is not None]
    reach = [(p, event_us - every_us, event_us + every_us) for p, event_us, every_us in asked if event_us and every_us]
    if not reach:
        return acts
    keys = {(ids[p.subject.uri], act_key(p)[:3]): act_key(p) for p, _, _ in reach}
    columns = (DECISION.c.subject_id, DECISION.c.rule, DECISION.c.kind, DECISION.c.value, DECISION.c.event_us)
    query = select(*columns).where(
        DECISION.c.subject_id.in_({number for number, _ in keys}),
        DECISION.c.event_us.between(min(least for _, least, _ in reach), max(most for _, _, most in reach)),
        DECISION.c.outcome == Outcome.APPLIED.value,
    )
    for row in tx.execute(query):
        key = keys.get((row.subject_id, (row.rule, row.kind, row.value)))
        if key is not None:
            acts[key].append(UtcMicros(row.event_us))
    return acts


def lock_breakers(db: Database, tx: Connection, proposals: Sequence[Proposal]) -> dict[BreakerKey, int]:
    """The counts of every breaker of the proposals, made here where they are missing."""
    # Always in the same order: two workers that lock the same rows crosswise would wait for each other forever.
    keys = sorted({breaker_key(breaker) for proposal in proposals for breaker in proposal.breakers})
    if not keys:
        return {}
    rows = [{"scope": scope, "span": span, "period": period, "used": 0} for scope, span, period in keys]
    tx.execute(db.insert_or_ignore(BREAKER), rows)
    columns = (BREAKER.c.scope, BREAKER.c.span, BREAKER.c.period)
    query = select(BREAKER).where(tuple_(*columns).in_(keys)).order_by(*columns).with_for_update()
    return {(row.scope, row.span, row.period): row.used for row in tx.execute(query)}


def save_breakers(tx: Connection, docket: Docket, applied: Sequence[tuple[int, Ruling]]) -> None:
    """Write what the applied rulings used up."""
    keys = {breaker_key(breaker) for _, ruling in applied for breaker in ruling.proposal.breakers}
    rows = [
        {"of_scope": key[0], "of_span": key[1], "of_period": key[2], "now_used": docket.used[key]}
        for key in sorted(keys)
    ]
    if rows:
        tx.execute(_USE, rows)
