"""Sets hold any text once, count it, and are the sets that rules add to."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from audit_trail import audited
from proposals import account, make_effect, make_service
from skywarden.kernel.clock import ManualClock
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Did, Offset
from skywarden.model.effect import EffectKind
from skywarden.moderation.desk import Desk
from skywarden.moderation.desk.sets import SetQuery
from skywarden.storage import Database

ANNA = Did("did:plc:anna")
NAMES = ["Zebra", "bad_words", "bad日本", "bad-hosts", "badXwords", "bad%", "schlecht", "ŝlechta"]


def size(desk: Desk, name: str) -> int:
    return desk.sets.values(name, 1, None)[0].size


def names(desk: Desk, query: SetQuery) -> list[str]:
    """Every name of all pages."""
    found: list[str] = []
    page = desk.sets.query(query)
    while True:
        found += [one.name for one in page.rows]
        if page.cursor is None:
            return found
        same = (query.name_prefix, query.sort_by, query.direction, query.limit)
        page = desk.sets.query(SetQuery(*same, cursor=page.cursor))


def test_a_set_keeps_its_description_until_another_is_given(desk: Desk, clock: ManualClock) -> None:
    made = desk.sets.upsert("words", "Bad ones", ANNA)
    clock.advance(1)
    again = desk.sets.upsert("words", None, ANNA)
    assert (again.number, again.description, again.created_us) == (made.number, "Bad ones", made.created_us)
    assert again.updated_us == clock.now_us()
    assert desk.sets.upsert("words", "", ANNA).description == ""
    for wrong in ("ab", "ü" * 65):
        with pytest.raises(Rejected, match="name"):
            desk.sets.upsert(wrong, None, ANNA)


def test_values_of_any_script_are_held_once_and_counted(desk: Desk) -> None:
    desk.sets.upsert("words", None, ANNA)
    words = ["plain", "Plain", "schön", "日本語", "👩‍👩‍👧", "plain ", " plain", "x" * 20_000]
    desk.sets.add_values("words", [*words, "plain", "日本語"], ANNA)
    named, page = desk.sets.values("words", 100, None)
    assert (named.size, list(page.rows), page.cursor) == (len(words), words, None)
    desk.sets.add_values("words", ["schön", "new"], ANNA)
    desk.sets.delete_values("words", ["日本語", "absent", "Plain", "日本語"], ANNA)
    assert size(desk, "words") == len(words) - 1
    kept = [word for word in words if word not in ("日本語", "Plain")]
    assert list(desk.sets.values("words", 100, None)[1].rows) == [*kept, "new"]


def test_pages_of_values_join_while_values_come_and_go(desk: Desk) -> None:
    desk.sets.upsert("words", None, ANNA)
    desk.sets.add_values("words", [f"w{number}" for number in range(5)], ANNA)
    _, first = desk.sets.values("words", 2, None)
    desk.sets.delete_values("words", ["w0"], ANNA)
    desk.sets.add_values("words", ["w0", "w5"], ANNA)
    _, second = desk.sets.values("words", 2, first.cursor)
    _, third = desk.sets.values("words", 9, second.cursor)
    assert [*first.rows, *second.rows, *third.rows] == ["w0", "w1", "w2", "w3", "w4", "w0", "w5"]
    assert third.cursor is None


def test_a_thousand_values_are_added_and_removed_in_one_call(desk: Desk) -> None:
    desk.sets.upsert("many", None, ANNA)
    values = [f"https://host{number}.example/path" for number in range(1_000)]
    desk.sets.add_values("many", values, ANNA)
    assert size(desk, "many") == 1_000
    desk.sets.delete_values("many", values[1:], ANNA)
    assert list(desk.sets.values("many", 10, None)[1].rows) == values[:1]


def test_sets_are_found_by_exact_prefix_and_in_each_order(desk: Desk, clock: ManualClock) -> None:
    for name in NAMES:
        desk.sets.upsert(name, None, ANNA)
        clock.advance(1)
    clock.advance(1)
    desk.sets.add_values("bad-hosts", ["a"], ANNA)
    assert names(desk, SetQuery("bad_")) == ["bad_words"]
    assert names(desk, SetQuery("bad%")) == ["bad%"]
    assert names(desk, SetQuery("Bad")) == []
    assert names(desk, SetQuery("ŝ")) == ["ŝlechta"]
    assert names(desk, SetQuery("bad")) == sorted(name for name in NAMES if name.startswith("bad"))
    for limit in (1, 3, 50):
        assert names(desk, SetQuery(limit=limit)) == sorted(NAMES)
        assert names(desk, SetQuery(direction="desc", limit=limit)) == sorted(NAMES, reverse=True)
        assert names(desk, SetQuery(sort_by="createdAt", limit=limit)) == NAMES
        assert names(desk, SetQuery(sort_by="updatedAt", direction="desc", limit=limit))[0] == "bad-hosts"
        assert len(names(desk, SetQuery(sort_by="updatedAt", limit=limit))) == len(NAMES)


def test_names_differ_by_case_accents_and_spaces(desk: Desk) -> None:
    alike = ["abc", "ABC", "abc ", "ábc", "a\u0301bc"]
    for name in alike:
        desk.sets.upsert(name, name, ANNA)
        desk.sets.add_values(name, [name], ANNA)
    assert names(desk, SetQuery(limit=2)) == sorted(alike)
    assert [list(desk.sets.values(name, 9, None)[1].rows) for name in alike] == [[name] for name in alike]


def test_sets_made_in_one_moment_are_paged_without_gap(desk: Desk) -> None:
    for name in NAMES:
        desk.sets.upsert(name, None, ANNA)
    for direction in ("asc", "desc"):
        assert sorted(names(desk, SetQuery("", "createdAt", direction, 2))) == sorted(NAMES)


def test_a_set_that_is_gone_has_no_values_and_cannot_be_filled(desk: Desk) -> None:
    desk.sets.upsert("words", None, ANNA)
    desk.sets.add_values("words", ["a"], ANNA)
    desk.sets.delete("words", ANNA)
    for act in (
        lambda: desk.sets.values("words", 10, None),
        lambda: desk.sets.add_values("words", ["a"], ANNA),
        lambda: desk.sets.delete_values("words", ["a"], ANNA),
        lambda: desk.sets.delete("words", ANNA),
    ):
        with pytest.raises(Rejected, match="SetNotFound"):
            act()
    assert desk.sets.upsert("words", None, ANNA).size == 0


def test_rules_and_people_fill_and_empty_the_same_set(desk: Desk, database: Database) -> None:
    rules = make_service(database)
    desk.sets.upsert("waves", "Senders of waves", ANNA)
    desk.sets.add_values("waves", [account(1).uri], ANNA)
    added = [make_effect(n, kind=EffectKind.ADD_TO_SET, value="waves") for n in (1, 2)]
    rules.outbox.store([], [*added, make_effect(3, kind=EffectKind.ADD_TO_LIST, value="waves")], Offset(4))
    rules.decide_pending(100)
    named, page = desk.sets.values("waves", 10, None)
    assert (named.size, list(page.rows), named.description) == (2, [account(1).uri, account(2).uri], "Senders of waves")
    assert list(desk.sets.values("list/waves", 10, None)[1].rows) == [account(3).uri]
    desk.sets.delete_values("waves", [account(2).uri], ANNA)
    rules.outbox.store([], [make_effect(4, account(2), kind=EffectKind.ADD_TO_SET, value="waves")], Offset(5))
    rules.decide_pending(100)
    assert list(desk.sets.values("waves", 10, None)[1].rows) == [account(1).uri, account(2).uri]


def test_the_size_is_exact_with_many_writers(desk: Desk) -> None:
    desk.sets.upsert("race", None, ANNA)

    def fill(writer: int) -> None:
        for number in range(5):
            desk.sets.add_values("race", [f"{writer}-{number}", f"shared-{number}"], ANNA)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(fill, range(8)))
    named, page = desk.sets.values("race", 1_000, None)
    assert named.size == len(page.rows) == len(set(page.rows)) == 8 * 5 + 5


def test_each_change_of_a_set_is_in_the_audit_with_the_values_that_changed(desk: Desk, database: Database) -> None:
    desk.sets.upsert("bad wörds", None, ANNA)
    desk.sets.add_values("bad wörds", ["a", "b"], ANNA)
    desk.sets.add_values("bad wörds", ["b", "c"], ANNA)
    desk.sets.delete_values("bad wörds", ["a", "x"], ANNA)
    desk.sets.delete("bad wörds", ANNA)
    rows = audited(database)
    assert {(actor, target) for actor, _, target, _ in rows} == {(ANNA, "set:bad%20w%C3%B6rds")}
    assert [(action, change["after"]) for _, action, _, change in rows[1:]] == [
        ("set.add_values", {"removed": [], "added": ["a", "b"]}),
        ("set.add_values", {"removed": [], "added": ["c"]}),
        ("set.delete_values", {"removed": ["a"], "added": []}),
        ("set.delete", None),
    ]
