"""Check what others see and what we ask: the service's DID document, the public URL, the network's services, clocks."""

from email.utils import parsedate_to_datetime
from pathlib import Path

import httpx
import msgspec

from skywarden.app.backend import label_key
from skywarden.app.data_folder import DataFolder
from skywarden.app.doctor.finding import Finding, doubtful, fine, unset, wrong
from skywarden.app.labeler import did_web_of
from skywarden.atproto.identity.document import DidDocument
from skywarden.atproto.identity.fetcher import GuardedFetcher
from skywarden.atproto.identity.resolver import HttpResolver
from skywarden.kernel.clock import SECOND_US, SystemClock
from skywarden.kernel.errors import Rejected, Retryable
from skywarden.kernel.ids import Did
from skywarden.settings import Settings

_SKEW_S = 5.0
"""A service token lives 60 seconds and is refused when it is from the future."""


class _Described(msgspec.Struct, frozen=True):
    did: str = ""


async def check_identity(settings: Settings, _client: httpx.AsyncClient) -> list[Finding]:
    """The DID resolves to a document with our key and our address."""
    did = _did_of(settings)
    if did is None:
        return [unset("service DID", "no DID yet: it will be did:web of the public URL", "set labeler.did")]
    network = settings.network
    resolver = HttpResolver(
        GuardedFetcher(allow_loopback=network.allow_loopback), network.plc_url, allow_loopback=network.allow_loopback
    )
    try:
        document = await resolver.resolve(did)
    except (Rejected, Retryable) as error:
        return [wrong("service DID", f"{did} does not resolve: {error}", "skywarden label setup")]
    return document_findings(settings, document)


def document_findings(settings: Settings, document: DidDocument) -> list[Finding]:
    """Whether the document names our label key and our address."""
    return [_check_label_key(settings, document), _check_endpoint(settings, document)]


def _did_of(settings: Settings) -> Did | None:
    if settings.labeler.did:
        return Did(settings.labeler.did)
    remembered = DataFolder(Path(settings.data)).label_key.parent / "labeler.did"
    if remembered.exists():
        return Did(remembered.read_text(encoding="utf-8").strip())
    return did_web_of(settings.server.public_url) if settings.server.public_url else None


def _check_label_key(settings: Settings, document: DidDocument) -> Finding:
    folder = DataFolder(Path(settings.data))
    if not settings.labeler.key_hex and not settings.labeler.key_file and not folder.label_key.exists():
        return unset("label key", "there is no key to compare yet")
    ours = label_key(settings, folder).did_key
    try:
        theirs = document.labeler_key.did_key
    except Rejected:
        return wrong("label key", f"{document.did} names no #atproto_label key", "skywarden label setup")
    if theirs != ours:
        says = f"the DID document has {theirs}, we sign with {ours}: nobody can verify our labels"
        return wrong("label key", says, "skywarden label setup, or give the key that the document names")
    return fine("label key", f"the DID document of {document.did} has ours")


def _check_endpoint(settings: Settings, document: DidDocument) -> Finding:
    found, ours = document.labeler_endpoint, settings.server.public_url.rstrip("/")
    if found is None:
        return wrong("label service", f"{document.did} names no #atproto_labeler service", "skywarden label setup")
    if not ours:
        return doubtful("label service", f"the DID document says {found}", "set server.public_url to the same URL")
    if found != ours:
        return wrong("label service", f"the DID document says {found}, we are {ours}", "skywarden label setup")
    return fine("label service", f"the DID document points to {found}")


async def check_public_url(settings: Settings, client: httpx.AsyncClient) -> list[Finding]:
    """Others reach us under it."""
    url = settings.server.public_url.rstrip("/")
    if not url:
        return [unset("public URL", "not set: only this machine reaches us", "set server.public_url")]
    found = [await _check_health("public URL", url, client)]
    if not url.startswith("https://"):
        found.append(doubtful("public URL", f"{url} is not https", "put a proxy with a certificate in front"))
    return found


async def check_services(settings: Settings, client: httpx.AsyncClient) -> list[Finding]:
    """Each configured service answers and is who we think it is."""
    network, found = settings.network, []
    for part, url, did in (
        ("PDS", network.pds_url, network.pds_did),
        ("AppView", network.appview_url, network.appview_did),
        ("chat service", network.chat_url, network.chat_did),
        ("PLC directory", network.plc_url, None),
    ):
        if not url:
            found.append(unset(part, "not configured"))
            continue
        found.append(await _check_health(part, url.rstrip("/"), client))
        if did == "":
            found.append(doubtful(part, "its DID is not configured: our calls name no audience", "set its _did too"))
    if network.pds_url and network.pds_did:
        found += await _check_pds_did(network.pds_url.rstrip("/"), network.pds_did, client)
    return found


async def check_clock(settings: Settings, client: httpx.AsyncClient) -> list[Finding]:
    """Ours agrees with that of the directory, to the second that HTTP tells."""
    url = settings.network.plc_url
    try:
        answer = await client.get(f"{url.rstrip('/')}/_health")
    except httpx.HTTPError:
        return [unset("clock", f"{url} does not tell the time")]
    ours_s = SystemClock().now_us() / SECOND_US
    try:
        skew_s = ours_s - parsedate_to_datetime(answer.headers.get("date", "")).timestamp()
    except ValueError:
        return [unset("clock", f"{url} does not tell the time")]
    if abs(skew_s) > _SKEW_S:
        side = "ahead of" if skew_s > 0 else "behind"
        return [wrong("clock", f"{abs(skew_s):.0f} s {side} {url}", "set the time: timedatectl set-ntp true")]
    return [fine("clock", f"within {_SKEW_S:.0f} s of {url}")]


async def _check_health(part: str, url: str, client: httpx.AsyncClient) -> Finding:
    path = "/_health" if part == "PLC directory" else "/xrpc/_health"
    try:
        answer = await client.get(f"{url}{path}")
    except httpx.HTTPError as error:
        return wrong(part, f"{url} does not answer: {error or type(error).__name__}", "is it up, is the URL right?")
    if not answer.is_success:
        return doubtful(part, f"{url}{path} answers {answer.status_code}", "see its own log")
    return fine(part, f"{url} answers")


async def _check_pds_did(url: str, did: str, client: httpx.AsyncClient) -> list[Finding]:
    try:
        answer = await client.get(f"{url}/xrpc/com.atproto.server.describeServer")
        found = msgspec.json.decode(answer.content, type=_Described).did
    except (httpx.HTTPError, msgspec.DecodeError):
        return []
    if found != did:
        return [wrong("PDS", f"it says it is {found}, the settings say {did}", "correct network.pds_did")]
    return []
