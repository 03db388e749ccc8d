"""tools.ozone.safelink over HTTP: rules for links and the events that others follow; both queries are procedures."""

from typing import Any

import pytest

from api_server import ApiServer, admin_password
from identities import ADMIN, ALICE, MODERATOR, TRIAGE
from sdk_answers import read_answer

ADD, UPDATE, REMOVE, RULES, EVENTS = (
    "tools.ozone.safelink." + name for name in ("addRule", "updateRule", "removeRule", "queryRules", "queryEvents")
)
SITE = {"url": "https://bad.example", "pattern": "domain", "action": "block", "reason": "phishing", "comment": "Seen"}
PAGE = {"url": "https://good.example/a?b=1", "pattern": "url", "action": "whitelist", "reason": "none"}


async def put(api: ApiServer, nsid: str, body: dict[str, Any]) -> Any:
    return read_answer(nsid, await api.post(nsid, body))


async def urls(api: ApiServer, **body: Any) -> list[str]:
    answer = await api.post(RULES, body, TRIAGE)
    return [rule.url for rule in read_answer(RULES, answer).rules]


async def test_a_rule_lives_and_leaves_its_events(api: ApiServer) -> None:
    added = await put(api, ADD, SITE)
    assert (added.event_type, added.url, added.action, added.comment) == ("addRule", SITE["url"], "block", "Seen")
    assert added.created_by == MODERATOR.did
    changed = await put(api, UPDATE, SITE | {"action": "warn"})
    [rule] = (await put(api, RULES, {"urls": [SITE["url"]]})).rules
    assert (rule.action, rule.reason, rule.created_by) == ("warn", "phishing", MODERATOR.did)
    removed = await put(api, REMOVE, {"url": SITE["url"], "pattern": "domain"})
    assert (removed.event_type, removed.action) == ("removeRule", "warn")
    events = (await put(api, EVENTS, {"sortDirection": "asc"})).events
    assert [event.id for event in events] == [added.id, changed.id, removed.id]
    assert await urls(api) == []


async def test_rules_are_found_by_each_of_their_properties(api: ApiServer) -> None:
    await put(api, ADD, SITE)
    await put(api, ADD, PAGE)
    assert await urls(api) == [PAGE["url"], SITE["url"]]
    assert await urls(api, patternType="domain") == [SITE["url"]]
    assert await urls(api, actions=["whitelist", "warn"]) == [PAGE["url"]]
    assert await urls(api, reason="phishing") == [SITE["url"]]
    assert await urls(api, createdBy=ALICE.did) == []
    first = await put(api, RULES, {"limit": 1, "sortDirection": "asc"})
    second = await put(api, RULES, {"limit": 1, "sortDirection": "asc", "cursor": first.cursor})
    assert [rule.url for rule in (*first.rules, *second.rules)] == [SITE["url"], PAGE["url"]]
    assert second.cursor is None


async def test_a_follower_reads_on_where_it_stopped(api: ApiServer) -> None:
    await put(api, ADD, SITE)
    seen = await put(api, EVENTS, {"sortDirection": "asc", "limit": 100})
    await put(api, ADD, PAGE)
    fresh = await put(api, EVENTS, {"sortDirection": "asc", "limit": 100, "cursor": seen.cursor})
    assert [event.url for event in fresh.events] == [PAGE["url"]]
    assert [
        event.url for event in (await put(api, EVENTS, {"urls": [SITE["url"]], "patternType": "domain"})).events
    ] == [SITE["url"]]


async def test_the_author_is_the_caller_or_whom_the_password_names(api: ApiServer) -> None:
    own = await put(api, ADD, SITE | {"createdBy": ALICE.did})
    body = PAGE | {"createdBy": ALICE.did}
    named = read_answer(ADD, await api.http.post(f"/xrpc/{ADD}", json=body, headers=admin_password()))
    assert (own.created_by, named.created_by) == (MODERATOR.did, ALICE.did)


@pytest.mark.parametrize(
    ("nsid", "body", "error"),
    [
        (ADD, SITE, "RuleAlreadyExists"),
        (ADD, PAGE | {"url": "good.example"}, "InvalidUrl"),
        (ADD, PAGE | {"url": "javascript:alert(1)"}, "InvalidUrl"),
        (ADD, PAGE | {"pattern": "regex"}, "InvalidRequest"),
        (ADD, PAGE | {"action": "ignore"}, "InvalidRequest"),
        (ADD, PAGE | {"reason": "taste"}, "InvalidRequest"),
        (UPDATE, PAGE, "RuleNotFound"),
        (UPDATE, SITE | {"pattern": "url"}, "RuleNotFound"),
        (REMOVE, {"url": PAGE["url"], "pattern": "url"}, "RuleNotFound"),
        (RULES, {"cursor": "nonsense!"}, "InvalidRequest"),
        (RULES, {"limit": 101}, "InvalidRequest"),
    ],
)
async def test_what_cannot_be_done_has_a_name(api: ApiServer, nsid: str, body: dict[str, Any], error: str) -> None:
    await put(api, ADD, SITE)
    answer = await api.post(nsid, body, ADMIN)
    assert (answer.status_code, answer.json()["error"]) == (400, error)
    assert await urls(api) == [SITE["url"]]
