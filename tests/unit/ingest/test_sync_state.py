"""The gate passes, ignores and rejects as PROTOCOL.md 42 and 47-56 say."""

import base64
import json
from pathlib import Path
from typing import Any

import libipld
import pytest
from msgspec.structs import replace

from skywarden.ingest.contract import RepoState, RepoStep, Verdict
from skywarden.ingest.sync_state import RepoGate
from skywarden.kernel.clock import ManualClock
from skywarden.kernel.ids import Did, UtcMicros
from skywarden.model.event import Kind
from skywarden.observe import catalog
from skywarden.observe.metrics import Metrics

SCENARIOS = Path("../shared/data/firehose/relay_scenarios")
ALICE = Did("did:plc:alice")
NOW = UtcMicros(1_744_900_000_000_000)
REVS = ("3lmxjza3nva27", "3lmxjzbfkb522", "3lmxjzlrcpk24", "3lmxjzvdjcc2e")


class Resyncs:
    """Remembers what was asked for; `room` says how much fits."""

    def __init__(self, room: int = 10) -> None:
        self.asked: list[tuple[Did, str, str]] = []
        self.room = room

    def request(self, did: Did, since: str, until: str) -> bool:
        if len(self.asked) >= self.room:
            return False
        self.asked.append((did, since, until))
        return True


def gate(*, resync: Resyncs | None = None, chained: bool = True, **more: Any) -> RepoGate:
    return RepoGate("relay", clock=ManualClock(at_us=NOW), metrics=Metrics(), resync=resync, chained=chained, **more)


def commit(rev: str, since: str | None = None, **more: Any) -> RepoStep:
    return RepoStep(Kind.COMMIT, ALICE, NOW, "1", b"raw " + rev.encode(), rev=rev, since=since, **more)


def account(active: bool, status: str | None = None) -> RepoStep:
    return RepoStep(Kind.ACCOUNT, ALICE, NOW, "1", b"", active=active, status=status)


def step_of(message: dict[str, Any]) -> RepoStep:
    body, kind = message["frame"]["body"], message["frame"]["header"]["t"][1:]
    data = None
    if kind in ("commit", "sync"):
        text = body["blocks"]["$bytes"]
        root, blocks = libipld.decode_car(base64.b64decode(text + "=" * (-len(text) % 4)))
        data = blocks[bytes(root["roots"][0])]["data"]
    return RepoStep(
        Kind[kind.upper()],
        Did(body.get("repo") or body["did"]),
        NOW,
        str(body["seq"]),
        b"",
        rev=body.get("rev"),
        since=body.get("since"),
        data=data,
        active=body.get("active"),
        status=body.get("status"),
    )


@pytest.mark.skipif(not SCENARIOS.exists(), reason="needs the recorded relay scenarios")
@pytest.mark.parametrize(
    "name", ["account_lifecycle", "deactivation", "legacy", "post_lifecycle", "post_lifecycle_legacy", "rev_ordering"]
)
def test_each_scenario_of_the_reference_relay_gets_its_verdicts(name: str) -> None:
    messages = json.loads((SCENARIOS / f"{name}.json").read_text())["messages"]
    asked = gate()
    passed = [asked.admit(step_of(message)).verdict is Verdict.PASS for message in messages]
    assert passed == [not message["drop"] and not message["invalid"] for message in messages]


def test_a_commit_of_an_inactive_account_is_ignored_until_it_is_active_again() -> None:
    asked = gate()
    asked.admit(account(False, "suspended"))
    assert asked.admit(commit(REVS[0])).reason == "account-inactive"
    asked.admit(account(True))
    assert asked.admit(commit(REVS[1])).verdict is Verdict.PASS


def test_an_unknown_status_is_kept_and_only_active_governs() -> None:
    asked = gate()
    asked.admit(account(True, "napping"))
    assert asked.state(ALICE).status == "napping"
    assert asked.admit(commit(REVS[0])).verdict is Verdict.PASS


def test_an_account_message_without_active_leaves_the_account_visible() -> None:
    asked = gate()
    asked.admit(replace(account(True), active=None, status="throttled"))
    assert asked.admit(commit(REVS[0])).verdict is Verdict.PASS


def test_a_rev_that_is_not_newer_is_ignored_and_counted() -> None:
    metrics = Metrics()
    asked = RepoGate("relay", clock=ManualClock(at_us=NOW), metrics=metrics)
    asked.admit(commit(REVS[1]))
    assert asked.admit(commit(REVS[1])).verdict is Verdict.IGNORE
    assert asked.admit(commit(REVS[0])).verdict is Verdict.IGNORE
    assert metrics.value(catalog.INGEST_IGNORED, source="relay", reason="rev-not-newer") == 2


def test_a_rev_minutes_ahead_of_every_clock_is_rejected() -> None:
    assert gate().admit(commit("3zzzzzzzzzz22")).reason == "rev-in-future"


def test_a_slow_clock_of_ours_does_not_reject_what_the_relay_saw_in_time() -> None:
    slow = RepoGate("relay", clock=ManualClock(at_us=UtcMicros(NOW - 10**11)), metrics=Metrics())
    assert slow.admit(commit(REVS[0])).verdict is Verdict.PASS


@pytest.mark.parametrize("rev", [None, "", "3lmxjza3nva2", "3lmxjza3nva00", "zlmxjza3nva27", "3LMXJZA3NVA27"])
def test_a_rev_that_is_no_tid_is_rejected(rev: str | None) -> None:
    assert gate().admit(replace(commit(REVS[0]), rev=rev)).reason == "rev-invalid"


