"""What moderation decided reaches PDS and AppView: at least once, in order, whatever fails on the way."""

import asyncio
from dataclasses import dataclass

import pytest
from sqlalchemy import func, select

from api_server import make_services, serving
from databases import Crash, Seams
from identities import ALICE, MODERATOR
from proposals import LABELER, account, make_effect
from servers.foreign_service import Call, ForeignService, Reply, foreign_service
from skywarden.api.upstream import ServiceTokens, UpstreamAddress
from skywarden.app.jobs.job_set import JobSet
from skywarden.app.jobs.loop import JobLoop
from skywarden.app.jobs.push import AT_ONCE, LIMITS, Pusher, xrpc_sender
from skywarden.atproto.keys import PrivateKey
from skywarden.atproto.xrpc import XrpcClient
from skywarden.ingest.accounts.breaker import HostBreaker
from skywarden.kernel.clock import SECOND_US, ManualClock
from skywarden.kernel.ids import Did, Offset
from skywarden.model.effect import EffectKind
from skywarden.model.subject import Subject
from skywarden.moderation.events import ModEventEmail
from skywarden.moderation.jobs import Job, JobTable, Ran, Turn
from skywarden.moderation.new_event import NewEvent
from skywarden.moderation.pushes import APPVIEW, FAILED, PDS, SENT, WAITING
from skywarden.moderation.pushes.queue import PushQueue
from skywarden.moderation.service import ModerationService
from skywarden.observe.catalog import PUSH_BREAKER_OPEN, PUSHES
from skywarden.observe.metrics import Metrics
from skywarden.storage import Database
from skywarden.storage.tables import PUSH

STATUS = "com.atproto.admin.updateSubjectStatus"
KEY = PrivateKey.generate()


@dataclass
class Sender:
    """A pusher of one target, as a process has it; `run` is one run of its job, when it is due."""

    pusher: Pusher
    client: XrpcClient
    clock: ManualClock

    async def run(self) -> Ran | None:
        due_us = self.pusher.due_us()
        if due_us is None or due_us > self.clock.now_us():
            return None
        return await self.pusher.step(Turn(self.clock.now_us()))

    async def drain(self) -> None:
        """Run until nothing waits, moving the clock to where something is due."""
        while (due_us := self.pusher.due_us()) is not None:
            self.clock.advance(max(due_us - self.clock.now_us(), 0) / SECOND_US)
            await self.run()


def sender(database: Database, clock: ManualClock, service: ForeignService, target: str = PDS) -> Sender:
    tokens = ServiceTokens(KEY, LABELER, clock)
    address = UpstreamAddress(target, "network.pds_url", service.url, f"did:web:{target}.example")
    client = XrpcClient(
        service.url, authorize=lambda nsid: address.authorization(nsid, tokens) or "", limits=LIMITS, clock=clock
    )
    breaker, metrics = HostBreaker(target, clock, per_s=0), Metrics()
    return Sender(
        Pusher(target, PushQueue(database), xrpc_sender(client, LABELER), breaker, clock, metrics), client, clock
    )


def decide(database: Database, clock: ManualClock, subjects: list[Subject], kind: EffectKind, first: int = 0) -> None:
    targets = frozenset({PDS, APPVIEW})
    moderation = ModerationService(database, LABELER, clock=clock, metrics=Metrics(), push_targets=targets)
    effects = [make_effect(first + number, subject, kind=kind) for number, subject in enumerate(subjects)]
    moderation.outbox.store([], effects, Offset(first + len(effects)))
    while moderation.decide_pending():
        continue


def states(database: Database, target: str = PDS) -> dict[str, int]:
    query = select(PUSH.c.state, func.count()).where(PUSH.c.target == target).group_by(PUSH.c.state)
    with database.read() as tx:
        return {row[0]: row[1] for row in tx.execute(query)}


async def test_a_takedown_reaches_its_services_with_a_token_of_the_labeler(database: Database) -> None:
    clock = ManualClock()
    decide(database, clock, [account(1)], EffectKind.TAKEDOWN)
    async with foreign_service() as pds:
        it = sender(database, clock, pds)
        assert await it.run() == Ran(done=1, more=True)
        assert await it.run() is None
        await it.client.aclose()
    (call,) = pds.taken
    assert call.nsid == STATUS
    assert call.json == {
        "subject": {"$type": "com.atproto.admin.defs#repoRef", "did": "did:plc:account1"},
        "takedown": {"applied": True, "ref": "BSKY-TAKEDOWN-1"},
    }
    assert call.headers["authorization"].startswith("Bearer ey")
    assert (states(database), states(database, APPVIEW)) == ({SENT: 1}, {WAITING: 1})


