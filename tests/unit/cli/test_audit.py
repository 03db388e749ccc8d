"""`skywarden audit`: a whole chain passes, a changed row does not."""

import json
from pathlib import Path

import pytest
from sqlalchemy import update
from typer.testing import CliRunner

from skywarden.cli.main import app
from skywarden.kernel.ids import UtcMicros
from skywarden.moderation.audit import Change, append_audit
from skywarden.storage import migrate, open_database
from skywarden.storage.tables import AUDIT


@pytest.fixture
def data(tmp_path: Path) -> Path:
    db = open_database(f"sqlite:///{tmp_path / 'moderation.db'}")
    migrate(db)
    with db.write("test") as tx:
        changes = [Change("did:plc:mod", "label", f"did:plc:{name}", '{"value":"spam"}') for name in ("a", "b", "a")]
        append_audit(db, tx, changes, UtcMicros(1_700_000_000_000_000))
    db.close()
    return tmp_path


def test_a_whole_chain_passes(data: Path) -> None:
    result = CliRunner().invoke(app, ["audit", "verify", "--data", str(data)])
    assert (result.exit_code, result.output) == (0, "3 changes, every hash in its place\n")


def test_a_row_changed_by_hand_is_found(data: Path) -> None:
    db = open_database(f"sqlite:///{data / 'moderation.db'}")
    with db.write("test") as tx:
        tx.execute(update(AUDIT).where(AUDIT.c.number == 2).values(actor="did:plc:other"))
    db.close()
    result = CliRunner().invoke(app, ["audit", "verify", "--data", str(data)])
    assert result.exit_code == 1
    assert "audit row 2" in result.output


def test_the_newest_changes_of_one_target_are_listed(data: Path) -> None:
    result = CliRunner().invoke(app, ["audit", "list", "--data", str(data), "--target", "did:plc:a"])
    assert [json.loads(line)["number"] for line in result.output.splitlines()] == [3, 1]


def test_a_folder_without_a_database_is_refused(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["audit", "verify", "--data", str(tmp_path)])
    assert "no_data" in str(result.exception)
    assert not list(tmp_path.iterdir())
