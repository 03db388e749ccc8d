"""The key that windows' keys are hashed by is part of the engine's state, and of no rule's answer."""

import pytest

from event_rows import batch, post
from skywarden.detectors.text.hashing import HashKey
from skywarden.engine import Engine, EngineConfig
from skywarden.kernel.errors import Broken
from skywarden.rules import RuleFile, compile_rules

RULE = '''from skywarden.lang import *
@rule(on=post.created, then=tag(author, "x"))
def often():
    """."""
    return count(by=post.text, over=1 * hour) >= 2 and post.text in ("a", "c")
'''
SECRET = HashKey.of(b"0123456789abcdef")
POSTS = batch([post(n, text=text) for n, text in enumerate("abacc")])


def test_a_secret_key_changes_the_state_and_no_hit() -> None:
    plan = compile_rules([RuleFile("r.py", RULE)])
    known, secret = Engine(plan), Engine(plan, EngineConfig(hash_key=SECRET))
    hits = [int(hit.offset) for hit in known.process(POSTS).hits]
    assert hits == [int(hit.offset) for hit in secret.process(POSTS).hits] == [2, 4]
    assert known.state_hash() != secret.state_hash()


def test_a_snapshot_of_another_key_is_refused() -> None:
    plan = compile_rules([RuleFile("r.py", RULE)])
    data = Engine(plan, EngineConfig(hash_key=SECRET)).snapshot()
    with pytest.raises(Broken, match="hashed by another hash key"):
        Engine.restore(plan, data)
    assert Engine.restore(plan, data, EngineConfig(hash_key=SECRET)).restored(data).snapshot() == data


def test_a_snapshot_of_the_former_format_is_refused() -> None:
    plan = compile_rules([RuleFile("r.py", RULE)])
    former = Engine(plan).snapshot().replace(b"SKYWARDEN-ENGINE-2", b"SKYWARDEN-ENGINE-1")
    with pytest.raises(Broken, match="of another version"):
        Engine.restore(plan, former)
