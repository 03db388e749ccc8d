"""Turn groups of accounts into rows with a name that lasts, by what the day before knew of them."""

from collections import defaultdict
from collections.abc import Sequence

import pyarrow as pa

from skywarden.detectors.network.tracking import Fate, Tracked, follow
from skywarden.warehouse.jobs.contract import Ask
from skywarden.warehouse.jobs.windows import Window

FIELDS = (
    pa.field("cluster", pa.string()),
    pa.field("fate", pa.string()),
    pa.field("size", pa.int64()),
    pa.field("did", pa.string()),
    pa.field("parents", pa.list_(pa.string())),
)
"""A row a member; of a cluster that died, the members that it had."""


def tracked_rows(ask: Ask, table: str, window: Window, groups: Sequence[frozenset[str]]) -> pa.Table:
    """Name the groups of a window after those of the window before."""
    return _rows(follow(_before(ask, table, window), groups, window.name))


def _before(ask: Ask, table: str, window: Window) -> dict[str, frozenset[str]]:
    """The clusters that lived in the window before."""
    found = ask(
        f"SELECT cluster, did FROM {table} WHERE window_start_us = $before_us AND fate <> 'death'",
        {"before_us": window.before().start_us},
    )
    members: dict[str, set[str]] = defaultdict(set)
    for cluster, did in zip(found.column("cluster").to_pylist(), found.column("did").to_pylist(), strict=True):
        members[cluster].add(did)
    return {name: frozenset(dids) for name, dids in members.items()}


def _rows(tracked: Sequence[Tracked]) -> pa.Table:
    rows = [
        {"cluster": one.name, "fate": str(one.fate), "size": len(one.members), "did": did, "parents": one.parents}
        for one in tracked
        for did in sorted(one.members)
    ]
    return pa.Table.from_pylist(rows, pa.schema(FIELDS))


def coordinated(table: str, what: str) -> str:
    """The statement that names the members of living clusters."""
    return (
        f"SELECT did, printf('one of %d accounts that {what} (cluster %s)', size, cluster) AS reason"
        f" FROM {table} WHERE fate <> '{Fate.DEATH}'"
    )
