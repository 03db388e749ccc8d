"""Turn the segments of one part into pieces of rows in ascending offsets, read one stretch ahead."""

from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from skywarden.kernel.errors import Broken
from skywarden.warehouse.manifest import Segment
from skywarden.warehouse.segment import Fixed, open_segment, read_fixed
from skywarden.warehouse.spec import TableSpec
from skywarden.warehouse.tables import EVENT

CHUNK_ROWS = 65_536
_AHEAD = ThreadPoolExecutor(2, "warehouse-read")
"""Decoding releases the interpreter's lock, so the next stretch is read while somebody works on this one."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Some rows of one part; columns that are fixed were not read."""

    offsets: npt.NDArray[np.int64]
    rows: pa.RecordBatch
    fixed: Fixed
    spec: TableSpec = EVENT

    def column(self, name: str) -> pa.Array | None:
        """None where every row is null."""
        if name in self.rows.schema.names:
            return self.rows.column(name)
        if name in self.fixed.values:
            return pa.repeat(pa.scalar(self.fixed.values[name], self.spec.columns.field(name).type), len(self.offsets))
        return None

    def slice(self, start: int, stop: int) -> "Piece":
        """Rows start..stop without copying."""
        return Piece(self.offsets[start:stop], self.rows.slice(start, stop - start), self.fixed, self.spec)


class Stream:
    """The rows of one part between two offsets; for one thread."""

    def __init__(self, folder: Path, segments: Sequence[Segment], columns: Sequence[str], start: int, end: int) -> None:
        self._pieces = self._read(folder, sorted(segments, key=lambda one: one.first), columns, start, end)
        self._next: Future[Piece | None] | None = _AHEAD.submit(next, self._pieces, None)
        self._piece: Piece | None = None

    def fill(self) -> bool:
        """Have rows at hand; False when there are no more. Raises: FileNotFoundError, Broken."""
        if self._piece is None and self._next is not None:
            self._piece = self._next.result()
            self._next = None if self._piece is None else _AHEAD.submit(next, self._pieces, None)
        return self._piece is not None

    @property
    def last(self) -> int:
        """The greatest offset at hand."""
        assert self._piece is not None
        return int(self._piece.offsets[-1])

    def take(self, upto: int) -> Piece | None:
        """The rows at hand up to an offset, inclusive; None when they all come later."""
        piece = self._piece
        if piece is None:
            return None
        stop = int(np.searchsorted(piece.offsets, upto, side="right"))
        self._piece = None if stop == len(piece.offsets) else piece.slice(stop, len(piece.offsets))
        return piece.slice(0, stop) if stop else None

    def close(self) -> None:
        """Wait for what is being read, and let go of the files."""
        if self._next is not None and not self._next.cancel():
            self._next.exception()
        self._pieces.close()

    def _read(
        self, folder: Path, segments: Sequence[Segment], columns: Sequence[str], start: int, end: int
    ) -> Generator[Piece]:
        for segment in segments:
            with open_segment(folder / segment.path) as file:
                yield from _pieces_of(file, segment, columns, start, end)


def _pieces_of(file: pq.ParquetFile, segment: Segment, columns: Sequence[str], start: int, end: int) -> Iterator[Piece]:
    fixed, held = read_fixed(file), frozenset(file.schema_arrow.names)
    read = [one for one in columns if one == "offset" or (one in held and not _is_fixed(fixed, one))]
    groups = list(_groups_within(file, start, end)) if segment.first < start or segment.last >= end else None
    try:
        for rows in file.iter_batches(CHUNK_ROWS, row_groups=groups, columns=read, use_threads=False):
            offsets = np.asarray(rows.column("offset").to_numpy())
            low, high = (int(place) for place in np.searchsorted(offsets, (start, end)))
            if low < high:
                yield Piece(offsets, rows, fixed).slice(low, high)
    except (pa.ArrowInvalid, OSError) as error:
        raise Broken(f"{segment.path}: cannot be read: {error}; see `skywarden warehouse verify`") from error


def _is_fixed(fixed: Fixed, name: str) -> bool:
    return name in fixed.nulls or name in fixed.values


def _groups_within(file: pq.ParquetFile, start: int, end: int) -> Iterator[int]:
    """Row groups in which offsets from start to before end may be."""
    place = file.schema_arrow.get_field_index("offset")
    for group in range(file.num_row_groups):
        bounds = file.metadata.row_group(group).column(place).statistics
        if bounds is None or (bounds.max >= start and bounds.min < end):
            yield group