async def test_a_service_is_never_asked_more_than_its_share_at_once(database: Database) -> None:
    clock = ManualClock()
    decide(database, clock, [account(n) for n in range(200)], EffectKind.TAKEDOWN)
    async with foreign_service() as pds:
        it = sender(database, clock, pds)
        await it.drain()
        await it.client.aclose()
    assert len(pds.taken) == 200
    assert 1 < pds.most_at_once <= AT_ONCE


@pytest.mark.parametrize("status", [400, 413, 422])
async def test_what_a_service_refuses_is_kept_as_failed_with_its_words(database: Database, status: int) -> None:
    clock = ManualClock()
    decide(database, clock, [account(1), account(2)], EffectKind.TAKEDOWN)

    def answer(call: Call) -> Reply:
        if call.json["subject"]["did"] == "did:plc:account1":
            return Reply(status, {"error": "RepoNotFound", "message": "no such account here"})
        return Reply()

    async with foreign_service(answer) as pds:
        it = sender(database, clock, pds)
        await it.drain()
        await it.client.aclose()
    (failed,) = PushQueue(database).list([FAILED], 10)
    assert failed.last_error == f"{status} RepoNotFound: no such account here"
    assert states(database) == {SENT: 1, FAILED: 1}
    assert it.pusher.metrics.value(PUSHES, target=PDS, kind="takedown", outcome="refused") == 1


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 503])
async def test_what_may_pass_is_tried_until_it_passes(database: Database, status: int) -> None:
    clock = ManualClock()
    decide(database, clock, [account(1)], EffectKind.TAKEDOWN)
    refusals = 20

    def answer(_call: Call) -> Reply:
        return Reply(status if len(pds.calls) <= refusals else 200, {"error": "Busy"})

    async with foreign_service(answer) as pds:
        it = sender(database, clock, pds)
        await it.drain()
        await it.client.aclose()
    assert (len(pds.calls), states(database)) == (refusals + 1, {SENT: 1})


async def test_a_service_that_asks_for_patience_is_left_alone_for_so_long(database: Database) -> None:
    clock = ManualClock()
    decide(database, clock, [account(1), account(2)], EffectKind.TAKEDOWN)
    began_us = clock.now_us()
    async with foreign_service(lambda _call: Reply(429, headers={"retry-after": "600"})) as pds:
        it = sender(database, clock, pds)
        await it.run()
        await it.client.aclose()
    assert it.pusher.due_us() == began_us + 600 * SECOND_US


async def test_an_outage_of_half_an_hour_loses_nothing_and_holds_up_nobody_else(database: Database) -> None:
    """A thousand takedowns and a hundred reversals while the PDS is away; the AppView has them at once."""
    clock = ManualClock()
    accounts = [account(n) for n in range(1_000)]
    async with foreign_service() as pds, foreign_service() as appview:
        to_pds, to_appview = sender(database, clock, pds), sender(database, clock, appview, APPVIEW)
        await pds.down()
        ends_us = clock.now_us() + 1_800 * SECOND_US
        decide(database, clock, accounts, EffectKind.TAKEDOWN)
        decide(database, clock, accounts[:100], EffectKind.REVERSE_TAKEDOWN, first=1_000)
        waits = [await to_appview.run() for _ in range(30)]
        assert len([ran for ran in waits if ran]) < 30
        assert states(database, APPVIEW) == {SENT: 1_100}
        tries = 0
        while clock.now_us() < ends_us:
            tries += await to_pds.run() is not None
            clock.advance(10)
        assert states(database) == {WAITING: 1_100}
        assert tries < 20
        assert to_pds.pusher.metrics.value(PUSH_BREAKER_OPEN, target=PDS) == 1
        await pds.up()
        await to_pds.drain()
        assert clock.now_us() < ends_us + 3_600 * SECOND_US
        await to_pds.client.aclose()
        await to_appview.client.aclose()
    assert states(database) == {SENT: 1_100}
    told: dict[str, list[bool]] = {}
    for call in pds.taken:
        told.setdefault(call.json["subject"]["did"], []).append(call.json["takedown"]["applied"])
    assert len(told) == 1_000
    assert [told[subject.did] for subject in accounts[:100]] == [[True, False]] * 100
    assert all(told[subject.did] == [True] for subject in accounts[100:])


