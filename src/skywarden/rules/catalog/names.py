"""The dotted names of the language: each with its type, its doc and how it is made from the event's columns."""

from collections.abc import Callable
from dataclasses import dataclass

from skywarden.kernel.spans import SourceSpan
from skywarden.rules.core import Apply, Column, Const, Core, SubjectTerm
from skywarden.rules.types import BOOL, DID, DURATION, INT, STR, TIME, URI, Type, list_of

Maker = Callable[[SourceSpan], Core]


@dataclass(frozen=True, slots=True)
class NameEntry:
    """One name. `groups` are the event groups that carry it (empty: every event); `content`: not on deletes."""

    path: str
    type: Type
    doc: str
    make: Maker
    groups: frozenset[str] = frozenset()
    content: bool = False


def column(name: str, kind: Type) -> Maker:
    """The column as it is; null is unknown."""
    return lambda span: Column(span, kind, name)


def content_list(name: str, kind: Type) -> Maker:
    """A list of the record: absent is empty; unknown only where the event has no record."""
    return lambda span: Apply(span, kind, "record_list", (Column(span, kind, name), _action(span)))


def present(name: str, kind: Type = STR) -> Maker:
    """Whether the record has the field; unknown only where the event has no record."""
    return lambda span: Apply(span, BOOL, "present", (Column(span, kind, name), _action(span)))


def since(name: str) -> Maker:
    """Time from the column to the event."""
    return lambda span: Apply(span, DURATION, "sub", (Column(span, TIME, "time_us"), Column(span, TIME, name)))


def length_of(maker: Maker) -> Maker:
    """How many elements a list has."""
    return lambda span: Apply(span, INT, "list_length", (maker(span),))


def self_thread(span: SourceSpan) -> Core:
    """Parent and root of the reply are by the author; False for posts that are no replies."""
    author = Column(span, DID, "did")
    parent = Apply(span, BOOL, "text_eq", (Column(span, DID, "reply_parent_did"), author))
    root = Apply(span, BOOL, "text_eq", (Column(span, DID, "reply_root_did"), author))
    both = Apply(span, BOOL, "and", (parent, root))
    return Apply(span, BOOL, "or_else", (both, Const(span, BOOL, False)))


def record_uri(span: SourceSpan) -> Core:
    """The at-uri of the event's own record."""
    parts = (Column(span, DID, "did"), Column(span, STR, "collection"), Column(span, STR, "rkey"))
    return Apply(span, URI, "record_uri", parts)


def action_name(span: SourceSpan) -> Core:
    """create, update or delete."""
    return Apply(span, STR, "action_name", (_action(span),))


def _action(span: SourceSpan) -> Core:
    return Column(span, INT, "action")


_POST = frozenset({"post", "record"})
_SUBJECT = frozenset({"like", "repost", "follow", "block", "listitem", "record"})
_PROFILE = frozenset({"profile", "record"})
_STRS, _DIDS = list_of(STR), list_of(DID)


def _post(path: str, kind: Type, doc: str, make: Maker) -> NameEntry:
    return NameEntry(f"post.{path}", kind, doc, make, _POST, content=True)


