"""Accounts and records are shown with what moderation holds of them, and private facts only to moderators."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from atproto_client import models

from api_server import ApiServer, make_services, serving
from identities import ADMIN, ALICE, BOB, MODERATOR, TRIAGE, VERIFIER
from label_samples import LABELER, ask
from proposals import make_effect, make_service
from servers.http_pages import HttpPages, Page, http_pages
from skywarden.kernel.ids import Cid, Offset
from skywarden.model.subject import Subject
from skywarden.storage import Database
from upstreams import asked, json_page, make_directory, make_upstreams, refusal_page

REPO, REPOS = "tools.ozone.moderation.getRepo", "tools.ozone.moderation.getRepos"
RECORD, RECORDS = "tools.ozone.moderation.getRecord", "tools.ozone.moderation.getRecords"
SUBJECTS, SEARCH = "tools.ozone.moderation.getSubjects", "tools.ozone.moderation.searchRepos"
CID = "bafyreibrsxf2dtmapkpkkyaqj76xtsfdw4fltmp36kuvvj2jwmkdzmcqjq"
OLD_CID = "bafyreihyrpejh7kgcmwblr5oajcwnwxpxhlmxshcaeixrmbh6dxpkh5ptq"
BLOB = "bafkreibjfgx2gprinfvicegelk5kosd6y2frmqpqzwqkg7usac74l3t2v4"
POST = f"at://{ALICE.did}/app.bsky.feed.post/3kabc"
GONE = f"at://{ALICE.did}/app.bsky.feed.post/3kgone"
OTHER_LABELER = "did:plc:" + "l" * 24
VALUE = {
    "$type": "app.bsky.feed.post",
    "text": "hi",
    "createdAt": "2026-01-01T00:00:00Z",
    "labels": {"$type": "com.atproto.label.defs#selfLabels", "values": [{"val": "porn"}]},
    "embed": {
        "$type": "app.bsky.embed.video",
        "video": {"$type": "blob", "ref": {"$link": BLOB}, "mimeType": "video/mp4", "size": 9},
    },
}
ACCOUNT = {
    "did": ALICE.did,
    "handle": "alice.test",
    "indexedAt": "2026-01-01T00:00:00Z",
    "relatedRecords": [{"$type": "app.bsky.actor.profile", "displayName": "Alice"}],
}
PRIVATE = {
    **ACCOUNT,
    "email": "alice@mail.test",
    "emailConfirmedAt": "2026-01-02T00:00:00Z",
    "invitesDisabled": True,
    "inviteNote": "odd",
    "deactivatedAt": "2026-02-01T00:00:00Z",
    "invites": [],
    "threatSignatures": [{"property": "ip", "value": "192.0.2.1"}],
}


def appview(path: str) -> Page:
    """An AppView that knows Alice and one post of hers, in two versions."""
    nsid, params = asked(path)
    if nsid == "com.atproto.admin.getAccountInfos":
        return json_page({"infos": [ACCOUNT] if ALICE.did in params["dids"] else []})
    if nsid == "app.bsky.actor.getProfiles":
        known = ALICE.did in params["actors"]
        return json_page(
            {"profiles": [{"did": ALICE.did, "handle": "alice.test", "followersCount": 3}] if known else []}
        )
    if nsid == "com.atproto.repo.getRecord" and params["rkey"] == ["3kabc"]:
        cid = params.get("cid", [CID])[0]
        return json_page({"uri": POST, "cid": cid, "value": VALUE}) if cid in (CID, OLD_CID) else refusal_page("Gone")
    if nsid == "com.atproto.label.queryLabels":
        label = {"src": OTHER_LABELER, "uri": ALICE.did, "val": "rude", "cts": "2026-01-01T00:00:00Z"}
        return json_page({"labels": [label, {**label, "src": "did:plc:unasked"}, 7]})
    if nsid == "app.bsky.actor.searchActors":
        return json_page({"actors": [{"did": ALICE.did}, {"did": BOB.did}], "cursor": "next"})
    return refusal_page("RecordNotFound")


def pds(path: str) -> Page:
    _, params = asked(path)
    return json_page({"infos": [PRIVATE] if ALICE.did in params["dids"] else []})


@asynccontextmanager
async def network(database: Database) -> AsyncIterator[tuple[ApiServer, HttpPages]]:
    """The API before that AppView and Alice's PDS, after a rule labelled her and her posts."""
    service = make_service(database)
    post = Subject.record(ALICE.did, "app.bsky.feed.post", "3kabc", Cid(CID))
    gone = Subject.record(ALICE.did, "app.bsky.feed.post", "3kgone")
    effects = [make_effect(number, subject) for number, subject in enumerate([Subject.account(ALICE.did), post, gone])]
    service.outbox.store([], effects, Offset(3))
    service.decide_pending()
    async with http_pages(appview) as shown, http_pages(pds) as host:
        upstreams = make_upstreams(appview=shown.origin, pds=host.origin)
        services = make_services(database, upstreams=upstreams, directory=make_directory(upstreams))
        services.labels.publish_pending()
        async with serving(services) as api:
            yield api, shown


