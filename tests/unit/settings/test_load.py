"""Settings come from defaults, file, environment and command line, in that order."""

from pathlib import Path

import pytest

from skywarden.kernel.errors import Rejected
from skywarden.settings import Settings, describe_settings, load_settings


def test_nothing_given_is_the_defaults() -> None:
    assert load_settings(None, {}) == Settings()


def test_later_sources_win(tmp_path: Path) -> None:
    file = tmp_path / "skywarden.toml"
    file.write_text('data = "a"\n[server]\nport = 1\nhost = "::1"\n[source]\nverify = "full"\n')
    found = load_settings(
        file, {"SKYWARDEN_SERVER_PORT": "2", "SKYWARDEN_DATA": "b"}, {"data": "c", "server.host": None}
    )
    assert (found.data, found.server.port, found.server.host, found.source.verify) == ("c", 2, "::1", "full")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[server]\nprot = 1\n", "server.prot"),
        ("[sever]\nport = 1\n", "sever.port"),
        ("[server\n", "not TOML"),
        ('[source]\nverify = "always"\n', "verify"),
        ('[server]\nport = "many"\n', "port"),
    ],
)
def test_a_bad_file_says_what_is_wrong_and_where(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "skywarden.toml"
    file.write_text(text)
    with pytest.raises(Rejected, match=says) as caught:
        load_settings(file, {})
    assert str(file) in str(caught.value)


def test_every_setting_has_a_meaning_and_its_own_variable() -> None:
    settings = describe_settings()
    assert all(setting.doc.endswith(".") for setting in settings)
    assert len({setting.variable for setting in settings}) == len(settings)


def test_the_reference_services_variables_are_fallbacks(tmp_path: Path) -> None:
    file = tmp_path / "skywarden.toml"
    file.write_text('[network]\npds_url = "https://file.example"\n')
    found = load_settings(
        file,
        {
            "OZONE_PORT": "3000",
            "OZONE_PDS_URL": "https://fallback.example",
            "OZONE_APPVIEW_URL": "https://old.example",
            "SKYWARDEN_NETWORK_APPVIEW_URL": "https://new.example",
            "OZONE_ADMIN_DIDS": "did:plc:a, did:plc:b,",
            "OZONE_ASSIGNMENT_REPORT_DURATION_MS": "90000",
            "OZONE_STATS_COMPUTER_INTERVAL_MINUTES": "2",
            "OZONE_CHAT_URL": "",
        },
    )
    assert found.server.port == 3000
    assert found.network.pds_url == "https://file.example"
    assert found.network.appview_url == "https://new.example"
    assert found.api.admins == ("did:plc:a", "did:plc:b")
    assert (found.moderation.report_assignment_s, found.moderation.statistics_s) == (90.0, 120.0)
    assert found.network.chat_url == ""


def test_a_bad_variable_of_the_reference_service_is_named() -> None:
    with pytest.raises(Rejected, match="OZONE_DID_CACHE_MAX_TTL"):
        load_settings(None, {"OZONE_DID_CACHE_MAX_TTL": "soon"})
