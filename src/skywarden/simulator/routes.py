"""Turn HTTP requests into answers of the PLC directory, the hosts, the AppView and the ground truth."""

from collections.abc import AsyncIterator, Iterable

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route, WebSocketRoute

from skywarden.simulator import answers
from skywarden.simulator.accounts import Account
from skywarden.simulator.appview import AppViewRoutes
from skywarden.simulator.faults import FaultPlan
from skywarden.simulator.journal import Journal
from skywarden.simulator.network import Network
from skywarden.simulator.relay import Relay

MAX_PROFILES = 25
MAX_RELATIONSHIPS = 30
MAX_REPOS = 1_000
_CAR_TYPE = "application/vnd.ipld.car"
_SUBSCRIBE = "/xrpc/com.atproto.sync.subscribeRepos"
_REPO_ERRORS = {
    "takendown": "RepoTakendown",
    "suspended": "RepoSuspended",
    "deactivated": "RepoDeactivated",
    "deleted": "RepoNotFound",
}


class SimulatorRoutes:
    """Every route of the one loopback server that plays all parts of the network."""

    def __init__(self, network: Network, journal: Journal, relay: Relay, faults: FaultPlan) -> None:
        self._network = network
        self._journal = journal
        self._relay = relay
        self._faults = faults

    def routes(self) -> list[BaseRoute]:
        """The route of a DID comes last, because it takes any name."""
        return [
            WebSocketRoute(_SUBSCRIBE, self._relay.subscribe),
            Route(_SUBSCRIBE, _upgrade_required),
            Route("/xrpc/com.atproto.sync.getRepo", self.get_repo),
            Route("/xrpc/com.atproto.sync.getLatestCommit", self.get_latest_commit),
            Route("/xrpc/com.atproto.sync.getRepoStatus", self.get_repo_status),
            Route("/xrpc/com.atproto.sync.listRepos", self.list_repos),
            Route("/xrpc/com.atproto.repo.getRecord", self.get_record),
            Route("/xrpc/com.atproto.identity.resolveHandle", self.resolve_handle),
            Route("/xrpc/app.bsky.actor.getProfile", self.get_profile),
            Route("/xrpc/app.bsky.actor.getProfiles", self.get_profiles),
            Route("/xrpc/app.bsky.graph.getRelationships", self.get_relationships),
            *AppViewRoutes(self._network).routes(),
            Route("/xrpc/_health", self.health),
            Route("/.well-known/atproto-did", self.well_known_did),
            Route("/ground-truth.jsonl", self.ground_truth),
            Route("/accounts.jsonl", self.accounts),
            Route("/faults.json", self.fault_report),
            Route("/journal.frames", self.journal),
            Route("/{did}/data", self.plc_data),
            Route("/{did}/log/audit", self.plc_audit_log),
            Route("/{did}", self.plc_document),
        ]

    # --- PLC directory ----------------------------------------------------------------------------------------------

    async def plc_document(self, request: Request) -> Response:
        did = request.path_params["did"]
        return _plc(did, self._network.parts.plc.document(did), "application/did+ld+json")

    async def plc_data(self, request: Request) -> Response:
        did = request.path_params["did"]
        return _plc(did, self._network.parts.plc.data(did))

    async def plc_audit_log(self, request: Request) -> Response:
        did = request.path_params["did"]
        return _plc(did, self._network.parts.plc.audit_log(did))

    async def well_known_did(self, request: Request) -> Response:
        """Name the account whose handle is the host that was asked."""
        host = request.headers.get("host", "").partition(":")[0]
        account = self._network.parts.register.by_handle(host)
        if account is None:
            return PlainTextResponse("no such handle", status_code=404)
        return PlainTextResponse(account.did)

    # --- hosts ------------------------------------------------------------------------------------------------------

    async def get_repo(self, request: Request) -> Response:
        account = self._account(request.query_params.get("did", ""))
        refusal = _repo_refusal(account)
        if account is None or refusal is not None:
            return refusal or _error("RepoNotFound", "no such repository")
        return Response(self._network.parts.repositories.car(account), media_type=_CAR_TYPE)

    async def get_latest_commit(self, request: Request) -> Response:
        account = self._account(request.query_params.get("did", ""))
        refusal = _repo_refusal(account)
        if account is None or refusal is not None:
            return refusal or _error("RepoNotFound", "no such repository")
        return JSONResponse(answers.latest_commit(self._network, account))

    async def get_repo_status(self, request: Request) -> Response:
        account = self._account(request.query_params.get("did", ""))
        if account is None:
            return _error("RepoNotFound", "no such repository")
        return JSONResponse(answers.repo_status(self._network, account))

    async def list_repos(self, request: Request) -> Response:
        start, limit = request.query_params.get("cursor", "0"), request.query_params.get("limit", "500")
        if not start.isdecimal() or not limit.isdecimal() or not 0 < int(limit) <= MAX_REPOS:
            return _error("InvalidRequest", f"cursor is a number, limit is 1 to {MAX_REPOS}")
        register = self._network.parts.register
        end = min(int(start) + int(limit), len(register))
        entries = [
            answers.repo_entry(self._network, account)
            for account in (register[index] for index in range(int(start), end))
            if account.active
        ]
        more = {"cursor": str(end)} if end < len(register) else {}
        return JSONResponse({"repos": entries, **more})

    async def get_record(self, request: Request) -> Response:
        query = request.query_params
        account = self._account(query.get("repo", ""))
        view = None
        if account is not None and account.active:
            view = answers.record_view(self._network, account, query.get("collection", ""), query.get("rkey", ""))
        return _error("RecordNotFound", "no such record") if view is None else JSONResponse(view)

    async def resolve_handle(self, request: Request) -> Response:
        account = self._network.parts.register.by_handle(request.query_params.get("handle", "").lower())
        if account is None:
            return _error("HandleNotFound", "no account has this handle")
        return JSONResponse({"did": account.did})

    # --- AppView ----------------------------------------------------------------------------------------------------

    async def get_profile(self, request: Request) -> Response:
        account = self._account(request.query_params.get("actor", ""))
        if account is None or account.status == "deleted":
            return _error("InvalidRequest", "Profile not found")
        if not account.active:
            return _error("AccountTakedown", f"Account is {account.status}")
        return JSONResponse(answers.profile_view(self._network, account))

    async def get_profiles(self, request: Request) -> Response:
        actors = request.query_params.getlist("actors")
        if not 0 < len(actors) <= MAX_PROFILES:
            return _error("InvalidRequest", f"actors must have 1 to {MAX_PROFILES} entries")
        found = [self._account(actor) for actor in dict.fromkeys(actors)]
        views = [answers.profile_view(self._network, account) for account in found if account and account.active]
        return JSONResponse({"profiles": views})

    async def get_relationships(self, request: Request) -> Response:
        actor = self._account(request.query_params.get("actor", ""))
        others = request.query_params.getlist("others")
        if actor is None or len(others) > MAX_RELATIONSHIPS:
            return _error(
                "ActorNotFound" if actor is None else "InvalidRequest", f"others: {MAX_RELATIONSHIPS} at most"
            )
        relationships: list[answers.Answer] = []
        for name in others:
            other = self._account(name)
            unknown: answers.Answer = {"$type": "app.bsky.graph.defs#notFoundActor", "actor": name, "notFound": True}
            relationships.append(unknown if other is None else answers.relationship(self._network, actor, other))
        return JSONResponse({"actor": actor.did, "relationships": relationships})

    # --- what only a simulator can tell -----------------------------------------------------------------------------

    async def ground_truth(self, request: Request) -> Response:
        """Every abusive operation so far; `after=N` leaves out the first N lines."""
        after = request.query_params.get("after", "0")
        lines = self._network.parts.store.truth(int(after) if after.isdecimal() else 0)
        return StreamingResponse(_lines(lines), media_type="application/jsonl")

    async def accounts(self, request: Request) -> Response:
        register = list(self._network.parts.register)
        return StreamingResponse(_lines(map(answers.account_line, register)), media_type="application/jsonl")

    async def fault_report(self, request: Request) -> Response:
        return JSONResponse(self._faults.report())

    async def journal(self, request: Request) -> Response:
        """All frames that are kept, as a recording: what the relay knows, without faults."""
        return StreamingResponse(self._journal_bytes(), media_type="application/octet-stream")

    async def _journal_bytes(self) -> AsyncIterator[bytes]:
        seq = self._journal.oldest_seq
        while frames := self._journal.page(seq):
            yield b"".join(len(stored.frame).to_bytes(4, "little") + stored.frame for stored in frames)
            seq = frames[-1].seq + 1

    async def health(self, request: Request) -> Response:
        return JSONResponse(
            {
                "version": "simulator",
                "newestSeq": self._journal.newest_seq,
                "oldestSeq": self._journal.oldest_seq,
                "accounts": len(self._network.parts.register),
                "subscribers": self._relay.subscribers,
                "live": self._network.now_us >= self._network.parts.live_us,
            }
        )

    def _account(self, actor: str) -> Account | None:
        register = self._network.parts.register
        return register.by_did(actor) if actor.startswith("did:") else register.by_handle(actor.lower())


async def _upgrade_required(request: Request) -> Response:
    return PlainTextResponse("this is a WebSocket", status_code=426, headers={"Upgrade": "websocket"})


async def _lines(lines: Iterable[bytes]) -> AsyncIterator[bytes]:
    for line in lines:
        yield line + b"\n"


def _plc(did: str, answer: object | None, media_type: str = "application/json") -> Response:
    if answer is None:
        return JSONResponse({"message": f"DID not registered: {did}"}, status_code=404)
    return Response(msgspec.json.encode(answer), media_type=media_type)


def _repo_refusal(account: Account | None) -> Response | None:
    if account is None or account.active:
        return None
    return _error(_REPO_ERRORS.get(account.status or "", "RepoNotFound"), f"the repository is {account.status}")


def _error(name: str, message: str) -> Response:
    return JSONResponse({"error": name, "message": message}, status_code=400)
