"""Turn records that present something (profile, list, feed generator, starter pack, labeler) into columns."""

from skywarden.ingest.normalize.columns import JsonObject, RecordColumns
from skywarden.ingest.normalize.fields import blob_cid, text_field


def described_columns(record: JsonObject) -> RecordColumns:
    """Read name, description and pictures; lists and starter packs say `name` for `displayName`."""
    columns: RecordColumns = {}
    name = text_field(record, "displayName")
    if name is None:
        name = text_field(record, "name")
    if name is not None:
        columns["display_name"] = name
    description = text_field(record, "description")
    if description is not None:
        columns["description"] = description
    avatar = blob_cid(record.get("avatar"))
    if avatar is not None:
        columns["avatar_cid"] = avatar
    banner = blob_cid(record.get("banner"))
    if banner is not None:
        columns["banner_cid"] = banner
    return columns
