"""The ground truth names every abusive act, and strong abuse is strong enough for the field's rules to see."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import msgspec
import pytest

from simulated import LIVE_US, SMALL, Run, commits, live_to, small_network, truth_of
from skywarden.atproto.car import read_car
from skywarden.atproto.cbor import decode_map
from skywarden.atproto.cid import cid_text
from skywarden.atproto.frames import CommitMessage, IdentityMessage, parse_frame
from skywarden.simulator.abuse import BRISK, AbuseKind
from skywarden.simulator.accounts import Role
from skywarden.simulator.answers import AccountLine, account_line
from skywarden.simulator.notables import NOTABLES


def records_of(message: CommitMessage) -> dict[str, dict[str, object]]:
    """Records that a commit created or updated, by at-uri."""
    blocks = read_car(message.blocks).blocks
    return {
        f"at://{message.repo}/{op.path}": dict(decode_map(blocks[op.cid])) for op in message.ops if op.cid is not None
    }


def test_every_kind_of_abuse_is_in_the_backlog(run: Run) -> None:
    early = {line.kind for line in truth_of(run.network) if line.time_us < LIVE_US}

    assert early == set(BRISK)


def test_each_line_of_truth_is_an_operation_of_the_frame_it_names(run: Run) -> None:
    by_seq = {stored.seq: stored for stored in run.frames}
    lines = truth_of(run.network)

    assert len(lines) > 1_500
    for line in lines:
        stored = by_seq[line.seq]
        message = parse_frame(stored.frame)
        assert stored.time_us == line.time_us
        if isinstance(message, IdentityMessage):
            assert (message.did, line.uri, line.action) == (line.did, line.did, "identity")
        else:
            assert isinstance(message, CommitMessage)
            cids = {f"at://{message.repo}/{op.path}": op.cid for op in message.ops}
            cid = cids[line.uri]
            assert line.cid == (None if cid is None else cid_text(cid))
            assert line.action in {op.action for op in message.ops if line.uri.endswith(op.path)}


def test_no_operation_of_an_ordinary_person_is_called_abuse(run: Run) -> None:
    register = run.network.register
    accused = [register.by_did(did) for did in {line.did for line in truth_of(run.network)}]

    assert all(account is not None and account.role is Role.ABUSER for account in accused)


def test_everything_that_abusers_write_is_in_the_truth_but_their_first_profile(run: Run) -> None:
    told = {(line.seq, line.uri) for line in truth_of(run.network)}
    untold = [
        op.path
        for message in commits(run.frames)
        if (account := run.network.register.by_did(message.repo)) is not None and account.role is Role.ABUSER
        for op in message.ops
        if (message.seq, f"at://{message.repo}/{op.path}") not in told
    ]

    assert set(untold) <= {"app.bsky.actor.profile/self"}


def test_the_accounts_file_tells_who_is_abusive_and_how(run: Run) -> None:
    lines = [msgspec.json.decode(account_line(account), type=AccountLine) for account in run.network.register]

    assert {line.kind for line in lines if line.abusive} == set(BRISK)
    assert all(line.campaign is not None for line in lines if line.abusive)
    assert sum(not line.abusive for line in lines) > 400


@pytest.fixture(scope="module")
def later() -> Iterator[Run]:
    """Five minutes into a slow live stream."""
    network = small_network(replace(SMALL, rate=8.0))
    yield Run(network, live_to(network, 300))
    network.close()


def told_records(run: Run, campaign: str) -> list[tuple[str, dict[str, object]]]:
    """Author and record of everything that a campaign created."""
    told = {line.uri for line in truth_of(run.network) if line.campaign == campaign}
    return [
        (message.repo, record)
        for message in commits(run.frames)
        for uri, record in records_of(message).items()
        if uri in told
    ]


def test_a_strong_copy_paste_wave_repeats_one_text_twenty_times_an_account(later: Run) -> None:
    texts = Counter((did, record["text"]) for did, record in told_records(later, "copy-paste-wave-0001"))

    assert len({text for _, text in texts}) == 1
    assert max(texts.values()) >= 20


def test_a_strong_reply_flood_reaches_two_hundred_strangers_within_the_hour(run: Run) -> None:
    targets: dict[str, set[str]] = defaultdict(set)
    for did, record in told_records(run, "reply-flood-0001"):
        reply = record["reply"]
        assert isinstance(reply, dict)
        targets[did].add(reply["parent"]["uri"].split("/")[2])
    graph, register = run.network.parts.world.graph, run.network.register

    ((flooder, bothered),) = targets.items()
    account = register.by_did(flooder)
    assert account is not None
    assert len(bothered) >= 200
    followers = [did for did in bothered if (other := register.by_did(did)) and graph.rkey(other.index, account.index)]
    assert len(followers) < 5


def test_a_strong_mention_bomb_names_forty_people_within_the_hour(later: Run) -> None:
    mentioned: set[str] = set()
    for _, record in told_records(later, "mention-bombing-0001"):
        facets = record["facets"]
        assert isinstance(facets, list)
        mentioned |= {facet["features"][0]["did"] for facet in facets}

    assert len(mentioned) >= 40


def test_strong_churn_makes_and_undoes_eight_hundred_follows(run: Run) -> None:
    actions = Counter(line.action for line in truth_of(run.network) if line.campaign == "follow-churn-0001")

    assert actions["create"] > 800
    assert actions["delete"] > 800


def test_a_repost_ring_reposts_its_own_bait_and_posts_nothing_else(run: Run) -> None:
    ring = [line for line in truth_of(run.network) if line.campaign == "repost-ring-0001"]
    writers = Counter((line.did, line.uri.split("/")[3]) for line in ring)
    posters = {did for did, collection in writers if collection == "app.bsky.feed.post"}
    reposts = [count for (_, collection), count in writers.items() if collection == "app.bsky.feed.repost"]

    assert len(posters) == 1
    assert len(reposts) == 8
    assert min(reposts) >= 10


def test_a_drip_bot_posts_by_the_clock(run: Run) -> None:
    times = [line.time_us for line in truth_of(run.network) if line.campaign == "drip-bot-0001"]
    steady = [after - before for before, after in pairwise(times)]

    assert len(times) >= 25
    assert max(steady[5:]) - min(steady[5:]) <= 1_000


def test_link_spam_rotates_its_domains(run: Run) -> None:
    domains = Counter(_linked_domain(record) for _, record in told_records(run, "link-spam-0001"))

    assert len(domains) >= 8
    assert max(domains.values()) <= 5


def _linked_domain(record: dict[str, object]) -> str:
    embed, facets = record.get("embed"), record.get("facets")
    if isinstance(embed, dict):
        uri = embed["external"]["uri"]
    else:
        assert isinstance(facets, list)
        uri = facets[0]["features"][0]["uri"]
    host = str(uri).removeprefix("https://").partition("/")[0]
    return ".".join(host.split(".")[-2:])


def test_an_impersonator_looks_like_somebody_known_and_is_not(run: Run) -> None:
    register = run.network.register
    notables = {account.handle: account for account in register if account.role is Role.NOTABLE}
    models = {notable.description for notable in NOTABLES}
    twins = [account for account in register if account.abuse_kind == AbuseKind.IMPERSONATION]

    assert twins
    for twin in twins:
        assert twin.handle not in notables
        if twin.born_live:
            assert twin.description in models
            assert twin.has_avatar


def test_abusers_are_young_when_the_campaign_is_strong(run: Run) -> None:
    flooder = next(account for account in run.network.register if account.campaign == "reply-flood-0001")

    assert (LIVE_US - flooder.created_us) / 86_400_000_000 < 14
