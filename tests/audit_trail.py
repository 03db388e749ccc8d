"""Read what the audit chain says, and check that it is whole."""

from typing import Any

import msgspec
from sqlalchemy import select

from skywarden.moderation.audit import verify_audit
from skywarden.storage import Database
from skywarden.storage.tables import AUDIT


def audited(db: Database) -> list[tuple[str, str, str, dict[str, Any]]]:
    """Actor, action, target and change of each row, the chain verified."""
    verify_audit(db)
    with db.read() as tx:
        rows = tx.execute(select(AUDIT).order_by(AUDIT.c.number)).all()
    return [(row.actor, row.action, row.target, msgspec.json.decode(row.change_json)) for row in rows]
