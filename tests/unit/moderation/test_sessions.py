"""Who is signed in, and the links that sign in once."""

import threading
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import select

from skywarden.kernel.clock import ManualClock
from skywarden.kernel.ids import Did
from skywarden.moderation.audit import verify_audit
from skywarden.moderation.desk.sessions import SessionLimits, SessionService
from skywarden.storage import Database
from skywarden.storage.tables import CONSOLE_SESSION, SIGN_IN_LINK

ANNE = Did("did:plc:anne")
HOUR_S = 3_600.0
LIMITS = SessionLimits(whole_us=int(24 * HOUR_S * 1e6), idle_us=int(2 * HOUR_S * 1e6))


def test_a_session_is_found_by_its_token_until_it_is_closed(database: Database) -> None:
    sessions = SessionService(database, ManualClock(), LIMITS)
    token = sessions.open(ANNE, "link")
    session = sessions.find(token)
    assert session is not None
    assert session.did == ANNE
    assert sessions.find(token + "x") is None
    sessions.close(token)
    assert sessions.find(token) is None
    assert verify_audit(database) == 1


def test_a_session_ends_when_it_was_not_used_and_at_its_whole_length(database: Database) -> None:
    clock = ManualClock()
    sessions = SessionService(database, clock, LIMITS)
    idle, busy = sessions.open(ANNE, "link"), sessions.open(ANNE, "link")
    for _ in range(23):
        clock.advance(HOUR_S)
        assert sessions.find(busy) is not None
    assert sessions.find(idle) is None
    clock.advance(HOUR_S)
    assert sessions.find(busy) is None


def test_a_link_signs_in_once_also_when_many_use_it_at_once(database: Database) -> None:
    sessions = SessionService(database, ManualClock(), LIMITS)
    link, start = sessions.make_link(ANNE), threading.Barrier(8)

    def use(_: int) -> Did | None:
        start.wait()
        return sessions.use_link(link)

    with ThreadPoolExecutor(8) as pool:
        used = list(pool.map(use, range(8)))
    assert sorted(used, key=str) == [*[None] * 7, ANNE]


def test_a_link_ends_after_its_time(database: Database) -> None:
    clock = ManualClock()
    sessions = SessionService(database, clock, LIMITS)
    link = sessions.make_link(ANNE)
    clock.advance(HOUR_S)
    assert sessions.use_link(link) is None


def test_tokens_are_not_in_the_database(database: Database) -> None:
    sessions = SessionService(database, ManualClock(), LIMITS)
    tokens = sessions.open(ANNE, "link"), sessions.make_link(ANNE)
    with database.read() as tx:
        for table in (CONSOLE_SESSION, SIGN_IN_LINK):
            held = str(tx.execute(select(table)).all())
            assert all(token not in held for token in tokens)
