"""Read whichever index is the current one, beside the process that writes it and across a rebuild."""

import threading

import numpy as np
import numpy.typing as npt

from skywarden.kernel.errors import Broken, Retryable
from skywarden.kernel.ids import Offset, UtcMicros
from skywarden.search.contract import Rank, SearchPage
from skywarden.search.folder import SearchFolder
from skywarden.search.query import SearchQuery
from skywarden.search.tantivy import TantivyIndex

_TRIES = 3
"""An index may be replaced and removed between finding out which it is and opening it."""


class CurrentIndex:
    """A `SearchIndex`. Raises, from each method: Retryable, while there is no index yet."""

    def __init__(self, folder: SearchFolder) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._open: TantivyIndex | None = None

    def position(self) -> Offset:
        return self._index().position()

    def size(self) -> int:
        return self._index().size()

    def find(
        self,
        query: SearchQuery,
        since_us: UtcMicros | None = None,
        until_us: UtcMicros | None = None,
        limit: int = 50,
        cursor: str | None = None,
        rank: Rank = "newest",
    ) -> SearchPage:
        return self._index().find(query, since_us, until_us, limit, cursor, rank)

    def offsets(
        self,
        query: SearchQuery,
        since_us: UtcMicros | None = None,
        until_us: UtcMicros | None = None,
        limit: int = 100_000,
    ) -> npt.NDArray[np.int64]:
        return self._index().offsets(query, since_us, until_us, limit)

    def _index(self) -> TantivyIndex:
        with self._lock:
            for attempt in range(1, _TRIES + 1):
                path = self._folder.current()
                if path is None or not (path / "meta.json").exists():
                    raise Retryable(f"{self._folder.root}: no index yet; start `skywarden up` or run `search rebuild`")
                if self._open is not None and self._open.path == path:
                    return self._open
                try:
                    self._open = TantivyIndex(path)
                except Broken:
                    if attempt == _TRIES or self._folder.current() == path:
                        raise
            assert self._open is not None
            return self._open
