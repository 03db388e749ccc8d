"""An explanation shows what the engine saw: the values, each part of the condition, what the windows held."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from event_rows import Row, batch, post
from skywarden.engine import Engine
from skywarden.engine.explain import Explanation, Part, explain_rule, find_event
from skywarden.engine.snapshot import SnapshotFolder
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Offset
from skywarden.log.memory import MemoryLog
from skywarden.model.log_history import LogHistory
from skywarden.rules import RuleFile, compile_rules
from skywarden.rules.compiler import Compiler

TEXT = '''
from skywarden.lang import *

MOST = 2
faceless = not author.has_avatar


@rule(on=post.created, then=tag(author, "often"))
def often():
    """{author.did} replied to {targets} strangers."""
    targets = distinct(post.parent.did, by=author.did, over=1 * hour, where=post.is_reply)
    return faceless and targets >= MOST and not contains(post.text, "sorry")
'''
FILE = RuleFile("often.py", TEXT)
MINUTE_US = 60_000_000


def reply(number: int, author: str, to: str, **cells: object) -> Row:
    stamp = {"author_has_avatar": False, "reply_parent_did": to, "reply_parent_uri": f"at://{to}/p/1"}
    return post(number, did=author, time_us=number * MINUTE_US, rkey=f"k{number}", **(stamp | cells))


ROWS = [
    reply(1, "did:plc:a", "did:plc:x"),
    reply(2, "did:plc:b", "did:plc:x"),
    reply(3, "did:plc:a", "did:plc:y"),
    post(4, did="did:plc:a", time_us=4 * MINUTE_US, rkey="k4"),
    reply(5, "did:plc:a", "did:plc:z", author_has_avatar=None, text="sorry"),
]


def log_of(rows: Sequence[Row]) -> LogHistory:
    log = MemoryLog()
    for row in rows:
        log.append(batch([row]).rows, {})
    return LogHistory(log)


def explain(at: int, snapshots: SnapshotFolder | None = None) -> Explanation:
    compiler = Compiler()
    (rule,) = compiler.check([FILE])
    return explain_rule(rule, compiler.sources, {}, log_of(ROWS), Offset(at), snapshots=snapshots)


def outcomes(found: Explanation) -> dict[str, object]:
    return {part.text: value for part, value in found.parts}


def test_a_hit_is_explained_by_its_values_and_the_parts_of_its_condition() -> None:
    found = explain(2)
    assert found.fired
    assert found.reason == "did:plc:a replied to 2 strangers."
    assert found.values["targets"] == 2
    assert outcomes(found) == {
        'faceless and targets >= MOST and not contains(post.text, "sorry")': True,
        "faceless": True,
        "author.has_avatar": False,
        "targets >= MOST": True,
        "targets": 2,
        'not contains(post.text, "sorry")': True,
        'contains(post.text, "sorry")': False,
    }


def test_a_miss_says_which_part_was_unknown_and_which_false() -> None:
    found = explain(4)
    assert not found.fired
    assert outcomes(found)["faceless"] is None
    assert outcomes(found)["targets >= MOST"] is True
    assert outcomes(found)['not contains(post.text, "sorry")'] is False


def test_a_window_shows_the_events_that_it_held_under_the_same_key() -> None:
    (window,) = explain(4).windows
    assert window.text == "distinct(post.parent.did, by=author.did, over=1 * hour, where=post.is_reply)"
    assert window.answer == 3
    assert list(window.key.values()) == ["did:plc:a"]
    assert window.events == 3
    assert [(held.offset, held.value) for held in window.newest] == [
        (0, "did:plc:x"),
        (2, "did:plc:y"),
        (4, "did:plc:z"),
    ]


def test_a_window_holds_nothing_that_is_older_than_it() -> None:
    rows = [reply(1, "did:plc:a", "did:plc:x"), reply(90, "did:plc:a", "did:plc:y")]
    compiler = Compiler()
    (rule,) = compiler.check([FILE])
    (window,) = explain_rule(rule, compiler.sources, {}, log_of(rows), Offset(1)).windows
    assert (window.answer, [held.offset for held in window.newest]) == (1, [1])


def test_a_snapshot_of_the_live_engine_gives_the_same_explanation(tmp_path: Path) -> None:
    folder = SnapshotFolder(tmp_path)
    engine = Engine(compile_rules([FILE]))
    engine.process(batch(ROWS[:2]))
    folder.write(engine.position, engine.snapshot())
    found = explain(4, folder)
    assert found.replayed == 2
    whole = explain(4)
    assert whole.replayed == 4
    assert (found.parts, found.values, found.windows) == (whole.parts, whole.values, whole.windows)


def test_a_rule_that_is_not_on_the_event_is_told_so() -> None:
    rows = [post(1, collection="app.bsky.feed.like")]
    compiler = Compiler()
    (rule,) = compiler.check([FILE])
    with pytest.raises(Rejected, match=r"post\.created"):
        explain_rule(rule, compiler.sources, {}, log_of(rows), Offset(0))


def test_an_event_is_found_by_offset_and_by_uri() -> None:
    log = log_of(ROWS)
    assert find_event(log, "3") == 3
    assert find_event(log, "at://did:plc:a/app.bsky.feed.post/k3") == 2
    for unknown in ("99", "at://did:plc:a/app.bsky.feed.post/none", "k3"):
        with pytest.raises(Rejected, match="unknown event"):
            find_event(log, unknown)


def test_a_part_knows_how_deep_it_stands() -> None:
    parts = [part for part, _ in explain(2).parts]
    assert [part.depth for part in parts] == [0, 1, 2, 1, 2, 1, 2]
    assert all(isinstance(part, Part) for part in parts)
