"""`skywarden label setup` makes a labeler of an account on the reference PDS, and the reference resolves it."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner, Result

from full.foreign_network import PdsNetwork
from skywarden.atproto.keys import PrivateKey
from skywarden.cli.main import app

pytestmark = [pytest.mark.full, pytest.mark.timeout(1_200)]

URL = "https://labeler.example"
DECLARATION = """
policies.labelValues = ["!hide", "rude"]

[[policies.labelValueDefinitions]]
identifier = "rude"
severity = "inform"
blurs = "none"
locales = [{ lang = "en", name = "Rude", description = "Unkind without need." }]
"""


def setup(network: PdsNetwork, folder: Path, did: str, password: str, *options: str) -> Result:
    declaration = folder / "labeler.toml"
    declaration.write_text(DECLARATION)
    environment = {
        "SKYWARDEN_NETWORK_PLC_URL": network.plc,
        "SKYWARDEN_NETWORK_ALLOW_LOOPBACK": "true",
        "SKYWARDEN_LABELER_DECLARATION": str(declaration),
        "SKYWARDEN_LABELER_PASSWORD": password,
    }
    where = ["--data", str(folder / "data"), "--did", did, "--public-url", URL]
    return CliRunner().invoke(app, ["label", "setup", "--json", "--yes", *where, *options], env=environment)


def e_mailed_token(network: PdsNetwork, did: str) -> str:
    """What stands in the e-mail, which no mail server takes here, stands in the PDS's database."""
    with closing(sqlite3.connect(network.scripts.parent / "pds" / "account.sqlite")) as accounts:
        query = "SELECT token FROM email_token WHERE did = ? AND purpose = 'plc_operation'"
        (token,) = accounts.execute(query, (did,)).fetchone()
    return str(token)


def test_an_account_of_the_reference_pds_becomes_a_labeler(pds_network: PdsNetwork, tmp_path: Path) -> None:
    password = "long-enough-1"
    account = {"pds": pds_network.pds, "handle": "wants-to-label.test", "password": password}
    did = pds_network.run("create_account", **account)["did"]

    asked = setup(pds_network, tmp_path, did, password)
    assert asked.exit_code == 1
    assert "--plc-token" in asked.stderr
    done = setup(pds_network, tmp_path, did, password, "--plc-token", e_mailed_token(pds_network, did))
    assert done.exit_code == 0, done.output
    verdicts = [json.loads(line)["verdict"] for line in done.stdout.splitlines() if line.startswith("{")]
    assert set(verdicts) == {"fine"}

    identity = httpx.get(f"{pds_network.plc}/{did}/data").json()
    key = PrivateKey.from_hex((tmp_path / "data/keys/label.key").read_text().strip())
    assert identity["verificationMethods"]["atproto_label"] == key.did_key
    assert identity["services"]["atproto_labeler"] == {"type": "AtprotoLabeler", "endpoint": URL}
    params = {"repo": did, "collection": "app.bsky.labeler.service", "rkey": "self"}
    record = httpx.get(f"{pds_network.pds}/xrpc/com.atproto.repo.getRecord", params=params).json()["value"]
    assert record["policies"]["labelValues"] == ["!hide", "rude"]
    assert setup(pds_network, tmp_path, did, "", "--check").exit_code == 0
