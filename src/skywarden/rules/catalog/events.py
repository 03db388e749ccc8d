"""The kinds of events that `on=` takes, and which rows of the log each one is."""

import re
from dataclasses import dataclass, replace

from skywarden.atproto.syntax.nsid import is_nsid
from skywarden.model.event import Action, Kind


@dataclass(frozen=True, slots=True)
class EventKind:
    """`group` says which names are present; `has_content` is false for deletes, which carry no record.

    Of rows that fit otherwise only those are of the kind whose column `present` is not null, and whose two columns of
    `changed` are known and different.
    """

    path: str
    doc: str
    group: str
    kind: Kind
    collection: str | None = None
    actions: tuple[Action, ...] = ()
    has_content: bool = True
    present: str | None = None
    changed: tuple[str, str] | None = None


_COLLECTIONS = {
    "post": ("post", "app.bsky.feed.post"),
    "like": ("like", "app.bsky.feed.like"),
    "repost": ("repost", "app.bsky.feed.repost"),
    "follow": ("follow", "app.bsky.graph.follow"),
    "block": ("block", "app.bsky.graph.block"),
    "listblock": ("block of a list", "app.bsky.graph.listblock"),
    "userlist": ("list of accounts", "app.bsky.graph.list"),
    "listitem": ("list item", "app.bsky.graph.listitem"),
    "starterpack": ("starter pack", "app.bsky.graph.starterpack"),
    "feed": ("feed generator", "app.bsky.feed.generator"),
    "labeler": ("labeler's record", "app.bsky.labeler.service"),
    "profile": ("profile", "app.bsky.actor.profile"),
    "record": ("record", None),
}
_POST = "app.bsky.feed.post"


def _record_kinds() -> list[EventKind]:
    found = []
    for group, (what, collection) in _COLLECTIONS.items():
        said = f"A {what}" if collection else "Any record, also of an unknown lexicon,"
        commit = Kind.COMMIT
        found += [
            EventKind(f"{group}.created", f"{said} was created.", group, commit, collection, (Action.CREATE,)),
            EventKind(f"{group}.updated", f"{said} was updated.", group, commit, collection, (Action.UPDATE,)),
            EventKind(f"{group}.deleted", f"{said} was deleted.", group, commit, collection, (Action.DELETE,), False),
        ]
    return found


_CREATED, _WRITTEN = (Action.CREATE,), (Action.CREATE, Action.UPDATE)

_OTHERS = (
    EventKind(
        "reply.created",
        "A post that answers another one was created.",
        "post",
        Kind.COMMIT,
        _POST,
        _CREATED,
        present="reply_parent_uri",
    ),
    EventKind(
        "quote.created",
        "A post that quotes another one was created.",
        "post",
        Kind.COMMIT,
        _POST,
        _CREATED,
        present="quote_uri",
    ),
    EventKind(
        "profile.changed",
        "A profile was created or updated.",
        "profile",
        Kind.COMMIT,
        "app.bsky.actor.profile",
        _WRITTEN,
    ),
    EventKind("identity.changed", "An account's handle or keys changed.", "identity", Kind.IDENTITY),
    EventKind(
        "handle.changed",
        "An account took another handle than the one known before.",
        "identity",
        Kind.IDENTITY,
        changed=("handle", "previous_handle"),
    ),
    EventKind("account.changed", "An account's hosting status changed.", "account", Kind.ACCOUNT),
    EventKind(
        "report.received",
        "Somebody reported an account or a record; author is the account that was reported.",
        "report",
        Kind.REPORT,
    ),
    EventKind(
        "moderation.happened",
        "Moderation acted on an account or a record; author is the account that it acted on.",
        "moderation",
        Kind.MODERATION,
    ),
    EventKind("recheck.due", "A record is to be looked at again, with what is known by now.", "record", Kind.RECHECK),
)

EVENT_KINDS: dict[str, EventKind] = {kind.path: kind for kind in (*_record_kinds(), *_OTHERS)}

_OF_COLLECTION = re.compile(r'(record\.(?:created|updated|deleted))\("([^"]+)"\)')


def of_collection(path: str, collection: str) -> str:
    """The path of a record kind that is held to one collection: record.created("com.example.thing")."""
    return f'{path}("{collection}")'


AGAIN = " again"
"""Ends the path of a record kind whose records are looked at again; no rule file can spell it."""


def event_kind(path: str) -> EventKind | None:
    """The kind of a path, also of one that names a collection or a second look; None where there is none."""
    if path.endswith(AGAIN):
        first = event_kind(path.removesuffix(AGAIN))
        return None if first is None or first.kind is not Kind.COMMIT else replace(first, path=path, kind=Kind.RECHECK)
    found = EVENT_KINDS.get(path)
    if found is not None:
        return found
    match = _OF_COLLECTION.fullmatch(path)
    if match is None or not is_nsid(match.group(2)):
        return None
    return replace(EVENT_KINDS[match.group(1)], path=path, collection=match.group(2))


def known_kind(path: str) -> EventKind:
    """The kind of a path that was checked before."""
    found = event_kind(path)
    assert found is not None, path
    return found
