"""Count events by keys, chunk by chunk: columns in, keys with counts and different accounts out."""

from collections.abc import Iterable, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from skywarden.app.investigate.cells import cells_of
from skywarden.app.investigate.run import Matches
from skywarden.kernel.errors import Rejected

MOST_PAIRS = 20_000_000
"""Pairs of a key and an account that are held at once; a question with more is refused."""
_FOLDED_AT = 2_000_000
_COUNT, _DID, _FIRST, _LAST = "count", "did", "first_us", "last_us"
_ACROSS = [(_COUNT, "sum"), (_FIRST, "min"), (_LAST, "max")]
_ACROSS_NAMES = [f"{name}_{how}" for name, how in _ACROSS]


class Tally:
    """Events by key. `events` is how many were counted, each once, however many keys it has."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = list(names)
        self._keys = [f"k{number}" for number in range(len(names))]
        self._parts: list[pa.Table] = []
        self._held = 0
        self._folded = 0
        self.events = 0

    def add_all(self, matches: Iterable[Matches]) -> "Tally":
        """Count all of them. Raises: Rejected, when there are too many keys."""
        for one in matches:
            self.add(one)
        return self

    def add(self, matches: Matches) -> None:
        """Count the events of one chunk."""
        self.events += len(matches)
        part = self._counted(self._flat(matches))
        self._parts.append(part)
        self._held += part.num_rows
        if self._held > self._folded + _FOLDED_AT:
            self._fold()

    def _flat(self, matches: Matches) -> pa.Table:
        """One row for an event and key; of several lists every combination."""
        rows = np.arange(len(matches))
        columns: list[pa.Array] = []
        for name in self._names:
            column, _ = matches.values[name]
            cells = cells_of(column, len(matches))
            if cells.rows is None:
                columns.append(cells.array.take(pa.array(rows)))
                continue
            starts = np.searchsorted(cells.rows, rows, side="left")
            lengths = np.searchsorted(cells.rows, rows, side="right") - starts
            places = np.repeat(np.arange(len(rows)), lengths)
            within = np.arange(len(places)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
            columns = [held.take(pa.array(places)) for held in columns]
            columns.append(cells.array.take(pa.array(starts[places] + within)))
            rows = rows[places]
        dids = matches.column("did").take(pa.array(rows))
        ones = pa.array(np.ones(len(rows), np.int64))
        times_us = pa.array(matches.times_us[rows])
        names = [*self._keys, _DID, _COUNT, _FIRST, _LAST]
        return pa.table([*columns, dids, ones, times_us, times_us], names=names)

    def _counted(self, table: pa.Table) -> pa.Table:
        """One row for a key and account."""
        keys = [*self._keys, _DID]
        found = table.group_by(keys).aggregate(_ACROSS)
        return found.select([*keys, *_ACROSS_NAMES]).rename_columns([*keys, _COUNT, _FIRST, _LAST])

    def _fold(self) -> None:
        if not self._parts:
            return
        folded = self._counted(pa.concat_tables(self._parts))
        self._parts, self._held, self._folded = [folded], folded.num_rows, folded.num_rows
        if folded.num_rows > MOST_PAIRS:
            expected = f"at most {MOST_PAIRS:,} different keys and accounts"
            raise Rejected("too many groups", expected=expected, hint="ask for a shorter time or a coarser group")

    def table(self) -> pa.Table:
        """A row a key: k0, k1..., count, first_us, last_us and accounts; most events first, then by key."""
        self._fold()
        names = [*self._keys, _COUNT, _FIRST, _LAST, "accounts"]
        if not self._parts:
            return pa.table([pa.array([], pa.int64()) for _ in names], names=names)
        found = self._parts[0].group_by(self._keys).aggregate([*_ACROSS, (_DID, "count")])
        found = found.select([*self._keys, *_ACROSS_NAMES, f"{_DID}_count"]).rename_columns(names)
        order = [(_COUNT, "descending"), *((key, "ascending") for key in self._keys)]
        return found.take(pc.sort_indices(found, order))
