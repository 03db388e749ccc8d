"""Run every check, none of which changes anything; one that fails is a finding, not the end of the others."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator

import httpx

from skywarden.app.doctor import local, network
from skywarden.app.doctor.finding import Finding, wrong
from skywarden.kernel.errors import SkywardenError
from skywarden.settings import Settings

_LOCAL: tuple[tuple[str, Callable[[Settings], Iterator[Finding]]], ...] = (
    ("data folder", local.check_folder),
    ("signing key", local.check_key),
    ("database", local.check_database),
    ("audit log", local.check_audit),
    ("rules", local.check_rules),
    ("kernels", local.check_kernels),
)
_REMOTE: tuple[tuple[str, Callable[[Settings, httpx.AsyncClient], Awaitable[list[Finding]]]], ...] = (
    ("service DID", network.check_identity),
    ("public URL", network.check_public_url),
    ("services", network.check_services),
    ("clock", network.check_clock),
)
_TIMEOUT_S = 10.0


def examine(settings: Settings, *, offline: bool = False) -> Iterator[Finding]:
    """Give findings as they are made, the machine's own first; `offline` asks no other machine."""
    for part, check in _LOCAL:
        try:
            yield from check(settings)
        except SkywardenError as error:
            yield wrong(part, str(error), "see the message")
    if not offline:
        yield from asyncio.run(_examine_network(settings))


async def _examine_network(settings: Settings) -> list[Finding]:
    found: list[Finding] = []
    async with httpx.AsyncClient(timeout=_TIMEOUT_S, follow_redirects=False) as client:
        for part, check in _REMOTE:
            try:
                found += await check(settings, client)
            except SkywardenError as error:
                found.append(wrong(part, str(error), "see the message"))
    return found
