"""The outbox keeps what the engine found, once, with the offset it reached."""

import pytest

from databases import Crash, Seams
from proposals import NOON_US, make_effect, make_hit
from skywarden.kernel.clock import ManualClock
from skywarden.kernel.ids import Offset, UtcMicros
from skywarden.moderation.outbox import Outbox, lock_due
from skywarden.storage import Database, open_database


def test_a_fresh_outbox_stands_at_offset_zero(database: Database) -> None:
    assert Outbox(database, ManualClock()).committed() == 0


def test_what_is_stored_is_pending_in_order_and_complete(database: Database) -> None:
    outbox = Outbox(database, ManualClock())
    effects = [make_effect(offset, limit=9) for offset in (3, 1, 2)]
    outbox.store([], effects, Offset(4))
    with database.write("test") as tx:
        assert [item.effect for item in lock_due(tx, NOON_US, 10)] == effects
    assert outbox.pending_effects() == 3
    assert outbox.committed() == 4


def test_storing_the_same_again_changes_nothing(database: Database) -> None:
    outbox = Outbox(database, ManualClock())
    for _ in range(2):
        outbox.store([make_hit(1), make_hit(2)], [make_effect(1)], Offset(3))
    assert outbox.pending_effects() == 1
    assert [tally.hits for tally in outbox.hits_per_rule()] == [2]


def test_a_replay_split_elsewhere_adds_only_what_is_new(database: Database) -> None:
    outbox = Outbox(database, ManualClock())
    outbox.store([make_hit(1), make_hit(2)], [make_effect(1), make_effect(2)], Offset(3))
    outbox.store([make_hit(2), make_hit(3)], [make_effect(2), make_effect(3)], Offset(4))
    assert outbox.pending_effects() == 3
    assert [tally.hits for tally in outbox.hits_per_rule()] == [3]


def test_the_offset_never_moves_back(database: Database) -> None:
    outbox = Outbox(database, ManualClock())
    outbox.store([], [], Offset(9))
    outbox.store([], [], Offset(5))
    assert outbox.committed() == 9


def test_two_consumers_keep_their_own_offsets(database: Database) -> None:
    Outbox(database, ManualClock(), "engine").store([], [], Offset(9))
    assert Outbox(database, ManualClock(), "shadow").committed() == 0


def test_hits_are_counted_per_rule_version_with_the_last_time(database: Database) -> None:
    outbox = Outbox(database, ManualClock())
    outbox.store([make_hit(5), make_hit(4), make_hit(6, version="v2")], [], Offset(7))
    tallies = {(tally.rule, tally.version): (tally.hits, tally.last_hit_us) for tally in outbox.hits_per_rule()}
    assert tallies == {
        ("waves", "v1"): (2, make_hit(5).time_us),
        ("waves", "v2"): (1, UtcMicros(make_hit(6).time_us)),
    }


@pytest.mark.parametrize(("place", "stored"), [("before-commit", False), ("after-commit", True)])
def test_effects_and_offset_survive_a_crash_together_or_not_at_all(
    database: Database, database_url: str, seams: Seams, place: str, stored: bool
) -> None:
    seams.crash_at = f"outbox.store:{place}"
    with pytest.raises(Crash):
        Outbox(database, ManualClock()).store([make_hit(1)], [make_effect(1)], Offset(2))
    again = open_database(database_url)
    outbox = Outbox(again, ManualClock())
    assert (outbox.committed(), outbox.pending_effects()) == ((2, 1) if stored else (0, 0))
    again.close()
