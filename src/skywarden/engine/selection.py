"""Choose the rows of a batch that a scope's rules are on."""

import numpy as np
import pyarrow.compute as pc

from skywarden.engine.columns import Bools, Ints, known_rows, without_nulls
from skywarden.engine.rows import Rows
from skywarden.rules.catalog import EventKind, known_kind

_NONE = -1
_ACTIONS = 4
"""More than there are actions, none included."""
_KINDS = 16


class Selector:
    """Kind, action and collection of each row as one number, and the few different ones that there are."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        coded = rows.column("collection").dictionary_encode()
        collections = [None, *coded.dictionary.to_pylist()]
        codes = without_nulls(coded.indices, _NONE).astype(np.int64) + 1
        actions = without_nulls(rows.column("action"), _NONE).astype(np.int64) + 1
        kinds = without_nulls(rows.column("kind"), _NONE).astype(np.int64)
        self._sorts = (codes * _KINDS + kinds) * _ACTIONS + actions
        self._counts = np.bincount(self._sorts)
        self._present = [
            (sort, sort // _ACTIONS % _KINDS, sort % _ACTIONS - 1, collections[sort // (_ACTIONS * _KINDS)])
            for sort in np.flatnonzero(self._counts).tolist()
        ]
        self._found: dict[str, Bools | None] = {}

    def rows_on(self, paths: tuple[str, ...]) -> Ints:
        """Numbers of the rows that are of one of the kinds, ascending."""
        chosen = None
        for path in paths:
            rows = self._rows_of(path)
            if rows is not None:
                chosen = rows if chosen is None else chosen | rows
        return np.flatnonzero(chosen) if chosen is not None else np.empty(0, np.int64)

    def _rows_of(self, path: str) -> Bools | None:
        """The rows of one kind; None where there are none."""
        if path not in self._found:
            self._found[path] = self._is(known_kind(path))
        return self._found[path]

    def _is(self, kind: EventKind) -> Bools | None:
        wanted = [
            sort
            for sort, number, action, collection in self._present
            if number == kind.kind
            and (not kind.actions or action in kind.actions)
            and (kind.collection is None or collection == kind.collection)
        ]
        if not wanted:
            return None
        of_sort = np.zeros(len(self._counts), dtype=np.bool_)
        of_sort[wanted] = True
        chosen: Bools = of_sort[self._sorts]
        if kind.present is not None:
            chosen = chosen & known_rows(self._rows.column(kind.present))
        if kind.changed is not None:
            new, old = (self._rows.column(name) for name in kind.changed)
            chosen = chosen & without_nulls(pc.not_equal(new, old), False)
        return chosen
