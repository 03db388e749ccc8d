"""Turn rows of the log into changes of the index: posts, profiles, lists, feeds, handles, and what is gone."""

from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from skywarden.detectors.url.domains import host_of
from skywarden.kernel.ids import Did, Offset, UtcMicros
from skywarden.model.event import Action, EventBatch, Kind
from skywarden.search.contract import Change, Removal, SearchDocument
from skywarden.search.tokens import MAX_TEXT_CHARS, search_form

COLLECTIONS: Mapping[str, str] = {
    "app.bsky.feed.post": "post",
    "app.bsky.actor.profile": "profile",
    "app.bsky.graph.list": "list",
    "app.bsky.graph.starterpack": "starterpack",
    "app.bsky.feed.generator": "feed",
}
"""Records that are searchable, and what they are called in kind:."""

PARTS = frozenset({"post", "profile", "list", "other", "deleted", "identity", "account"})
"""The partitions of history that these rows are in."""

COLUMNS = (
    *("time_us", "did", "kind", "action", "collection", "rkey", "text", "langs", "links", "domains", "tags"),
    *("alt_texts", "display_name", "description", "handle", "account_status", "author_handle"),
)

_MAX_VALUES = 64
"""Most languages, domains, tags, links or alt texts of one record."""
_MAX_VALUE_CHARS = 256
_MAX_LABELS = 8
_DELETED = "deleted"


def changes(batch: EventBatch) -> list[Change]:
    """What the rows of a batch change, in their order. An account that is gone takes all its documents with it."""
    rows = batch.rows.select(COLUMNS)
    wanted = _wanted(rows)
    offsets = batch.offsets()[wanted.to_numpy()]
    found: list[Change] = []
    for offset, row in zip(offsets.tolist(), rows.take(wanted).to_pylist(), strict=True):
        found += _of_row(Offset(offset), row)
    return found


def _wanted(rows: pa.RecordBatch) -> pa.Array:
    """Numbers of the rows that may change something."""
    kind = rows.column("kind")
    searchable = pc.is_in(rows.column("collection"), pa.array(list(COLLECTIONS)))
    records = pc.and_(pc.equal(kind, int(Kind.COMMIT)), searchable)
    handles = pc.and_(pc.equal(kind, int(Kind.IDENTITY)), pc.is_valid(rows.column("handle")))
    gone = pc.equal(rows.column("account_status"), _DELETED)
    accounts = pc.and_(pc.equal(kind, int(Kind.ACCOUNT)), pc.fill_null(gone, False))
    return pc.indices_nonzero(pc.or_(pc.or_(records, handles), accounts))


def _of_row(offset: Offset, row: dict[str, Any]) -> Iterator[Change]:
    did = Did(row["did"])
    if row["kind"] == Kind.ACCOUNT:
        yield Removal(did, None)
    elif row["kind"] == Kind.IDENTITY:
        handle = _value(row["handle"])
        yield SearchDocument(
            did, did, "account", offset, UtcMicros(row["time_us"]), (("handle", handle),), handle=handle
        )
    else:
        uri = f"at://{did}/{row['collection']}/{row['rkey']}"
        yield Removal(did, uri) if row["action"] == Action.DELETE else _record(uri, offset, row)


def _record(uri: str, offset: Offset, row: dict[str, Any]) -> SearchDocument:
    hosts = list(dict.fromkeys(host for host in map(host_of, _values(row["links"])) if host))
    tags = _values(row["tags"])
    handle = row["author_handle"]
    parts = [("text", row["text"]), ("name", row["display_name"]), ("description", row["description"])]
    parts += [("alt", text) for text in (row["alt_texts"] or ())[:_MAX_VALUES]]
    parts += [("link", host) for host in hosts] + [("tag", tag) for tag in tags]
    if row["collection"] == "app.bsky.actor.profile":
        parts.append(("handle", handle))
    return SearchDocument(
        uri=uri,
        did=Did(row["did"]),
        kind=COLLECTIONS[row["collection"]],
        offset=offset,
        time_us=UtcMicros(row["time_us"]),
        parts=tuple((name, text[:MAX_TEXT_CHARS]) for name, text in parts if text),
        langs=_langs(_values(row["langs"])),
        domains=_domains([*hosts, *_values(row["domains"])]),
        tags=tuple(dict.fromkeys(map(search_form, tags))),
        handle=_value(handle) if handle else None,
    )


def _values(found: list[str | None] | None) -> list[str]:
    """Strangers' lists, cut to what is kept."""
    return [value[:_MAX_VALUE_CHARS] for value in (found or ())[:_MAX_VALUES] if value]


def _value(handle: str) -> str:
    return handle[:_MAX_VALUE_CHARS].lower()


def _langs(langs: list[str]) -> tuple[str, ...]:
    """Each language as claimed and without its region: lang:pt finds pt-BR."""
    lowered = [lang.lower() for lang in langs]
    return tuple(dict.fromkeys([*lowered, *(lang.partition("-")[0] for lang in lowered)]))


def _domains(hosts: list[str]) -> tuple[str, ...]:
    """Each host and every domain that it is in: domain:example.com finds www.example.com."""
    found: dict[str, None] = {}
    for host in hosts:
        labels = host.rstrip(".").split(".")[-_MAX_LABELS:]
        found.update(dict.fromkeys(".".join(labels[at:]) for at in range(max(len(labels) - 1, 1))))
    return tuple(found)
