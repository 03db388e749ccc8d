"""Turn a record's block into its JSON form, and that into the compact text of the `record` column."""

from collections.abc import Iterable
from typing import Any, cast

import libipld
import msgspec

from skywarden.atproto.cbor import MAX_DEPTH, decode_map, to_json
from skywarden.ingest.normalize.columns import JsonObject

_INT_MIN, _INT_MAX = -(2**63), 2**63 - 1

_write = msgspec.json.Encoder().encode
_loads = libipld.decode_dag_cbor
_dumps = libipld.encode_dag_cbor


def record_text(record: JsonObject) -> bytes:
    """Write compact JSON, keys in the order they came in."""
    return _write(record)


def record_of_block(block: bytes) -> JsonObject:
    """Read a record's DAG-CBOR block as JSON: links are {"$link": ...}, byte strings {"$bytes": ...}.

    Most records hold neither; for them both forms are the same and one walk proves it. The comparison with the
    re-encoded value refuses what libipld lets through; `decode_map` then says what is wrong.
    Raises: Rejected, for what is not one map in the AT Protocol's form of DAG-CBOR.
    """
    try:
        value = _loads(block)
        if type(value) is dict and _is_json(value.values(), MAX_DEPTH) and _dumps(value) == block:
            return cast(JsonObject, value)
    except (ValueError, RecursionError):
        pass
    return cast(JsonObject, to_json(decode_map(block)))


def _is_json(items: Iterable[Any], levels: int) -> bool:
    """Whether decoded values are JSON as they stand: no link, byte string, float or integer past 64 bits."""
    for item in items:
        kind = type(item)
        if kind is str:
            continue
        if kind is dict:
            if levels <= 1 or not _is_json(item.values(), levels - 1):
                return False
        elif kind is list:
            if levels <= 1 or not _is_json(item, levels - 1):
                return False
        elif kind is int:
            if not _INT_MIN <= item <= _INT_MAX:
                return False
        elif kind is not bool and item is not None:
            return False
    return True