def test_a_commit_that_does_not_follow_on_asks_for_a_resync_and_waits() -> None:
    resyncs = Resyncs()
    asked = gate(resync=resyncs)
    asked.admit(commit(REVS[0]))
    assert asked.admit(commit(REVS[2], since=REVS[1])).reason == "desynchronized"
    assert asked.admit(commit(REVS[3], since=REVS[2])).reason == "resyncing"
    assert resyncs.asked == [(ALICE, REVS[0], REVS[2])]


def test_another_previous_root_breaks_the_chain_although_the_revs_agree() -> None:
    asked = gate(resync=Resyncs())
    asked.admit(commit(REVS[0], data=b"root one"))
    assert asked.admit(commit(REVS[1], since=REVS[0], prev_data=b"root two")).reason == "desynchronized"


def test_waiting_messages_come_back_after_the_resync_and_follow_on_one_another() -> None:
    asked = gate(resync=Resyncs())
    asked.admit(commit(REVS[0]))
    asked.admit(commit(REVS[2], since=REVS[1]))
    asked.admit(commit(REVS[3], since=REVS[2]))
    held = asked.resynced(ALICE)
    assert [one.data.decode() for one in held] == [f"raw {REVS[2]}", f"raw {REVS[3]}"]
    assert asked.admit(commit(REVS[2], since=REVS[1])).verdict is Verdict.PASS
    assert asked.admit(commit(REVS[3], since=REVS[2])).verdict is Verdict.PASS
    assert asked.admit(commit(REVS[3], since=REVS[2])).reason == "rev-not-newer"


def test_the_messages_that_wait_for_a_resync_are_bounded() -> None:
    asked = gate(resync=Resyncs())
    asked.admit(commit(REVS[0]))
    for _ in range(RepoGate.MAX_HELD + 50):
        asked.admit(commit(REVS[2], since=REVS[1]))
    assert len(asked.resynced(ALICE)) == RepoGate.MAX_HELD


def test_where_no_resync_is_to_be_had_the_commit_is_taken_and_the_break_counted() -> None:
    metrics = Metrics()
    asked = RepoGate("relay", clock=ManualClock(at_us=NOW), metrics=metrics, resync=Resyncs(room=0))
    asked.admit(commit(REVS[0]))
    assert asked.admit(commit(REVS[2], since=REVS[1])).verdict is Verdict.PASS
    assert metrics.value(catalog.INGEST_DESYNCHRONIZED, source="relay", outcome="adopted") == 1


def test_a_failed_resync_takes_the_waiting_messages_as_they_are() -> None:
    asked = gate(resync=Resyncs())
    asked.admit(commit(REVS[0]))
    asked.admit(commit(REVS[2], since=REVS[1]))
    assert len(asked.resync_failed(ALICE)) == 1
    assert asked.admit(commit(REVS[2], since=REVS[1])).verdict is Verdict.PASS


def test_a_server_that_is_away_leaves_the_accounts_status_unchanged() -> None:
    asked = gate(resync=Resyncs())
    asked.admit(account(True, "throttled"))
    asked.admit(commit(REVS[0]))
    asked.admit(commit(REVS[2], since=REVS[1]))
    asked.resync_failed(ALICE)
    assert (asked.state(ALICE).active, asked.state(ALICE).status) == (True, "throttled")


def test_a_sync_message_with_another_root_asks_for_a_resync_and_one_with_the_same_passes() -> None:
    resyncs = Resyncs()
    asked = gate(resync=resyncs)
    asked.admit(commit(REVS[0], data=b"root one"))
    sync = replace(commit(REVS[0]), kind=Kind.SYNC, data=b"root one")
    assert asked.admit(sync).verdict is Verdict.PASS
    assert asked.admit(replace(sync, rev=REVS[1], data=b"root two")).reason == "desynchronized"


def test_an_identity_message_purges_caches_and_changes_no_status() -> None:
    purged: list[Did] = []
    asked = gate(on_identity=purged.append)
    asked.admit(account(False, "deactivated"))
    assert asked.admit(RepoStep(Kind.IDENTITY, ALICE, NOW, "2", b"")).verdict is Verdict.PASS
    assert purged == [ALICE]
    assert asked.state(ALICE).active is False


def test_several_jetstream_operations_share_a_rev() -> None:
    asked = gate(chained=False)
    assert asked.admit(commit(REVS[1])).verdict is Verdict.PASS
    assert asked.admit(commit(REVS[1])).verdict is Verdict.PASS
    assert asked.admit(commit(REVS[0])).verdict is Verdict.IGNORE


def test_sealed_states_are_those_that_changed_since_the_last_seal() -> None:
    asked = gate()
    asked.admit(commit(REVS[0], data=b"root"))
    assert asked.seal() == (RepoState(ALICE, rev=REVS[0], data=b"root"),)
    assert asked.seal() == ()


def test_stored_state_is_read_when_an_account_is_not_in_memory() -> None:
    asked = gate(load=lambda did: RepoState(did, rev=REVS[1]))
    assert asked.admit(commit(REVS[0])).reason == "rev-not-newer"


def test_memory_is_bounded_yet_never_forgets_what_is_under_way() -> None:
    asked = gate(cached=10)
    for number in range(RepoGate.MAX_HELD):
        asked.admit(replace(commit(REVS[0]), did=Did(f"did:plc:{number}")))
    assert asked.state(Did("did:plc:0")).rev == REVS[0]
