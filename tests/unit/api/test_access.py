"""Who may call which method: every method, as everybody, through the dispatcher; each refusal has its own name."""

from dataclasses import replace
from typing import Any

import httpx
import pytest
from starlette.responses import Response

from api_server import admin_password, make_services, person_token
from identities import ADMIN, ALICE, DISABLED, MODERATOR, TRIAGE, VERIFIER
from skywarden.api.dispatch import XrpcApp
from skywarden.api.method import Access, Call
from skywarden.api.rate_limit import RateLimits
from skywarden.api.registry import AnyMethod, all_methods
from skywarden.storage import Database

EXPECTED = {
    Access.PUBLIC: "com.atproto.label.queryLabels com.atproto.temp.fetchLabels",
    Access.USER: "com.atproto.moderation.createReport",
    Access.MEMBER: """
        tools.ozone.moderation.emitEvent tools.ozone.moderation.queryEvents tools.ozone.moderation.getEvent
        tools.ozone.moderation.queryStatuses tools.ozone.moderation.getRecord tools.ozone.moderation.getRecords
        tools.ozone.moderation.getRepo tools.ozone.moderation.getRepos tools.ozone.moderation.getSubjects
        tools.ozone.moderation.searchRepos tools.ozone.moderation.getReporterStats
        tools.ozone.moderation.getAccountTimeline tools.ozone.moderation.getAccountPreferences
        tools.ozone.moderation.listScheduledActions
        tools.ozone.report.queryReports tools.ozone.report.getReport tools.ozone.report.getLatestReport
        tools.ozone.report.listActivities tools.ozone.report.queryActivities tools.ozone.report.getAssignments
        tools.ozone.report.createActivity tools.ozone.report.closeReports tools.ozone.report.reassignQueue
        tools.ozone.report.assignModerator tools.ozone.report.unassignModerator tools.ozone.report.getLiveStats
        tools.ozone.report.getHistoricalStats
        tools.ozone.queue.listQueues tools.ozone.queue.getAssignments
        tools.ozone.setting.upsertOption tools.ozone.setting.listOptions tools.ozone.setting.removeOptions
        tools.ozone.safelink.queryRules tools.ozone.safelink.queryEvents
        tools.ozone.team.listMembers tools.ozone.verification.listVerifications tools.ozone.server.getConfig
        chat.bsky.moderation.getActorMetadata chat.bsky.moderation.getMessageContext chat.bsky.moderation.getConvo
        chat.bsky.moderation.getConvos chat.bsky.moderation.getConvoMembers
        app.bsky.actor.getProfile app.bsky.actor.getProfiles app.bsky.actor.searchActorsTypeahead
        app.bsky.feed.getAuthorFeed app.bsky.feed.getPostThread app.bsky.feed.getFeedGenerator
        app.bsky.feed.searchPosts app.bsky.graph.getFollows app.bsky.graph.getFollowers app.bsky.graph.getList
        app.bsky.graph.getLists app.bsky.graph.getStarterPack app.bsky.graph.getStarterPacks
        app.bsky.graph.getActorStarterPacks app.bsky.feed.getLikes app.bsky.feed.getRepostedBy
    """,
    Access.MODERATOR: """
        tools.ozone.moderation.scheduleAction tools.ozone.moderation.cancelScheduledActions
        tools.ozone.report.refreshStats
        tools.ozone.queue.createQueue tools.ozone.queue.updateQueue tools.ozone.queue.deleteQueue
        tools.ozone.queue.routeReports tools.ozone.queue.assignModerator tools.ozone.queue.unassignModerator
        tools.ozone.communication.createTemplate tools.ozone.communication.listTemplates
        tools.ozone.communication.updateTemplate tools.ozone.communication.deleteTemplate
        tools.ozone.set.upsertSet tools.ozone.set.querySets tools.ozone.set.getValues tools.ozone.set.addValues
        tools.ozone.set.deleteValues tools.ozone.set.deleteSet
        tools.ozone.hosting.getAccountHistory tools.ozone.signature.findCorrelation
        tools.ozone.signature.findRelatedAccounts tools.ozone.signature.searchAccounts
        com.atproto.admin.searchAccounts
        tools.ozone.safelink.addRule tools.ozone.safelink.updateRule tools.ozone.safelink.removeRule
    """,
    Access.ADMIN: """
        tools.ozone.team.addMember tools.ozone.team.updateMember tools.ozone.team.deleteMember
        com.atproto.temp.revokeAccountCredentials
    """,
    Access.VERIFIER: "tools.ozone.verification.grantVerifications tools.ozone.verification.revokeVerifications",
}
"""What the reference service asks of the caller of each method; a method that is not here fails the test.

What only the PDS knows of its accounts (hosting, signature, admin) is kept from triage, as searchRepos keeps it.
"""

