"""Random short streams of events, with few accounts, texts and domains, so that windows and copies come up."""

from collections.abc import Sequence
from random import Random

from skywarden.model.event import SCHEMA, Kind
from skywarden.rules.catalog import EVENT_KINDS

START_US = 1_750_000_000_000_000
_ACCOUNTS = [f"did:plc:account{number}" for number in range(4)]
_POSTS = [f"at://{did}/app.bsky.feed.post/p" for did in _ACCOUNTS]
_TEXTS = [
    "Buy gold from the quiet shop today!",
    "buy GOLD from the quiet sh0p today!",
    "BUY gold, from the quiet shop today 77 https://win-fox1.example/x",
    "Buy silver from the quiet shop tonight!",
    "Silver is cheap in our quiet shop tonight!",
    "Z0rkface",
    "b",
    "ok!",
    "",
    "ÄßĳΣ",
]
_DOMAINS = ["a.example", "win-fox1.example", "sticker-shop.example", "gift.example"]
_STEPS_US = [0, 1, 999_999, 1_000_000, 1_000_000, 1_000_000, 59_000_000, 600_000_000, 3_600_000_000, -5_000_000]
_DAY_US = 86_400_000_000
_KINDS = sorted(EVENT_KINDS) + ["post.created"] * 12 + ["like.created", "follow.deleted"] * 2

Row = dict[str, object]

_ACCOUNT_FIELDS: dict[str, Sequence[object]] = {
    "author_handle": ["gold.example", "g0ld-official.example", "ann.example"],
    "author_display_name": ["Gold", "Ann", "shop"],
    "author_description": ["see sticker-shop.example", "hello"],
    "author_has_avatar": [True, False],
    "author_avatar_cid": ["a", "b"],
    "previous_handle": ["gold.example", "ann.example"],
    "author_followers": [0, 3, 17, 2**40],
    "author_follows": [0, 5],
    "author_posts": [0, 2, 9],
    "parent_follows_author": [True, False],
    "root_follows_author": [True, False],
}
_RECORDS = [
    '{"a":{"b":"text","n":7,"f":1.5,"t":true},"when":"2026-07-04T14:38:08.420Z","list":"at://did:plc:account1/l/1"}',
    '{"labels":{"values":[{"val":"nsfw"},{"val":7},3,{"val":"!hide"}]},"a":[{"b":"x","c":["y",["z"]]},{"b":null}],"n":1}',
    '{"a":"short","n":9223372036854775808,"f":7,"policies":{"labelValues":["spam","rude"]},"purpose":"mod"}',
    '{"a":{"b":["p","q",3]},"when":"today","labels":{"values":"none"},"n":null,"tags":[]}',
]
_POST_FIELDS: dict[str, Sequence[object]] = {
    "text": _TEXTS,
    "reply_parent_did": _ACCOUNTS,
    "reply_parent_uri": _POSTS,
    "reply_root_did": _ACCOUNTS,
    "quote_did": _ACCOUNTS,
    "quote_uri": _POSTS,
    "record": _RECORDS,
}
_POST_LISTS: dict[str, Sequence[str]] = {
    "langs": ["en", "de"],
    "domains": _DOMAINS,
    "tags": ["x", "y"],
    "alt_texts": ["vile flurb", "sea"],
    "image_cids": ["i"],
}
_LIST_PAIRS: list[tuple[list[str], list[str | None], list[bool | None]]] = [
    ([], [], []),
    (["https://a.example/x"], ["a.example/x"], [True]),
    (["https://win-fox1.example/", "https://a.example/"], ["https://gift.example", None], [False, None]),
    (
        ["https://a.example/", "no link", "https://b.test/"],
        ["click here", "a.example", "good.test/y"],
        [True, None, False],
    ),
]
_OTHER_FIELDS: dict[str, Sequence[object]] = {
    "subject_did": _ACCOUNTS,
    "subject_uri": _POSTS,
    "display_name": ["Gold", "Shop", "Zorkface"],
    "avatar_cid": ["a"],
    "handle": ["gold.example", "skyw4rden.example"],
    "account_active": [True, False],
    "account_status": ["deleted", "takendown"],
    "description": ["see gift.example", ""],
    "banner_cid": ["b"],
    "record": _RECORDS,
}
_MODERATION_FIELDS: dict[str, Sequence[object]] = {
    "subject_uri": _POSTS,
    "subject_did": _ACCOUNTS,
    "text": _TEXTS,
    "report_reason": ["com.atproto.moderation.defs#reasonSpam", "com.atproto.moderation.defs#reasonRude"],
    "report_by": _ACCOUNTS,
    "moderation_event": ["modEventLabel", "modEventTakedown"],
}


class Rows(list[Row]):
    """Rows that are shown by their number only: they come from a seed."""

    def __repr__(self) -> str:
        return f"Rows({len(self)})"


def event_stream(seed: int, size: int) -> list[Row]:
    """Rows of the log; times mostly go forward, now and then one is late; every field is unknown now and then."""
    rng = Random(seed)  # test data
    now_us = START_US
    rows = Rows()
    for number in range(size):
        now_us += rng.choice(_STEPS_US)
        rows.append(_row(rng, number, now_us))
    return rows


def _row(rng: Random, number: int, now_us: int) -> Row:
    kind = EVENT_KINDS[rng.choice(_KINDS)]
    row: Row = dict.fromkeys(SCHEMA.names)
    row |= {"source": "test", "time_us": now_us, "did": rng.choice(_ACCOUNTS), "kind": int(kind.kind)}
    if kind.actions:
        row["action"] = int(rng.choice(kind.actions))
        row |= {"collection": kind.collection or "com.example.thing", "rkey": f"r{number}", "cid": f"c{number}"}
    fields = dict(_ACCOUNT_FIELDS)
    if kind.has_content:
        fields |= {"post": _POST_FIELDS, "report": _MODERATION_FIELDS, "moderation": _MODERATION_FIELDS}.get(
            kind.group, _OTHER_FIELDS
        )
    row |= {name: rng.choice(values) for name, values in fields.items() if rng.random() < 0.8}
    lists: dict[str, Sequence[str]] = {"author_labels": ["nope", "spam"]}
    if kind.kind == Kind.MODERATION:
        lists |= {"values_added": ["spam", "rude"], "values_removed": ["spam"]}
    if kind.has_content and kind.group == "post":
        lists |= _POST_LISTS
        row |= _pairs(rng)
    row |= {name: rng.choices(values, k=rng.randrange(4)) for name, values in lists.items() if rng.random() < 0.8}
    age_us = rng.choice([None, 0, _DAY_US, 10 * _DAY_US, 100 * _DAY_US])
    row["author_created_us"] = None if age_us is None else now_us - age_us
    row["author_first_seen_us"] = now_us - rng.randrange(_DAY_US)
    return row


def _pairs(rng: Random) -> Row:
    """Links and mentions with what is parallel to them; sometimes that is not there."""
    links, words, follows = rng.choice(_LIST_PAIRS)
    row: Row = {"links": links, "link_texts": words}
    row |= {"mentions": _ACCOUNTS[: len(follows)], "mentions_follow_author": follows, "mention_texts": words}
    return {name: value for name, value in row.items() if rng.random() < 0.9}
