"""Keep a full-text index in a folder with tantivy.

Retry: a document replaces the one with its uri, so changes may be applied twice. Crash: the position is a document
that is replaced in the same commit as the others, and a commit is one replaced file. Two writers: tantivy's lock file
refuses the second. Readers, in other processes too, hold the files of the commit that they opened.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import tantivy

from skywarden.kernel.errors import Broken
from skywarden.kernel.ids import Did, Offset, UtcMicros
from skywarden.search.contract import MAX_PAGE, Change, Rank, SearchDocument, SearchHit, SearchPage
from skywarden.search.cursor import Cursor, read_cursor, write_cursor
from skywarden.search.query import Filter, Phrase, SearchQuery
from skywarden.search.snippet import make_snippet
from skywarden.search.tokens import Term, tokens

LIVE_HEAP_BYTES = 32_000_000
"""Memory of what was not committed; tantivy takes no less than 15 MB."""

_MAX_AUTHORS = 50
"""Accounts that one handle may have belonged to."""
_POSITION = "~position"
"""In place of a uri: the document that says how far the log is in the index."""
_GAP = " \u241f "
"""Between parts, so that no phrase reaches across; nobody can ask for it."""
_HOUR_US = 3_600_000_000
FEW = 20_000
"""So many documents are put into order at once; of more, the newest hours are looked at first."""
_WINDOWS_HOURS = (1, 4, 16, 64, 256)

_Found = tuple[float | None, Offset, tantivy.DocAddress]


@dataclass(frozen=True, slots=True)
class _State:
    """What is stored with each commit: how far the log is in the index, and the times of its documents."""

    position: Offset = Offset(0)
    first_us: int | None = None
    last_us: int = 0


@dataclass(frozen=True, slots=True)
class _Asked:
    """A query as tantivy has it; at most `most` documents match. Bounds are [since, until) and an offset."""

    must: tuple[tantivy.Query, ...]
    must_not: tuple[tantivy.Query, ...]
    most: int
    since_us: int | None
    until_us: int | None
    before: Offset | None


class TantivyIndex:
    """The read side, of the newest commit at each call; safe from several threads."""

    def __init__(self, path: Path, *, few: int = FEW) -> None:
        self.path = path
        self._few = few
        self._index = _opened(path)
        self._index.config_reader("manual")
        self._index.reload()
        self._schema = self._index.schema
        self._commit = self._commit_mark()

    def position(self) -> Offset:
        return self._state(self._searcher()).position

    def size(self) -> int:
        searcher = self._searcher()
        found = searcher.search(self._term("uri", _POSITION), 1, count=False).hits
        return int(searcher.num_docs) - len(found)

    def find(
        self,
        query: SearchQuery,
        since_us: UtcMicros | None = None,
        until_us: UtcMicros | None = None,
        limit: int = 50,
        cursor: str | None = None,
        rank: Rank = "newest",
    ) -> SearchPage:
        limit, given = min(limit, MAX_PAGE), read_cursor(cursor, rank)
        searcher = self._searcher()
        asked = self._asked(searcher, query, since_us, until_us, given)
        if rank == "newest":
            found = self._newest(searcher, asked, limit + 1)
        else:
            found = self._best(searcher, asked)[given.skip if given else 0 :]
        hits = tuple(_hit(searcher.doc(at), query, score) for score, _, at in found[:limit])
        if len(found) <= limit:
            return SearchPage(hits)
        return SearchPage(hits, write_cursor(rank, hits, given, self._state(searcher).position))

    def offsets(
        self,
        query: SearchQuery,
        since_us: UtcMicros | None = None,
        until_us: UtcMicros | None = None,
        limit: int = 100_000,
    ) -> npt.NDArray[np.int64]:
        searcher = self._searcher()
        found = self._newest(searcher, self._asked(searcher, query, since_us, until_us, None), limit)
        return np.array([offset for _, offset, _ in reversed(found)], np.int64)

    def _searcher(self) -> tantivy.Searcher:
        mark = self._commit_mark()
        if mark != self._commit:
            self._index.reload()
            self._commit = mark
        return self._index.searcher()

    def _commit_mark(self) -> tuple[int, int]:
        """Changes with each commit: it is a file that is replaced."""
        found = (self.path / "meta.json").stat()
        return found.st_ino, found.st_mtime_ns

    def _state(self, searcher: tantivy.Searcher) -> _State:
        found = searcher.search(self._term("uri", _POSITION), 1, count=False).hits
        if not found:
            return _State()
        stored = searcher.doc(found[0][1])
        return _State(Offset(_value(stored, "position")), _value(stored, "first_us"), _value(stored, "last_us") or 0)

    def _newest(self, searcher: tantivy.Searcher, asked: _Asked, limit: int) -> list[_Found]:
        found: list[_Found] = []
        for window in self._windows(searcher, asked):
            query = self._query(asked, window)
            hits = searcher.search(query, limit - len(found), count=False, order_by_field="offset").hits
            found += [(None, Offset(offset), at) for offset, at in hits]
            if len(found) >= limit:
                break
        return found

    def _windows(self, searcher: tantivy.Searcher, asked: _Asked) -> Iterator[tuple[int | None, int | None]]:
        """Stretches of time [since, until), the newest first; one where few documents match anyway."""
        state = self._state(searcher)
        start, stop = asked.since_us, asked.until_us
        if asked.most <= self._few or state.first_us is None:
            yield start, stop
            return
        hour = min(stop, state.last_us + 1) - 1 if stop is not None else state.last_us
        upto = stop
        for hours in _WINDOWS_HOURS:
            since = (hour // _HOUR_US + 1 - hours) * _HOUR_US
            if since <= (state.first_us if start is None else max(start, state.first_us)):
                break
            yield since, upto
            upto, hour = since, since - 1
        yield start, upto

    def _best(self, searcher: tantivy.Searcher, asked: _Asked) -> list[_Found]:
        """Highest score first, of equal ones the newest; always as many, so that all pages are cut from one list."""
        found = searcher.search(self._query(asked, (asked.since_us, asked.until_us)), MAX_PAGE, count=False).hits
        offsets = searcher.fast_field_values("offset", [at for _, at in found])
        scored = [(score, Offset(int(offset or 0)), at) for (score, at), offset in zip(found, offsets, strict=True)]
        return sorted(scored, key=lambda hit: (-hit[0], -hit[1]))

    def _query(self, asked: _Asked, window: tuple[int | None, int | None]) -> tantivy.Query:
        must = [*asked.must, *self._times(*window)]
        if asked.before is not None:
            must.append(self._range("offset", None, asked.before))
        if not must:
            must.append(tantivy.Query.const_score_query(tantivy.Query.all_query(), 0.0))
        must_not = (*asked.must_not, self._term("uri", _POSITION))
        parts = [(tantivy.Occur.Must, part) for part in must] + [(tantivy.Occur.MustNot, part) for part in must_not]
        return tantivy.Query.boolean_query(parts)

    def _times(self, since: int | None, until: int | None) -> list[tantivy.Query]:
        """Conditions on the time: the hours where they are few, then what the hours do not say exactly."""
        conditions = []
        if since is not None and until is not None and until - since <= _WINDOWS_HOURS[-1] * _HOUR_US:
            hours = [str(hour) for hour in range(since // _HOUR_US, (until - 1) // _HOUR_US + 1)]
            found = tantivy.Query.term_set_query(self._schema, "hour", hours)
            conditions.append(tantivy.Query.const_score_query(found, 0.0))
            if since % _HOUR_US == 0 and until % _HOUR_US == 0:
                return conditions
        if since is not None or until is not None:
            conditions.append(self._range("time_us", since, until))
        return conditions

    def _asked(
        self,
        searcher: tantivy.Searcher,
        query: SearchQuery,
        since_us: UtcMicros | None,
        until_us: UtcMicros | None,
        given: Cursor | None,
    ) -> _Asked:
        starts = [bound for bound in (since_us, query.since_us) if bound is not None]
        ends = [bound for bound in (until_us, query.until_us) if bound is not None]
        if given is not None and given.until_us is not None:
            ends.append(UtcMicros(given.until_us + 1))
        wanted = [rule for rule in query.filters if not rule.negated]
        return _Asked(
            must=(*map(self._phrase, query.phrases), *(self._filter(searcher, rule) for rule in wanted)),
            must_not=(
                *map(self._phrase, query.excluded),
                *(self._filter(searcher, rule) for rule in query.filters if rule.negated),
            ),
            most=min([self._most(searcher, query), *(self._most_by(searcher, rule) for rule in wanted)]),
            since_us=max(starts, default=None),
            until_us=min(ends, default=None),
            before=given.before if given else None,
        )

    def _most(self, searcher: tantivy.Searcher, query: SearchQuery) -> int:
        """How many documents have the rarest of the words."""
        words = {term.token for phrase in query.phrases for term in phrase.terms if not term.is_open}
        return min((searcher.doc_freq("body", word) for word in words), default=searcher.num_docs)

    def _most_by(self, searcher: tantivy.Searcher, rule: Filter) -> int:
        if rule.name == "from":
            return 0  # what one account wrote is little
        return sum(searcher.doc_freq(rule.name, value) for value in rule.values)

    def _phrase(self, phrase: Phrase) -> tantivy.Query:
        terms = phrase.terms
        if terms[-1].is_open:
            if len(terms) == 1:
                return tantivy.Query.regex_query(self._schema, "body", f"{terms[0].token}.?")
            words: list[str | tuple[int, str]] = [(term.place, _pattern(term)) for term in terms]
            return tantivy.Query.regex_phrase_query(self._schema, "body", words)
        if len(terms) == 1:
            return self._term("body", terms[0].token, "position")
        return tantivy.Query.phrase_query(self._schema, "body", [(term.place, term.token) for term in terms])

    def _filter(self, searcher: tantivy.Searcher, rule: Filter) -> tantivy.Query:
        field, values = rule.name, list(rule.values)
        if field == "from":
            field, values = "did", self._authors(searcher, values)
        return tantivy.Query.const_score_query(tantivy.Query.term_set_query(self._schema, field, values), 0.0)

    def _authors(self, searcher: tantivy.Searcher, values: Sequence[str]) -> list[str]:
        """The DIDs that are named, and those that had the handles that are named."""
        authors = [value for value in values if value.startswith("did:")]
        handles = [value for value in values if not value.startswith("did:")]
        if not handles:
            return authors
        having = tantivy.Query.term_set_query(self._schema, "handle", handles)
        for _ in range(_MAX_AUTHORS):
            others = tantivy.Query.term_set_query(self._schema, "did", authors)
            asked = having.and_must_not_match(others) if authors else having
            found = searcher.search(asked, 1, count=False).hits
            if not found:
                break
            authors.append(_value(searcher.doc(found[0][1]), "did"))
        return authors

    def _term(self, field: str, value: str, option: str = "basic") -> tantivy.Query:
        return tantivy.Query.term_query(self._schema, field, value, option)

    def _range(self, field: str, start: int | None, stop: int | None) -> tantivy.Query:
        kind = tantivy.FieldType.Integer
        found = tantivy.Query.range_query(self._schema, field, kind, start, stop, include_upper=stop is None)
        return tantivy.Query.const_score_query(found, 0.0)


class TantivyWriter(TantivyIndex):
    """Both sides. `threads` and `heap_bytes` bound what indexing takes."""

    def __init__(self, path: Path, *, heap_bytes: int = LIVE_HEAP_BYTES, threads: int = 1, few: int = FEW) -> None:
        path.mkdir(parents=True, exist_ok=True)
        if not tantivy.Index.exists(str(path)):
            tantivy.Index(_schema(), path=str(path))
        super().__init__(path, few=few)
        try:
            self._writer: tantivy.IndexWriter | None = self._index.writer(heap_bytes, threads)
        except ValueError as error:
            raise Broken(f"{path}: another process writes this index, or it is damaged: {error}") from error
        self._next = self._state(self._searcher())

    def apply(self, changes: Sequence[Change]) -> None:
        writer = self._open_writer()
        for change in changes:
            if isinstance(change, SearchDocument):
                self._note(change.time_us)
                writer.delete_documents_by_term("uri", change.uri)
                writer.add_document(_document(change))
            elif change.uri is not None:
                writer.delete_documents_by_term("uri", change.uri)
            else:
                writer.delete_documents_by_term("did", change.did)

    def commit(self, upto: Offset) -> None:
        writer = self._open_writer()
        mark = tantivy.Document()
        mark.add_text("uri", _POSITION)
        mark.add_integer("position", upto)
        if self._next.first_us is not None:
            mark.add_integer("first_us", self._next.first_us)
            mark.add_integer("last_us", self._next.last_us)
        try:
            writer.delete_documents_by_term("uri", _POSITION)
            writer.add_document(mark)
            writer.commit()
        except ValueError as error:
            raise Broken(
                f"{self.path}: cannot be written: {error}; `skywarden search rebuild` makes a new one"
            ) from error

    def settle(self) -> None:
        """Wait until the parts of the index are put together, then give up the right to write."""
        self._open_writer().wait_merging_threads()
        self._writer = None

    def close(self) -> None:
        self._writer = None

    def _note(self, time_us: int) -> None:
        first = time_us if self._next.first_us is None else min(self._next.first_us, time_us)
        self._next = _State(first_us=first, last_us=max(self._next.last_us, time_us))

    def _open_writer(self) -> tantivy.IndexWriter:
        if self._writer is None:
            raise Broken(f"{self.path}: the index is closed")
        return self._writer


def _opened(path: Path) -> tantivy.Index:
    try:
        index = tantivy.Index.open(str(path))
    except (ValueError, OSError) as error:
        raise Broken(f"{path}: no usable index: {error}; `skywarden search rebuild` makes a new one") from error
    index.register_tokenizer("spaced", tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build())
    return index


def _schema() -> tantivy.Schema:
    fields = tantivy.SchemaBuilder()
    for name in ("uri", "did", "kind"):
        fields.add_text_field(name, stored=True, tokenizer_name="raw", index_option="basic")
    for name in ("lang", "domain", "tag", "handle", "hour"):
        fields.add_text_field(name, tokenizer_name="raw", index_option="basic")
    fields.add_text_field("body", tokenizer_name="spaced", index_option="position")
    fields.add_bytes_field("parts", stored=True)
    for name in ("offset", "time_us"):
        fields.add_integer_field(name, stored=True, fast=True)
    for name in ("position", "first_us", "last_us"):
        fields.add_integer_field(name, stored=True)
    return fields.build()


def _document(change: SearchDocument) -> tantivy.Document:
    made = tantivy.Document()
    made.add_text("uri", change.uri)
    made.add_text("did", change.did)
    made.add_text("kind", change.kind)
    for field, values in (("lang", change.langs), ("domain", change.domains), ("tag", change.tags)):
        for value in values:
            made.add_text(field, value)
    if change.handle is not None:
        made.add_text("handle", change.handle)
    made.add_text("body", _GAP.join(" ".join(tokens(text)) for _, text in change.parts))
    made.add_bytes("parts", msgspec.json.encode(change.parts))
    made.add_integer("offset", change.offset)
    made.add_integer("time_us", change.time_us)
    made.add_text("hour", str(change.time_us // _HOUR_US))
    return made


def _value(stored: tantivy.Document, name: str) -> Any:
    """A stored field's first value, of the type that the field has; None where the document has none."""
    return stored.get_first(name)


def _hit(found: tantivy.Document, query: SearchQuery, score: float | None) -> SearchHit:
    parts = msgspec.json.decode(_value(found, "parts"), type=tuple[tuple[str, str], ...])
    return SearchHit(
        offset=Offset(_value(found, "offset")),
        uri=_value(found, "uri"),
        did=Did(_value(found, "did")),
        kind=_value(found, "kind"),
        time_us=UtcMicros(_value(found, "time_us")),
        score=score,
        snippet=make_snippet(parts, query.phrases),
    )


def _pattern(term: Term) -> str:
    """Tokens have no character that means something in a pattern."""
    return f"{term.token}.?" if term.is_open else term.token
