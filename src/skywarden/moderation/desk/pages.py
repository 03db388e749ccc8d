"""Cut ordered rows into pages, and say opaquely where the next one begins."""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Generic, TypeVar

import msgspec

from skywarden.kernel.errors import Rejected

_Row = TypeVar("_Row")
_Place = str | int
_Int64 = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
"""Numbers that every database can compare with its own."""


@dataclass(frozen=True, slots=True)
class Page(Generic[_Row]):
    """Some rows; `cursor` is absent when these are the last."""

    rows: tuple[_Row, ...]
    cursor: str | None = None


def page_of(rows: Sequence[_Row], limit: int, place: Callable[[_Row], tuple[_Place, ...]]) -> Page[_Row]:
    """Make a page of at most `limit` of rows of which one more was read; `place` is what the rows are ordered by."""
    kept = tuple(rows[:limit])
    return Page(kept, write_cursor(*place(kept[-1])) if kept and len(rows) > limit else None)


def write_cursor(*place: _Place) -> str:
    """Turn a row's place in its order into a cursor."""
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")


def read_number_cursor(cursor: str | None) -> int | None:
    """The row number that a cursor holds. Raises: Rejected InvalidRequest."""
    return None if cursor is None else _read(cursor, tuple[_Int64])[0]


def read_text_cursor(cursor: str | None) -> str | None:
    """The text that a cursor holds. Raises: Rejected InvalidRequest."""
    return None if cursor is None else _read(cursor, tuple[str])[0]


def read_time_cursor(cursor: str | None) -> tuple[int, int] | None:
    """The time and the row number that a cursor holds. Raises: Rejected InvalidRequest."""
    return None if cursor is None else _read(cursor, tuple[_Int64, _Int64])


def _read(cursor: str, kind: type[_Row]) -> _Row:
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        return msgspec.json.decode(base64.b64decode(padded, altchars=b"-_", validate=True), type=kind)
    except (ValueError, binascii.Error, msgspec.DecodeError) as error:
        raise Rejected("InvalidRequest", place="cursor", expected="the cursor of a page before this") from error