def parsed(answer: Any, model: Any) -> Any:
    """What the generated models of the SDK make of an answer; they refuse what the lexicon refuses."""
    assert answer.status_code == 200, answer.text
    return models.get_or_create(answer.json(), model, strict=True)


async def test_a_repo_shows_handle_profile_record_status_and_labels(database: Database) -> None:
    async with network(database) as (api, _):
        answer = await api.get(REPO, did=ALICE.did)
    repo = parsed(answer, models.ToolsOzoneModerationDefs.RepoViewDetail)
    assert (repo.did, repo.handle, repo.indexed_at) == (ALICE.did, "alice.test", ACCOUNT["indexedAt"])
    assert answer.json()["relatedRecords"] == ACCOUNT["relatedRecords"]
    assert repo.moderation.subject_status.subject.did == ALICE.did
    assert repo.moderation.subject_status.subject_repo_handle == "alice.test"
    assert repo.moderation.subject_status.review_state == "tools.ozone.moderation.defs#reviewNone"
    assert [(label.src, label.val) for label in repo.labels] == [(LABELER, "spam")]


@pytest.mark.parametrize("person", [TRIAGE, VERIFIER, MODERATOR, ADMIN])
async def test_what_only_the_pds_knows_is_for_moderators(database: Database, person: Any) -> None:
    may = person in (MODERATOR, ADMIN)
    async with network(database) as (api, _):
        answer = await api.get(REPO, person, did=ALICE.did)
        repos = await api.get(REPOS, person, dids=[ALICE.did])
        records = await api.get(RECORDS, person, uris=[POST])
        subjects = await api.get(SUBJECTS, person, subjects=[POST])
    for text in (answer.text, repos.text, records.text, subjects.text):
        assert ("alice@mail.test" in text, "192.0.2.1" in text) == (may, may)
    repo = parsed(answer, models.ToolsOzoneModerationDefs.RepoViewDetail)
    assert repo.deactivated_at == PRIVATE["deactivatedAt"]
    assert (repo.email_confirmed_at, repo.invites_disabled) == (
        (PRIVATE["emailConfirmedAt"], True) if may else (None, None)
    )


async def test_an_account_that_nobody_knows_is_not_found(database: Database) -> None:
    unknown = "did:plc:" + "z" * 24
    async with network(database) as (api, _):
        answer = await api.get(REPO, did=unknown)
        both = parsed(await api.get(REPOS, dids=[unknown, ALICE.did]), models.ToolsOzoneModerationGetRepos.Response)
        malformed = await api.get(REPO, did="did:plc")
    assert (answer.status_code, answer.json()["error"]) == (400, "RepoNotFound")
    assert [(repo.py_type.rpartition("#")[2], repo.did) for repo in both.repos] == [
        ("repoViewNotFound", unknown),
        ("repoViewDetail", ALICE.did),
    ]
    assert malformed.json()["error"] == "InvalidRequest"


async def test_labels_of_labelers_that_the_caller_asks_for_are_shown_and_named(database: Database) -> None:
    async with network(database) as (api, _):
        headers = api.token(MODERATOR, REPO) | {"atproto-accept-labelers": f"{OTHER_LABELER};redact, {LABELER}"}
        answer = await api.http.get(f"/xrpc/{REPO}", params={"did": ALICE.did}, headers=headers)
        refused = await api.http.get(
            f"/xrpc/{REPO}",
            params={"did": ALICE.did},
            headers=api.token(MODERATOR, REPO) | {"atproto-accept-labelers": "nobody"},
        )
    labels = {(label["src"], label["val"]) for label in answer.json()["labels"]}
    assert labels == {(LABELER, "spam"), (OTHER_LABELER, "rude")}
    assert answer.headers["atproto-content-labelers"] == f"{LABELER}, {OTHER_LABELER};redact"
    assert (refused.status_code, refused.json()["error"]) == (400, "InvalidRequest")


async def test_a_record_shows_its_value_blobs_author_status_and_the_authors_own_labels(database: Database) -> None:
    async with network(database) as (api, _):
        answer = await api.get(RECORD, uri=POST)
    record = parsed(answer, models.ToolsOzoneModerationDefs.RecordViewDetail)
    assert (record.uri, record.cid, answer.json()["value"]) == (POST, CID, VALUE)
    assert [(blob.cid, blob.mime_type, blob.size) for blob in record.blobs] == [(BLOB, "video/mp4", 9)]
    assert record.repo.handle == "alice.test"
    assert record.moderation.subject_status.subject.cid == CID
    assert [(label.src, label.val) for label in record.labels] == [(LABELER, "spam"), (ALICE.did, "porn")]


async def test_a_version_of_a_record_is_shown_or_not_found_never_another_one(database: Database) -> None:
    missing = "bafyreigzggwtxxjwzvxm2nd6ux2dvgpnbqgj3dsicwqqhkpzdtbvvkfyfa"
    async with network(database) as (api, _):
        assert (await api.get(RECORD, uri=POST, cid=OLD_CID)).json()["cid"] == OLD_CID
        assert (await api.get(RECORD, uri=POST, cid=CID)).json()["cid"] == CID
        answer = await api.get(RECORD, uri=POST, cid=missing)
    assert (answer.status_code, answer.json()["error"]) == (400, "RecordNotFound")