ACCESS_OF = {nsid: access for access, names in EXPECTED.items() for nsid in names.split()}

REFUSED = (401, "AuthenticationRequired")
UNKNOWN = (401, "AuthMissing")
LACKING = (403, "Forbidden")
GOOD = (200, "")

ANSWERS: dict[Access, dict[str, tuple[int, str]]] = {
    Access.PUBLIC: {},
    Access.USER: {"nobody": UNKNOWN, "basic": UNKNOWN},
    Access.MEMBER: {"nobody": UNKNOWN, "alice": REFUSED},
    Access.MODERATOR: {"nobody": UNKNOWN, "alice": REFUSED, "triage": LACKING, "verifier": LACKING},
    Access.ADMIN: {
        "nobody": UNKNOWN,
        "alice": REFUSED,
        "triage": LACKING,
        "moderator": LACKING,
        "verifier": LACKING,
    },
    Access.VERIFIER: {"nobody": UNKNOWN, "alice": REFUSED, "triage": LACKING, "moderator": LACKING},
}
"""Who is refused how; everybody else is let in, and disabled members only where they are mere users."""

PEOPLE = {
    "alice": ALICE,
    "triage": TRIAGE,
    "moderator": MODERATOR,
    "admin": ADMIN,
    "verifier": VERIFIER,
    "disabled": DISABLED,
}


def empty(method: AnyMethod) -> AnyMethod:
    """The method with the same name and access, whose input is nothing and whose answer is who called."""

    def nothing(_text: bytes) -> None:
        return None

    def handle(call: Call[Any, Any]) -> object:
        return {"did": call.caller.did}

    return replace(method, params=None, body=None, read_params=nothing, read_body=nothing, handle=handle, blocks=True)


@pytest.mark.parametrize("nsid", sorted(all_methods()))
async def test_a_method_lets_in_whom_it_should_and_nobody_else(database: Database, nsid: str) -> None:
    access = ACCESS_OF[nsid]
    services = make_services(database, limits=RateLimits.a_minute(0, 0))
    method = empty(all_methods()[nsid])
    app = XrpcApp(services, {nsid: method}, Response("no such method", 404))
    verb = method.verbs[0]
    headers = {name: person_token(services, person, nsid) for name, person in PEOPLE.items()}
    headers |= {"nobody": {}, "basic": admin_password()}
    refused_here = ANSWERS[access] | ({"disabled": (401, "MemberDisabled")} if len(ANSWERS[access]) > 2 else {})
    if access is Access.MEMBER:
        refused_here["disabled"] = (401, "MemberDisabled")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://labeler.example") as http:
        for name, header in headers.items():
            answer = await http.request(verb, f"/xrpc/{nsid}", headers=header)
            found = (answer.status_code, answer.json().get("error", ""))
            assert (name, found) == (name, refused_here.get(name, GOOD))
            assert ("www-authenticate" in answer.headers) == (answer.status_code == 401)


async def test_the_password_speaks_for_the_labeler_and_another_for_nobody(database: Database) -> None:
    services = make_services(database)
    auth, nsid = services.auth, "tools.ozone.server.getConfig"
    claim = await auth.identify(admin_password()["Authorization"], nsid, Access.MEMBER)
    caller = auth.admit(claim, Access.ADMIN)
    assert (caller.did, caller.role is not None and caller.role.name) == (services.did, "ADMIN")


@pytest.mark.parametrize(
    "credentials", ["YWRtaW46", "YWRtaW46b3Blbg==", "cm9vdDpvcGVuIHNlc2FtZQ==", "!!!", "b3BlbiBzZXNhbWU="]
)
async def test_a_wrong_password_is_refused_like_a_stranger(database: Database, credentials: str) -> None:
    app = XrpcApp(make_services(database), dict(all_methods()), Response(status_code=404))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://labeler.example") as http:
        header = {"Authorization": f"Basic {credentials}"}
        answer = await http.get("/xrpc/tools.ozone.server.getConfig", headers=header)
    assert (answer.status_code, answer.json()["error"]) == REFUSED
