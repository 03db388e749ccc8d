"""Turn an app.bsky.feed.post record into columns."""

from skywarden.detectors.url.domains import link_domains
from skywarden.ingest.normalize.columns import JsonObject, RecordColumns
from skywarden.ingest.normalize.embed import read_embed
from skywarden.ingest.normalize.fields import list_field, object_field, strings_field, strong_ref
from skywarden.ingest.normalize.richtext import RichText


def post_columns(record: JsonObject) -> RecordColumns:
    """Read a post; its lists are there only where they have items, but for `langs`."""
    columns: RecordColumns = {}
    text = record.get("text")
    if type(text) is str:
        columns["text"] = text
    langs = record.get("langs")
    if type(langs) is list:
        columns["langs"] = [lang for lang in langs if type(lang) is str]
    if "reply" in record:
        _read_reply(record, columns)
    external = None
    embed = record.get("embed")
    if type(embed) is dict:
        external = read_embed(embed, columns)
    if external or "facets" in record or "tags" in record:
        _read_rich_text(record, external, columns)
    return columns


def _read_reply(record: JsonObject, columns: RecordColumns) -> None:
    reply = object_field(record, "reply") or {}
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
    rich = RichText(list_field(record, "facets"), columns.get("text", ""))
    if external:
        rich.links.setdefault(external, None)
    for tag in strings_field(record, "tags") or ():
        if tag:
            rich.tags[tag] = None
    if rich.links:
        columns["links"] = list(rich.links)
        columns["link_texts"] = list(rich.links.values())
        columns["domains"] = link_domains(rich.links)
    if rich.mentions:
        columns["mentions"] = list(rich.mentions)
        columns["mention_texts"] = list(rich.mentions.values())
    if rich.tags:
        columns["tags"] = list(rich.tags)
