"""com.atproto.label.queryLabels over HTTP."""

from atproto_client.models.com.atproto.label.query_labels import Response

from api_server import QUERY, ApiServer
from label_samples import KEY, ask, ask_many
from skywarden.atproto.cbor import from_json
from skywarden.labels import verify_label
from skywarden.labels.wire import label_from_json


async def test_labels_come_signed_and_paged_and_the_last_page_has_no_cursor(api: ApiServer) -> None:
    ask_many(api.services.database, 5)
    api.services.labels.publish_pending()
    first = (await api.http.get(QUERY, params={"uriPatterns": "*", "limit": 3})).json()
    second = (await api.http.get(QUERY, params={"uriPatterns": "*", "limit": 3, "cursor": first["cursor"]})).json()
    assert "cursor" not in second
    labels = [*first["labels"], *second["labels"]]
    assert [label["uri"] for label in labels] == [f"did:plc:account{number}" for number in range(5)]
    for label in labels:
        verify_label(label_from_json(label), KEY.public)


async def test_the_official_sdk_reads_our_answer(api: ApiServer) -> None:
    ask(api.services.database, "did:plc:a", expires_us=4_000_000_000_000_000)
    api.services.labels.publish_pending()
    found = (await api.http.get(QUERY, params={"uriPatterns": "did:plc:a"})).json()
    # The SDK's model wants bytes in memory and has no reader for the {"$bytes": ...} that JSON must carry.
    found["labels"][0]["sig"] = from_json(found["labels"][0]["sig"])
    answer = Response.model_validate(found)
    label = answer.labels[0]
    assert (label.ver, label.src, label.val, label.neg) == (1, "did:plc:labeler", "spam", None)
    assert label.exp == "2096-10-02T07:06:40.000Z"


async def test_patterns_and_sources_are_given_by_repeating_the_name(api: ApiServer) -> None:
    ask_many(api.services.database, 3)
    api.services.labels.publish_pending()
    params = {"uriPatterns": ["did:plc:account0", "did:plc:account2"], "sources": "did:plc:labeler"}
    found = (await api.http.get(QUERY, params=params)).json()["labels"]
    assert [label["uri"] for label in found] == ["did:plc:account0", "did:plc:account2"]


BAD_QUERIES = (
    "",
    "uriPatterns=",
    "uriPatterns=at://*/x",
    "uriPatterns=*&limit=0",
    "uriPatterns=*&limit=251",
    "uriPatterns=*&limit=many",
    "uriPatterns=*&limit=-1",
    "uriPatterns=*&cursor=abc",
    "uriPatterns=*&cursor=99999999999999999999",
    "uriPatterns=*&sources=alice.example",
    "uriPatterns=" + "a" * 3_001,
    "&".join(["uriPatterns=a"] * 201),
)


async def test_a_bad_query_is_an_invalid_request_that_says_why(api: ApiServer) -> None:
    for query in BAD_QUERIES:
        answer = await api.http.get(f"{QUERY}?{query}")
        assert (query, answer.status_code) == (query, 400)
        assert answer.json()["error"] == "InvalidRequest"
        assert len(answer.json()["message"]) > 20


async def test_as_many_patterns_as_allowed_are_answered(api: ApiServer) -> None:
    ask_many(api.services.database, 5)
    api.services.labels.publish_pending()
    for pattern in ("at://did:plc:account{}*", "did:plc:account{}", "at://did:plc:a*"):
        patterns = [pattern.format(number) for number in range(200)]
        answer = await api.http.get(QUERY, params={"uriPatterns": patterns})
        assert (answer.status_code, len(answer.json()["labels"])) == (200, 5)


async def test_the_limit_is_50_unless_asked_for(api: ApiServer) -> None:
    ask_many(api.services.database, 300)
    api.services.labels.publish_pending()
    assert len((await api.http.get(QUERY, params={"uriPatterns": "*"})).json()["labels"]) == 50
    assert len((await api.http.get(QUERY, params={"uriPatterns": "*", "limit": 250})).json()["labels"]) == 250


async def test_posting_to_a_query_is_not_allowed(api: ApiServer) -> None:
    answer = await api.http.post(QUERY)
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")
