"""Who reads hits tells those in shadow from those that acted."""

from skywarden.app.backtests.recorded import live_hits
from skywarden.app.investigate.happenings import About, Bound, Happenings
from skywarden.kernel.clock import ManualClock
from skywarden.kernel.ids import Did, Offset, UtcMicros
from skywarden.model.hit import Hit
from skywarden.moderation.outbox import Outbox
from skywarden.storage import Database

MALLORY = Did("did:plc:mallory")


def stored(database: Database) -> None:
    hits = [
        Hit("busy", version, Offset(offset), UtcMicros(offset), MALLORY, MALLORY, {}, "3 posts.", version == "tried")
        for offset in (1, 2)
        for version in ("acts", "tried")
    ]
    Outbox(database, ManualClock()).store(hits, [], Offset(3))


def test_a_backtest_compares_with_hits_that_acted(database: Database) -> None:
    stored(database)
    (found,) = live_hits(database, Offset(0), Offset(9))
    assert (found.version, found.offsets.tolist()) == ("acts", [1, 2])


def test_a_timeline_says_what_was_in_shadow(database: Database) -> None:
    stored(database)
    entries = Happenings(database).entries("hit", About(MALLORY), Bound(0, 9, None), 10)
    told = sorted(entry.detail for entry in entries)
    assert told == ["3 posts."] * 2 + ["in shadow, without effect: 3 posts."] * 2
