"""What rules can read of records that are no posts, of identities and accounts, and of moderation's own events."""

from skywarden.rules.catalog.name import STRS, NameEntry, column, field, present, record_uri
from skywarden.rules.types import BOOL, DID, STR, TIME, URI

_SUBJECT = frozenset({"like", "repost", "follow", "block", "listblock", "listitem", "record", "report", "moderation"})
_PROFILE = frozenset({"profile", "record"})
_IDENTITY, _ACCOUNT = frozenset({"identity"}), frozenset({"account"})
_REPORT, _MODERATION = frozenset({"report"}), frozenset({"moderation"})
_COMMITS = frozenset(
    {"post", "like", "repost", "follow", "block", "listblock", "userlist", "listitem", "starterpack", "feed", "labeler"}
    | _PROFILE
)


def _described(group: str, what: str) -> tuple[NameEntry, NameEntry]:
    """Name and description of a record that presents something."""
    groups = frozenset({group, "record"})
    name, text = f"Name of the {what}.", f"Description of the {what}."
    return (
        NameEntry(f"{group}.name", STR, name, column("display_name", STR), groups, content=True),
        NameEntry(f"{group}.description", STR, text, column("description", STR), groups, content=True),
    )


_PROFILE_NAMES = (
    NameEntry(
        "profile.display_name", STR, "New name on the profile.", column("display_name", STR), _PROFILE, content=True
    ),
    NameEntry(
        "profile.description", STR, "New text of the profile.", column("description", STR), _PROFILE, content=True
    ),
    NameEntry("profile.has_avatar", BOOL, "The new profile has a picture.", present("avatar_cid"), _PROFILE, True),
    NameEntry("profile.has_banner", BOOL, "The new profile has a banner.", present("banner_cid"), _PROFILE, True),
    NameEntry("profile.avatar_cid", STR, "CID of the new picture.", column("avatar_cid", STR), _PROFILE, True),
    NameEntry("profile.banner_cid", STR, "CID of the new banner.", column("banner_cid", STR), _PROFILE, True),
    NameEntry(
        "profile.self_labels",
        STRS,
        "Labels that the account has put on itself.",
        field("record_texts", STRS, "labels", "values", "*", "val"),
        _PROFILE,
        content=True,
    ),
    NameEntry(
        "profile.previous.display_name",
        STR,
        "Name on the profile before; the empty text where there was none.",
        column("author_display_name", STR),
        _PROFILE,
    ),
    NameEntry(
        "profile.previous.description",
        STR,
        "Text of the profile before; the empty text where there was none.",
        column("author_description", STR),
        _PROFILE,
    ),
    NameEntry(
        "profile.previous.has_avatar",
        BOOL,
        "The profile had a picture before.",
        column("author_has_avatar", BOOL),
        _PROFILE,
    ),
    NameEntry(
        "profile.previous.avatar_cid",
        STR,
        "CID of the picture before; unknown where there was none.",
        column("author_avatar_cid", STR),
        _PROFILE,
    ),
)

_PRESENTED = (
    *_described("userlist", "list"),
    NameEntry(
        "userlist.purpose",
        STR,
        "What the list is for, such as app.bsky.graph.defs#modlist.",
        field("record_text", STR, "purpose"),
        frozenset({"userlist", "record"}),
        content=True,
    ),
    *_described("starterpack", "starter pack"),
    NameEntry(
        "starterpack.list",
        URI,
        "List of the accounts in the starter pack.",
        field("record_text", URI, "list"),
        frozenset({"starterpack", "record"}),
        content=True,
    ),
    *_described("feed", "feed generator"),
    NameEntry(
        "labeler.label_values",
        STRS,
        "Labels that the labeler may use.",
        field("record_texts", STRS, "policies", "labelValues"),
        frozenset({"labeler", "record"}),
        content=True,
    ),
    NameEntry(
        "listitem.list",
        URI,
        "List that the account is put on.",
        field("record_text", URI, "list"),
        frozenset({"listitem", "record"}),
        content=True,
    ),
)

_MODERATION_NAMES = (
    NameEntry("report.reason", STR, "Reason type of the report.", column("report_reason", STR), _REPORT),
    NameEntry("report.comment", STR, "What the reporter wrote.", column("text", STR), _REPORT),
    NameEntry("report.by", DID, "Account that reported.", column("report_by", DID), _REPORT),
    NameEntry(
        "moderation.event",
        STR,
        "Name of the moderation event, such as modEventLabel.",
        column("moderation_event", STR),
        _MODERATION,
    ),
    NameEntry("moderation.by", DID, "Who acted; our own DID for rules.", column("moderation_by", DID), _MODERATION),
    NameEntry("moderation.comment", STR, "What the moderator wrote.", column("text", STR), _MODERATION),
    NameEntry("moderation.added", STRS, "Labels or tags that were put on.", column("values_added", STRS), _MODERATION),
    NameEntry(
        "moderation.removed", STRS, "Labels or tags that were taken off.", column("values_removed", STRS), _MODERATION
    ),
)

RECORD_NAMES: tuple[NameEntry, ...] = (
    *_PROFILE_NAMES,
    *_PRESENTED,
    NameEntry("subject.did", DID, "Account that is acted on.", column("subject_did", DID), _SUBJECT, content=True),
    NameEntry("subject.uri", URI, "Record that is acted on.", column("subject_uri", URI), _SUBJECT, content=True),
    NameEntry("identity.handle", STR, "New handle.", column("handle", STR), _IDENTITY),
    NameEntry(
        "identity.previous_handle",
        STR,
        "Handle before, verified or claimed.",
        column("previous_handle", STR),
        _IDENTITY,
    ),
    NameEntry("account.active", BOOL, "Account is active now.", column("account_active", BOOL), _ACCOUNT),
    NameEntry("account.status", STR, "Hosting status now.", column("account_status", STR), _ACCOUNT),
    *_MODERATION_NAMES,
    NameEntry("record.uri", URI, "At-uri of the record.", record_uri, _COMMITS),
    NameEntry("record.cid", STR, "CID of the record.", column("cid", STR), _COMMITS, content=True),
    NameEntry("record.collection", STR, "Collection of the record.", column("collection", STR), _COMMITS),
    NameEntry("record.rkey", STR, "Record key.", column("rkey", STR), _COMMITS),
    NameEntry("record.json", STR, "The whole record as compact JSON.", column("record", STR), _COMMITS, content=True),
    NameEntry(
        "record.created_at", TIME, "Time that the author claims.", column("created_at_us", TIME), _COMMITS, content=True
    ),
)
