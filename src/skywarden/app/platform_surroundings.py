"""A platform to whom its API asks: the configured services, its own table and log, the simulated network."""

from skywarden.api.directory import LoggedRecords, SeenAccounts
from skywarden.api.upstream.services import appview_address, chat_address, pds_address
from skywarden.app.platform import Platform
from skywarden.app.sourcing import Origins
from skywarden.app.surroundings import Surroundings


def platform_surroundings(platform: Platform, origins: Origins) -> Surroundings:
    """Those of the embedded platform: its own table and log as well, and the simulated network where that runs."""
    network = platform.settings.network
    return Surroundings(
        pds=pds_address(network.pds_url, network.pds_did, network.pds_admin_password),
        appview=appview_address(origins.appview, network.appview_did),
        chat=chat_address(network.chat_url, network.chat_did),
        plc_url=origins.plc,
        loopback=origins.loopback,
        accounts=SeenAccounts(platform.accounts),
        records=LoggedRecords(platform.backend.database, platform.log),
    )
