"""tools.ozone.moderation.getSubjects: accounts and records with their status, whoever still knows them."""

from typing import Annotated

import msgspec

from skywarden.api.method import Access, Answer, Call, query
from skywarden.api.views.facts import viewer_of
from skywarden.api.views.subjects import subject_views


class _Params(msgspec.Struct, frozen=True):
    subjects: Annotated[tuple[str, ...], msgspec.Meta(min_length=1, max_length=100)]


async def _handle(call: Call[_Params, None]) -> object:
    viewer, wanted = viewer_of(call), call.params.subjects
    views = await subject_views(viewer, wanted)
    found = {"subjects": [views[subject] for subject in wanted]}
    return Answer(found, viewer.headers)


METHOD = query("tools.ozone.moderation.getSubjects", Access.MEMBER, _Params, _handle)
