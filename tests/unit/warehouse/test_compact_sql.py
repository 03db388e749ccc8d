"""What moderation's database holds comes into the warehouse once, in order, and only when it is settled."""

from pathlib import Path
from typing import Any

from label_samples import ask, make_labels
from proposals import NOON_US, make_effect, make_hit, make_service
from skywarden.kernel.clock import ManualClock
from skywarden.kernel.ids import Offset, UtcMicros
from skywarden.storage import Database
from skywarden.storage.tables import EFFECT
from skywarden.warehouse import Store
from skywarden.warehouse.compact_sql import SOURCES, compact_sql
from skywarden.warehouse.segment import read_rows


def take_over(store: Store, database: Database, limit: int = 2) -> dict[str, int]:
    """Everything that is settled, in small steps; rows by table."""
    rows: dict[str, int] = {}
    for source in SOURCES:
        name = source.spec.name
        while done := compact_sql(store, database, source, limit):
            rows[name] = rows.get(name, 0) + done
    return rows


def rows_of(store: Store, table: str) -> list[dict[str, Any]]:
    found = [row for one in store.manifest().of(table) for row in read_rows(store.path(one.path)).to_pylist()]
    return sorted(found, key=lambda row: row[store.specs[table].key])


def filled(database: Database) -> None:
    """Three hits, three effects with decisions and events, three labels."""
    moderation = make_service(database, ManualClock(NOON_US))
    moderation.outbox.store(
        [make_hit(1), make_hit(2), make_hit(2, rule="other")], [make_effect(n) for n in (1, 2, 3)], Offset(4)
    )
    moderation.decide_pending()
    make_labels(database, ManualClock(NOON_US)).publish_pending()


def test_every_table_is_taken_over_whole_and_once(database: Database, tmp_path: Path) -> None:
    filled(database)
    store = Store(tmp_path, ManualClock(NOON_US))
    assert take_over(store, database) == {"hit": 3, "effect": 3, "decision": 3, "moderation_event": 3, "label": 3}
    assert take_over(store, database) == {}
    assert [(row["offset"], row["rule"]) for row in rows_of(store, "hit")] == [(1, "waves"), (2, "other"), (2, "waves")]
    assert [row["did"] for row in rows_of(store, "decision")] == [f"did:plc:account{n}" for n in (1, 2, 3)]
    [first, *_] = rows_of(store, "label")
    assert (first["val"], first["did"], first["created_us"]) == ("spam", "did:plc:account1", NOON_US)


def test_later_rows_follow_on(database: Database, tmp_path: Path) -> None:
    filled(database)
    store = Store(tmp_path, ManualClock(NOON_US))
    take_over(store, database)
    ask(database, "at://did:plc:late/app.bsky.feed.post/1")
    make_labels(database, ManualClock(UtcMicros(NOON_US + 5))).publish_pending()
    assert take_over(store, database) == {"label": 1}
    assert rows_of(store, "label")[-1]["did"] == "did:plc:late"


def test_hits_and_effects_wait_until_the_engine_is_past_them(database: Database, tmp_path: Path) -> None:
    moderation = make_service(database)
    moderation.outbox.store([make_hit(1)], [make_effect(1)], Offset(2))
    with database.write("test") as tx:
        row = {column.name: value for column, value in zip(EFFECT.c, tx.execute(EFFECT.select()).one(), strict=True)}
        tx.execute(EFFECT.insert(), row | {"number": row["number"] + 1, "effect_id": "later", "log_offset": 7})
    store = Store(tmp_path, ManualClock())
    assert take_over(store, database) == {"hit": 1, "effect": 1}
    moderation.outbox.store([], [], Offset(8))
    assert take_over(store, database) == {"effect": 1}
