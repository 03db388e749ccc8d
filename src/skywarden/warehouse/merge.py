"""Turn many small segments of one day and part into one, so that readers open few files.

Retry and crash: the merged segment appears in the step in which its sources go; rows are neither lost nor doubled.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import pyarrow as pa

from skywarden.warehouse.manifest import Manifest, Segment
from skywarden.warehouse.segment import fixed_in_all, open_segment, read_chunks, read_fixed, read_rows
from skywarden.warehouse.spec import TableSpec
from skywarden.warehouse.store import Store
from skywarden.warehouse.writer import Draft, in_order

FAN_IN = 8
"""So many segments of one size become one of the next; each row is written again once for each size."""

MOST_ROWS = 1_048_576


@dataclass(frozen=True, slots=True)
class Merge:
    """Neighbours that are to become one segment."""

    table: str
    segments: tuple[Segment, ...]


def merge_once(store: Store) -> int:
    """Do the merge that spares most files, if one is due; return how many files became one. 0: nothing to do."""
    with store.writing() as draft:
        due = [merge for merge in merges_due(draft.manifest) if merge.table in store.specs]
        if not due:
            return 0
        merge = max(due, key=lambda one: len(one.segments))
        _merge(store, draft, merge)
        draft.commit()
        return len(merge.segments)


def merges_due(manifest: Manifest) -> list[Merge]:
    """Every merge that may be done now. A day that is over is merged as far as the largest size goes."""
    parts: dict[tuple[str, str, str], list[Segment]] = defaultdict(list)
    newest: dict[str, str] = {}
    for one in manifest.segments:
        parts[one.table, one.day, one.part].append(one)
        newest[one.table] = max(newest.get(one.table, ""), one.day)
    found = []
    for (table, day, _part), segments in parts.items():
        least = 2 if day < newest[table] else FAN_IN
        for run in _runs(sorted(segments, key=lambda one: (one.first, one.last)), closed=day < newest[table]):
            if len(run) >= least:
                found.append(Merge(table, tuple(run)))
    return found


def _runs(segments: Sequence[Segment], *, closed: bool) -> Iterator[list[Segment]]:
    """Neighbours of like size (of any size in a closed day) that together are not too large."""
    run: list[Segment] = []
    for one in segments:
        alike = closed or not run or _size(one) == _size(run[0])
        if not alike or sum(other.rows for other in run) + one.rows > MOST_ROWS or len(run) == 64:
            yield run
            run = []
        run.append(one)
    yield run


def _size(segment: Segment) -> int:
    """Its size as a power of the fan-in."""
    size, rows = 0, segment.rows
    while rows >= FAN_IN:
        rows //= FAN_IN
        size += 1
    return size


def _merge(store: Store, draft: Draft, merge: Merge) -> None:
    spec, first = store.specs[merge.table], merge.segments[0]
    paths = [store.path(one.path) for one in merge.segments]
    fixed = []
    for path in paths:
        with open_segment(path) as file:
            fixed.append(read_fixed(file))
    if _follow(spec, merge.segments):
        chunks = (chunk for path in paths for chunk in read_chunks(path, spec))
        draft.stage(spec, chunks, fixed_in_all(fixed), first.day, first.part)
    else:
        rows = pa.concat_tables([spec.conform(read_rows(path)) for path in paths])
        draft.stage(spec, [in_order(spec, rows)], fixed_in_all(fixed), first.day, first.part)
    draft.remove(merge.segments)


def _follow(spec: TableSpec, segments: Sequence[Segment]) -> bool:
    """Whether the rows of each segment come after those of the one before, so that none need be sorted."""
    return spec.sort[0] == spec.key and all(one.last < other.first for one, other in pairwise(segments))
