"""What the unmodified Ozone web UI needs of a service, point by point; without any of these it stays empty."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from api_server import ApiServer, make_services, serving
from identities import ADMIN, ALICE, MODERATOR, TRIAGE
from label_samples import KEY, LABELER
from lexicon_check import faults
from lexicons import LEXICONS, REASON
from proposals import make_effect, make_service
from servers.http_pages import Page, http_pages
from skywarden.api.registry import all_methods
from skywarden.api.services import Neighbours
from skywarden.atproto.identity.document import DidDocument
from skywarden.atproto.keys import PublicKey
from skywarden.kernel.ids import Cid, Did, Offset
from skywarden.model.subject import Subject
from skywarden.storage import Database
from upstreams import asked, json_page, make_directory, make_upstreams, refusal_page

UI_ORIGIN = "https://ozone.example"
CID = "bafyreibrsxf2dtmapkpkkyaqj76xtsfdw4fltmp36kuvvj2jwmkdzmcqjq"
POST = f"at://{ALICE.did}/app.bsky.feed.post/3kabc"
GONE = f"at://{ALICE.did}/app.bsky.feed.post/3kgone"
NOBODY = Did("did:plc:" + "z" * 24)
READS = [
    "app.bsky.actor.getProfile",
    "app.bsky.actor.getProfiles",
    "app.bsky.actor.searchActorsTypeahead",
    "app.bsky.feed.getAuthorFeed",
    "app.bsky.feed.getPostThread",
    "app.bsky.feed.getFeedGenerator",
    "app.bsky.feed.searchPosts",
    "app.bsky.graph.getList",
    "app.bsky.graph.getLists",
    "app.bsky.graph.getFollows",
    "app.bsky.graph.getFollowers",
    "app.bsky.graph.getStarterPack",
]


def network(path: str) -> Page:
    """An AppView whose answers are as sloppy as a client's worst day, and a PDS that is away."""
    nsid, params = asked(path)
    if nsid == "com.atproto.admin.getAccountInfos":
        info = {"did": ALICE.did, "handle": "Not A Handle", "indexedAt": "never", "deactivatedAt": "soon"}
        return json_page({"infos": [info]})
    if nsid == "app.bsky.actor.getProfiles":
        return json_page({"profiles": [{"did": ALICE.did, "handle": "alice.test"}]})
    if nsid == "com.atproto.repo.getRecord" and params["rkey"] == ["3kabc"]:
        blob = {"$type": "blob", "ref": {"$link": "bafyBAD"}, "mimeType": "image/png", "size": 3}
        return json_page({"uri": POST, "cid": CID, "value": {"$type": "app.bsky.feed.post", "embed": {"image": blob}}})
    if nsid in READS:
        return json_page({"read": nsid})
    return refusal_page("RecordNotFound")


@pytest_asyncio.fixture
async def service(database: Database) -> AsyncIterator[ApiServer]:
    """A service beside that network, after rules acted on an account, a post with a version and one without."""
    moderation = make_service(database)
    post = Subject.record(ALICE.did, "app.bsky.feed.post", "3kabc", Cid(CID))
    gone = Subject.record(ALICE.did, "app.bsky.feed.post", "3kgone")
    effects = [make_effect(number, one) for number, one in enumerate([Subject.account(ALICE.did), post, gone])]
    moderation.outbox.store([], effects, Offset(3))
    moderation.decide_pending()
    async with http_pages(network) as pages:
        upstreams = make_upstreams(appview=pages.origin)
        services = make_services(
            database,
            upstreams=upstreams,
            directory=make_directory(upstreams),
            neighbours=Neighbours(appview_url=pages.origin, pds_url="https://pds.example"),
        )
        services.labels.publish_pending()
        async with serving(services) as api:
            yield api


def registered_at(url: str) -> Page:
    """What a PLC directory serves of a labeler whose operator registered it as the documentation says."""
    data = {
        "did": LABELER,
        "verificationMethods": {"atproto_label": KEY.did_key},
        "rotationKeys": [],
        "alsoKnownAs": ["at://labeler.example"],
        "services": {"atproto_labeler": {"type": "AtprotoLabeler", "endpoint": url}},
    }
    return json_page(data)


async def test_1_the_metadata_agrees_with_what_the_directory_says_of_the_labeler(service: ApiServer) -> None:
    metadata = (await service.http.get("/.well-known/ozone-metadata.json", headers={"Origin": UI_ORIGIN})).json()
    pages = {f"/{LABELER}/data": registered_at("https://labeler.example"), f"/{LABELER}/log/audit": json_page([])}
    async with http_pages(pages) as plc, httpx.AsyncClient() as browser:
        data = (await browser.get(f"{plc.origin}/{metadata['did']}/data")).json()
        log = (await browser.get(f"{plc.origin}/{metadata['did']}/log/audit")).json()
    assert isinstance(log, list)
    assert data["services"]["atproto_labeler"]["endpoint"] == metadata["url"]
    assert data["verificationMethods"]["atproto_label"] == metadata["publicKey"]
    assert PublicKey.from_did_key(metadata["publicKey"]) == KEY.public


