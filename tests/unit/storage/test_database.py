"""Transactions are whole, durable and never lose a race between threads."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, insert, select, text

from databases import Crash, Seams
from skywarden.kernel.errors import Broken, Rejected
from skywarden.storage import Database, open_database
from skywarden.storage.counters import lock_counter, read_counter, take_numbers
from skywarden.storage.tables import COUNTER


def _count(db: Database) -> int:
    with db.read() as tx:
        return int(tx.execute(select(func.count()).select_from(COUNTER)).scalar_one())


def test_a_write_that_raises_leaves_nothing(database: Database) -> None:
    def insert_then_fail() -> None:
        with database.write("test") as tx:
            tx.execute(insert(COUNTER), {"name": "a", "number": 1})
            raise ValueError

    with pytest.raises(ValueError):
        insert_then_fail()
    assert _count(database) == 0


def test_a_crash_before_the_commit_leaves_nothing(database: Database, seams: Seams) -> None:
    seams.crash_at = "test:before-commit"
    with pytest.raises(Crash), database.write("test") as tx:
        tx.execute(insert(COUNTER), {"name": "a", "number": 1})
    assert _count(database) == 0


def test_a_crash_after_the_commit_leaves_everything(database: Database, seams: Seams) -> None:
    seams.crash_at = "test:after-commit"
    with pytest.raises(Crash), database.write("test") as tx:
        tx.execute(insert(COUNTER), {"name": "a", "number": 1})
    assert _count(database) == 1


def test_a_reader_sees_one_state_while_a_writer_commits(database: Database) -> None:
    with database.read() as tx:
        before = tx.execute(select(func.count()).select_from(COUNTER)).scalar_one()
        with database.write("test") as other:
            other.execute(insert(COUNTER), {"name": "a", "number": 1})
        assert tx.execute(select(func.count()).select_from(COUNTER)).scalar_one() == before
    assert _count(database) == 1


def test_64_threads_that_write_never_see_a_locked_database(database: Database) -> None:
    start = threading.Barrier(64)

    def work(number: int) -> list[int]:
        start.wait()
        taken = []
        for _ in range(4):
            with database.write("test") as tx:
                taken.append(take_numbers(database, tx, "n", 3))
            with database.read() as tx:
                tx.execute(select(COUNTER)).all()
        return taken

    with ThreadPoolExecutor(64) as pool:
        firsts = [first for taken in pool.map(work, range(64)) for first in taken]
    assert sorted(firsts) == list(range(1, 64 * 4 * 3, 3))


def test_two_databases_over_one_file_take_turns(database: Database, database_url: str) -> None:
    other = open_database(database_url)
    start = threading.Barrier(8)

    def work(db: Database) -> None:
        start.wait()
        for _ in range(10):
            with db.write("test") as tx:
                take_numbers(db, tx, "n", 1)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, [database, other] * 4))
    other.close()
    with database.read() as tx:
        assert read_counter(tx, "n").number == 80


def test_a_counter_that_was_never_used_stands_at_zero(database: Database) -> None:
    with database.write("test") as tx:
        assert lock_counter(database, tx, "fresh").number == 0


def test_inserting_a_row_that_is_there_changes_nothing(database: Database) -> None:
    with database.write("test") as tx:
        tx.execute(database.insert_or_ignore(COUNTER), {"name": "a", "number": 1})
        tx.execute(database.insert_or_ignore(COUNTER), {"name": "a", "number": 2})
    with database.read() as tx:
        assert read_counter(tx, "a").number == 1


def test_sql_that_the_database_refuses_is_our_own_fault(database: Database) -> None:
    with pytest.raises(Broken, match=r"test: the database refused: no such table"), database.write("test") as tx:
        tx.execute(text("SELECT 1 FROM nowhere"))


def test_a_database_that_is_not_supported_is_named() -> None:
    with pytest.raises(Rejected, match="expected a URL that begins with sqlite:///"):
        open_database("oracle://user:secret@host/db")


def test_sqlite_commits_reach_the_disk_before_they_return(database: Database) -> None:
    with database.read() as tx:
        assert tx.execute(text("PRAGMA journal_mode")).scalar_one() == "wal"
        assert tx.execute(text("PRAGMA synchronous")).scalar_one() == 2
        assert tx.execute(text("PRAGMA foreign_keys")).scalar_one() == 1
