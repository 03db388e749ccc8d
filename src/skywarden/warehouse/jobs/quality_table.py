"""Keep the newest outcome of every check of the warehouse.

Retry and two writers: the outcomes of one run replace all those before in one transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, insert, select

from skywarden.kernel.ids import UtcMicros
from skywarden.storage import Database
from skywarden.storage.tables import QUALITY_CHECK
from skywarden.warehouse.jobs.quality import Check


@dataclass(frozen=True, slots=True)
class Checked:
    """An outcome and when it was found."""

    check: Check
    at_us: UtcMicros


class QualityTable:
    """The outcomes of one database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def replace(self, checks: Sequence[Check], now_us: UtcMicros) -> None:
        """Have these be all outcomes."""
        rows = [
            {
                "table_name": check.table,
                "check_name": check.name,
                "item": check.item,
                "value": check.value,
                "bound": check.bound,
                "is_good": check.is_good,
                "detail": check.detail,
                "checked_us": now_us,
            }
            for check in checks
        ]
        with self._db.write("quality.replace") as tx:
            tx.execute(delete(QUALITY_CHECK))
            if rows:
                tx.execute(insert(QUALITY_CHECK), rows)

    def all(self) -> list[Checked]:
        """Every outcome, those that failed first."""
        columns = QUALITY_CHECK.c
        order = (columns.is_good, columns.table_name, columns.check_name, columns.item)
        with self._db.read() as tx:
            return [
                Checked(
                    Check(row.table_name, row.check_name, row.item, row.value, row.bound, row.detail),
                    UtcMicros(row.checked_us),
                )
                for row in tx.execute(select(QUALITY_CHECK).order_by(*order))
            ]
