"""Answer who accounts are and what records say, for pages of the API: batched, remembered briefly, never failing.

Promise: whatever is slow, away or wrong, an answer comes within twice `within.LOOK_UP_S`; what is not known is absent.
"""

import asyncio
from collections.abc import Iterable

from skywarden.api.directory.account_info import AccountInfo
from skywarden.api.directory.account_sources import AccountSources
from skywarden.api.directory.plc import PlcLogs
from skywarden.api.directory.record_info import RecordInfo
from skywarden.api.directory.record_sources import RecordSources
from skywarden.api.directory.short_memory import ShortMemory
from skywarden.kernel.clock import Clock
from skywarden.kernel.ids import Did

REMEMBERED = 20_000
KEPT_S = 60.0
KEPT_UNSURE_S = 5.0
"""What is known while a source does not answer, and that nobody knows of something, is remembered only so long."""


class Directory:
    """Accounts and records as the network shows them. For one event loop."""

    def __init__(self, accounts: AccountSources, records: RecordSources, plc: PlcLogs, clock: Clock) -> None:
        self.plc = plc
        self.home = records.home
        self._account_sources = accounts
        self._record_sources = records
        self._accounts: ShortMemory[Did, AccountInfo | None] = ShortMemory(clock, REMEMBERED)
        self._records: ShortMemory[str, RecordInfo | None] = ShortMemory(clock, REMEMBERED // 4)

    async def accounts(self, dids: Iterable[Did]) -> dict[Did, AccountInfo]:
        """What is known of these accounts; those that nobody has heard of are absent."""
        wanted = list(dict.fromkeys(dids))
        found = self._accounts.known(wanted)
        missing = [did for did in wanted if did not in found]
        if missing:
            infos, complete = await self._account_sources.ask(missing)
            for did in missing:
                found[did] = infos.get(did)
                self._accounts.keep(did, infos.get(did), KEPT_S if complete and did in infos else KEPT_UNSURE_S)
        return {did: info for did in wanted if (info := found[did]) is not None}

    async def records(self, uris: Iterable[str]) -> dict[str, RecordInfo]:
        """What these records say now or, where they are gone, said when we last acted on them; others are absent."""
        wanted = list(dict.fromkeys(uris))
        found = self._records.known(wanted)
        missing = [uri for uri in wanted if uri not in found]
        if missing:
            infos = await self._record_sources.ask(missing)
            for uri in missing:
                found[uri] = infos.get(uri)
                self._records.keep(uri, infos.get(uri), KEPT_S if uri in infos else KEPT_UNSURE_S)
        return {uri: info for uri in wanted if (info := found[uri]) is not None}

    async def version(self, uri: str, cid: str) -> RecordInfo | None:
        """What one version of a record said; None when nobody has it any more."""
        newest = (await self.records([uri])).get(uri)
        if newest is not None and newest.cid == cid:
            return newest
        return await self._record_sources.version(uri, cid)

    async def handles(self, dids: Iterable[Did]) -> dict[Did, str]:
        """The handles of accounts that are known."""
        return {did: info.handle for did, info in (await self.accounts(dids)).items()}

    async def look_up(
        self, dids: Iterable[Did], uris: Iterable[str]
    ) -> tuple[dict[Did, AccountInfo], dict[str, RecordInfo]]:
        """Both at once."""
        accounts, records = await asyncio.gather(self.accounts(dids), self.records(uris))
        return accounts, records

    def forget(self, did: Did) -> None:
        """Ask anew about an account whose identity or status has changed."""
        self._accounts.forget(did)
