"""Find the rows that hold forgotten content, and replace the segments in which they are.

Retry and crash: a segment is replaced in one step, and one whose rows are blank already is left alone, so a run that
was cut off is simply run again. Two writers: as `Store.writing`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from skywarden.kernel.ids import Offset
from skywarden.log.contract import Log, LogReader
from skywarden.model.event import with_schema
from skywarden.warehouse.forgotten import Forgotten, blank_batch, blank_rows, has_content
from skywarden.warehouse.manifest import Manifest, Segment
from skywarden.warehouse.segment import fixed_of, read_rows
from skywarden.warehouse.spec import TableSpec
from skywarden.warehouse.store import Store
from skywarden.warehouse.tables import ACCOUNT_EVENT, EVENT
from skywarden.warehouse.writer import Draft

COMMIT_SEGMENTS = 8
"""Segments that one commit replaces: what a kill costs at most."""

_KEYS = ("did", "offset", "collection", "rkey")


@dataclass(frozen=True, slots=True)
class Blanked:
    """Rows that lost their content, and files that were written anew."""

    rows: int
    files: int


def blank_log(store: Store, log: Log, forgotten: Forgotten) -> int:
    """Blank the rows of the log; what was compacted is found by the warehouse, the rest by reading it."""
    with store.pinned() as manifest:
        border = max(manifest.cursor(EVENT.name), int(log.start_offset()))
        offsets = [int(one) for one in _offsets(store, manifest, forgotten) if one >= log.start_offset()]
    offsets += _offsets_in_log(log, border, forgotten)
    return log.rewrite(offsets, blank_batch)


def _offsets_in_log(log: LogReader, start: int, forgotten: Forgotten) -> list[int]:
    found: list[int] = []
    for batch in log.read(Offset(start)):
        rows = with_schema(batch.rows)
        places = np.flatnonzero(forgotten.mask(rows).fill_null(False).to_numpy(zero_copy_only=False))
        found += (places + int(batch.base)).tolist()
    return found


def blank_segments(store: Store, forgotten: Forgotten, progress: Callable[[int], None]) -> Blanked:
    """Replace every segment with content of what is forgotten. Raises: as `Store.writing`."""
    rows = files = 0
    with store.writing() as draft:
        waiting = 0
        for spec, segment in list(_suspects(store, draft.manifest, forgotten)):
            blanked = _replace(store, draft, spec, segment, forgotten)
            rows, files, waiting = rows + blanked, files + bool(blanked), waiting + bool(blanked)
            progress(1)
            if waiting == COMMIT_SEGMENTS:
                draft.commit()
                waiting = 0
        if waiting:
            draft.commit()
    return Blanked(rows, files)


def _suspects(store: Store, manifest: Manifest, forgotten: Forgotten) -> Iterator[tuple[TableSpec, Segment]]:
    """Segments that may hold such rows. Those of events are named by their copy in the order of accounts, last."""
    offsets = _offsets(store, manifest, forgotten)
    for spec in store.specs.values():
        if spec.content and spec not in (EVENT, ACCOUNT_EVENT):
            yield from ((spec, segment) for segment in manifest.of(spec.name))
    for spec in (EVENT, ACCOUNT_EVENT):
        for segment in manifest.of(spec.name):
            low, high = np.searchsorted(offsets, (segment.first, segment.last + 1))
            if low < high:
                yield spec, segment


def _offsets(store: Store, manifest: Manifest, forgotten: Forgotten) -> npt.NDArray[np.int64]:
    """Where in the log the rows are that were compacted, ascending."""
    wanted = pc.field("did").isin(sorted(forgotten.dids))
    found = [np.empty(0, np.int64)]
    for segment in manifest.of(ACCOUNT_EVENT.name):
        rows = pq.read_table(store.path(segment.path), columns=list(_KEYS), filters=wanted, partitioning=None)
        found.append(rows.filter(forgotten.mask(rows)).column("offset").to_numpy())
    return np.sort(np.concatenate(found))


def _replace(store: Store, draft: Draft, spec: TableSpec, segment: Segment, forgotten: Forgotten) -> int:
    """Stage the segment without the content; return how many rows that were, 0 when there was none."""
    path = store.path(segment.path)
    known = [name for name in (spec.account, "uri", "collection", "rkey") if name in spec.columns.names]
    mask = forgotten.mask(read_rows(path, known)).fill_null(False)
    if not pc.any(mask).as_py():
        return 0
    rows = spec.conform(read_rows(path))
    if not has_content(spec, rows, mask):
        return 0
    blank = blank_rows(spec, rows, mask)
    draft.stage(spec, [blank], fixed_of(blank), segment.day, segment.part)
    draft.remove([segment])
    return int(pc.sum(mask.cast(pa.int64())).as_py())
