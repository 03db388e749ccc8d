"""What every full-text index promises; the contract suite in tests/contracts/ runs over each implementation.

Retry: a batch of changes that was applied twice leaves the index as once. Crash: after kill -9 the index is as at some
`commit`, its position included, so whoever follows a log from there loses and doubles nothing. Two writers: the second
is refused (`Broken`). Readers, from other processes too, see the last commit.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from skywarden.kernel.ids import Did, Offset, UtcMicros
from skywarden.search.query import SearchQuery

MAX_PAGE = 1_000
"""Most hits of one page, and most hits that a ranking by score goes through."""

Rank = Literal["newest", "score"]


@dataclass(frozen=True, slots=True)
class SearchDocument:
    """What is searchable of one record or account, as of the row of the log at `offset`.

    `uri` is the record's, or the DID of an account. `parts` are (name, text) in the order in which they are shown:
    text, alt, name, description, handle, link, tag.
    """

    uri: str
    did: Did
    kind: str
    offset: Offset
    time_us: UtcMicros
    parts: tuple[tuple[str, str], ...]
    langs: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    handle: str | None = None


@dataclass(frozen=True, slots=True)
class Removal:
    """A record that is gone, or an account with all its records (`uri` is None)."""

    did: Did
    uri: str | None


Change = SearchDocument | Removal


@dataclass(frozen=True, slots=True)
class Snippet:
    """A piece of one part of a document. `highlights` are (start, end) in characters of `text`, which is plain text."""

    part: str
    text: str
    highlights: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class SearchHit:
    """A document that was found; `score` only where hits are ranked by it."""

    offset: Offset
    uri: str
    did: Did
    kind: str
    time_us: UtcMicros
    score: float | None
    snippet: Snippet


@dataclass(frozen=True, slots=True)
class SearchPage:
    """Hits in their order; `cursor` asks for the next page and is None on the last one."""

    hits: tuple[SearchHit, ...] = field(default=())
    cursor: str | None = None


class SearchIndex(Protocol):
    """The read side."""

    def position(self) -> Offset:
        """The log is in the index up to here (exclusive)."""
        ...

    def size(self) -> int:
        """Documents in the index."""
        ...

    def find(
        self,
        query: SearchQuery,
        since_us: UtcMicros | None = None,
        until_us: UtcMicros | None = None,
        limit: int = 50,
        cursor: str | None = None,
        rank: Rank = "newest",
    ) -> SearchPage:
        """One page of what matches, witnessed in [since_us, until_us).

        Newest first, the pages together hold each document once that was there all the time, whatever is added
        meanwhile. By score, what was added after the first page is left out, at most MAX_PAGE hits are given, and
        scores may move between pages. Raises: Rejected for a cursor that is not one.
        """
        ...

    def offsets(
        self,
        query: SearchQuery,
        since_us: UtcMicros | None = None,
        until_us: UtcMicros | None = None,
        limit: int = 100_000,
    ) -> npt.NDArray[np.int64]:
        """Offsets in the log of the newest documents that match, ascending; for who filters further."""
        ...


class SearchWriter(SearchIndex, Protocol):
    """Both sides; one at a time."""

    def apply(self, changes: Sequence[Change]) -> None:
        """Take changes in, in their order; they are seen from the next commit on."""
        ...

    def commit(self, upto: Offset) -> None:
        """Make what was applied and the position durable in one step."""
        ...

    def close(self) -> None:
        """Give up what was not committed, and the right to write."""
        ...
