"""Answer who accounts are and what records say, for pages of the API: batched, remembered briefly, never failing.

Promise: whatever is slow, away or wrong, an answer comes within twice `within.LOOK_UP_S`, one with handles alone within
`HANDLES_S`; what is not known is absent.
"""

import asyncio
from collections.abc import Iterable, Sequence

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
"""What is known while a source does not answer is remembered only so long."""

KEPT_HANDLES_S = 600.0
HANDLES_S = 1.0
"""How long a list waits for handles that are not at hand; what comes later is there the next time."""


class Directory:
    """Accounts and records as the network shows them. For one event loop."""

    def __init__(self, accounts: AccountSources, records: RecordSources, plc: PlcLogs, clock: Clock) -> None:
        self.plc = plc
        self.home = records.home
        self._account_sources = accounts
        self._record_sources = records
        self._accounts: ShortMemory[Did, AccountInfo | None] = ShortMemory(clock, REMEMBERED)
        self._handles: ShortMemory[Did, str] = ShortMemory(clock, REMEMBERED)
        self._flights: dict[Did, asyncio.Task[dict[Did, AccountInfo]]] = {}
        self._records: ShortMemory[str, RecordInfo | None] = ShortMemory(clock, REMEMBERED // 4)

    async def accounts(self, dids: Iterable[Did]) -> dict[Did, AccountInfo]:
        """What is known of these accounts; those that nobody has heard of are absent."""
        return await self._look(list(dict.fromkeys(dids)), None)

    async def _look(self, wanted: Sequence[Did], wait_s: float | None) -> dict[Did, AccountInfo]:
        """What is known within a time. Who asks for an account that is being asked for waits for that answer.

        A look-up goes on when nobody waits any more: its answer is there the next time.
        """
        found = self._accounts.known(wanted)
        missing = [did for did in wanted if did not in found]
        if new := [did for did in missing if did not in self._flights]:
            self._flights.update(dict.fromkeys(new, asyncio.create_task(self._ask(new))))
        if flights := {self._flights[did] for did in missing}:
            done, _ = await asyncio.wait(flights, timeout=wait_s)
            for flight in done:
                found |= flight.result()
        return {did: info for did in wanted if (info := found.get(did)) is not None}

    async def _ask(self, dids: Sequence[Did]) -> dict[Did, AccountInfo]:
        flight = asyncio.current_task()
        try:
            infos, complete = await self._account_sources.ask(dids)
            for did in dids:
                if self._flights.get(did) is flight:  # not forgotten meanwhile
                    self._accounts.keep(did, infos.get(did), KEPT_S if complete else KEPT_UNSURE_S)
                    if did in infos:
                        self._handles.keep(did, infos[did].handle, KEPT_HANDLES_S if complete else KEPT_UNSURE_S)
            return infos
        finally:
            for did in dids:
                if self._flights.get(did) is flight:
                    del self._flights[did]

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
        """The handles of accounts, as lists show them: the first that anybody says, our own stream before all."""
        wanted = list(dict.fromkeys(dids))
        found = self._handles.known(wanted)
        missing = [did for did in wanted if did not in found]
        if missing:
            found |= await self._seen_handles(missing)
            missing = [did for did in missing if did not in found]
        if missing:
            found |= {did: info.handle for did, info in (await self._look(missing, HANDLES_S)).items()}
        return found

    async def _seen_handles(self, dids: Sequence[Did]) -> dict[Did, str]:
        seen = await self._account_sources.seen(dids)
        found = {did: account.handle for did, account in seen.items() if account.handle}
        for did, handle in found.items():
            self._handles.keep(did, handle, KEPT_HANDLES_S)
        return found

    async def look_up(
        self, dids: Iterable[Did], uris: Iterable[str]
    ) -> tuple[dict[Did, AccountInfo], dict[str, RecordInfo]]:
        """Both at once."""
        accounts, records = await asyncio.gather(self.accounts(dids), self.records(uris))
        return accounts, records

    @property
    def looking(self) -> int:
        """Accounts that are being asked for."""
        return len(self._flights)

    def forget(self, did: Did) -> None:
        """Ask anew about an account whose identity or status has changed."""
        self._accounts.forget(did)
        self._handles.forget(did)
        self._flights.pop(did, None)
