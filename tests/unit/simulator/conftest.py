"""One seeded run that many tests read."""

from collections.abc import Iterator

import pytest

from simulated import Run, live_to, small_network


@pytest.fixture(scope="session")
def run() -> Iterator[Run]:
    network = small_network()
    frames = live_to(network, 60)
    yield Run(network, frames)
    network.close()
