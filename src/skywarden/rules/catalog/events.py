"""The kinds of events that `on=` takes, and which rows of the log each one is."""

from dataclasses import dataclass

from skywarden.model.event import Action, Kind


@dataclass(frozen=True, slots=True)
class EventKind:
    """`group` says which names are present; `has_content` is false for deletes, which carry no record."""

    path: str
    doc: str
    group: str
    kind: Kind
    collection: str | None = None
    actions: tuple[Action, ...] = ()
    has_content: bool = True


_COLLECTIONS = {
    "post": "app.bsky.feed.post",
    "like": "app.bsky.feed.like",
    "repost": "app.bsky.feed.repost",
    "follow": "app.bsky.graph.follow",
    "block": "app.bsky.graph.block",
    "userlist": "app.bsky.graph.list",
    "listitem": "app.bsky.graph.listitem",
}


def _record_kinds() -> list[EventKind]:
    found = []
    for group, collection in (*_COLLECTIONS.items(), ("record", None)):
        what = f"A {group}" if collection else "Any record, also of an unknown lexicon,"
        commit = Kind.COMMIT
        found += [
            EventKind(f"{group}.created", f"{what} was created.", group, commit, collection, (Action.CREATE,)),
            EventKind(f"{group}.updated", f"{what} was updated.", group, commit, collection, (Action.UPDATE,)),
            EventKind(f"{group}.deleted", f"{what} was deleted.", group, commit, collection, (Action.DELETE,), False),
        ]
    return found


EVENT_KINDS: dict[str, EventKind] = {
    kind.path: kind
    for kind in (
        *_record_kinds(),
        EventKind(
            "profile.changed",
            "A profile was created or updated.",
            "profile",
            Kind.COMMIT,
            "app.bsky.actor.profile",
            (Action.CREATE, Action.UPDATE),
        ),
        EventKind("identity.changed", "An account's handle or keys changed.", "identity", Kind.IDENTITY),
        EventKind("account.changed", "An account's hosting status changed.", "account", Kind.ACCOUNT),
    )
}
