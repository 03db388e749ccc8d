"""Read from a client's modTool which queue it wants a report in, and whether a machine reports."""

from dataclasses import dataclass

import msgspec

_HIGHEST_ID = 2**53


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a client's tool says of a report."""

    queue_id: int | None = None
    is_automated: bool = False


NO_WISHES = Wishes()


class _Tool(msgspec.Struct):
    meta: object = None


def tool_wishes(tool_json: str | None) -> Wishes:
    """Read the wishes; `meta` is whatever the client sent, so what is not of the right type is no wish."""
    if not tool_json:
        return NO_WISHES
    try:
        meta = msgspec.json.decode(tool_json, type=_Tool).meta
    except msgspec.DecodeError:
        return NO_WISHES
    if not isinstance(meta, dict):
        return NO_WISHES
    queue_id = meta.get("queueId")
    named = isinstance(queue_id, int) and not isinstance(queue_id, bool) and 0 < queue_id < _HIGHEST_ID
    return Wishes(queue_id if named else None, meta.get("isAutomated") is True)
