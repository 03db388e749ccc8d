"""Count what happened to an account on each day: moderation events, what its host tells, changes of its identity."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import msgspec
from sqlalchemy import func, select

from skywarden.api.upstream import Upstream, UpstreamFailure
from skywarden.api.views.json import Json
from skywarden.api.views.statuses import DEFS
from skywarden.atproto.identity.plc_log import PlcHistory
from skywarden.atproto.syntax.datetime import datetime_micros
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Did
from skywarden.storage import Database
from skywarden.storage.tables import MODERATION_EVENT

DAY_US = 86_400_000_000
MAX_PAGES = 10
_HISTORY = "tools.ozone.hosting.getAccountHistory"
_HANDLE_UPDATED = _HISTORY + "#handleUpdated"
_CREATED, _CHANGED, _GIVEN_UP = (DEFS + f"timelineEventPlc{name}" for name in ("Create", "Operation", "Tombstone"))

Tally = Counter[tuple[int, str, str]]
"""How often, by day since 1970, by what it was about (account, record, chat) and by the lexicons' name of the event."""


class _Details(msgspec.Struct, frozen=True):
    kind: str = msgspec.field(name="$type", default="")


class _Event(msgspec.Struct, frozen=True, rename="camel"):
    details: _Details
    created_at: str


class _History(msgspec.Struct, frozen=True):
    events: list[_Event]
    cursor: str | None = None


def moderation_tally(database: Database, did: Did) -> Tally:
    """Events on the account, its records and its conversations. Blocks."""
    event = MODERATION_EVENT.c
    day = (event.created_us // DAY_US).label("day")
    kinds = [day, event.type, (event.record_path != "").label("on_record"), (event.convo_id != "").label("in_chat")]
    query = select(*kinds, func.count().label("times")).where(event.did == did).group_by(*kinds)
    tally: Tally = Counter()
    with database.read() as tx:
        for row in tx.execute(query):
            about = "record" if row.on_record else "chat" if row.in_chat else "account"
            tally[int(row.day), about, DEFS + row.type] += row.times
    return tally


async def hosting_tally(pds: Upstream, did: Did) -> Tally | None:
    """What the account's host tells of it; None where it does not answer."""
    tally: Tally = Counter()
    cursor: str | None = None
    for _ in range(MAX_PAGES):
        query = [("did", did), ("limit", "100")]
        try:
            answer = await pds.get(_HISTORY, query if cursor is None else [*query, ("cursor", cursor)])
            page = answer.read(_History)
        except UpstreamFailure:
            return None if cursor is None else tally
        for event in page.events:
            day = _day(event.created_at)
            if day is not None and event.details.kind:
                tally[day, "account", event.details.kind] += 1
        cursor = page.cursor
        if cursor is None:
            break
    return tally


def identity_tally(history: PlcHistory, *, with_handles: bool) -> Tally:
    """Operations on the account's identity; `with_handles` counts changes of its handle as events of their own."""
    tally: Tally = Counter()
    for number, operation in enumerate(history.operations):
        kind = _GIVEN_UP if operation.kind == "plc_tombstone" else _CHANGED if number else _CREATED
        tally[operation.created_us // DAY_US, "account", kind] += 1
    if with_handles:
        for before, after in pairwise(history.standing):
            if after.handles and after.handles[:1] != before.handles[:1]:
                tally[after.created_us // DAY_US, "account", _HANDLE_UPDATED] += 1
    return tally


def timeline(tallies: Sequence[Tally]) -> list[Json]:
    """Days with something on them, the latest first."""
    joined = sum(tallies, Counter())
    days: dict[int, list[Json]] = {}
    for (day, about, kind), count in sorted(joined.items(), key=lambda item: (-item[0][0], *item[0][1:])):
        days.setdefault(day, []).append({"eventSubjectType": about, "eventType": kind, "count": count})
    return [{"day": _date(day), "summary": summary} for day, summary in days.items()]


def _day(text: str) -> int | None:
    """The day of a time; None for what is none: one odd event must not hide the others."""
    try:
        us = datetime_micros(text)
    except Rejected:
        return None
    return us // DAY_US if us >= 0 else None


def _date(day: int) -> str:
    return f"{datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=day):%Y-%m-%d}"
