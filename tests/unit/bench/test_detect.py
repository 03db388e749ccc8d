"""The detection benchmark counts accounts as it says it does, and ends with a line that a program can read."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from skywarden.bench.detect import DetectFigures, HistoryConfig, measure_detection, read_kinds
from skywarden.bench.detect.history import History, simulated_history
from skywarden.bench.detect.summary import summarise
from skywarden.cli.main import app
from skywarden.engine.cases.events import case_batch
from skywarden.engine.cases.read import Case, CaseEvent
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Did, Seq, UtcMicros
from skywarden.rules.folder import load_folder
from skywarden.simulator.emitter import TruthLine

RULES = """
from skywarden.lang import *

@rule(on=post.created, then=label(post, "spam"))
def says_spam():
    "spam"
    return contains(post.text, "spam")

@rule(on=post.created, then=report(author, reason="spam"))
def says_eggs():
    "eggs"
    return contains(post.text, "eggs")
"""
SMALL = HistoryConfig(seed=3, hours=1.5, people=120, rate=0.3, abuse_share=0.2, slice_s=60)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "rules.py").write_text(RULES)
    (tmp_path / "abuse_kinds.toml").write_text('spam = ["says_spam"]\neggs = ["says_eggs"]\n')
    return tmp_path


def story(*posts: tuple[str, str]) -> History:
    """Posts by (author, text); authors whose name begins with a kind are its abusers."""
    events = tuple(CaseEvent(author=author, text=text) for author, text in posts)
    rows = case_batch(Case("story", 1, "", expect_hit=True, hits=None, about="", events=events)).rows
    truth = [
        TruthLine(Seq(number), UtcMicros(0), Did(f"did:plc:{author}"), "", None, "create", kind, f"{kind}-1", "weak")
        for number, (author, _) in enumerate(posts)
        if (kind := author.rstrip("0123456789")) in ("spam", "eggs")
    ]
    return History(SMALL, rows, tuple(truth))


def measure(folder: Path, history: History) -> DetectFigures:
    plan = load_folder(folder)
    return measure_detection(plan, read_kinds(folder, plan), history)


def test_recall_counts_accounts_that_did_enough_and_precision_accounts_that_were_hit(folder: Path) -> None:
    history = story(
        *[("spam1", "spam")] * 3,
        *[("spam2", "ham")] * 3,
        ("spam3", "spam"),
        ("alice", "no spam please"),
        *[("eggs1", "spam")] * 3,
    )
    spam = next(kind for kind in measure(folder, history).kinds if kind.kind == "spam")
    assert (spam.found, spam.accounts, spam.recall) == (1, 2, 0.5)
    assert (spam.brief_found, spam.brief_accounts) == (1, 1)
    assert (spam.hit_abusers, spam.hit_accounts, spam.precision) == (3, 4, 0.75)
    assert (spam.campaigns_found, spam.campaigns, spam.missed) == (1, 1, ("spam-1 (weak): 1 of 2",))
    assert spam.false_rules == {"says_spam": 1}


def test_an_innocent_account_counts_as_acted_on_only_where_a_rule_acts_by_itself(folder: Path) -> None:
    figures = measure(folder, story(("alice", "spam"), ("bob", "eggs"), *[("spam1", "spam")] * 3))
    assert (figures.innocent, figures.innocent_acted) == (2, 1)
    assert figures.innocent_rules == {"says_eggs": 1, "says_spam": 1}


def test_what_is_promised_must_hold_for_every_kind_and_seed(folder: Path) -> None:
    good = measure(folder, story(*[("spam1", "spam")] * 3, *[("eggs1", "eggs")] * 3))
    half = measure(folder, story(*[("spam1", "spam")] * 3, *[("spam2", "ham")] * 3, *[("eggs1", "eggs")] * 3))
    without = measure(folder, story(*[("spam1", "spam")] * 3))
    assert summarise([good], None, {}).holds(0.97, 0.9, 0.002)
    assert not summarise([good, half], None, {}).holds(0.97, 0.9, 0.002)
    assert not summarise([without], None, {}).holds(0.97, 0.9, 0.002)


def test_a_kind_that_names_no_rule_is_refused(folder: Path) -> None:
    (folder / "abuse_kinds.toml").write_text('spam = ["says_span"]\n')
    with pytest.raises(Rejected, match="says_span"):
        read_kinds(folder, load_folder(folder))


@pytest.fixture(scope="module")
def lived() -> History:
    return simulated_history(SMALL)


def test_a_kept_history_is_the_one_that_was_lived(lived: History, tmp_path: Path) -> None:
    kept, again = simulated_history(SMALL, tmp_path), simulated_history(SMALL, tmp_path)
    assert kept.rows.equals(lived.rows)
    assert again == kept
    assert lived.truth == kept.truth != ()


def test_nothing_is_known_of_an_account_until_it_has_been_looked_up(lived: History) -> None:
    rows = lived.rows.select(["did", "author_created_us"]).to_pylist()
    first: dict[str, int | None] = {}
    for row in rows:
        first.setdefault(row["did"], row["author_created_us"])
    assert set(first.values()) == {None}
    assert any(row["author_created_us"] is not None for row in rows)


def test_the_command_lists_hits_on_posts_and_ends_with_json(folder: Path, tmp_path: Path) -> None:
    post = {"$type": "app.bsky.feed.post", "createdAt": "2024-05-01T22:22:20.839Z", "text": "green eggs and spam"}
    commit = {
        "rev": "3krhjpu5w3k2u",
        "operation": "create",
        "collection": "app.bsky.feed.post",
        "rkey": "3krhjpu5w3k2u",
    }
    cid = "bafyreifjl5d53vm5sbpdw5vpcxiqrtuh7aaqmw4fobthfoti43qhacowpa"
    line = {"did": "did:plc:qfflfersmonljuxmm6iyb445", "time_us": 1714602140839000, "kind": "commit"}
    posts = tmp_path / "posts.jsonl"
    posts.write_text(json.dumps(line | {"commit": commit | {"record": post, "cid": cid}}) + "\n")
    arguments = ["bench", "detect", str(folder), "--seeds", "3", "--hours", "1.5", "--people", "120", "--rate", "0.3"]
    done = CliRunner().invoke(app, [*arguments, "--no-jobs", "--posts", str(posts), "--check"])
    assert done.exit_code == 1, "these rules find nothing that is simulated"
    assert "acts says_spam: at://did:plc:qfflfersmonljuxmm6iyb445" in done.stdout
    summary = json.loads(done.stdout.splitlines()[-1])
    assert (summary["posts"], summary["posts_acted"], summary["seeds"]) == (1, 1, [3])
