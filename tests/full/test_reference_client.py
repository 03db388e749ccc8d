"""The reference client's moderation calls, through a real PDS's proxy and straight, against `skywarden serve`."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from full.foreign_network import PdsNetwork
from servers.platform import Platform, running_platform
from skywarden.atproto.keys import PrivateKey

pytestmark = [pytest.mark.full, pytest.mark.timeout(1_200)]

WANTED_CALLS = 60


@dataclass(frozen=True, slots=True)
class Desk:
    """The API role, registered in the PLC directory; `admin` is a member of its team."""

    network: PdsNetwork
    backend: Platform
    did: str
    admin: dict[str, str]


def join(network: PdsNetwork, name: str) -> dict[str, str]:
    """Make an account; what its scripts need to log in."""
    handle = f"{name}-{secrets.token_hex(3)}.test"
    person = {"pds": network.pds, "handle": handle, "password": secrets.token_hex(12)}
    return {**person, "did": network.run("create_account", **person)["did"]}


@pytest.fixture(scope="module")
def desk(pds_network: PdsNetwork, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("desk")
    key = PrivateKey.generate("k256")
    backend = Platform(folder / "data", "", command="serve")
    registered = pds_network.run("register_labeler", plc=pds_network.plc, endpoint=backend.url, labelKey=key.did_key)
    admin = join(pds_network, "admin")
    backend.settings = {
        "OZONE_PUBLIC_URL": backend.url,
        "OZONE_SERVER_DID": registered["did"],
        "OZONE_SIGNING_KEY_HEX": key.hex(),
        "OZONE_PDS_URL": pds_network.pds,
        "OZONE_APPVIEW_URL": pds_network.pds,
        "OZONE_ADMIN_DIDS": admin["did"],
        "SKYWARDEN_NETWORK_PLC_URL": pds_network.plc,
    }
    with running_platform(backend):
        yield Desk(pds_network, backend, registered["did"], admin)


def test_the_reference_client_works_on_every_group_of_methods(desk: Desk) -> None:
    author, person = join(desk.network, "author"), join(desk.network, "person")
    post = desk.network.run("create_posts", **author, texts=["buy this now"])["posts"][0]
    done = desk.network.run(
        "ozone_calls",
        pds=desk.network.pds,
        did=desk.did,
        service=desk.backend.url,
        admin=desk.admin,
        person=person,
        author=author,
        post=post,
    )
    assert len(done["calls"]) >= WANTED_CALLS, done["calls"]
