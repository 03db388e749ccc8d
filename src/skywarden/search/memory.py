"""Keep a full-text index in memory and look through all of it: what the others are compared with."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from skywarden.kernel.ids import Offset, UtcMicros
from skywarden.search.contract import Change, Rank, SearchDocument, SearchHit, SearchPage
from skywarden.search.cursor import Cursor, read_cursor, write_cursor
from skywarden.search.query import Filter, Phrase, SearchQuery
from skywarden.search.snippet import make_snippet
from skywarden.search.tokens import tokens


class MemoryIndex:
    """Documents by uri. A document's score is how often what was asked for stands in it."""

    def __init__(self) -> None:
        self._seen: dict[str, SearchDocument] = {}
        self._next: dict[str, SearchDocument] = {}
        self._position = Offset(0)

    def apply(self, changes: Sequence[Change]) -> None:
        for change in changes:
            if isinstance(change, SearchDocument):
                self._next[change.uri] = change
            elif change.uri is not None:
                self._next.pop(change.uri, None)
            else:
                self._next = {uri: kept for uri, kept in self._next.items() if kept.did != change.did}

    def commit(self, upto: Offset) -> None:
        self._seen, self._position = dict(self._next), upto

    def close(self) -> None:
        self._next = dict(self._seen)

    def position(self) -> Offset:
        return self._position

    def size(self) -> int:
        return len(self._seen)

    def find(
        self,
        query: SearchQuery,
        since_us: UtcMicros | None = None,
        until_us: UtcMicros | None = None,
        limit: int = 50,
        cursor: str | None = None,
        rank: Rank = "newest",
    ) -> SearchPage:
        given = read_cursor(cursor, rank)
        place = given or Cursor(self._position)
        found = [doc for doc in self._matching(query, since_us, until_us) if doc.offset < place.before]
        scored = [(_score(doc, query), doc) for doc in found]
        if rank == "score":
            scored.sort(key=lambda pair: (-pair[0], -pair[1].offset))
        page = scored[place.skip : place.skip + limit]
        hits = tuple(_hit(doc, query, score if rank == "score" else None) for score, doc in page)
        if place.skip + len(hits) >= len(scored):
            return SearchPage(hits)
        return SearchPage(hits, write_cursor(rank, hits, given, self._position))

    def offsets(
        self,
        query: SearchQuery,
        since_us: UtcMicros | None = None,
        until_us: UtcMicros | None = None,
        limit: int = 100_000,
    ) -> npt.NDArray[np.int64]:
        found = [doc.offset for doc in self._matching(query, since_us, until_us)][:limit]
        return np.array(sorted(found), np.int64)

    def _matching(self, query: SearchQuery, since: UtcMicros | None, until: UtcMicros | None) -> list[SearchDocument]:
        """Newest first."""
        starts = [bound for bound in (since, query.since_us) if bound is not None]
        ends = [bound for bound in (until, query.until_us) if bound is not None]
        found = [
            doc
            for doc in self._seen.values()
            if all(doc.time_us >= start for start in starts)
            and all(doc.time_us < end for end in ends)
            and all(_has(doc, phrase) for phrase in query.phrases)
            and not any(_has(doc, phrase) for phrase in query.excluded)
            and all(self._passes(doc, rule) for rule in query.filters)
        ]
        return sorted(found, key=lambda doc: -doc.offset)

    def _passes(self, doc: SearchDocument, rule: Filter) -> bool:
        if rule.name == "from":
            return (doc.did in self._authors(rule.values)) != rule.negated
        held = {"lang": doc.langs, "domain": doc.domains, "tag": doc.tags, "kind": (doc.kind,)}[rule.name]
        return bool(set(held) & set(rule.values)) != rule.negated

    def _authors(self, values: Sequence[str]) -> set[str]:
        return {*values, *(doc.did for doc in self._seen.values() if doc.handle in values)}


def _has(doc: SearchDocument, phrase: Phrase) -> bool:
    return any(_count(text, phrase) for _, text in doc.parts)


def _score(doc: SearchDocument, query: SearchQuery) -> float:
    return float(sum(_count(text, phrase) for phrase in query.phrases for _, text in doc.parts))


def _count(text: str, phrase: Phrase) -> int:
    held = tokens(text)
    ends = range(len(held) - phrase.terms[-1].place)
    return sum(all(term.matches(held[at + term.place]) for term in phrase.terms) for at in ends)


def _hit(doc: SearchDocument, query: SearchQuery, score: float | None) -> SearchHit:
    snippet = make_snippet(doc.parts, query.phrases)
    return SearchHit(doc.offset, doc.uri, doc.did, doc.kind, doc.time_us, score, snippet)
