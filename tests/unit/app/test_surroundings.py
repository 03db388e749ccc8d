"""On the simulated network a moderator's client is shown people, and the settings' services where those are named."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from servers.platform import Platform, running_platform
from skywarden.app.surroundings import configured_surroundings
from skywarden.settings import load_settings

PASSWORD = "open sesame"
PLC_CREATED = "tools.ozone.moderation.defs#timelineEventPlcCreate"


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    settings = {"SKYWARDEN_API_ADMIN_PASSWORD": PASSWORD, "SKYWARDEN_SIMULATOR_RATE": "5"}
    with running_platform(Platform(tmp_path_factory.mktemp("up") / "data", "simulator", settings)) as platform:
        yield platform


def read(platform: Platform, nsid: str, **params: Any) -> Any:
    answer = httpx.get(f"{platform.url}/xrpc/{nsid}", params=params, auth=("admin", PASSWORD), timeout=30)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_simulated_networks_people_are_found_shown_and_have_a_past(simulated: Platform) -> None:
    actor = read(simulated, "app.bsky.actor.searchActorsTypeahead", q="a")["actors"][0]
    (repo,) = read(simulated, "tools.ozone.moderation.searchRepos", q=actor["handle"])["repos"]
    (subject,) = read(simulated, "tools.ozone.moderation.getSubjects", subjects=actor["did"])["subjects"]
    days = read(simulated, "tools.ozone.moderation.getAccountTimeline", did=actor["did"])["timeline"]
    assert (repo["did"], repo["handle"]) == (actor["did"], actor["handle"])
    assert subject["profile"]["displayName"] == actor["displayName"]
    assert PLC_CREATED in [summary["eventType"] for day in days for summary in day["summary"]]


def test_clients_are_told_of_the_simulated_appview_and_of_no_pds(simulated: Platform) -> None:
    config = read(simulated, "tools.ozone.server.getConfig")
    assert config["appview"]["url"].startswith("http://127.0.0.1:")
    assert "pds" not in config


def test_without_settings_there_is_nobody_to_ask_and_each_missing_one_is_named(tmp_path: Path) -> None:
    around = configured_surroundings(load_settings(None, {"SKYWARDEN_DATA": str(tmp_path)}))
    missing = [address.missing for address in (around.pds, around.appview, around.chat)]
    assert missing == ["network.pds_url", "network.appview_url", "network.chat_url"]


def test_a_pds_without_a_did_or_a_password_lacks_its_did() -> None:
    address = {"SKYWARDEN_NETWORK_PDS_URL": "https://pds.example"}
    assert configured_surroundings(load_settings(None, address)).pds.missing == "network.pds_did"
    password = {"SKYWARDEN_NETWORK_PDS_ADMIN_PASSWORD": "secret"}
    assert configured_surroundings(load_settings(None, address | password)).pds.missing == ""
