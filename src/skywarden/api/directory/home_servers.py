"""Ask the server that an account names in its DID document: a stranger's machine, reached only past the guard."""

from dataclasses import dataclass
from urllib.parse import quote, urlencode, urlsplit

from skywarden.api.upstream import Upstream, UpstreamAnswer
from skywarden.api.upstream.address import SignToken
from skywarden.api.upstream.service import Query
from skywarden.atproto.identity.fetcher import GuardedFetcher
from skywarden.atproto.identity.resolver import IdentityResolver
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Did


@dataclass(frozen=True, slots=True)
class HomeServers:
    """Every account's own PDS. The PDS of the settings is asked as such: it is no stranger."""

    pds: Upstream
    resolver: IdentityResolver
    fetcher: GuardedFetcher
    sign: SignToken

    async def ask(self, did: Did, nsid: str, query: Query, *, as_ourselves: bool = False) -> UpstreamAnswer:
        """Call a query; with `as_ourselves` in the labeler's name.

        The token names the very host that it is sent to, whatever that host says of itself: otherwise a stranger could
        have us sign a token for another service and use it there.
        Raises: UpstreamFailure, Retryable, Rejected (`fetch-...`, `did-...`, `no-server`).
        """
        origin = (await self.resolver.resolve(did)).pds_endpoint
        if origin is None:
            raise Rejected("no-server", place=did, expected="a PDS in its document", found="none")
        if self.pds.can_be_asked and origin == self.pds.address.url.rstrip("/"):
            return await self.pds.get(nsid, query)
        headers = {"authorization": f"Bearer {self.sign(_did_of(origin), nsid)}"} if as_ourselves else {}
        fetched = await self.fetcher.get(f"{origin}/xrpc/{nsid}?{urlencode(query)}", headers)
        return UpstreamAnswer(origin, fetched.status, fetched.headers, fetched.body)


def _did_of(origin: str) -> str:
    return f"did:web:{quote(urlsplit(origin).netloc, safe='')}"
