"""Shadow hits are stored without effect, counted apart, and drawn evenly for review."""

from collections import Counter

from sqlalchemy import func, select

from skywarden.kernel.clock import ManualClock
from skywarden.kernel.ids import Did, Offset, UtcMicros
from skywarden.model.hit import Hit
from skywarden.moderation.outbox import Outbox
from skywarden.moderation.releases.sample import place_of
from skywarden.storage import Database
from skywarden.storage.tables import HIT, RULE_SAMPLE


def hit(offset: int, *, is_shadow: bool = True, version: str = "v1") -> Hit:
    did = Did(f"did:plc:{offset}")
    return Hit("busy", version, Offset(offset), UtcMicros(offset), did, did, {}, "why", is_shadow)


def drawn(database: Database, version: str = "v1") -> list[int]:
    with database.read() as tx:
        query = select(RULE_SAMPLE.c.log_offset).where(RULE_SAMPLE.c.version == version)
        return sorted(tx.execute(query).scalars())


def test_shadow_hits_are_told_from_those_that_acted(database: Database, clock: ManualClock) -> None:
    outbox = Outbox(database, clock)
    outbox.store([hit(1), hit(2), hit(3, is_shadow=False)], [], Offset(4))
    outbox.store([hit(2)], [], Offset(4))
    (tally,) = outbox.hits_per_rule()
    assert (tally.hits, tally.shadow_hits, tally.last_hit_us) == (1, 2, 3)
    with database.read() as tx:
        assert tx.execute(select(func.count()).where(HIT.c.is_shadow)).scalar_one() == 2


def test_the_sample_is_the_same_however_the_hits_come(database: Database, clock: ManualClock) -> None:
    outbox = Outbox(database, clock, sample=10)
    outbox.store([hit(number) for number in range(100)], [], Offset(100))
    for start in range(0, 100, 7):
        part = [hit(number, version="v2") for number in range(start, min(100, start + 7))]
        outbox.store(part, [], Offset(100))
    assert len(drawn(database)) == 10
    assert len(drawn(database, "v2")) == 10
    outbox.store([hit(number) for number in range(100)], [], Offset(100))
    before = drawn(database)
    outbox.store([hit(number, is_shadow=False, version="v3") for number in range(5)], [], Offset(100))
    assert drawn(database) == before
    assert drawn(database, "v3") == []


def test_every_hit_is_as_likely_to_be_drawn() -> None:
    """Of 40 hits the 10 least places, under 2,000 seeds: each is drawn a quarter of the times, within 5 deviations."""
    counts: Counter[int] = Counter()
    for seed in range(2_000):
        places = sorted((place_of(seed.to_bytes(4, "big"), "busy", "v1", offset), offset) for offset in range(40))
        counts.update(offset for _, offset in places[:10])
    deviation = (2_000 * 0.25 * 0.75) ** 0.5
    assert all(abs(counts[offset] - 500) < 5 * deviation for offset in range(40))