async def test_records_come_in_the_order_asked_for_with_those_that_are_gone(database: Database) -> None:
    by_handle = "at://alice.test/app.bsky.feed.post/3kabc"
    async with network(database) as (api, _):
        answer = await api.get(RECORDS, uris=[GONE, POST, by_handle])
        found = parsed(answer, models.ToolsOzoneModerationGetRecords.Response)
        assert (await api.get(RECORD, uri=GONE)).json()["error"] == "RecordNotFound"
        assert (await api.get(RECORDS, uris=[POST] * 101)).status_code == 400
    assert [(one.py_type.rpartition("#")[2], one.uri) for one in found.records] == [
        ("recordViewNotFound", GONE),
        ("recordViewDetail", POST),
        ("recordViewNotFound", by_handle),
    ]


async def test_subjects_have_a_status_also_when_their_record_is_gone(database: Database) -> None:
    unknown = "did:plc:" + "z" * 24
    async with network(database) as (api, _):
        answer = await api.get(SUBJECTS, subjects=[ALICE.did, GONE, POST, unknown])
    account, gone, post, nobody = answer.json()["subjects"]
    parsed(answer, models.ToolsOzoneModerationGetSubjects.Response)
    assert (account["type"], account["profile"]["followersCount"]) == ("account", 3)
    assert account["profile"]["$type"] == "app.bsky.actor.defs#profileViewDetailed"
    assert account["status"] == account["repo"]["moderation"]["subjectStatus"]
    assert (gone["type"], "record" in gone, gone["status"]["subject"]["uri"]) == ("record", False, GONE)
    assert gone["status"]["subject"]["cid"].startswith("bafkrei")
    assert (post["record"]["uri"], post["repo"]["handle"]) == (POST, "alice.test")
    assert nobody == {"type": "account", "subject": unknown}


@pytest.mark.parametrize(
    "subject", ["alice.test", "at://alice.test/app.bsky.feed.post/3kabc", "at://x", "", POST + "/more"]
)
async def test_what_is_no_subject_is_refused(database: Database, subject: str) -> None:
    async with network(database) as (api, _):
        answer = await api.get(SUBJECTS, subjects=[subject])
    assert (answer.status_code, answer.json()["error"]) == (400, "InvalidRequest")


async def test_accounts_are_searched_by_words_at_the_appview_and_by_did_here(database: Database) -> None:
    async with network(database) as (api, pages):
        by_words = parsed(
            await api.get(SEARCH, q="ali", cursor="c", limit=7), models.ToolsOzoneModerationSearchRepos.Response
        )
        searches = [asked(path) for path, _ in pages.seen if "searchActors" in path]
        by_did = await api.get(SEARCH, term=ALICE.did)
        no_did = await api.get(SEARCH, q="did:nonsense")
    assert ([repo.did for repo in by_words.repos], by_words.cursor) == ([ALICE.did, BOB.did][:1], "next")
    assert searches == [("app.bsky.actor.searchActors", {"q": ["ali"], "limit": ["7"], "cursor": ["c"]})]
    assert [repo["did"] for repo in by_did.json()["repos"]] == [ALICE.did]
    assert no_did.json() == {"repos": []}


async def test_an_appview_that_cannot_search_still_finds_a_whole_handle(database: Database) -> None:
    def page(path: str) -> Page:
        nsid, params = asked(path)
        if nsid == "com.atproto.identity.resolveHandle":
            return (
                json_page({"did": ALICE.did}) if params["handle"] == ["alice.test"] else refusal_page("HandleNotFound")
            )
        return Page(404, b"Not Found") if nsid == "app.bsky.actor.searchActors" else appview(path)

    async with http_pages(page) as shown:
        upstreams = make_upstreams(appview=shown.origin)
        services = make_services(database, upstreams=upstreams, directory=make_directory(upstreams))
        async with serving(services) as api:
            found = [(await api.get(SEARCH, q=q)).json()["repos"] for q in ("@Alice.test", "bob.test", "some words")]
    assert [[repo["did"] for repo in repos] for repos in found] == [[ALICE.did], [], []]


async def test_with_everything_away_what_is_known_here_is_shown(database: Database) -> None:
    ask(database, BOB.did)
    async with http_pages(lambda _: Page(500)) as broken:
        upstreams = make_upstreams(appview=broken.origin, pds=broken.origin)
        services = make_services(database, upstreams=upstreams, directory=make_directory(upstreams))
        services.labels.publish_pending()
        async with serving(services) as api:
            assert (await api.get(SUBJECTS, subjects=[BOB.did])).json() == {
                "subjects": [{"type": "account", "subject": BOB.did}]
            }
            answer = await api.get(SEARCH, q="ali")
    assert (answer.status_code, answer.json()["error"]) == (502, "UpstreamFailure")
