"""The guarded fetcher: strangers choose the URL, we choose where connections go and what they may cost."""

import asyncio
import gzip
import zlib
from collections.abc import Sequence

import pytest

from servers.http_pages import Page, http_pages
from skywarden.atproto.identity.addresses import is_numeric_host, is_public
from skywarden.atproto.identity.fetcher import FetchLimits, GuardedFetcher
from skywarden.kernel.clock import ManualClock
from skywarden.kernel.errors import Rejected, Retryable

PRIVATE = [
    "127.0.0.1",
    "127.255.255.254",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "255.255.255.255",
    "192.0.0.8",
    "192.0.2.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "::1",
    "::",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "2002:7f00:1::",
    "2002:a00:1::",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:db8::1",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "fd12:3456::1",
    "fec0::1",
    "ff02::1",
    "3fff::1",
    "5f00::1",
    "not an address",
    "0x7f.1",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_addresses_that_are_not_of_the_public_internet_are_told(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "8.8.8.8", "2606:4700::1111", "64:ff9b::808:808", "2002:808:808::", "::ffff:8.8.8.8"]
)
def test_public_addresses_are_told(address: str) -> None:
    assert is_public(address)


ODD_HOSTS = [
    "0x7f.1",
    "2130706433",
    "0177.0.0.1",
    "127.1",
    "0x7f000001",
    "127.0.0.1",
    "1.1.1.1",
    "example.0x1",
    "127.0.0.1.",
]


@pytest.mark.parametrize("host", ODD_HOSTS)
def test_hosts_that_a_resolver_may_read_as_numbers_are_told(host: str) -> None:
    assert is_numeric_host(host)


