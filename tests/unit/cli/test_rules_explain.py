"""`skywarden rules explain` looks words up in the lists that the platform has, with what people added to them."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from event_rows import batch, post
from proposals import LABELER
from skywarden.cli.main import app
from skywarden.kernel.clock import SystemClock
from skywarden.kernel.ids import Did
from skywarden.log import SqliteLog
from skywarden.moderation.desk import open_desk
from skywarden.storage import migrate, open_database

RULE = '''from skywarden.lang import *


@rule(on=post.created, then=tag(author, "rude"))
def rude():
    """Rude."""
    return post.text in wordlist("rude")
'''


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Rules and the data of a platform that has seen one post."""
    (tmp_path / "rude.py").write_text(RULE)
    (tmp_path / "rude.txt").write_text("fool\n")
    log = SqliteLog(tmp_path / "log.db")
    log.append(batch([post(1, text="Dummkopf")]).rows, {})
    log.close()
    return tmp_path


def explain(folder: Path, **environment: str) -> Any:
    words = ["rules", "explain", "rude", "0", "--rules", str(folder), "--data", str(folder), "--format", "json"]
    result = CliRunner().invoke(app, words, env=environment)
    assert result.exit_code == 0, result.exception
    return json.loads(result.stdout)["fired"]


def test_a_word_that_people_added_is_in_the_list(folder: Path) -> None:
    assert explain(folder) is False
    db = open_database(f"sqlite:///{folder / 'moderation.db'}")
    migrate(db)
    sets = open_desk(db, SystemClock(), LABELER).sets
    sets.upsert("wordlist/rude", None, Did("did:plc:anna"))
    sets.add_values("wordlist/rude", ["Dummkopf"], Did("did:plc:anna"))
    db.close()
    assert explain(folder) is True
    assert explain(folder, SKYWARDEN_RULES_EXTEND_LISTS="false") is False
