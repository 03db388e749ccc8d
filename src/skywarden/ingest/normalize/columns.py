"""Name the columns that a record can fill, and the JSON form that records are read in."""

from typing import TypeAlias, TypedDict

Json: TypeAlias = "bool | int | str | list[Json] | dict[str, Json] | None"
"""A value of the AT Protocol data model in its JSON form: links are {"$link": ...}, bytes {"$bytes": ...}."""

JsonObject: TypeAlias = dict[str, "Json"]


POST = "app.bsky.feed.post"

POST_LISTS = frozenset(
    ("links", "link_texts", "domains", "mentions", "mention_texts", "tags", "image_cids", "alt_texts")
)
"""What is empty, not null, in a post that says nothing of it."""


class RecordColumns(TypedDict, total=False):
    """What one record says, under the names of `model.event.EVENT_FIELDS`; an absent key is a null.

    Of a post, an absent list of `POST_LISTS` is an empty one: most posts have none of them.
    """

    created_at_us: int
    text: str
    langs: list[str]
    reply_parent_uri: str
    reply_parent_did: str
    reply_root_uri: str
    reply_root_did: str
    quote_uri: str
    quote_did: str
    links: list[str]
    link_texts: list[str | None]
    domains: list[str]
    mentions: list[str]
    mention_texts: list[str | None]
    tags: list[str]
    image_cids: list[str]
    alt_texts: list[str]
    video_cid: str
    embed_kind: str
    subject_uri: str
    subject_did: str
    display_name: str
    description: str
    avatar_cid: str
    banner_cid: str
