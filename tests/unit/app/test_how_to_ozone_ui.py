"""The settings of docs/how-to/ozone-ui.md name every service that the web UI's screens need."""

import re
from pathlib import Path

from skywarden.app.surroundings import configured_surroundings
from skywarden.settings import load_settings
from skywarden.settings.schema import describe_settings

PAGE = (Path(__file__).parents[3] / "docs/how-to/ozone-ui.md").read_text(encoding="utf-8")


def exported() -> dict[str, str]:
    return dict(re.findall(r"^export (\w+)=(\S+)$", PAGE, re.MULTILINE))


def test_every_variable_of_the_page_is_a_setting_and_every_service_can_be_asked() -> None:
    assert exported().keys() <= {setting.variable for setting in describe_settings()}
    settings = load_settings(None, exported())
    around = configured_surroundings(settings)
    for address in (around.pds, around.appview, around.chat):
        assert address.missing == "", address.name
        assert address.did.startswith("did:web:")
    assert settings.labeler.did.startswith("did:plc:")


def test_the_proxy_of_the_page_leads_to_the_port_and_host_that_the_settings_name() -> None:
    settings = load_settings(None, exported())
    assert f"reverse_proxy {settings.server.host}:{settings.server.port}" in PAGE
    assert f"{settings.server.public_url.removeprefix('https://')} {{" in PAGE


def test_every_setting_that_the_page_speaks_of_exists() -> None:
    known = {f"{setting.section}.{setting.name}" for setting in describe_settings()}
    assert set(re.findall(r"`((?:network|api)\.\w+)`", PAGE)) <= known
