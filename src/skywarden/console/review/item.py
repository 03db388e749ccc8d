"""Everything about one subject that its page shows, asked at once."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from skywarden.console.page import Visit
from skywarden.console.review.shapes import Event, Events, Json, SubjectFacts, Subjects
from skywarden.kernel.errors import Rejected
from skywarden.moderation.desk.claims import Claim
from skywarden.moderation.desk.option_values import Policies, SeverityLevels

HISTORY = 40
_GLOBAL_LABELS = ("!hide", "!warn", "porn", "sexual", "nudity", "graphic-media", "spam")


@dataclass(frozen=True, slots=True)
class Choices:
    """What the decision form offers."""

    labels: Sequence[str]
    policies: Policies
    levels: SeverityLevels


@dataclass(frozen=True, slots=True)
class Link:
    """A link of a post: what it says and where it leads, host as it is looked up."""

    text: str
    url: str
    host: str
    is_misleading: bool


@dataclass(frozen=True, slots=True)
class Item:
    """One subject. `seen` is the newest event that the page shows: a decision made on it refuses newer ones."""

    facts: SubjectFacts
    events: Sequence[Event]
    claim: Claim | None
    choices: Choices

    @property
    def uri(self) -> str:
        return self.facts.subject

    @property
    def is_account(self) -> bool:
        return self.facts.type == "account"

    @property
    def did(self) -> str:
        return self.uri.removeprefix("at://").partition("/")[0]

    @property
    def handle(self) -> str:
        """The account's handle, or its DID where nobody knows one."""
        known = (self.facts.repo or {}).get("handle") or (self.facts.profile or {}).get("handle")
        return str(known or self.did)

    @property
    def cid(self) -> str:
        """The version of the record; empty for an account or a record that is gone."""
        status = self.facts.status
        held = (self.facts.record or {}).get("cid") or ("" if status is None else status.subject.get("cid"))
        return str(held or "")

    @property
    def seen(self) -> int:
        return max((event.id for event in self.events), default=0)

    @property
    def value(self) -> Json:
        """The record; empty where nobody has it."""
        found = (self.facts.record or {}).get("value")
        return found if isinstance(found, dict) else {}

    @property
    def collection(self) -> str:
        return "" if self.is_account else self.uri.split("/")[3]

    @property
    def labels(self) -> list[str]:
        """The labels of this labeler that are on the subject."""
        held = (self.facts.repo if self.is_account else self.facts.record) or {}
        return sorted({str(one.get("val")) for one in _rows(held.get("labels")) if not one.get("neg")})

    @property
    def alt_texts(self) -> list[str]:
        """What the author says of each picture."""
        embed = self.value.get("embed")
        embed = embed if isinstance(embed, dict) else {}
        media = embed.get("media")
        images = _rows(embed.get("images")) or _rows(media.get("images") if isinstance(media, dict) else None)
        return [str(one.get("alt") or "") for one in images]

    @property
    def links(self) -> list[Link]:
        """Where the post leads; a text that looks like another host is marked."""
        raw = str(self.value.get("text", "")).encode()
        return [link for facet in _rows(self.value.get("facets")) for link in _links(facet, raw)]

    @property
    def findings(self) -> list[Event]:
        """What rules found, the newest of each rule first."""
        seen: dict[str, Event] = {}
        for event in self.events:
            if event.rule:
                seen.setdefault(event.rule, event)
        return list(seen.values())


async def read_item(visit: Visit, uri: str) -> Item:
    """Gather what is known of a subject. Raises: Rejected for what is no subject."""
    facts, events, claims, choices = await asyncio.gather(
        visit.ask("tools.ozone.moderation.getSubjects", {"subjects": [uri]}, Subjects),
        visit.ask("tools.ozone.moderation.queryEvents", {"subject": uri, "limit": HISTORY}, Events),
        visit.site.workers.run(visit.site.services.desk.claims.held, [uri]),
        visit.site.workers.run(_choices, visit),
    )
    if not facts.subjects:
        raise Rejected("NotFound", place=uri, expected="a subject that somebody knows")
    return Item(facts.subjects[0], events.events, claims.get(uri), choices)


def _choices(visit: Visit) -> Choices:
    services = visit.site.services
    declared = services.moderation.declared
    options = services.desk.options
    labels = sorted({*_GLOBAL_LABELS, *(declared or ())})
    return Choices(labels, options.policies(), options.severity_levels())


def _links(facet: Json, raw: bytes) -> list[Link]:
    index = facet.get("index")
    index = index if isinstance(index, dict) else {}
    start, end = index.get("byteStart"), index.get("byteEnd")
    text = raw[start:end].decode(errors="replace") if isinstance(start, int) and isinstance(end, int) else ""
    urls = [str(one["uri"]) for one in _rows(facet.get("features")) if isinstance(one.get("uri"), str)]
    return [link_of(text, url) for url in urls]


def link_of(text: str, url: str) -> Link:
    """Where a link leads; misleading where its text looks like a host that it does not lead to."""
    try:
        host = urlsplit(url).hostname or ""
        host = host.encode("idna").decode() if not host.isascii() else host
    except ValueError:
        host = "not a host"
    shown = text.strip().lower().removeprefix("https://").removeprefix("http://").removeprefix("www.")
    said = shown.split("/")[0].rstrip(".…")
    looks_like = "." in said and " " not in said
    return Link(text, url, host, looks_like and not host.removeprefix("www.").startswith(said))


def _rows(value: Any) -> list[Json]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
