"""Transactions are whole, durable and never lose a race between threads."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, insert, select, text

from databases import KINDS, Crash, Seams
from skywarden.kernel.errors import Broken, Rejected, Retryable
from skywarden.storage import Database, migrate, open_database
from skywarden.storage.counters import Counter, lock_counter, read_counter, take_numbers
from skywarden.storage.tables import COUNTER, EFFECT

on_servers = pytest.mark.parametrize("database_kind", [kind for kind in KINDS if kind != "sqlite"])


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
    with pytest.raises(Broken, match=r"test: the database refused: .*nowhere"), database.write("test") as tx:
        tx.execute(text("SELECT 1 FROM nowhere"))


@on_servers
def test_a_read_cannot_write(database: Database) -> None:
    with pytest.raises(Broken, match=r"(?i)read.only"), database.read() as tx:
        tx.execute(insert(COUNTER), {"name": "a", "number": 1})


@on_servers
def test_two_that_wait_for_one_another_do_not_wait_for_ever(database: Database) -> None:
    both_hold, ended = threading.Barrier(2), []

    def work(first: str, second: str) -> None:
        try:
            with database.write("test") as tx:
                lock_counter(database, tx, first)
                both_hold.wait()
                lock_counter(database, tx, second)
            ended.append("done")
        except Retryable:
            ended.append("again")

    with database.write("test") as tx:
        for name in ("a", "b"):
            lock_counter(database, tx, name)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, "ab", "ba"))
    assert sorted(ended) == ["again", "done"]


@on_servers
def test_a_value_too_long_is_refused_and_never_cut_off(database: Database) -> None:
    with pytest.raises(Rejected, match="value_refused"), database.write("test") as tx:
        tx.execute(database.insert_or_ignore(COUNTER), {"name": "n" * 65, "number": 1})
    assert _count(database) == 0


@pytest.mark.parametrize("database_kind", ["mariadb"])
def test_text_that_a_column_cannot_hold_is_refused_in_a_question_too(database: Database) -> None:
    with pytest.raises(Rejected, match="value_refused"):
        read_counter_named(database, "\u00e9")


def read_counter_named(database: Database, name: str) -> Counter:
    with database.read() as tx:
        return read_counter(tx, name)


@pytest.mark.parametrize("words", ["\U0001f6e1 \u202e\u0301", "a" * 100_000, "' \" \\ % %s :name ;--"])
def test_any_text_is_kept_as_it_is(database: Database, words: str) -> None:
    with database.write("test") as tx:
        tx.execute(insert(EFFECT), _effect(words))
    with database.read() as tx:
        assert tx.execute(select(EFFECT.c.reason)).scalar_one() == words


def test_a_nul_in_a_text_stops_nothing(database: Database) -> None:
    with database.write("test") as tx:
        tx.execute(insert(EFFECT), _effect("a\0b"))
    with database.read() as tx:
        assert tx.execute(select(EFFECT.c.reason)).scalar_one() in ("a\0b", "a\ufffdb")


def _effect(words: str) -> dict[str, object]:
    texts = ("effect_id", "rule", "version", "kind", "value", "did", "uri", "values_json", "options_json")
    numbers = ("log_offset", "time_us", "due_us")
    return {**dict.fromkeys(texts, "x"), **dict.fromkeys(numbers, 1), "reason": words, "decided": False}


@pytest.mark.parametrize(
    ("url", "what"),
    [
        ("oracle://user:secret@host/db", "expected a URL that begins with sqlite:///"),
        ("postgresql://user:secret@host", "the name of a database"),
        ("user:secret", "database_url"),
        ("postgresql://user:secret@host:port/db?password=secret", "database_url"),
    ],
)
def test_a_url_that_cannot_be_used_is_refused_without_its_password(url: str, what: str) -> None:
    with pytest.raises(Rejected, match=what) as caught:
        open_database(url)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("url", ["postgresql://u:secret@127.0.0.1:1/db", "mariadb://u:secret@127.0.0.1:1/db"])
def test_a_server_that_is_away_may_come_back(url: str) -> None:
    db = open_database(url)
    with pytest.raises(Retryable) as caught:
        db.ping()
    assert "secret" not in str(caught.value) + db.place
    db.close()


@on_servers
def test_a_connection_that_the_server_ended_is_replaced(database: Database, database_kind: str) -> None:
    kill = {
        "postgresql": "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
        "AND pid <> pg_backend_pid()",
        "mariadb": "KILL {}",
    }

    def read_while_killed() -> None:
        with database.read() as tx:
            number = tx.execute(text("SELECT CONNECTION_ID()")).scalar_one() if database_kind == "mariadb" else 0
            with database.read() as other:
                other.execute(text(kill[database_kind].format(number)))
            tx.execute(text("SELECT 1"))

    with pytest.raises(Retryable):
        read_while_killed()
    database.ping()


def test_commits_reach_the_disk_before_they_return(database: Database, database_kind: str) -> None:
    questions: dict[str, dict[str, object]] = {
        "sqlite": {"PRAGMA journal_mode": "wal", "PRAGMA synchronous": 2, "PRAGMA foreign_keys": 1},
        "postgresql": {"SHOW synchronous_commit": "on"},
        "mariadb": {"SELECT @@innodb_flush_log_at_trx_commit": 1},
    }
    with database.read() as tx:
        for question, answer in questions[database_kind].items():
            assert tx.execute(text(question)).scalar_one() == answer


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_the_tables_of_a_shared_database_have_a_schema_of_their_own(empty_database_url: str) -> None:
    with ThreadPoolExecutor(4) as pool:  # those that start at once may all find the schema missing
        databases = list(pool.map(open_database, [empty_database_url] * 4))
        list(pool.map(Database.ping, databases))
    migrate(databases[0])
    with databases[1].read() as tx:
        query = text("SELECT DISTINCT table_schema FROM information_schema.tables WHERE table_name = 'label'")
        assert tx.execute(query).scalars().all() == ["skywarden"]
    for db in databases:
        db.close()


def test_a_number_that_no_column_can_hold_is_refused_and_not_our_fault(database: Database) -> None:
    with pytest.raises(Rejected, match="value_refused"), database.write("test") as tx:
        tx.execute(insert(COUNTER), {"name": "vast", "number": 2**70})
    database.ping()
