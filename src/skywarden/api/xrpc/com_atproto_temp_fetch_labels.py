"""com.atproto.temp.fetchLabels: a moment to the labels made after it; old, kept for those who still poll it."""

from typing import Annotated

import msgspec

from skywarden.api.method import Access, Call, query
from skywarden.kernel.ids import UtcMicros
from skywarden.labels.wire import label_json

_MS_US = 1_000
_LAST_MS = 253_402_300_799_999  # the end of the year 9999, the last that a label's time can say


class _Params(msgspec.Struct, frozen=True):
    since: Annotated[int, msgspec.Meta(ge=0, le=_LAST_MS)] = 0
    limit: Annotated[int, msgspec.Meta(ge=1, le=250)] = 50


def _handle(call: Call[_Params, None]) -> object:
    since_us = UtcMicros(call.params.since * _MS_US)
    labels = call.services.labels.made_after(since_us, call.params.limit)
    return {"labels": [label_json(numbered.label) for numbered in labels]}


METHOD = query("com.atproto.temp.fetchLabels", Access.PUBLIC, _Params, _handle)