_ENTRIES: tuple[NameEntry, ...] = (
    NameEntry("author.did", DID, "Account that made the event.", column("did", DID)),
    NameEntry("author.handle", STR, "Handle when the event passed.", column("author_handle", STR)),
    NameEntry("author.age", DURATION, "Time since the account was created.", since("author_created_us")),
    NameEntry("author.created", TIME, "When the account was created.", column("author_created_us", TIME)),
    NameEntry("author.first_seen", TIME, "When we first saw the account.", column("author_first_seen_us", TIME)),
    NameEntry("author.followers", INT, "Accounts that follow the author.", column("author_followers", INT)),
    NameEntry("author.follows", INT, "Accounts that the author follows.", column("author_follows", INT)),
    NameEntry("author.posts", INT, "Posts that the author has made.", column("author_posts", INT)),
    NameEntry("author.labels", _STRS, "Labels that the account carries.", column("author_labels", _STRS)),
    NameEntry("author.tags", _STRS, "Moderation tags of the account.", column("author_tags", _STRS)),
    NameEntry("author.has_avatar", BOOL, "The profile has a picture.", column("author_has_avatar", BOOL)),
    NameEntry("author.display_name", STR, "Name on the profile.", column("author_display_name", STR)),
    NameEntry("author.description", STR, "Text of the profile.", column("author_description", STR)),
    NameEntry("author.pds_host", STR, "Host that keeps the account's data.", column("author_pds_host", STR)),
    _post("text", STR, "Text of the post.", column("text", STR)),
    _post("langs", _STRS, "Languages that the author claims.", content_list("langs", _STRS)),
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
    _post("links", _STRS, "Links of the post.", content_list("links", _STRS)),
    _post("domains", _STRS, "Registrable domains of the links.", content_list("domains", _STRS)),
    _post("mentions", _DIDS, "Accounts that the post mentions.", content_list("mentions", _DIDS)),
    _post("tags", _STRS, "Hashtags of the post.", content_list("tags", _STRS)),
    _post("alt_texts", _STRS, "Descriptions of the pictures.", content_list("alt_texts", _STRS)),
    _post("image_count", INT, "Number of pictures.", length_of(content_list("image_cids", _STRS))),
    _post("has_video", BOOL, "The post carries a video.", present("video_cid")),
    _post("embed_kind", STR, "Kind of the post's embed.", column("embed_kind", STR)),
    _post("created_at", TIME, "Time that the author claims.", column("created_at_us", TIME)),
    NameEntry(
        "profile.display_name", STR, "New name on the profile.", column("display_name", STR), _PROFILE, content=True
    ),
    NameEntry(
        "profile.description", STR, "New text of the profile.", column("description", STR), _PROFILE, content=True
    ),
    NameEntry("profile.has_avatar", BOOL, "The new profile has a picture.", present("avatar_cid"), _PROFILE, True),
    NameEntry("profile.has_banner", BOOL, "The new profile has a banner.", present("banner_cid"), _PROFILE, True),
    NameEntry("subject.did", DID, "Account that is acted on.", column("subject_did", DID), _SUBJECT, content=True),
    NameEntry("subject.uri", URI, "Record that is acted on.", column("subject_uri", URI), _SUBJECT, content=True),
    NameEntry("identity.handle", STR, "New handle.", column("handle", STR), frozenset({"identity"})),
    NameEntry("account.active", BOOL, "Account is active now.", column("account_active", BOOL), frozenset({"account"})),
    NameEntry("account.status", STR, "Hosting status now.", column("account_status", STR), frozenset({"account"})),
    NameEntry("event.time", TIME, "When the event was witnessed.", column("time_us", TIME)),
    NameEntry("event.action", STR, "create, update or delete; unknown for events without a record.", action_name),
    NameEntry("event.collection", STR, "Collection of the record.", column("collection", STR)),
    NameEntry("event.rkey", STR, "Record key.", column("rkey", STR)),
    NameEntry("event.source", STR, "Source that the event came from.", column("source", STR)),
)

NAMES: dict[str, NameEntry] = {entry.path: entry for entry in _ENTRIES}

FOLLOWER_COLUMNS: dict[str, str] = {
    "post.parent.did": "parent_follows_author",
    "post.root.did": "root_follows_author",
    "subject.did": "subject_follows_author",
}
"""What `author.is_followed_by(...)` takes, and the column that answers."""

SUBJECTS: dict[str, SubjectTerm] = {
    "author": SubjectTerm("author", did_column="did"),
    "post": SubjectTerm("record"),
    "record": SubjectTerm("record"),
    "post.parent": SubjectTerm("post.parent", uri_column="reply_parent_uri"),
    "post.root": SubjectTerm("post.root", uri_column="reply_root_uri"),
    "post.quote": SubjectTerm("post.quote", uri_column="quote_uri"),
    "subject": SubjectTerm("subject", uri_column="subject_uri", did_column="subject_did"),
    "subject.author": SubjectTerm("subject.author", did_column="subject_did"),
}
"""Whom effects may be about."""

NAMESPACES = frozenset(path.split(".", 1)[0] for path in NAMES)
