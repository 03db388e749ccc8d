"""Give the full tests a foreign network: a real PDS, a PLC directory and the reference clients."""

import shutil
from collections.abc import Iterator

import pytest

from full.foreign_network import PdsNetwork, running_network


@pytest.fixture(scope="session")
def pds_network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PdsNetwork]:
    """A PDS and a PLC directory on loopback, one for all tests of a session."""
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed: the foreign servers come from it")
    with running_network(tmp_path_factory.mktemp("network")) as network:
        yield network
