"""Keep the counts and strikes of accounts with the events that change them, in their transaction."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict

from sqlalchemy import Connection, bindparam, insert, select, update

from skywarden.kernel.ids import Did, UtcMicros
from skywarden.moderation.docket import Ruling
from skywarden.moderation.event_rows import Row
from skywarden.moderation.save_marks import Numbered
from skywarden.moderation.stats import NO_STAT, STAT_NAMES, Stat, Strike, stat_change, stat_of, sum_strikes
from skywarden.moderation.status import SubjectStatus
from skywarden.storage.prepared import Prepared
from skywarden.storage.tables import ACCOUNT_STAT, ACCOUNT_STRIKE, MODERATION_EVENT

_ADD = Prepared(
    update(ACCOUNT_STAT)
    .where(ACCOUNT_STAT.c.did == bindparam("of_did"))
    .values({name: ACCOUNT_STAT.c[name] + bindparam(f"add_{name}") for name in STAT_NAMES})
)
_INSERT = Prepared(insert(ACCOUNT_STAT))
_SUMMED = update(ACCOUNT_STRIKE).where(ACCOUNT_STRIKE.c.did == bindparam("of_did"))


def save_stats(tx: Connection, applied: Numbered, statuses: Mapping[str, SubjectStatus], new: frozenset[str]) -> None:
    """Add what changed on each subject to its account; `new` are the uris of subjects that were not there before."""
    changes: dict[Did, Stat] = {}
    first: dict[str, Ruling] = {}
    for _, ruling in applied:
        first.setdefault(ruling.proposal.subject.uri, ruling)
    for uri, ruling in first.items():
        subject = ruling.proposal.subject
        before = NO_STAT if uri in new else stat_of(subject, ruling.before)
        change = stat_change(before, stat_of(subject, statuses[uri]))
        if any(change):
            changes[subject.did] = tuple(map(sum, zip(changes.get(subject.did, NO_STAT), change, strict=True)))
    if len(changes) > 1:
        _save_many(tx, changes)
        return
    for did, change in changes.items():
        if _ADD.run(tx, _added(did, change)) == 0:
            _INSERT.run(tx, _row(did, change))


def _save_many(tx: Connection, changes: Mapping[Did, Stat]) -> None:
    """The same for several accounts, in few statements."""
    known = set(tx.execute(select(ACCOUNT_STAT.c.did).where(ACCOUNT_STAT.c.did.in_(changes))).scalars())
    ordered = sorted(changes.items())
    _ADD.run_all(tx, [_added(did, change) for did, change in ordered if did in known])
    _INSERT.run_all(tx, [_row(did, change) for did, change in ordered if did not in known])


def _added(did: Did, change: Stat) -> dict[str, object]:
    return {"of_did": did, **{f"add_{name}": number for name, number in zip(STAT_NAMES, change, strict=True)}}


def _row(did: Did, change: Stat) -> dict[str, object]:
    return {"did": did, **dict(zip(STAT_NAMES, change, strict=True))}


def end_with_what_they_reverse(tx: Connection, events: Sequence[Row]) -> None:
    """Have strikes that a reversal takes back expire with the strikes of the subject's last event that gave some.

    Else they would still count against strikes to come when those they answer have long expired.
    """
    for event in events:
        if event["strike_count"] is None or int(str(event["strike_count"])) >= 0:
            continue
        columns = MODERATION_EVENT.c
        query = (
            select(columns.strike_expires_us)
            .where(columns.subject_id == event["subject_id"], columns.strike_count > 0)
            .order_by(columns.id.desc())
            .limit(1)
        )
        event["strike_expires_us"] = tx.execute(query).scalar()


def save_strikes(tx: Connection, dids: Iterable[Did], now_us: UtcMicros) -> None:
    """Add up the strikes of accounts anew."""
    wanted = sorted(set(dids))
    if not wanted:
        return
    columns = MODERATION_EVENT.c
    query = select(columns.did, columns.strike_count, columns.created_us, columns.strike_expires_us)
    given: dict[str, list[Strike]] = {did: [] for did in wanted}
    for did, count, at_us, expires_us in tx.execute(
        query.where(columns.did.in_(wanted), columns.strike_count.is_not(None))
    ):
        given[did].append(Strike(count, at_us, expires_us))
    sums = {did: asdict(sum_strikes(strikes, now_us)) for did, strikes in given.items()}
    known = set(tx.execute(select(ACCOUNT_STRIKE.c.did).where(ACCOUNT_STRIKE.c.did.in_(wanted))).scalars())
    new = [{"did": did, **found} for did, found in sums.items() if did not in known]
    if new:
        tx.execute(insert(ACCOUNT_STRIKE), new)
    for did in known:
        tx.execute(_SUMMED.values(sums[did]), {"of_did": did})


def strikes_due(tx: Connection, now_us: UtcMicros, limit: int) -> list[Did]:
    """Accounts some of whose strikes have expired and still count."""
    due = ACCOUNT_STRIKE.c.next_expiry_us
    query = select(ACCOUNT_STRIKE.c.did).where(due <= now_us).order_by(due).limit(limit)
    return [Did(did) for did in tx.execute(query).scalars()]
