"""The sets that rules made before people's sets existed keep their values, both ways."""

from sqlalchemy import text

from databases import Seams
from skywarden.moderation.set_entries import value_key
from skywarden.storage import Database, migrate, migrate_down, open_database

BEFORE, AFTER = "m0006", "m0007"
SETS = {("add_to_set", "waves"), ("add_to_list", "waves"), ("add_to_set", "empty")}
ENTRIES = [("add_to_set", "waves", f"did:plc:a{number}", number, 100 + number) for number in range(3)]


def fill_old(db: Database) -> None:
    with db.write("test") as tx:
        for kind, name in sorted(SETS):
            named = {"kind": kind, "name": name}
            tx.execute(text("INSERT INTO named_set (kind, name, created_us) VALUES (:kind, :name, 7)"), named)
        for kind, name, value, decision, added_us in ENTRIES:
            query = text("SELECT id FROM named_set WHERE kind = :kind AND name = :name")
            set_id = tx.execute(query, {"kind": kind, "name": name}).scalar_one()
            row = {"id": set_id, "value": value, "decision": decision, "at": added_us}
            insert = "INSERT INTO named_set_entry (set_id, value, decision_id, added_us)"
            tx.execute(text(f"{insert} VALUES (:id, :value, :decision, :at)"), row)


def old_entries(db: Database) -> list[tuple[object, ...]]:
    columns = "s.kind, s.name, e.value, e.decision_id, e.added_us"
    query = f"SELECT {columns} FROM named_set_entry e JOIN named_set s ON s.id = e.set_id ORDER BY e.value"
    with db.read() as tx:
        return [tuple(row) for row in tx.execute(text(query))]


def test_sets_of_rules_are_the_same_sets_afterwards_and_again_on_the_way_back(
    empty_database_url: str, seams: Seams
) -> None:
    db = open_database(empty_database_url, seam=seams)
    migrate(db, BEFORE)
    fill_old(db)
    migrate(db, AFTER)
    with db.read() as tx:
        sizes = {tuple(row) for row in tx.execute(text("SELECT name, size, created_us FROM value_set"))}
        values = tx.execute(text("SELECT value_key, value, decision_id FROM value_set_entry ORDER BY value")).all()
    assert sizes == {("waves", 3, 7), ("list/waves", 0, 7), ("empty", 0, 7)}
    assert [tuple(row) for row in values] == [
        (value_key(value), value, decision) for _, _, value, decision, _ in ENTRIES
    ]
    migrate_down(db, BEFORE)
    assert old_entries(db) == ENTRIES
    with db.read() as tx:
        assert {tuple(row) for row in tx.execute(text("SELECT kind, name FROM named_set"))} == SETS
    db.close()


def test_what_the_old_tables_cannot_hold_is_dropped_on_the_way_back(empty_database_url: str, seams: Seams) -> None:
    db = open_database(empty_database_url, seam=seams)
    migrate(db, AFTER)
    with db.write("test") as tx:
        rows = "INSERT INTO value_set (name, size, created_us, updated_us) VALUES (:name, :size, 1, 1)"
        tx.execute(text(rows), [{"name": "words", "size": 2}, {"name": "wörter", "size": 0}])
        set_id = tx.execute(text("SELECT id FROM value_set WHERE name = 'words'")).scalar_one()
        entries = [{"id": set_id, "key": value_key(value), "value": value} for value in ("plain", "schön")]
        columns = "set_id, value_key, value, added_us"
        tx.execute(text(f"INSERT INTO value_set_entry ({columns}) VALUES (:id, :key, :value, 5)"), entries)
    migrate_down(db, BEFORE)
    assert old_entries(db) == [("add_to_set", "words", "plain", 0, 5)]
    db.close()
