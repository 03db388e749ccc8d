"""A PDS on loopback that serves the repositories of a small simulated network, and misbehaves when told to."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qs

from servers.foreign_service import Call, ForeignService, Reply, foreign_service
from simulated import small_network
from skywarden.kernel.ids import Did
from skywarden.simulator.config import SimulatorConfig
from skywarden.simulator.network import Network

NETWORK = SimulatorConfig(seed=7, people=24, backlog_events=200)
PAGE = 10


@dataclass
class RepoHost:
    """`replies` are given in place of a repository, `lists` counts the pages that were asked for."""

    network: Network = field(default_factory=lambda: small_network(NETWORK))
    replies: dict[str, Reply] = field(default_factory=dict)
    service: ForeignService = field(default_factory=ForeignService)

    @property
    def dids(self) -> list[Did]:
        return [account.did for account in self.network.parts.register if account.active]

    def asked(self, method: str = "com.atproto.sync.getRepo") -> list[str]:
        """The DIDs, or for listRepos the cursors, of the calls so far."""
        name = "did" if method.endswith("getRepo") else "cursor"
        calls = [call for call in self.service.calls if call.nsid == method]
        return [parse_qs(call.query).get(name, [""])[0] for call in calls]

    def answer(self, call: Call) -> Reply:
        query = {name: values[0] for name, values in parse_qs(call.query).items()}
        if call.nsid == "com.atproto.sync.listRepos":
            return self._list(int(query.get("cursor", "0")))
        return self.replies.get(query["did"]) or Reply(body=self.car(Did(query["did"])))

    def car(self, did: Did) -> bytes:
        account = self.network.parts.register.by_did(did)
        assert account is not None
        return self.network.parts.repositories.car(account)

    def paths(self) -> set[tuple[str, str]]:
        """Every record of every repository: DID and path."""
        accounts = [account for account in self.network.parts.register if account.active]
        return {(one.did, path) for one in accounts for path in self.network.parts.repositories.open(one).paths()}

    def _list(self, start: int) -> Reply:
        page = self.dids[start : start + PAGE]
        revs = {did: self._rev(did) for did in page}
        more = {"cursor": str(start + PAGE)} if start + PAGE < len(self.dids) else {}
        return Reply(body={"repos": [{"did": did, "head": "x", "rev": rev} for did, rev in revs.items()], **more})

    def _rev(self, did: Did) -> str:
        account = self.network.parts.register.by_did(did)
        assert account is not None
        return str(self.network.parts.repositories.open(account).head.rev)


@asynccontextmanager
async def repo_host() -> AsyncIterator[RepoHost]:
    """Serve while the block runs."""
    host = RepoHost()
    async with foreign_service(host.answer) as service:
        host.service = service
        yield host
