"""Investigate: ask history by an expression or SQL, and look at everything about one thing and what is around it."""

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import msgspec
from starlette.responses import Response

from skywarden.console.chart import HEIGHT, WIDTH, bars_of
from skywarden.console.page import Nav, Visit, get
from skywarden.kernel.errors import Rejected
from skywarden.model.investigation import FindRequest

_ASKED = ("condition", "on", "since", "until", "group", "against", "histogram", "show", "sql")
_LISTS = ("on", "group", "show")
_OF_THE_QUESTION = {
    "InvalidRequest",
    "QueryInvalid",
    "QueryTooSlow",
    "SqlRefused",
    "SqlSyntax",
    "SqlFailed",
    "SqlTooSlow",
    "SqlTooLarge",
}
"""Refusals that are shown beside the question, for it to be mended."""


class _Found(msgspec.Struct, frozen=True):
    """The answer of query.find."""

    kind: str
    answer: dict[str, Any]


class _Around(msgspec.Struct, frozen=True):
    """The answer of query.links."""

    links: list[dict[str, Any]] = []
    linked: list[dict[str, Any]] = []


async def _ask(visit: Visit) -> Response:
    """The question is in the address, so that it can be sent to somebody else."""
    asked = {name: visit.request.query_params.get(name, "")[:10_000] for name in _ASKED}
    found, trouble = None, ""
    if visit.request.query_params.get("ask"):
        try:
            request = _request(asked, visit.request.query_params.get("cursor", ""))
            found = await visit.do("tools.skywarden.query.find", request, _Found)
        except Rejected as error:
            if error.reason not in _OF_THE_QUESTION:
                raise
            trouble = (error.hint or str(error)).strip("\n")
    query = urlencode({name: value for name, value in asked.items() if value})
    values = {"asked": asked, "found": found, "trouble": trouble, "query": query, "width": WIDTH, "height": HEIGHT}
    status = 400 if trouble else 200
    return visit.page("investigate.html", status, bars=_bars(found), **values)


async def _entity(visit: Visit) -> Response:
    params = visit.request.query_params
    name, relation, since = params.get("entity", ""), params.get("relation", ""), params.get("since", "7d") or "7d"
    body = {"entity": name, "since": since}
    timeline, around = await asyncio.gather(
        visit.do("tools.skywarden.query.timeline", body | {"cursor": params.get("cursor")}, dict[str, Any]),
        visit.do("tools.skywarden.query.links", body, _Around),
    )
    linked = []
    if relation:
        linked = (await visit.do("tools.skywarden.query.links", body | {"relation": relation}, _Around)).linked
    return visit.page(
        "investigate_entity.html",
        200,
        entity=name,
        since=since,
        relation=relation,
        timeline=timeline,
        links=around.links,
        linked=linked,
    )


def _request(asked: Mapping[str, str], cursor: str) -> dict[str, object]:
    given: dict[str, object] = {name: value.strip() for name, value in asked.items() if value.strip()}
    for name in _LISTS:
        if name in given:
            given[name] = [part.strip() for part in _parts(str(given[name])) if part.strip()]
    if cursor:
        given["cursor"] = cursor
    return msgspec.to_builtins(msgspec.convert(given, FindRequest))  # type: ignore[no-any-return]  # a struct is a dict


def _parts(text: str) -> list[str]:
    """Split at the commas that are in no brackets and no quotes."""
    parts, depth, quote, start = [], 0, "", 0
    for place, one in enumerate(text):
        if quote:
            quote = "" if one == quote else quote
        elif one in "\"'":
            quote = one
        elif one in "([{":
            depth += 1
        elif one in ")]}":
            depth -= 1
        elif one == "," and depth == 0:
            parts.append(text[start:place])
            start = place + 1
    return [*parts, text[start:]]


def _bars(found: _Found | None) -> list[object]:
    if found is None or found.kind != "histogram":
        return []
    answer = found.answer
    return list(bars_of(answer["counts"], answer["since_us"], answer["bucket_us"]))


PAGES = (
    get("/investigate", _ask, nav=Nav("Investigate", "g i", 20)),
    get("/investigate/entity", _entity),
)
