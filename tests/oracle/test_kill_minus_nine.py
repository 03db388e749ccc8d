"""kill -9 at any moment: afterwards no event, no label and no decision in the log is missing or doubled.

A relay that outlives the kills releases the recording piece by piece; each life of the platform is killed at a seeded
moment within its piece. What must be in the log and in the label stream is computed from the frames by libipld alone.
"""

import random
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import accumulate
from pathlib import Path
from typing import Any

import pytest

from servers.commit_watch import watching_commits
from servers.every_post import write_every_post_rule
from servers.frame_relay import FrameRelay, running_relay
from servers.label_reader import LabelReader, reading_labels
from servers.log_rows import EventIdentity, logged_decisions, logged_events
from servers.platform import Platform
from servers.process import ServerFailedError
from servers.recording import PDS_RECORDING, created_records, expected_events, read_frames, stream_of
from skywarden.observe.catalog import EFFECTS_PENDING, ENGINE_BEHIND

FRAMES = read_frames(PDS_RECORDING)
EVENTS = expected_events(FRAMES)
LABELLED = set(created_records(FRAMES, "app.bsky.feed.post"))
ROWS_AFTER = [0, *accumulate(len(expected_events([frame])) for frame in FRAMES)]
LABELS_AFTER = [0, *accumulate(len(created_records([frame], "app.bsky.feed.post")) for frame in FRAMES)]
"""How many rows, how many labels the first n frames give."""
MOMENT_TIMEOUT_S = 60


class Moment(StrEnum):
    """What a life waits for before its kill."""

    STARTING = "starting"
    """Spawned, perhaps not ready yet."""
    RECEIVED = "received"
    """The relay has just sent a chosen frame: it is on its way into the log."""
    LOGGED = "logged"
    """The event of a chosen frame is durable: it is on its way to a label."""
    LABELLED = "labelled"
    """A subscriber has just seen the last label that a chosen frame and those before it give."""
    COMMITTED = "committed"
    """One of the stores has just been written to: whatever belongs to that write must be in it too."""


TURNS = (
    Moment.STARTING,
    Moment.COMMITTED,
    Moment.RECEIVED,
    Moment.COMMITTED,
    Moment.LOGGED,
    Moment.COMMITTED,
    Moment.LABELLED,
    Moment.COMMITTED,
)
LONGEST_DELAY_S = {Moment.STARTING: 2.5, Moment.RECEIVED: 0.08, Moment.LOGGED: 0.15, Moment.LABELLED: 0.05}
STORES = ("log.db", "moderation.db", "moderation.db", "accounts.db")
QUIET_S = 3.0
"""A life whose piece of the stream gives fewer commits than were drawn is killed after so long."""


@dataclass(frozen=True, slots=True)
class Kill:
    """One seeded moment. `upto` frames are released in this life; the kill comes `delay_s` after frame `at`.

    COMMITTED has neither frame nor delay: it comes at the commit number `commits` of `store`.
    """

    moment: Moment
    at: int
    upto: int
    delay_s: float
    store: str
    commits: int


@dataclass(frozen=True, slots=True)
class Witness:
    """What was there when the kill came."""

    kill: Kill
    sent: int
    logged: int
    labels: int
    commits: int


@dataclass(slots=True)
class Trial:
    """A platform, its relay and what was seen of its labels in all lives."""

    platform: Platform
    relay: FrameRelay
    seen: dict[int, dict[str, Any]] = field(default_factory=dict)
    witnesses: list[Witness] = field(default_factory=list)

    def note(self, reader: LabelReader) -> None:
        """Check one life's label stream against all earlier ones."""
        assert reader.problems == []
        seqs = [seq for seq, _ in reader.received]
        assert seqs == sorted(set(seqs)), "label seqs are not strictly increasing"
        for seq, label in reader.received:
            assert self.seen.setdefault(seq, label) == label, f"label {seq} changed after a kill"


