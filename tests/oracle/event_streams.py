"""Random short streams of events, with few accounts, texts and domains, so that windows and copies come up."""

from collections.abc import Sequence
from random import Random

from skywarden.model.event import SCHEMA
from skywarden.rules.catalog import EVENT_KINDS

START_US = 1_750_000_000_000_000
_ACCOUNTS = [f"did:plc:account{number}" for number in range(4)]
_POSTS = [f"at://{did}/app.bsky.feed.post/p" for did in _ACCOUNTS]
_TEXTS = [
    "Buy gold from the quiet shop today!",
    "buy GOLD from the quiet sh0p today!",
    "BUY gold, from the quiet shop today 77 https://win-fox1.example/x",
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
    "author_followers": [0, 3, 17, 2**40],
    "author_follows": [0, 5],
    "author_posts": [0, 2, 9],
    "parent_follows_author": [True, False],
    "root_follows_author": [True, False],
}
_POST_FIELDS: dict[str, Sequence[object]] = {
    "text": _TEXTS,
    "reply_parent_did": _ACCOUNTS,
    "reply_parent_uri": _POSTS,
    "reply_root_did": _ACCOUNTS,
    "quote_did": _ACCOUNTS,
    "quote_uri": _POSTS,
}
_POST_LISTS: dict[str, Sequence[str]] = {
    "langs": ["en", "de"],
    "domains": _DOMAINS,
    "mentions": _ACCOUNTS,
    "tags": ["x", "y"],
    "alt_texts": ["vile flurb", "sea"],
    "image_cids": ["i"],
}
_OTHER_FIELDS: dict[str, Sequence[object]] = {
    "subject_did": _ACCOUNTS,
    "subject_uri": _POSTS,
    "display_name": ["Gold", "Shop", "Zorkface"],
    "avatar_cid": ["a"],
    "handle": ["gold.example", "skyw4rden.example"],
    "account_active": [True, False],
}


def event_stream(seed: int, size: int) -> list[Row]:
    """Rows of the log; times mostly go forward, now and then one is late; every field is unknown now and then."""
    rng = Random(seed)  # test data
    now_us = START_US
    rows = []
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
        fields |= _POST_FIELDS if kind.group == "post" else _OTHER_FIELDS
    row |= {name: rng.choice(values) for name, values in fields.items() if rng.random() < 0.8}
    lists: dict[str, Sequence[str]] = {"author_labels": ["nope", "spam"]}
    if kind.has_content and kind.group == "post":
        lists |= _POST_LISTS
    row |= {name: rng.choices(values, k=rng.randrange(4)) for name, values in lists.items() if rng.random() < 0.8}
    age_us = rng.choice([None, 0, _DAY_US, 10 * _DAY_US, 100 * _DAY_US])
    row["author_created_us"] = None if age_us is None else now_us - age_us
    row["author_first_seen_us"] = now_us - rng.randrange(_DAY_US)
    return row
