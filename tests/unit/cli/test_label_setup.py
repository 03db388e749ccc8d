"""`skywarden label setup` leads from a fresh account to a labeler, and changes nothing that it was not allowed to."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from servers.labeler_network import APP_PASSWORD, DID, PASSWORD, TOKEN, LabelerNetwork, labeler_network
from skywarden.atproto.keys import PrivateKey
from skywarden.cli.main import app

URL = "https://labeler.example"
DECLARATION = """
reasonTypes = ["com.atproto.moderation.defs#reasonSpam"]

[policies]
labelValues = ["!hide", "rude"]

[[policies.labelValueDefinitions]]
identifier = "rude"
severity = "inform"
blurs = "none"
locales = [{ lang = "en", name = "Rude", description = "Unkind without need." }]
"""


@dataclass
class Installation:
    """A data folder, a declaration and the network around them."""

    network: LabelerNetwork
    folder: Path
    password: str = ""

    def setup(self, *options: str) -> Result:
        declaration = self.folder / "labeler.toml"
        if not declaration.exists():
            declaration.write_text(DECLARATION)
        environment = {
            "SKYWARDEN_NETWORK_PLC_URL": self.network.url,
            "SKYWARDEN_NETWORK_ALLOW_LOOPBACK": "true",
            "SKYWARDEN_LABELER_DECLARATION": str(declaration),
            "SKYWARDEN_LABELER_PASSWORD": self.password,
        }
        where = ["--data", str(self.folder / "data"), "--did", DID, "--public-url", URL]
        return CliRunner().invoke(app, ["label", "setup", "--json", *where, *options], env=environment)

    @property
    def key(self) -> str:
        return PrivateKey.from_hex((self.folder / "data/keys/label.key").read_text().strip()).did_key


def steps(result: Result) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in result.stdout.splitlines():
        if line.startswith('{"part"'):
            step: dict[str, Any] = json.loads(line)
            found[step["part"]] = step["verdict"]
    return found


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    with labeler_network() as network:
        yield Installation(network, tmp_path)


def test_a_fresh_account_becomes_a_labeler_in_one_run(installation: Installation) -> None:
    installation.password = PASSWORD
    result = installation.setup("--yes", "--plc-token", TOKEN)
    assert result.exit_code == 0, result.output
    names = ("label key", "DID", "label service", "declaration")
    assert steps(result) == dict.fromkeys(names, "fine")
    identity = installation.network.identity
    assert identity["verificationMethods"]["atproto_label"] == installation.key
    assert identity["services"]["atproto_labeler"] == {"type": "AtprotoLabeler", "endpoint": URL}
    assert set(identity["verificationMethods"]) == {"atproto", "atproto_label"}
    record = installation.network.record
    assert record is not None
    assert record["$type"] == "app.bsky.labeler.service"
    assert record["policies"]["labelValues"] == ["!hide", "rude"]
    assert "subjectTypes" not in record


def test_a_second_run_has_nothing_to_do_and_asks_for_no_password(installation: Installation) -> None:
    installation.password = PASSWORD
    installation.setup("--yes", "--plc-token", TOKEN)
    installation.password = ""
    before = (len(installation.network.operations), installation.network.revision)
    result = installation.setup("--yes")
    assert result.exit_code == 0, result.output
    assert (len(installation.network.operations), installation.network.revision) == before


def test_checking_says_everything_that_is_missing_and_changes_nothing(installation: Installation) -> None:
    installation.password = PASSWORD
    (installation.folder / "data/keys").mkdir(parents=True)
    (installation.folder / "data/keys/label.key").write_text("11" * 32)
    result = installation.setup("--check", "--yes", "--plc-token", TOKEN)
    assert result.exit_code == 1
    assert steps(result) == {"label key": "wrong", "DID": "fine", "label service": "wrong", "declaration": "wrong"}
    assert (len(installation.network.operations), installation.network.record) == (1, None)


def test_without_a_token_one_is_sent_and_the_next_run_takes_it(installation: Installation) -> None:
    installation.password = PASSWORD
    first = installation.setup("--yes")
    assert first.exit_code == 1
    assert "--plc-token" in first.stderr
    assert installation.network.e_mails == 1
    assert installation.setup("--yes", "--plc-token", TOKEN).exit_code == 0
    assert installation.network.e_mails == 1


def test_an_app_password_publishes_the_record_but_cannot_change_the_identity(installation: Installation) -> None:
    installation.password = APP_PASSWORD
    result = installation.setup("--yes")
    assert result.exit_code == 1
    assert steps(result)["setup"] == "wrong"
    installation.password = PASSWORD
    installation.setup("--yes", "--plc-token", TOKEN)
    (installation.folder / "labeler.toml").write_text(DECLARATION.replace("Unkind", "Very unkind"))
    installation.password = APP_PASSWORD
    assert installation.setup("--yes").exit_code == 0
    assert "Very unkind" in json.dumps(installation.network.record)


def test_who_agrees_to_nothing_is_shown_the_change_and_the_operation_to_sign(installation: Installation) -> None:
    result = installation.setup()
    assert result.exit_code == 1
    assert f'+    "atproto_label": "{installation.key}"' in result.stderr
    operation, _ = json.JSONDecoder().raw_decode(result.stderr.partition("the directory:\n")[2])
    assert operation["prev"] == "cid0"
    assert operation["rotationKeys"] == ["did:key:zRotation"]
    assert (len(installation.network.operations), installation.network.record) == (1, None)


def test_what_only_the_published_record_has_of_its_own_stays(installation: Installation) -> None:
    installation.password = PASSWORD
    installation.network.record = {"createdAt": "2024-01-01T00:00:00.000Z", "policies": {"labelValues": ["spam"]}}
    assert installation.setup("--yes", "--plc-token", TOKEN).exit_code == 0
    record = installation.network.record
    assert (record["createdAt"], record["policies"]["labelValues"]) == ("2024-01-01T00:00:00.000Z", ["!hide", "rude"])


def test_a_wrong_password_is_a_finding_that_does_not_show_it(installation: Installation) -> None:
    installation.password = "not-the-password"
    result = installation.setup("--yes")
    assert result.exit_code == 1
    assert "Invalid identifier or password" in result.stdout
    assert "not-the-password" not in result.output


def test_a_did_that_does_not_resolve_ends_the_walk(installation: Installation) -> None:
    result = installation.setup("--check", "--did", "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa")
    assert result.exit_code == 1


def test_a_rotated_key_is_named_by_the_next_run(installation: Installation) -> None:
    installation.password = PASSWORD
    installation.setup("--yes", "--plc-token", TOKEN)
    old = installation.key
    data = str(installation.folder / "data")
    result = CliRunner().invoke(app, ["label", "rotate-key", "--yes", "--data", data])
    assert result.exit_code == 0, result.output
    assert old != installation.key
    assert installation.setup("--check").exit_code == 1
    assert installation.setup("--yes", "--plc-token", TOKEN).exit_code == 0
    assert installation.network.identity["verificationMethods"]["atproto_label"] == installation.key
