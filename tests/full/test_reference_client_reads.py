"""The reference client, which drops what is not to the letter, reads the simulated network through our API."""

from pathlib import Path

import pytest

from full.foreign_network import PdsNetwork
from servers.platform import Platform, running_platform

pytestmark = [pytest.mark.full, pytest.mark.timeout(1_200)]

PASSWORD = "open sesame"
WANTED_CALLS = 15


def test_every_read_of_the_web_ui_is_valid_to_the_reference_client(pds_network: PdsNetwork, tmp_path: Path) -> None:
    settings = {"SKYWARDEN_API_ADMIN_PASSWORD": PASSWORD, "SKYWARDEN_SIMULATOR_RATE": "5"}
    with running_platform(Platform(tmp_path / "data", "simulator", settings)) as platform:
        done = pds_network.run("ui_reads", service=platform.url, password=PASSWORD)
    assert len(done["calls"]) >= WANTED_CALLS, done["calls"]
