"""com.atproto.temp.fetchLabels over HTTP."""

import pytest

from api_server import ApiServer
from label_samples import KEY, START_US, ask, ask_many
from skywarden.labels import verify_label
from skywarden.labels.wire import label_from_json

NSID = "com.atproto.temp.fetchLabels"
START_MS = START_US // 1_000


async def test_labels_come_signed_from_a_moment_on_in_the_order_of_their_times(api: ApiServer) -> None:
    ask_many(api.services.database, 5)
    api.services.labels.publish_pending()
    found = (await api.get(NSID, None, since=START_MS + 1, limit=2)).json()["labels"]
    assert [label["uri"] for label in found] == ["did:plc:account2", "did:plc:account3"]
    for label in found:
        verify_label(label_from_json(label), KEY.public)


async def test_a_replaced_label_is_not_given_and_a_negation_is(api: ApiServer) -> None:
    ask(api.services.database, "did:plc:a")
    ask(api.services.database, "did:plc:a", neg=True)
    api.services.labels.publish_pending()
    found = (await api.get(NSID, None)).json()["labels"]
    assert [(label["uri"], label["neg"]) for label in found] == [("did:plc:a", True)]


@pytest.mark.parametrize("query", ["since=-1", "since=now", "limit=0", "limit=251", "since=999999999999999"])
async def test_bad_parameters_are_refused(api: ApiServer, query: str) -> None:
    answer = await api.http.get(f"/xrpc/{NSID}?{query}")
    assert (answer.status_code, answer.json()["error"]) == (400, "InvalidRequest")
