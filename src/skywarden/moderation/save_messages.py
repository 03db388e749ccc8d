"""Write what rulings add to named sets and lists, and the messages that they send to webhooks."""

import msgspec
from sqlalchemy import Connection, insert, select, tuple_

from skywarden.kernel.ids import UtcMicros
from skywarden.model.effect import EffectKind
from skywarden.moderation.deliveries import WAITING
from skywarden.moderation.docket import Ruling
from skywarden.moderation.save_marks import Numbered
from skywarden.storage import Database
from skywarden.storage.tables import DELIVERY, NAMED_SET, NAMED_SET_ENTRY

_SET_KINDS = frozenset({EffectKind.ADD_TO_SET, EffectKind.ADD_TO_LIST})


def save_sets(db: Database, tx: Connection, applied: Numbered, now_us: UtcMicros) -> None:
    """Add to sets; a set that nobody added to before is made here."""
    added = [(number, ruling.proposal) for number, ruling in applied if ruling.proposal.kind in _SET_KINDS]
    if not added:
        return
    names = sorted({(proposal.kind.value, proposal.value) for _, proposal in added})
    made = [{"kind": kind, "name": name, "created_us": now_us} for kind, name in names]
    tx.execute(db.insert_or_ignore(NAMED_SET), made)
    query = select(NAMED_SET).where(tuple_(NAMED_SET.c.kind, NAMED_SET.c.name).in_(names))
    ids = {(row.kind, row.name): row.id for row in tx.execute(query)}
    rows = [
        {
            "set_id": ids[proposal.kind.value, proposal.value],
            "value": proposal.subject.uri,
            "decision_id": number,
            "added_us": now_us,
        }
        for number, proposal in added
    ]
    tx.execute(db.insert_or_ignore(NAMED_SET_ENTRY), rows)


def save_deliveries(tx: Connection, applied: Numbered, now_us: UtcMicros) -> None:
    """Put the messages of notify rulings into the queue."""
    rows = [
        {
            "decision_id": number,
            "hook": ruling.proposal.value,
            "body_json": _body(number, ruling, now_us),
            "state": WAITING,
            "attempts": 0,
            "next_us": now_us,
            "last_error": "",
            "created_us": now_us,
        }
        for number, ruling in applied
        if ruling.proposal.kind is EffectKind.NOTIFY
    ]
    if rows:
        tx.execute(insert(DELIVERY), rows)


def _body(number: int, ruling: Ruling, now_us: UtcMicros) -> str:
    """What the webhook receives: the decision's number, so that a message that came twice is known, and the hit."""
    proposal = ruling.proposal
    body = {
        "id": number,
        "type": "skywarden.notify",
        "subject": {"did": proposal.subject.did, "uri": proposal.subject.uri, "cid": proposal.subject.cid},
        "reason": proposal.comment,
        "tool": None if proposal.tool_json is None else msgspec.Raw(proposal.tool_json.encode()),
        "createdUs": now_us,
    }
    return msgspec.json.encode(body).decode()
