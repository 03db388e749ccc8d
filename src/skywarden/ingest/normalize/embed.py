"""Turn a post's embed into image and video CIDs, alt texts, the quoted record and the outward link."""

from skywarden.ingest.normalize.columns import Json, JsonObject, RecordColumns
from skywarden.ingest.normalize.fields import RecordRef, blob_cid, list_field, object_field, strong_ref, text_field

_EMBED = "app.bsky.embed."


def read_embed(embed: JsonObject, columns: RecordColumns) -> str | None:
    """Fill the embed's columns and return the external link, if there is one.

    `embed_kind` is the last part of the names of app.bsky.embed, and any other type's name as it is.
    """
    kind = text_field(embed, "$type")
    if kind is None:
        return None
    columns["embed_kind"] = kind.removeprefix(_EMBED)
    if kind == _EMBED + "record":
        _quote(strong_ref(embed.get("record")), columns)
        return None
    if kind == _EMBED + "recordWithMedia":
        quoted = object_field(embed, "record")
        _quote(strong_ref(quoted.get("record")) if quoted is not None else None, columns)
        media = object_field(embed, "media")
        return None if media is None else _read_media(media, columns)
    return _read_media(embed, columns)


def _quote(ref: RecordRef | None, columns: RecordColumns) -> None:
    if ref is not None:
        columns["quote_uri"] = ref.uri
        if ref.did is not None:
            columns["quote_did"] = ref.did


def _read_media(media: JsonObject, columns: RecordColumns) -> str | None:
    kind = text_field(media, "$type")
    if kind == _EMBED + "images":
        _read_images(list_field(media, "images"), columns)
    elif kind == _EMBED + "gallery":
        _read_images(list_field(media, "items"), columns)
    elif kind == _EMBED + "video":
        _read_video(media, columns)
    elif kind == _EMBED + "external":
        external = object_field(media, "external")
        return text_field(external, "uri") if external is not None else None
    return None


def _read_images(images: list[Json], columns: RecordColumns) -> None:
    """`alt_texts` is parallel to `image_cids`; "" where an image has none."""
    cids: list[str] = []
    alts: list[str] = []
    for image in images:
        cid = blob_cid(image.get("image")) if type(image) is dict else None
        if type(image) is dict and cid is not None:
            cids.append(cid)
            alts.append(text_field(image, "alt") or "")
    columns["image_cids"] = cids
    columns["alt_texts"] = alts


def _read_video(media: JsonObject, columns: RecordColumns) -> None:
    cid = blob_cid(media.get("video"))
    if cid is not None:
        columns["video_cid"] = cid
        columns["alt_texts"] = [text_field(media, "alt") or ""]
