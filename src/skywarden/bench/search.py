"""Measure the full-text index: documents a second in, milliseconds a query, memory and disk, over the posts' history.

Queries are of common, middling and rare words of the history itself; each is run again and again, and its figure is
the median. `thread_ms` is processor time of the asking thread, which does all the work of a query.
"""

import resource
import statistics
import tempfile
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import msgspec

from skywarden.bench.reference.history import read_history
from skywarden.bench.reference.sets import make_sets
from skywarden.kernel.ids import Offset, UtcMicros
from skywarden.model.event import EventBatch
from skywarden.search import SearchIndex, parse_query
from skywarden.search.contract import Rank
from skywarden.search.current import CurrentIndex
from skywarden.search.folder import SearchFolder
from skywarden.search.follow import rebuild
from skywarden.search.tokens import tokens

ROUNDS = 15
_BATCH_ROWS = 8_192
_SAMPLE_ROWS = 20_000
_HOUR_US = 3_600_000_000


class QueryFigures(msgspec.Struct, frozen=True):
    """One query: its hits on the first page of fifty, and the medians."""

    query: str
    rank: Rank
    hits: int
    ms: float
    thread_ms: float


class SearchFigures(msgspec.Struct, frozen=True):
    """What was measured. `cpu_us` is processor time a document, over all threads, putting parts together included."""

    documents: int
    documents_per_s: float
    cpu_us: float
    index_mb: float
    rss_mb: float
    worst_newest_ms: float
    worst_score_ms: float
    queries: list[QueryFigures]


@dataclass(frozen=True, slots=True)
class _Posts:
    """Batches in memory as a history."""

    batches_held: Sequence[EventBatch]

    def span(self) -> tuple[Offset, Offset]:
        return Offset(0), self.batches_held[-1].end

    def offset_at(self, time_us: UtcMicros) -> Offset:
        times = [time for batch in self.batches_held for time in batch.rows.column("time_us").to_pylist()]
        return Offset(bisect_left(times, time_us))

    def batches(
        self,
        start: Offset,
        stop: Offset | None = None,
        *,
        columns: Sequence[str] | None = None,
        parts: frozenset[str] | None = None,
    ) -> Iterator[EventBatch]:
        for batch in self.batches_held:
            first, last = max(start - batch.base, 0), min((stop or batch.end) - batch.base, len(batch))
            for at in range(first, last, _BATCH_ROWS):
                yield batch.slice(at, min(at + _BATCH_ROWS, last))


def measure_search(events: int, *, rounds: int = ROUNDS, progress: Callable[[int, int], None]) -> SearchFigures:
    """Index the history in a folder of its own, then ask."""
    posts = _Posts(read_history(events, make_sets()))
    with tempfile.TemporaryDirectory() as name:
        folder = SearchFolder(Path(name))
        wall, cpu = time.perf_counter(), time.process_time()
        documents = rebuild(posts, folder, progress)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        size = sum(file.stat().st_size for file in folder.root.rglob("*") if file.is_file())
        index = CurrentIndex(folder)
        ranks: tuple[Rank, ...] = ("newest", "score")
        found = [_measure(index, query, rank, rounds) for query in _queries(posts) for rank in ranks]
    return SearchFigures(
        documents=documents,
        documents_per_s=documents / wall,
        cpu_us=1e6 * cpu / documents,
        index_mb=size / 1e6,
        rss_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3,
        worst_newest_ms=max(query.ms for query in found if query.rank == "newest"),
        worst_score_ms=max(query.ms for query in found if query.rank == "score"),
        queries=found,
    )


def _queries(posts: _Posts) -> list[str]:
    """Words by how common they are, a phrase, filters, an exclusion, a part of a run without spaces."""
    rows = posts.batches_held[-1].rows.slice(0, _SAMPLE_ROWS)
    texts = [tokens(text) for text in rows.column("text").to_pylist() if text]
    counts = Counter(token for text in texts for token in set(text))
    words = [word for word, _ in counts.most_common() if word.isascii() and len(word) > 1]
    runs = [word for word, _ in counts.most_common() if len(word) == 2 and not word.isascii()]
    pairs = Counter(pair for text in texts for pair in pairwise(text) if all(map(str.isascii, pair)))
    [(phrase, _)] = pairs.most_common(1)
    did, last = rows.column("did")[0].as_py(), rows.column("time_us")[-1].as_py()
    hour_ago = _iso(last - _HOUR_US)
    return [
        words[0],
        words[100],
        words[min(2_000, len(words) - 1)],
        f"{words[0]} {words[1]}",
        f'"{" ".join(phrase)}"',
        f"{words[0]} -{words[1]}",
        runs[0],
        f"{runs[0]}{runs[0]}",
        f"from:{did}",
        "lang:en",
        f"{words[0]} lang:ja",
        f"{words[5]} since:{hour_ago}",
    ]


def _iso(time_us: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time_us / 1e6))


def _measure(index: SearchIndex, text: str, rank: Rank, rounds: int) -> QueryFigures:
    walls, threads, hits = [], [], 0
    for _ in range(rounds):
        wall, thread = time.perf_counter(), time.thread_time()
        hits = len(index.find(parse_query(text, UtcMicros(0)), limit=50, rank=rank).hits)
        walls.append(time.perf_counter() - wall)
        threads.append(time.thread_time() - thread)
    return QueryFigures(text, rank, hits, 1e3 * statistics.median(walls), 1e3 * statistics.median(threads))