@pytest.mark.parametrize("place", ["push.settle:before-commit", "push.settle:after-commit"])
async def test_a_crash_between_sending_and_marking_sends_twice_and_loses_nothing(
    database: Database, seams: Seams, place: str
) -> None:
    clock = ManualClock()
    decide(database, clock, [account(n) for n in range(10)], EffectKind.TAKEDOWN)
    async with foreign_service() as pds:
        first = sender(database, clock, pds)
        seams.crash_at = place
        with pytest.raises(Crash):
            await first.run()
        second = sender(database, clock, pds)
        await second.drain()
        await first.client.aclose()
        await second.client.aclose()
    sent = [call.json["subject"]["did"] for call in pds.taken]
    assert set(sent) == {account(n).did for n in range(10)}
    assert len(sent) == (20 if place.endswith("before-commit") else 10)
    assert states(database) == {SENT: 10}


async def test_one_message_that_never_passes_holds_up_only_its_own_lane(database: Database) -> None:
    clock = ManualClock()
    accounts = [account(n) for n in range(50)]
    decide(database, clock, accounts, EffectKind.TAKEDOWN)
    poison = Did("did:plc:account7")

    def answer(call: Call) -> Reply:
        return Reply(500 if call.json["subject"]["did"] == poison else 200)

    async with foreign_service(answer) as pds:
        it = sender(database, clock, pds)
        for _ in range(60):
            await it.run()
            clock.advance(10)
        await it.client.aclose()
    assert states(database) == {SENT: 49, WAITING: 1}


@pytest.mark.parametrize("sent", [True, False])
async def test_an_email_is_sent_in_the_name_of_the_labeler(database: Database, sent: bool) -> None:
    clock = ManualClock()
    moderation = ModerationService(database, LABELER, clock=clock, metrics=Metrics(), push_targets=frozenset({PDS}))
    email = ModEventEmail(subject_line="About you", content="Stop it.")
    moderation.emit(NewEvent(email, account(1), Did("did:plc:moderator")))
    async with foreign_service(lambda _call: Reply(body={"sent": sent})) as pds:
        it = sender(database, clock, pds)
        await it.run()
        await it.client.aclose()
    (call,) = pds.calls
    assert call.nsid == "com.atproto.admin.sendEmail"
    assert call.json == {
        "recipientDid": account(1).did,
        "subject": "About you",
        "content": "Stop it.",
        "senderDid": LABELER,
    }
    assert states(database) == {SENT if sent else FAILED: 1}


async def test_a_takedown_over_the_api_reaches_the_pds_while_the_jobs_run(database: Database) -> None:
    arrived = asyncio.Event()

    def answer(_call: Call) -> Reply:
        arrived.set()
        return Reply()

    clock = ManualClock()
    moderation = ModerationService(database, LABELER, clock=clock, metrics=Metrics(), push_targets=frozenset({PDS}))
    body = {
        "event": {"$type": "tools.ozone.moderation.defs#modEventTakedown", "comment": "spam"},
        "subject": {"$type": "com.atproto.admin.defs#repoRef", "did": ALICE.did},
        "createdBy": MODERATOR.did,
    }
    async with foreign_service(answer) as pds, serving(make_services(database, moderation=moderation)) as api:
        it = sender(database, clock, pds)
        job = Job("push-pds", 0.05, "pushes", it.pusher.step, due_us=it.pusher.due_us)
        loop = JobLoop(JobSet((job,), (it.client.aclose,)), JobTable(database), clock, Metrics())
        loop.start()
        stored = await api.post("tools.ozone.moderation.emitEvent", body)
        await arrived.wait()
        loop.stop()
        assert await asyncio.to_thread(loop.join, 30)
    takedown = {"applied": True, "ref": f"BSKY-TAKEDOWN-{stored.json()['id']}"}
    assert [call.json["takedown"] for call in pds.taken] == [takedown]
    assert states(database) == {SENT: 1}
