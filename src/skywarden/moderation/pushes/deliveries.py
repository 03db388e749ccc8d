"""Say in an e-mail's event whether the e-mail was delivered, once that is known."""

from collections.abc import Mapping

import msgspec
from sqlalchemy import Connection, select, update

from skywarden.moderation.events import ModEventEmail, event_json
from skywarden.storage.tables import MODERATION_EVENT

_EVENT = MODERATION_EVENT.c


def note_deliveries(tx: Connection, delivered: Mapping[int, bool]) -> None:
    """Write `isDelivered` into the events with these ids; noting the same twice changes nothing."""
    if not delivered:
        return
    emails = _EVENT.id.in_(delivered), _EVENT.type == ModEventEmail.type_name()
    for row in tx.execute(select(_EVENT.id, _EVENT.event_json).where(*emails)).all():
        email = msgspec.json.decode(row.event_json, type=ModEventEmail)
        known = msgspec.structs.replace(email, is_delivered=delivered[row.id])
        tx.execute(update(MODERATION_EVENT).where(_EVENT.id == row.id).values(event_json=event_json(known)))
