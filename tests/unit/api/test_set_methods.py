"""tools.ozone.set over HTTP: sets of any text, in pages, with their sizes."""

from typing import Any

import pytest

from api_server import ApiServer
from sdk_answers import read_answer

UPSERT, QUERY, ADD, DELETE, VALUES, DROP = (
    "tools.ozone.set." + name
    for name in ("upsertSet", "querySets", "addValues", "deleteValues", "getValues", "deleteSet")
)


async def put(api: ApiServer, nsid: str, **body: Any) -> Any:
    return read_answer(nsid, await api.post(nsid, body))


async def test_a_set_is_made_filled_read_emptied_and_dropped(api: ApiServer) -> None:
    made = await put(api, UPSERT, name="bad-words", description="Words we do not like")
    assert (made.name, made.description, made.set_size) == ("bad-words", "Words we do not like", 0)
    assert await put(api, ADD, name="bad-words", values=["eins", "zwei", "три"]) is None
    read = read_answer(VALUES, await api.get(VALUES, name="bad-words", limit=2))
    rest = read_answer(VALUES, await api.get(VALUES, name="bad-words", cursor=read.cursor))
    assert (read.set.set_size, read.values, rest.values, rest.cursor) == (3, ["eins", "zwei"], ["три"], None)
    assert await put(api, DELETE, name="bad-words", values=["zwei", "vier"]) is None
    again = await put(api, UPSERT, name="bad-words")
    assert (again.set_size, again.description, again.created_at) == (2, made.description, made.created_at)
    await put(api, DROP, name="bad-words")
    assert (await api.get(VALUES, name="bad-words")).json()["error"] == "SetNotFound"


async def test_a_thousand_long_values_fit_into_one_call(api: ApiServer) -> None:
    await put(api, UPSERT, name="hosts")
    values = [f"https://host{number}.example/{'x' * 500}" for number in range(1_000)]
    await put(api, ADD, name="hosts", values=values)
    assert read_answer(VALUES, await api.get(VALUES, name="hosts", limit=1_000)).values == values
    assert (await api.post(ADD, {"name": "hosts", "values": [*values, "more"]})).json()["error"] == "InvalidRequest"
    await put(api, DELETE, name="hosts", values=[*values, "more"])
    assert read_answer(VALUES, await api.get(VALUES, name="hosts")).set.set_size == 0


async def test_sets_are_listed_by_prefix_and_order_in_pages(api: ApiServer) -> None:
    for name in ("aaa-1", "bbb", "aaa-2"):
        await put(api, UPSERT, name=name)

    async def names(**params: Any) -> tuple[list[str], str | None]:
        page = read_answer(QUERY, await api.get(QUERY, **params))
        return [one.name for one in page.sets], page.cursor

    assert await names(namePrefix="aaa") == (["aaa-1", "aaa-2"], None)
    assert (await names(sortBy="createdAt", sortDirection="desc"))[0] == ["aaa-2", "bbb", "aaa-1"]
    first, cursor = await names(limit=2)
    assert (first, await names(limit=2, cursor=cursor)) == (["aaa-1", "aaa-2"], (["bbb"], None))


@pytest.mark.parametrize(
    ("nsid", "body", "error"),
    [
        (ADD, {"name": "gone", "values": ["a"]}, "InvalidRequest"),  # the lexicon names no error here
        (DELETE, {"name": "gone", "values": ["a"]}, "SetNotFound"),
        (DROP, {"name": "gone"}, "SetNotFound"),
        (ADD, {"name": "gone", "values": []}, "InvalidRequest"),
        (UPSERT, {"name": "ab"}, "InvalidRequest"),
        (UPSERT, {"name": "ü" * 65}, "InvalidRequest"),
        (UPSERT, {"name": "abc", "description": "👨‍👩‍👧‍👦" * 600}, "InvalidRequest"),
        (UPSERT, {"name": "abc", "description": "é" * 1_025}, "InvalidRequest"),
    ],
)
async def test_what_cannot_be_done_has_a_name(api: ApiServer, nsid: str, body: dict[str, Any], error: str) -> None:
    answer = await api.post(nsid, body)
    assert (answer.status_code, answer.json()["error"]) == (400, error)
