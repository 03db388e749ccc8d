"""What the labeler has published is what it may set, as soon as it can be read."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from servers.labeler_network import DID, LabelerNetwork, labeler_network
from skywarden.app.published_declaration import published_values
from skywarden.atproto.identity.fetcher import GuardedFetcher
from skywarden.atproto.identity.resolver import HttpResolver
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Did


@pytest.fixture
def network() -> Iterator[LabelerNetwork]:
    with labeler_network() as served:
        yield served


@pytest_asyncio.fixture
async def fetcher() -> AsyncIterator[GuardedFetcher]:
    async with GuardedFetcher(allow_loopback=True) as opened:
        yield opened


async def values_of(network: LabelerNetwork, fetcher: GuardedFetcher) -> frozenset[str] | None:
    resolver = HttpResolver(fetcher, network.url, allow_loopback=True)
    return await published_values(resolver, fetcher, Did(DID))


async def test_the_records_values_are_read_whatever_else_is_wrong_with_it(
    network: LabelerNetwork, fetcher: GuardedFetcher
) -> None:
    network.record = {"policies": {"labelValues": ["rude", "Odd One"]}, "createdAt": 7}
    assert await values_of(network, fetcher) == frozenset({"rude", "Odd One"})


async def test_without_a_record_nobody_knows(network: LabelerNetwork, fetcher: GuardedFetcher) -> None:
    assert await values_of(network, fetcher) is None


async def test_an_account_without_a_server_declares_nothing(network: LabelerNetwork, fetcher: GuardedFetcher) -> None:
    del network.identity["services"]["atproto_pds"]
    assert await values_of(network, fetcher) is None


async def test_a_record_of_another_form_is_named(network: LabelerNetwork, fetcher: GuardedFetcher) -> None:
    network.record = {"policies": {"labelValues": "rude"}}
    with pytest.raises(Rejected, match="label_declaration"):
        await values_of(network, fetcher)
