"""Messages reach their webhooks at least once, signed, and never an address that the guard refuses."""

import hashlib
import hmac
from pathlib import Path

import pytest
from sqlalchemy import select

from proposals import LABELER, account, make_effect
from servers.http_pages import HttpPages, Page, http_pages
from skywarden.app.notifier import Hook, Hooks, Notifier, read_hooks
from skywarden.atproto.identity.fetcher import FetchLimits, GuardedFetcher
from skywarden.kernel.clock import ManualClock
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Offset
from skywarden.model.effect import EffectKind
from skywarden.moderation.deliveries import FIRST_PAUSE_S, MOST_ATTEMPTS, DeliveryQueue
from skywarden.moderation.service import ModerationService
from skywarden.observe.metrics import Metrics
from skywarden.storage import Database
from skywarden.storage.tables import DELIVERY


def queued(database: Database, clock: ManualClock, count: int = 1) -> None:
    """Messages for the webhook `team`."""
    service = ModerationService(database, LABELER, clock=clock, metrics=Metrics(), hooks={"team"})
    effects = [make_effect(n, account(n), kind=EffectKind.NOTIFY, value="team") for n in range(count)]
    service.outbox.store([], effects, Offset(count))
    service.decide_pending()


def notifier(database: Database, clock: ManualClock, hooks: Hooks, *, loopback: bool = True) -> Notifier:
    fetcher = GuardedFetcher(allow_loopback=loopback, clock=clock, limits=FetchLimits(total_s=5))
    return Notifier(DeliveryQueue(database), hooks, fetcher, clock, Metrics())


def states(database: Database) -> list[tuple[str, int]]:
    with database.read() as tx:
        return [(row.state, row.attempts) for row in tx.execute(select(DELIVERY).order_by(DELIVERY.c.number))]


def body_of(pages: HttpPages, number: int = 0) -> bytes:
    return pages.requests[number].split(b"\r\n\r\n", 1)[1]


async def test_a_message_is_sent_once_with_its_signature_and_number(database: Database) -> None:
    clock = ManualClock()
    queued(database, clock)
    async with http_pages({"/hook": Page()}) as pages:
        sender = notifier(database, clock, {"team": Hook(f"{pages.origin}/hook", "s3cret")})
        assert [await sender.send_due() for _ in range(2)] == [1, 0]
    assert len(pages.requests) == 1
    digest = hmac.digest(b"s3cret", body_of(pages), hashlib.sha256).hex().encode()
    assert b"x-skywarden-signature: sha256=" + digest in pages.requests[0].lower()
    assert b"x-skywarden-delivery: 1" in pages.requests[0].lower()
    assert b'"did:plc:account0"' in body_of(pages)
    assert states(database) == [("sent", 1)]


@pytest.mark.parametrize("status", [500, 429, 404, 302])
async def test_what_is_not_taken_is_tried_again_with_growing_pauses(database: Database, status: int) -> None:
    clock = ManualClock()
    queued(database, clock)
    answers = [Page(status), Page(status), Page()]
    async with http_pages(lambda path: answers.pop(0)) as pages:
        sender = notifier(database, clock, {"team": Hook(f"{pages.origin}/hook")})
        assert await sender.send_due() == 1
        clock.advance(FIRST_PAUSE_S - 1)
        assert await sender.send_due() == 0
        clock.advance(1)
        assert await sender.send_due() == 1
        clock.advance(2 * FIRST_PAUSE_S)
        assert await sender.send_due() == 1
    assert states(database) == [("sent", 3)]


async def test_a_webhook_that_never_answers_well_is_given_up(database: Database) -> None:
    clock = ManualClock()
    queued(database, clock)
    async with http_pages({}) as pages:
        sender = notifier(database, clock, {"team": Hook(f"{pages.origin}/hook")})
        for _ in range(MOST_ATTEMPTS + 3):
            await sender.send_due()
            clock.advance(7 * 3_600)
    assert len(pages.requests) == MOST_ATTEMPTS
    assert states(database) == [("failed", MOST_ATTEMPTS)]


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9/x", "https://10.0.0.1/x", "https://localhost/x", "http://team.example/x", "nonsense"]
)
async def test_an_address_that_is_not_of_the_public_internet_is_never_asked(database: Database, url: str) -> None:
    clock = ManualClock()
    queued(database, clock)
    await notifier(database, clock, {"team": Hook(url)}, loopback=False).send_due()
    assert states(database) == [("failed", 1)]


async def test_a_redirect_leads_nowhere(database: Database) -> None:
    clock = ManualClock()
    queued(database, clock)
    pages_by_path = {"/hook": Page(307, headers={"location": "/other"}), "/other": Page()}
    async with http_pages(pages_by_path) as pages:
        await notifier(database, clock, {"team": Hook(f"{pages.origin}/hook")}).send_due()
    assert [path for path, _ in pages.seen] == ["/hook"]


async def test_a_message_whose_answer_was_not_noted_is_sent_again_under_its_number(database: Database) -> None:
    clock = ManualClock()
    queued(database, clock)
    async with http_pages({"/hook": Page()}) as pages:
        hooks = {"team": Hook(f"{pages.origin}/hook")}
        delivery = DeliveryQueue(database).due(clock.now_us(), 1)[0]
        answer = await GuardedFetcher(allow_loopback=True).post(hooks["team"].url, delivery.body, {})
        assert answer.status == 200  # and then it died
        await notifier(database, clock, hooks).send_due()
    assert body_of(pages, 0) == body_of(pages, 1)


async def test_one_slow_day_of_a_webhook_does_not_lose_a_message(database: Database) -> None:
    clock = ManualClock()
    queued(database, clock, 50)
    up = False
    async with http_pages(lambda path: Page(200 if up else 503)) as pages:
        sender = notifier(database, clock, {"team": Hook(f"{pages.origin}/hook")})
        while await sender.send_due():
            continue
        up = True
        clock.advance(3_600)
        while await sender.send_due():
            continue
    assert states(database) == [("sent", 2)] * 50


def test_webhooks_are_read_from_their_file(tmp_path: Path) -> None:
    file = tmp_path / "hooks.toml"
    file.write_text('team = { url = "https://hooks.example/x", secret = "s" }\n')
    assert read_hooks(str(file)) == {"team": Hook("https://hooks.example/x", "s")}
    assert read_hooks("") == {}


@pytest.mark.parametrize("text", ["team = 3\n", "team = { ulr = 'x' }\n", "[team\n"])
def test_a_wrong_file_of_webhooks_is_told(tmp_path: Path, text: str) -> None:
    file = tmp_path / "hooks.toml"
    file.write_text(text)
    with pytest.raises(Rejected, match="wrong webhooks"):
        read_hooks(str(file))
