"""Turn what an event is into the name of its part of history, so that whoever needs posts reads posts only."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from skywarden.model.event import Action, Kind

_COLLECTIONS: Mapping[str, str] = {
    "app.bsky.feed.post": "post",
    "app.bsky.feed.like": "like",
    "app.bsky.feed.repost": "repost",
    "app.bsky.graph.follow": "follow",
    "app.bsky.graph.block": "block",
    "app.bsky.actor.profile": "profile",
    "app.bsky.graph.list": "list",
    "app.bsky.graph.listitem": "list",
    "app.bsky.graph.listblock": "list",
}
_KINDS: Mapping[Kind, str] = {
    Kind.IDENTITY: "identity",
    Kind.ACCOUNT: "account",
    Kind.SYNC: "sync",
    Kind.REPORT: "report",
    Kind.MODERATION: "moderation",
    Kind.RECHECK: "recheck",
}
_OTHER, _DELETED = "other", "deleted"

PARTS: tuple[str, ...] = (*dict.fromkeys(_COLLECTIONS.values()), _OTHER, _DELETED, *_KINDS.values())
"""Every part; an event is in exactly one. Deletions are in one of their own, whatever they delete."""

_CODES = {name: code for code, name in enumerate(PARTS)}


def part_codes(rows: pa.RecordBatch) -> npt.NDArray[np.int8]:
    """The part of each row as its number in `PARTS`. `rows` needs the columns kind, action and collection."""
    places = pc.index_in(rows.column("collection"), value_set=pa.array(list(_COLLECTIONS), pa.string()))
    by_collection = np.array([*(_CODES[name] for name in _COLLECTIONS.values()), _CODES[_OTHER]], np.int8)
    codes: npt.NDArray[np.int8] = by_collection[places.fill_null(len(_COLLECTIONS)).to_numpy(zero_copy_only=False)]
    deleted = pc.equal(rows.column("action"), int(Action.DELETE)).fill_null(False)
    codes[deleted.to_numpy(zero_copy_only=False)] = _CODES[_DELETED]
    kinds = rows.column("kind").to_numpy(zero_copy_only=False)
    for kind, name in _KINDS.items():
        codes[kinds == int(kind)] = _CODES[name]
    return codes