def seeded_kills(seed: int, count: int) -> list[Kill]:
    """Kills, each within its own piece of the recording; one more piece is left for the life that is not killed."""
    dice = random.Random(seed)
    bounds = [len(FRAMES) * number // (count + 1) for number in range(count + 1)]
    kills = []
    for number in range(count):
        moment = TURNS[number % len(TURNS)]
        at = dice.randint(bounds[number] + 1, bounds[number + 1])
        delay_s = dice.choice([0.0, dice.uniform(0, LONGEST_DELAY_S.get(moment, 0.0))])
        store = dice.choice(STORES)
        commits = dice.randint(1, 4) if store == "moderation.db" else 1
        kills.append(Kill(moment, at, bounds[number + 1], delay_s, store, commits))
    return kills


def live_and_die(trial: Trial, kill: Kill) -> None:
    """Start the platform, wait for the moment, kill it, keep what was seen."""
    platform, relay = trial.platform.start(), trial.relay
    reader = LabelReader()
    commits = 0
    with ExitStack() as stack:
        if kill.moment is not Moment.STARTING:
            platform.wait_ready()
            reader = stack.enter_context(reading_labels(platform.url))
        if kill.moment is Moment.COMMITTED:
            commits = release_until_commit(kill, platform, relay)
        else:
            relay.release(kill.upto)
            wait_for(kill, platform, relay, reader)
        platform.running.kill()
    trial.note(reader)
    trial.witnesses.append(Witness(kill, relay.sent, platform.logged_rows(), len(trial.seen), commits))


def release_until_commit(kill: Kill, platform: Platform, relay: FrameRelay) -> int:
    """Watch the store before anything new comes, so that no commit is missed; return how many were seen."""
    with watching_commits(platform.data / kill.store) as watch, suppress(ServerFailedError):
        relay.release(kill.upto)
        platform.running.wait_until(lambda: watch.look() >= kill.commits, QUIET_S, "a commit", every_s=0)
    return watch.seen


def wait_for(kill: Kill, platform: Platform, relay: FrameRelay, reader: LabelReader) -> None:
    """Return at the kill's moment."""
    rows = ROWS_AFTER[kill.at] if kill.moment in (Moment.LOGGED, Moment.LABELLED) else 0
    labels = LABELS_AFTER[kill.at] if kill.moment is Moment.LABELLED else 0
    if kill.moment is Moment.RECEIVED:
        assert relay.wait_sent(kill.at, MOMENT_TIMEOUT_S), platform.tail()
    platform.running.wait_until(
        lambda: platform.logged_rows() >= rows and len(reader.received) >= labels,
        MOMENT_TIMEOUT_S,
        f"row {rows} and label {labels}",
        every_s=0.01,
    )
    platform.running.runs_for(kill.delay_s)


def finish(trial: Trial) -> list[tuple[int, dict[str, Any]]]:
    """Let the platform come to rest on the whole recording, twice; return its label stream from the start."""
    trial.relay.release(len(FRAMES))
    for _ in range(2):
        platform = trial.platform.start().wait_ready()
        with reading_labels(platform.url) as reader:
            wait_for_rest(platform, reader)
            assert platform.running.stop(timeout_s=10) == 0, platform.tail()
        trial.note(reader)
    return reader.received


def wait_for_rest(platform: Platform, reader: LabelReader) -> None:
    """Wait until every event is logged, judged and decided, and every label has been sent."""

    def at_rest() -> bool:
        idle = platform.metric(ENGINE_BEHIND.name) == 0 == platform.metric(EFFECTS_PENDING.name)
        logged = platform.logged_rows() >= len(EVENTS) and platform.logged_by_us() >= len(LABELLED)
        return idle and logged and len(reader.received) >= len(LABELLED)

    platform.running.wait_until(at_rest, 60, "the whole recording is logged and labelled", every_s=0.2)


def run_kills(folder: Path, kills: Sequence[Kill]) -> None:
    """The whole trial: kill after kill on one data folder, then the comparison with what the frames say."""
    rules = write_every_post_rule(folder)
    with running_relay(FrameRelay(stream_of(FRAMES))) as relay:
        platform = Platform(folder / "data", relay.url, {"SKYWARDEN_RULES_PATH": str(rules)})
        trial = Trial(platform, relay)
        try:
            for kill in kills:
                live_and_die(trial, kill)
            labels = finish(trial)
        finally:
            if platform.server is not None:
                platform.server.close()
    check_log(logged_events(platform.data))
    check_decisions(logged_decisions(platform.data))
    check_labels(labels)
    check_kills_were_in_the_middle(trial.witnesses, relay)


def check_log(found: list[EventIdentity]) -> None:
    expected = [(event.seq, event.kind, event.did, event.action, event.path) for event in EVENTS]
    missing, doubled = Counter(expected) - Counter(found), Counter(found) - Counter(expected)
    assert (missing, doubled) == (Counter(), Counter())
    assert found == expected


def check_decisions(found: list[tuple[str, str, list[str]]]) -> None:
    """What moderation did is in the log once, with the rule that caused it."""
    expected = Counter(LABELLED)
    assert Counter(uri for _, uri, _ in found) == expected
    assert {(event, *rules) for event, _, rules in found} == {("modEventLabel", "every_post")}


def check_labels(labels: list[tuple[int, dict[str, Any]]]) -> None:
    given = Counter((label["uri"], label["val"], label.get("neg", False)) for _, label in labels)
    expected = Counter((uri, "spam", False) for uri in LABELLED)
    missing, doubled = expected - given, given - expected
    assert (missing, doubled) == (Counter(), Counter())


def check_kills_were_in_the_middle(witnesses: Sequence[Witness], relay: FrameRelay) -> None:
    """Each kill hit unfinished work, and there was progress between them."""
    assert all(seen.logged < len(EVENTS) for seen in witnesses)
    assert any(ROWS_AFTER[seen.sent] > seen.logged for seen in witnesses), "no kill caught an event before the log"
    for seen in witnesses:
        if seen.kill.moment in (Moment.LOGGED, Moment.LABELLED):
            assert seen.logged >= ROWS_AFTER[seen.kill.at]
        if seen.kill.moment is Moment.LABELLED:
            assert seen.labels >= LABELS_AFTER[seen.kill.at]
    at_commits = [seen for seen in witnesses if seen.kill.moment is Moment.COMMITTED]
    assert sum(seen.commits == seen.kill.commits for seen in at_commits) >= len(at_commits) // 2
    resumed = {cursor for cursor in relay.asked if cursor}
    assert len(resumed) >= len(witnesses) // 3, "too few kills had progress between them"


@pytest.mark.timeout(600)
def test_twenty_kills_lose_and_double_nothing(tmp_path: Path) -> None:
    run_kills(tmp_path, seeded_kills(seed=1, count=20))


@pytest.mark.full
@pytest.mark.timeout(3_600)
def test_two_hundred_kills_lose_and_double_nothing(tmp_path: Path) -> None:
    run_kills(tmp_path, seeded_kills(seed=2, count=200))
