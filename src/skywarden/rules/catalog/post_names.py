"""What rules can read of a post."""

from skywarden.rules.catalog.name import (
    BOOLS,
    DIDS,
    STRS,
    Maker,
    NameEntry,
    column,
    content_list,
    field,
    length_of,
    pair_of,
    present,
    record_uri,
    self_thread,
)
from skywarden.rules.types import BOOL, DID, INT, STR, TIME, URI, Type

_POST = frozenset({"post", "record"})


def _post(path: str, kind: Type, doc: str, make: Maker) -> NameEntry:
    return NameEntry(f"post.{path}", kind, doc, make, _POST, content=True)


_LINKS, _LINK_TEXTS = content_list("links", STRS), content_list("link_texts", STRS)
_MENTIONS, _FOLLOWING = content_list("mentions", DIDS), column("mentions_follow_author", BOOLS)

POST_NAMES: tuple[NameEntry, ...] = (
    _post("text", STR, "Text of the post.", column("text", STR)),
    _post("langs", STRS, "Languages that the author claims.", content_list("langs", STRS)),
    NameEntry("post.uri", URI, "At-uri of the post.", record_uri, _POST),
    _post("is_reply", BOOL, "The post answers another one.", present("reply_parent_uri")),
    _post("is_self_thread", BOOL, "The post goes on in the author's own thread.", self_thread),
    _post("is_quote", BOOL, "The post quotes another one.", present("quote_uri")),
    _post("parent.uri", URI, "Post that is answered.", column("reply_parent_uri", URI)),
    _post("parent.did", DID, "Author of the post that is answered.", column("reply_parent_did", DID)),
    _post("root.uri", URI, "First post of the thread.", column("reply_root_uri", URI)),
    _post("root.did", DID, "Author of the first post of the thread.", column("reply_root_did", DID)),
    _post("quote.uri", URI, "Post that is quoted.", column("quote_uri", URI)),
    _post("quote.did", DID, "Author of the post that is quoted.", column("quote_did", DID)),
    _post("links", STRS, "Links of the post.", _LINKS),
    _post("link_texts", STRS, "The words that carry each of post.links; unknown where none do.", _LINK_TEXTS),
    _post(
        "misleading_links",
        STRS,
        "Links whose words name another registrable domain than they go to.",
        pair_of("misleading_links", STRS, _LINKS, _LINK_TEXTS),
    ),
    _post("domains", STRS, "Registrable domains of the links.", content_list("domains", STRS)),
    _post("mentions", DIDS, "Accounts that the post mentions.", _MENTIONS),
    _post(
        "mention_texts",
        STRS,
        "The words that carry each of post.mentions; unknown where none do.",
        content_list("mention_texts", STRS),
    ),
    _post(
        "stranger_mentions",
        DIDS,
        "Accounts that the post mentions and that are not known to follow the author.",
        pair_of("without_true", DIDS, _MENTIONS, _FOLLOWING),
    ),
    _post("tags", STRS, "Hashtags of the post.", content_list("tags", STRS)),
    _post("alt_texts", STRS, "Descriptions of the pictures.", content_list("alt_texts", STRS)),
    _post("image_cids", STRS, "CIDs of the pictures.", content_list("image_cids", STRS)),
    _post("image_count", INT, "Number of pictures.", length_of(content_list("image_cids", STRS))),
    _post("has_video", BOOL, "The post carries a video.", present("video_cid")),
    _post("embed_kind", STR, "Kind of the post's embed.", column("embed_kind", STR)),
    _post(
        "self_labels",
        STRS,
        "Labels that the author has put on the post.",
        field("record_texts", STRS, "labels", "values", "*", "val"),
    ),
    _post("created_at", TIME, "Time that the author claims.", column("created_at_us", TIME)),
)
