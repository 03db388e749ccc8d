"""com.atproto.moderation.createReport over HTTP, with real service tokens."""

import asyncio

import pytest
from atproto_client.models.com.atproto.moderation.create_report import Response

from api_server import REPORT, ApiServer, make_services, serving
from identities import ALICE, BOB, MODERATOR, Person, make_person
from label_samples import LABELER
from skywarden.api.rate_limit import RateLimit, RateLimits
from skywarden.atproto.jwt import make_service_jwt
from skywarden.moderation.review import ReviewState
from skywarden.storage import Database

NSID = "com.atproto.moderation.createReport"
RUDE = "com.atproto.moderation.defs#reasonRude"
APPEAL = "com.atproto.moderation.defs#reasonAppeal"
ACCOUNT = {"$type": "com.atproto.admin.defs#repoRef", "did": BOB.did}
POST_URI = f"at://{BOB.did}/app.bsky.feed.post/3l6oveex3ii2l"
POST = {
    "$type": "com.atproto.repo.strongRef",
    "uri": POST_URI,
    "cid": "bafyreifxykqhed72s26cr4i64rxvrtofeqrly3j4vjzbkvo3ckkjbxjqtq",
}
BODY = {"reasonType": RUDE, "subject": ACCOUNT}


def bearer(api: ApiServer, person: Person = ALICE, *, aud: str = LABELER, lxm: str = NSID) -> dict[str, str]:
    token = make_service_jwt(person.key, person.did, aud, lxm, api.services.clock)
    return {"Authorization": f"Bearer {token}"}


async def test_a_report_on_an_account_opens_its_review(api: ApiServer) -> None:
    answer = await api.http.post(REPORT, json=BODY | {"reason": "rude to me"}, headers=bearer(api))
    assert answer.status_code == 200
    assert answer.json() == {
        "id": 1,
        "reasonType": RUDE,
        "reason": "rude to me",
        "subject": ACCOUNT,
        "reportedBy": ALICE.did,
        "createdAt": "2023-11-14T22:13:20.000Z",
    }
    assert api.services.moderation.status(BOB.did).review is ReviewState.OPEN


async def test_a_report_on_a_record_keeps_its_version_and_the_sdk_reads_the_answer(api: ApiServer) -> None:
    answer = await api.http.post(REPORT, json={"reasonType": RUDE, "subject": POST}, headers=bearer(api, BOB))
    read = Response.model_validate(answer.json())
    assert (read.id, read.reported_by, read.subject.uri, read.reason) == (1, BOB.did, POST_URI, None)
    decision = api.services.moderation.recent_decisions(1)[0]
    assert (decision.subject.uri, decision.subject.cid) == (POST_URI, POST["cid"])


async def test_the_bare_did_and_the_labeler_service_are_both_us(api: ApiServer) -> None:
    for aud in (LABELER, f"{LABELER}#atproto_labeler"):
        assert (await api.http.post(REPORT, json=BODY, headers=bearer(api, aud=aud))).status_code == 200


async def test_who_is_not_known_is_told_how_to_authenticate(api: ApiServer) -> None:
    stranger = make_person("c" * 24, 103)
    impostor = Person(ALICE.did, stranger.key)
    faults = {
        "AuthMissing": [{}, {"Authorization": "Basic YWRtaW46eA=="}, {"Authorization": "Bearer"}],
        "BadJwt": [{"Authorization": "Bearer a.b.c"}, bearer(api, stranger)],
        "BadJwtAudience": [bearer(api, aud="did:plc:other"), bearer(api, aud=f"{LABELER}#bsky_notif")],
        "BadJwtLexiconMethod": [bearer(api, lxm="com.atproto.label.queryLabels"), bearer(api, lxm="*")],
        "BadJwtSignature": [bearer(api, impostor)],
    }
    for error, headers in ((error, headers) for error, cases in faults.items() for headers in cases):
        answer = await api.http.post(REPORT, json=BODY, headers=headers)
        assert (answer.status_code, answer.json()["error"]) == (401, error)
        assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_a_token_is_good_once_even_a_hundred_times_at_once(database: Database) -> None:
    async with serving(make_services(database, limits=RateLimits.a_minute(0, 0))) as api:
        headers = bearer(api)
        answers = await asyncio.gather(*[api.http.post(REPORT, json=BODY, headers=headers) for _ in range(100)])
    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 99


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"reasonType": "com.example#nonsense"}, "reasonType"),
        ({"reasonType": None}, "reasonType"),
        ({"subject": {"did": BOB.did}}, "$type"),
        ({"subject": ACCOUNT | {"did": "alice.example"}}, "subject.did"),
        ({"subject": POST | {"uri": "https://example.com/"}}, "at-uri"),
        ({"subject": POST | {"uri": "at://alice.example/a.b.c/1"}}, "subject.uri"),
        ({"subject": POST | {"uri": f"at://{BOB.did}"}}, "subject.uri"),
        ({"subject": POST | {"cid": "nonsense"}}, "subject.cid"),
        ({"reason": "a" * 20_001}, "reason"),
        ({"reason": "e\u0301" * 2_001}, "2001 graphemes"),
        ({"reason": 7}, "reason"),
        ({"modTool": {"meta": {}}}, "name"),
    ],
)
async def test_bad_input_is_an_invalid_request_that_names_the_field(
    api: ApiServer, change: dict[str, object], place: str
) -> None:
    answer = await api.http.post(REPORT, json=BODY | change, headers=bearer(api))
    assert (answer.status_code, answer.json()["error"]) == (400, "InvalidRequest")
    assert place in answer.json()["message"]


