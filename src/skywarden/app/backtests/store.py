"""Keep reports of backtests: they are evidence when a version is to be promoted.

Two writers: each report gets a number of its own. Crash: a report is there with the row of audit that tells of it.
"""

from dataclasses import dataclass

import msgspec
from sqlalchemy import insert, select

from skywarden.app.backtests.report import BacktestReport
from skywarden.kernel.clock import Clock
from skywarden.kernel.errors import Broken, Rejected
from skywarden.kernel.ids import UtcMicros
from skywarden.moderation.audit import Change, append_audit
from skywarden.storage import Database
from skywarden.storage.tables import BACKTEST, BACKTEST_RULE


@dataclass(frozen=True, slots=True)
class StoredBacktest:
    """One report without what it says: whose, when, of what. `rules` are names, versions and hits."""

    number: int
    created_us: UtcMicros
    created_by: str
    since_us: UtcMicros
    until_us: UtcMicros
    events: int
    against: str
    rules: tuple[tuple[str, str, int], ...]


class Backtests:
    """The reports of one database."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    def add(self, report: BacktestReport, by: str) -> int:
        """Store a report; its number."""
        now_us = self._clock.now_us()
        row = {
            "created_us": now_us,
            "created_by": by,
            "since_us": report.since_us,
            "until_us": report.until_us,
            "first_offset": report.first_offset,
            "end_offset": report.end_offset,
            "events": report.events,
            "against": report.against,
            "report_json": msgspec.json.encode(report).decode(),
        }
        with self._db.write("backtests.add") as tx:
            key = tx.execute(insert(BACKTEST).values(row)).inserted_primary_key
            assert key is not None
            number = int(key[0])
            rules = [
                {"backtest": number, "rule": one.rule, "version": one.version, "hits": one.hits} for one in report.rules
            ]
            if rules:
                tx.execute(insert(BACKTEST_RULE), rules)
            said = {
                "rules": {one.rule: one.version for one in report.rules},
                "hits": [one.hits for one in report.rules],
            }
            change = Change(by, "backtest", f"backtest:{number}", msgspec.json.encode({"after": said}).decode())
            append_audit(self._db, tx, [change], now_us)
        return number

    def report(self, number: int) -> BacktestReport:
        """One report. Raises: Rejected, where there is none; Broken, where it cannot be read."""
        with self._db.read() as tx:
            found = tx.execute(select(BACKTEST.c.report_json).where(BACKTEST.c.number == number)).scalar_one_or_none()
        if found is None:
            raise Rejected("unknown backtest", found=str(number), hint="see: skywarden rules backtests")
        try:
            return msgspec.json.decode(found, type=BacktestReport)
        except msgspec.DecodeError as error:
            raise Broken(f"backtest {number}: {error}") from error

    def newest(self, limit: int = 50, *, rule: str = "", version: str = "") -> list[StoredBacktest]:
        """The newest first; of one rule, or of one version of it, where given."""
        query = select(*(column for column in BACKTEST.c if column.name != "report_json"))
        if rule:
            wanted = select(BACKTEST_RULE.c.backtest).where(BACKTEST_RULE.c.rule == rule)
            wanted = wanted.where(BACKTEST_RULE.c.version == version) if version else wanted
            query = query.where(BACKTEST.c.number.in_(wanted))
        with self._db.read() as tx:
            rows = tx.execute(query.order_by(BACKTEST.c.number.desc()).limit(limit)).all()
            numbers = [row.number for row in rows]
            of_rules = tx.execute(select(BACKTEST_RULE).where(BACKTEST_RULE.c.backtest.in_(numbers))).all()
        return [
            StoredBacktest(
                row.number,
                UtcMicros(row.created_us),
                row.created_by,
                UtcMicros(row.since_us),
                UtcMicros(row.until_us),
                row.events,
                row.against,
                tuple(sorted((one.rule, one.version, one.hits) for one in of_rules if one.backtest == row.number)),
            )
            for row in rows
        ]
