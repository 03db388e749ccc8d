"""Read one field of a record as the type it should have, or as None: authors write anything."""

from typing import NamedTuple

from skywarden.ingest.normalize.columns import Json, JsonObject

_AT_URI = "at://"


class RecordRef(NamedTuple):
    """An at-uri and the DID it names; `did` is None where the authority is a handle."""

    uri: str
    did: str | None


def text_field(record: JsonObject, name: str) -> str | None:
    """The field if it is a string."""
    value = record.get(name)
    return value if type(value) is str else None


def object_field(record: JsonObject, name: str) -> JsonObject | None:
    """The field if it is an object."""
    value = record.get(name)
    return value if type(value) is dict else None


def list_field(record: JsonObject, name: str) -> list[Json]:
    """The field if it is a list, else an empty one."""
    value = record.get(name)
    return value if type(value) is list else []


def strings_field(record: JsonObject, name: str) -> list[str] | None:
    """The strings of a list field; None if it is no list."""
    value = record.get(name)
    if type(value) is not list:
        return None
    return [item for item in value if type(item) is str]


def is_did(value: Json) -> bool:
    """Whether a value looks like a DID; who needs certainty resolves it."""
    return type(value) is str and value.startswith("did:")


def record_ref(value: Json) -> RecordRef | None:
    """Read an at-uri string."""
    if type(value) is not str or not value.startswith(_AT_URI):
        return None
    authority = value[len(_AT_URI) :].partition("/")[0]
    return RecordRef(value, authority if authority.startswith("did:") else None)


def strong_ref(value: Json) -> RecordRef | None:
    """Read the `uri` of a com.atproto.repo.strongRef object."""
    return record_ref(value.get("uri")) if type(value) is dict else None


def blob_cid(value: Json) -> str | None:
    """Read the CID of a blob object, in today's form or in the one from before 2023."""
    if type(value) is not dict:
        return None
    ref = value.get("ref")
    if type(ref) is dict:
        return text_field(ref, "$link")
    return text_field(value, "cid")
