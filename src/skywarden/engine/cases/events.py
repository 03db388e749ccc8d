"""Turn a case's events into a batch of the log, filling in what the story leaves out."""

import json
import re
from collections.abc import Iterator

import pyarrow as pa

from skywarden.engine.cases.read import Case, CaseEvent
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Offset
from skywarden.model.event import SCHEMA, Action, EventBatch, Kind
from skywarden.rules.catalog import EVENT_KINDS, EventKind, event_kind
from skywarden.rules.catalog.functions import UNITS
from skywarden.rules.problems import did_you_mean

START_US = 1_750_000_000_000_000
"""Time of the first event of every case."""

_DURATION = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([a-z]+)\s*\Z")
Row = dict[str, object]
_AUTHOR_FIELDS = tuple(
    f"author_{name}"
    for name in (
        "followers",
        "follows",
        "posts",
        "has_avatar",
        "avatar_cid",
        "display_name",
        "description",
        "labels",
        "tags",
        "pds_host",
    )
)
_RECORD_FIELDS = ("text", "langs", "links", "link_texts", "domains", "mention_texts", "tags", "alt_texts")


def case_batch(case: Case) -> EventBatch:
    """The events of a case as one batch from offset 0. Raises: Rejected."""
    rows = list(_rows(case))
    return EventBatch(Offset(0), pa.RecordBatch.from_pylist(rows, schema=SCHEMA))


def _rows(case: Case) -> Iterator[Row]:
    now_us, number = START_US, 0
    empty: Row = dict.fromkeys(SCHEMA.names)
    for event in case.events:
        kind = event_kind(event.kind)
        if kind is None:
            hint = did_you_mean(event.kind, tuple(EVENT_KINDS))
            raise Rejected("unknown kind of event", place=case.place, found=event.kind, hint=hint)
        every_us, age_us = _micros(event.every, case), _age(event, case)
        now_us += _micros(event.after, case)
        for n in range(1, event.repeat + 1):
            row = empty | _fill(_row(event, kind, number, now_us, age_us), n)
            yield row | {"recheck_rules": [case.rule]} if kind.kind is Kind.RECHECK else row
            now_us += every_us
            number += 1


def _micros(text: str, case: Case) -> int:
    match = _DURATION.match(text)
    unit = UNITS.get(match.group(2)) if match else None
    if match is None or unit is None:
        raise Rejected("wrong duration", place=case.place, expected='as in "10 minutes"', found=repr(text))
    return round(float(match.group(1)) * unit)


def _age(event: CaseEvent, case: Case) -> int | None:
    return None if event.author_age is None else _micros(event.author_age, case)


def _row(event: CaseEvent, kind: EventKind, number: int, now_us: int, age_us: int | None) -> Row:
    author = _did(event.author)
    row: Row = {
        "seq": number,
        "source": "case",
        "time_us": now_us,
        "did": author,
        "kind": int(kind.kind),
        "author_first_seen_us": now_us,
        "author_created_us": None if age_us is None else now_us - age_us,
        "author_handle": event.author_handle or f"{event.author}.example",
    }
    row |= {name: getattr(event, name) for name in _AUTHOR_FIELDS}
    if kind.kind is Kind.IDENTITY:
        row |= {"handle": event.handle, "previous_handle": event.previous_handle}
    elif kind.kind is Kind.ACCOUNT:
        row |= {"account_active": event.active, "account_status": event.status}
    elif kind.kind in (Kind.REPORT, Kind.MODERATION):
        row |= _moderation(event)
    else:
        row |= _commit(event, kind, number, now_us)
    return row


def _moderation(event: CaseEvent) -> Row:
    """A report or a decision about the account that the event names as its author."""
    row: Row = {"subject_did": _did(event.author), "text": event.comment, "report_reason": event.reason}
    if event.target is not None:
        row["subject_uri"] = f"at://{_did(event.author)}/app.bsky.feed.post/{event.target}"
    row["report_by"] = None if event.by is None else _did(event.by)
    return row | {
        "moderation_event": event.decision,
        "moderation_by": row["report_by"],
        "values_added": event.added or [],
        "values_removed": event.removed or [],
    }


def _commit(event: CaseEvent, kind: EventKind, number: int, now_us: int) -> Row:
    action = kind.actions[0] if kind.actions else Action.CREATE
    row: Row = {
        "action": int(action),
        "collection": event.collection or kind.collection or "app.bsky.feed.post",
        "rkey": f"record{number}" if event.rkey is None else event.rkey,
        "cid": f"cid{number}",
        "rev": f"rev{number}",
    }
    if action is Action.DELETE:
        return row
    row |= {"created_at_us": now_us, "display_name": event.display_name, "description": event.description}
    row |= {name: getattr(event, name) for name in _RECORD_FIELDS}
    row["record"] = None if event.record is None else json.dumps(event.record, ensure_ascii=False)
    row |= {
        "mentions": None if event.mentions is None else [_did(name) for name in event.mentions],
        "image_cids": [f"image{image}" for image in range(event.images)] or None,
        "avatar_cid": "avatar" if event.avatar else None,
        "parent_follows_author": event.parent_follows,
        "root_follows_author": event.parent_follows if event.root is None else event.root_follows,
        "subject_follows_author": event.target_follows,
    }
    return row | _others(event, kind)


def _others(event: CaseEvent, kind: EventKind) -> Row:
    """The other parties: whom the post answers or quotes, whom a like or follow is about."""
    row: Row = {}
    if event.reply_to is not None:
        parent, root = _did(event.reply_to), _did(event.root or event.reply_to)
        uri = f"at://{parent}/app.bsky.feed.post/{event.reply_to_post}"
        root_uri = uri if event.root is None else f"at://{root}/app.bsky.feed.post/root"
        row |= {"reply_parent_did": parent, "reply_parent_uri": uri}
        row |= {"reply_root_did": root, "reply_root_uri": root_uri}
    if event.quote is not None:
        row |= {"quote_did": _did(event.quote), "quote_uri": f"at://{_did(event.quote)}/app.bsky.feed.post/post"}
    if event.target is not None:
        row["subject_did"] = _did(event.target)
        if kind.group in ("like", "repost"):
            row["subject_uri"] = f"at://{_did(event.target)}/app.bsky.feed.post/{event.target_post}"
    return row


def _did(name: str) -> str:
    return name if name.startswith("did:") else f"did:plc:{name}"


def _fill(row: Row, n: int) -> Row:
    """Put the number into every text that asks for it."""
    return {name: _filled(value, str(n)) for name, value in row.items()}


def _filled(value: object, n: str) -> object:
    if isinstance(value, str):
        return value.replace("{n}", n)
    if isinstance(value, list):
        return [_filled(item, n) for item in value]
    return value
