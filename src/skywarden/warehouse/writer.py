"""Turn rows into staged segments, and staged segments into the next manifest."""

from collections.abc import Callable, Iterable
from itertools import count
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from skywarden.kernel.clock import Clock
from skywarden.warehouse.days import DAY_US, day_name
from skywarden.warehouse.manifest import Dropped, Manifest, Segment, make_folder, write_durably
from skywarden.warehouse.segment import Fixed, checksum, encode_segment, fields_of, fixed_of
from skywarden.warehouse.spec import PART_OF_ALL, TableSpec


class Draft:
    """A change of the warehouse that nobody sees before `commit`; for one thread."""

    def __init__(
        self,
        folder: Path,
        manifest: Manifest,
        clock: Clock,
        save: Callable[[Manifest], None],
        seam: Callable[[str], None],
    ) -> None:
        self.manifest = manifest
        self._folder = folder
        self._clock = clock
        self._save = save
        self._seam = seam
        self._numbers = count()
        self._begin()

    def _begin(self) -> None:
        self._added: list[Segment] = []
        self._removed: set[str] = set()
        self._gone: frozenset[str] = frozenset()
        self._cursors: dict[str, int] = {}

    def add(self, spec: TableSpec, rows: pa.Table, part: str = PART_OF_ALL) -> list[Segment]:
        """Stage rows of one part, a segment for each of their days. No rows: nothing."""
        rows = spec.conform(rows)
        days = np.asarray(rows.column(spec.time).to_numpy()) // DAY_US
        staged = []
        for day in np.unique(days):
            of_day = rows.filter(pa.array(days == day)) if days[0] != day or days[-1] != day else rows
            staged.append(self.stage(spec, [in_order(spec, of_day)], fixed_of(of_day), day_name(int(day)), part))
        return staged

    def stage(self, spec: TableSpec, chunks: Iterable[pa.Table], fixed: Fixed, day: str, part: str) -> Segment:
        """Write one segment of rows that are in the table's order; they must be of this day and part."""
        bounds = _Bounds(spec)
        data = encode_segment(spec, bounds.watch(chunks), fixed)
        folder = f"{spec.name}/day={day}/part={part}"
        version = self.manifest.version + 1
        name = f"{bounds.first:012}-{bounds.last:012}-{version}-{next(self._numbers)}.parquet"
        write_durably(make_folder(self._folder, folder) / name, data)
        self._seam("staged")
        segment = Segment(
            path=f"{folder}/{name}",
            table=spec.name,
            day=day,
            part=part,
            rows=bounds.rows,
            bytes=len(data),
            sha256=checksum(data),
            first=bounds.first,
            last=bounds.last,
            first_us=bounds.first_us,
            last_us=bounds.last_us,
            fields=fields_of(spec),
        )
        self._added.append(segment)
        return segment

    def remove(self, segments: Iterable[Segment]) -> None:
        """Have segments be gone with the commit; their files stay for a while."""
        self._removed.update(segment.path for segment in segments)

    def replace(self, spec: TableSpec, rows: pa.Table, day: str, part: str) -> None:
        """Have these rows be all that the table has in this day and part."""
        self.remove(one for one in self.manifest.of(spec.name) if (one.day, one.part) == (day, part))
        self.add(spec, rows, part)

    def move_cursor(self, table: str, upto: int) -> None:
        """Say up to which key, exclusive, the table's source was read."""
        self._cursors[table] = upto

    def forget_dropped(self, names: frozenset[str]) -> None:
        """Name these dropped files no more: they were removed."""
        self._gone = names

    def commit(self) -> Manifest:
        """Make it so, durably; the draft begins anew on the outcome."""
        old, now_us = self.manifest, self._clock.now_us()
        dropped = tuple(Dropped(path, now_us, old.version + 1) for path in sorted(self._removed))
        manifest = msgspec.structs.replace(
            old,
            version=old.version + 1,
            segments=(*(one for one in old.segments if one.path not in self._removed), *self._added),
            dropped=(*(one for one in old.dropped if one.path not in self._gone), *dropped),
            cursors=old.cursors | self._cursors,
        )
        self._seam("before-manifest")
        self._save(manifest)
        self._seam("after-manifest")
        self.manifest = manifest
        self._begin()
        return manifest


def in_order(spec: TableSpec, rows: pa.Table) -> pa.Table:
    """Rows in the table's order; those that are, as most of a log, stay as they are."""
    if spec.sort == (spec.key,) and np.all(np.diff(rows.column(spec.key).to_numpy()) > 0):
        return rows
    return rows.take(pc.sort_indices(rows, sort_keys=[(name, "ascending") for name in spec.sort]))


class _Bounds:
    """Counts rows as they pass, and keeps the least and greatest key and time."""

    def __init__(self, spec: TableSpec) -> None:
        self._spec = spec
        self.rows = 0
        self.first = self.first_us = 2**63 - 1
        self.last = self.last_us = -(2**63)

    def watch(self, chunks: Iterable[pa.Table]) -> Iterable[pa.Table]:
        for chunk in chunks:
            if len(chunk):
                self.rows += len(chunk)
                key, time = pc.min_max(chunk.column(self._spec.key)), pc.min_max(chunk.column(self._spec.time))
                self.first, self.last = min(self.first, key["min"].as_py()), max(self.last, key["max"].as_py())
                self.first_us = min(self.first_us, time["min"].as_py())
                self.last_us = max(self.last_us, time["max"].as_py())
            yield chunk
