"""What a client learns of the service, and what may be asked how often."""

import httpx
import pytest
from starlette.responses import Response

from api_server import QUERY, ApiServer, admin_password, make_services, serving
from identities import ADMIN, MODERATOR, TRIAGE, VERIFIER, Person
from label_samples import KEY, LABELER
from sdk_answers import read_answer
from skywarden.api.dispatch import XrpcApp
from skywarden.api.method import Access, Call, query
from skywarden.api.rate_limit import RateLimit, RateLimits, network_of
from skywarden.api.services import Neighbours
from skywarden.storage import Database

GET_CONFIG = "tools.ozone.server.getConfig"


@pytest.mark.parametrize(
    ("person", "role"), [(ADMIN, "Admin"), (MODERATOR, "Moderator"), (TRIAGE, "Triage"), (VERIFIER, "Verifier")]
)
async def test_the_viewer_learns_their_role(api: ApiServer, person: Person, role: str) -> None:
    answer = await api.get(GET_CONFIG, person)
    assert answer.json() == {"viewer": {"role": f"tools.ozone.team.defs#role{role}"}}


async def test_the_neighbours_that_are_set_up_are_named(database: Database) -> None:
    neighbours = Neighbours(
        "https://app.example", "https://pds.example", "", "https://divert.example", "did:web:v.example"
    )
    async with serving(make_services(database, neighbours=neighbours)) as api:
        answer = await api.http.get(f"/xrpc/{GET_CONFIG}", headers=admin_password())
    config, found = read_answer(GET_CONFIG, answer), answer.json()
    assert (config.appview.url, config.chat, config.verifier_did) == ("https://app.example", None, "did:web:v.example")
    assert found["pds"] == {"url": "https://pds.example"}
    assert found["blobDivert"] == {"url": "https://divert.example"}


async def test_the_web_ui_finds_who_we_are(api: ApiServer) -> None:
    answer = await api.http.get("/.well-known/ozone-metadata.json", headers={"Origin": "https://ozone.example"})
    assert answer.json() == {"did": LABELER, "url": "https://labeler.example", "publicKey": KEY.did_key}
    assert answer.headers["access-control-allow-origin"] == "*"


async def test_anybody_is_limited_by_address_and_members_each_for_themselves(database: Database) -> None:
    limits = RateLimits(public=RateLimit(2, 60), member=RateLimit(1, 60))
    async with serving(make_services(database, limits=limits)) as api:
        public = [await api.http.get(f"{QUERY}?uriPatterns=*") for _ in range(3)]
        members = [await api.get(GET_CONFIG, person) for person in (ADMIN, ADMIN, TRIAGE)]
    assert [answer.status_code for answer in public] == [200, 200, 429]
    assert [answer.headers["ratelimit-remaining"] for answer in public] == ["1", "0", "0"]
    assert public[0].headers["ratelimit-policy"] == "2;w=60"
    assert [answer.status_code for answer in members] == [200, 429, 200]


async def test_guessing_passwords_has_an_end_that_stops_no_member(database: Database) -> None:
    limits = RateLimits(public=RateLimit(3, 60))
    async with serving(make_services(database, limits=limits)) as api:
        guess = {"Authorization": "Basic YWRtaW46Z3Vlc3M="}
        guesses = [await api.http.get(f"/xrpc/{GET_CONFIG}", headers=guess) for _ in range(4)]
        member = await api.get(GET_CONFIG, MODERATOR)
    assert [answer.status_code for answer in guesses] == [401, 401, 401, 429]
    assert member.status_code == 200


async def test_without_a_limit_there_are_no_headers_of_one(database: Database) -> None:
    async with serving(make_services(database, limits=RateLimits.a_minute(0, 0))) as api:
        answer = await api.http.get(f"{QUERY}?uriPatterns=*")
    assert answer.status_code == 200
    assert "ratelimit-limit" not in answer.headers


def test_all_addresses_of_one_customer_are_one_caller() -> None:
    assert network_of("192.0.2.7") == "192.0.2.7"
    assert network_of("2001:db8::1") == network_of("2001:db8::ffff:1") != network_of("2001:db8:0:1::1")


async def test_a_fault_of_ours_is_an_answer_that_says_nothing_of_our_inside(database: Database) -> None:
    def handle(_call: Call[None, None]) -> object:
        raise ZeroDivisionError("inside")

    method = query("com.example.faulty", Access.PUBLIC, None, handle)
    app = XrpcApp(make_services(database), {method.nsid: method}, Response(status_code=404))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://labeler.example") as http:
        answer = await http.get(f"/xrpc/{method.nsid}")
    assert (answer.status_code, answer.json()["error"]) == (500, "InternalServerError")
    assert "inside" not in answer.text
