"""Prepared statements give what the same statements give unprepared."""

import threading
from typing import Any

import pytest
from sqlalchemy import bindparam, delete, func, insert, select

from databases import Crash, Seams
from skywarden.kernel.errors import Broken
from skywarden.storage import Database
from skywarden.storage.prepared import Prepared
from skywarden.storage.tables import COUNTER, LABEL_REQUEST

ADD = Prepared(insert(COUNTER).values(name=bindparam("name"), number=bindparam("number"), hash=bindparam("hash")))
FIND = Prepared(
    select(COUNTER.c.name, COUNTER.c.number, COUNTER.c.hash, (COUNTER.c.number + 1).label("next"))
    .where(COUNTER.c.number >= bindparam("low"))
    .order_by(COUNTER.c.name)
    .limit(bindparam("at_most"))
)


def fill(database: Database) -> None:
    with database.write("test") as tx:
        for number, name in enumerate("abc", 1):
            assert ADD.run(tx, {"name": name, "number": number, "hash": None if name == "a" else b"\x00\xff"}) == 1


def test_rows_have_their_columns_by_name_within_a_transaction_and_alone(database: Database) -> None:
    fill(database)
    with database.read() as tx:
        within = FIND.rows(tx, {"low": 1, "at_most": 2})
    assert [(row.name, row.number, row.hash, row.next) for row in within] == [
        ("a", 1, None, 2),
        ("b", 2, b"\x00\xff", 3),
    ]
    assert database.rows(FIND, {"low": 1, "at_most": 2}) == within


def test_truth_values_and_text_come_as_python_has_them(database: Database) -> None:
    table = LABEL_REQUEST.c
    values: dict[str, Any] = {name: bindparam(name) for name in ("cause", "uri", "val", "neg", "created_us")}
    add = Prepared(insert(LABEL_REQUEST).values(**values))
    with database.write("test") as tx:
        add.run(tx, {"cause": "c", "uri": "did:plc:a", "val": "spam", "neg": True, "created_us": 2**60})
    (row,) = database.rows(Prepared(select(table.neg, table.created_us, table.uri)))
    assert (row.neg, row.created_us, row.uri) == (True, 2**60, "did:plc:a")


def test_what_it_wrote_goes_with_its_transaction(database: Database, seams: Seams) -> None:
    fill(database)
    gone = Prepared(delete(COUNTER).where(COUNTER.c.number > bindparam("above")))
    seams.crash_at = "test:before-commit"
    with pytest.raises(Crash), database.write("test") as tx:
        gone.run(tx, {"above": 1})
    (row,) = database.rows(Prepared(select(func.count().label("count")).select_from(COUNTER)))
    assert row.count == 3


def test_a_refusal_is_an_error_of_ours(database: Database) -> None:
    fill(database)
    with pytest.raises(Broken, match="the database refused"), database.write("test") as tx:
        ADD.run(tx, {"name": "a", "number": 9, "hash": None})


def test_many_threads_may_use_one_statement(database: Database) -> None:
    fill(database)
    found: list[int] = []

    def look() -> None:
        found.extend(row.number for row in database.rows(FIND, {"low": 3, "at_most": 5}))

    threads = [threading.Thread(target=look) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [3] * 20
