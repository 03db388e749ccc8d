"""`skywarden team`: an operator makes the first admin, and the audit says that it was done here."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from audit_trail import audited
from skywarden.cli.main import app
from skywarden.kernel.errors import Rejected
from skywarden.storage import migrate, open_database

ANNA = "did:plc:anna"
BEN = "did:web:ben.example"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    db = open_database(f"sqlite:///{tmp_path / 'moderation.db'}")
    migrate(db)
    db.close()
    return tmp_path


def run(data: Path, *words: str) -> list[str]:
    result = CliRunner().invoke(app, ["team", *words, "--data", str(data)])
    if result.exception is not None:
        raise result.exception
    return result.output.splitlines()


def test_members_are_added_disabled_restored_and_removed(data: Path) -> None:
    assert run(data, "add", ANNA, "--role", "admin") == [f"{ANNA}  admin  enabled"]
    assert run(data, "add", BEN) == [f"{BEN}  moderator  enabled"]
    assert run(data, "disable", BEN) == [f"{BEN}  moderator  disabled"]
    assert run(data, "list") == [f"{ANNA}  admin  enabled", f"{BEN}  moderator  disabled"]
    assert run(data, "add", BEN, "--role", "verifier") == [f"{BEN}  verifier  enabled"]
    assert run(data, "remove", ANNA) == [f"{ANNA}  removed"]
    assert run(data, "list") == [f"{BEN}  verifier  enabled"]
    db = open_database(f"sqlite:///{data / 'moderation.db'}")
    changes = [(actor, action) for actor, action, _, _ in audited(db)]
    db.close()
    assert changes == [("cli", f"team.{what}") for what in ("add", "add", "update", "update", "delete")]


def test_what_is_no_did_and_who_is_no_member_is_refused(data: Path) -> None:
    with pytest.raises(Rejected, match="did-syntax"):
        run(data, "add", "@anna")
    for command in ("disable", "remove"):
        with pytest.raises(Rejected, match="MemberNotFound"):
            run(data, command, ANNA)
    assert run(data, "list") == []


def test_the_services_own_account_stays(data: Path) -> None:
    keys = data / "keys"
    keys.mkdir()
    (keys / "labeler.did").write_text(f"{ANNA}\n", encoding="utf-8")
    run(data, "add", ANNA, "--role", "admin")
    with pytest.raises(Rejected, match="CannotDeleteSelf"):
        run(data, "remove", ANNA)
