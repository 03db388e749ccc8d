"""Content of whoever is deleted goes from the log, the segments and the database; evidence of decisions stays."""

from pathlib import Path

import pyarrow.compute as pc
import pytest
from sqlalchemy import select

from databases import Crash
from event_rows import Row, batch, post
from proposals import make_effect, make_hit, make_service
from skywarden.app.jobs.forget import ForgetParts, blank_waiting, forget_job
from skywarden.app.jobs.warehouse import Keeping, drop_old_log
from skywarden.kernel.clock import ManualClock
from skywarden.kernel.ids import Offset, UtcMicros
from skywarden.log import SqliteLog
from skywarden.model.event import Action, Kind
from skywarden.moderation.audit import verify_audit
from skywarden.moderation.forgetting import Forgetting, evidence_hash
from skywarden.moderation.jobs import Turn
from skywarden.observe.metrics import Metrics
from skywarden.storage import Database
from skywarden.storage.tables import HIT, TOMBSTONE
from skywarden.warehouse import Store
from skywarden.warehouse.compact_log import compact_log
from skywarden.warehouse.compaction import Compaction
from skywarden.warehouse.retention import expire
from skywarden.warehouse.segment import read_rows
from skywarden.warehouse.verify import verify

GONE, STAYS = "did:plc:account1", "did:plc:account2"
SECRET = "only I may know"


def rows() -> list[Row]:
    """Posts of two accounts in turn, and the deletion of one account at the end."""
    posts = [post(n, did=GONE if n % 2 else STAYS, text=f"{SECRET} {n}", record=SECRET) for n in range(20)]
    blank = dict.fromkeys(("action", "collection", "rkey", "cid", "text"))
    deleted = post(20, did=GONE) | blank | {"kind": int(Kind.ACCOUNT), "account_status": "deleted"}
    return [*posts, deleted]


def parts_of(tmp_path: Path, database: Database, store: Store | None = None, *, records: bool = False) -> ForgetParts:
    log = SqliteLog(tmp_path / "log.db")
    if not log.end_offset():
        made = rows()
        for start in range(0, len(made), 8):
            log.append(batch(made[start : start + 8]).rows, {})
    clock = ManualClock()
    return ForgetParts(
        store or Store(tmp_path / "warehouse", clock), log, Forgetting(database), clock, Metrics(), records
    )


def texts(parts: ForgetParts, did: str) -> list[str]:
    """Every text of an account that any file still says: of the log, and of both tables of events."""
    found: list[str] = []
    for part in parts.log.read(Offset(0)):
        own = part.rows.filter(pc.equal(part.rows.column("did"), did))
        found += [*own.column("text").drop_null().to_pylist(), *own.column("record").drop_null().to_pylist()]
    for segment in parts.store.manifest().segments:
        held = read_rows(parts.store.path(segment.path))
        own = held.filter(pc.equal(held.column("did"), did))
        if "text" in held.schema.names:
            found += own.column("text").drop_null().to_pylist()
    return found


async def test_a_deleted_account_is_forgotten_within_one_run(tmp_path: Path, database: Database) -> None:
    parts = parts_of(tmp_path, database)
    while compact_log(parts.store, parts.log, 9):
        pass
    others = texts(parts, STAYS)
    ran = await forget_job(parts).step(Turn(UtcMicros(0), None))
    assert ran.done == 1
    assert texts(parts, GONE) == []
    assert sorted(texts(parts, STAYS)) == sorted(others)
    assert verify(parts.store, lambda _read: None) == []
    assert parts.forgetting.pending() == 0
    verify_audit(database)
    again = await forget_job(parts).step(Turn(UtcMicros(0), ran.cursor_json))
    assert again.done == 0
    parts.log.close()


def test_old_files_with_the_content_are_gone_after_their_time(tmp_path: Path, database: Database) -> None:
    parts = parts_of(tmp_path, database)
    compact_log(parts.store, parts.log)
    parts.forgetting.ask([GONE], "request", "cli", UtcMicros(1))
    blank_waiting(parts)
    assert isinstance(parts.clock, ManualClock)
    parts.clock.advance(121)
    parts.store.collect()
    assert len(list((tmp_path / "warehouse").rglob("*.parquet"))) == len(parts.store.manifest().segments)
    parts.log.close()


