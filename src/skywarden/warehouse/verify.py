"""Turn the files of the warehouse into the list of those that are not as they were written."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq

from skywarden.warehouse.manifest import Manifest, Segment
from skywarden.warehouse.store import Store

_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Damage:
    """One file that is wrong, and how."""

    path: str
    what: str


Progress = Callable[[int], None]
"""Told the bytes that were read since the last time."""


def verify(store: Store, progress: Progress) -> list[Damage]:
    """Read every byte of every segment, and compare what the manifest says of it.

    Raises: Broken, when the manifest itself is damaged.
    """
    with store.pinned() as manifest:
        found = [damage for one in manifest.segments if (damage := _check(store, one, progress)) is not None]
        return found + _gaps(manifest)


def _check(store: Store, segment: Segment, progress: Progress) -> Damage | None:
    path = store.path(segment.path)
    digest, size = hashlib.sha256(), 0
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                digest.update(block)
                size += len(block)
                progress(len(block))
    except OSError as error:
        return Damage(segment.path, f"cannot be read: {error.strerror}")
    if size != segment.bytes:
        return Damage(segment.path, f"expected {segment.bytes:,} bytes, found {size:,}")
    if digest.hexdigest() != segment.sha256:
        return Damage(segment.path, f"expected SHA-256 {segment.sha256}, found {digest.hexdigest()}")
    try:
        rows = pq.read_metadata(path).num_rows
    except pa.ArrowInvalid as error:
        return Damage(segment.path, f"is not Parquet: {error}")
    return None if rows == segment.rows else Damage(segment.path, f"expected {segment.rows:,} rows, found {rows:,}")


def _gaps(manifest: Manifest) -> list[Damage]:
    """Events that no segment holds although compaction is past them."""
    found = sorted((one for one in manifest.segments if one.table == "event"), key=lambda one: one.first)
    if not found:
        return []
    held = sum(one.rows for one in found)
    span = manifest.cursor("event") - found[0].first
    return [] if held == span else [Damage("manifest", f"expected {span:,} events, found {held:,} in the segments")]
