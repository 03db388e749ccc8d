"""Name every way from one thing to others, each as a query of the rule language.

`{it}` stands for the thing's value as a text of the language.
"""

from dataclasses import dataclass

from skywarden.app.investigate.entities import Entity, EntityKind
from skywarden.rules.query import QueryText

_ACCOUNT, _RECORD, _DOMAIN = EntityKind.ACCOUNT, EntityKind.RECORD, EntityKind.DOMAIN
_IMAGE, _TEXT, _TAG = EntityKind.IMAGE, EntityKind.TEXT, EntityKind.TAG


@dataclass(frozen=True, slots=True)
class Relation:
    """From things of one kind to things of another: whose events, and which value of them is the other thing."""

    name: str
    meaning: str
    source: EntityKind
    target: EntityKind
    on: tuple[str, ...]
    condition: str
    group: str

    def query(self, entity: Entity) -> QueryText:
        """The query for one thing."""
        return QueryText(self.condition.replace("{it}", literal(entity.value)), self.on, (("other", self.group),))


def literal(text: str) -> str:
    """A text as the language writes it."""
    return repr(text)


_POST = ("post.created",)
_BY, _TO = "author.did == {it}", "subject.did == {it}"


def _of_account() -> list[Relation]:
    """What an account does, and what is done to it."""
    found = [
        Relation("domains", "domains that it links to", _ACCOUNT, _DOMAIN, _POST, _BY, "post.domains"),
        Relation("images", "pictures that it posts", _ACCOUNT, _IMAGE, _POST, _BY, "post.image_cids"),
        Relation("tags", "hashtags that it uses", _ACCOUNT, _TAG, _POST, _BY, "post.tags"),
        Relation("answers", "accounts that it answers", _ACCOUNT, _ACCOUNT, ("reply.created",), _BY, "post.parent.did"),
        Relation("mentions", "accounts that it mentions", _ACCOUNT, _ACCOUNT, _POST, _BY, "post.mentions"),
        Relation("quotes", "accounts that it quotes", _ACCOUNT, _ACCOUNT, ("quote.created",), _BY, "post.quote.did"),
    ]
    passive = (
        ("answered_by", "accounts that answer it", "reply.created", "post.parent.did == {it}"),
        ("mentioned_by", "accounts that mention it", "post.created", "{it} in post.mentions"),
        ("quoted_by", "accounts that quote it", "quote.created", "post.quote.did == {it}"),
    )
    for name, meaning, on, condition in passive:
        found.append(Relation(name, meaning, _ACCOUNT, _ACCOUNT, (on,), condition, "author.did"))
    for verb, on in (("like", "like"), ("repost", "repost"), ("follow", "follow"), ("block", "block")):
        past = "liked" if verb == "like" else f"{verb}ed"
        events = (f"{on}.created",)
        found.append(Relation(f"{verb}s", f"accounts that it {verb}s", _ACCOUNT, _ACCOUNT, events, _BY, "subject.did"))
        found.append(Relation(f"{past}_by", f"accounts that {verb} it", _ACCOUNT, _ACCOUNT, events, _TO, "author.did"))
    reports = ("report.received",)
    found.append(Relation("reported_by", "accounts that report it", _ACCOUNT, _ACCOUNT, reports, _BY, "report.by"))
    return found


def _of_posts(kind: EntityKind, condition: str) -> list[Relation]:
    """Who and what is around posts that have something in common."""
    ways = (
        ("accounts", "accounts that post it", _ACCOUNT, "author.did"),
        ("posts", "posts with it", _RECORD, "post.uri"),
        ("domains", "domains in the same posts", _DOMAIN, "post.domains"),
        ("images", "pictures in the same posts", _IMAGE, "post.image_cids"),
        ("tags", "hashtags in the same posts", _TAG, "post.tags"),
        ("answers", "accounts that such posts answer", _ACCOUNT, "post.parent.did"),
        ("mentions", "accounts that such posts mention", _ACCOUNT, "post.mentions"),
    )
    return [Relation(name, meaning, kind, target, _POST, condition, group) for name, meaning, target, group in ways]


_OF_RECORD = (
    ("liked_by", "accounts that like it", "like.created", "subject.uri == {it}"),
    ("reposted_by", "accounts that repost it", "repost.created", "subject.uri == {it}"),
    ("answered_by", "accounts that answer it", "reply.created", "post.parent.uri == {it}"),
    ("in_thread", "accounts in its thread", "reply.created", "post.root.uri == {it}"),
    ("quoted_by", "accounts that quote it", "quote.created", "post.quote.uri == {it}"),
)

RELATIONS: tuple[Relation, ...] = (
    *_of_account(),
    *_of_posts(_DOMAIN, "{it} in post.domains"),
    *_of_posts(_IMAGE, "{it} in post.image_cids"),
    *_of_posts(_TAG, "{it} in post.tags"),
    *_of_posts(_TEXT, ""),
    *(Relation(name, says, _RECORD, _ACCOUNT, (on,), said, "author.did") for name, says, on, said in _OF_RECORD),
)

COPIES = Relation("copies", "accounts that post the same texts", _ACCOUNT, _ACCOUNT, _POST, "", "author.did")
"""Its condition is made of the account's own texts (see `links.py`)."""


def relations_of(kind: EntityKind) -> list[Relation]:
    """The ways that begin at things of a kind."""
    return [relation for relation in (*RELATIONS, COPIES) if relation.source is kind]


def own_events(entity: Entity) -> QueryText:
    """The events of a thing itself, for its timeline."""
    it = literal(entity.value)
    match entity.kind:
        case EntityKind.ACCOUNT:
            return QueryText(f"author.did == {it}", ACTS)
        case EntityKind.RECORD:
            did, collection, rkey = entity.value.removeprefix("at://").split("/")
            same = f"event.collection == {literal(collection)} and event.rkey == {literal(rkey)}"
            return QueryText(f"author.did == {literal(did)} and {same}", ACTS)
        case EntityKind.DOMAIN:
            return QueryText(f"{it} in post.domains", _POST)
        case EntityKind.IMAGE:
            return QueryText(f"{it} in post.image_cids", _POST)
        case EntityKind.TAG:
            return QueryText(f"{it} in post.tags", _POST)
        case EntityKind.TEXT:
            return QueryText("", _POST)


ACTS = ("record.created", "record.updated", "record.deleted", "identity.changed", "account.changed")
"""What accounts do: reports and decisions come from moderation's own tables."""
