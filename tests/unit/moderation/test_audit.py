"""The audit chain shows whatever was altered or removed."""

import pytest
from sqlalchemy import delete, select, update

from proposals import make_effect, make_service
from skywarden.kernel.errors import Broken
from skywarden.kernel.ids import Offset
from skywarden.moderation.audit import verify_audit
from skywarden.storage import Database
from skywarden.storage.tables import AUDIT


def _three_changes(database: Database) -> None:
    service = make_service(database)
    service.outbox.store([], [make_effect(offset) for offset in range(3)], Offset(3))
    service.decide_pending(limit=2)
    service.decide_pending(limit=2)


def test_every_change_has_its_row(database: Database) -> None:
    _three_changes(database)
    assert verify_audit(database) == 3
    with database.read() as tx:
        row = tx.execute(select(AUDIT).where(AUDIT.c.number == 1)).one()
    assert (row.actor, row.action, row.target) == ("rule:waves@v1", "label", "did:plc:account0")


def test_an_altered_row_is_named(database: Database) -> None:
    _three_changes(database)
    with database.write("test") as tx:
        tx.execute(update(AUDIT).where(AUDIT.c.number == 2).values(actor="nobody"))
    with pytest.raises(Broken, match="audit row 2"):
        verify_audit(database)


def test_a_row_removed_from_the_middle_is_noticed(database: Database) -> None:
    _three_changes(database)
    with database.write("test") as tx:
        tx.execute(delete(AUDIT).where(AUDIT.c.number == 2))
    with pytest.raises(Broken, match="audit row 2"):
        verify_audit(database)


def test_a_row_removed_from_the_end_is_noticed(database: Database) -> None:
    _three_changes(database)
    with database.write("test") as tx:
        tx.execute(delete(AUDIT).where(AUDIT.c.number == 3))
    with pytest.raises(Broken, match="expected 3 rows, found 2"):
        verify_audit(database)
