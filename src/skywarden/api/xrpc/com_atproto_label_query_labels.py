"""com.atproto.label.queryLabels: uri patterns to the labels that hold now, page by page."""

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response

from skywarden.api.answers import invalid, json_answer
from skywarden.api.method import XrpcMethod
from skywarden.api.params import text_list, whole_number
from skywarden.api.services import Services
from skywarden.atproto.syntax.did import is_did
from skywarden.labels import LabelQuery
from skywarden.labels.wire import label_json

_PATTERNS_AT_MOST = 200  # two prefixes each: SQLite joins at most 500 look-ups
_URI_CHARS = 3_000
_DID_CHARS = 2_048
_LAST_SEQ = 2**53 - 1


async def _handle(request: Request, services: Services) -> Response:
    page = await run_in_threadpool(services.labels.query, _query(request.query_params))
    answer: dict[str, object] = {"labels": [label_json(numbered.label) for numbered in page.labels]}
    if page.cursor is not None:
        answer["cursor"] = str(page.cursor)
    return json_answer(answer)


def _query(params: QueryParams) -> LabelQuery:
    patterns = text_list(params, "uriPatterns", at_most=_PATTERNS_AT_MOST, max_chars=_URI_CHARS)
    if not patterns:
        raise invalid("uriPatterns", "at least one pattern", "none")
    sources = text_list(params, "sources", at_most=_PATTERNS_AT_MOST, max_chars=_DID_CHARS)
    for source in sources:
        if not is_did(source):
            raise invalid("sources", "a DID", repr(source))
    return LabelQuery(
        patterns=patterns,
        sources=sources,
        limit=whole_number(params, "limit", 50, low=1, high=250),
        after=whole_number(params, "cursor", 0, low=0, high=_LAST_SEQ),
    )


METHOD = XrpcMethod("com.atproto.label.queryLabels", "GET", _handle)
