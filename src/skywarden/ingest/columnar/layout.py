"""Name the cells that the kernels fill, and make the arrays for them.

A row is one stretch of int64 cells; a span (start and length in the input buffer) takes two of them, and -1 in either
is a null. Lists keep their items' spans in one array a column; the row holds how many are its own.
"""

from collections.abc import Callable
from typing import Any, Final, NamedTuple, cast

import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from skywarden.kernel.compiled import kernel

Ints = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]
Offsets = npt.NDArray[np.int32]

NULL: Final = -1
NO_TIME: Final = -(2**63)
"""Null in a column of times, where -1 is a moment of 1969."""

SPANS: Final = (
    "did",
    "collection",
    "rkey",
    "rev",
    "text",
    "reply_parent_uri",
    "reply_parent_did",
    "reply_root_uri",
    "reply_root_did",
    "quote_uri",
    "quote_did",
    "embed_kind",
    "subject_uri",
    "subject_did",
    "display_name",
    "description",
    "handle",
    "account_status",
)
DID, COLLECTION, RKEY, REV, TEXT = 0, 2, 4, 6, 8
REPLY_PARENT, REPLY_ROOT, QUOTE = 10, 14, 18
"""Of at-uris; the DID's span follows the uri's."""
EMBED_KIND, SUBJECT, SUBJECT_DID = 22, 24, 26
DISPLAY_NAME, DESCRIPTION, HANDLE, ACCOUNT_STATUS = 28, 30, 32, 34

CIDS: Final = ("cid", "video_cid", "avatar_cid", "banner_cid")
CID, VIDEO, AVATAR, BANNER = range(36, 40)

LISTS: Final = ("langs", "links", "mentions", "tags", "alt_texts", "image_cids", "link_texts", "mention_texts")
LANGS, LINKS, MENTIONS, TAGS, ALT_TEXTS, IMAGE_CIDS, LINK_TEXTS, MENTION_TEXTS = range(8)
LIST_LENGTH: Final = 40
"""Cell of the first list's length."""

INTS: Final = ("seq", "kind", "action", "account_active", "time_us", "created_at_us")
SEQ, KIND, ACTION, ACTIVE, TIME, CREATED = range(48, 54)

RECORD: Final = 54
"""Span of the record in the JSON that was written."""
BLOCK: Final = 56
"""Span of the record's block."""
ODD_CREATED: Final = 58
"""Span of a `createdAt` that is not of the usual form."""
FRAME: Final = 60
"""Number of the frame that the row came from."""
SPOILT: Final = 61
"""1 where the row's frame has to go the long way."""
SINCE: Final = 62
PREV_DATA: Final = 64
"""Span and raw CID that a commit says about the state before it; for the gate."""
CELLS: Final = 65

MAX_OPS: Final = 16
MAX_ITEMS: Final = 64
"""A frame with more operations, or a record with longer lists, goes the long way."""

_ITEMS_A_ROW: Final = 4
_WORST_JSON: Final = 6
"""A control character of one byte is six in JSON, and so is `false` with its comma."""


class Room(NamedTuple):
    """Where kernels write. Shapes: (rows, CELLS); (lists, 1 + items, 2), items[list, 0, 0] are in use; (bytes,)."""

    cells: Ints
    items: Ints
    json: Bytes


def make_room(frames: int, input_bytes: int) -> Room:
    """Arrays for about so many frames; memory that is not written costs nothing."""
    rows = 2 * frames + 2 * MAX_OPS
    items = 1 + _ITEMS_A_ROW * rows + MAX_OPS * MAX_ITEMS
    return Room(
        cells=np.empty((rows, CELLS), np.int64),
        items=np.empty((len(LISTS), items, 2), np.int64),
        json=np.empty(_WORST_JSON * input_bytes + 64, np.uint8),
    )


@kernel
def byte(buf: Bytes, at: int) -> int:
    """Read one byte as a signed integer that can be shifted and added; `at` is never negative.

    numba makes a float of uint8 and int64, and tests each signed index for being counted from the end.
    """
    return np.int64(buf[np.uint64(at)])  # type: ignore[return-value]  # what numba calls int


@kernel
def store(out: Bytes, at: int, value: int) -> None:
    """Write one byte; `at` is never negative."""
    out[np.uint64(at)] = value


def _load_word(typing_context: object, buf: types.Type, at: types.Type) -> tuple[object, object]:
    def generate(context: Any, builder: Any, signature: Any, args: Any) -> object:
        array = context.make_array(signature.args[0])(context, builder, args[0])
        start = builder.bitcast(builder.gep(array.data, [args[1]]), ir.IntType(64).as_pointer())
        return builder.load(start, align=1)

    return types.int64(buf, types.int64), generate


word = cast(Callable[[Bytes, int], int], intrinsic(_load_word))
"""Read eight bytes as one little-endian integer; the caller knows that they are in the buffer."""


def literal(text: bytes) -> Bytes:
    """A constant that kernels compare with."""
    return np.frombuffer(text, np.uint8)