def test_a_single_record_can_be_forgotten(tmp_path: Path, database: Database) -> None:
    parts = parts_of(tmp_path, database)
    compact_log(parts.store, parts.log, 12)
    parts.forgetting.ask([f"at://{GONE}/app.bsky.feed.post/r3"], "request", "cli", UtcMicros(1))
    blank_waiting(parts)
    left = texts(parts, GONE)
    assert f"{SECRET} 3" not in left
    assert f"{SECRET} 5" in left
    parts.log.close()


async def test_deleted_records_are_forgotten_where_that_is_set(tmp_path: Path, database: Database) -> None:
    parts = parts_of(tmp_path, database, records=True)
    delete = post(21, did=STAYS, rkey="r2", action=int(Action.DELETE), text=None, cid=None)
    parts.log.append(batch([delete]).rows, {})
    compact_log(parts.store, parts.log)
    ran = await forget_job(parts).step(Turn(UtcMicros(0), None))
    assert ran.done == 2
    assert f"{SECRET} 2" not in texts(parts, STAYS)
    assert f"{SECRET} 4" in texts(parts, STAYS)
    parts.log.close()


@pytest.mark.parametrize("crash_at", [1, 2, 3, 4])
def test_a_run_that_is_killed_goes_on_where_it_was(tmp_path: Path, database: Database, crash_at: int) -> None:
    left = [1_000]

    def seam(_step: str) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise Crash("died")

    store = Store(tmp_path / "warehouse", ManualClock(), seam=seam)
    parts = parts_of(tmp_path, database, store)
    while compact_log(store, parts.log, 9):
        pass
    parts.forgetting.ask([GONE], "request", "cli", UtcMicros(1))
    left[0] = crash_at
    with pytest.raises(Crash):
        blank_waiting(parts)
    assert parts.forgetting.pending() == 1
    assert blank_waiting(parts) == 1
    assert texts(parts, GONE) == []
    assert len(texts(parts, STAYS)) == 40
    parts.log.close()


def test_decisions_leave_a_tombstone_with_a_hash_of_what_was_seen(tmp_path: Path, database: Database) -> None:
    moderation = make_service(database)
    effect = make_effect(1)
    moderation.outbox.store([make_hit(1), make_hit(2)], [effect, make_effect(2)], Offset(3))
    moderation.decide_pending()
    parts = parts_of(tmp_path, database)
    parts.forgetting.ask([GONE], "request", "did:plc:admin", UtcMicros(1))
    for _ in range(2):
        blank_waiting(parts)
    with database.read() as tx:
        [tombstone] = tx.execute(select(TOMBSTONE)).all()
        hits = {row.did: row.values_json for row in tx.execute(select(HIT))}
    assert (tombstone.did, tombstone.rule, tombstone.version, tombstone.log_offset) == (GONE, "waves", "v1", 1)
    assert tombstone.values_hash == evidence_hash(effect.reason, '{"copies":1,"text":"buy now"}')
    assert hits[GONE] == "{}"
    assert hits[STAYS] != "{}"
    parts.log.close()


def test_asking_twice_is_asking_once(database: Database) -> None:
    forgetting = Forgetting(database)
    assert forgetting.ask([GONE, STAYS], "request", "cli", UtcMicros(1)) == 2
    assert forgetting.ask([GONE], "request", "cli", UtcMicros(2)) == 0
    assert forgetting.pending() == 2


def test_days_that_are_over_go_table_by_table(tmp_path: Path, database: Database) -> None:
    parts = parts_of(tmp_path, database)
    compact_log(parts.store, parts.log)
    day_after = UtcMicros(1_750_000_000_000_000 + 2 * 86_400_000_000)
    assert expire(parts.store, {"event": 0, "account_event": 5}, day_after) == 0
    assert expire(parts.store, {"event": 1, "account_event": 0}, day_after) == 21
    assert {one.table for one in parts.store.manifest().segments} == {"account_event"}
    parts.log.close()


def test_the_log_keeps_what_a_restart_may_replay(tmp_path: Path, database: Database) -> None:
    parts = parts_of(tmp_path, database)
    compact_log(parts.store, parts.log)
    compaction = Compaction(parts.store, parts.log, database)
    keeping = Keeping(compaction, parts.log, {}, 1, ManualClock(UtcMicros(2**52)), parts.metrics)
    assert drop_old_log(keeping) == 0
    assert parts.log.start_offset() == 0
    parts.log.close()
