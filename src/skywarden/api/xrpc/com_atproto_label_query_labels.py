"""com.atproto.label.queryLabels: uri patterns to the labels that hold now, page by page."""

import re
from typing import Annotated

import msgspec

from skywarden.api.answers import invalid
from skywarden.api.formats import DidText
from skywarden.api.method import Access, Call, query
from skywarden.labels import LabelQuery

_PATTERNS_AT_MOST = 200  # two prefixes each: SQLite joins at most 500 look-ups
_CURSOR = re.compile(r"(?:0|[1-9][0-9]{0,15})")


class _Params(msgspec.Struct, frozen=True, rename="camel"):
    uri_patterns: Annotated[
        tuple[Annotated[str, msgspec.Meta(min_length=1, max_length=3_000)], ...],
        msgspec.Meta(min_length=1, max_length=_PATTERNS_AT_MOST),
    ]
    sources: Annotated[tuple[DidText, ...], msgspec.Meta(max_length=_PATTERNS_AT_MOST)] = ()
    limit: Annotated[int, msgspec.Meta(ge=1, le=250)] = 50
    cursor: str = "0"


def _handle(call: Call[_Params, None]) -> object:
    params = call.params
    if not _CURSOR.fullmatch(params.cursor):
        raise invalid("cursor", "a cursor of an earlier answer", repr(params.cursor))
    wanted = LabelQuery(params.uri_patterns, params.sources, params.limit, int(params.cursor))
    page = call.services.labels.query_json(wanted)
    cursor = b"" if page.cursor is None else b',"cursor":"%d"' % page.cursor
    return msgspec.Raw(b'{"labels":[%b]%b}' % (b",".join(page.labels), cursor))


METHOD = query("com.atproto.label.queryLabels", Access.PUBLIC, _Params, _handle)
