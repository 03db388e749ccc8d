"""Join the log, the accounts and the decoders for one retry of the quarantine."""

from collections.abc import Sequence

from skywarden.app.data_folder import DataFolder
from skywarden.atproto.identity.fetcher import GuardedFetcher
from skywarden.atproto.identity.resolver import HttpResolver
from skywarden.ingest.accounts.table import AccountTable
from skywarden.ingest.quarantine import QuarantineRetry, Retried, find_entries
from skywarden.ingest.verify import CommitVerifier, VerifyMode
from skywarden.kernel.clock import SystemClock
from skywarden.log.sqlite import SqliteLog
from skywarden.settings import Settings


async def retry_quarantine(settings: Settings, folder: DataFolder, numbers: Sequence[int]) -> list[Retried]:
    """Decode entries (none named: all) again and append what is good now.

    Raises: Rejected for a number that is not there; Broken when the platform is running: it owns the log.
    """
    clock = SystemClock()
    log = SqliteLog(folder.log)
    try:
        accounts = AccountTable(folder.accounts)
        try:
            accounts.catch_up(log)
            network = settings.network
            async with GuardedFetcher(allow_loopback=network.allow_loopback, clock=clock) as fetcher:
                resolver = HttpResolver(fetcher, network.plc_url, allow_loopback=network.allow_loopback, clock=clock)
                usual = CommitVerifier(VerifyMode(settings.source.verify), resolver)
                full = CommitVerifier(VerifyMode.FULL, resolver)
                retry = QuarantineRetry(log, accounts, clock, usual=usual, full=full)
                return await retry.retry(find_entries(log, numbers))
        finally:
            accounts.close()
    finally:
        log.close()
