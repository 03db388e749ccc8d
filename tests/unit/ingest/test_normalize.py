"""What each collection's record says, and what malformed records leave out."""

import pytest

from skywarden.detectors.url.domains import link_domains
from skywarden.ingest.normalize import JsonObject, normalize
from skywarden.ingest.normalize.times import created_micros, datetime_micros
from skywarden.kernel.errors import Rejected

AUTHOR = "did:plc:ewvi7nxzyoun6zhxrhs64oiz"
POST_URI = f"at://{AUTHOR}/app.bsky.feed.post/3jui7kd54zh2y"
CID = "bafyreie36hv3vh74dqr7zvswes4ascrqfwd7nrr3tytck5ypyd5d2a5dge"


def post(**fields: object) -> JsonObject:
    return {"$type": "app.bsky.feed.post", "text": "hello", "createdAt": "2026-07-04T14:38:08.420Z", **fields}  # type: ignore[dict-item]  # wrong types are the point of some tests


def facet(kind: str, **target: object) -> dict[str, object]:
    feature = {"$type": f"app.bsky.richtext.facet#{kind}", **target}
    return {"index": {"byteStart": 0, "byteEnd": 1}, "features": [feature]}


def image(alt: object = "") -> dict[str, object]:
    blob = {"$type": "blob", "ref": {"$link": CID}, "mimeType": "image/jpeg", "size": 1}
    return {"alt": alt, "image": blob}


def test_a_plain_post_has_text_time_and_languages() -> None:
    assert normalize("app.bsky.feed.post", post(langs=["en"])) == {
        "text": "hello",
        "langs": ["en"],
        "created_at_us": 1_783_175_888_420_000,
    }


def test_facets_and_the_embed_give_links_mentions_and_tags_each_once_in_order() -> None:
    record = post(
        facets=[
            facet("link", uri="https://b.example.co.uk/x"),
            facet("mention", did=AUTHOR),
            facet("tag", tag="one"),
            facet("link", uri="https://a.example.co.uk/y"),
            facet("link", uri="https://b.example.co.uk/x"),
        ],
        tags=["two", "one"],
        embed={"$type": "app.bsky.embed.external", "external": {"uri": "https://example.org/"}},
    )
    columns = normalize("app.bsky.feed.post", record)
    assert columns["links"] == ["https://b.example.co.uk/x", "https://a.example.co.uk/y", "https://example.org/"]
    assert columns["domains"] == ["example.co.uk", "example.org"]
    assert columns["mentions"] == [AUTHOR]
    assert columns["tags"] == ["one", "two"]
    assert columns["embed_kind"] == "external"


@pytest.mark.parametrize("start, end", [(1, -7), (1, 2), (0, 1), (0, 0), (0, 9), (True, 2), ("0", "2")])
def test_a_facet_whose_bytes_split_a_character_still_names_its_target(start: object, end: object) -> None:
    broken = facet("link", uri="https://example.org/")
    broken["index"] = {"byteStart": start, "byteEnd": end}
    columns = normalize("app.bsky.feed.post", post(text="é", facets=[broken]))
    assert columns["links"] == ["https://example.org/"]
    assert columns["link_texts"] == [None]


def test_links_and_mentions_come_with_the_words_that_carry_them() -> None:
    link, mention = facet("link", uri="https://evil.example/"), facet("mention", did=AUTHOR)
    link["index"], mention["index"] = {"byteStart": 3, "byteEnd": 12}, {"byteStart": 13, "byteEnd": 19}
    embed = {"$type": "app.bsky.embed.external", "external": {"uri": "https://example.org/"}}
    columns = normalize("app.bsky.feed.post", post(text="é good.test @alice", facets=[link, mention], embed=embed))
    assert columns["link_texts"] == ["good.test", None]
    assert columns["mention_texts"] == ["@alice"]


def test_a_reply_names_parent_and_root_and_their_authors() -> None:
    ref = {"uri": POST_URI, "cid": CID}
    by_handle = {"uri": "at://alice.test/app.bsky.feed.post/3jui7kd54zh2y", "cid": CID}
    columns = normalize("app.bsky.feed.post", post(reply={"parent": ref, "root": by_handle}))
    assert (columns["reply_parent_uri"], columns["reply_parent_did"]) == (POST_URI, AUTHOR)
    assert columns["reply_root_uri"] == by_handle["uri"]
    assert "reply_root_did" not in columns


def test_images_keep_an_alt_text_each() -> None:
    images = {"$type": "app.bsky.embed.images", "images": [image("a cat"), image(None), "no image"]}
    columns = normalize("app.bsky.feed.post", post(embed=images))
    assert columns["image_cids"] == [CID, CID]
    assert columns["alt_texts"] == ["a cat", ""]


