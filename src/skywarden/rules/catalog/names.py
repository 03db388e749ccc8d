"""The dotted names of the language, by what they belong to, and whom effects may be about."""

from skywarden.rules.catalog.name import STRS, Maker, NameEntry, action_name, column, since
from skywarden.rules.catalog.post_names import POST_NAMES
from skywarden.rules.catalog.record_names import RECORD_NAMES
from skywarden.rules.core import SubjectTerm
from skywarden.rules.types import BOOL, DID, DURATION, INT, STR, TIME

__all__ = ["FOLLOWER_COLUMNS", "NAMES", "NAMESPACES", "SUBJECTS", "Maker", "NameEntry"]

_ENTRIES: tuple[NameEntry, ...] = (
    NameEntry("author.did", DID, "Account that made the event.", column("did", DID)),
    NameEntry("author.handle", STR, "Handle when the event passed.", column("author_handle", STR)),
    NameEntry("author.age", DURATION, "Time since the account was created.", since("author_created_us")),
    NameEntry("author.created", TIME, "When the account was created.", column("author_created_us", TIME)),
    NameEntry("author.first_seen", TIME, "When we first saw the account.", column("author_first_seen_us", TIME)),
    NameEntry("author.followers", INT, "Accounts that follow the author.", column("author_followers", INT)),
    NameEntry("author.follows", INT, "Accounts that the author follows.", column("author_follows", INT)),
    NameEntry("author.posts", INT, "Posts that the author has made.", column("author_posts", INT)),
    NameEntry("author.labels", STRS, "Labels that the account carries.", column("author_labels", STRS)),
    NameEntry("author.tags", STRS, "Moderation tags of the account.", column("author_tags", STRS)),
    NameEntry("author.has_avatar", BOOL, "The profile has a picture.", column("author_has_avatar", BOOL)),
    NameEntry("author.display_name", STR, "Name on the profile.", column("author_display_name", STR)),
    NameEntry("author.description", STR, "Text of the profile.", column("author_description", STR)),
    NameEntry("author.avatar_cid", STR, "CID of the profile's picture.", column("author_avatar_cid", STR)),
    NameEntry("author.pds_host", STR, "Host that keeps the account's data.", column("author_pds_host", STR)),
    *POST_NAMES,
    *RECORD_NAMES,
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
    "post.parent.author": SubjectTerm("post.parent.author", did_column="reply_parent_did"),
    "post.root": SubjectTerm("post.root", uri_column="reply_root_uri"),
    "post.root.author": SubjectTerm("post.root.author", did_column="reply_root_did"),
    "post.quote": SubjectTerm("post.quote", uri_column="quote_uri"),
    "post.quote.author": SubjectTerm("post.quote.author", did_column="quote_did"),
    "subject": SubjectTerm("subject", uri_column="subject_uri", did_column="subject_did"),
    "subject.author": SubjectTerm("subject.author", did_column="subject_did"),
    "report.by": SubjectTerm("report.by", did_column="report_by"),
}
"""Whom effects may be about."""

NAMESPACES = frozenset(path.split(".", 1)[0] for path in NAMES)
