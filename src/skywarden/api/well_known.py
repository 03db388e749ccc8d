"""Serve what others fetch from a labeler's origin: its DID document, its health and the crawlers' file."""

from collections.abc import Awaitable, Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import BaseRoute, Route

from skywarden import __version__
from skywarden.api.answers import Reply, error_answer, json_answer
from skywarden.api.services import Services
from skywarden.kernel.errors import SkywardenError

_GOOD_FOR_S = 0.5
"""How long a database that answered is not asked again, however often we are."""

_DID_WEB = "did:web:"
_CONTEXT = ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"]

_ANY_ORIGIN = {"Access-Control-Allow-Origin": "*"}

_Endpoint = Callable[[Request], Awaitable[Reply]]


def routes(services: Services) -> list[BaseRoute]:
    """Everything but `/xrpc`."""
    return [
        Route("/.well-known/did.json", _did_json(services)),
        Route("/.well-known/ozone-metadata.json", _ozone_metadata(services)),
        Route("/robots.txt", _robots),
    ]


def did_document(services: Services) -> dict[str, object]:
    """The DID document of a did:web labeler: its label key and its service."""
    return {
        "@context": _CONTEXT,
        "id": services.did,
        "verificationMethod": [
            {
                "id": f"{services.did}#atproto_label",
                "type": "Multikey",
                "controller": services.did,
                "publicKeyMultibase": services.labels.multibase,
            }
        ],
        "service": [
            {"id": "#atproto_labeler", "type": "AtprotoLabeler", "serviceEndpoint": services.public_url.rstrip("/")}
        ],
    }


def health(services: Services) -> _Endpoint:
    """Say the version, and with 503 that the database is away."""

    good = json_answer({"version": __version__})
    good_until_s = 0.0

    async def endpoint(_request: Request) -> Reply:
        nonlocal good_until_s
        now_s = services.clock.monotonic_s()
        if now_s < good_until_s:
            return good
        try:
            await run_in_threadpool(services.database.ping)
        except SkywardenError:
            return json_answer({"version": __version__, "error": "the database does not answer"}, status=503)
        good_until_s = now_s + _GOOD_FOR_S
        return good

    return endpoint


def _did_json(services: Services) -> _Endpoint:
    async def endpoint(_request: Request) -> Reply:
        if not services.did.startswith(_DID_WEB):
            return error_answer(404, "NotFound", f"{services.did} is not a did:web; ask its directory")
        return json_answer(did_document(services), headers=_ANY_ORIGIN)

    return endpoint


def _ozone_metadata(services: Services) -> _Endpoint:
    """What the Ozone web UI compares with the labeler's DID document."""
    metadata = {
        "did": services.did,
        "url": services.public_url.rstrip("/"),
        "publicKey": services.labels.did_key,
    }

    async def endpoint(_request: Request) -> Reply:
        return json_answer(metadata, headers=_ANY_ORIGIN)

    return endpoint


async def _robots(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("User-agent: *\nAllow: /\n")