def test_a_quote_with_media_has_both() -> None:
    embed = {
        "$type": "app.bsky.embed.recordWithMedia",
        "record": {"$type": "app.bsky.embed.record", "record": {"uri": POST_URI, "cid": CID}},
        "media": {"$type": "app.bsky.embed.video", "video": {"$type": "blob", "ref": {"$link": CID}}, "alt": "a film"},
    }
    columns = normalize("app.bsky.feed.post", post(embed=embed))
    assert (columns["quote_uri"], columns["quote_did"]) == (POST_URI, AUTHOR)
    assert (columns["video_cid"], columns["alt_texts"]) == (CID, ["a film"])
    assert columns["embed_kind"] == "recordWithMedia"


@pytest.mark.parametrize(
    "collection",
    ["app.bsky.graph.follow", "app.bsky.graph.block", "app.bsky.graph.listitem"],
)
def test_a_record_about_an_account_names_it(collection: str) -> None:
    assert normalize(collection, {"subject": AUTHOR}) == {"subject_did": AUTHOR}


@pytest.mark.parametrize("collection", ["app.bsky.feed.like", "app.bsky.feed.repost"])
def test_a_record_about_a_record_names_it_and_its_author(collection: str) -> None:
    record: JsonObject = {"subject": {"uri": POST_URI, "cid": CID}}
    assert normalize(collection, record) == {"subject_uri": POST_URI, "subject_did": AUTHOR}


def test_a_profile_has_name_description_and_pictures() -> None:
    blob: JsonObject = {"$type": "blob", "ref": {"$link": CID}, "mimeType": "image/png", "size": 1}
    record: JsonObject = {"displayName": "Ann", "description": "", "avatar": blob, "banner": {"cid": CID}}
    assert normalize("app.bsky.actor.profile", record) == {
        "display_name": "Ann",
        "description": "",
        "avatar_cid": CID,
        "banner_cid": CID,
    }


def test_unknown_collections_fill_no_column() -> None:
    assert normalize("com.example.thing", {"text": "x", "createdAt": "2026-07-04T14:38:08.420Z"}) == {}


WRONG: tuple[object, ...] = (None, 7, "x", [], {}, [None], ["x"], {"$type": 7}, True)


@pytest.mark.parametrize("wrong", WRONG, ids=repr)
@pytest.mark.parametrize("field", ["text", "langs", "reply", "facets", "embed", "tags", "createdAt"])
def test_a_field_of_a_wrong_type_never_raises(field: str, wrong: object) -> None:
    columns = normalize("app.bsky.feed.post", post(**{field: wrong}))
    assert columns.get("text") in ("hello", wrong if field == "text" else None, None)
    assert "links" not in columns


@pytest.mark.parametrize(
    ("link", "domains"),
    [
        ("https://user@WWW.Example.CO.UK:8443/path?q#f", ["example.co.uk"]),
        ("https://spam.github.io/", ["spam.github.io"]),
        ("https://xn--85x722f.com.cn", ["xn--85x722f.com.cn"]),
        ("https://食狮.com.cn", ["xn--85x722f.com.cn"]),
        ("http://127.0.0.1/", []),
        ("http://[::1]/", []),
        ("http://[::1", []),
        ("http://0x7f.1/", []),
        ("http://localhost/", []),
        ("http://co.uk/", []),
        ("mailto:a@example.org", []),
        ("", []),
        ("https://" + "a." * 300 + "com", []),
    ],
)
def test_a_link_gives_the_domain_that_somebody_registered(link: str, domains: list[str]) -> None:
    assert link_domains([link]) == domains


@pytest.mark.parametrize(
    ("text", "micros"),
    [
        ("1970-01-01T00:00:00.000Z", 0),
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01T01:00:00.5+01:00", 500_000),
        ("1969-12-31T23:00:00.1234567-01:00", 123_456),
        ("1969-12-31T23:59:59.999Z", -1_000),
    ],
)
def test_datetimes_become_microseconds(text: str, micros: int) -> None:
    assert datetime_micros(text) == micros


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-07-04",
        "2026-07-04T14:38:08.420z",
        "2026-07-04T14:38:08.420",
        "2026-07-04 14:38:08.420Z",
        "2026-07-04T14:38:08,420Z",
        "2026-W27-6T14:38:08.420Z",
        "2026-02-30T14:38:08.420Z",
        "2026-07-04T24:00:00.000Z",
        "2026-07-04T14:38:08-00:00",
        "2026-07-04T14:38:0a.420Z",
        "２026-07-04T14:38:08.420Z",
    ],
)
def test_what_is_no_datetime_is_null(text: str) -> None:
    assert created_micros(text) is None
    with pytest.raises(Rejected):
        datetime_micros(text)
