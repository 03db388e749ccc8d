"""The account table stamps what is known, counts each event once, and leaves unknown what nobody said."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pytest

from ingest_rows import START_US, batch, deleted, follow, post, profile, row
from skywarden.ingest.accounts.account import LookedUp
from skywarden.ingest.accounts.follows import FollowBook
from skywarden.ingest.accounts.sqlite import AccountStore
from skywarden.ingest.accounts.table import AccountTable
from skywarden.ingest.contract import RepoState
from skywarden.kernel.errors import Broken
from skywarden.kernel.ids import Did, Offset, UtcMicros
from skywarden.log.memory import MemoryLog
from skywarden.model.event import SCHEMA, Kind

NEW_COLUMNS = {"link_texts", "mention_texts", "report_reason", "report_by", "moderation_event", "values_added"}
ALICE, BOB, CAROL = Did("did:plc:alice"), Did("did:plc:bob"), Did("did:plc:carol")
LATER = UtcMicros(START_US + 60_000_000)


@pytest.fixture
def table(tmp_path: Path) -> Iterator[AccountTable]:
    made = AccountTable(tmp_path / "accounts.db")
    yield made
    made.close()


def stamps(table: AccountTable, *rows: dict[str, object]) -> list[dict[str, object]]:
    """Stamp rows as one durable batch."""
    stamped = table.stamp(batch(*rows))
    table.commit(Offset(1))
    return list(stamped.to_pylist())


def born(table: AccountTable, *dids: Did) -> None:
    """Make accounts known that were created after the stream began."""
    stamps(table, post("did:plc:first", "1"))
    table.looked_up([LookedUp(did, LATER, created_us=START_US + 1) for did in dids])


def test_stamped_rows_have_the_schema_of_the_log(table: AccountTable) -> None:
    assert table.stamp(batch(post(ALICE, "1"))).schema == SCHEMA
    assert table.stamp(batch()).schema == SCHEMA


def test_what_nobody_said_is_unknown_and_neither_zero_nor_false(table: AccountTable) -> None:
    stamp = stamps(table, post(ALICE, "1", reply_parent_did=BOB, mentions=[BOB, CAROL]))[0]
    assert stamp["author_first_seen_us"] == START_US
    for name in ("created_us", "handle", "display_name", "has_avatar", "followers", "follows", "posts"):
        assert stamp[f"author_{name}"] is None, name
    assert stamp["parent_follows_author"] is None
    assert stamp["mentions_follow_author"] == [None, None]


def test_rows_of_one_batch_see_what_came_before_them(table: AccountTable) -> None:
    found = stamps(
        table,
        post(ALICE, "1", 0),
        profile(ALICE, 1, display_name="Alice", avatar_cid="bafy"),
        follow(BOB, "f", ALICE, 2),
        post(ALICE, "2", 3, reply_parent_did=BOB),
    )
    assert [one["author_display_name"] for one in found] == [None, None, None, "Alice"]
    assert [one["parent_follows_author"] for one in found] == [None, None, None, True]
    assert found[3]["author_description"] == ""
    assert found[3]["author_has_avatar"] is True
    assert found[3]["author_first_seen_us"] == START_US


def test_counts_are_the_truth_for_an_account_created_after_the_stream_began(table: AccountTable) -> None:
    born(table, ALICE)
    found = stamps(
        table, post(ALICE, "1"), post(ALICE, "2"), follow(ALICE, "f", BOB), follow(BOB, "g", ALICE), post(ALICE, "3")
    )
    assert found[0]["author_posts"] == 0
    assert (found[-1]["author_posts"], found[-1]["author_follows"], found[-1]["author_followers"]) == (2, 1, 1)


def test_counts_of_an_older_account_are_what_was_looked_up_and_what_was_seen_since(table: AccountTable) -> None:
    stamps(table, post(ALICE, "1"), post(ALICE, "2"))
    table.looked_up([LookedUp(ALICE, LATER, created_us=5, followers=10, follows=20, posts=30)])
    stamps(table, post(ALICE, "3"), follow(BOB, "f", ALICE), deleted(ALICE, "app.bsky.feed.post", "1"))
    stamp = stamps(table, post(ALICE, "4"))[0]
    assert (stamp["author_followers"], stamp["author_follows"], stamp["author_posts"]) == (11, 20, 30)


def test_after_a_gap_the_stream_alone_proves_no_count(table: AccountTable) -> None:
    born(table, ALICE)
    assert stamps(table, post(ALICE, "1"))[0]["author_posts"] == 0
    table.note_gap(LATER)
    assert stamps(table, post(ALICE, "2"))[0]["author_posts"] is None


def test_a_filtered_stream_proves_no_count(tmp_path: Path) -> None:
    table = AccountTable(tmp_path / "filtered.db", complete=False)
    born(table, ALICE)
    assert stamps(table, post(ALICE, "1"))[0]["author_posts"] is None
    table.close()


def test_a_stranger_is_known_to_be_one_only_if_all_follows_of_the_other_were_seen(table: AccountTable) -> None:
    born(table, BOB)
    stamp = stamps(table, post(ALICE, "1", reply_parent_did=BOB, reply_root_did=CAROL, subject_did=BOB))[0]
    assert stamp["parent_follows_author"] is False
    assert stamp["subject_follows_author"] is False
    assert stamp["root_follows_author"] is None


def test_an_unfollow_ends_the_edge_and_a_second_follow_record_keeps_it(table: AccountTable) -> None:
    born(table, BOB)
    stamps(table, follow(BOB, "f", ALICE), follow(BOB, "g", ALICE))
    one_left = stamps(table, deleted(BOB, "app.bsky.graph.follow", "f"), post(ALICE, "1", reply_parent_did=BOB))
    assert one_left[-1]["parent_follows_author"] is True
    none_left = stamps(table, deleted(BOB, "app.bsky.graph.follow", "g"), post(ALICE, "2", reply_parent_did=BOB))
    assert none_left[-1]["parent_follows_author"] is False


def test_an_unfollow_and_a_follow_anew_within_one_batch_are_seen_in_their_order(table: AccountTable) -> None:
    born(table, BOB)
    stamps(table, follow(BOB, "f", ALICE))
    found = stamps(
        table,
        post(ALICE, "1", reply_parent_did=BOB),
        deleted(BOB, "app.bsky.graph.follow", "f"),
        post(ALICE, "2", reply_parent_did=BOB),
        follow(BOB, "g", ALICE),
        post(ALICE, "3", reply_parent_did=BOB),
    )
    assert [one["parent_follows_author"] for one in found] == [True, None, False, None, True]
    assert stamps(table, post(ALICE, "4", reply_parent_did=BOB))[0]["parent_follows_author"] is True


def test_edges_that_left_memory_are_still_known(tmp_path: Path) -> None:
    store = AccountStore(tmp_path / "accounts.db")
    book = FollowBook(store, most_cached=3)
    for actor in range(1, 6):
        for subject in range(100, 104):
            book.add(actor, f"r{subject}", subject)
    store.save([], book.drain())
    assert all(book.follows(actor, 102) for actor in range(1, 6))
    assert not book.follows(1, 999)
    store.close()


def test_labels_and_tags_of_decisions_are_in_later_stamps_and_outlive_the_process(tmp_path: Path) -> None:
    table = AccountTable(tmp_path / "accounts.db")
    assert stamps(table, post(ALICE, "1"))[0]["author_labels"] == []
    table.apply_labels(ALICE, ["spam"], ["reply-flood"])
    assert stamps(table, post(ALICE, "2"))[0]["author_labels"] == ["spam"]
    table.apply_labels(BOB, ["rude"], [])
    table.close()
    table = AccountTable(tmp_path / "accounts.db")
    found = stamps(table, post(ALICE, "3"), post(BOB, "1"))
    assert [one["author_labels"] for one in found] == [["spam"], ["rude"]]
    assert found[0]["author_tags"] == ["reply-flood"]
    table.close()


def test_a_deleted_account_is_forgotten_but_for_its_labels(table: AccountTable) -> None:
    born(table, BOB)
    stamps(table, profile(BOB, display_name="Bob"), follow(BOB, "f", ALICE))
    table.apply_labels(BOB, ["spam"], [])
    gone = row(BOB, kind=Kind.ACCOUNT, account_active=False, account_status="deleted")
    found = stamps(table, gone, post(ALICE, "1", reply_parent_did=BOB), post(BOB, "2"))
    assert found[1]["parent_follows_author"] is False
    assert found[2]["author_display_name"] is None
    assert found[2]["author_labels"] == ["spam"]


def test_a_suspended_account_is_not_forgotten(table: AccountTable) -> None:
    stamps(table, profile(BOB, display_name="Bob"))
    paused = row(BOB, kind=Kind.ACCOUNT, account_active=False, account_status="suspended")
    assert stamps(table, paused, post(BOB, "1"))[1]["author_display_name"] == "Bob"


def test_an_identity_event_voids_the_looked_up_handle_and_asks_for_a_new_look_up(table: AccountTable) -> None:
    stamps(table, post(ALICE, "1"))
    table.waiting.done(table.waiting.take(9))
    table.looked_up([LookedUp(ALICE, LATER, handle="alice.test", pds_host="pds.test")])
    assert stamps(table, post(ALICE, "2"))[0]["author_handle"] == "alice.test"
    assert len(table.waiting) == 0
    found = stamps(table, row(ALICE, kind=Kind.IDENTITY, handle="whitehouse.gov"), post(ALICE, "3"))
    assert found[1]["author_handle"] is None
    assert table.waiting.take(9) == [ALICE]


def test_an_identity_event_is_stamped_with_the_handle_before_it(table: AccountTable) -> None:
    table.looked_up([LookedUp(ALICE, LATER, handle="alice.test")])
    found = stamps(
        table,
        row(ALICE, 1, kind=Kind.IDENTITY, handle="b.test"),
        row(ALICE, 2, kind=Kind.IDENTITY),
        row(ALICE, 3, kind=Kind.IDENTITY, handle="c.test"),
        post(ALICE, "1", 4),
        row(BOB, 5, kind=Kind.IDENTITY, handle="bob.test"),
    )
    assert [one["previous_handle"] for one in found] == ["alice.test", "b.test", "b.test", None, None]


def test_the_profile_of_the_stream_is_newer_than_a_look_up(table: AccountTable) -> None:
    stamps(table, profile(ALICE, display_name="New"))
    table.looked_up([LookedUp(ALICE, LATER, display_name="Old", description="Old", has_avatar=True)])
    stamp = stamps(table, post(ALICE, "1"))[0]
    assert stamp["author_display_name"] == "New"
    assert stamp["author_avatar_cid"] is None


def test_a_change_of_the_profile_is_stamped_with_the_profile_before_it(table: AccountTable) -> None:
    table.looked_up([LookedUp(ALICE, LATER, display_name="", has_avatar=True, avatar_cid="old")])
    found = stamps(table, profile(ALICE, 1, display_name="A", avatar_cid="new"), profile(ALICE, 2), post(ALICE, "1", 3))
    assert [row["author_display_name"] for row in found] == ["", "A", ""]
    assert [row["author_avatar_cid"] for row in found] == ["old", "new", None]


def test_a_file_of_an_older_version_is_read(tmp_path: Path) -> None:
    path = tmp_path / "accounts.db"
    table = AccountTable(path)
    stamps(table, profile(ALICE, avatar_cid="a"))
    table.close()
    with closing(sqlite3.connect(path)) as file, file:
        file.execute("ALTER TABLE accounts DROP COLUMN avatar_cid")
        file.execute("ALTER TABLE accounts DROP COLUMN last_handle")
    table = AccountTable(path)
    stamp = stamps(table, post(ALICE, "1", 1))[0]
    assert (stamp["author_has_avatar"], stamp["author_avatar_cid"]) == (True, None)
    table.close()


def test_a_log_of_an_older_version_is_counted_in(tmp_path: Path) -> None:
    log = MemoryLog()
    rows = batch(profile(ALICE, display_name="Alice"))
    log.append(rows.select([name for name in rows.schema.names if name not in NEW_COLUMNS]), {})
    table = AccountTable(tmp_path / "accounts.db")
    assert table.catch_up(log) == 1
    account = table.find(ALICE)
    assert account is not None
    assert account.display_name == "Alice"
    table.close()


def test_who_acts_now_is_looked_up_first(table: AccountTable) -> None:
    stamps(table, post(ALICE, "1"), post(BOB, "1"), post(ALICE, "2"))
    assert table.waiting.take(1) == [ALICE]
    stamps(table, post(ALICE, "3"))
    assert table.waiting.take(5) == [BOB]


def fill(log: MemoryLog, table: AccountTable, *rows: dict[str, object]) -> None:
    stamped = table.stamp(batch(*rows))
    log.append(stamped, {})


def test_after_a_crash_no_event_is_counted_twice_and_none_is_missed(tmp_path: Path) -> None:
    log, path = MemoryLog(), tmp_path / "accounts.db"
    table = AccountTable(path, save_rows=1)
    fill(log, table, post(ALICE, "1"), follow(BOB, "f", ALICE))
    table.commit(log.end_offset())
    fill(log, table, post(ALICE, "2"), deleted(BOB, "app.bsky.graph.follow", "f"), profile(ALICE, display_name="A"))
    table.close()  # the append was durable, the commit never came

    table = AccountTable(path)
    assert table.catch_up(log) == 3
    assert table.catch_up(log) == 0
    account = table.find(ALICE)
    assert account is not None
    assert (account.posts_seen, account.followers_seen, account.display_name) == (2, 0, "A")
    table.close()


def test_what_was_not_saved_before_a_crash_is_found_again_in_the_log(tmp_path: Path) -> None:
    log, path = MemoryLog(), tmp_path / "accounts.db"
    table = AccountTable(path)
    fill(log, table, post(ALICE, "1"), follow(BOB, "f", ALICE))
    table.commit(log.end_offset(), [RepoState(ALICE, rev="3aaaaaaaaaaaa")])
    assert table.repo_state(ALICE) == RepoState(ALICE, rev="3aaaaaaaaaaaa")
    again = AccountTable(path)  # the first one is gone without a word
    assert again.catch_up(log) == 2
    account = again.find(ALICE)
    assert account is not None
    assert (account.posts_seen, account.followers_seen) == (1, 1)
    again.close()
    table.close()


def test_an_ordinary_end_saves_what_is_committed(tmp_path: Path) -> None:
    log, path = MemoryLog(), tmp_path / "accounts.db"
    table = AccountTable(path)
    fill(log, table, post(ALICE, "1"))
    table.commit(log.end_offset())
    table.close()
    again = AccountTable(path)
    assert again.catch_up(log) == 0
    again.close()


def test_a_lost_file_is_rebuilt_from_the_log(tmp_path: Path) -> None:
    log = MemoryLog()
    table = AccountTable(tmp_path / "one.db")
    fill(log, table, post(ALICE, "1"), post(BOB, "1"), follow(ALICE, "f", BOB))
    table.commit(log.end_offset())
    again = AccountTable(tmp_path / "two.db")
    again.catch_up(log)
    assert again.find(ALICE) == table.find(ALICE)
    assert again.find(BOB) == table.find(BOB)
    table.close()
    again.close()


def test_a_file_that_is_ahead_of_its_log_is_refused(tmp_path: Path) -> None:
    table = AccountTable(tmp_path / "accounts.db")
    table.stamp(batch(post(ALICE, "1")))
    table.commit(Offset(1))
    with pytest.raises(Broken, match="the log was replaced"):
        table.catch_up(MemoryLog())
    table.close()


def test_labels_set_while_a_batch_is_under_way_do_not_make_its_events_count_twice(tmp_path: Path) -> None:
    log, path = MemoryLog(), tmp_path / "accounts.db"
    table = AccountTable(path)
    fill(log, table, post(ALICE, "1"))
    table.apply_labels(ALICE, ["spam"], [])
    table.close()
    table = AccountTable(path)
    table.catch_up(log)
    account = table.find(ALICE)
    assert account is not None
    assert (account.posts_seen, account.labels) == (1, ("spam",))
    table.close()


def test_repository_states_are_stored_with_the_rows_and_replayed_without_the_root(tmp_path: Path) -> None:
    log, path = MemoryLog(), tmp_path / "accounts.db"
    table = AccountTable(path)
    fill(log, table, post(ALICE, "1", rev="3a"))
    table.commit(log.end_offset(), [RepoState(ALICE, rev="3a", data=b"root")])
    fill(
        log,
        table,
        post(ALICE, "2", rev="3b"),
        row(BOB, kind=Kind.ACCOUNT, account_active=False, account_status="suspended"),
    )
    assert table.repo_state(ALICE) == RepoState(ALICE, rev="3a", data=b"root")
    table.close()
    table = AccountTable(path)
    table.catch_up(log)
    assert table.repo_state(ALICE) == RepoState(ALICE, rev="3b", data=None)
    assert table.repo_state(BOB) == RepoState(BOB, active=False, status="suspended")
    table.close()


def test_memory_is_bounded_and_what_left_it_is_read_again(tmp_path: Path) -> None:
    table = AccountTable(tmp_path / "accounts.db", cached=10, save_rows=1)
    for number in range(50):
        table.stamp(batch(post(f"did:plc:{number}", "1", number)))
        table.commit(Offset(number + 1))
    assert len(table) == 10
    assert stamps(table, post("did:plc:0", "2", 99))[0]["author_first_seen_us"] == START_US
    table.close()


def test_look_ups_are_stored_although_no_event_comes(tmp_path: Path) -> None:
    table = AccountTable(tmp_path / "accounts.db")
    table.looked_up([LookedUp(ALICE, LATER, handle="alice.test")])
    table.flush()
    table.close()
    table = AccountTable(tmp_path / "accounts.db")
    account = table.find(ALICE)
    assert account is not None
    assert account.handle == "alice.test"
    table.close()


def test_a_batch_of_nothing_is_stamped(table: AccountTable) -> None:
    assert isinstance(table.stamp(batch()), pa.RecordBatch)