async def test_1_a_did_web_labelers_document_agrees_with_its_metadata(database: Database) -> None:
    did = Did("did:web:labeler.example")
    async with serving(make_services(database, did=did)) as api:
        metadata = (await api.http.get("/.well-known/ozone-metadata.json")).json()
        document = DidDocument.from_json(did, (await api.http.get("/.well-known/did.json")).content)
    assert metadata["did"] == document.did
    assert metadata["url"] == document.labeler_endpoint
    assert PublicKey.from_did_key(metadata["publicKey"]) == document.labeler_key


@pytest.mark.parametrize(("person", "role"), [(ADMIN, "Admin"), (MODERATOR, "Moderator"), (TRIAGE, "Triage")])
async def test_2_the_config_names_the_viewers_role_and_the_pds(service: ApiServer, person: Any, role: str) -> None:
    config = (await service.get("tools.ozone.server.getConfig", person)).json()
    assert config["viewer"] == {"role": f"tools.ozone.team.defs#role{role}"}
    assert config["pds"] == {"url": "https://pds.example"}


async def test_3_a_browser_of_another_origin_may_call_every_method_with_atproto_headers(service: ApiServer) -> None:
    names = "authorization,content-type,atproto-proxy,atproto-accept-labelers,atproto-content-labelers"
    for nsid, method in all_methods().items():
        wish = {"Access-Control-Request-Method": method.verbs[0], "Access-Control-Request-Headers": names}
        preflight = await service.http.options(f"/xrpc/{nsid}", headers={"Origin": UI_ORIGIN, **wish})
        assert preflight.status_code in (200, 204), nsid
        assert preflight.headers["access-control-allow-origin"] in ("*", UI_ORIGIN)
        allowed = {name.strip() for name in preflight.headers["access-control-allow-headers"].lower().split(",")}
        assert allowed.issuperset(names.split(",")), nsid
        answer = await service.http.request(method.verbs[0], f"/xrpc/{nsid}", headers={"Origin": UI_ORIGIN})
        assert answer.status_code < 500, nsid
        assert answer.headers["access-control-allow-origin"] in ("*", UI_ORIGIN)
        assert "atproto-content-labelers" in answer.headers["access-control-expose-headers"]


@pytest.mark.skipif(not LEXICONS.exists(), reason=REASON)
@pytest.mark.parametrize(
    ("nsid", "params"),
    [
        ("tools.ozone.server.getConfig", {}),
        ("tools.ozone.moderation.getRepo", {"did": ALICE.did}),
        ("tools.ozone.moderation.getRepos", {"dids": [ALICE.did, NOBODY]}),
        ("tools.ozone.moderation.getRecord", {"uri": POST}),
        ("tools.ozone.moderation.getRecords", {"uris": [POST, GONE]}),
        ("tools.ozone.moderation.getSubjects", {"subjects": [ALICE.did, POST, GONE, NOBODY]}),
        ("tools.ozone.moderation.searchRepos", {"q": ALICE.did}),
        ("tools.ozone.moderation.getAccountTimeline", {"did": ALICE.did}),
        ("tools.ozone.moderation.queryStatuses", {}),
        ("tools.ozone.moderation.queryEvents", {}),
        ("tools.ozone.moderation.getEvent", {"id": 1}),
        ("tools.ozone.report.queryReports", {"status": "open"}),
        ("tools.ozone.queue.listQueues", {}),
        ("tools.ozone.verification.listVerifications", {}),
        ("tools.ozone.safelink.queryRules", {}),
        ("tools.ozone.moderation.listScheduledActions", {"statuses": ["pending"]}),
        ("tools.ozone.team.listMembers", {}),
        ("tools.ozone.communication.listTemplates", {}),
        ("tools.ozone.set.querySets", {}),
        ("tools.ozone.setting.listOptions", {}),
    ],
)
async def test_4_answers_are_valid_to_the_letter_whatever_the_network_says(
    service: ApiServer, nsid: str, params: dict[str, Any]
) -> None:
    is_query = all_methods()[nsid].kind == "query"
    answer = await (service.get(nsid, ADMIN, **params) if is_query else service.post(nsid, params, ADMIN))
    assert answer.status_code == 200, answer.text
    assert faults(nsid, answer.json()) == []


@pytest.mark.skipif(not LEXICONS.exists(), reason=REASON)
def test_4_the_check_itself_sees_what_a_client_would_refuse() -> None:
    repo: dict[str, Any] = {
        "did": ALICE.did,
        "handle": "a.test",
        "relatedRecords": [],
        "indexedAt": "2026-01-01T00:00:00Z",
    }
    good = {"repos": [repo | {"moderation": {}}]}
    assert faults("tools.ozone.moderation.searchRepos", good) == []
    status = {"subject": {"$type": "com.atproto.repo.strongRef", "uri": POST, "cid": ""}}
    for change in ({"handle": "none"}, {"indexedAt": None}, {"did": 5}, {"moderation": {"subjectStatus": status}}):
        bad = json.loads(json.dumps({"repos": [repo | {"moderation": {}} | change]}))
        assert faults("tools.ozone.moderation.searchRepos", bad), change


async def test_5_the_reads_of_the_network_are_passed_on_for_every_member(service: ApiServer) -> None:
    for nsid in READS:
        answer = await service.get(nsid, TRIAGE, actor=ALICE.did)
        assert answer.status_code == 200, nsid
        assert nsid.endswith("getProfiles") or answer.json() == {"read": nsid}
