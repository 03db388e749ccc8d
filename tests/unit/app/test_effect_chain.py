"""Each effect as an author writes it: rule text, engine, outbox, decision, and what the world then sees."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from api_server import QUERY, make_services, serving
from chain import Chain
from skywarden.atproto.syntax.datetime import datetime_text
from skywarden.kernel.ids import UtcMicros
from skywarden.model.event import Kind
from skywarden.moderation.review import ReviewState
from skywarden.rules.catalog.effects import EFFECTS
from skywarden.storage import Database
from skywarden.storage.tables import DECISION, DELIVERY, VALUE_SET, VALUE_SET_ENTRY

MALLORY = "did:plc:mallory"
VICTIM = "did:plc:victim"
PARENT = f"at://{VICTIM}/app.bsky.feed.post/first"
HOUR_US = 3_600_000_000

RULE = '''
@rule(on=post.created, then=[{effects}], limit=per_day(10))
def acts():
    """{{author.did}} wrote it."""
    return contains(post.text, "act")
'''
SETUP = '''
@rule(on=post.created, then=[label(author, "spam"), tag(author, "wave"), report(author, reason="rude")])
def before():
    """Before."""
    return contains(post.text, "before")
'''


@pytest.fixture
def start(tmp_path: Path, database: Database) -> Iterator[Callable[[str], Chain]]:
    opened: list[Chain] = []

    def open_chain(effects: str) -> Chain:
        opened.append(Chain(tmp_path, database, SETUP + RULE.format(effects=effects)))
        return opened[-1]

    yield open_chain
    for chain in opened:
        chain.close()


def entries(chain: Chain) -> list[tuple[str, str]]:
    with chain.database.read() as tx:
        query = select(VALUE_SET.c.name, VALUE_SET_ENTRY.c.value).join(VALUE_SET_ENTRY)
        return [(row.name, row.value) for row in tx.execute(query)]


def notes(chain: Chain) -> list[str]:
    return [row["text"] for row in chain.rows(Kind.MODERATION) if row["moderation_event"] == "modEventComment"]


def messages(chain: Chain) -> int:
    with chain.database.read() as tx:
        return len(tx.execute(select(DELIVERY).where(DELIVERY.c.hook == "team")).all())


Seen = Callable[[Chain, str], object]
CASES: dict[str, tuple[str, Seen, object]] = {
    "label": ('label(post, "spam")', lambda chain, uri: chain.labels(uri), [("spam", None)]),
    "unlabel": ('unlabel(author, "spam")', lambda chain, uri: chain.labels(MALLORY), []),
    "tag": ('tag(author, "seen")', lambda chain, uri: chain.service.status(MALLORY).tags, {"wave", "seen"}),
    "untag": ('untag(author, "wave")', lambda chain, uri: chain.service.status(MALLORY).tags, frozenset()),
    "report": (
        'report(post.parent, reason="spam")',
        lambda chain, uri: chain.service.status(PARENT).review,
        ReviewState.OPEN,
    ),
    "escalate": ("escalate(author)", lambda chain, uri: chain.service.status(MALLORY).review, ReviewState.ESCALATED),
    "acknowledge": ("acknowledge(author)", lambda chain, uri: chain.service.status(MALLORY).review, ReviewState.CLOSED),
    "takedown": (
        "takedown(post.parent.author)",
        lambda chain, uri: (chain.labels(VICTIM), chain.service.status(VICTIM).takendown),
        ([("!takedown", None)], True),
    ),
    "mute": ("mute(author, expires=1 * hour)", lambda chain, uri: chain.service.status(MALLORY).muted, True),
    "comment": ('comment(author, "look at this")', lambda chain, uri: notes(chain), ["look at this"]),
    "add_to_set": (
        'add_to_set(post, "acts")',
        lambda chain, uri: entries(chain),
        [("acts", "at://did:plc:mallory/app.bsky.feed.post/p2")],
    ),
    "add_to_list": (
        'add_to_list(post.parent.author, "helped")',
        lambda chain, uri: entries(chain),
        [("list/helped", VICTIM)],
    ),
    "notify": ('notify(author, "team")', lambda chain, uri: messages(chain), 1),
}


def test_every_effect_of_the_language_has_its_case() -> None:
    assert CASES.keys() == EFFECTS.keys()


@pytest.mark.parametrize("name", CASES)
def test_an_effect_does_what_it_says(start: Callable[[str], Chain], name: str) -> None:
    effect, seen, expected = CASES[name]
    chain = start(effect)
    chain.post(MALLORY, "before")
    uri = chain.post(MALLORY, "act", reply_parent_uri=PARENT, reply_parent_did=VICTIM)
    assert seen(chain, uri) == expected
    with chain.database.read() as tx:
        taken = tx.execute(select(DECISION).where(DECISION.c.rule == "acts")).one()
    assert (taken.kind, taken.outcome, taken.comment) == (name, "applied", f"{MALLORY} wrote it.")


def test_options_go_the_whole_way(start: Callable[[str], Chain]) -> None:
    chain = start('label(post, "spam", expires=2 * hours, delay=1 * hour, policy="spam policy", severity="high")')
    uri = chain.post(MALLORY, "act")
    chain.wait(3_599)
    assert chain.labels(uri) == []
    chain.wait(1)
    end_us = UtcMicros(chain.clock.now_us() + 2 * HOUR_US)
    assert chain.labels(uri) == [("spam", datetime_text(end_us))]
    with chain.database.read() as tx:
        tool = tx.execute(select(DECISION.c.tool_json).where(DECISION.c.rule == "acts")).scalar_one()
    assert '"policy":"spam policy"' in tool
    assert '"severity":"high"' in tool
    chain.wait(7_200)
    assert chain.labels(uri) == []
    assert [row["moderation_event"] for row in chain.rows(Kind.MODERATION)] == ["modEventLabel", "modEventLabel"]


def test_every_keeps_a_busy_account_to_one_act_in_its_time(start: Callable[[str], Chain]) -> None:
    chain = start('comment(author, "busy", every=1 * hour)')
    for _ in range(7):
        chain.post(MALLORY, "act")
        chain.wait(600)
    assert notes(chain) == ["busy", "busy"]


def test_a_suspension_is_lifted_and_comes_back_as_an_event(start: Callable[[str], Chain]) -> None:
    chain = start("takedown(author, expires=1 * hour)")
    chain.post(MALLORY, "act")
    assert [val for val, _ in chain.labels(MALLORY)] == ["!suspend"]
    chain.wait(3_600)
    assert chain.labels(MALLORY) == []
    assert [row["moderation_event"] for row in chain.rows(Kind.MODERATION)] == [
        "modEventTakedown",
        "modEventReverseTakedown",
    ]
    chain.post(MALLORY, "hello")
    assert chain.rows(Kind.COMMIT)[-1]["author_labels"] == []


async def test_the_api_serves_what_a_rule_labelled(tmp_path: Path, database: Database) -> None:
    def act() -> str:
        chain = Chain(tmp_path, database, SETUP + RULE.format(effects='label(post, "spam", expires=1 * hour)'))
        uri = chain.post(MALLORY, "act")
        chain.close()
        return uri

    uri = await asyncio.to_thread(act)
    async with serving(make_services(database)) as server:
        answer = await server.http.get(QUERY, params={"uriPatterns": uri})
    labels = answer.json()["labels"]
    assert [(label["val"], "exp" in label, "sig" in label) for label in labels] == [("spam", True, True)]