@pytest.mark.parametrize(
    "url",
    [f"https://{host}/" for host in ODD_HOSTS]
    + [
        "http://example.com/",
        "https://example.com:8443/",
        "https://localhost/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[64:ff9b::7f00:1]/",
        "https://user:secret@example.com/",
        "https://intranet/",
        "ftp://example.com/",
        "file:///etc/passwd",
        "gopher://example.com/",
        "https://",
        "//example.com",
        "not a url",
        "https://exa mple.com/",
    ],
)
async def test_a_url_that_leads_elsewhere_is_refused_before_any_lookup(url: str) -> None:
    asked: list[str] = []

    async def lookup(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["8.8.8.8"]

    async with GuardedFetcher(lookup=lookup) as fetcher:
        with pytest.raises(Rejected) as error:
            await fetcher.get(url)
    assert error.value.reason == "fetch-refused"
    assert asked == []


@pytest.mark.parametrize(
    "addresses", [["127.0.0.1"], ["::ffff:127.0.0.1"], ["8.8.8.8", "10.0.0.1"], ["64:ff9b::7f00:1"]]
)
async def test_a_name_that_resolves_to_a_private_address_is_refused(addresses: Sequence[str]) -> None:
    async def lookup(host: str, port: int) -> list[str]:
        return list(addresses)

    async with GuardedFetcher(lookup=lookup) as fetcher:
        with pytest.raises(Rejected) as error:
            await fetcher.get("https://rebound.example.com/")
    assert error.value.reason == "fetch-refused"


async def test_a_name_is_looked_up_once_for_each_connection_and_connected_by_address() -> None:
    answers = [["127.0.0.1"], ["10.0.0.1"]]
    asked = []

    async def lookup(host: str, port: int) -> list[str]:
        asked.append(host)
        return answers.pop(0)

    async with (
        http_pages({"/": Page(body=b"hello")}) as pages,
        GuardedFetcher(allow_loopback=True, lookup=lookup) as fetcher,
    ):
        url = f"http://localhost:{pages.port}/"
        assert (await fetcher.get(url)).body == b"hello"
        with pytest.raises(Rejected):
            await fetcher.get(url)
    assert asked == ["localhost", "localhost"]


async def test_loopback_is_fetched_in_development_only() -> None:
    async with http_pages({"/": Page(body=b"hello")}) as pages:
        async with GuardedFetcher(allow_loopback=True) as fetcher:
            assert (await fetcher.get(pages.origin)).body == b"hello"
        async with GuardedFetcher() as fetcher:
            with pytest.raises(Rejected):
                await fetcher.get(pages.origin)
        assert len(pages.seen) == 1


@pytest.mark.parametrize(
    "target",
    [
        "http://169.254.169.254/latest/meta-data",
        "http://10.0.0.1/",
        "https://0x7f.1/",
        "https://[fe80::1]/",
        "file:///etc/passwd",
    ],
)
async def test_a_redirect_is_checked_again(target: str) -> None:
    async with (
        http_pages({"/": Page(302, headers={"location": target})}) as pages,
        GuardedFetcher(allow_loopback=True) as fetcher,
    ):
        with pytest.raises(Rejected) as error:
            await fetcher.get(pages.origin)
    assert error.value.reason == "fetch-refused"


async def test_a_redirect_is_followed_a_few_times() -> None:
    def answer(path: str) -> Page:
        number = int(path.strip("/") or 0)
        return Page(body=b"there") if number == 3 else Page(302, headers={"location": f"/{number + 1}"})

    async with http_pages(answer) as pages, GuardedFetcher(allow_loopback=True) as fetcher:
        fetched = await fetcher.get(pages.origin)
        assert (fetched.body, fetched.url) == (b"there", f"{pages.origin}/3")


async def test_a_ring_of_redirects_ends() -> None:
    async with (
        http_pages({"/": Page(302, headers={"location": "/"})}) as pages,
        GuardedFetcher(allow_loopback=True) as fetcher,
    ):
        with pytest.raises(Rejected) as error:
            await fetcher.get(pages.origin)
        assert error.value.reason == "fetch-redirects"
        assert len(pages.seen) == 4


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
async def test_a_body_past_the_limit_is_refused_without_being_held(encoding: str) -> None:
    body = b"x" * 100_000 if encoding == "identity" else gzip.compress(bytes(100_000_000), 1, mtime=0)
    page = Page(body=body, headers={"content-encoding": encoding})
    limits = FetchLimits(max_bytes=10_000)
    async with http_pages({"/": page}) as pages, GuardedFetcher(allow_loopback=True, limits=limits) as fetcher:
        with pytest.raises(Rejected) as error:
            await fetcher.get(pages.origin)
    assert error.value.reason == "fetch-too-large"


async def test_an_endless_body_is_refused() -> None:
    page = Page(body=b"x" * 1_000, endless=True)
    async with http_pages({"/": page}) as pages, GuardedFetcher(allow_loopback=True) as fetcher:
        with pytest.raises(Rejected) as error:
            await fetcher.get(pages.origin)
    assert error.value.reason == "fetch-too-large"


async def test_a_body_that_trickles_forever_ends_with_the_time() -> None:
    page = Page(body=b"", endless=True)
    limits = FetchLimits(total_s=0.2)
    async with http_pages({"/": page}) as pages, GuardedFetcher(allow_loopback=True, limits=limits) as fetcher:
        with pytest.raises(Retryable):
            await fetcher.get(pages.origin)


async def test_a_gzipped_body_within_the_limit_is_read() -> None:
    page = Page(body=gzip.compress(b"hello", mtime=0), headers={"content-encoding": "gzip"})
    async with http_pages({"/": page}) as pages, GuardedFetcher(allow_loopback=True) as fetcher:
        assert (await fetcher.get(pages.origin)).body == b"hello"


@pytest.mark.parametrize(
    "encoding, body",
    [
        ("br", b"x"),
        ("gzip", b"not gzip"),
        ("gzip, gzip", gzip.compress(b"x", mtime=0)),
        ("deflate", zlib.compress(b"x")),
    ],
)
async def test_other_encodings_are_refused(encoding: str, body: bytes) -> None:
    page = Page(body=body, headers={"content-encoding": encoding})
    async with http_pages({"/": page}) as pages, GuardedFetcher(allow_loopback=True) as fetcher:
        with pytest.raises(Rejected) as error:
            await fetcher.get(pages.origin)
    assert error.value.reason == "fetch-encoding"


async def test_a_host_that_is_away_is_worth_another_try() -> None:
    async def nothing(host: str, port: int) -> list[str]:
        raise OSError("no such name")

    async with GuardedFetcher(lookup=nothing) as fetcher:
        with pytest.raises(Retryable):
            await fetcher.get("https://gone.example.com/")
    server = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, GuardedFetcher(allow_loopback=True) as fetcher:
        with pytest.raises(Retryable):
            await fetcher.get(f"http://127.0.0.1:{port}/")


async def test_each_host_has_its_share_of_fetches() -> None:
    clock = ManualClock()
    limits = FetchLimits(per_host=2, per_host_s=60)
    async with (
        http_pages({"/": Page(body=b"x")}) as pages,
        GuardedFetcher(allow_loopback=True, limits=limits, clock=clock) as fetcher,
    ):
        await fetcher.get(pages.origin)
        await fetcher.get(pages.origin)
        with pytest.raises(Retryable):
            await fetcher.get(pages.origin)
        clock.advance(60)
        assert (await fetcher.get(pages.origin)).status == 200
        assert len(pages.seen) == 3
