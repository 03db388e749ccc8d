"""Put values into the row under construction, in compiled code."""

from skywarden.ingest.columnar.cbor_kernel import equal, starts
from skywarden.ingest.columnar.layout import (
    CREATED,
    FRAME,
    LIST_LENGTH,
    MAX_ITEMS,
    NO_TIME,
    NULL,
    TIME,
    Bytes,
    Ints,
    byte,
    literal,
)
from skywarden.kernel.compiled import kernel

AT_URI = literal(b"at://")
DID_START = literal(b"did:")

_SLASH = ord("/")


@kernel
def begin(cells: Ints, row: int, frame: int) -> None:
    """Make a row whose every column is null."""
    cells[row, :] = NULL
    cells[row, TIME] = NO_TIME
    cells[row, CREATED] = NO_TIME
    cells[row, FRAME] = frame


@kernel
def span(cells: Ints, row: int, column: int, at: int, length: int) -> None:
    """Set a text column."""
    cells[row, column] = at
    cells[row, column + 1] = length


@kernel
def uri(buf: Bytes, cells: Ints, row: int, column: int, at: int, length: int) -> bool:
    """Set an at-uri's column and, where it names a DID, the next one; False where it is no at-uri."""
    if length < 0 or not starts(buf, at, length, AT_URI):
        return False
    span(cells, row, column, at, length)
    first = at + len(AT_URI)
    end = first
    while end < at + length and byte(buf, end) != _SLASH:
        end += 1
    if starts(buf, first, end - first, DID_START):
        span(cells, row, column + 2, first, end - first)
    return True


@kernel
def empty_list(cells: Ints, row: int, column: int) -> None:
    """Make a list that is there and has no items yet."""
    cells[row, LIST_LENGTH + column] = 0


@kernel
def add_item(buf: Bytes, cells: Ints, row: int, items: Ints, column: int, at: int, length: int, once: bool) -> bool:
    """Add to a list, with `once` only what it does not hold; False where it is full. Rows are filled one at a time."""
    held = cells[row, LIST_LENGTH + column]
    used = items[column, 0, 0]
    if once:
        for other in range(used - held + 1, used + 1):
            if items[column, other, 1] == length and equal(buf, items[column, other, 0], at, length):
                return True
    if held == MAX_ITEMS:
        return False
    used += 1
    items[column, used, 0] = at
    items[column, used, 1] = length
    items[column, 0, 0] = used
    cells[row, LIST_LENGTH + column] = held + 1
    return True
