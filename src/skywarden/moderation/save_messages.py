"""Write what rulings add to named sets and lists, and the messages that they send to webhooks."""

import msgspec
from sqlalchemy import Connection, insert

from skywarden.kernel.ids import UtcMicros
from skywarden.moderation.acts import Notice, SetAddition
from skywarden.moderation.deliveries import WAITING
from skywarden.moderation.proposal import Proposal
from skywarden.moderation.save_marks import Numbered
from skywarden.moderation.set_entries import add_entries, lock_sets, set_name
from skywarden.storage import Database
from skywarden.storage.tables import DELIVERY


def save_sets(db: Database, tx: Connection, applied: Numbered, now_us: UtcMicros) -> None:
    """Add to sets; a set that nobody added to before is made here."""
    added: dict[str, dict[str, int | None]] = {}
    for number, ruling in applied:
        proposal = ruling.proposal
        if isinstance(proposal.act, SetAddition) and proposal.put_back is None:
            added.setdefault(set_name(proposal.act.kind, proposal.act.name), {})[proposal.subject.uri] = number
    if added:
        for name, set_id in lock_sets(db, tx, added, now_us).items():
            add_entries(tx, set_id, added[name], now_us)


def save_deliveries(tx: Connection, applied: Numbered, now_us: UtcMicros) -> None:
    """Put the messages of notify rulings into the queue."""
    rows = [
        {
            "decision_id": number,
            "hook": ruling.proposal.act.hook,
            "body_json": _body(number, ruling.proposal, ruling.proposal.act, now_us),
            "state": WAITING,
            "attempts": 0,
            "next_us": now_us,
            "last_error": "",
            "created_us": now_us,
        }
        for number, ruling in applied
        if isinstance(ruling.proposal.act, Notice)
    ]
    if rows:
        tx.execute(insert(DELIVERY), rows)


def _body(number: int, proposal: Proposal, notice: Notice, now_us: UtcMicros) -> str:
    """What the webhook receives: the decision's number, so that a message that came twice is known, and the hit."""
    body = {
        "id": number,
        "type": "skywarden.notify",
        "subject": {"did": proposal.subject.did, "uri": proposal.subject.uri, "cid": proposal.subject.cid},
        "reason": notice.text,
        "tool": None if proposal.tool_json is None else msgspec.Raw(proposal.tool_json.encode()),
        "createdUs": now_us,
    }
    return msgspec.json.encode(body).decode()
