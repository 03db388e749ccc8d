"""What every full-text index promises, run over each implementation."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Did, Offset, UtcMicros
from skywarden.search import SearchDocument, SearchIndex, SearchWriter, parse_query
from skywarden.search.contract import Change, Rank, Removal
from skywarden.search.memory import MemoryIndex
from skywarden.search.tantivy import TantivyWriter

NOW_US = UtcMicros(1_750_000_000_000_000)
SECOND_US = 1_000_000


@pytest.fixture(params=["memory", "tantivy"])
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SearchWriter]:
    made: SearchWriter = MemoryIndex() if request.param == "memory" else TantivyWriter(tmp_path / "index")
    yield made
    made.close()


def document(number: int, text: str, *, did: str = "did:plc:alice", **fields: object) -> SearchDocument:
    """A post; `number` is its offset, its record key and, in seconds, its time."""
    made = SearchDocument(
        uri=f"at://{did}/app.bsky.feed.post/r{number}",
        did=Did(did),
        kind="post",
        offset=Offset(number),
        time_us=UtcMicros(NOW_US + number * SECOND_US),
        parts=(("text", text),),
    )
    return SearchDocument(**{name: fields.get(name, getattr(made, name)) for name in made.__dataclass_fields__})  # type: ignore[arg-type]  # a test names the fields that it changes


def fill(index: SearchWriter, changes: Sequence[Change], upto: int = 1_000) -> None:
    index.apply(changes)
    index.commit(Offset(upto))


def found(index: SearchIndex, query: str, rank: Rank = "newest") -> list[int]:
    """Offsets of all hits, page by page."""
    offsets: list[int] = []
    cursor: str | None = None
    while True:
        page = index.find(parse_query(query, NOW_US), limit=3, cursor=cursor, rank=rank)
        offsets += [hit.offset for hit in page.hits]
        cursor = page.cursor
        if cursor is None:
            return offsets


def test_a_word_is_found_in_any_case_and_with_or_without_accents(index: SearchWriter) -> None:
    fill(index, [document(0, "Ein CAFÉ in Łódź"), document(1, "cafe"), document(2, "cafes")])
    assert found(index, "café") == found(index, "Cafe") == [1, 0]


def test_all_words_must_be_there_and_those_with_a_minus_must_not(index: SearchWriter) -> None:
    fill(index, [document(0, "free money"), document(1, "money free of charge"), document(2, "free")])
    assert found(index, "free money") == [1, 0]
    assert found(index, '"free money"') == [0]
    assert found(index, "free -money") == [2]
    assert found(index, '-"free money"') == [2, 1]


def test_any_part_of_a_run_without_spaces_is_found(index: SearchWriter) -> None:
    fill(
        index,
        [document(0, "東京タワーに行く"), document(1, "京都"), document(2, "iPhone用ケース"), document(3, "ภาษาไทย")],
    )
    assert found(index, "東京タワー") == found(index, "タワ") == [0]
    assert found(index, "京") == [1, 0]
    assert found(index, "京タワ") == [0]
    assert found(index, "東都") == []
    assert found(index, "iphone用") == found(index, '"iphone用ケース"') == [2]
    assert found(index, "ไทย") == [3]


def test_emoji_are_found_whatever_their_skin(index: SearchWriter) -> None:
    fill(index, [document(0, "nice👍🏽"), document(1, "👎")])
    assert found(index, "👍") == found(index, "👍🏿") == [0]


def test_a_phrase_does_not_reach_from_one_part_into_the_next(index: SearchWriter) -> None:
    fill(index, [document(0, "", parts=(("text", "free"), ("alt", "money")))])
    assert found(index, "free money") == [0]
    assert found(index, '"free money"') == []


def test_filters_narrow_what_is_found(index: SearchWriter) -> None:
    one = document(1, "hi", langs=("pt-br", "pt"), domains=("www.spam.example", "spam.example"), tags=("art",))
    fill(index, [one, document(2, "hi", did="did:plc:bob", handle="bob.example")])
    assert found(index, "lang:pt hi") == found(index, "lang:pt-BR") == found(index, "lang:pt lang:en") == [1]
    assert found(index, "domain:spam.example") == found(index, "domain:www.spam.example") == [1]
    assert found(index, "tag:#Art") == [1]
    assert found(index, "from:did:plc:bob") == found(index, "from:@Bob.example") == [2]
    assert found(index, "-from:bob.example") == found(index, "-from:did:plc:bob hi") == [1]
    assert found(index, "kind:post hi") == [2, 1]
    assert found(index, "kind:profile") == found(index, "from:nobody.example") == []


def test_a_handle_finds_what_its_account_wrote_under_other_names(index: SearchWriter) -> None:
    account = document(3, "", did="did:plc:bob", uri="did:plc:bob", kind="account", handle="new.example")
    fill(index, [document(1, "hi", did="did:plc:bob", handle="old.example"), document(2, "hi"), account])
    assert found(index, "from:old.example") == found(index, "from:new.example") == [3, 1]


def test_times_are_from_inclusive_to_exclusive(index: SearchWriter) -> None:
    fill(index, [document(number, "hi") for number in range(5)])
    query, second = parse_query("hi", NOW_US), [UtcMicros(NOW_US + at * SECOND_US) for at in range(6)]
    assert [hit.offset for hit in index.find(query, second[1], second[3]).hits] == [2, 1]
    assert index.offsets(query, second[2]).tolist() == [2, 3, 4]
    assert index.offsets(query, limit=2).tolist() == [3, 4]


def test_a_record_that_changed_is_found_by_its_new_text_only(index: SearchWriter) -> None:
    first = document(0, "old words")
    fill(index, [first, document(7, "new words", uri=first.uri)])
    fill(index, [document(9, "newer words", uri=first.uri)])
    assert (found(index, "words"), found(index, "old"), index.size()) == ([9], [], 1)


def test_a_deleted_record_is_not_found_and_may_come_back(index: SearchWriter) -> None:
    one = document(0, "hi")
    fill(index, [one, document(1, "hi")])
    fill(index, [Removal(one.did, one.uri)])
    assert found(index, "hi") == [1]
    fill(index, [document(5, "hi", uri=one.uri)])
    assert found(index, "hi") == [5, 1]


def test_a_deleted_account_takes_all_its_documents_along(index: SearchWriter) -> None:
    fill(index, [document(0, "hi"), document(1, "hi", did="did:plc:bob")])
    fill(index, [document(2, "hi"), Removal(Did("did:plc:alice"), None), document(3, "hi again")])
    assert (found(index, "hi"), index.size()) == ([3, 1], 2)


def test_what_is_not_committed_is_not_seen(index: SearchWriter) -> None:
    fill(index, [document(0, "hi")], upto=10)
    index.apply([document(1, "hi")])
    assert (found(index, "hi"), index.position(), index.size()) == ([0], 10, 1)


def test_the_position_is_no_document(index: SearchWriter) -> None:
    fill(index, [], upto=77)
    assert (index.position(), index.size(), found(index, "-nothing")) == (77, 0, [])


def test_pages_hold_each_document_once_whatever_is_added_meanwhile(index: SearchWriter) -> None:
    fill(index, [document(number, "hi") for number in range(10)], upto=10)
    query = parse_query("hi", NOW_US)
    for rank in ("newest", "score"):
        page = index.find(query, limit=4, rank=rank)
        seen = [hit.offset for hit in page.hits]
        fill(index, [document(index.position(), "hi")], upto=index.position() + 1)
        while page.cursor is not None:
            page = index.find(query, limit=4, cursor=page.cursor, rank=rank)
            seen += [hit.offset for hit in page.hits]
        assert sorted(seen) == list(range(index.position() - 1))


def test_a_document_that_says_it_more_often_scores_higher(index: SearchWriter) -> None:
    fill(index, [document(0, "spam spam spam"), document(1, "spam and eggs and more"), document(2, "eggs")])
    assert found(index, "spam", rank="score") == [0, 1]
    assert all(hit.score is not None for hit in index.find(parse_query("spam", NOW_US), rank="score").hits)


def test_a_cursor_of_another_order_is_refused(index: SearchWriter) -> None:
    fill(index, [document(number, "hi") for number in range(3)])
    query = parse_query("hi", NOW_US)
    cursor = index.find(query, limit=1).cursor
    for bad in (cursor, "x", "score.1", "newest.99999999999999999999.0"):
        with pytest.raises(Rejected, match="not a cursor"):
            index.find(query, cursor=bad, rank="score")


def test_a_snippet_says_where_the_words_are(index: SearchWriter) -> None:
    fill(index, [document(0, "", parts=(("text", "nothing here"), ("alt", "a <b>CAFÉ</b> in 東京都")))])
    [hit] = index.find(parse_query("cafe 東京", NOW_US)).hits
    assert (hit.snippet.part, hit.snippet.text) == ("alt", "a <b>CAFÉ</b> in 東京都")
    assert [hit.snippet.text[start:end] for start, end in hit.snippet.highlights] == ["CAFÉ", "東京"]


words = st.lists(st.sampled_from(["a", "b", "c", "東京", "京", "東", "👍", "é"]), max_size=6)
dids = st.sampled_from(["did:plc:a", "did:plc:b"])
acts = st.one_of(
    st.tuples(st.just("put"), dids, st.integers(0, 5), words, st.sampled_from([" ", ""])),
    st.tuples(st.just("remove"), dids, st.integers(0, 5)),
    st.tuples(st.just("account"), dids),
    st.tuples(st.just("commit")),
)
queries = st.sampled_from(
    [
        "a",
        "a b",
        '"a b"',
        "a -b",
        "東",
        "東京",
        "京東",
        '"東 a"',
        "a東",
        '"京 京"',
        "👍",
        "from:did:plc:a",
        "-a from:h.a",
        "e",
        "kind:post -京",
    ]
)


@given(
    history=st.lists(acts, max_size=30),
    asked=st.lists(queries, min_size=1, max_size=4),
    few=st.sampled_from([0, 1_000]),
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_history_is_found_as_by_looking_through_everything(
    history: list[tuple[object, ...]], asked: list[str], few: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    naive, real = MemoryIndex(), TantivyWriter(tmp_path_factory.mktemp("index") / "index", few=few)
    try:
        for index in (naive, real):
            for offset, act in enumerate(history):
                play(index, offset, act)
            index.commit(Offset(len(history)))
        for query in asked:
            assert found(real, query) == found(naive, query), query
            assert sorted(found(real, query, "score")) == sorted(found(naive, query))
        assert real.size() == naive.size()
    finally:
        real.close()


def play(index: SearchWriter, offset: int, act: tuple[object, ...]) -> None:
    if act[0] == "commit":
        index.commit(Offset(offset))
        return
    did = Did(str(act[1]))
    if act[0] == "account":
        index.apply([Removal(did, None)])
        return
    uri = f"at://{did}/app.bsky.feed.post/{act[2]}"
    if act[0] == "remove":
        index.apply([Removal(did, uri)])
        return
    _, _, _, said, gap = act
    assert isinstance(said, list)
    handle = "h.a" if did.endswith("a") else None
    time_us = UtcMicros(NOW_US + offset * 7_000 * SECOND_US)  # some hours are empty, some windows have several
    index.apply([document(offset, str(gap).join(said), did=did, uri=uri, handle=handle, time_us=time_us)])
