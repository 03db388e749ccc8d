"""The shipped rules find every kind of abuse that the simulated network commits, and leave its people alone."""

from collections import defaultdict
from collections.abc import Iterator

import pytest

from simulated import LIVE_US, live_to, small_network, truth_of
from skywarden.bench.detect import read_kinds
from skywarden.bench.detect.consequence import accusing_rules
from skywarden.bench.detect.unlimited import UNLIMITED
from skywarden.engine import Engine
from skywarden.ingest.accounts.account import LookedUp
from skywarden.ingest.accounts.table import AccountTable
from skywarden.ingest.decode.firehose import FirehoseDecoder
from skywarden.ingest.event_time import EventClock
from skywarden.kernel.clock import ManualClock
from skywarden.kernel.ids import Did, Offset, UtcMicros
from skywarden.model.event import EventBatch
from skywarden.model.hit import Hit
from skywarden.rules.folder import load_folder
from skywarden.rulesets import BLUESKY
from skywarden.simulator.abuse import BRISK, AbuseKind
from skywarden.simulator.config import SimulatorConfig
from skywarden.simulator.network import Network

SECONDS = 120
BATCH = 500


@pytest.fixture(scope="module")
def network() -> Iterator[Network]:
    made = small_network(SimulatorConfig(seed=1, people=800))
    yield made
    made.close()


@pytest.fixture(scope="module")
def hits(network: Network, tmp_path_factory: pytest.TempPathFactory) -> list[Hit]:
    """Every hit of the shipped rules over the network's backlog and two live minutes."""
    frames = live_to(network, SECONDS)
    accounts = AccountTable(tmp_path_factory.mktemp("abuse") / "accounts.db")
    decoder, engine = FirehoseDecoder("simulator"), Engine(load_folder(BLUESKY), UNLIMITED)
    clock = EventClock(ManualClock(UtcMicros(LIVE_US + 10**12)), None)
    found: list[Hit] = []
    known: set[str] = set()
    for start in range(0, len(frames), BATCH):
        for stored in frames[start : start + BATCH]:
            decoder.add(stored.frame, str(stored.seq))
        chunk = decoder.take()
        assert chunk.quarantine == ()
        dids = set(chunk.rows.column("did").to_pylist()) - known
        accounts.looked_up([_looked_up(network, did) for did in sorted(dids)])
        known |= dids
        batch = EventBatch(engine.position, accounts.stamp(clock.clamp(chunk.rows)))
        accounts.commit(Offset(batch.end))
        result = engine.process(batch)
        assert result.faults == []
        found += result.hits
    accounts.close()
    return found


def _looked_up(network: Network, did: str) -> LookedUp:
    """What the network's AppView and directory would say."""
    account = network.register.by_did(did)
    assert account is not None
    return LookedUp(
        did=Did(did),
        at_us=LIVE_US,
        created_us=account.created_us,
        handle=account.handle,
        pds_host=account.host,
        display_name=account.display_name,
        description=account.description,
        has_avatar=account.has_avatar,
        followers=account.outside_followers,
        follows=account.outside_follows,
        posts=account.outside_posts,
    )


@pytest.mark.parametrize("kind", BRISK)
def test_each_kind_of_abuse_is_found_by_a_rule_made_for_it(network: Network, hits: list[Hit], kind: AbuseKind) -> None:
    made_for = read_kinds(BLUESKY, load_folder(BLUESKY))
    kinds = {line.did: line.kind for line in truth_of(network)}
    rules = defaultdict(set)
    for hit in hits:
        rules[kinds.get(hit.did)].add(hit.rule)
    assert kind in kinds.values(), "the network commits this kind"
    assert rules[kind] & made_for[kind]


def test_nobody_who_did_nothing_is_hit(network: Network, hits: list[Hit]) -> None:
    abusers = {line.did for line in truth_of(network)}
    accusing = accusing_rules(load_folder(BLUESKY)) - {"canary"}
    innocent = [(hit.rule, hit.reason) for hit in hits if hit.did not in abusers and hit.rule in accusing]
    assert innocent == []


def test_the_canary_is_seen(hits: list[Hit]) -> None:
    assert any(hit.rule == "canary" for hit in hits)
