"""Turn the network's state into the feeds, threads, searches and follows that its AppView shows."""

from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from skywarden.atproto.syntax.at_uri import parse_at_uri
from skywarden.kernel.errors import Rejected
from skywarden.simulator.accounts import Account
from skywarden.simulator.answers import Answer, profile_view, record_view
from skywarden.simulator.moments import iso_millis
from skywarden.simulator.network import Network
from skywarden.simulator.records import POST

MAX_PAGE = 100
MAX_PARENTS = 10
_BASIC = ("did", "handle", "displayName", "avatar", "labels", "createdAt")
_NOT_FOUND = "app.bsky.feed.defs#notFoundPost"

_T = TypeVar("_T")
_Handler = Callable[[Request], Answer]


class _Unknown(Exception):
    """Nobody has that name."""


class AppViewRoutes:
    """Reads beside profiles. Lists and starter packs do not exist in this network: nobody has any."""

    def __init__(self, network: Network) -> None:
        self._network = network

    def routes(self) -> list[BaseRoute]:
        handlers: dict[str, _Handler] = {
            "app.bsky.actor.searchActors": self._search,
            "app.bsky.actor.searchActorsTypeahead": self._search,
            "app.bsky.feed.getAuthorFeed": self._author_feed,
            "app.bsky.feed.getPostThread": self._thread,
            "app.bsky.feed.searchPosts": self._search_posts,
            "app.bsky.graph.getFollows": self._follows,
            "app.bsky.graph.getFollowers": self._followers,
            "app.bsky.graph.getLists": lambda request: {"lists": []},
            "app.bsky.graph.getActorStarterPacks": lambda request: {"starterPacks": []},
        }
        return [Route(f"/xrpc/{nsid}", _endpoint(handler)) for nsid, handler in handlers.items()]

    def _search(self, request: Request) -> Answer:
        words = (request.query_params.get("q") or request.query_params.get("term") or "").lower().removeprefix("@")
        found = (
            account
            for account in self._network.register
            if account.active and words and (words in account.handle or words in account.display_name.lower())
        )
        actors, cursor = _page(found, request)
        return {"actors": [self._profile(account) for account in actors], **cursor}

    def _author_feed(self, request: Request) -> Answer:
        account = self._account(request.query_params.get("actor", ""))
        self._network.parts.repositories.open(account)
        self._network.parts.ledger.flush()
        paths = (path for path, _ in self._network.parts.store.record_cids(account.index))
        rkeys = sorted((path.rpartition("/")[2] for path in paths if path.startswith(f"{POST}/")), reverse=True)
        page, cursor = _page(rkeys, request)
        posts = (self._post(account, rkey) for rkey in page)
        return {"feed": [{"post": post} for post in posts if post is not None], **cursor}

    def _thread(self, request: Request) -> Answer:
        return {"thread": self._branch(request.query_params.get("uri", ""), MAX_PARENTS)}

    def _search_posts(self, request: Request) -> Answer:
        """Posts that hold the words as they stand; there is no index."""
        self._network.parts.ledger.flush()
        words = request.query_params.get("q", "").strip()
        found = self._network.parts.store.holding(POST, words, MAX_PAGE) if words else []
        page, _ = _page(found, request)
        posts = (self._post(self._network.register[index], rkey) for index, rkey in page)
        return {"posts": [post for post in posts if post is not None]}

    def _branch(self, uri: str, parents: int) -> Answer:
        """A post with what it answers, and that with what that answers."""
        post = self._post_at(uri)
        if post is None:
            return {"$type": _NOT_FOUND, "uri": uri, "notFound": True}
        branch: Answer = {"$type": "app.bsky.feed.defs#threadViewPost", "post": post}
        parent = _parent_of(post)
        if parent and parents:
            branch["parent"] = self._branch(parent, parents - 1)
        return branch

    def _follows(self, request: Request) -> Answer:
        account = self._account(request.query_params.get("actor", ""))
        register, graph = self._network.register, self._network.parts.world.graph
        page, cursor = _page((register[index] for index in graph.following(account.index)), request)
        return {"subject": self._profile(account), "follows": [self._profile(one) for one in page], **cursor}

    def _followers(self, request: Request) -> Answer:
        account = self._account(request.query_params.get("actor", ""))
        graph = self._network.parts.world.graph
        fans = (one for one in self._network.register if graph.rkey(one.index, account.index) is not None)
        page, cursor = _page(fans, request)
        return {"subject": self._profile(account), "followers": [self._profile(one) for one in page], **cursor}

    def _post_at(self, uri: str) -> Answer | None:
        try:
            parts = parse_at_uri(uri)
            account = self._account(parts.authority)
        except (Rejected, _Unknown):
            return None
        return self._post(account, str(parts.rkey)) if parts.collection == POST and account.active else None

    def _post(self, account: Account, rkey: str) -> Answer | None:
        """A #postView; None when there is no such post."""
        found = record_view(self._network, account, POST, rkey)
        if found is None:
            return None
        record = found["value"]
        assert isinstance(record, dict)
        at = record.get("createdAt", iso_millis(account.created_us))
        author = {name: value for name, value in self._profile(account).items() if name in _BASIC}
        return {"uri": found["uri"], "cid": found["cid"], "author": author, "record": record, "indexedAt": at}

    def _profile(self, account: Account) -> Answer:
        return profile_view(self._network, account)

    def _account(self, name: str) -> Account:
        register = self._network.register
        account = register.by_did(name) if name.startswith("did:") else register.by_handle(name.lower())
        if account is None:
            raise _Unknown
        return account


def _endpoint(handler: _Handler) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:  # in the loop: the network lives in this one thread
        try:
            return JSONResponse(handler(request))
        except _Unknown:
            return JSONResponse({"error": "InvalidRequest", "message": "Profile not found"}, status_code=400)

    return endpoint


def _page(values: Iterable[_T], request: Request) -> tuple[list[_T], dict[str, str]]:
    """One page of what the cursor, a number, has not passed."""
    limit, start = request.query_params.get("limit", "50"), request.query_params.get("cursor", "0")
    size = min(max(int(limit), 1), MAX_PAGE) if limit.isdecimal() else 50
    first = int(start) if start.isdecimal() else 0
    found = list(values)
    more = {"cursor": str(first + size)} if first + size < len(found) else {}
    return found[first : first + size], more


def _parent_of(post: Answer) -> str:
    """The uri of the post that this one answers; "" for none."""
    record = post["record"]
    assert isinstance(record, dict)
    reply = record.get("reply", {})
    return str(reply.get("parent", {}).get("uri", ""))
