"""Ask the PLC directory for an identity's signed history."""

from dataclasses import dataclass

from skywarden.api.directory.within import LOOK_UP_S
from skywarden.atproto.identity.fetcher import FetchLimits, GuardedFetcher
from skywarden.atproto.identity.plc_log import PlcHistory, read_plc_log
from skywarden.atproto.syntax.did import is_plc_did
from skywarden.kernel.errors import Rejected, Retryable
from skywarden.kernel.ids import Did

LOG_LIMITS = FetchLimits(max_bytes=4_000_000, total_s=LOOK_UP_S, per_host=0)
"""The directory of the settings is asked as often as people look; its longest logs have thousands of operations."""


@dataclass(frozen=True, slots=True)
class PlcLogs:
    """The directory's audit logs, with every signature checked."""

    fetcher: GuardedFetcher
    url: str

    async def history(self, did: Did) -> PlcHistory | None:
        """Who the identity was from the start; None where the directory does not say."""
        if not is_plc_did(did):
            return None
        try:
            answer = await self.fetcher.get(f"{self.url.rstrip('/')}/{did}/log/audit")
            return read_plc_log(did, answer.body) if answer.status == 200 else None
        except (Rejected, Retryable):
            return None