async def test_a_reason_of_2000_graphemes_is_accepted_whatever_they_are_made_of(api: ApiServer) -> None:
    for grapheme in ("e\u0301", "\U0001f1e9\U0001f1ea", "\u0928\u093f"):
        answer = await api.http.post(REPORT, json=BODY | {"reason": grapheme * 2_000}, headers=bearer(api))
        assert answer.status_code == 200


async def test_what_is_not_json_is_refused(api: ApiServer) -> None:
    for body in (b"", b"{", b"[" * 100_000, b'{"reasonType": "\\ud800"}', b"\xff", b'{"reason": NaN}'):
        headers = bearer(api) | {"Content-Type": "application/json"}
        answer = await api.http.post(REPORT, content=body, headers=headers)
        assert (answer.status_code, answer.json()["error"]) == (400, "InvalidRequest")
    answer = await api.http.post(REPORT, content=b"{}", headers=bearer(api) | {"Content-Type": "text/plain"})
    assert answer.status_code == 400


async def test_a_body_that_never_ends_is_cut_off(api: ApiServer) -> None:
    headers = bearer(api) | {"Content-Type": "application/json"}
    answer = await api.http.post(REPORT, content=b" " * 200_000, headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (413, "PayloadTooLarge")


async def test_only_the_owner_may_appeal_and_only_once_at_a_time(api: ApiServer) -> None:
    appeal = {"reasonType": APPEAL, "subject": POST}
    foreign = await api.http.post(REPORT, json=appeal, headers=bearer(api, ALICE))
    own = await api.http.post(REPORT, json=appeal, headers=bearer(api, BOB))
    again = await api.http.post(REPORT, json=appeal, headers=bearer(api, BOB))
    assert (foreign.status_code, foreign.json()["error"]) == (400, "InvalidRequest")
    assert own.status_code == 200
    assert (again.status_code, again.json()["error"]) == (400, "AlreadyAppealed")


async def test_a_taken_down_account_may_only_appeal(api: ApiServer) -> None:
    takedown = {
        "event": {"$type": "tools.ozone.moderation.defs#modEventTakedown"},
        "subject": ACCOUNT,
        "createdBy": MODERATOR.did,
    }
    assert (await api.post("tools.ozone.moderation.emitEvent", takedown)).status_code == 200
    report = await api.http.post(REPORT, json=BODY, headers=bearer(api, BOB))
    appeal = await api.http.post(REPORT, json=BODY | {"reasonType": APPEAL}, headers=bearer(api, BOB))
    assert (report.status_code, report.json()["error"]) == (400, "AccountTakedown")
    assert appeal.status_code == 200


async def test_every_answer_says_what_is_left_and_the_limit_says_when_to_return(database: Database) -> None:
    services = make_services(database, limits=RateLimits(user=RateLimit(limit=2, window_s=300)))
    async with serving(services) as api:
        first = await api.http.post(REPORT, json=BODY, headers=bearer(api))
        second = await api.http.post(REPORT, json={}, headers=bearer(api))
        third = await api.http.post(REPORT, json=BODY, headers=bearer(api))
        other = await api.http.post(REPORT, json=BODY, headers=bearer(api, BOB))
    now_s = services.clock.now_us() // 1_000_000
    assert [answer.status_code for answer in (first, second, third, other)] == [200, 400, 429, 200]
    assert [answer.headers["ratelimit-remaining"] for answer in (first, second, third)] == ["1", "0", "0"]
    assert first.headers["ratelimit-limit"] == "2"
    assert first.headers["ratelimit-policy"] == "2;w=300"
    assert now_s < int(first.headers["ratelimit-reset"]) <= now_s + 300
    assert third.json()["error"] == "RateLimitExceeded"
    assert int(third.headers["retry-after"]) == int(third.headers["ratelimit-reset"]) - now_s


async def test_a_get_is_not_allowed(api: ApiServer) -> None:
    answer = await api.http.get(REPORT)
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
