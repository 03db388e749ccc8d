"""Turn an app.bsky.feed.post record into columns."""

from skywarden.ingest.normalize.columns import JsonObject, RecordColumns
from skywarden.ingest.normalize.domains import link_domains
from skywarden.ingest.normalize.embed import read_embed
from skywarden.ingest.normalize.fields import list_field, object_field, strings_field, strong_ref, text_field
from skywarden.ingest.normalize.richtext import RichText


def post_columns(record: JsonObject) -> RecordColumns:
    """Read a post. Lists that the post does not use are empty, not null; `langs` is null where it says nothing."""
    columns: RecordColumns = {"image_cids": [], "alt_texts": []}
    text = text_field(record, "text")
    if text is not None:
        columns["text"] = text
    langs = strings_field(record, "langs")
    if langs is not None:
        columns["langs"] = langs
    reply = object_field(record, "reply")
    if reply is not None:
        _read_reply(reply, columns)
    embed = object_field(record, "embed")
    external = read_embed(embed, columns) if embed is not None else None
    _read_rich_text(record, external, columns)
    return columns


def _read_reply(reply: JsonObject, columns: RecordColumns) -> None:
    parent = strong_ref(reply.get("parent"))
    if parent is not None:
        columns["reply_parent_uri"] = parent.uri
        if parent.did is not None:
            columns["reply_parent_did"] = parent.did
    root = strong_ref(reply.get("root"))
    if root is not None:
        columns["reply_root_uri"] = root.uri
        if root.did is not None:
            columns["reply_root_did"] = root.did


def _read_rich_text(record: JsonObject, external: str | None, columns: RecordColumns) -> None:
    """Links are those of the facets, then the embed's; tags those of the facets, then the record's own."""
    rich = RichText(list_field(record, "facets"))
    if external:
        rich.links[external] = None
    for tag in strings_field(record, "tags") or ():
        if tag:
            rich.tags[tag] = None
    columns["links"] = list(rich.links)
    columns["domains"] = link_domains(rich.links)
    columns["mentions"] = list(rich.mentions)
    columns["tags"] = list(rich.tags)
