"""From a thing to the things around it."""

import pytest

from event_rows import SECOND_US, START_US, Row, post
from histories import history_of
from skywarden.app.investigate.entities import Entity, EntityKind, read_entity
from skywarden.app.investigate.links import linked_by, links_of
from skywarden.app.investigate.reading import HistoryReading
from skywarden.app.investigate.relations import relations_of
from skywarden.app.investigate.run import Span
from skywarden.kernel.errors import Rejected
from skywarden.rules.query import compile_query

ALL = Span(START_US, START_US + 3_600 * SECOND_US)
ALICE, BOB, CAROL = "did:plc:alice", "did:plc:bob", "did:plc:carol"
ADVERT = "Buy the finest golden watches from our quiet little shop today"
CID = "bafkreibme22gw2h7y2h7tg2fhqotaqjucnbc24deqo72b6mkl2egezxhvy"
ROWS: list[Row] = [
    post(0, did=ALICE, text=ADVERT, domains=["shop.example"], image_cids=[CID], tags=["gold"]),
    post(1, did=BOB, text=ADVERT + " 17", domains=["shop.example", "b.example"]),
    post(2, did=BOB, text="Something else that nobody else would ever write", mentions=[ALICE]),
    post(3, did=CAROL, text=ADVERT.replace("golden", "silver"), reply_parent_did=ALICE, reply_parent_uri="at://x/y/z"),
    post(
        4,
        did=CAROL,
        collection="app.bsky.feed.like",
        text=None,
        subject_did=ALICE,
        subject_uri=f"at://{ALICE}/app.bsky.feed.post/r0",
    ),
    post(5, did=BOB, collection="app.bsky.graph.follow", text=None, subject_did=ALICE),
    post(6, did=ALICE, text="short", domains=["shop.example"]),
]


def _links(entity: Entity) -> dict[str, tuple[int, int]]:
    found = links_of(entity, HistoryReading(history_of(ROWS)), ALL)
    return {link.relation: (link.entities, link.events) for link in found}


def _linked(entity: Entity, relation: str) -> list[tuple[str, int]]:
    found = linked_by(entity, relation, HistoryReading(history_of(ROWS)), ALL, 10)
    return [(one.entity, one.events) for one in found]


def test_an_account_leads_to_what_it_posts_and_to_who_acts_on_it() -> None:
    assert _links(Entity(EntityKind.ACCOUNT, ALICE)) == {
        "domains": (1, 2),
        "images": (1, 1),
        "tags": (1, 1),
        "answered_by": (1, 1),
        "mentioned_by": (1, 1),
        "liked_by": (1, 1),
        "followed_by": (1, 1),
        "copies": (1, 1),
    }


def test_accounts_that_post_the_same_text_are_found_whatever_digits_they_add() -> None:
    assert _linked(Entity(EntityKind.ACCOUNT, ALICE), "copies") == [(BOB, 1)]


def test_a_domain_leads_to_accounts_and_to_other_domains() -> None:
    shop = Entity(EntityKind.DOMAIN, "shop.example")
    assert _linked(shop, "accounts") == [(ALICE, 2), (BOB, 1)]
    assert _linked(shop, "domains") == [("domain:b.example", 1)]


def test_a_picture_leads_to_its_posts() -> None:
    assert _linked(Entity(EntityKind.IMAGE, CID), "posts") == [(f"at://{ALICE}/app.bsky.feed.post/r0", 1)]


def test_a_record_leads_to_who_likes_it() -> None:
    assert _linked(Entity(EntityKind.RECORD, f"at://{ALICE}/app.bsky.feed.post/r0"), "liked_by") == [(CAROL, 1)]


def test_a_text_leads_to_who_posts_near_copies_of_it() -> None:
    assert _linked(Entity(EntityKind.TEXT, ADVERT), "accounts") == [(ALICE, 1), (BOB, 1), (CAROL, 1)]


def test_a_text_too_short_to_compare_has_its_equals() -> None:
    assert _linked(Entity(EntityKind.TEXT, "short"), "accounts") == [(ALICE, 1)]


def test_a_link_says_when_it_began_and_ended() -> None:
    [alice, _] = linked_by(
        Entity(EntityKind.DOMAIN, "shop.example"), "accounts", HistoryReading(history_of(ROWS)), ALL, 10
    )
    assert (alice.first_us, alice.last_us) == (START_US, START_US + 6 * SECOND_US)


def test_an_unknown_way_is_refused_with_a_suggestion() -> None:
    with pytest.raises(Rejected, match="did you mean domains"):
        _linked(Entity(EntityKind.ACCOUNT, ALICE), "domain")


def test_every_way_is_a_query_that_compiles() -> None:
    for kind in EntityKind:
        value = "at://did:plc:x/app.bsky.feed.post/1" if kind is EntityKind.RECORD else "it's"
        for relation in relations_of(kind):
            assert compile_query(relation.query(Entity(kind, value))).plan.rules


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("did:plc:abc", EntityKind.ACCOUNT, "did:plc:abc"),
        ("@Alice.Example.com", EntityKind.ACCOUNT, "@alice.example.com"),
        ("at://did:plc:a/app.bsky.feed.post/1", EntityKind.RECORD, "at://did:plc:a/app.bsky.feed.post/1"),
        ("www.shop.example.com", EntityKind.DOMAIN, "example.com"),
        ("https://www.example.com/a?b", EntityKind.DOMAIN, "example.com"),
        ("domain:example.com", EntityKind.DOMAIN, "example.com"),
        (CID, EntityKind.IMAGE, CID),
        ("#gold", EntityKind.TAG, "gold"),
        ("text: Buy gold", EntityKind.TEXT, "Buy gold"),
    ],
)
def test_an_entity_is_read_from_what_people_write(text: str, kind: EntityKind, value: str) -> None:
    assert read_entity(text) == Entity(kind, value)
    assert read_entity(read_entity(text).name) == Entity(kind, value)


@pytest.mark.parametrize("text", ["", "gold", "did:", "at://x", "#", "text:", "'; DROP"])
def test_what_is_no_entity_is_refused(text: str) -> None:
    with pytest.raises(Rejected, match="unknown entity"):
        read_entity(text)
