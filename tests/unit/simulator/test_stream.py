"""What the relay emits is what a strict consumer accepts, and the same for the same seed."""

from collections import Counter
from dataclasses import replace
from itertools import pairwise

import pytest

from simulated import LIVE_US, SMALL, Run, assert_chained, commits, key_of, live_to, messages, small_network
from skywarden.atproto.commit import check_commit, check_sync
from skywarden.atproto.frames import AccountMessage, CommitMessage, IdentityMessage, SyncMessage
from skywarden.kernel.errors import Rejected
from skywarden.simulator.canary import CANARY


def test_every_commit_verifies_to_its_key_its_hashes_and_the_tree_before_it(run: Run) -> None:
    checked = [check_commit(message, key_of(run.network, message.repo)) for message in commits(run.frames)]

    assert len(checked) > 3_000
    assert all(commit.inverted for commit in checked)


def test_every_sync_message_holds_a_commit_that_the_account_signed(run: Run) -> None:
    syncs = [message for message in messages(run.frames) if isinstance(message, SyncMessage)]

    assert syncs
    for message in syncs:
        assert check_sync(message, key_of(run.network, message.did)).rev == message.rev


def test_each_commit_follows_the_one_before_it_in_its_repository(run: Run) -> None:
    assert_chained(run.frames)


def test_numbers_grow_by_one_and_times_never_step_back(run: Run) -> None:
    assert [stored.seq for stored in run.frames] == list(range(1, len(run.frames) + 1))
    times = [stored.time_us for stored in run.frames]
    assert times == sorted(times)
    assert times[0] < LIVE_US < times[-1]


def test_all_kinds_of_messages_and_operations_come_up(run: Run) -> None:
    kinds = Counter(type(message) for message in messages(run.frames))
    assert set(kinds) == {CommitMessage, SyncMessage, IdentityMessage, AccountMessage}

    operations = {(op.action, op.path.split("/")[0]) for message in commits(run.frames) for op in message.ops}
    assert operations >= {
        ("create", "app.bsky.feed.post"),
        ("create", "app.bsky.feed.like"),
        ("delete", "app.bsky.feed.like"),
        ("create", "app.bsky.feed.repost"),
        ("create", "app.bsky.graph.follow"),
        ("delete", "app.bsky.graph.follow"),
        ("create", "app.bsky.graph.block"),
        ("create", "app.bsky.actor.profile"),
        ("update", "app.bsky.actor.profile"),
    }


def test_both_curves_sign(run: Run) -> None:
    curves = {key_of(run.network, message.repo).curve for message in commits(run.frames)}

    assert curves == {"k256", "p256"}


def test_the_canary_is_posted_at_a_steady_pace(run: Run) -> None:
    drills = [stored.time_us for stored in run.frames if CANARY.encode() in stored.frame]
    pauses_s = [(after - before) / 1_000_000 for before, after in pairwise(drills)]

    assert len(drills) > 50
    assert pauses_s == pytest.approx([20.0] * len(pauses_s), abs=0.01)


def test_the_live_rate_is_the_one_asked_for(run: Run) -> None:
    live = [stored for stored in run.frames if stored.time_us > LIVE_US]

    assert len(live) / 60 == pytest.approx(50, rel=0.2)


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others() -> None:
    config = replace(SMALL, people=120, backlog_events=300)
    first, second, other = (small_network(chosen) for chosen in (config, config, replace(config, seed=8)))

    stream = [stored.frame for stored in live_to(first, 5)]
    assert stream == [stored.frame for stored in live_to(second, 5)]
    assert stream[:50] != [stored.frame for stored in live_to(other, 5)][:50]
    assert list(first.parts.store.truth()) == list(second.parts.store.truth())


def test_a_commit_with_one_flipped_bit_would_not_pass(run: Run) -> None:
    message = commits(run.frames)[100]
    blocks = bytearray(message.blocks)
    blocks[-1] ^= 1
    broken = CommitMessage(
        seq=message.seq,
        repo=message.repo,
        rev=message.rev,
        commit=message.commit,
        blocks=bytes(blocks),
        ops=message.ops,
        time=message.time,
        since=message.since,
        prev_data=message.prev_data,
    )

    with pytest.raises(Rejected):
        check_commit(broken, key_of(run.network, message.repo))
